"""`takevoice open` and `takevoice page`, and the page inside `takevoice run`."""

from __future__ import annotations

import http.client
import re
import signal
from pathlib import Path

import pytest

from plugins.page.world import World
from support import BACKENDS, FAST, Cli, Command, make_take, wait_for
from takevoice_plugins.page import Page
from takevoice_plugins.page.access import read_address

pytestmark = pytest.mark.process
URL = re.compile(r"http://127\.0\.0\.1:(\d+)/#enter-([\w-]{20,})")


def enter(found: re.Match[str]) -> int:
    """Use a code; return the status."""
    connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=20)
    connection.request("POST", "/api/enter", f'{{"code": "{found[2]}"}}', {"Content-Type": "application/json"})
    with connection.getresponse() as answer:
        answer.read()
    connection.close()
    return answer.status


def test_without_a_page_open_says_what_to_start(command: Command) -> None:
    done = command("open", "--print", check=1)
    assert done.stderr == "takevoice: no page is being served; start `takevoice run`, or `takevoice page`\n"


def test_the_daemon_serves_it_and_open_prints_an_address_that_works_once(cli: Cli, folder: Path) -> None:
    cli.plugin(BACKENDS / "gated.py")
    cli.config(f'backend = "gated"\n{FAST}[plugins.page]\nport = 0\n')
    make_take(folder / "take.wav", 0.3)
    with cli.daemon(folder, "--osc-port", "0") as daemon:
        daemon.says("the page is at http://127.0.0.1:")
        wait_for(lambda: cli.states() == {"take.wav": "done"})
        found = URL.fullmatch(Command(cli.home)("open", "--print").stdout.strip())
        assert found is not None
        assert [enter(found), enter(found)] == [200, 403]
    assert Command(cli.home)("open", "--print", check=1).stdout == ""


def test_wrong_options_are_named_before_anything_starts(command: Command, folder: Path) -> None:
    command.config(f"{FAST}[plugins.page]\nport = 99999\n")
    done = command("run", "--once", "--osc-port", "0", folder, check=2)
    assert done.stderr == "takevoice: [plugins.page]: port is a number from 0 to 65535; 0 chooses a free one\n"


@pytest.mark.parametrize("port", ["99999", "-1", "http"])
def test_a_port_that_is_none_is_refused(command: Command, port: str) -> None:
    assert f"--port: {port} is no port: a number from 0 to 65535" in command("page", f"--port={port}", check=2).stderr


def test_it_can_be_switched_off(world: World) -> None:
    page = Page()
    page.configure({"page": {"enabled": False}})
    assert page.serve(world.office) is None
    page.configure({"page": {"port": 0}})
    page.serve(world.office).close()


def test_page_serves_without_a_daemon_until_it_is_stopped(cli: Cli) -> None:
    with cli.background("page", "--port", "0", "--print") as process:
        log = next(cli.home.glob("command-*.log"))
        found = wait_for(lambda: URL.search(log.read_text("utf-8")))
        assert enter(found) == 200
        assert Command(cli.home)("page", "--print").stdout.startswith(f"http://127.0.0.1:{found[1]}/#enter-")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert "Traceback" not in log.read_text("utf-8")
    assert read_address(cli.state) is not None

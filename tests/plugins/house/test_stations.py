"""Stations of a house: takevoice itself as its client, joined by the command, and killed with its takes under way."""

from __future__ import annotations

import os
import signal
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from account import Refusal
from plugins.house.houses import HouseProcess, running_house
from plugins.house.paid_account import REAL_KEY, PaidAccount
from plugins.server.running import serving
from support import FAST, Command, make_take, wait_for
from takevoice_plugins.house.keys import Keys

CONFIG = f"""# my own line
conversions = 4
{FAST}
[osc]
enabled = false
[defaults]
voice = "ada"
output_format = "pcm_16000"
[money]
first_look = false
unattended_per_hour = inf
unattended_per_day = inf
many = 100000
"""


def station(home: Path, key: str) -> Command:
    home.mkdir(parents=True, exist_ok=True)
    command = Command(home)
    command.config(CONFIG)
    os.environ["TAKEVOICE_HOUSE_KEY"] = key
    return command


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAKEVOICE_HOUSE_KEY", "")
    monkeypatch.setenv("ELEVENLABS_API_KEY", REAL_KEY + "-of-this-station")  # must never reach the house


@pytest.mark.service
def test_a_station_joins_and_keeps_the_rest_of_its_config(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path / "house", account) as house:
        anna = house.keys.add("anna", project="dune", cap=20_000)
        command = station(tmp_path / "anna", anna)
        said = command("join", house.url, anna).stdout
        assert f"joined the house at {house.url} as anna, project dune, up to 20,000 credits a day" in said
        assert "set TAKEVOICE_HOUSE_KEY to the key" in said
        text = (command.config_dir / "takevoice.toml").read_text("utf-8")
        assert text.startswith("# my own line")
        assert anna not in text
        assert tomllib.loads(text)["backend"] == "elevenlabs"
        assert tomllib.loads(text)["plugins"]["elevenlabs"] == {"base_url": house.url, "house": True}
        alone = command("run", "--once", tmp_path, check=1, TAKEVOICE_HOUSE_KEY="")
        assert "no key of the house: `takevoice join` stores it" in alone.stderr
        take = make_take(tmp_path / "take.wav")
        command("convert", take)
        assert (tmp_path / "take.ada.wav").exists()
        assert [each.voice for each in account.history] == ["v1"]
        assert set(account.keys) == {REAL_KEY}


@pytest.mark.service
def test_a_station_does_not_join_what_it_cannot_use(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path / "house", account) as house, serving() as other:
        command = station(tmp_path / "anna", "")
        for url, key, said in (
            (house.url, "tvh_wrong", "The house does not know this key"),
            (other.url, "any", "is not a house"),
            ("http://192.0.2.1:9872", "any", "is not encrypted"),
            ("house:9872", "any", "is not the address of a house"),
            (f"{house.url}#sha256=12", "any", "is not the address of a house"),
            ("http://127.0.0.1:1", "any", "cannot be reached"),
        ):
            done = command("join", url, key, check=None)
            assert done.returncode in (1, 2)
            assert said in done.stderr
            assert done.stderr.count("\n") == 1
        assert (command.config_dir / "takevoice.toml").read_text("utf-8") == CONFIG


@pytest.mark.service
@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("cap", "The request would cost 17 credits, and 0 of the 10 that anna may use today are used"),
        ("revoked", "The key of anna was revoked; ask the house's owner for another one"),
        ("closed", "The service takes no requests of the house now"),
        ("held", "The house cannot tell whether this take was paid for"),
    ],
)
def test_a_station_says_in_one_line_what_the_house_refuses(
    tmp_path: Path, account: PaidAccount, case: str, said: str
) -> None:
    with running_house(tmp_path / "house", account) as house:
        anna = house.keys.add("anna", cap=10 if case == "cap" else None)
        command = station(tmp_path / "anna", anna)
        command("join", house.url, anna)
        take = make_take(tmp_path / "take.wav")
        if case == "revoked":
            house.keys.revoke("anna")
        elif case == "closed":
            account.refusal = Refusal(401, "quota_exceeded")
        elif case == "held":
            account.cut = 1
            command.config((command.config_dir / "takevoice.toml").read_text() + "\n[tracks.'*']\nenable_logging = false\n")
        with command.background("convert", take) as process:
            log = next(iter(command.home.glob("command-*.log")))
            wait_for(lambda: said in log.read_text())
            process.kill()
        assert "Traceback" not in log.read_text()
        assert len(account.history) == (case == "held")


@pytest.mark.service
def test_a_free_house_costs_a_station_nothing(tmp_path: Path) -> None:
    with running_house(tmp_path / "house") as house:
        anna = house.keys.add("anna")
        command = station(tmp_path / "anna", anna)
        command("join", house.url, anna)
        command("convert", make_take(tmp_path / "take.wav"))
        assert (tmp_path / "take.ada.wav").exists()
        assert command.jobs()[0]["state"] == "done"


def test_the_promise_is_never_believed_of_the_service_itself(tmp_path: Path) -> None:
    command = station(tmp_path / "anna", "")
    for base_url in ("", 'base_url = "https://api.us.elevenlabs.io"\n'):
        command.config(f"{CONFIG}[plugins.elevenlabs]\n{base_url}house = true\n")
        done = command("explain", make_take(tmp_path / "take.wav"), check=2)
        assert "the real service bills what is sent twice" in done.stderr


@pytest.fixture
def process(tmp_path: Path, account: PaidAccount) -> Iterator[HouseProcess]:
    house = HouseProcess(tmp_path / "house", account, "history_wait = 0\n", ("--tls",))
    house.start()
    yield house
    house.close()


@pytest.mark.process
def test_nothing_is_lost_held_or_paid_twice_when_all_are_killed(
    tmp_path: Path, account: PaidAccount, process: HouseProcess
) -> None:
    """Two stations convert the same lines by a house with its own certificate; house and station are killed meanwhile."""
    url = process.said[-1].split()[-2]
    assert url.startswith("https://")
    assert "#sha256=" in url
    account.seconds = (0.4, 0.8)
    with ExitStack() as stack:
        other = f"{url.partition('#')[0]}#sha256={'0' * 64}"
        said = station(tmp_path / "eve", "")("join", other, "any", check=2).stderr
        assert "has another certificate than the address says" in said
        said = station(tmp_path / "eve", "")("join", process.url.replace("https", "http"), "any", check=1).stderr
        assert "begins with https" in said
        assert "billed" not in said
        said = station(tmp_path / "eve", "")("join", process.url, "any", check=1).stderr
        assert "`takevoice join` with the line that its server prints now" in said
        stations, keys = [], []
        for name in ("anna", "bob"):
            key = Keys(process.database).add(name)
            keys.append(key)
            command = station(tmp_path / name, key)
            command("join", url, key)
            folder = tmp_path / name / "takes"
            folder.mkdir()
            for number in range(8):
                make_take(folder / f"line{number}.wav", 1.5, seed=number)
            stations.append((command, folder, _started(command, folder, key)))
        stack.callback(lambda: [each[2].kill() or each[2].communicate() for each in stations])
        wait_for(lambda: len(account.history) >= 2)
        process.kill()
        command, folder, daemon = stations[0]
        daemon.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        daemon.communicate()
        process.start()
        stations[0] = command, folder, _started(command, folder, keys[0])
        for _, folder, _ in stations:
            wait_for(lambda folder=folder: len(list(folder.glob("*.ada.wav"))) == 8)
        for command, _, _ in stations:
            wait_for(lambda command=command: set(command.states().values()) == {"done"})
    assert account.billed_twice == []
    assert len(account.history) == 8
    assert set(account.keys) == {REAL_KEY}


def _started(command: Command, folder: Path, key: str) -> subprocess.Popen[bytes]:
    env = {**os.environ, **command.env, "TAKEVOICE_HOUSE_KEY": key, "NO_PROXY": "127.0.0.1"}
    with (command.home / "station.log").open("ab") as log:
        return subprocess.Popen([*command.command, "run", "--existing", folder], stdout=log, stderr=log, env=env)

"""The unit for systemd, read by systemd itself."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from system.login_setups import service, setup
from takevoice.system.login import Answer, Status
from takevoice.system.login.systemd import quoted

BOOTED = Path("/run/systemd/system")
MANAGER = "/lib/systemd/systemd"
NOBODY = 65534


def reads(test: Callable[..., None]) -> Callable[..., None]:
    """Mark a test in which a user manager reads the unit."""
    able = BOOTED.exists() or getattr(os, "geteuid", lambda: 1)() == 0
    return pytest.mark.process(pytest.mark.skipif(not able, reason="needs root, or systemd as init")(test))


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user can read, unlike pytest's own."""
    path = Path(tempfile.mkdtemp())
    yield path
    shutil.rmtree(path)


def installed(place: Path, **changes: object) -> Path:
    """Write a unit where the user manager finds it, and return its path."""
    units = place / "config" / "systemd" / "user"
    units.mkdir(parents=True)
    (place / "run").mkdir(mode=0o700)
    ((path, octets),) = service("linux", units, **changes).files().items()
    path.write_bytes(octets)
    return path


def program(place: Path, name: str) -> str:
    """Return a program with an inconvenient path, which exists."""
    path = place / name / "python"
    path.parent.mkdir()
    path.symlink_to("/bin/true")
    return str(path)


def environment(place: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(place),
        "XDG_CONFIG_HOME": str(place / "config"),
        "XDG_RUNTIME_DIR": str(place / "run"),
    }


@pytest.mark.process
@pytest.mark.parametrize("name", ["100% & $co jörg", 'it\'s "mine"'])
def test_systemd_finds_no_fault_in_the_unit(place: Path, name: str) -> None:
    unit = installed(place, python=program(place, name))
    verify = ["systemd-analyze", "--user", "verify", str(unit)]
    done = subprocess.run(verify, capture_output=True, text=True, env=environment(place))
    assert (done.returncode, done.stderr) == (0, "")
    unit.write_text(unit.read_text().replace("Type=exec", "Type=nonsense"))
    done = subprocess.run(verify, capture_output=True, text=True, env=environment(place))
    assert "nonsense" in done.stderr, "it would not have noticed a fault"


@reads
@pytest.mark.parametrize(
    "state",
    [
        '/home/jörg/take "voice" 100% $HOME ${HOME}/it\'s\\',
        "/home/x/%h %% %n \\x20 \\n;",
        "/home/x/a\nb\tc \udcff\udc80 ü",
    ],
)
def test_systemd_reads_the_words_that_were_meant(place: Path, state: str) -> None:
    python = program(place, "100% $HOME & co")
    installed(place, python=python, state=Path(state))
    assert words_read_by_systemd(place) == [
        os.fsencode(word) for word in (python, "-P", "-m", "takevoice", "run", "--state", state)
    ]


@reads
def test_a_program_that_systemd_refuses_is_started_by_the_shell(place: Path) -> None:
    python = program(place, 'it\'s "mine" \\')
    installed(place, python=python, state=Path("/state"))
    words = words_read_by_systemd(place)
    assert words[4:] == [os.fsencode(python), b"-P", b"-m", b"takevoice", b"run", b"--state", b"/state"]
    assert subprocess.run(words, capture_output=True).returncode == 0, "it is /bin/true"


def words_read_by_systemd(place: Path) -> list[bytes]:
    """Return the words of ExecStart as a user manager dumps them in its test mode, which starts nothing."""
    command = [MANAGER, "--user", "--test", "--unit=takevoice.service", "--log-target=console"]
    if getattr(os, "geteuid", lambda: 1)() == 0:  # which the test mode refuses
        for path in (place, *place.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]
        if not BOOTED.exists():
            script = 'mount -t tmpfs tmpfs /run && mkdir -p "$0" && exec "$@"'
            command = ["unshare", "--mount", "sh", "-c", script, str(BOOTED), *command]
    done = subprocess.run(command, capture_output=True, env=environment(place), timeout=60)
    unit = done.stdout.partition(b"-> Unit takevoice.service:")[2]
    line = re.search(rb"Command Line: (.*)", unit)
    assert line, (done.stdout[-2000:], done.stderr)
    return [unescaped(word) for word in re.findall(rb'"(?:[^"\\]|\\.)*"|\S+', line[1])]


def unescaped(word: bytes) -> bytes:
    """Return a word without the quoting of systemd's dump: double quotes, and escapes as in C."""
    if not word.startswith(b'"'):
        return word
    named = {b"n": b"\n", b"t": b"\t"}

    def plain(found: re.Match[bytes]) -> bytes:
        code = found[1]
        return bytes([int(code, 8)]) if code.isdigit() else named.get(code, code)

    return re.sub(rb"\\([0-7]{3}|.)", plain, word[1:-1])


def test_quoting_follows_the_manual() -> None:
    assert quoted('a b"\\%$') == '"a b\\"\\\\%%$"'
    assert quoted("\n\x7f\udcff") == '"\\x0a\\x7f\\xff"'


def test_the_unit_goes_where_systemd_looks_for_it() -> None:
    (path,) = service("linux").files()
    assert path == Path("/home/jörg/.config/systemd/user/takevoice.service")
    (path,) = service("linux", environment={"XDG_CONFIG_HOME": "/conf"}).files()
    assert path == Path("/conf/systemd/user/takevoice.service")


@pytest.mark.parametrize(
    "output, status",
    [
        (
            "UnitFileState=enabled\nActiveState=active\nActiveEnterTimestamp=Thu 2026-11-26 00:44:42 UTC\nExecMainStatus=0\n",
            Status(True, True, since="Thu 2026-11-26 00:44:42 UTC"),
        ),
        (
            "UnitFileState=enabled\nActiveState=failed\nActiveEnterTimestamp=Thu 2026-11-26 00:44:42 UTC\nExecMainStatus=2\n",
            Status(True, False, problem="it ended with exit code 2, see `journalctl --user -u takevoice`"),
        ),
        (
            "UnitFileState=disabled\nActiveState=active\nActiveEnterTimestamp=x\n",
            Status(False, True, since="x"),
        ),
        (
            "UnitFileState=\nActiveState=inactive\nActiveEnterTimestamp=\nExecMainStatus=0\n",
            Status(False, False),
        ),
    ],
)
def test_the_status_comes_from_what_systemctl_prints_for_programs(output: str, status: Status) -> None:
    assert service("linux").status(lambda _: Answer(0, output)) == status


def test_a_systemd_that_cannot_be_asked_is_not_taken_for_an_answer() -> None:
    answer = Answer(1, "Failed to connect to bus: No medium found\n")
    assert service("linux").status(lambda _: answer) == Status(
        None, problem="Failed to connect to bus: No medium found"
    )


def test_the_setup_of_this_user_is_complete(tmp_path: Path) -> None:
    from takevoice.system.login import Setup

    current = Setup.current(tmp_path)
    assert Path(current.python).exists()
    assert current.uid == os.getuid()
    assert setup("linux").arguments[-2] == "--state"

"""Two daemons with state dirs of their own, as on two machines, on one folder that both watch."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from daemon.paid import Shop, results
from support import BACKENDS, FAST, make_take, wait_for

pytestmark = pytest.mark.process

QUICK = "from takevoice.service import claim_keeper as k; k.LOOK, k.BEAT, k.STALE, k.IDLE = 0.2, 0.4, 1.5, 0.5"


class Workstation(Shop):
    """A shop that notices within seconds that another one is not running."""

    @property
    def command(self) -> tuple[str, ...]:
        return (sys.executable, "-c", f"import sys; {QUICK}; from takevoice.cli import main; sys.exit(main(sys.argv[1:]))")


@pytest.fixture
def pair(own_home: Path, tmp_path: Path, folder: Path) -> tuple[Workstation, Workstation]:
    """Two machines that pay at one backend; it answers once there is a file `gate`."""
    made = []
    for name in "ab":
        home = own_home / name
        home.mkdir()
        machine = Workstation(home)
        machine.here = tmp_path
        machine.plugin(BACKENDS / "paid.py")
        table = f"[[watch]]\nfolder = '{folder}'\nshared = true\n"
        machine.config(f'backend = "paid"\n{FAST}\n[osc]\nport = 0\n[money]\nfirst_look = false\n[plugins.paid]\nhere = \'{tmp_path}\'\n{table}')
        made.append(machine)
    return made[0], made[1]


def test_each_take_is_paid_once(pair: tuple[Workstation, Workstation], folder: Path, tmp_path: Path) -> None:
    a, b = pair
    with a.daemon() as one, b.daemon() as other:
        make_take(folder / "0.wav", 0.5, seed=0)
        wait_for(lambda: "its result is waited for" in one.log() + other.log())
        (tmp_path / "gate").touch()
        for n in range(1, 8):
            make_take(folder / f"{n}.wav", 0.5, seed=n)
        wait_for(lambda: len(results(folder)) == 8, 60)
        wait_for(lambda: {*a.states().values(), *b.states().values()} == {"done"})
    assert sorted(a.sent) == [f"{n}.wav" for n in range(8)]
    assert len(results(folder)) == 8
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGSTOP")
def test_what_a_suspended_machine_may_have_paid_is_held_until_it_continues(
    pair: tuple[Workstation, Workstation], folder: Path, tmp_path: Path
) -> None:
    a, b = pair
    with a.daemon() as one:
        take = make_take(folder / "take.wav", 0.5)
        wait_for(lambda: a.sent)
        with b.daemon("--osc-port", 0) as other:
            wait_for(lambda: b.states() == {"take.wav": "queued"})
            reply = b("osc", "--timeout", 6, "/takevoice/convert", "1", take, check=None).stdout
            assert "/takevoice/accepted 1" in reply
            one.process.send_signal(signal.SIGSTOP)
            try:
                wait_for(lambda: set(b.states().values()) == {"held"})
            finally:
                one.process.send_signal(signal.SIGCONT)
            other.says("may have sent and paid for it; `takevoice release")
            (tmp_path / "gate").touch()
            wait_for(lambda: results(folder) == ["take.ada.wav"])
            wait_for(lambda: {job["state"] for job in b.jobs()} == {"done"})
            reply = b("osc", "--timeout", 20, "/takevoice/convert", "1", take).stdout
            done = {f"/takevoice/done 1 {job['id']} {folder / 'take.ada.wav'}" for job in b.jobs()}  # the folder's, OSC's
            assert done & set(reply.splitlines())
    assert a.sent == ["take.wav"]


def test_a_machine_that_is_killed_with_a_paid_request_leaves_it_to_a_person(
    pair: tuple[Workstation, Workstation], folder: Path, tmp_path: Path
) -> None:
    a, b = pair
    with a.daemon() as one:
        make_take(folder / "take.wav", 0.5)
        wait_for(lambda: a.sent)
        one.kill()
    (tmp_path / "gate").touch()
    with b.daemon() as other:
        wait_for(lambda: b.states() == {"take.wav": "held"})
        b("release", b.jobs()[0]["id"])
        wait_for(lambda: b.states() == {"take.wav": "done"})
        with a.daemon():  # no answer to its request came, and the result is there
            wait_for(lambda: a.states() == {"take.wav": "done"})
            assert "of unknown outcome" in a("costs").stdout
    assert "Traceback" not in other.log()
    assert a.sent == ["take.wav", "take.wav"]
    assert results(folder) == ["take.ada.wav"]
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []

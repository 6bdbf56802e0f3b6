"""Daemons whose account has no room: against an HTTP server that refuses by the documents of the API."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from account import KEY, Account, Refusal, running_account
from daemon.paid import results
from support import FAST, Cli, Command, make_take, wait_for

pytestmark = pytest.mark.process

SETTINGS = f"conversions = 4\n{FAST}[osc]\nenabled = false"


@pytest.fixture
def account() -> Iterator[Account]:
    with running_account() as account:
        yield account


@pytest.fixture
def member(own_home: Path, account: Account, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A command line whose key belongs to the account."""
    monkeypatch.setenv("ELEVENLABS_API_KEY", KEY)
    command = Command(own_home)
    command.config(account.config(SETTINGS))
    return command


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(429, "too_many_concurrent_requests"),
        Refusal(503, "maintenance", retry_after="1"),
    ],
    ids=lambda refusal: refusal.code,
)
def test_takes_wait_for_a_busy_account_and_say_so(
    member: Command, account: Account, folder: Path, refusal: Refusal
) -> None:
    account.refusal = refusal
    with member.daemon(folder) as daemon:
        for n in range(4):
            make_take(folder / f"{n}.wav", seed=n)
        wait_for(lambda: "elevenlabs is busy" in daemon.log())
        assert set(member.states().values()) <= {"queued", "converting"}
        said = member("jobs").stdout
        assert f"elevenlabs is busy: refused, {refusal.code} (HTTP {refusal.status})" in said
        account.refusal = None
        wait_for(lambda: len(results(folder)) == 4)
        wait_for(lambda: set(member.states().values()) == {"done"})
        assert "is busy" not in member("jobs").stdout
    log = daemon.log()
    assert (log.count("is busy"), log.count("has room again")) == (1, 1)
    assert "retrying in" not in log
    assert account.billed_twice == []


def test_several_daemons_settle_down_to_the_limit_of_their_account(
    own_home: Path, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELEVENLABS_API_KEY", KEY)
    account.seconds = (0.2, 0.4)
    members, folders = [], []
    with ExitStack() as stack:
        for name in "abc":
            member = Cli(own_home / name)
            folder = own_home / name / "Exports"
            folder.mkdir(parents=True)
            member.config(account.config(SETTINGS))
            stack.enter_context(member.daemon(folder))
            members.append(member)
            folders.append(folder)
        for n in range(12):
            make_take(folders[n % 3] / f"{n}.wav", 0.5, seed=n)
        wait_for(lambda: sum(len(results(folder)) for folder in folders) == 12, 60)
    assert account.most == 2
    assert account.billed_twice == []
    assert len(account.refused) < 0.4 * (12 + len(account.refused))  # of a few requests; the bench has more


def test_a_restart_while_takes_wait_loses_and_pays_nothing_twice(
    member: Command, account: Account, folder: Path
) -> None:
    account.refusal = Refusal()
    with member.daemon(folder) as daemon:
        for n in range(3):
            make_take(folder / f"{n}.wav", seed=n)
        wait_for(lambda: len(account.refused) > 2)
        wait_for(lambda: list(member.states().values()) == ["queued"] * 3)
        daemon.kill()
    with member.daemon(folder):
        wait_for(lambda: len(account.refused) > 4)
    assert set(member.states().values()) == {"queued"}  # it was stopped with SIGTERM while they waited
    account.refusal = None
    with member.daemon(folder):
        wait_for(lambda: len(results(folder)) == 3)
    assert account.billed_twice == []


def test_takes_wait_while_the_voices_are_refused(member: Command, account: Account, folder: Path) -> None:
    account.lookup_refusal = Refusal(429, "rate_limit_exceeded")
    with member.daemon(folder) as daemon:
        make_take(folder / "a.wav")
        make_take(folder / "b.wav", seed=1)
        wait_for(lambda: "elevenlabs is busy" in daemon.log(), 40)
        assert set(member.states().values()) <= {"found", "settling"}
        assert account.lookups_refused < 20
        account.lookup_refusal = None
        wait_for(lambda: len(results(folder)) == 2, 60)
    assert "failed" not in member.states().values()


def test_convert_waits_and_says_so(member: Command, account: Account, folder: Path) -> None:
    account.refusal = Refusal()
    take = make_take(folder / "a.wav")
    with started(member, "convert", take) as process:
        assert process.stderr is not None
        wait_for(lambda: len(account.refused) > 2)
        account.refusal = None
        out, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out.strip().endswith("a.ada.wav")
    assert said.count("elevenlabs is busy") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_ends_a_convert_that_waits(member: Command, account: Account, folder: Path) -> None:
    account.refusal = Refusal(retry_after="60")
    take = make_take(folder / "a.wav")
    with started(member, "convert", take) as process:
        wait_for(lambda: account.refused)
        wait_for(lambda: list(member.states().values()) == ["queued"])
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert process.returncode != 0
    account.refusal = None
    member("run", "--once", folder)
    assert results(folder) == ["a.ada.wav"]
    assert len(account.served) == 1


def test_no_credits_and_a_wrong_key_stay_what_they_are(
    member: Command, account: Account, folder: Path
) -> None:
    take = make_take(folder / "a.wav")
    for refusal in (Refusal(401, "quota_exceeded"), Refusal(429, "quota_exceeded"), Refusal(401, "invalid_api_key")):
        account.refusal = refusal
        assert refusal.code in member("convert", take, check=1).stderr
    assert len(account.refused) == 3


def started(member: Command, *words: object) -> subprocess.Popen[str]:
    """A command as a process under way."""
    line = [*member.command, *map(str, words)]
    pipe = subprocess.PIPE
    return subprocess.Popen(line, stdout=pipe, stderr=pipe, text=True, cwd=member.home)

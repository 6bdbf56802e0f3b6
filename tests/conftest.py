"""Fixtures for all tests, and the rules of the tiers: a test without a marker starts no process of ours, and is quick."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as `takevoice` does; several tests run at once

from habits import HABITS
from support import BACKENDS, FAST, Cli, Command
from takevoice.system import reaper

MARKERS = {"process", "editor", "service", "quality", "lint"}
QUICK = 3.0  # seconds for a test without one of them


def pytest_addoption(parser: pytest.Parser) -> None:
    """Tests can run under the habits of other systems (see `habits`)."""
    parser.addoption(
        "--habit", action="append", choices=sorted(HABITS), help="run the tests under this habit"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Whoever runs everything also gets all examples of property tests (see `profiles`)."""
    heed_signals()
    if config.option.habit:
        os.environ["TAKEVOICE_HABITS"] = ",".join(config.option.habit)
    if not config.option.markexpr:
        os.environ.setdefault("TAKEVOICE_TESTS", "all")


def heed_signals() -> None:
    """Let Ctrl-C and a closed terminal reach what the tests start, also where pytest was started in the background."""
    for name, how in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, how)


def has_tier(item: Any) -> bool:
    return any(item.get_closest_marker(name) for name in MARKERS)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[Any]) -> None:
    """A test that asks for the command line as a process needs no marker to say so."""
    for item in items:
        if "cli" in item.fixturenames and not has_tier(item):
            item.add_marker("process")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """For `-n logical`: more than there are cores, because tests of the whole program wait more than they compute."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture(autouse=True)
def few_processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test without a marker may not start Python, and with it takevoice, again."""
    if not has_tier(request.node):
        started = subprocess.Popen.__init__

        def start(self: Any, args: Any, *rest: Any, **options: Any) -> None:
            line = [args] if isinstance(args, str | bytes | os.PathLike) else args
            assert sys.executable not in line, "it starts a process: mark the test with `process`"
            started(self, args, *rest, **options)

        monkeypatch.setattr(subprocess.Popen, "__init__", start)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List the tests without a marker that are slow."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    calls = [report for report in reports if getattr(report, "when", "") == "call"]
    slow = [each for each in calls if each.duration > QUICK and MARKERS.isdisjoint(each.keywords)]
    if slow:
        terminalreporter.section(f"slow tests without a marker (more than {QUICK:.0f} s)")
        for report in sorted(slow, key=lambda each: -each.duration):
            terminalreporter.line(f"{report.duration:.1f} s  {report.nodeid}")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test has a home, a config dir and a state dir of its own, and no key."""
    home = tmp_path_factory.mktemp("home")
    for name, value in Cli(home).env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("ELEVENLABS_API_KEY", raising=False)
    return home


@pytest.fixture(autouse=True)
def no_reaper_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A REAPER that runs on this machine, or is portable, is found by tests that make one only."""
    monkeypatch.setattr(reaper, "_processes", lambda: iter(()))
    monkeypatch.setattr(reaper, "_PLACES", {name: lambda: iter(()) for name in reaper._PLACES})


@pytest.fixture(autouse=True)
def habits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the habits that were chosen under the test."""
    for name in filter(None, os.environ.get("TAKEVOICE_HABITS", "").split(",")):
        HABITS[name](monkeypatch)


@pytest.fixture
def habit(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a habit under the test, and under the processes that it starts."""

    def put(name: str) -> None:
        HABITS[name](monkeypatch)
        before = os.environ.get("TAKEVOICE_HABITS")
        monkeypatch.setenv("TAKEVOICE_HABITS", f"{before},{name}" if before else name)

    return put


@pytest.fixture
def cli(own_home: Path) -> Cli:
    """The command line, as a process."""
    return Cli(own_home)


@pytest.fixture
def command(own_home: Path) -> Command:
    """The command line, in this process."""
    return Command(own_home)


@pytest.fixture
def gated(command: Command) -> Command:
    """A command line whose backend turns the audio upside down, at half its level; `gate` options come from the test."""
    command.plugin(BACKENDS / "gated.py")
    command.config('backend = "gated"\n' + FAST)
    return command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An export folder."""
    path = tmp_path / "Exports"
    path.mkdir()
    return path

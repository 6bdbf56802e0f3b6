"""Commands load only what they need: what a person waits for before the first line is mostly imports.

`tests/bench/speed/startup.py` measures what that saves.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from takevoice.cli import CORE

pytestmark = pytest.mark.process

NUMERICAL = {"numpy", "scipy", "soundfile", "soxr"}
SLOW = {*NUMERICAL, "httpx", "watchdog", "rich", "psutil", "keyring", "asyncio", "uvicorn", "fastapi"}
SLOW_AND_MODELS = {*SLOW, "pydantic", "pluggy", "pythonosc", "importlib.metadata"}
NOT_FOR_A_GLANCE = {
    *SLOW_AND_MODELS,
    *("typing", "dataclasses", "inspect", "pathlib", "platformdirs", "logging", "json", "threading", "ctypes", "shutil"),
}
"""All of these together take longer than the rest of `takevoice jobs`."""

RUN = """\
import os, sys
from takevoice.cli import main
try:
    main({words!r})
except SystemExit:
    pass
print("loaded:", *sys.modules)
"""
RUN_UNTIL_WATCHING = """\
import os, signal, sys
from takevoice.cli import main
from takevoice.service import loading
def stop(_):
    print("loaded:", *sys.modules)
    os.kill(os.getpid(), signal.SIGTERM)
loading.LoadAhead.start = stop
main({words!r})
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "Exports").mkdir()
    return tmp_path


def _loaded(home: Path, words: Sequence[str], script: str = RUN) -> tuple[str, set[str]]:
    """Run a command; returns what it printed, and the modules that were loaded by its end."""
    places = {"HOME": home, "XDG_CONFIG_HOME": home / "config", "XDG_STATE_HOME": home / "state"}
    env = {key: value for key, value in os.environ.items() if key != "TAKEVOICE_STATE"}
    done = subprocess.run(
        [sys.executable, "-c", script.format(words=[str(word) for word in words])],
        capture_output=True,
        text=True,
        env=env | {name: str(place) for name, place in places.items()} | {"ELEVENLABS_API_KEY": "any"},
        timeout=60,
        check=True,
    )
    printed, _, modules = done.stdout.rpartition("loaded: ")
    return printed + done.stderr, set(modules.split())


def _assert_none(loaded: Collection[str], of: Collection[str]) -> None:
    assert not set(loaded) & set(of)


@pytest.fixture
def ledger(home: Path) -> Path:
    from takevoice.ledger import Ledger
    from takevoice.system.fileid import FileVersion

    path = home / "state" / "takevoice" / "ledger.sqlite3"
    ledger = Ledger(path)
    exports = home / "Exports"
    ledger.jobs.add_found([(exports / "take.wav", exports, FileVersion(1, 1, 1))], "daemon")
    ledger.close()
    return path


@pytest.mark.skipif(sys.platform != "linux", reason="platformdirs finds the state dir there")
def test_the_list_of_jobs_loads_next_to_nothing(home: Path, ledger: Path) -> None:
    printed, loaded = _loaded(home, ["jobs"])
    assert "take.wav" in printed
    assert "takevoice is not running" in printed
    bare = _loaded(home, [], "import sys; print('loaded:', *sys.modules)")[1]
    _assert_none(loaded - bare, NOT_FOR_A_GLANCE)


def test_an_osc_message_is_sent_with_little(home: Path) -> None:
    printed, loaded = _loaded(home, ["osc", "--port", "1", "/takevoice/ping", "id"])
    assert "no answer" in printed
    _assert_none(loaded, {*SLOW, "pydantic", "pluggy", "importlib.metadata"})


@pytest.mark.parametrize("command", [name for name in CORE if name != "voices"])
def test_help_needs_nothing_of_what_the_command_does(home: Path, command: str) -> None:
    printed, loaded = _loaded(home, [command, "--help"])
    assert f"usage: takevoice {command}" in printed
    _assert_none(loaded, {*SLOW_AND_MODELS, f"takevoice.cli.{command}", "logging", "dataclasses"} - {"takevoice.cli.install"})


@pytest.mark.parametrize("words", [["--help"], ["voices", "--help"], ["voices", "add", "--help"], ["serve", "--help"]])
def test_help_of_and_with_the_commands_of_plugins_needs_no_numbers(home: Path, words: list[str]) -> None:
    printed, loaded = _loaded(home, words)
    assert "usage: takevoice" in printed
    _assert_none(loaded, {*SLOW, "pydantic"})


@pytest.mark.parametrize("words", [["voices", "--backend", "local"], ["plugins"], ["init"]])
def test_commands_without_takes_need_no_numbers(home: Path, words: list[str]) -> None:
    _assert_none(_loaded(home, words)[1], NUMERICAL | {"watchdog", "rich"})


def test_explain_needs_no_filters(home: Path) -> None:
    from takevoice.audio import write_test_tone

    take = write_test_tone(home / "Exports" / "take.wav")
    config = home / "local.toml"
    config.write_text('backend = "local"\n')
    printed, loaded = _loaded(home, ["explain", take.path, "--config", config])
    assert "PCM_24" in printed
    _assert_none(loaded, {"scipy", "watchdog", "rich", "keyring"})


@pytest.mark.parametrize("load", ["import takevoice.service.loading as it; it.load_audio()", "import takevoice_plugins.local.conversion"])
def test_takes_and_the_engine_need_no_statistics(load: str) -> None:
    """scipy.signal loads them, and with them half of scipy: a third of what a process of takevoice loads for its first take."""
    pytest.importorskip("soxr")
    script = f"import sys; {load}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(done.stdout.split())
    assert "soundfile" in loaded
    _assert_none(loaded, {"scipy.signal", "scipy.stats"})


def test_run_watches_before_it_loads_what_takes_need(home: Path) -> None:
    words = ["run", "--osc-port", "0", home / "Exports"]
    printed, loaded = _loaded(home, words, RUN_UNTIL_WATCHING)
    assert "watching" in printed
    assert "stopped" in printed
    _assert_none(loaded, {*NUMERICAL, "rich", "keyring", "asyncio", "uvicorn", "fastapi"})

"""`takevoice doctor --platform`: what it finds, under the habits of other systems too, and what it must not tell."""

from __future__ import annotations

import getpass
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from habits.kernel32 import Kernel32
from support import Command
from takevoice.cli import platform_report
from takevoice.cli.platform_report import LAST_LINE, Line, hider, machine, report
from takevoice.cli.platform_report.checks import Check, Found
from takevoice.system import current, place, python_origin
from takevoice.system.python_origin import long_paths, origin, redirected_to
from takevoice.system.short_names import plain_path

KEY = "sk_0123456789abcdef_not_a_real_key"


@pytest.mark.process
def test_the_report_is_well_here_and_tells_no_secrets(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELEVENLABS_API_KEY", KEY)
    monkeypatch.setattr(getpass, "getuser", lambda: "jasmin")
    folder = tmp_path / "jasmin's Exports"
    folder.mkdir()
    command.config('backend = "local"\n')
    done = command("doctor", "--platform", folder, check=None)
    lines = done.stdout.splitlines()
    assert lines[-1] == LAST_LINE
    assert not [line for line in lines if line.startswith("DIFFERS")]
    assert done.returncode == 0
    for what in ("state dir: versions", "folder 1: rename", "OSC: receive buffer", "file system events", "keyring"):
        assert re.search(rf"^ok +{what} ", done.stdout, re.MULTILINE), what
    for private in (KEY, str(folder), "Exports", str(command.home), "jasmin", str(Path.home())):
        assert private not in done.stdout
    assert not list(folder.iterdir())
    assert not list(command.state.glob(".tv-*"))


@pytest.mark.process
def test_a_broken_config_does_not_stop_it(command: Command) -> None:
    command.config("conversion = 2\n")
    assert LAST_LINE in command("doctor", "--platform", check=None).stdout


def lines(state: Path, *folders: Path) -> dict[str, Line]:
    return {line.what: line for line in report(state, folders)}


@pytest.mark.process
def test_under_the_habits_of_others_it_says_so(
    tmp_path: Path, habit: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    habit("scans_without_inodes")
    habit("small_socket_buffers")
    found = lines(tmp_path / "state")
    assert "listed inodes are 0" in found["state dir: versions"].found
    assert found["state dir: versions"].well
    assert found["OSC: receive buffer"].well
    monkeypatch.setattr(place, "rename_new", lambda source, target: source.replace(target))
    monkeypatch.setattr(platform_report.drives, "redirected_to", lambda _: tmp_path / "LocalCache")
    monkeypatch.setattr(machine, "origin", lambda: "Microsoft Store")
    found = lines(tmp_path / "state")
    for what, text in (
        ("state dir: rename", "overwrites"),
        ("state dir: write", "Microsoft Store"),
        ("Python", "Microsoft Store"),
    ):
        assert not found[what].well
        assert text in found[what].found
        assert str(found[what]).startswith("DIFFERS")
        assert "(expected: " in str(found[what])


def test_a_check_that_fails_does_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Found:
        raise OSError(5, "broken", str(tmp_path / "secret.wav"))

    monkeypatch.setattr(machine, "checks", lambda: [Check("broken", "well", fails)])
    for module in (platform_report.sockets, platform_report.programs, platform_report.drives):
        monkeypatch.setattr(module, "checks", lambda *_: [Check("next", "well", lambda: Found("fine"))])
    found = list(report(tmp_path, []))
    assert (found[0].well, found[0].found) == (None, "OSError: [Errno 5] broken: '~/secret.wav'")
    assert [line.found for line in found[1:]] == ["fine"] * 3


def test_names_are_hidden_as_words_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "ed")
    assert hider([])("the needed file of ed") == "the needed file of USER"


@pytest.mark.parametrize(
    ("path", "made_by"),
    [
        (r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python.3.12_3.12\python3.12.exe", "Microsoft Store"),
        (r"C:\Users\J\AppData\Local\Programs\Python\Python312\python.exe", "python.org"),
        ("/opt/homebrew/Cellar/python@3.12/3.12.1/bin/python3.12", "Homebrew"),
        ("/Library/Frameworks/Python.framework/Versions/3.12/bin/python3.12", "python.org"),
        ("/Users/j/.local/share/uv/python/cpython-3.12/bin/python3.12", "uv"),
        ("/usr/bin/python3.11", "system"),
        ("/opt/python", "unknown"),
    ],
)
def test_the_origin_of_a_python(monkeypatch: pytest.MonkeyPatch, path: str, made_by: str) -> None:
    monkeypatch.setattr("os.path.realpath", lambda each: each)
    assert origin(path) == made_by


def test_files_that_the_store_redirects_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Using Python on Windows: "... %USERPROFILE%\\AppData\\Local\\Packages\\PythonSoftwareFoundation...\\LocalCache"."""
    file = tmp_path / "settings.lua"
    assert redirected_to(file) is None
    private = "/Users/J/AppData/Local/Packages/PythonSoftwareFoundation.Python.3.12/LocalCache/Roaming/settings.lua"
    monkeypatch.setattr("os.path.realpath", lambda _: private)
    assert redirected_to(file) == Path(private)


def test_long_paths_are_a_setting_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert long_paths() is True
    monkeypatch.setattr(current, "name", lambda: "windows")
    assert long_paths() is None  # there is no registry here

    class Registry:
        HKEY_LOCAL_MACHINE = 1
        value = 1

        def OpenKey(self, _root: int, name: str) -> Registry:  # noqa: N802
            assert name == r"SYSTEM\CurrentControlSet\Control\FileSystem"
            return self

        def QueryValueEx(self, _key: Registry, name: str) -> tuple[int, int]:  # noqa: N802
            assert name == "LongPathsEnabled"
            return self.value, 4

        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None: ...

    registry = Registry()
    monkeypatch.setattr(python_origin.importlib, "import_module", lambda _: registry)
    assert long_paths() is True
    registry.value = 0
    assert long_paths() is False


@pytest.mark.parametrize(
    ("path", "short", "plain"),
    [
        (r"C:\Users\Anna\state", "", r"C:\Users\Anna\state"),
        (r"C:\Users\Jörg\state", r"C:\Users\JRG~1\state", r"C:\Users\JRG~1\state"),
        (r"C:\Users\Jörg\state", r"C:\Users\Jörg\state", None),  # the volume makes no short names
        (r"C:\Users\Jörg\state", "", None),
    ],
)
def test_a_path_that_lua_can_open(monkeypatch: pytest.MonkeyPatch, path: str, short: str, plain: str | None) -> None:
    kernel = Kernel32()
    kernel.short_names[path] = short
    monkeypatch.setattr(current, "name", lambda: "windows")
    monkeypatch.setattr(current, "kernel32", lambda: kernel)
    assert plain_path(path) == plain  # type: ignore[arg-type] - a Path of this machine spells it otherwise


@pytest.mark.skipif(current.name() == "windows", reason="the path itself is fine elsewhere")
def test_elsewhere_every_path_is_plain() -> None:
    assert plain_path(Path("/home/Jörg")) == "/home/Jörg"


@pytest.mark.parametrize("editor", ["reaper", "ardour"])
def test_installers_refuse_what_the_editor_would_not_see(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, editor: str
) -> None:
    from takevoice.cli.install import files

    with monkeypatch.context() as patch:
        patch.setattr(files, "plain_path", lambda _: None)
        done = command("install", editor, "--into", tmp_path / "editor", check=1)
        assert "letters beyond ASCII" in done.stderr
        assert "--state" in done.stderr
    monkeypatch.setattr(files, "redirected_to", lambda path: path)
    done = command("install", editor, "--into", tmp_path / "editor", check=1)
    assert "cannot be seen by other programs" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_processes_of_the_report_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that hangs is killed."""
    killed = []

    class Hangs:
        stdout = type("", (), {"readline": lambda _: "ready\n"})()
        returncode = None

        def __init__(self, *_: object, **__: object) -> None: ...

        def terminate(self) -> None: ...

        def kill(self) -> None:
            killed.append(1)

        def communicate(self, timeout: float | None = None) -> tuple[str, str]:
            if not killed:
                raise subprocess.TimeoutExpired("child", timeout or 0)
            return "", ""

    monkeypatch.setattr(platform_report.programs.subprocess, "Popen", Hangs)
    assert platform_report.programs._stop() == Found("does not end", False)
    assert killed == [1]

"""`takevoice doctor --platform`: what it finds, under the habits of other systems too, and what it must not tell."""

from __future__ import annotations

import errno
import getpass
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path, PureWindowsPath
from typing import Any

import keyring
import pytest

from habits.kernel32 import Kernel32, Snapshot
from support import Command
from takevoice.cli import doctor_folders, platform_report
from takevoice.cli.platform_report import LAST_LINE, Line, drives, machine, programs, report, sockets
from takevoice.cli.platform_report.checks import Check, Found
from takevoice.cli.platform_report.privacy import described, hider
from takevoice.cli.platform_report.scratch import left_behind, scratch
from takevoice.system import current, place, python_origin
from takevoice.system.fileid import FileVersion
from takevoice.system.python_origin import long_paths, origin, redirected_to
from takevoice.system.short_names import plain_path
from takevoice.system.volumes import Volume
from takevoice.watch.scan import scan

not_windows = pytest.mark.skipif(current.name() == "windows", reason="needs modes, signals or sh")
KEY = "sk_0123456789abcdef_not_a_real_key"


@pytest.fixture
def key_in_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_password", lambda _service, _user: KEY)


@pytest.mark.process
def test_the_report_is_well_here_and_tells_no_secrets(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key_in_the_keyring: None
) -> None:
    monkeypatch.setenv("ELEVENLABS_API_KEY", KEY)
    monkeypatch.setattr(getpass, "getuser", lambda: "jasmin")
    folder = tmp_path / "jasmin's Exports"
    folder.mkdir()
    command.config('backend = "local"\n')
    began = time.monotonic()
    done = command("doctor", "--platform", folder, check=None)
    assert time.monotonic() - began < 60
    lines = done.stdout.splitlines()
    assert lines[-1] == LAST_LINE
    unwell = [line for line in lines[:-1] if not line.startswith("ok ")]
    assert [line for line in unwell if "Ctrl-Break cannot be sent" not in line] == []  # without a console, as in tests
    assert done.returncode == 0
    for what in ("state dir: versions", "folder 1: rename", "folder 1: events", "config dir: write", "left behind"):
        assert re.search(rf"^ok +{what} ", done.stdout, re.MULTILINE), what
    assert "a key is stored" in done.stdout
    for private in (KEY, str(folder), "Exports", str(command.home), "jasmin", str(Path.home())):
        assert private not in done.stdout + done.stderr
    assert not list(folder.iterdir())
    assert not command.state.exists(), "a state dir that was missing is missing again"


def test_what_the_checks_make_is_hidden_from_watchers(tmp_path: Path) -> None:
    with scratch(tmp_path) as path:
        (path / "take.wav").write_bytes(b"RIFF")
        assert list(scan(tmp_path, recursive=True, wanted=lambda _: True)) == []
        assert left_behind(tmp_path) == 1
    assert left_behind(tmp_path) == 0


@pytest.mark.process
def test_a_broken_config_does_not_stop_it(command: Command) -> None:
    command.config("conversion = 2\n")
    done = command("doctor", "--platform")
    assert re.search(r"^unknown +config +cannot be used \(ConfigError\)", done.stdout, re.MULTILINE)
    assert done.stdout.endswith(f"{LAST_LINE}\n")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the checks of folders: no child, no keyring, no sockets."""
    for module in (platform_report.sockets, platform_report.programs, platform_report.machine):
        monkeypatch.setattr(module, "checks", lambda *_: [])


@not_windows
def test_log_lines_and_warnings_do_not_get_in_between(
    command: Command, tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They name files: here, a config that is ignored, a folder without events, and a module that warns."""
    folder = tmp_path / "Secret Film"
    folder.mkdir()
    (folder / "takevoice.toml").write_text("[defaults]\n")
    (folder / "takevoice.toml").chmod(0o666)

    def loud(path: Path) -> Found:
        logging.getLogger("takevoice").error("%s", path)
        warnings.warn(str(path), stacklevel=1)
        print(path, file=sys.stderr)
        return Found("works")

    monkeypatch.setattr(drives.steps, "rename", loud)
    done = command("doctor", "--platform", folder)
    assert "one in a watched folder is ignored" in done.stdout
    assert "Secret" not in done.stdout + done.stderr


def lines(state: Path, *folders: Path) -> dict[str, Line]:
    return {line.what: line for line in report(state, folders)}


def differs(line: Line, text: str) -> None:
    assert line.well is False
    assert text in line.found
    assert str(line).startswith("DIFFERS")
    assert f"(expected: {line.expected})" in str(line)


@pytest.mark.process
def test_under_the_habits_of_others_it_says_so(tmp_path: Path, habit: Callable[[str], None]) -> None:
    habit("scans_without_inodes")
    habit("small_socket_buffers")
    found = lines(tmp_path / "state")
    assert "listed inodes are 0" in found["state dir: versions"].found
    assert found["state dir: versions"].well
    assert f"8192 KiB refused ({errno.ENOBUFS})" in found["OSC: receive buffer"].found
    assert found["OSC: receive buffer"].well


@pytest.mark.process
@pytest.mark.skipif(current.name() != "linux", reason="takes the ways of other systems on Linux")
@pytest.mark.parametrize("system", ["windows", "macos"])
def test_the_ways_of_other_systems_are_well_too(
    tmp_path: Path, habit: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    """Real Ctrl-Break there is none here, and no option of a child for it."""
    habit(system)
    monkeypatch.setattr(Snapshot, "AGE", 0.0)
    found = lines(tmp_path / "state")
    unwell = {what: line.found for what, line in found.items() if not line.well}
    if system == "windows":
        assert "creationflags" in unwell.pop("stopping a process")
    assert unwell == {}
    assert found["system"].found.startswith({"windows": "Windows", "macos": "macOS"}[system])


def raises(error: OSError) -> Callable[..., Any]:
    def call(*_: object, **__: object) -> None:
        raise error

    return call


def test_what_differs_in_a_folder_is_shown(tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "rename_new", lambda source, target: source.replace(target))
    monkeypatch.setattr(drives, "try_writing", lambda _: tmp_path / "LocalCache")
    monkeypatch.setattr(drives, "volume_of", lambda _: Volume("", "exfat", False))
    monkeypatch.setattr(drives, "version_of", lambda path: FileVersion(path.stat().st_size, 1, 2))
    monkeypatch.setattr(drives.Hints, "take", lambda _: (set(), False))
    monkeypatch.setattr(drives, "EVENT", 0.2)
    monkeypatch.setattr(Path, "mkdir", short_paths(Path.mkdir))
    whole = os.utime
    monkeypatch.setattr(os, "utime", lambda path, ns: whole(path, ns=(ns[0], ns[1] - 3 * 10**9)))
    found = lines(tmp_path / "state")
    differs(found["state dir: volume"], "has no identity")
    differs(found["state dir: write"], "Microsoft Store")
    differs(found["state dir: versions"], "differ in time, inode")
    differs(found["state dir: rename"], "overwrites")
    differs(found["state dir: times"], "more than 2 s")
    differs(found["state dir: long path"], f"refused ({errno.ENAMETOOLONG})")
    differs(found["state dir: events"], "none")
    monkeypatch.setattr(drives, "volume_of", lambda _: Volume("smbfs://s/x", "smbfs", True))
    share = lines(tmp_path / "state")["state dir: events"]
    assert (share.well, share.found) == (True, "none; a share is scanned instead")


def short_paths(mkdir: Callable[..., None]) -> Callable[..., None]:
    """MAX_PATH, without the setting for long paths."""

    def make(path: Path, *rest: Any, **options: Any) -> None:
        if len(str(path)) > 260:
            raise OSError(errno.ENAMETOOLONG, "File name too long", str(path))
        mkdir(path, *rest, **options)

    return make


def test_steps_that_do_nothing_are_shown(tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = FileExistsError(17, "File exists")
    monkeypatch.setattr(place, "rename_new", lambda _source, target: None if target.name == "d" else raises(taken)())
    monkeypatch.setattr(place, "replace", lambda _source, _target: None)
    monkeypatch.setattr(place, "unlink", lambda _: None)
    monkeypatch.setattr(Path, "chmod", lambda *_: None)
    monkeypatch.setattr(Path, "hardlink_to", raises(OSError(errno.EPERM, "Operation not permitted")))
    found = lines(tmp_path / "state")
    differs(found["state dir: rename"], "does not rename")
    differs(found["state dir: replace and remove"], "replacing does nothing")
    differs(found["state dir: in use"], "files stay")
    links = found["state dir: links and modes"]
    assert links.well
    assert f"hard link refused ({errno.EPERM})" in links.found
    assert "chmod has no effect" in links.found
    monkeypatch.setattr(place, "replace", lambda source, target: source.replace(target))
    differs(lines(tmp_path / "state")["state dir: replace and remove"], "removing does nothing")
    monkeypatch.setattr(place, "rename_new", lambda source, _target: source.unlink() or raises(taken)())
    assert lines(tmp_path / "state")["state dir: rename"].well is None  # FileNotFoundError


@pytest.mark.parametrize("code", [errno.EPERM, errno.EACCES])
def test_a_folder_that_is_refused_differs_and_is_not_checked_further(
    command: Command, tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """EPERM: macOS' privacy settings; EACCES: ACLs, Controlled folder access."""
    monkeypatch.setattr(drives, "try_writing", raises(OSError(code, "refused", str(tmp_path / "Secret"))))
    command.config("")
    done = command("doctor", "--platform", tmp_path, check=1)
    assert re.search(rf"^DIFFERS +folder 1: write +refused \({code}\)", done.stdout, re.MULTILINE)
    assert "folder 1: rename" not in done.stdout, "it makes no sense without"


def test_a_missing_folder_differs(tmp_path: Path, quick: None) -> None:
    found = lines(tmp_path / "state", tmp_path / "missing")
    differs(found["folder 1: write"], "is not there")
    assert "folder 1: rename" not in found
    assert not (tmp_path / "missing").exists()


def test_what_is_left_behind_is_shown(tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "remove_tree", lambda _: None)
    differs(lines(tmp_path, tmp_path)["left behind"], ".tv-doctor-*")


def test_a_check_that_fails_does_not_stop_the_others(
    tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> Found:
        raise OSError(5, "broken", str(tmp_path / "secret.wav"))

    checks = [Check("broken", "well", fails), Check("next", "well", lambda: Found("fine"))]
    monkeypatch.setattr(machine, "checks", lambda: checks)
    monkeypatch.setattr(drives, "checks", lambda *_, **__: [])
    found = list(report(tmp_path, []))
    assert (found[0].well, found[0].found) == (None, "OSError: broken (5)")
    assert str(found[0]).startswith("unknown ")
    assert [line.found for line in found[1:]] == ["fine", "nothing"]


def test_a_check_that_takes_too_long_is_left_to_itself(
    tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A share that does not answer: the checks that need it are left out, and the whole ends in time."""
    ended = threading.Event()

    def hangs() -> Found:
        ended.wait(20)
        return Found("late")

    checks = [
        Check("share", "answers", hangs),
        Check("share: more", "answers", hangs, needs="share"),
        Check("other", "well", lambda: Found("fine")),
    ]
    monkeypatch.setattr(machine, "checks", lambda: checks)
    monkeypatch.setattr(drives, "checks", lambda *_, **__: [])
    monkeypatch.setattr(platform_report, "LIMIT", 0.1)
    found = lines(tmp_path)
    assert (found["share"].well, found["share"].found) == (None, "no answer within 0 s")
    assert "share: more" not in found
    assert found["other"].well
    monkeypatch.setattr(platform_report, "TOTAL", 0.0)
    assert lines(tmp_path)["other"].found.startswith("not looked at")
    ended.set()


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(13, "Access is denied", r"C:\Users\Anna\Secret Film\.tv-doctor-1"),  # repr doubles backslashes
        OSError(errno.EXDEV, "Cross-device", "/home/anna/Secret", None, "/mnt/Secret"),
        subprocess.TimeoutExpired(["/home/anna/Secret Film/bin/python", "-c", "x"], 3),
        ImportError("dlopen(/Users/anna/Secret Film/lib.dylib, 0x0006): no such file"),
        RuntimeError(r"cannot load C:\Users\Anna\Secret Film\x.dll"),
        KeyError(Path("/srv/Secret Film")),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_names_no_file(error: Exception) -> None:
    told = described(error)
    assert told.startswith(f"{type(error).__name__}: ")
    assert "ecret" not in told
    assert "nna" not in told


def test_names_are_hidden_as_words_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "ed")
    assert hider([])("the needed file of ed, Ed and ed_2") == "the needed file of USER, USER and USER_2"
    monkeypatch.setattr(getpass, "getuser", raises(OSError(2, "no such user")))
    assert hider([])("a file of ed") == "a file of ed"


def test_paths_are_hidden_in_any_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in str(OSError) on Windows, in another case, and with slashes."""
    windows = PureWindowsPath(r"D:\Secret Film")
    hide = hider([windows])  # type: ignore[list-item]
    for text in (r"D:\Secret Film\a", r"D:\\Secret Film\\a", r"d:\SECRET film\a", "D:/Secret Film/a"):
        assert "ecret" not in hide(text).lower()
    assert hider([Path("/")])("utf-8 / utf-8") == "utf-8 / utf-8"
    assert hider([])(f"in {Path.home()}/x") == "in ~/x"


@pytest.mark.parametrize(
    ("path", "made_by"),
    [
        (r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python.3.12_3.12\python3.12.exe", "Microsoft Store"),
        (r"C:\Users\J\AppData\Local\Programs\Python\Python312\python.exe", "python.org"),
        ("/opt/homebrew/Cellar/python@3.12/3.12.1/bin/python3.12", "Homebrew"),
        ("/Library/Frameworks/Python.framework/Versions/3.12/bin/python3.12", "python.org"),
        ("/Users/j/.local/share/uv/python/cpython-3.12/bin/python3.12", "uv"),
        ("/usr/bin/python3.11", "system"),
        (r"C:\Program Files\Python312\python.exe", "python.org"),
        (r"C:\Users\J\AppData\Local\Python\pythoncore-3.14-64\python.exe", "Python install manager"),
        (r"C:\Users\J\AppData\Roaming\uv\python\cpython-3.12-windows-x86_64-none\python.exe", "uv"),
        ("/Applications/Xcode.app/Contents/Developer/Library/Frameworks/Python3.framework/Versions/3.9", "Xcode"),
        ("/opt/local/Library/Frameworks/Python.framework/Versions/3.12", "MacPorts"),
        ("/opt/python", "unknown"),
    ],
)
def test_the_origin_of_a_python(monkeypatch: pytest.MonkeyPatch, path: str, made_by: str) -> None:
    assert origin(path) == made_by


def test_the_origin_of_a_python_is_that_behind_a_virtual_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows, python.exe of an environment is no link: venv, "a copy or a redirector"; the base shows the Store."""
    store = r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python.3.12_3.12.10.0_x64__qbz5n2kfra8p0"
    monkeypatch.setattr(sys, "executable", r"C:\Users\J\takevoice\venv\Scripts\python.exe")
    monkeypatch.setattr(sys, "_base_executable", rf"{store}\python3.12.exe", raising=False)
    monkeypatch.setattr(sys, "base_prefix", store)
    assert origin() == "Microsoft Store"
    found = machine._python()
    assert found.well is False
    assert "in a virtual environment" in found.text


def test_files_that_the_store_redirects_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Using Python on Windows: "... %USERPROFILE%\\AppData\\Local\\Packages\\PythonSoftwareFoundation...\\LocalCache"."""
    file = tmp_path / "settings.lua"
    assert redirected_to(file) is None
    private = "/Users/J/AppData/Local/Packages/PythonSoftwareFoundation.Python.3.12/LocalCache/Roaming/settings.lua"
    monkeypatch.setattr("os.path.realpath", lambda _: private)
    assert redirected_to(file) == Path(private)
    assert redirected_to(Path(private)) is None, "it was asked for"
    monkeypatch.setattr("os.path.realpath", lambda _: "/mnt/LocalCache/settings.lua")
    assert redirected_to(file) is None, "a link to a folder of that name"


@not_windows
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

    (tmp_path / "editor").mkdir()
    (tmp_path / "editor" / "reaper.ini").touch()
    with monkeypatch.context() as patch:
        patch.setattr(files, "plain_path", lambda _: None)
        done = command("install", editor, "--into", tmp_path / "editor", check=1)
        assert "letters beyond ASCII" in done.stderr
        assert "--state" in done.stderr
    monkeypatch.setattr(files, "redirected_to", lambda path: path)
    done = command("install", editor, "--into", tmp_path / "editor", check=1)
    assert "cannot be seen by other programs" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_installer_also_refuses_an_unchanged_file_that_the_editor_does_not_see(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from takevoice.cli.install import files

    (tmp_path / "reaper.ini").touch()
    command("install", "reaper", "--into", tmp_path)
    monkeypatch.setattr(files, "redirected_to", lambda path: path)
    assert "cannot be seen" in command("install", "reaper", "--into", tmp_path, check=1).stderr
    command("install", "reaper", "--into", tmp_path, "--dry-run")


@pytest.mark.parametrize("editor", ["reaper", "ardour"])
@pytest.mark.parametrize("option", ["--dry-run", "--status", "--remove"])
def test_a_look_at_an_installation_makes_no_state_dir(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, editor: str, option: str
) -> None:
    from takevoice.cli.install import files

    (tmp_path / "reaper.ini").touch()
    monkeypatch.setattr(files, "plain_path", lambda _: None)  # what cannot be installed can still be removed
    command("install", editor, "--into", tmp_path, option, check=None if option == "--status" else 0)
    assert not command.state.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["reaper.ini"]


# Programs.


@not_windows
@pytest.mark.process
def test_a_process_that_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    deaf = "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('ready', flush=True)\ntime.sleep(60)"
    monkeypatch.setattr(programs, "WAITER", deaf)
    monkeypatch.setattr(programs, "STOP", 0.2)
    children = started(monkeypatch)
    found = programs._stop()
    assert not found.well
    assert "does not end" in found.text
    assert [each.poll() for each in children] == [-signal.SIGKILL]


@not_windows
@pytest.mark.process
def test_a_process_that_the_system_ends_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "WAITER", "import time\nprint('ready', flush=True)\ntime.sleep(60)")
    found = programs._stop()
    assert not found.well
    assert "is ended by the system" in found.text


@pytest.mark.process
def test_a_process_that_does_not_start_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "START", 0.2)
    children = started(monkeypatch)
    with pytest.raises(TimeoutError), programs.child("import time; time.sleep(60)"):
        pass
    assert [each.poll() is None for each in children] == [False]


def started(patch: pytest.MonkeyPatch) -> list[subprocess.Popen[str]]:
    children: list[subprocess.Popen[str]] = []

    class Kept(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *words: Any, **options: Any) -> None:
            super().__init__(*words, **options)
            children.append(self)

    patch.setattr(programs.subprocess, "Popen", Kept)
    return children


@pytest.mark.process
def test_a_writer_that_is_not_seen_differs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs.Writers, "being_written", lambda *_: False)
    assert not programs._writer(tmp_path).well
    monkeypatch.setattr(programs.Writers, "being_written", lambda *_: True)
    assert not programs._writer(tmp_path).well


def test_a_keyring_is_not_waited_for_longer_than_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr(programs, "PATIENCE", 0.1)
    monkeypatch.setattr(keyring, "get_password", lambda *_: answered.wait(20))
    found = programs._keyring()
    answered.set()
    assert not found.well
    assert "no answer" in found.text


def test_a_keyring_that_fails_has_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: str) -> str:
        raise RuntimeError(f"locked: {KEY}")

    monkeypatch.setattr(keyring, "get_password", locked)
    found = programs._keyring()
    assert found.well
    assert ": RuntimeError after" in found.text
    assert KEY not in found.text


@not_windows
def test_the_programs_of_the_login_service_are_no_riddle(tmp_path: Path) -> None:
    assert programs._run(["true"]).code == 0
    assert programs._run(["sh", "-c", "echo told >&2; exit 3"]).output == "told\n"
    assert programs._run([str(tmp_path / "missing")]).code == 127
    # A service in the background that keeps the output open is not waited for.
    began = time.monotonic()
    programs._run(["sh", "-c", "sleep 5 & exit 0"])
    assert time.monotonic() - began < 4


# Sockets.


def test_a_port_that_is_shared_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    def shared(_family: object, _address: object) -> socket.socket:
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.bind(("127.0.0.1", 0))
        return opened

    monkeypatch.setattr(sockets, "open_udp", shared)
    found = sockets._two_binds()
    assert not found.well
    assert found.text.startswith("UDP is shared, TCP refused")
    assert not sockets._arrived("a packet arrives", b"else").well


# The ordinary report.


def test_doctor_reports_a_private_copy(
    gated: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor_folders, "try_writing", lambda path: path)
    monkeypatch.setattr(doctor_folders, "redirected_to", lambda path: path)
    said = gated("doctor", folder, check=1).stdout
    assert re.search(r"^FAIL  config .*private copy", said, re.MULTILINE)
    assert re.search(r"^FAIL  state dir .*private to the Microsoft Store's Python", said, re.MULTILINE)
    assert "install Python from python.org, or by uv" in said


@pytest.mark.parametrize("code", [errno.EPERM, errno.EACCES])
@pytest.mark.parametrize(("step", "what"), [("scan", "cannot be read"), ("try_writing", "cannot be written")])
def test_doctor_tries_what_takevoice_does(
    gated: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str, what: str, code: int
) -> None:
    whole = getattr(doctor_folders, step)

    def refuses(path: Path, **options: Any) -> Any:
        if path == folder:
            raise PermissionError(code, "not permitted", str(path))
        return whole(path, **options)

    monkeypatch.setattr(doctor_folders, step, refuses)
    monkeypatch.setattr(current, "name", lambda: "macos")
    said = gated("doctor", folder, check=1).stdout
    assert f"{folder} {what}: not permitted" in said
    assert ("Full Disk Access" in said) == (code == errno.EPERM)


def test_doctor_counts_takes_in_the_cloud(gated: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    takes = {folder / "a.wav": None, folder / "b.wav": FileVersion(1, 1, 1), folder / "c.wav": None}
    monkeypatch.setattr(doctor_folders, "scan", lambda *_, **__: takes.items())
    said = gated("doctor", folder).stdout
    assert re.search(r"^ok    cloud .*2 takes are in the cloud only; choose", said, re.MULTILINE)
    del takes[folder / "a.wav"]
    assert "1 take is in the cloud only" in gated("doctor", folder).stdout


@pytest.mark.parametrize(
    ("remote", "poll", "told"),
    [
        (False, "", ""),
        (True, "", ", on a network share: scanned every 30 s"),
        (True, "poll = false", ", on a network share: scanned, and watched for events"),
        (False, "poll = true", ", scanned every 30 s"),
    ],
)
def test_doctor_says_how_a_folder_is_watched(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, remote: bool, poll: str, told: str
) -> None:
    monkeypatch.setattr(doctor_folders, "volume_of", lambda _: Volume("x", "smbfs", remote))
    command.config(
        f'scan = 30\nbackend = "local"\n[osc]\nport = 0\n[[watch]]\nfolder = {json.dumps(str(folder))}\n{poll}\n'
    )
    (line,) = re.findall(r"^ok    folder .*", command("doctor").stdout, re.MULTILINE)
    assert line.partition(" GB free")[2] == told


@not_windows
def test_doctor_reports_a_config_that_is_ignored(gated: Command, folder: Path) -> None:
    config = folder / "takevoice.toml"
    config.write_text("[defaults]\n")
    config.chmod(0o666)
    done = gated("doctor", folder, check=1)
    assert f"{config} is ignored" in done.stdout
    assert f'--config "{config}"' in done.stdout
    assert done.stderr == "", "it is not reported twice"


def test_doctor_reports_another_spelling(gated: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_folders, "other_spelling", lambda path: path.with_name("eXports"))
    said = gated("doctor", folder).stdout
    assert re.search(r"^ok    spelling .*Exports, and the disk .*eXports: the same folder", said, re.MULTILINE)


def test_doctor_reports_a_keyring_that_has_not_answered(
    command: Command, folder: Path, habit: Callable[[str], None]
) -> None:
    habit("slow_keyring")
    said = command("doctor", folder, check=1).stdout
    assert re.search(r"^FAIL  backend +elevenlabs: not ready yet: .*has not answered", said, re.MULTILINE)

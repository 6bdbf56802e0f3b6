"""takevoice install service, on each system: what is written and run, what is left after --remove, and --status."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from support import Command
from system.login_setups import setup
from takevoice.cli.install.service import ServiceInstaller, key_steps
from takevoice.errors import ConfigError
from takevoice.paths import StateDir
from takevoice.process_lock import ProcessLock
from takevoice.system.login import Answer, LoginService, Setup, login_service

SYSTEMS = ("linux", "macos", "windows")
TOOLS = {"linux": "systemctl", "macos": "launchctl", "windows": "schtasks"}
ENABLED = "UnitFileState=enabled\nActiveState=active\nActiveEnterTimestamp=Thu 2026-11-26\n"


class System:
    """A system whose commands only note that they were run; `fails` are words of those that fail."""

    def __init__(self, platform: str, home: Path, **changes: object) -> None:
        self.ran: list[str] = []
        self.fails: set[str] = set()
        self.answer = Answer(0, ENABLED)
        self.state = StateDir(home / "state")
        base: Setup = setup(platform, home=home, state=self.state.path)
        self.setup = replace(base, **{"environment": {"APPDATA": str(home / "Roaming")}, **changes})  # type: ignore[arg-type]
        self.service: LoginService = login_service(self.setup, platform)
        self.installer = ServiceInstaller(self.service, self.state, self.run, sleep=lambda _: None)
        (self.file,) = self.service.files()

    def run(self, argv: Sequence[str]) -> Answer:
        self.ran.append(" ".join(argv))
        return Answer(1, "it was refused\n") if self.fails & set(argv) else self.answer


@pytest.fixture
def on(tmp_path: Path, own_home: Path) -> Callable[..., System]:
    Command(own_home).config('[[watch]]\nfolder = "~/Exports"\n')
    return lambda platform, **changes: System(platform, tmp_path, **changes)


On = Callable[..., System]


@pytest.mark.parametrize(
    "platform, ran",
    [
        (
            "linux",
            [
                "systemctl --user daemon-reload",
                "systemctl --user enable takevoice.service",
                "systemctl --user reset-failed takevoice.service",
                "systemctl --user restart takevoice.service",
            ],
        ),
        (
            "macos",
            [
                "launchctl bootout gui/501/takevoice",
                "launchctl enable gui/501/takevoice",
                "launchctl bootstrap gui/501 {file}",
            ],
        ),
        (
            "windows",
            [
                "schtasks /End /TN takevoice",
                "schtasks /Create /TN takevoice /XML {file} /F",
                "schtasks /Run /TN takevoice",
            ],
        ),
    ],
)
def test_install_writes_registers_and_starts(
    on: On, capsys: pytest.CaptureFixture[str], platform: str, ran: list[str]
) -> None:
    system = on(platform)
    assert system.installer.install() == 0
    assert system.ran == [line.format(file=system.file) for line in ran]
    assert {system.file: system.file.read_bytes()} == system.service.files()
    assert all(folder.is_dir() for folder in system.service.folders())
    said = capsys.readouterr().out
    assert f"written            {system.file}" in said
    assert all(f"run                {line}" in said for line in system.ran)


@pytest.mark.parametrize("platform", SYSTEMS)
def test_a_dry_run_shows_everything_and_does_nothing(
    on: On, capsys: pytest.CaptureFixture[str], tmp_path: Path, platform: str
) -> None:
    system = on(platform)
    assert system.installer.install(dry_run=True) == 0
    assert (system.ran, list(tmp_path.iterdir())) == ([], [])
    said = capsys.readouterr().out
    assert f"would be written   {system.file}" in said
    assert f"would be run       {TOOLS[platform]} " in said


@pytest.mark.parametrize("platform", SYSTEMS)
def test_a_command_that_fails_is_left_to_the_user(
    on: On, capsys: pytest.CaptureFixture[str], platform: str
) -> None:
    system = on(platform)
    system.fails = {"enable", "/Create"}
    assert system.installer.install() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        f"takevoice: {TOOLS[platform]} failed: it was refused; when that is solved, run `{TOOLS[platform]} "
    )
    last = {
        "linux": "restart takevoice.service`",
        "macos": "takevoice.plist`",
        "windows": "/Run /TN takevoice`",
    }
    assert line.endswith(last[platform])
    assert system.file.exists()


def test_a_missing_program_is_one_line(command: Command) -> None:
    command.config('[[watch]]\nfolder = "~/Exports"\n')
    line = command("install", "service", check=1, PATH="").stderr
    assert line.count("\n") == 1
    assert line.startswith("takevoice: systemctl failed: systemctl: No such file or directory; when that is")


def test_launchd_gets_time_to_stop_the_one_before(on: On) -> None:
    system = on("macos")
    refusals = iter([Answer(5, "Bootstrap failed: 5: Input/output error")] * 3)
    answers = {"bootstrap": refusals}

    def run(argv: Sequence[str]) -> Answer:
        system.run(argv)
        return next(answers.get(argv[1], iter(())), Answer(0))

    assert replace(system.installer, run=run).install() == 0
    assert sum("bootstrap" in line for line in system.ran) == 4


def test_without_a_config_nothing_is_installed(command: Command) -> None:
    done = command("install", "service", check=2)
    assert done.stderr == (
        "takevoice: there is no config that names the folders to watch; run `takevoice init FOLDER` first\n"
    )
    path = command.config("scan = 3\n")
    assert f"{path}: names no folder to watch" in command("install", "service", check=2).stderr
    assert not (command.home / "config" / "systemd").exists()


def test_into_writes_the_file_and_leaves_the_commands_to_the_user(command: Command, tmp_path: Path) -> None:
    command.config('[[watch]]\nfolder = "~/Exports"\n')
    said = command("install", "service", "--into", tmp_path).stdout
    assert (
        "1. Run: systemctl --user daemon-reload\n2. Run: systemctl --user enable takevoice.service\n" in said
    )
    assert (tmp_path / "takevoice.service").exists()
    assert "removed " in command("install", "service", "--into", tmp_path, "--remove").stdout
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("platform", SYSTEMS)
def test_remove_stops_and_deletes(on: On, capsys: pytest.CaptureFixture[str], platform: str) -> None:
    system = on(platform)
    system.installer.install()
    system.ran.clear()
    assert system.installer.remove(dry_run=True) == 0
    assert system.file.exists()
    system.ran.clear()
    assert system.installer.remove() == 0
    stopping = {
        "linux": ["systemctl --user disable --now takevoice.service", "systemctl --user daemon-reload"],
        "macos": ["launchctl bootout gui/501/takevoice"],
        "windows": ["schtasks /End /TN takevoice", "schtasks /Delete /TN takevoice /F"],
    }
    assert system.ran[1:] == stopping[platform]
    assert not system.file.exists()
    system.answer = Answer(1, "not found")
    capsys.readouterr()
    assert system.installer.remove() == 0
    assert "takevoice is not installed to start at login" in capsys.readouterr().out


@pytest.mark.parametrize("platform", SYSTEMS)
def test_a_service_that_cannot_be_stopped_keeps_its_file(on: On, platform: str) -> None:
    system = on(platform)
    system.installer.install()
    system.fails = {"disable", "bootout", "/Delete"}
    assert system.installer.remove() == 1
    assert system.file.exists()


@pytest.mark.parametrize("platform", SYSTEMS)
def test_remove_keeps_an_edited_file_where_it_starts_nothing(on: On, platform: str) -> None:
    system = on(platform)
    system.installer.install()
    system.file.write_bytes(b"mine")
    assert system.installer.remove() == 0
    assert not system.file.exists()
    assert system.file.with_name(f"{system.file.name}.bak").read_bytes() == b"mine"


@pytest.mark.parametrize("action", ["install", "remove"])
def test_the_startup_script_of_earlier_versions_is_deleted(on: On, action: str) -> None:
    system = on("windows")
    (script,) = system.service.obsolete()
    script.parent.mkdir(parents=True)
    script.write_bytes(b'@start "takevoice" /min "C:\\python.exe" "-m" "takevoice" "run"\r\n')
    act = getattr(system.installer, action)
    assert act(dry_run=True) == 0
    assert script.exists()
    assert act() == 0
    assert not script.exists()
    script.write_text("@echo mine")
    assert act() == 0
    assert script.exists(), "it is not ours"


def test_status_of_a_running_service(on: On, capsys: pytest.CaptureFixture[str]) -> None:
    system = on("linux")
    system.installer.install()
    capsys.readouterr()
    assert system.installer.describe() == 0
    assert capsys.readouterr().out == (
        "takevoice starts at login (systemd), and is running since Thu 2026-11-26.\n"
        f"Log: {system.state.logs / 'takevoice.log'}\n"
    )


@pytest.mark.parametrize("platform", ["macos", "windows"])
def test_where_the_system_does_not_say_it_takevoices_own_lock_shows_what_runs(
    on: On, capsys: pytest.CaptureFixture[str], platform: str
) -> None:
    system = on(platform)
    assert system.installer.describe() == 1
    assert (
        f"takevoice starts at login ({system.service.name}), and is not running.\n" in capsys.readouterr().out
    )
    lock = ProcessLock(system.state.owner_lock("daemon"))
    system.state.osc_address.write_text("{}")
    os.utime(system.state.osc_address, (0, 0))
    assert system.installer.describe() == 0
    assert "and is running since 19" in capsys.readouterr().out
    lock.release()


def test_status_tells_what_is_wrong(on: On, capsys: pytest.CaptureFixture[str]) -> None:
    system = on("linux")
    system.installer.install()
    system.file.write_text("older")
    system.answer = Answer(0, "UnitFileState=enabled\nActiveState=failed\nExecMainStatus=2\n")
    lock = ProcessLock(system.state.owner_lock("daemon"))
    capsys.readouterr()
    assert system.installer.describe() == 1
    said = capsys.readouterr().out
    lock.release()
    assert "starts at login (systemd), and is not running: it ended with exit code 2, see `journalctl" in said
    assert "Another takevoice is running" in said
    assert "its file is of another version or edited: run `takevoice install service` again" in said


def test_a_key_that_only_the_terminal_has_is_explained() -> None:
    assert key_steps({}) == ()
    (step,) = key_steps({"ELEVENLABS_API_KEY": "secret-key"})
    assert "keyring set takevoice elevenlabs" in step
    assert "secret-key" not in step


@pytest.mark.parametrize("platform", SYSTEMS)
def test_the_key_is_in_no_file(on: On, monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setenv("ELEVENLABS_API_KEY", "secret-key")
    system = on(platform, environment={**os.environ})
    system.installer.install()
    assert b"secret-key" not in system.file.read_bytes().replace(b"\0", b"")


def test_a_config_that_cannot_be_used_ends_well_under_launchd_only(command: Command) -> None:
    command.config("[[watch]]\nfolder = 5\n")
    command("run", "--osc-port", "0", check=2)
    done = command("run", "--osc-port", "0", "--launchd", check=0)
    assert "takevoice cannot run: " in done.stderr
    assert "takevoice cannot run: " in (command.state / "logs" / "takevoice.log").read_text()


def test_an_invalid_config_is_refused_at_the_installation(own_home: Path, tmp_path: Path) -> None:
    Command(own_home).config("[[watch]]\nfolder = 5\n")
    with pytest.raises(ConfigError):
        System("linux", tmp_path).installer.install()
    assert not any(tmp_path.iterdir())


@pytest.mark.process
def test_without_a_console_the_log_has_the_error(command: Command) -> None:
    """As with pythonw, where `sys.stderr` is None."""
    command.config("[[watch]]\nfolder = 5\n")
    code = (
        "import sys; sys.stdout = sys.stderr = None; from takevoice.cli import main; sys.exit(main(['run']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | command.env, cwd=command.home, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (2, "")
    assert "takevoice cannot run: " in (command.state / "logs" / "takevoice.log").read_text()
    assert "folder = 5" in (command.state / "logs" / "console.log").read_text()

"""The scripts that install takevoice by a double click: on macOS and Linux with stand-ins for Python, and by their text."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

FOLDER = Path(__file__).parent.parent.parent / "integrations" / "install"
SHELLS = ["sh", "bash", "dash", "zsh"]
TOOLS = "sh dirname uname grep mkdir rmdir readlink ln rm cat chmod env"
ELSEWHERE = [
    *(
        Path(f"{folder}/python3.{minor}")
        for folder in ("/usr/local/bin", "/opt/homebrew/bin")
        for minor in range(11, 15)
    ),
    *(Path("/opt/homebrew/bin/uv"), Path("/usr/local/bin/uv"), Path("/Library/Frameworks/Python.framework")),
]
NAME = "Jörg & co 100% (x)"

# What the script runs: it notes how it was called, and behaves as a Python or takevoice would.
OLD = '#!/bin/sh\necho "old $*" >> "$CALLS"\nexit 1\n'
PYTHON = """#!/bin/sh
echo "python $*" >> "$CALLS"
[ "$2" = venv ] || exit 0
mkdir -p "$3/bin"
cat > "$3/bin/python" <<'END'
#!/bin/sh
echo "venv $*" >> "$CALLS"
END
cat > "$3/bin/takevoice" <<'END'
#!/bin/sh
echo "takevoice $*" >> "$CALLS"
echo "takevoice $*"
END
chmod +x "$3/bin/python" "$3/bin/takevoice"
"""
UV = """#!/bin/sh
echo "uv $*" >> "$CALLS"
for folder; do :; done
"$STAND_IN" -m venv "$folder"
"""
WITHOUT_VENV = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexit 0\n'


@dataclass
class Machine:
    """A home, a copy of takevoice, and a PATH with only what a test puts there."""

    home: Path
    copy: Path
    programs: Path
    calls: Path
    shell: str

    def program(self, name: str, text: str) -> Path:
        path = self.programs / name
        path.write_text(text, "utf-8")
        path.chmod(0o755)
        return path

    def install(self, *words: str, script: str = "install.command", **environment: str) -> Any:
        path = self.copy / "integrations" / "install" / script
        shell = shutil.which(self.shell)
        assert shell is not None
        return subprocess.run(
            [shell, path, *words],
            env={"HOME": str(self.home), "PATH": str(self.programs), "CALLS": str(self.calls), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    @property
    def called(self) -> str:
        return self.calls.read_text("utf-8") if self.calls.exists() else ""

    @property
    def venv(self) -> Path:
        return self.home / ".local" / "share" / "takevoice" / "venv"

    @property
    def link(self) -> Path:
        return self.home / ".local" / "bin" / "takevoice"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return make_machine(tmp_path, "sh")


def make_machine(folder: Path, shell: str) -> Machine:
    if os.name != "posix":
        pytest.skip("for macOS and Linux")
    machine = Machine(
        folder / f"Home {NAME}", folder / f"Kopie {NAME}", folder / "programs", folder / "calls", shell
    )
    for path in (machine.home, machine.copy, machine.programs):
        path.mkdir()
    shutil.copytree(FOLDER, machine.copy / "integrations" / "install")
    shutil.copy(FOLDER.parent.parent / "pyproject.toml", machine.copy)
    for tool in TOOLS.split():
        (machine.programs / tool).symlink_to(shutil.which(tool) or "/missing")
    return machine


# macOS and Linux.


@pytest.mark.process
@pytest.mark.parametrize("shell", SHELLS)
def test_a_double_click_installs_and_a_second_one_updates(tmp_path: Path, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    machine = make_machine(tmp_path, shell)
    for name in ("python3.14", "python3.13", "python3"):
        machine.program(name, OLD)
    python = machine.program("python3.12", PYTHON)
    first = machine.install(SHELL="/bin/zsh")
    assert (first.returncode, first.stderr) == (0, "")
    assert f"python -m venv {machine.venv}" in machine.called
    assert f"venv -m pip install --quiet --upgrade {machine.copy}\n" in machine.called
    assert "takevoice doctor\n" in first.stdout
    assert machine.link.resolve() == (machine.venv / "bin" / "takevoice").resolve()

    # The line that is printed does what it says.
    line = next(line for line in first.stdout.splitlines() if ">>" in line)
    env = {"HOME": str(machine.home), "PATH": str(machine.programs), "CALLS": str(machine.calls)}
    subprocess.run([shutil.which("bash") or "sh", "-c", line], env=env, check=True)
    after = subprocess.run(
        ["/bin/sh", "-c", '. "$HOME/.zprofile"; command -v takevoice'],
        env=env,
        capture_output=True,
        text=True,
    )
    assert after.stdout == f"{machine.link}\n"

    machine.calls.unlink()
    python.unlink()
    second = machine.install(PATH=f"{machine.programs}:{machine.link.parent}")
    assert (second.returncode, second.stderr) == (0, "")
    assert "Updating" in second.stdout and ">>" not in second.stdout
    assert "-m venv" not in machine.called and "-m pip install --quiet --upgrade" in machine.called


@pytest.mark.process
def test_an_environment_whose_python_is_gone_is_made_again(machine: Machine) -> None:
    machine.program("python3", PYTHON)
    machine.install()
    (machine.venv / "bin" / "python").unlink()
    assert machine.install().returncode == 0
    assert machine.called.count("-m venv") == 2


@pytest.mark.process
def test_a_takevoice_of_another_installation_stays(machine: Machine) -> None:
    machine.program("python3", PYTHON)
    machine.link.parent.mkdir(parents=True)
    machine.link.write_text("pipx", "utf-8")
    done = machine.install()
    assert done.returncode == 0
    assert "another installation" in done.stdout
    assert machine.link.read_text("utf-8") == "pipx"
    machine.install("--remove")
    assert machine.link.exists()


@pytest.mark.process
def test_what_was_installed_is_removed(machine: Machine) -> None:
    machine.program("python3", PYTHON)
    machine.install()
    cloned = machine.home / ".local" / "share" / "takevoice" / "kept"
    cloned.touch()
    done = machine.install("--remove", script="install.sh")
    assert done.returncode == 0
    assert not machine.venv.exists() and not machine.link.is_symlink()
    assert cloned.exists()


@pytest.mark.process
def test_a_failing_download_is_an_error(machine: Machine) -> None:
    machine.program("python3", PYTHON.replace('"venv $*" >> "$CALLS"', '"no network" >&2; [ "$1" = -c ]'))
    done = machine.install()
    assert done.returncode == 1
    assert done.stderr.startswith("no network\n\nerror: takevoice could not be installed\n")
    assert not machine.link.exists()


@pytest.mark.process
def test_a_script_alone_says_what_is_missing(machine: Machine) -> None:
    (machine.copy / "pyproject.toml").unlink()
    done = machine.install()
    assert done.returncode == 1 and "not in a copy of takevoice" in done.stderr
    assert not machine.venv.parent.exists()


needs_no_python = pytest.mark.skipif(
    any(path.exists() for path in ELSEWHERE), reason="the script would find this machine's own Python"
)


@pytest.mark.process
@needs_no_python
@pytest.mark.parametrize(
    ("system", "advice"),
    [("Linux", "your system's packages"), ("Darwin", "https://www.python.org/downloads/macos/")],
)
def test_without_python_it_says_where_to_get_one(machine: Machine, system: str, advice: str) -> None:
    (machine.programs / "uname").unlink()
    machine.program("uname", f"#!/bin/sh\necho {system}\n")
    machine.program("python3", OLD)
    done = machine.install()
    assert done.returncode == 1
    assert "takevoice needs Python 3.11 or newer" in done.stderr and advice in done.stderr


@pytest.mark.process
@needs_no_python
def test_on_debian_the_missing_package_is_named(machine: Machine) -> None:
    machine.program("python3", WITHOUT_VENV)
    done = machine.install()
    assert done.returncode == 1 and "sudo apt install python3-venv" in done.stderr


@pytest.mark.process
@needs_no_python
def test_uv_brings_a_python_if_there_is_none(machine: Machine) -> None:
    machine.program("python3", OLD)
    stand_in = machine.program("stand-in", PYTHON)
    machine.program("uv", UV)
    done = machine.install(STAND_IN=str(stand_in))
    assert (done.returncode, done.stderr) == (0, "")
    assert "uv venv --quiet --seed --python >=3.11,<3.15" in machine.called


def test_the_finder_may_run_the_script() -> None:
    for name in ("install.command", "install.sh"):
        path = FOLDER / name
        assert b"\r" not in path.read_bytes()
        assert os.name != "posix" or os.access(path, os.X_OK)


@pytest.mark.lint
def test_shellcheck_finds_nothing() -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("needs shellcheck (apt-get install shellcheck)")
    scripts = [FOLDER / "install.sh", FOLDER / "install.command"]
    assert subprocess.run(["shellcheck", *scripts], capture_output=True, text=True).stdout == ""


# Windows, where no test here can run it: what is known of cmd.exe.

WINDOWS = FOLDER / "install.cmd"


def test_the_windows_script_is_ascii_with_crlf() -> None:
    content = WINDOWS.read_bytes()
    assert content.isascii()
    assert content.count(b"\n") == content.count(b"\r\n") > 50


def commands() -> list[str]:
    lines = [line.strip() for line in WINDOWS.read_text("ascii").splitlines()]
    return [line for line in lines if line and not line.startswith("rem ")]


def test_every_label_of_the_windows_script_is_there() -> None:
    labels = {line[1:] for line in commands() if line.startswith(":")}
    wanted = set(re.findall(r"(?:goto |call :)(\w+)", "\n".join(commands())))
    assert wanted - labels == set()


def test_names_of_folders_can_do_no_harm_in_the_windows_script() -> None:
    """cmd.exe expands the words of `call` twice, and sees & and ( ) outside quotes."""
    for line in commands():
        paths = re.findall(r"%(?:~dp0|TAKEVOICE_HOME|LOCALAPPDATA)", line)
        quoted = sum(
            len(re.findall(r"%(?:~dp0|TAKEVOICE_HOME|LOCALAPPDATA)", part)) for part in line.split('"')[1::2]
        )
        assert quoted == len(paths), line
        assert not (paths and "call " in line), line
        assert "!" not in line.replace("!=", ""), line
    assert "setlocal EnableExtensions DisableDelayedExpansion" in commands()


def test_the_window_stays_open_until_it_was_read() -> None:
    *_, before, last = commands()
    assert (before, last) == ("pause", "exit /b %RESULT%")
    # Every end goes there; the only other exits are those of the subroutine.
    ends = [line for line in commands()[:-1] if re.search(r"\bexit /b|^exit", line)]
    assert ends == ["if defined PYTHON exit /b", "exit /b"]


# The PATH on Windows, with a stand-in for the registry.


class Registry:
    """The part of `winreg` that is used, with one value."""

    HKEY_CURRENT_USER, KEY_READ, KEY_WRITE, REG_SZ, REG_EXPAND_SZ = range(5)

    def __init__(self, value: str | None, kind: int = REG_EXPAND_SZ) -> None:
        self.value, self.kind = value, kind

    def OpenKey(self, *where: Any) -> Any:  # noqa: N802
        assert where[1] == "Environment"
        return pytest.MonkeyPatch.context()

    def QueryValueEx(self, key: Any, name: str) -> tuple[str, int]:  # noqa: N802
        if self.value is None:
            raise FileNotFoundError
        return self.value, self.kind

    def SetValueEx(self, key: Any, name: str, reserved: int, kind: int, value: str) -> None:  # noqa: N802
        self.value, self.kind = value, kind

    def DeleteValue(self, key: Any, name: str) -> None:  # noqa: N802
        self.value = None


BIN = r"C:\Users\Jörg\AppData\Local\Programs\takevoice\bin"


@pytest.mark.parametrize(
    ("before", "remove", "after"),
    [
        (None, False, BIN),
        (r"%USERPROFILE%\bin;C:\x", False, rf"%USERPROFILE%\bin;C:\x;{BIN}"),
        (rf"C:\x;{BIN.upper()}\;", False, rf"C:\x;{BIN.upper()}\;"),
        (rf"C:\x;{BIN};%Y%", True, r"C:\x;%Y%"),
        (BIN, True, None),
        (r"C:\x;", True, r"C:\x;"),
    ],
)
def test_the_path_of_the_user_keeps_its_other_folders(
    monkeypatch: pytest.MonkeyPatch, before: str | None, remove: bool, after: str | None
) -> None:
    import ctypes

    registry = Registry(before)
    told: list[Any] = []
    windll = SimpleNamespace(user32=SimpleNamespace(SendMessageTimeoutW=lambda *words: told.append(words)))
    monkeypatch.setitem(sys.modules, "winreg", registry)  # type: ignore[arg-type]
    monkeypatch.setattr(ctypes, "windll", windll, raising=False)
    spec = importlib.util.spec_from_file_location("add_to_path", FOLDER / "add_to_path.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.change(BIN, remove) is (before != after)
    assert registry.value == after
    assert registry.kind == Registry.REG_EXPAND_SZ
    assert len(told) == (before != after)

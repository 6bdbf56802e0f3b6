"""The house's rules, checked by the tools that know them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PLUGINS = sorted((ROOT / "plugins" / "takevoice_plugins").rglob("*.py"))


@pytest.mark.lint
@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "daemon", "plugins", "tests"],
        ["mypy", "-p", "takevoice", "-p", "takevoice_plugins"],
        ["mypy", "-p", "takevoice.system", "--platform", "darwin"],
        ["mypy", "-p", "takevoice.system", "-p", "takevoice_plugins.audacity", "--platform", "win32"],
        ["importlinter.cli"],
    ],
    ids=["ruff", "mypy --strict", "mypy, macOS", "mypy, Windows", "import-linter"],
)
def test_the_code_keeps_the_rules(command: list[str]) -> None:
    line = [sys.executable, "-m", *command]
    if command[0] == "importlinter.cli":
        line = [
            sys.executable,
            "-c",
            "import sys; from importlinter.cli import lint_imports_command; sys.argv = ['lint-imports']; lint_imports_command()",
        ]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.process
@pytest.mark.parametrize("words", ["--help", "jobs", "jobs --help", "voices --help", "plugins"])
def test_quick_commands_load_nothing_heavy(words: str) -> None:
    code = f"""
import sys
from takevoice.cli import main
try:
    main({words.split()!r})
except SystemExit:
    pass
print("HEAVY:", sorted({{"numpy", "httpx", "soundfile", "scipy", "soxr", "keyring", "fastapi", "procrastinate", "psycopg"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("HEAVY: []\n")


@pytest.mark.process
def test_jobs_needs_neither_settings_nor_plugins() -> None:
    code = "import sys; from takevoice.cli import main; main(['jobs']); print(sorted({'pydantic', 'pluggy', 'rich'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize("path", PLUGINS, ids=lambda path: str(path.relative_to(ROOT / "plugins")))
def test_bundled_plugins_import_only_what_takevoice_exports(path: Path) -> None:
    """As a stranger's would: `from takevoice import ...`, never from a module below it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            assert name in ("takevoice", "takevoice.errors") or not name.startswith("takevoice."), (
                f"{path.name}:{node.lineno} imports {name}"
            )


def test_modules_are_small_rooms() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for folder in ("daemon", "plugins")
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text("utf-8").splitlines())) > 350
    }
    assert not long


def test_what_differs_between_systems_is_in_one_package() -> None:
    """The four interfaces; and Audacity's pipes, whose names are Audacity's."""
    marks = re.compile(r"sys\.platform|os\.name\b|platform\.system|import ctypes|WinDLL|st_dev|st_ino\b|os\.access|geteuid|getuid")
    allowed = {"audacity/pipes.py"}
    found = {
        f"{path.parent.name}/{path.name}"
        for path in [*(ROOT / "daemon").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]
        if "system" not in path.parts and marks.search(path.read_text("utf-8"))
    }
    assert found <= allowed, found


@pytest.mark.lint
def test_tests_enter_every_way_of_every_system(tmp_path: Path) -> None:
    """No line for another system that no test on this one runs; those of drives take long, and enter nothing more."""
    data = f"--data-file={tmp_path / 'coverage'}"
    tests = ("system", "cli/test_doctor_platform.py", "cli/test_login_service.py", "plugins/elevenlabs", "pipeline/test_busy_files.py")
    paths = [str(ROOT / "tests" / name) for name in tests]
    run = ["-m", "coverage", "run", data, f"--source={ROOT / 'daemon' / 'takevoice' / 'system'}"]
    options = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "", f"--ignore={ROOT / 'tests/system/test_odd_drives.py'}"]
    done = subprocess.run([sys.executable, *run, *options, *paths], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
    show = [sys.executable, "-m", "coverage", "report", data, "-m", "--skip-covered", "--fail-under=100"]
    report = subprocess.run(show, cwd=ROOT, capture_output=True, text=True)
    assert report.returncode == 0, report.stdout

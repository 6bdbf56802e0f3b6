"""Command lines and starting programs, against the rules of each system."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.modules import EDITORS, Modules
from profiles import examples
from support import wait_for
from system.windows_argv import arguments

WORDS = st.text("ab \\\"'`$%&|;<>^!*?~#()[]{}=\tö語", max_size=12)
PROGRAMS = st.text("ab .-_~$%&'^(){}=ö語\\:", min_size=1, max_size=12)
"""Names that files can have on Windows; a quotation mark cannot be in one."""
MANY = examples(200)
posix = pytest.mark.skipif(sys.platform == "win32", reason="there is no /bin/sh")


@pytest.fixture(scope="module", params=EDITORS["reaper"])
def modules(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Modules:
    state = tmp_path_factory.mktemp("it's my state")
    (state / "handover").mkdir()
    return Modules(tmp_path_factory.mktemp("scripts"), "reaper", request.param, state)


@pytest.fixture
def ran(modules: Modules) -> list[tuple[str, int]]:
    """What REAPER was asked to run, and how: no answer is a failure."""
    lines: list[tuple[str, int]] = []

    def execute(line: str, timeout: int) -> str:
        lines.append((line, timeout))
        return ""

    modules.lua.globals().reaper.ExecProcess = execute
    modules.lua.globals().reaper.GetOS = lambda: "Other"
    return lines


def listed(table: Any) -> list[str]:
    return [table[i + 1] for i in range(len(table))]


def program_of(line: str) -> tuple[str, str]:
    """The program's name, and the rest, as CommandLineToArgvW and CreateProcessW take them: up to the next quotation mark."""
    assert line.startswith('"'), "of a path with blanks, Windows would try its first word"
    name, _, rest = line[1:].partition('"')
    assert rest[:1] in ("", " ")
    return name, rest


@MANY
@given(program=PROGRAMS, words=st.lists(WORDS, max_size=4))
def test_windows_splits_a_command_line_as_meant(modules: Modules, program: str, words: list[str]) -> None:
    command = modules.load("command")
    line = command.line(modules.lua.table(program, *words), command.windows_word, command.windows_program)
    name, rest = program_of(line)
    assert (name, arguments(rest)) == (program, words)


@MANY
@given(words=st.lists(WORDS, min_size=1, max_size=4))
def test_words_are_quoted_as_python_does_it(modules: Modules, words: list[str]) -> None:
    """What its subprocess module writes has been parsed by every C runtime."""
    command = modules.load("command")
    assert command.line(modules.lua.table(*words), command.windows_word) == subprocess.list2cmdline(words)


@MANY
@given(words=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12), min_size=1))
def test_a_shell_splits_a_command_line_as_meant(modules: Modules, words: list[str]) -> None:
    command = modules.load("command")
    assert shlex.split(command.line(modules.lua.table(*words), command.shell_word)) == words


@posix
@examples(30)
@given(words=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8), max_size=3))
def test_the_systems_own_shell_agrees(modules: Modules, words: list[str]) -> None:
    command = modules.load("command")
    line = command.line(modules.lua.table("printf", "%s\\0", *words), command.shell_word)
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, check=True)
    assert done.stdout.decode().split("\0")[:-1] == (words or [""])


def test_the_words_that_start_the_daemon(modules: Modules) -> None:
    words = listed(modules.load("command").daemon_words())
    assert words == ["/usr/bin/python 3", "-m", "takevoice", "run", "--requests", "--state", str(modules.state)]


@pytest.mark.parametrize("background", [False, True])
def test_windows_gets_a_program_without_a_console(
    modules: Modules, ran: list[tuple[str, int]], background: bool
) -> None:
    reaper, settings = modules.lua.globals().reaper, modules.takevoice.settings
    reaper.GetOS = lambda: "Win64"
    python = "C:\\Users\\Jürgen Müller\\pythonw.exe" if background else "/usr/bin/python 3"
    settings.background = modules.lua.table(python, "-m", "takevoice") if background else None
    try:
        assert modules.load("command").start_daemon()
    finally:
        settings.background = None
    assert {timeout for _, timeout in ran} == {-2}
    (daemon,) = (program_of(line) for line, _ in ran)
    assert daemon == (python, f' -m takevoice run --requests --state "{modules.state}"')


def test_a_program_that_is_not_started_is_told(modules: Modules, ran: list[tuple[str, int]]) -> None:
    reaper = modules.lua.globals().reaper
    reaper.ExecProcess = lambda *_: None  # "returns NULL on total failure"
    for system in ("Other", "Win64"):
        reaper.GetOS = lambda system=system: system
        assert modules.load("command").start_daemon() is False


@posix
def test_the_daemon_is_started_in_the_background_and_outlives_the_shell(
    modules: Modules, ran: list[tuple[str, int]], tmp_path: Path
) -> None:
    """With the script that REAPER would run; a stand-in for takevoice, whose terminal ends, writes down how it was started."""
    stand_in = tmp_path / "it's a \"python\" $HOME"
    stand_in.write_text(
        "#!/bin/sh\n"
        "kill -HUP $$\n"
        'for word in "$@"; do printf "%s\\0" "$word"; done > "$0.part"\n'
        "[ -t 1 ] || printf 'no terminal\\0' >> \"$0.part\"\n"
        'mv "$0.part" "$0.told"\n'
    )
    stand_in.chmod(0o755)
    before = modules.takevoice.settings.command
    modules.takevoice.settings.command = modules.lua.table(str(stand_in), "-m", "takevoice")
    try:
        assert modules.load("command").start_daemon()
    finally:
        modules.takevoice.settings.command = before
    ((line, timeout),) = ran
    assert timeout == -1
    script = Path(shlex.split(line)[1])
    assert shlex.split(line) == ["/bin/sh", str(script)]
    subprocess.run(["/bin/sh", str(script)], check=True, timeout=20)
    told = Path(f"{stand_in}.told")
    wait_for(told.exists, 10)
    words = told.read_text().split("\0")
    assert words == ["-m", "takevoice", "run", "--requests", "--state", str(modules.state), "no terminal", ""]
    assert not script.exists(), "it removes itself"

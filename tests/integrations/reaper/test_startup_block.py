"""The block in the user's __startup.lua: it runs whatever the rest is, disturbs nothing, and goes without a trace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from integrations.modules import EDITORS, Modules
from profiles import examples
from takevoice.cli.install.startup_block import without_block as without_block_in_python

LINE = 'STARTED = (STARTED or 0) + 1 local id = "C:\\\\Jürgen\'s \\"Studio\\"\\\\a.lua"'
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
MARKS = st.sampled_from(["", "", "\ufeff"])
FIRST = st.sampled_from(["", "", "#!/usr/bin/lua", "# mine -- takevoice: begin"])
VALID = [
    "",
    "-- mine",
    "return",
    "return 1",
    "do return end",
    "--[[ a block comment ]]",
    "--[==[ a\nlong ]] one ]==]",
    "local function f() end f()",
    "(print or tostring)('x')",
    "; ;",
    "::label:: goto label2 ::label2::",
    'x = "text with -- takevoice: begin in it"',
    "  -- takevoice: begin",
    "x = [[\n  -- takevoice: end\n]]",
    "local a = ...",
    "\n".join(f"local l{n} = {n}" for n in range(200)),
    "error('mine')",
    "if true then\n  y = 2\nend",
]
"""Each a program of its own; a `return` must be the last."""
BROKEN = ["--[[ never closed", "x = (", 'x = "no end', "end", "return return", "\x00\xff", "x = [==[ ]]", "= 1"]
MANY = examples(300)


class Startup:
    """The module in a Lua, for texts as bytes."""

    def __init__(self, modules: Modules, folder: Path) -> None:
        self.file = folder / "__startup.lua"
        block = modules.load("startup_block")
        unhex = 'hex:gsub("..", function(c) return string.char(tonumber(c, 16)) end)'
        hexed = 'text:gsub(".", function(c) return ("%02x"):format(c:byte()) end)'
        self._with = modules.lua.eval(
            f"function(block, hex, line) local text, why = block.with_block(({unhex}), line) "
            f"return text and ({hexed}), why end"
        )
        self._without = modules.lua.eval(
            f"function(block, hex) local text, was_on = block.without_block(({unhex})) return ({hexed}), was_on end"
        )
        self._block = block
        self._load = modules.lua.eval("function(path) return (loadfile(path)) end")
        self._run = modules.lua.eval(
            "function(path) STARTED = nil local ok, why = pcall(assert(loadfile(path))) return STARTED, ok, why end"
        )

    def with_block(self, text: bytes, line: str = LINE) -> bytes:
        changed, why = self._with(self._block, text.hex(), line)
        assert changed is not None, why
        return bytes.fromhex(changed)

    def refusal(self, text: bytes) -> str:
        changed, why = self._with(self._block, text.hex(), LINE)
        assert changed is None
        return str(why)

    def without_block(self, text: bytes) -> tuple[bytes, bool]:
        rest, was_on = self._without(self._block, text.hex())
        assert without_block_in_python(text) == bytes.fromhex(rest), "the installer takes out something else"
        return bytes.fromhex(rest), was_on

    def is_valid(self, text: bytes) -> bool:
        self.file.write_bytes(text)
        return self._load(str(self.file)) is not None

    def run(self, text: bytes) -> tuple[Any, bool, str]:
        """How often the block ran, and how the file ended."""
        self.file.write_bytes(text)
        started, ok, why = self._run(str(self.file))
        return started, ok, str(why)


@pytest.fixture(scope="module", params=EDITORS["reaper"])
def startup(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Startup:
    folder = tmp_path_factory.mktemp("scripts")
    return Startup(Modules(folder, "reaper", request.param, Path("/state")), folder)


def written(mark: str, first: str, parts: list[str], end: str, last: str) -> bytes:
    """A file: a byte order mark, a first line, and programs, in lines that end with `end`; after the last one, `last`."""
    lines = [*([first] if first else []), *parts]
    return (mark + "\n".join(lines) + last).replace("\n", end).encode("utf-8", "surrogatepass")


@MANY
@given(
    mark=MARKS,
    first=FIRST,
    parts=st.lists(st.sampled_from([p for p in VALID if not p.startswith("return")]), max_size=3),
    ending=st.sampled_from(VALID),
    end=ENDS,
    last=st.sampled_from(["", "\n", "\n\n", " \n"]),
)
def test_a_valid_file_stays_valid_and_starts_the_listener_once(
    startup: Startup, mark: str, first: str, parts: list[str], ending: str, end: str, last: str
) -> None:
    text = written(mark, first, [*parts, ending], end, last)
    if not startup.is_valid(text):  # such as two labels of one name
        return
    before = startup.run(text)
    changed = startup.with_block(text)
    assert startup.is_valid(changed)
    started, ok, why = startup.run(changed)
    assert (before[0], started) == (None, 1)
    assert (ok, why.rpartition(":")[2]) == (before[1], before[2].rpartition(":")[2]), "the rest ends as it did"
    assert startup.without_block(changed) == (text, True)


@MANY
@given(text=st.binary(max_size=60) | st.text("\r\n#-[] a\ufeff", max_size=40).map(lambda t: t.encode()))
@example(b"")
@example(b"#")
@example(b"#\n")
@example(b"# a")
@example(b"\xef\xbb\xbf# a")
@example(b"\xef\xbb\xbf")
@example(b"\r")
@example(b"# a\r")
@example(b"\n\r\n\r\r\n")
def test_whatever_is_in_the_file_comes_back_byte_for_byte(startup: Startup, text: bytes) -> None:
    if text.startswith(b"\x1b") or b"\x1b" in text:
        return
    changed = startup.with_block(text)
    assert startup.without_block(changed) == (text, True)
    assert startup.without_block(text) == (text, False)


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_file_is_not_made_worse(startup: Startup, text: str) -> None:
    octets = f"-- mine\r\n{text}".encode("latin-1")
    assert not startup.is_valid(octets)
    changed = startup.with_block(octets)
    assert changed.endswith(octets)
    assert startup.without_block(changed) == (octets, True)


def test_the_block_ends_its_lines_as_the_user_does(startup: Startup) -> None:
    for end in ("\n", "\r\n", "\r"):
        changed = startup.with_block(f"a = 1{end}b = 2".encode()).decode()
        rest = changed.replace(end, "")
        assert "\r" not in rest
        assert "\n" not in rest


def test_an_error_in_the_block_does_not_keep_the_users_lines_from_running(startup: Startup) -> None:
    changed = startup.with_block(b"STARTED = 7 return", 'error("REAPER has no such function")')
    assert startup.run(changed)[:2] == (7, True)


def test_the_block_is_there_once_and_the_newest(startup: Startup) -> None:
    text = b"-- mine\r\nreturn"
    once = startup.with_block(text, "STARTED = 1")
    twice = startup.with_block(once, "STARTED = 2")
    assert startup.run(twice)[0] == 2
    assert startup.without_block(twice) == (text, True)


def test_the_block_of_an_older_version_goes_too(startup: Startup) -> None:
    """It was the last thing in the file, behind a line end that was added where there was none."""
    older = b"-- mine\n-- takevoice: begin\nreaper.Main_OnCommand(1, 0)\n-- takevoice: end\n"
    assert startup.without_block(older) == (b"-- mine\n", True)
    behind_return = b"-- mine\nreturn\n-- takevoice: begin\nSTARTED = 9 reaper.Main_OnCommand(1, 0)\n-- takevoice: end\n"
    assert not startup.is_valid(behind_return)
    changed = startup.with_block(behind_return)
    assert startup.run(changed)[0] == 1
    assert startup.without_block(changed) == (b"-- mine\nreturn\n", True)


@pytest.mark.parametrize(
    "text",
    [
        b"-- takevoice: begin\nx = 1\n",  # its end was deleted
        b"x = 1\n-- takevoice: end\n",
        b"-- -- takevoice: begin\n-- -- takevoice: end\n",
        b"x = 1 -- takevoice: begin\n x = 2 -- takevoice: end\n",
        b"x = [[\n-- takevoice: begin\nmy notes\n-- takevoice: end\n]]\n",
        b"--[[\n-- takevoice: begin\ndo\n  mine()\nend\n-- takevoice: end\n]]\n",
    ],
)
def test_half_a_block_is_the_users_text(startup: Startup, text: bytes) -> None:
    assert startup.without_block(text) == (text, False)
    changed = startup.with_block(text)
    assert startup.run(changed)[0] == 1
    assert startup.without_block(changed) == (text, True)


def test_a_program_in_binary_form_is_refused(startup: Startup) -> None:
    assert "binary" in startup.refusal(b"\x1bLua\x54\x00")
    assert "binary" in startup.refusal(b"# comment\n\x1bLua\x54\x00")

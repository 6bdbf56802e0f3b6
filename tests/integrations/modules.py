"""The Lua modules of each editor as they are installed, loaded in a Lua without the editor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lupa import lua53, lua54

from takevoice.cli.install.files import scripts

LUAS = {"5.3": lua53, "5.4": lua54}
ROOT = Path(__file__).parents[2] / "integrations"
SHARED = sorted((ROOT / "common").glob("*.lua"))
EDITORS = {"ardour": ["5.3"], "reaper": ["5.3", "5.4"]}
MODULES = {"ardour": "takevoice", "reaper": "api"}

REAPER = """
local number = 0
reaper = { genGuid = function() number = number + 1 return ("{1F6C0DE0-%04X-BEEF}"):format(number) end }
return assert(loadfile(... .. "/api/takevoice.lua"))(... .. "/")
"""
# Ardour's sandbox for actions and hooks.
ARDOUR = """
local function build_filename(...) return table.concat({ ... }, "/") end
ARDOUR = { LuaAPI = { build_filename = build_filename, monotonic_time = function() return 77777777777 end } }
dofile, require, package, debug, rawget, rawset, coroutine, module = nil, nil, nil, nil, nil, nil, nil, nil
return assert(loadfile(... .. "/takevoice/takevoice.lua"))(... .. "/takevoice")
"""


class Modules:
    """An editor's modules; `load` returns one by its name."""

    def __init__(self, folder: Path, editor: str, lua: str, state: Path) -> None:
        self.editor, self.state = editor, state
        for path, content in scripts(editor, MODULES[editor]).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        if editor == "ardour":
            (folder / "takevoice" / "settings.lua").write_text("return {}")
        self.lua = LUAS[lua].LuaRuntime(unpack_returned_tuples=True)
        chunk = self.lua.eval("function(source, folder) return load(source)(folder) end")
        self.takevoice = chunk(ARDOUR if editor == "ardour" else REAPER, str(folder))
        self.takevoice.settings = self.lua.table(
            state=str(state), command=self.lua.table("/usr/bin/python 3", "-m", "takevoice")
        )
        self._to_hex = self.lua.eval(
            "function(text) return (text:gsub('.', function(c) return ('%02x'):format(c:byte()) end)) end"
        )

    @property
    def load(self) -> Callable[[str], Any]:
        return lambda name: self.takevoice.load(name)

    def octets(self, make: str, *arguments: Any) -> bytes:
        """The bytes of the string that the Lua function `make` returns; they need not be UTF-8."""
        return bytes.fromhex(
            self.lua.eval(f"function(hex, ...) return hex(({make})(...)) end")(self._to_hex, *arguments)
        )

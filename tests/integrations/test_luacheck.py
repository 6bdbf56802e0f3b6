"""Every Lua file passes luacheck, with no globals but those that its editor offers."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from integrations.modules import ROOT
from integrations.reaper.standin.imgui import read_calls
from integrations.reaper.standin.signatures import BUILT_IN, SIGNATURES

pytestmark = [
    pytest.mark.lint,
    pytest.mark.skipif(shutil.which("luacheck") is None, reason="needs luacheck: apt-get install lua-check"),
]

EXTENSIONS = [*(f"ImGui_{name}" for name in read_calls()[0]), "CF_GetSWSVersion", "ImGui_Cond_FirstUseEver"]
FIELDS = ", ".join(f"{name} = {{}}" for name in [*SIGNATURES, *BUILT_IN, *EXTENSIONS])
GFX = "gfx = { other_fields = true, read_only = false }"
REAPER = f"read_globals = {{ reaper = {{ fields = {{ {FIELDS} }} }} }}\nglobals = {{ {GFX} }}"
SANDBOX = (
    'not_globals = { "coroutine", "debug", "dofile", "module", "package", "rawget", "rawset", "require" }'
)
"""What Ardour takes away from actions and hooks."""
API = "ARDOUR ArdourUI C Editing Editor LuaDialog LuaSignal PBD Session Temporal ardour".split()
ARDOUR = f'{SANDBOX}\nread_globals = {{ {", ".join(f"{name!r}" for name in API)} }}\nglobals = {{ "factory", "signals" }}'


@pytest.mark.parametrize(
    ("folder", "lua", "config"),
    [
        ("ardour", "lua53", ARDOUR),
        ("common", "lua53", SANDBOX),
        ("common", "lua54", SANDBOX),
        ("reaper", "lua53", REAPER),
        ("reaper", "lua54", REAPER),
    ],
)
def test_luacheck_finds_nothing(folder: str, lua: str, config: str, tmp_path: Path) -> None:
    path = tmp_path / "luacheckrc"
    path.write_text(f"std = {lua!r}\n{config}\nmax_line_length = 140\nmax_string_line_length = false\n")
    done = subprocess.run(
        ["luacheck", "--quiet", "--config", path, "--no-color", ROOT / folder], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout

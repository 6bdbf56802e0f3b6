"""takevoice install ardour: the scripts are registered in Ardour 7's list without a click, and the user's own entries stay."""

from __future__ import annotations

import base64
from pathlib import Path
from xml.etree import ElementTree

import pytest
from lupa import lua53

from support import Command
from takevoice.cli.install import registration
from takevoice.cli.install.registration import ACTIONS, HOOKS

MINE = r"""scripts = {} scripts[2] = {} scripts[2]["s"] = "-- takevoice: \"mine\" scripts[1] = {}" scripts[2]["n"] = "My own" scripts[2]["f"] = "return 1" """
HOOK = 's = {} s["n"] = "My hook" s["f"] = "return 2" '
LIST = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<UIScripts>\n'
    f'<ActionScript lua="Lua 5.3">{base64.b64encode(MINE.encode()).decode()}</ActionScript>\n<ActionHooks>\n'
    f'<LuaCallback lua="Lua 5.3" id="77" name="My hook" signals="1">{base64.b64encode(HOOK.encode()).decode()}</LuaCallback>\n'
    "</ActionHooks>\n</UIScripts>\n"
)


@pytest.fixture
def config(command: Command) -> Path:
    """The config folder of an Ardour 7 that was started once."""
    folder = command.home / "config" / "ardour7"
    folder.mkdir(parents=True)
    return folder


def read(config: Path) -> tuple[dict[int, dict[str, str]], list[dict[str, str]]]:
    """The actions by their slots, and the hooks, as Ardour's Lua understands them."""
    root = ElementTree.parse(config / "ui_scripts").getroot()
    lua = lua53.LuaRuntime(encoding="latin-1")

    def run(element: ElementTree.Element, name: str) -> dict[object, object]:
        lua.execute(base64.b64decode(element.text or "").decode("latin-1"))
        return dict(lua.globals()[name])

    actions = {int(str(slot)): dict(entry) for slot, entry in run(root.findall("ActionScript")[0], "scripts").items()}  # type: ignore[call-overload]
    hooks = [run(each, "s") for each in root.iter("LuaCallback")]
    return actions, hooks  # type: ignore[return-value]


def test_actions_and_hooks_are_registered_and_the_users_own_stay(command: Command, config: Path) -> None:
    (config / "ui_scripts").write_text(LIST)
    said = command("install", "ardour").stdout
    assert "Script Manager" not in said
    actions, hooks = read(config)
    assert {slot: entry["n"] for slot, entry in actions.items()} == dict(zip((2, 1, 3, 4, 5, 6), ("My own", *ACTIONS), strict=True))
    assert [entry["n"] for entry in hooks] == ["My hook", *HOOKS]
    lua = lua53.LuaRuntime()
    for entry in [*actions.values(), *hooks]:
        assert lua.eval("function(text) return load(text) ~= nil end")(entry["f"])


def test_a_second_installation_changes_nothing_and_an_uninstallation_leaves_what_was_there(command: Command, config: Path) -> None:
    (config / "ui_scripts").write_text(LIST)
    command("install", "ardour")
    once = (config / "ui_scripts").read_bytes()
    command("install", "ardour")
    assert (config / "ui_scripts").read_bytes() == once
    (config / "takevoice" / "listening").write_text("1795776000")  # the hook has run
    command("install", "ardour", "--remove")
    assert not (config / "takevoice").exists()
    actions, hooks = read(config)
    assert [entry["n"] for entry in [*actions.values(), *hooks]] == ["My own", "My hook"]
    assert actions[2]["f"] == "return 1"
    assert hooks[0]["f"] == "return 2"


def test_it_is_refused_while_that_ardour_runs(command: Command, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "is_running", lambda folder: folder == config)
    said = command("install", "ardour", check=1).stderr
    assert "cannot be changed while Ardour is running; quit Ardour, and run this again" in said
    assert not any(config.iterdir())


def test_a_list_that_is_not_understood_stays_and_the_steps_by_hand_are_told(command: Command, config: Path) -> None:
    (config / "ui_scripts").write_text("<Something/>")
    assert "Script Manager" in command("install", "ardour").stdout
    assert (config / "ui_scripts").read_text() == "<Something/>"

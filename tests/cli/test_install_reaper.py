"""takevoice install reaper: which REAPERs it finds, updating, uninstalling, and what stays the user's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lupa import lua54

from support import Command
from takevoice.cli import doctor_reaper
from takevoice.cli.install import action_list, files
from takevoice.cli.install import reaper as target
from takevoice.cli.install.reaper import plan
from takevoice.paths import StateDir
from takevoice.system import current, python_origin, reaper

BLOCK = "-- takevoice: begin\ndo\n  pcall(function()\n    start()\n  end)\nend\n-- takevoice: end\n"


@pytest.fixture
def resources(own_home: Path) -> Path:
    """The resource folder of a REAPER that was started once."""
    folder = own_home / "config" / "REAPER"
    folder.mkdir(parents=True)
    (folder / "reaper.ini").write_text("[REAPER]\n")
    return folder


@pytest.fixture
def place(resources: Path) -> Path:
    """Where the scripts go."""
    return resources / "Scripts" / "takevoice"


def another(folder: Path) -> Path:
    (folder / "Scripts").mkdir(parents=True)
    (folder / "reaper.ini").touch()
    return folder


def loaded_by(action: Path) -> list[str]:
    """Run an action in a REAPER without any functions; return the files that it loads."""
    lua, loaded = lua54.LuaRuntime(), list[str]()
    module = lua.table_from({"run": lambda *_: None})

    def load(path: str) -> object:
        loaded.append(path)
        return lambda _: module

    lua.globals().reaper, lua.globals().loadfile = lua.table(), load
    lua.execute(action.read_text("utf-8"))
    return loaded


def portable(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    monkeypatch.setattr(reaper, "_portable", lambda: iter(folders))


# Which REAPER.


def test_every_reaper_that_is_found_gets_the_scripts_unless_one_is_named(
    command: Command, resources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick, third = another(tmp_path / "STICK" / "REAPER"), another(tmp_path / "third")
    portable(monkeypatch, stick)
    said = command("install", "reaper").stdout
    for folder in (resources, stick):
        assert f"REAPER's resource folder: {folder}\n" in said
        assert f"go to {folder / 'Scripts' / 'takevoice'}" in said
        assert (folder / "Scripts" / "takevoice" / "settings.lua").exists()
    assert said.count("assign a key") == 1
    steps = [line[:20] for line in said.splitlines() if line[:1].isdigit()]
    assert [step[0] for step in steps] == ["1", "2", "3", "4"]
    assert ["In REAPER" in step for step in steps] == [True, True, False, False]
    assert said.index(f"go to {resources}") < said.index(f"go to {stick}")
    command("install", "reaper", "--remove")
    assert not list(tmp_path.rglob("*.lua"))
    command("install", "reaper", "--into", third, "--into", stick, "--into", third)
    assert not (resources / "Scripts" / "takevoice").exists()
    assert (stick / "Scripts" / "takevoice").exists()
    assert (third / "Scripts" / "takevoice").exists()


def test_a_folder_that_is_no_resource_folder_is_refused(command: Command, resources: Path, tmp_path: Path) -> None:
    typo, empty = tmp_path / "REAPR", tmp_path / "empty"
    empty.mkdir()
    for folder in (typo, empty):
        said = command("install", "reaper", "--into", folder, check=2).stderr
        assert f"{folder}: is no resource folder of REAPER, because it has neither reaper.ini nor Scripts" in said
        assert "Options > Show REAPER resource path" in said
        command("install", "reaper", "--into", folder, "--dry-run", check=2)
        assert command("install", "reaper", "--into", folder, "--status", check=1).stdout
        assert command("install", "reaper", "--into", folder, "--remove").stdout == "Nothing is installed.\n"
    assert not typo.exists()
    assert not list(empty.iterdir())
    (resources / "Scripts" / "takevoice").mkdir(parents=True)
    for near in ("Scripts/takevoice", "Scripts", "reaper.ini", ".."):
        said = command("install", "reaper", "--into", resources / near, check=2).stderr
        assert "did you mean --into" in said
        assert "REAPER" in said.partition("did you mean")[2]


def test_a_login_service_has_one_folder(command: Command, tmp_path: Path) -> None:
    assert "one folder" in command("install", "service", "--into", tmp_path, "--into", tmp_path / "b", check=2).stderr


def test_ardour_is_not_installed_into_a_typo(command: Command, tmp_path: Path) -> None:
    assert "is no folder" in command("install", "ardour", "--into", tmp_path / "ardor8", check=2).stderr
    assert not (tmp_path / "ardor8").exists()


def test_the_user_name_may_have_any_letters(command: Command, tmp_path: Path) -> None:
    folder = another(tmp_path / "Jürgen 語" / "REAPER")
    command("install", "reaper", "--into", folder, "--state", tmp_path / "Jürgen" / "state")
    text = (folder / "Scripts" / "takevoice" / "settings.lua").read_text("ascii")
    assert "J\\195\\188rgen" in text
    assert (tmp_path / "Jürgen" / "state" / "handover").is_dir(), "scripts write there before the daemon's first start"


def test_on_windows_a_folder_without_a_short_name_is_warned_of(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = another(tmp_path / "Jürgen")
    assert "portable REAPER" not in command("install", "reaper", "--into", folder).stdout
    monkeypatch.setattr(target, "plain_path", lambda _: None)
    assert "portable REAPER in a folder with plain letters" in command("install", "reaper", "--into", folder).stdout


def test_on_windows_scripts_find_each_other_by_a_short_name(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lua cannot open the long one; REAPER tells the scripts no other. `short` is the same folder by another name."""
    folder, short = another(tmp_path / "Jürgen"), tmp_path / "JRGEN~1"
    short.symlink_to(folder)
    monkeypatch.setattr(target, "plain_path", lambda path: str(path).replace("Jürgen", "JRGEN~1"))
    command("install", "reaper", "--into", folder)
    place = folder / "Scripts" / "takevoice"
    for action in place.glob("takevoice_*.lua"):
        assert loaded_by(action) == [f"{short}/Scripts/takevoice/api/takevoice.lua"]
    assert f'resources = "{short}"' in (place / "settings.lua").read_text()
    assert "portable" not in command("install", "reaper", "--into", folder).stdout
    portable(monkeypatch, folder)
    findings = list(doctor_reaper.reaper(StateDir(command.state)))
    assert ["action list" in each.detail for each in findings if not each.well] == [True]


def test_what_the_stores_python_would_hide_is_refused_before_a_script_is_written(
    command: Command, resources: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state dir is below AppData even if this REAPER is portable."""
    from takevoice.system import access

    hidden = Path("C:/Users/Me/AppData/Local/Packages/PythonSoftwareFoundation.Python.3.12/LocalCache/x")
    monkeypatch.setattr(access, "redirected_to", lambda path: hidden if "state" in str(path) else None)
    said = command("install", "reaper", check=1).stderr
    assert "private copy" in said
    assert "install Python from python.org, or by uv" in said
    assert not place.exists()


def test_windows_has_a_command_without_a_console(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python.exe"
    monkeypatch.setattr(target.sys, "executable", str(python))
    assert b"background" not in target.settings(tmp_path, install=False)
    (tmp_path / "pythonw.exe").touch()
    assert b"background" not in target.settings(tmp_path, install=False)
    monkeypatch.setattr(current, "name", lambda: "windows")
    monkeypatch.setattr(files, "plain_path", str)
    settings = target.settings(tmp_path, install=False).decode()
    assert settings.endswith(', "-m", "takevoice" } }\n')
    assert settings.index("python.exe") < settings.index("background") < settings.index("pythonw.exe")
    assert python_origin.without_console(python) == tmp_path / "pythonw.exe"


# Updating.


def older(place: Path, **files: str) -> None:
    """Let the folder be as an older version left it: with these files, unedited."""
    record = place / "installed.json"
    stored = json.loads(record.read_text())
    for name, text in files.items():
        path = place / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path = path.with_suffix(".lua")
        path.write_text(text)
        stored["files"][path.relative_to(place).as_posix()] = files_digest(text)
    record.write_text(json.dumps(stored))


def files_digest(text: str) -> str:
    from takevoice.cli.install.record import digest

    return digest(text.encode())


def test_an_update_replaces_its_own_files_and_keeps_what_the_user_edited(
    command: Command, place: Path
) -> None:
    command("install", "reaper")
    older(place, api__ui="-- old", api__gone="-- no longer shipped", old__deep__gone="-- nor this", takevoice_old="-- nor")
    mine = place / "api" / "osc.lua"
    mine.write_text("-- mine")
    (place / "api" / "my_own.lua").write_text("-- mine, too")
    planned = command("install", "reaper", "--dry-run").stdout
    said = command("install", "reaper", "--verbose").stdout
    assert f"updated            {place / 'api' / 'ui.lua'}\n" in said
    assert f"replaced           {mine}\nyour version:      {mine}.bak\n" in said
    for gone in ("api/gone.lua", "old/deep/gone.lua", "takevoice_old.lua"):
        assert f"removed            {place / gone}\n" in said
        assert f"would be removed   {place / gone}\n" in planned
        assert not (place / gone).exists()
    assert not (place / "old").exists()
    assert [path.name for path in place.rglob("*.bak")] == ["osc.lua.bak"]
    assert (place / "api" / "osc.lua.bak").read_text() == "-- mine"
    assert (place / "api" / "my_own.lua").exists()
    assert "updated" not in command("install", "reaper").stdout


def test_any_set_of_scripts_is_installed_and_goes(
    command: Command, resources: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("selftest.lua", "api/window/model.lua", "api/window/views/gfx.lua")
    monkeypatch.setattr(target, "scripts", lambda *_: {Path(name): b"-- one" for name in names})
    command("install", "reaper")
    assert {path.relative_to(place).as_posix() for path in place.rglob("*.lua")} == {*names, "settings.lua"}
    monkeypatch.setattr(target, "scripts", lambda *_: {Path("api/window.lua"): b"-- two"})
    command("install", "reaper")
    assert {path.relative_to(place).as_posix() for path in place.rglob("*.lua")} == {"api/window.lua", "settings.lua"}
    assert not (place / "api" / "window").exists()
    command("install", "reaper", "--remove")
    assert not place.exists()
    assert (resources / "Scripts").exists(), "it is REAPER's"


def test_a_file_that_is_no_longer_shipped_stays_if_it_was_edited(command: Command, place: Path) -> None:
    command("install", "reaper")
    older(place, api__gone="-- no longer shipped")
    (place / "api" / "gone.lua").write_text("-- mine")
    for _ in range(2):
        assert f"kept (this version has no such file, and it was edited) {place / 'api' / 'gone.lua'}" in command(
            "install", "reaper"
        ).stdout
        assert f"obsolete           {place / 'api' / 'gone.lua'}" in command("install", "reaper", "--status", check=1).stdout
    command("install", "reaper", "--remove")
    assert [path.name for path in place.rglob("*.*")] == ["gone.lua"]


def test_no_edit_is_lost_by_a_second_one(command: Command, place: Path) -> None:
    command("install", "reaper")
    for text in ("-- first", "-- second", "-- second"):
        (place / "api" / "osc.lua").write_text(text)
        command("install", "reaper")
    kept = {path.name: path.read_text() for path in (place / "api").glob("*.bak")}
    assert kept == {"osc.lua.bak": "-- first", "osc.lua.2.bak": "-- second"}


@pytest.mark.parametrize(
    "record",
    [
        "", "[]", "{", '{"files": 3}', '{"files": {"../../reaper.ini": "HASH"}}', '{"files": {"/etc/passwd": "HASH"}}',
        '{"files": {"..\\\\..\\\\reaper.ini": "HASH", "C:x": "HASH", "": "HASH", "api/../../x": "HASH"}}',
    ],
)  # fmt: skip
def test_a_damaged_record_harms_nothing(command: Command, resources: Path, place: Path, record: str) -> None:
    command("install", "reaper")
    (place / "installed.json").write_text(record.replace("HASH", files_digest("[REAPER]\n")))
    (place / "api" / "osc.lua").write_text("-- mine")
    assert "removed" not in command("install", "reaper").stdout
    assert (place / "api" / "osc.lua.bak").read_text() == "-- mine"
    assert (resources / "reaper.ini").read_text() == "[REAPER]\n"


# ReaPack.


def test_scripts_of_reapack_are_not_installed_a_second_time(command: Command, resources: Path, place: Path) -> None:
    copy = place / "Items Editing"
    (copy / "api").mkdir(parents=True)
    (copy / "api" / "takevoice.lua").touch()
    said = command("install", "reaper").stdout
    assert {path.name for path in place.iterdir()} == {"settings.lua", "installed.json", "Items Editing"}
    assert f"go to {copy}" in said
    command("install", "reaper")
    assert not (place / "api").exists()
    command("install", "reaper", "--remove")
    assert sorted(path.name for path in place.rglob("*")) == ["Items Editing", "api", "takevoice.lua"]


def test_scripts_that_are_there_twice_are_told_and_both_stay(command: Command, place: Path) -> None:
    command("install", "reaper")
    copy = place / "Items Editing"
    (copy / "api").mkdir(parents=True)
    (copy / "api" / "takevoice.lua").touch()
    said = command("install", "reaper").stdout
    assert f"there twice: ReaPack has installed them in {copy}, and takevoice in {place}" in said
    assert (place / "api" / "takevoice.lua").exists(), "keys are assigned to them"


# Uninstalling.


def test_uninstalling_leaves_the_folder_as_it_was(command: Command, resources: Path) -> None:
    startup = resources / "Scripts" / "__startup.lua"
    startup.parent.mkdir()
    startup.write_bytes(b"-- mine\r\nreturn")
    (resources / "reaper-kb.ini").write_bytes(b"KEY 1 65 40001 0\r\n")
    before = {path: path.read_bytes() for path in resources.rglob("*") if path.is_file()}
    command("install", "reaper")
    startup.write_bytes(BLOCK.replace("\n", "\r\n").encode() + startup.read_bytes())
    said = command("install", "reaper", "--remove").stdout
    assert f"cleared of takevoice's lines {startup}" in said
    assert {path: path.read_bytes() for path in resources.rglob("*") if path.is_file()} == before
    assert "action list" not in said
    assert command("install", "reaper", "--remove").stdout == "Nothing is installed.\n"


def test_the_users_startup_file_may_be_a_link_and_an_empty_one_goes(
    command: Command, resources: Path, tmp_path: Path
) -> None:
    dotfiles, startup = tmp_path / "dotfiles.lua", resources / "Scripts" / "__startup.lua"
    dotfiles.write_text(BLOCK + "-- mine")
    startup.parent.mkdir()
    startup.symlink_to(dotfiles)
    command("install", "reaper", "--remove", "--dry-run")
    assert dotfiles.read_text() == BLOCK + "-- mine"
    command("install", "reaper", "--remove")
    assert startup.is_symlink()
    assert dotfiles.read_text() == "-- mine"
    startup.unlink()
    startup.write_text(BLOCK)
    command("install", "reaper", "--remove")
    assert not startup.exists()


@pytest.mark.parametrize(
    "text",
    [
        "-- takevoice: begin\nx = 1\n",
        "x = 1\n-- takevoice: end\n",
        "x = [[\n-- takevoice: begin\nmy notes\n-- takevoice: end\n]]\n",
        BLOCK.replace("    start()\n", "    start()\n    mine()\n"),
    ],
)
def test_only_the_lines_that_were_written_are_taken_out_of_the_startup_file(
    command: Command, resources: Path, text: str
) -> None:
    command("install", "reaper")
    startup = resources / "Scripts" / "__startup.lua"
    startup.write_text(BLOCK + text)
    said = command("install", "reaper", "--remove").stdout
    assert startup.read_text() == text
    assert f"cleared of takevoice's lines {startup}" in said
    assert f"edit it by hand) {startup}" in said


# What was named once.


def test_a_folder_that_was_named_is_remembered(
    command: Command, resources: Path, tmp_path: Path, own_home: Path
) -> None:
    odd, stick = another(tmp_path / "odd"), another(tmp_path / "STICK")
    command("install", "reaper", "--into", odd, "--into", stick, "--into", resources)
    for folder in (odd, resources):
        (folder / "Scripts" / "takevoice" / "api" / "ui.lua").write_text("-- old")
    stick.rename(tmp_path / "away")
    said = command("install", "reaper").stdout
    for folder in (odd, resources):
        assert said.count(f"REAPER's resource folder: {folder}\n") == 1
        assert (folder / "Scripts" / "takevoice" / "api" / "ui.lua").read_text() != "-- old"
    assert f"{stick} is not there now" in said
    assert f"REAPER's resource folder: {odd}\n" in command("install", "reaper", "--status").stdout
    details = [finding.detail for finding in doctor_reaper.reaper(StateDir(command.state))]
    assert any(detail.startswith(f"{odd}: the scripts are of this version") for detail in details)
    (tmp_path / "away").rename(stick)
    command("install", "reaper", "--remove")
    assert not list(tmp_path.rglob("*.lua"))
    assert str(odd) not in command("install", "reaper", "--status", check=1).stdout


def test_a_folder_that_was_named_is_enough(command: Command, tmp_path: Path) -> None:
    odd = another(tmp_path / "odd")
    command("install", "reaper", "--into", odd, "--dry-run")
    assert "found no resource folder" in command("install", "reaper", check=1).stderr
    command("install", "reaper", "--into", odd)
    assert "unchanged" in command("install", "reaper").stdout


@pytest.mark.parametrize("record", ["", "[]", '{"reaper": 3}', '{"reaper": [3]}', "{"])
def test_a_damaged_list_of_folders_harms_nothing(command: Command, resources: Path, tmp_path: Path, record: str) -> None:
    command.state.mkdir()
    (command.state / "installed-into.json").write_text(record)
    command("install", "reaper", "--into", another(tmp_path / "odd"))
    assert str(tmp_path / "odd") in command("install", "reaper").stdout


def test_a_bad_folder_does_not_hold_up_a_good_one(command: Command, tmp_path: Path) -> None:
    bad, full, good = tmp_path / "bad", another(tmp_path / "full"), another(tmp_path / "good")
    (full / "Scripts" / "takevoice").write_text("a file where the folder should be")
    ended = command("install", "reaper", "--into", bad, "--into", full, "--into", good, check=2)
    assert f"{bad}: is no resource folder of REAPER" in ended.stderr
    assert f"{full / 'Scripts' / 'takevoice'}" in ended.stderr
    assert (good / "Scripts" / "takevoice" / "settings.lua").exists()
    assert "assign a key" in ended.stdout
    assert str(bad) not in command("install", "reaper", "--status", check=None).stdout


def test_the_steps_are_not_buried(command: Command, resources: Path, place: Path) -> None:
    said = command("install", "reaper").stdout
    assert len(said.splitlines()) < 10
    count = len(list(place.rglob("*.lua")))
    assert f"Files: {count} written. --verbose lists them.\n" in said
    assert command("install", "reaper", "--verbose").stdout.count("unchanged  ") == count
    assert len(command("install", "reaper", "--remove").stdout.splitlines()) < 5


def test_uninstalling_says_what_is_left_in_the_action_list(command: Command, resources: Path, place: Path) -> None:
    command("install", "reaper")
    (resources / "reaper-kb.ini").write_text(
        'SCR 4 0 RS1 "Custom: takevoice_listener.lua" takevoice/takevoice_listener.lua\n'
        'SCR 4 0 RS2 "Custom: other.lua" "Other Folder/other.lua"\n'
    )
    before = (resources / "reaper-kb.ini").read_bytes()
    said = command("install", "reaper", "--remove").stdout
    assert "still has takevoice's actions (1)" in said
    assert (resources / "reaper-kb.ini").read_bytes() == before


def test_the_action_list_is_read_as_reaper_writes_it(tmp_path: Path) -> None:
    """Forms that users have published."""
    (tmp_path / "reaper-kb.ini").write_bytes(
        b'ACT 3 32060 "custom_drums" "Custom: Drums" 40043 _RSabc\r\n'
        b"KEY 9 65 _RSabc 0\r\n"
        b'SCR 4 0 RSabc "Custom: lyrics.lua" Cockos/lyrics.lua\r\n'
        b"SCR 4 32060 RSccc 'Custom: a \"b\".lua' 'My Suite\\a \"b\".lua'\r\n"
        b'SCR 260 0 RSddd "Custom: x.lua" "C:\\Users\\Me\\x.lua"\r\n'
        b'SCR 260 0 RSddd "Custom: x.lua" /Users/me/x.lua\r\n'
        b"SCR\t4\t0\tRSeee\t\"Custom: \xff.lua\"\t\"\xff.lua\"\r\n"
        b"SCR 4 0 RSfff\r\n# SCR 4 0 RS \"a\" b.lua\r\nSCRIPT 1 2 3 4 5\r\n"
    )
    found = action_list.registered(tmp_path)
    scripts = tmp_path / "Scripts"
    assert [path for path in found if path.is_relative_to(scripts)] == [
        scripts / "Cockos" / "lyrics.lua",
        scripts / "My Suite" / 'a "b".lua',
        scripts / "\ufffd.lua",
    ]
    assert len(found) == 5
    assert action_list.registered(tmp_path / "missing") == ()


def test_a_plan_for_a_folder_needs_no_settings_of_reaper(tmp_path: Path) -> None:
    """As tests and benches use it."""
    made = plan(tmp_path / "REAPER", tmp_path / "state", install=True)
    assert made.base == tmp_path / "REAPER" / "Scripts" / "takevoice"
    assert made.base / "settings.lua" in made.files

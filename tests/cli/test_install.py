"""takevoice install: what lies where afterwards."""

from __future__ import annotations

from pathlib import Path

from support import Command

ROOT = Path(__file__).parents[2]


def test_ardours_scripts_go_to_every_version_that_is_there(command: Command) -> None:
    configs = command.home / "config"
    for name in ("ardour6", "ardour7", "ardour8", "ardour8.old"):
        (configs / name).mkdir(parents=True)
    said = command("install", "ardour").stdout
    for name in ("ardour7", "ardour8"):
        for path in (ROOT / "integrations" / "ardour").glob("*.lua"):
            assert (configs / name / "scripts" / path.name).read_bytes() == path.read_bytes()
        for path in (ROOT / "integrations" / "ardour" / "takevoice").glob("*.lua"):
            assert (configs / name / "takevoice" / path.name).read_bytes() == path.read_bytes()
        state = str(command.state).replace("\\", "\\092")
        settings = (configs / name / "takevoice" / "settings.lua").read_text()
        assert settings == f'return {{ state = "{state}" }}\n'
    assert not any((configs / "ardour6").iterdir())
    assert "Script Manager" in said
    assert "written" not in command("install", "ardour").stdout


def test_a_changed_script_is_kept(command: Command, tmp_path: Path) -> None:
    command("install", "ardour", "--into", tmp_path)
    script = tmp_path / "scripts" / "takevoice_convert.lua"
    script.write_text("-- mine")
    assert f"replaced  {script}" in command("install", "ardour", "--into", tmp_path, "--dry-run").stdout
    assert script.read_text() == "-- mine"
    command("install", "ardour", "--into", tmp_path)
    assert script.with_name("takevoice_convert.lua.bak").read_text() == "-- mine"
    assert script.read_text() != "-- mine"


def test_no_ardour_is_said_with_what_to_do(command: Command) -> None:
    assert (
        "start Ardour once, or name its config folder with --into DIR"
        in command("install", "ardour", check=1).stderr
    )


def test_a_state_dir_of_any_name_is_understood_by_lua(command: Command, tmp_path: Path) -> None:
    state = tmp_path / 'a "quoted" \\ päth'
    command("install", "ardour", "--into", tmp_path, "--state", state)
    text = (tmp_path / "takevoice" / "settings.lua").read_text("ascii")
    assert (
        text
        == 'return { state = "'
        + "".join(
            chr(b) if 32 <= b < 127 and chr(b) not in '"\\' else f"\\{b:03}" for b in str(state).encode()
        )
        + '" }\n'
    )


def test_remove_deletes_what_is_as_it_was_written(command: Command, tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "own.lua").write_text("-- mine")
    command("install", "ardour", "--into", tmp_path)
    edited = tmp_path / "takevoice" / "ui.lua"
    edited.write_text("-- mine")
    files = sorted(tmp_path.rglob("*.lua"))
    assert (
        "would be removed" in command("install", "ardour", "--into", tmp_path, "--remove", "--dry-run").stdout
    )
    assert sorted(tmp_path.rglob("*.lua")) == files
    said = command("install", "ardour", "--into", tmp_path, "--remove").stdout
    assert f"kept (it was edited, or is of another version) {edited}" in said
    assert sorted(tmp_path.rglob("*.lua")) == [tmp_path / "scripts" / "own.lua", edited]
    edited.unlink()
    command("install", "ardour", "--into", tmp_path)
    command("install", "ardour", "--into", tmp_path, "--remove")
    assert [path.name for path in tmp_path.iterdir()] == ["scripts"]
    assert command("install", "ardour", "--into", tmp_path, "--remove").stdout == "Nothing is installed.\n"


def test_status_shows_the_state_of_each_file(command: Command, tmp_path: Path) -> None:
    ardour = ("install", "ardour", "--into", tmp_path, "--status")
    assert "missing " in command(*ardour, check=1).stdout
    command("install", "ardour", "--into", tmp_path)
    assert {line.split()[0] for line in command(*ardour).stdout.splitlines()} == {"current"}
    (tmp_path / "takevoice" / "ui.lua").write_text("-- mine")
    assert f"different          {tmp_path / 'takevoice' / 'ui.lua'}" in command(*ardour, check=1).stdout
    assert "Nothing" in command("install", "audacity", "--remove").stdout
    assert command("install", "audacity", "--status").stdout == "There are no files to install.\n"

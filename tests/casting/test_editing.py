"""Edits of the config: what is wanted changes, and nothing else does."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takevoice.errors import ConfigError
from takevoice.settings import config_template
from takevoice.settings.editing import ConfigText, read_config, with_tracks, write_config

COMMENTED = """\
# my dub
backend = "local"   # no key here

[tracks."Anna"]
# she is tired in episode 2
voice = "ada"  # or bea?
stability = 0.4

[settle]
quiet = 1.0
"""


def edited(text: str, **changes: dict[str, object]) -> str:
    return with_tracks(ConfigText(Path("takevoice.toml"), text), changes).text


def test_only_what_is_wanted_changes() -> None:
    assert edited(COMMENTED, Anna={"voice": "george"}) == COMMENTED.replace('voice = "ada"', 'voice = "george"')
    assert edited(COMMENTED, Anna={"stability": None}) == COMMENTED.replace("stability = 0.4\n", "")


def test_a_new_character_gets_a_table() -> None:
    text = edited(COMMENTED, **{"Lead Vox": {"voice": "bea", "seed": 7}})
    assert tomllib.loads(text)["tracks"] == {"Anna": {"voice": "ada", "stability": 0.4}, "Lead Vox": {"voice": "bea", "seed": 7}}
    assert all(line in text.splitlines() for line in COMMENTED.splitlines())


def test_candidates_in_several_voices_are_written_in_a_line_of_the_table() -> None:
    voices = ({"voice": "ada"}, {"voice": "george", "stability": 0.3})  # as settings hold them
    text = edited(COMMENTED, Anna={"candidates": voices, "seed": 7}, Zoe={"candidates": voices})
    assert tomllib.loads(text)["tracks"]["Zoe"] == {"candidates": list(voices)}
    assert 'candidates = [{voice = "ada"}, {voice = "george", stability = 0.3}]' in text.splitlines()
    assert tomllib.loads(edited(text, Anna={"style": 0.1}))["tracks"]["Anna"]["style"] == 0.1


def test_candidates_of_several_voices_are_written_as_tables() -> None:
    voices = ({"voice": "ada"}, {"voice": "bea", "stability": 0.3})
    for before in (COMMENTED, ""):
        text = edited(before, Anna={"candidates": voices}, Ben={"candidates": voices, "voice": "bea"})
        tracks = tomllib.loads(text)["tracks"]
        assert tracks["Anna"]["candidates"] == tracks["Ben"]["candidates"] == list(voices)
    assert '# she is tired in episode 2' in edited(COMMENTED, Anna={"candidates": voices})


def test_the_config_of_init_keeps_every_line() -> None:
    before = config_template("~/Exports")
    after = edited(before, Anna={"voice": "ada"})
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    assert tomllib.loads(after)["tracks"] == {"Anna": {"voice": "ada"}}


def test_line_ends_and_mark_stay() -> None:
    text = "\ufeff" + COMMENTED.replace("\n", "\r\n")
    after = edited(text, Bert={"voice": "bea"})
    assert after.startswith("\ufeff") and after.count("\n") == after.count("\r\n")


@pytest.mark.parametrize(
    "text",
    [
        'tracks.Anna.voice = "ada"\n',
        'tracks = {Anna = {voice = "ada"}}\n',
        '[tracks]\nAnna = {voice = "ada"}\n',
        '[tracks]\nAnna.voice = "ada"\n\n[settle]\nquiet = 1\n',
        '[tracks.Anna]\nvoice = "ada"\n\n[settle]\nquiet = 1\n\n[tracks.Zoe]\nvoice = "bea"\n',
        "",
    ],
)
def test_every_form_of_tables(text: str) -> None:
    try:
        after = tomllib.loads(edited(text, Anna={"voice": "george"}, Bert={"voice": "bea"}))
    except ConfigError as error:
        assert "cannot be edited safely" in str(error)  # refused is right, damaged would not be
        return
    assert {name: after["tracks"][name] for name in ("Anna", "Bert")} == {"Anna": {"voice": "george"}, "Bert": {"voice": "bea"}}
    assert after.get("settle") == tomllib.loads(text).get("settle")


def test_a_name_in_another_unicode_spelling_is_the_same_character() -> None:
    after = edited('[tracks."Zoe\u0301"]\nvoice = "ada"\n', Zoé={"voice": "bea"})
    assert tomllib.loads(after)["tracks"] == {"Zoe\u0301": {"voice": "bea"}}


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_any_name_and_any_voice(name: str, voice: str) -> None:
    after = tomllib.loads(edited(COMMENTED, **{name: {"voice": voice}}))
    assert voice in [table.get("voice") for table in after["tracks"].values()]


def test_a_value_out_of_range_is_refused_with_its_place() -> None:
    with pytest.raises(ConfigError, match=r"\[tracks.Anna\] stability = 4 must be at most 1"):
        edited(COMMENTED, Anna={"stability": 4})


def test_writing_keeps_the_mode_the_link_and_a_copy(tmp_path: Path) -> None:
    real = tmp_path / "real.toml"
    real.write_text(COMMENTED)
    real.chmod(0o640)
    link = tmp_path / "takevoice.toml"
    link.symlink_to(real)
    before = read_config(link)
    kept = write_config(before, with_tracks(before, {"Anna": {"voice": "bea"}}), tmp_path / "backups")
    assert link.is_symlink() and 'voice = "bea"' in real.read_text()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640 and kept.read_text() == COMMENTED
    assert sorted(os.listdir(tmp_path)) == ["backups", "real.toml", "takevoice.toml"]


def test_a_config_that_was_saved_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "takevoice.toml"
    path.write_text(COMMENTED)
    before = read_config(path)
    path.write_text(COMMENTED + "# saved in an editor\n")
    with pytest.raises(ConfigError, match="changed meanwhile"):
        write_config(before, with_tracks(before, {"Anna": {"voice": "bea"}}), tmp_path / "backups")
    assert path.read_text().endswith("# saved in an editor\n")

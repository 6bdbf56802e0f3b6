"""What a newcomer is told about tracks: by `init` from the names that are there, and by `doctor` about entries that do nothing."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from support import FAST, Command, make_take
from takevoice.settings.proposal import propose


@pytest.mark.parametrize(
    ("names", "pattern", "tracks"),
    [
        ("Anna_01 Anna_02 Guard_1_03", "{track}_{take}", {"Anna": 2, "Guard_1": 1}),
        ("Anna-T1 Anna-T2 Bert-T1", "{track}-{take}", {"Anna": 2, "Bert": 1}),
        ("001_Anna 002_Bert 003_Anna", "{take}_{track}", {"Anna": 2, "Bert": 1}),
        ("Lead Vox 1|Lead Vox 2|Bass 1", "{track} {take}", {"Lead Vox": 2, "Bass": 1}),
        ("Anna_take3 Anna_take4b Zoe_take1", "{track}_{take}", {"Anna": 2, "Zoe": 1}),
        ("Zoe\u0308_01 Zoe\u0308_02", "{track}_{take}", {"Zo\u00eb": 2}),
        ("Anna_01 Anna_01.ada Anna_01.ada.2 Anna_02 Anna_02.ada Bert_01 Bert_01.ada", "{track}_{take}", {"Anna": 2, "Bert": 1}),
        ("Anna.01 Anna.02 Bert.01", "{track}.{take}", {"Anna": 2, "Bert": 1}),
        ("mix final bounce", None, None),
        ("2026-11-26 2026-11-27", None, None),
        ("Anna_01", None, None),
        ("Anna_01 mix vocals drums bounce", None, None),
        ("", None, None),
    ],
)
def test_the_pattern_that_fits_most_names(names: str, pattern: str | None, tracks: dict[str, int] | None) -> None:
    proposal = propose(names.split("|") if "|" in names else names.split())
    assert (proposal and proposal.pattern, proposal and dict(proposal.tracks)) == (pattern, tracks)


def test_init_proposes_the_pattern_and_shows_the_tracks(command: Command, folder: Path) -> None:
    for number, name in enumerate(("Anna_01", "Anna_02", "Guard_01", "slate")):
        make_take(folder / f"{name}.wav", 0.1, seed=number)
    said = command("init", folder).stdout
    assert '3 of 4 names there look like {track}_{take}' in said and "Anna (2), Guard (1)" in said
    written = tomllib.loads((command.config_dir / "takevoice.toml").read_text("utf-8"))
    assert written["watch"][0]["track"] == "{track}_{take}"


def test_init_leaves_it_open_where_the_names_say_nothing(command: Command, folder: Path) -> None:
    make_take(folder / "mix.wav", 0.1)
    assert "look like" not in command("init", folder).stdout
    assert "track" not in tomllib.loads((command.config_dir / "takevoice.toml").read_text("utf-8"))["watch"][0]


def test_doctor_names_entries_that_no_take_matches(gated: Command, folder: Path) -> None:
    def said(watch: str) -> str:
        config = f'backend = "gated"\n{FAST}[[watch]]\nfolder = "{folder}"\n{watch}\n[tracks.Anna]\nvoice = "ada"\n[tracks."Zoe *"]\nvoice = "bea"\n'
        gated.config(config + "[osc]\nenabled = false\n")
        return gated("doctor", check=None).stdout

    assert "[tracks" not in said("")
    make_take(folder / "Anna_09.wav", 0.3)
    gated("run", "--once")
    assert "FAIL  tracks     no take is of [tracks.Anna]: the tracks met are Anna_09" in said("")
    gated.config(f'backend = "gated"\n{FAST}[[watch]]\nfolder = "{folder}"\ntrack = "{{track}}_{{take}}"\n')
    make_take(folder / "Anna_10.wav", 0.3, seed=1)
    gated("run", "--once", "--osc-port", "0")
    well = said('track = "{track}_{take}"')
    assert 'ok    tracks     no take so far is of [tracks."Zoe *"]' in well and "FAIL  tracks" not in well

"""A real Ardour: regions are selected, converted by a running daemon, and come back; exports are told of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from integrations.ardour.studio import HERE, HOW_TO_GET, MISSING, Region, Studio
from support import TAKES, wait_for

pytestmark = pytest.mark.skipif(bool(MISSING), reason=HOW_TO_GET)

CONVERT, TO_TRACKS = 1, 2
POSITION = 96_017
TAKE = "narrator_48k_24bit"


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """Ardour with takevoice's scripts installed and registered, and a take on the track Lead Vox."""
    studio = Studio(tmp_path)
    studio.prepare(["Lead Vox", "Guard"])
    (tmp_path / "Exports").mkdir()
    studio.takevoice("install", "ardour")
    scripts = studio.config / "scripts"
    studio.register(
        [scripts / "takevoice_convert.lua", scripts / "takevoice_convert_to_tracks.lua"],
        [
            (scripts / "takevoice_results.lua", ["LuaTimerDS"]),
            (scripts / "takevoice_exports.lua", ["Exported"]),
            (HERE / "driver.lua", ["LuaTimerDS"]),
        ],
    )
    return studio


@pytest.fixture
def opened(studio: Studio) -> Iterator[Studio]:
    """The same, running, with the take at its place."""
    with studio.open():
        studio.place(TAKES / f"{TAKE}.flac", "Lead Vox", POSITION)
        wait_for(lambda: studio.saved().tracks()["Lead Vox"])
        yield studio


def frames() -> int:
    return int(soundfile.info(TAKES / f"{TAKE}.flac").frames)


def regions(studio: Studio, track: str) -> list[Region]:
    return studio.saved().tracks().get(track, [])


def converted(studio: Studio, track: str, voice: str = "ada") -> Region:
    """The converted region on a track, once it is there."""

    def there() -> Region | None:
        assert not studio.dialog(), studio.said()
        return next((each for each in regions(studio, track) if each.name.endswith(f".{voice}")), None)

    found = wait_for(there, 40)
    assert isinstance(found, Region)
    return found


def test_a_region_comes_back_at_its_place_in_a_new_playlist(opened: Studio) -> None:
    (original,) = regions(opened, "Lead Vox")
    before = opened.saved().current_playlist("Lead Vox")
    with opened.daemon(str(opened.root / "Exports")):
        opened.select(original.name)
        opened.press(CONVERT)
        new = converted(opened, "Lead Vox")
    assert (new.position, new.length, new.gain) == (POSITION, frames(), original.gain)
    saved = opened.saved()
    assert [region.name for region in saved.tracks()["Lead Vox"]] == [new.name]
    assert saved.current_playlist("Lead Vox") != before
    assert saved.playlists()[before] == [original]
    was, now = (soundfile.read(saved.audio(region))[0] for region in (original, new))
    assert len(now) == len(was)
    assert np.abs(now - was).max() > 0.01
    assert not opened.dialog(), opened.said()


def test_a_region_comes_back_on_a_track_of_its_own(opened: Studio) -> None:
    (original,) = regions(opened, "Lead Vox")
    with opened.daemon(str(opened.root / "Exports")):
        opened.select(original.name)
        opened.press(TO_TRACKS)
        new = converted(opened, "Lead Vox (ada)")
    assert (new.position, new.length) == (POSITION, frames())
    assert regions(opened, "Lead Vox") == [original]


def test_with_no_daemon_a_message_says_how_to_start_it(opened: Studio) -> None:
    (original,) = regions(opened, "Lead Vox")
    with opened.daemon(str(opened.root / "Exports")) as daemon:
        daemon.kill()
    assert (opened.state / "osc.json").exists()  # what a killed one leaves behind
    opened.select(original.name)
    opened.press(CONVERT)
    wait_for(opened.dialog, 4)
    assert "takevoice run FOLDER" in opened.said()
    opened.dismiss()
    assert regions(opened, "Lead Vox") == [original]


def test_an_export_is_converted_without_waiting(opened: Studio) -> None:
    exports = opened.root / "Exports"
    config = opened.home / ".config" / "takevoice" / "takevoice.toml"
    config.parent.mkdir()
    config.write_text("[settle]\nquiet = 3000\n")
    with opened.daemon(str(exports)):
        opened.lua(f"""
            local path = {str(exports / "mix.wav")!r}
            local exporter = Session:simple_export ()
            exporter:set_name ("mix")
            exporter:set_folder ({str(exports)!r})
            exporter:set_range (48000, 192000)
            assert (exporter:run_export (), "the export failed")
        """)
        wait_for(lambda: list(exports.glob("*.ada.*")), 30)
    results = [
        json.loads(path.read_text()) for path in (opened.state / "results").glob("ardour-export-*.json")
    ]
    assert [(each["state"], each["start"]) for each in results] == [("done", "48000")]

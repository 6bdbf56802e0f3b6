"""A real Ardour: regions are selected, converted by a running daemon, and imported; exports are reported to it.

The tests share one session and one daemon. Each has a track and a take of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from integrations.ardour.room import CONVERT, TO_TRACKS, change, open_studio
from integrations.ardour.saved import RATE, Region
from integrations.ardour.studio import HOW_TO_GET, MISSING, Studio
from support import TAKES, wait_for

pytestmark = [pytest.mark.editor, pytest.mark.skipif(bool(MISSING), reason=HOW_TO_GET)]

POSITION = 96_017
TRACKS = ["Lead Vox", "Guard", "Choir", "Again"]
CONFIG = "[settle]\nquiet = 3000\n"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Ardour, and the local engine."""
    yield from open_studio(tmp_path_factory.mktemp("studio"), TRACKS, CONFIG)


@pytest.fixture
def studio(opened: Studio) -> Iterator[Studio]:
    """The same; no message may be left open."""
    yield opened
    opened.expect_no_message()


def placed(studio: Studio, track: str) -> Region:
    """A take on a track, which no other test has."""
    samples, rate = soundfile.read(TAKES / "narrator_48k_24bit.flac")
    take = studio.root / f"{track}_03.wav"
    soundfile.write(take, samples * 0.9 ** TRACKS.index(track), rate, "PCM_24")
    studio.place(take, track, POSITION)
    (region,) = wait_for(lambda: regions(studio, track))
    assert isinstance(region, Region)
    return region


def frames() -> int:
    return int(soundfile.info(TAKES / "narrator_48k_24bit.flac").frames)


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


def test_a_region_comes_back_at_its_place_in_a_new_playlist(studio: Studio) -> None:
    original = placed(studio, "Lead Vox")
    before = studio.saved().current_playlist("Lead Vox")
    studio.select(original.name)
    studio.press(CONVERT)
    new = converted(studio, "Lead Vox")
    assert (new.position, new.length, new.gain) == (POSITION, frames(), original.gain)
    saved = studio.saved()
    assert [region.name for region in saved.tracks()["Lead Vox"]] == [new.name]
    assert saved.current_playlist("Lead Vox") != before
    assert saved.playlists()[before] == [original]
    was, now = (soundfile.read(saved.audio(region))[0] for region in (original, new))
    assert len(now) == len(was)
    assert np.abs(now - was).max() > 0.01


def test_a_region_comes_back_on_a_track_of_its_own(studio: Studio) -> None:
    original = placed(studio, "Guard")
    studio.select(original.name)
    studio.press(TO_TRACKS)
    new = converted(studio, "Guard (ada)")
    assert (new.position, new.length) == (POSITION, frames())
    assert regions(studio, "Guard") == [original]


def test_a_converted_region_is_converted_again_from_its_original(studio: Studio) -> None:
    original = placed(studio, "Again")
    change(studio, "Again", original.name, "region:trim_front (at (96000)) region:trim_end (at (192000))")
    studio.select(original.name)
    studio.press(CONVERT)
    converted(studio, "Again")
    studio.finish()
    change(studio, "Again", f"{original.name}.ada", "playlist:split_region (region, at (144000))")
    left, right = studio.saved().tracks()["Again"]
    config = studio.home / ".config" / "takevoice" / "takevoice.toml"
    config.write_text(f"{CONFIG}[tracks.Again]\nvoice = 'george'\n")
    wait_for(lambda: "george" in studio.takevoice("explain", "--track", "Again", str(studio.root / "Again_03.wav")))
    studio.select(right.name)
    studio.press(CONVERT)
    new = converted(studio, "Again", "george")
    studio.finish()
    assert [each.name for each in regions(studio, "Again")] == [left.name, new.name]
    assert new.name == right.name.replace(".ada", "") + ".george"
    assert (new.position, new.length) == (right.position, right.length)
    rows = json.loads(studio.takevoice("jobs", "--json"))
    (job,) = (row for row in rows if row["voice"] == "george")
    assert Path(job["source"]).name == "Again_03.wav"  # nothing of the other voice
    handle = RATE // 2
    first = right.position - POSITION - handle
    was, now = soundfile.read(studio.root / "Again_03.wav")[0], soundfile.read(studio.saved().audio(new))[0]
    assert envelope(now) @ envelope(was[first : first + len(now)]) > 0.8  # and the same part


def envelope(samples: np.ndarray) -> np.ndarray:
    """The loudness in blocks of 10 ms, of unit length without its mean."""
    blocks = np.abs(samples[: len(samples) // 480 * 480]).reshape(-1, 480).mean(1)
    blocks = blocks - blocks.mean()
    return np.asarray(blocks / np.linalg.norm(blocks))


def test_an_export_is_converted_without_waiting(studio: Studio) -> None:
    placed(studio, "Choir")
    studio.lua(f"""
        local exporter = Session:simple_export ()
        exporter:set_name ("mix")
        exporter:set_folder ({str(studio.exports)!r})
        exporter:set_range (48000, 192000)
        assert (exporter:run_export (), "the export failed")
    """)
    wait_for(lambda: list(studio.exports.glob("*.ada.*")), 30)
    (result,) = wait_for(lambda: list((studio.state / "results").glob("ardour-export-*.json")))
    text = json.loads(result.read_text())
    assert (text["state"], text["start"]) == ("done", "48000")

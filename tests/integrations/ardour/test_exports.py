"""A real Ardour: stems keep their tracks, and what is under way follows a session that is saved under another name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.ardour.room import CONVERT, now, open_studio, place
from integrations.ardour.studio import HOW_TO_GET, MISSING, Studio
from support import wait_for

pytestmark = [pytest.mark.editor, pytest.mark.skipif(bool(MISSING), reason=HOW_TO_GET)]

TRACKS = ["Lead Vox", "Anna", "Saved"]
CONFIG = """
[settle]
quiet = 3000
[[watch]]
folder = "{exports}"
track = "{{take}}_{{track}}"
[tracks."Lead Vox"]
voice = "george"
[defaults]
voice = "ada"
"""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Ardour, the local engine, and a voice of its own for a track."""
    root = tmp_path_factory.mktemp("studio")
    yield from open_studio(root, TRACKS, CONFIG.format(exports=root / "Exports"))


def export(studio: Studio, span: str, track: str, start: int, path: Path) -> None:
    """Reports a file as Ardour's hook does for a stem with Re-Import."""
    studio.lua(f"""
        local folder = ARDOUR.LuaAPI.build_filename (ARDOUR.user_config_directory (-1), "takevoice")
        local takevoice = assert (loadfile (ARDOUR.LuaAPI.build_filename (folder, "takevoice.lua"))) (folder)
        takevoice.load ("exported") ({span!r}, {str(path)!r}, true, {start})
    """)


def test_stems_of_several_time_spans_come_back_on_their_own_tracks_with_their_own_voices(studio: Studio) -> None:
    starts = {"session": 96_000, "Reel 2": 480_000}
    for number, track in enumerate(("Lead Vox", "Anna")):
        for span, start in starts.items():
            place(studio, track, f"{track} {span}", start + 1000 * number, 1.0)
            stem = studio.exports / f"{span}_{track}.wav"
            stem.write_bytes((studio.root / f"{track} {span}.wav").read_bytes())
            export(studio, span, track, start, stem)
    studio.finish(60)
    for track, voice in (("Lead Vox", "george"), ("Anna", "ada")):
        placed = now(studio, f"{track} ({voice})")
        assert [(name, position) for name, position, *_ in placed] == sorted(
            (f"{span}_{track}.{voice}", start) for span, start in starts.items()
        )


def test_what_is_under_way_follows_a_session_that_is_saved_under_another_name(studio: Studio) -> None:
    place(studio, "Saved", "Take", 96_000)
    studio.stop_daemon()
    studio.select("Take")
    studio.press(CONVERT)
    wait_for(lambda: list((studio.state / "handover").glob("ardour-*.json")))
    old, new = studio.session, studio.home / "Scene 13"  # where Ardour offers it
    studio.save_as(new)
    studio.start_daemon()
    wait_for(lambda: not (new / "takevoice.pending").exists() and not (old / "takevoice.pending").exists())
    studio.dismiss()
    assert now(studio, "Saved")[0][0] == "Take.ada"

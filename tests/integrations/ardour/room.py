"""An Ardour with takevoice's scripts, as tests and measurements use it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from integrations.ardour.saved import Region
from integrations.ardour.studio import HERE, Studio
from support import make_take

CONVERT, TO_TRACKS, STATUS, NEXT, PICK = 1, 2, 3, 4, 5


def open_studio(root: Path, tracks: Sequence[str], config: str = "", daemon: bool = True) -> Iterator[Studio]:
    """Ardour, running, with a session of empty tracks. `config`: takevoice's; else a paid backend is used."""
    studio = Studio(root)
    studio.prepare(tracks)
    studio.exports.mkdir()
    if config:
        path = studio.home / ".config" / "takevoice" / "takevoice.toml"
        path.parent.mkdir()
        path.write_text(config)
    else:
        studio.use_paid_backend()
    studio.register([], [(HERE / "driver.lua", ["LuaTimerDS"])])
    studio.takevoice("install", "ardour")
    with studio.open():
        if daemon:
            studio.start_daemon()
        yield studio
        studio.stop_daemon()


def place(studio: Studio, track: str, name: str, position: int, seconds: float = 2.0, channels: int = 1) -> Region:
    """A take on a track, imported as a user would."""
    take = make_take(studio.root / f"{name}.wav", seconds, channels=channels, seed=len(name))
    studio.place(take, track, position)
    return next(each for each in studio.saved().tracks()[track] if each.name == name)


def now(studio: Studio, track: str) -> list[list[object]]:
    """The regions of a track, as Ardour has them: name, position and length in samples, layer."""
    return sorted(
        studio.lua(f"""
            local list, regions = {{}}, Session:route_by_name ([==[{track}]==]):to_track ():playlist ():region_list ()
            for region in regions:iter () do
              list[#list + 1] = {{ region:name (), region:position ():samples (), region:length ():samples (), region:layer () }}
            end
            return list
        """)
        or []
    )


def names(studio: Studio, track: str) -> list[object]:
    """The names of the regions that a track plays."""
    return [each[0] for each in now(studio, track)]


def change(studio: Studio, track: str, region: str, code: str) -> None:
    """Runs code with a region of a track as `region`, its audio as `audio`, and `at` to make positions."""
    studio.lua(f"""
        local function at (samples) return Temporal.timepos_t (samples) end
        local playlist = Session:route_by_name ([==[{track}]==]):to_track ():playlist ()
        local found, regions = nil, playlist:region_list ()
        for each in regions:iter () do if each:name () == [==[{region}]==] then found = each end end
        local region, audio = found, found:to_audioregion ()
        {code}
    """)

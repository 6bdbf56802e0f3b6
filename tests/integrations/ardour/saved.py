"""What a saved session of Ardour has in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

RATE = 48_000
UNIT = 282_240_000 // RATE  # superclock ticks of one sample, as session files count
CARRIED = (
    "muted opaque locked video-locked position-locked sync-marked sync-position envelope-active fade-in-active "
    "fade-out-active scale-amplitude layering-index"
).split()
"""What a converted region has of its original, beside its place and the curves."""
CURVES = ("FadeIn", "FadeOut", "Envelope")


@dataclass(frozen=True)
class Region:
    """A region as the saved session has it; position and length in samples."""

    name: str
    position: int
    length: int
    source: str
    gain: float
    carried: Mapping[str, str] = field(default_factory=dict, compare=False)
    """The values of `CARRIED`, and the points of both fades and the gain envelope."""
    id: str = field(default="", compare=False)


class Session:
    """A saved session."""

    def __init__(self, root: ElementTree.Element, folder: Path) -> None:
        self._root, self._folder = root, folder
        self._sources = {each.get("id"): each.get("name", "") for each in root.iter("Source")}

    def tracks(self) -> dict[str, list[Region]]:
        """The regions of each audio track's current playlist."""
        return {
            route.get("name", ""): self._regions(route.get("audio-playlist"))
            for route in self._root.iter("Route")
            if route.get("audio-playlist")
        }

    def current_playlist(self, track: str) -> str:
        """The name of the playlist that a track plays."""
        (route,) = (each for each in self._root.iter("Route") if each.get("name") == track)
        return next(
            each.get("name", "")
            for each in self._root.iter("Playlist")
            if each.get("id") == route.get("audio-playlist")
        )

    def playlists(self) -> dict[str, list[Region]]:
        """The regions of every playlist, also of those that no track plays now."""
        return {each.get("name", ""): self._regions(each.get("id")) for each in self._root.iter("Playlist")}

    def audio(self, region: Region) -> Path:
        """The file of a region's first channel, in the session's folder."""
        return next(self._folder.glob(f"interchange/*/audiofiles/{region.source}"))

    def _regions(self, number: str | None) -> list[Region]:
        (playlist,) = (each for each in self._root.iter("Playlist") if each.get("id") == number)
        found = [
            Region(
                each.get("name", ""),
                _samples(each.get("length", "").partition("@")[2]),
                _samples(each.get("length", "").partition("@")[0]),
                self._sources[each.get("source-0")],
                float(each.get("scale-amplitude", "1")),
                {name: each.get(name, "") for name in CARRIED} | {name: _points(each, name) for name in CURVES},
                each.get("id", ""),
            )
            for each in playlist.iter("Region")
        ]
        return sorted(found, key=lambda region: (region.position, region.name))


def _samples(text: str) -> int:
    assert text.startswith("a"), f"{text} is no audio time"
    return int(text[1:]) // UNIT


def _points(region: ElementTree.Element, curve: str) -> str:
    points = region.find(f"{curve}//events")
    return "" if points is None else (points.text or "").strip()

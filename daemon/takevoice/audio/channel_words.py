"""What becomes of each channel of a take, in words."""

from __future__ import annotations

import contextlib

from takevoice.audio.containers import track_names
from takevoice.audio.segmentation import Segmentation
from takevoice.jobs import Take

KEPT = "left as it is"
SILENT = "silent"


def channel_report(take: Take, segmentation: Segmentation) -> list[str]:
    """Return a line for each channel: its number, the name of its track if it has one, and which conversion it gets."""
    names: dict[int, str] = {}
    with contextlib.suppress(OSError):
        names = track_names(take.path)
    lines = []
    for channel in range(take.channels):
        number = channel + 1
        named = f"{number} ({names[number]})" if number in names else str(number)
        lines.append(f"{named}: {_fate(channel, segmentation)}")
    return lines


def _fate(channel: int, segmentation: Segmentation) -> str:
    buses = [number for number, bus in enumerate(segmentation.buses) if bus.gains[channel]]
    if channel in segmentation.kept or (segmentation.found and not segmentation.segments):
        return KEPT
    if not buses or not segmentation.segments:
        return SILENT
    numbers = " and ".join(str(bus + 1) for bus in buses)
    if len(buses) > 1:
        return f"a mix of the conversions {numbers}"
    sources = [source for source, weight in enumerate(segmentation.buses[buses[0]].weights) if weight]
    if channel not in sources:
        return f"conversion {numbers}, sent from channel {sources[0] + 1}"
    if len(sources) == 1:
        return f"conversion {numbers}"
    return f"conversion {numbers}, sent as the mix of the channels {', '.join(str(each + 1) for each in sources)}"

"""The sound of a take: what an accessor reads, and what REAPER renders."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from .model import Take
from .sources import SectionSource, Source

Sound = NDArray[np.float64]
"""frames x channels"""


def read_source(source: Source) -> Sound:
    """Return the whole sound of a source at its own rate; empty if it cannot be read."""
    if isinstance(source, SectionSource):
        return _section(source)
    if getattr(source, "offline", True) or not Path(source.path).is_file():
        return np.zeros((0, 1))
    try:
        return np.asarray(soundfile.read(os.fsencode(source.path), always_2d=True)[0])
    except soundfile.LibsndfileError:
        return np.zeros((0, 1))


def _section(source: SectionSource) -> Sound:
    assert source.parent is not None
    whole = read_source(source.parent)
    rate = source.root.rate or 48000
    first = round(source.offset * rate)
    count = round(source.section_length * rate) if source.section_length else len(whole)
    part = whole[first : first + count]
    return part[::-1] if source.reverse else part


def read_take(take: Take, start: float, frames: int, rate: int) -> Sound:
    """Return sound of a take before its effects: its channel mode is in it, its volume and pan are not.

    Args:
        take: The take.
        start: Seconds in the item.
        frames: How many to return, at `rate`.
        rate: Samples per second wanted; another rate than the source's is met by the nearest sample.
    """
    if take.source is None or take.source.kind == "MIDI":
        return np.zeros((frames, 1))
    sound = read_source(take.source)
    own_rate = take.source.root.rate or 48000
    places = np.round(_source_seconds(take, start + np.arange(frames) / rate) * own_rate).astype(np.int64)
    count = len(sound)
    if not count:
        return np.zeros((frames, sound.shape[1]))
    if take.item.values["B_LOOPSRC"]:
        picked = sound[places % count]
    else:
        inside = (places >= 0) & (places < count)
        picked = np.where(inside[:, None], sound[np.clip(places, 0, count - 1)], 0.0)
    return channel_mode(picked, int(take.values["I_CHANMODE"]))


def _source_seconds(take: Take, seconds: Sound) -> Sound:
    """Return which seconds of the source play at seconds of the item."""
    offset, rate = take.values["D_STARTOFFS"], take.values["D_PLAYRATE"]
    moved = seconds * rate
    if len(take.stretch_markers) >= 2:
        places, sources = (np.array(each) for each in zip(*sorted(take.stretch_markers), strict=True))
        moved = np.interp(moved, places, sources)
    return np.asarray(moved + offset)


def channel_mode(sound: Sound, mode: int) -> Sound:
    """Return the sound by a take's channel mode: 0 normal, 1 reversed, 2 mixed, 3 left, 4 right."""
    if mode == 1 and sound.shape[1] > 1:
        return sound[:, [1, 0, *range(2, sound.shape[1])]]
    if mode == 2:
        return sound[:, :2].mean(axis=1, keepdims=True)
    if mode >= 3:
        wanted = min(mode - 3, sound.shape[1] - 1)
        return sound[:, wanted : wanted + 1]
    return sound


def render_take(take: Take, rate: int, volume: bool) -> Sound:
    """Return what "render items to new take" writes: all of the item with the take's effects and envelopes.

    The item's own fades and volume are not in it; the take's volume is if `volume` (documents do not say).
    """
    sound = read_take(take, 0.0, round(take.item.length * rate), rate)
    for effect in take.effects:
        if effect.enabled and not effect.offline:
            sound = sound * effect.gain
    for envelope in take.envelopes:
        if envelope.name == "Volume" and envelope.strings["ACTIVE"] == "1" and envelope.points:
            times, values = zip(*sorted(envelope.points), strict=True)
            sound = sound * np.interp(np.arange(len(sound)) / rate, times, values)[:, None]
    return sound * take.values["D_VOL"] if volume else sound

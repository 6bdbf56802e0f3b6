"""From what the backend sent to the original's shape, place and level, as float32."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from takevoice.audio.align import Placement, place
from takevoice.audio.analysis import MOMENT, Analysis, analyse
from takevoice.audio.buses import BusMixer, Part
from takevoice.audio.envelopes import inside, outside
from takevoice.audio.loudness import Loudness, Meter
from takevoice.audio.phrases import phrases
from takevoice.audio.segment_files import received, write_segment
from takevoice.audio.segmentation import Segment, Segmentation
from takevoice.audio.takes import BLOCK, Samples, blocks, native
from takevoice.jobs import Take

CORRECTED = 3.0  # ms: a smaller offset is left
MIN_CORRELATION = 0.4  # correlation below which the answer is not this take's
EDGE = 0.001  # seconds over which the voice ends at digital silence
ROOM_FADE = 0.03  # seconds between the voice and the room
MOST_GAIN = 24.0  # dB


@dataclass(frozen=True)
class LevelSettings:
    """How the voice is fitted in: `level` is "off", "match" or a loudness in LUFS; `true_peak` in dBTP."""

    level: str | float = "match"
    true_peak: float = -1.0
    room_tone: bool = False


@dataclass(frozen=True)
class Restored:
    """The result; where it lay before it was put right (None: nobody can tell); the gain that brought its level, in dB."""

    take: Take
    placement: Placement | None
    gain: float


def restore(
    take: Take, layout: Segmentation, answers: Mapping[Segment, tuple[Path, str]], finish: LevelSettings, folder: Path
) -> Restored:
    """A float32 file in `folder` with the frames, the rate and the channels of `take`.

    `answers` are the files, and their formats, that came back for the pieces of the layout.

    Raises:
        BadResult: an answer is not this take's audio.
    """
    parts, placements = [], []
    for piece in layout.pieces:
        audio = received(*answers[piece], piece, take.sample_rate, folder / f"came.{piece.name}.w64")
        sent = write_segment(take, layout, piece, folder)
        found = place(sent.path, audio.path)
        sent.path.unlink()
        parts.append(Part(piece, audio, _late(found, take.sample_rate)))
        placements.append((piece.frames, found))
    lanes = BusMixer(layout, parts, take.sample_rate, take.channels)
    gain = _gain(take, lanes, finish)
    restored = _write(take, _fitted(take, lanes, gain, finish), folder / "restored.w64")
    for part in parts:
        part.audio.path.unlink()
    return Restored(restored, _summary(placements), gain)


def _late(found: Placement | None, sample_rate: int) -> int:
    """The frames by which a part is moved to the front."""
    if found is None or not found.sure or found.correlation < MIN_CORRELATION or abs(found.offset) < CORRECTED:
        return 0
    return round(found.offset * sample_rate / 1000)


def _summary(placements: Sequence[tuple[int, Placement | None]]) -> Placement | None:
    """One placement for the whole take: the greatest offset and drift, the mean likeness."""
    known = [(frames, found) for frames, found in placements if found is not None]
    if not known:
        return None
    weights, found = zip(*known, strict=True)
    return Placement(
        offset=max((each.offset for each in found), key=abs),
        drift=max((each.drift for each in found), key=abs),
        correlation=float(np.average([each.correlation for each in found], weights=weights)),
        sure=all(each.sure for each in found),
    )


def _spans(frames: int) -> Iterator[tuple[int, int]]:
    """(start, length) of the blocks of a take."""
    return ((start, min(BLOCK, frames - start)) for start in range(0, frames, BLOCK))


def _gain(take: Take, lanes: BusMixer, finish: LevelSettings) -> float:
    """The gain in dB that brings the voice to its level without passing the ceiling."""
    if finish.level == "off" or not len(lanes.gains):
        return 0.0
    voice = _measured(
        Meter(take.sample_rate, len(lanes.gains), lanes.gains),
        (lanes.lanes(*span) for span in _spans(take.frames)),
    )
    original = _measured(Meter(take.sample_rate, take.channels), blocks(take))
    ceiling = finish.true_peak
    if finish.level == "match":
        wanted = original.lufs
        # What was louder than the ceiling before may be so again, up to full scale.
        ceiling = max(ceiling, min(0.0, original.peak))
    else:
        wanted = float(finish.level)
    if not (math.isfinite(wanted) and math.isfinite(voice.lufs)):
        return min(0.0, ceiling - voice.peak)
    return min(float(np.clip(wanted - voice.lufs, -MOST_GAIN, MOST_GAIN)), ceiling - voice.peak)


def _measured(meter: Meter, audio: Iterator[Samples]) -> Loudness:
    for block in audio:
        meter.feed(block)
    return meter.result()


def _fitted(take: Take, lanes: BusMixer, gain: float, finish: LevelSettings) -> Iterator[Samples]:
    """The result block by block: the voice at its level, the room between the phrases, digital silence where it was."""
    analysis = analyse(take)
    factor = 10 ** (gain / 20)
    speaks = phrases(analysis.levels, MOMENT) * analysis.moment
    edge, fade = round(EDGE * take.sample_rate), round(ROOM_FADE * take.sample_rate)
    for (start, length), original in zip(_spans(take.frames), blocks(take), strict=True):
        block = factor * lanes.read(start, length)
        if finish.room_tone:
            angle = inside(speaks, start, length, fade)[:, None]
            block = np.sin(angle) * block + np.cos(angle) * original
        yield block * _audible(analysis, start, length, edge)


def _audible(analysis: Analysis, start: int, length: int, edge: int) -> Samples:
    """0 where the take was digitally silent, 1 elsewhere; shape (frames, channels)."""
    return np.stack([outside(runs, start, length, edge) for runs in analysis.silences], axis=1)


def _write(take: Take, audio: Iterator[Samples], path: Path) -> Take:
    with soundfile.SoundFile(
        native(path), "w", take.sample_rate, take.channels, "FLOAT", format="W64"
    ) as file:
        for block in audio:
            file.write(block)
    return Take(path, take.frames, take.sample_rate, take.channels, "W64", "FLOAT")

"""From the backend's answers to the shape, position and level of the original, as float32."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from soundfile import SoundFile

from takevoice.audio.analysis import MOMENT, TakeAnalysis, analyse
from takevoice.audio.buses import BusMixer, ReceivedSegment
from takevoice.audio.envelopes import fade_in_curve, mute_curve
from takevoice.audio.loudness import Loudness, Meter
from takevoice.audio.phrases import phrases
from takevoice.audio.placement import MIN_OFFSET, Kind, Placement, ReadMono, place
from takevoice.audio.sample_formats import Samples
from takevoice.audio.segment_files import decode_answer, write_segment
from takevoice.audio.segmentation import Segment, Segmentation
from takevoice.audio.takes import BLOCK, blocks, open_sound
from takevoice.jobs import Take
from takevoice.request import OUTPUT_FORMATS
from takevoice.system.place import remove

MUTE_FADE = 0.001  # seconds over which the voice fades at digital silence
ROOM_FADE = 0.03  # seconds of the crossfade between the voice and the room
MAX_GAIN = 24.0  # dB


@dataclass(frozen=True)
class LevelSettings:
    """The level of a result: `level` is "off", "match" or a loudness in LUFS; `true_peak` is in dBTP.

    With `room_tone`, the original is kept between phrases.
    """

    level: str | float = "match"
    true_peak: float = -1.0
    room_tone: bool = False


@dataclass(frozen=True)
class Restored:
    """A restored take, its placement before it was aligned (None: not measurable), and the applied gain in dB."""

    take: Take
    placement: Placement | None
    gain: float


def restore(
    take: Take,
    segmentation: Segmentation,
    answers: Mapping[Segment, tuple[Path, str]],
    levels: LevelSettings,
    folder: Path,
) -> Restored:
    """Write a float32 file to `folder` with the frames, rate and channels of `take`.

    `answers` has the file and the output format that were received for each segment.

    Raises:
        BadResult: an answer cannot be decoded, or its length differs too much.
    """
    received, placements = [], []
    for segment in segmentation.segments:
        path = folder / f"came.{segment.name}.w64"
        audio = decode_answer(*answers[segment], segment, take.sample_rate, path)
        sent = write_segment(take, segmentation, segment, folder)
        placement = _placement(sent, audio, answers[segment][1])
        remove(sent.path)
        received.append(ReceivedSegment(segment, audio, _delay(placement, take.sample_rate)))
        placements.append((segment.frames, placement))
    buses = BusMixer(segmentation, received, take.sample_rate, take.channels)
    gain = _gain(take, buses, levels)
    restored = _write(take, _mixed(take, buses, gain, levels), folder / "restored.w64")
    for each in received:
        remove(each.audio.path)
    return Restored(restored, _summary(placements), gain)


def _placement(sent: Take, answer: Take, output_format: str) -> Placement | None:
    """Return where an answer lies, both mono at one rate; None if that cannot be measured."""
    known = OUTPUT_FORMATS.get(output_format)
    lossless = known is None or known.codec in ("pcm", "wav")
    kind = Kind.LOSSY if not lossless else Kind.EXACT if sent.frames == answer.frames else Kind.SERVICE
    with open_sound(sent.path) as original, open_sound(answer.path) as converted:
        return place(
            _reader(original), sent.frames, _reader(converted), answer.frames, sent.sample_rate, kind
        )


def _reader(file: SoundFile) -> ReadMono:
    """Return a function that reads a range of a mono file, with silence outside of it."""

    def read(start: int, frames: int) -> npt.NDArray[np.float32]:
        out = np.zeros(frames, np.float32)
        first, last = max(0, start), min(file.frames, start + frames)
        if last > first:
            file.seek(first)
            got = file.read(last - first, dtype="float32", always_2d=True)[:, 0]
            out[first - start : first - start + len(got)] = got
        return out

    return read


def _delay(placement: Placement | None, sample_rate: int) -> int:
    """Return the offset to be corrected, in frames."""
    if placement is None or not placement.sure or abs(placement.offset) < MIN_OFFSET:
        return 0
    return round(placement.offset * sample_rate / 1000)


def _summary(placements: Sequence[tuple[int, Placement | None]]) -> Placement | None:
    """Return one placement for the whole take: the greatest offset and drift, the mean correlation."""
    known = [(frames, found) for frames, found in placements if found is not None]
    if not known:
        return None
    weights, found = zip(*known, strict=True)
    return Placement(
        offset=max((each.offset for each in found), key=abs),
        drift=max((each.drift for each in found), key=abs),
        correlation=float(np.average([each.correlation for each in found], weights=weights)),
        sure=all(each.sure for each in found),
        remark=next((each.remark for each in found if each.remark), ""),
    )


def _spans(frames: int) -> Iterator[tuple[int, int]]:
    """Yield (start, length) of the blocks of a take."""
    return ((start, min(BLOCK, frames - start)) for start in range(0, frames, BLOCK))


def _gain(take: Take, buses: BusMixer, levels: LevelSettings) -> float:
    """Return the gain in dB to the wanted loudness, limited by the true peak."""
    if levels.level == "off" or not len(buses.gains):
        return 0.0
    voice = _measured(
        Meter(take.sample_rate, len(buses.gains), buses.gains),
        (buses.read_buses(*span) for span in _spans(take.frames)),
    )
    original = _measured(Meter(take.sample_rate, take.channels), blocks(take))
    ceiling = levels.true_peak
    if levels.level == "match":
        wanted = original.lufs
        # A take that was above the ceiling may be so again, up to full scale.
        ceiling = max(ceiling, min(0.0, original.peak))
    else:
        wanted = float(levels.level)
    if not (math.isfinite(wanted) and math.isfinite(voice.lufs)):
        return min(0.0, ceiling - voice.peak)
    return min(float(np.clip(wanted - voice.lufs, -MAX_GAIN, MAX_GAIN)), ceiling - voice.peak)


def _measured(meter: Meter, audio: Iterator[Samples]) -> Loudness:
    for block in audio:
        meter.feed(block)
    return meter.result()


def _mixed(take: Take, buses: BusMixer, gain: float, levels: LevelSettings) -> Iterator[Samples]:
    """Yield the result in blocks: the voice at its level, the room between phrases, the take's digital silence."""
    analysis = analyse(take)
    factor = 10 ** (gain / 20)
    speech = phrases(analysis.levels, MOMENT) * analysis.moment
    mute_fade, room_fade = round(MUTE_FADE * take.sample_rate), round(ROOM_FADE * take.sample_rate)
    for (start, length), original in zip(_spans(take.frames), blocks(take), strict=True):
        block = factor * buses.read_channels(start, length)
        if levels.room_tone:
            angle = fade_in_curve(speech, start, length, room_fade)[:, None]
            block = np.sin(angle) * block + np.cos(angle) * original
        yield block * _mute(analysis, start, length, mute_fade)


def _mute(analysis: TakeAnalysis, start: int, length: int, fade: int) -> Samples:
    """Return 0 where the take has digital silence, 1 elsewhere; shape (frames, channels)."""
    return np.stack([mute_curve(runs, start, length, fade) for runs in analysis.silences], axis=1)


def _write(take: Take, audio: Iterator[Samples], path: Path) -> Take:
    with open_sound(path, "w", take.sample_rate, take.channels, "FLOAT", format="W64") as file:
        for block in audio:
            file.write(block)
    return Take(path, take.frames, take.sample_rate, take.channels, "W64", "FLOAT")

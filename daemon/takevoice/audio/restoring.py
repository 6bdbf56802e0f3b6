"""From the backend's answers to the shape, position and level of the original."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np

from takevoice.audio.analysis import MOMENT
from takevoice.audio.buses import BusMixer, Channels, ReceivedSegment
from takevoice.audio.envelopes import fade_in_curve, lay_over, mute
from takevoice.audio.holes import find_holes
from takevoice.audio.level import BusGains, LevelSettings, Target, bus_gains
from takevoice.audio.loudness import ChannelLevels, Meter
from takevoice.audio.opening import BLOCK
from takevoice.audio.phrases import phrases
from takevoice.audio.placement import MIN_OFFSET, Kind, Placement, place
from takevoice.audio.reading import Read, TakeReading
from takevoice.audio.sample_formats import Audio, Samples, pcm_bits
from takevoice.audio.segment_files import decode_answer, open_segment
from takevoice.audio.segmentation import Segment, Segmentation
from takevoice.audio.tone_keeping import FADE, kept_tones, levels_without, runs_by_channel
from takevoice.request import OUTPUT_FORMATS

MUTE_FADE = 0.001  # seconds over which the voice fades at digital silence
ROOM_FADE = 0.03  # seconds of the crossfade between the voice and the room

Answers = Mapping[Segment, tuple[Path, str]]
"""The file and the output format that were received for each segment."""


class Restored(AbstractContextManager["Restored"]):
    """A restored take; its audio is made block by block. Close it when it is written."""

    def __init__(
        self, reading: TakeReading, segmentation: Segmentation, answers: Answers, levels: LevelSettings, folder: Path
    ) -> None:
        """Decode, place and measure the answers; `folder` is for those that are too long to be kept in memory.

        Raises:
            BadResult: an answer cannot be decoded, or its length differs too much.
            AudioError: the take can no longer be read.
        """
        self.take = reading.take
        self._reading, self._levels = reading, levels
        self._closing = ExitStack()
        with ExitStack() as opened:
            placed = [
                self._placed(opened, segmentation, segment, *answers[segment], folder / f"came.{segment.name}.f32")
                for segment in segmentation.segments
            ]
            received = [each for each, _ in placed]
            self._mixer = BusMixer(segmentation, received, self.take.sample_rate, self.take.channels)
            self._groups = _groups(segmentation, self.take.channels)
            self.placement = _summary([(each.segment.frames, found) for each, found in placed])
            """Where the answer was, before it was placed; None: not measurable."""
            self._read: Read | None = None
            self._kept = list(segmentation.kept)
            self._tones = kept_tones(reading.analysis, levels.keep_tones, self.take.sample_rate)
            self._tone_runs = runs_by_channel(
                self._tones, self.take.channels, self.take.frames, self.take.sample_rate
            )
            if levels.room_tone or self._kept or self._tones:
                self._read = opened.enter_context(reading.open())
            self.level, self.holes = self._compared()
            """The gain of each bus, and what is missing. Where the answer is silent although the take is not, (start, end) in seconds."""
            self._closing = opened.pop_all()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free the answers' audio."""
        self._closing.close()

    @property
    def bits(self) -> int | None:
        """The bits that integers in the result use; None: as many as the format has."""
        return self._reading.analysis.bits

    def blocks(self) -> Iterator[Channels]:
        """Yield the audio in blocks of float32, (frames, channels), full scale at 1.0."""
        return self._blocks(10 ** (np.array(self.level.gains) / 20))

    def _placed(
        self,
        opened: ExitStack,
        segmentation: Segmentation,
        segment: Segment,
        encoded: Path,
        output_format: str,
        scratch: Path,
    ) -> tuple[ReceivedSegment, Placement | None]:
        rate = self.take.sample_rate
        tape = decode_answer(encoded, output_format, segment, rate, scratch)
        opened.callback(tape.close)
        with open_segment(self._reading, segmentation, segment) as sent:
            kind = _kind(output_format, segment.frames == tape.frames)
            placement = place(sent, segment.frames, tape.read, tape.frames, rate, kind)
        return ReceivedSegment(segment, tape, _delay(placement, rate)), placement

    def _compared(self) -> tuple[BusGains, list[tuple[float, float]]]:
        original, measure = self._original_levels(), self._measure()
        integers = pcm_bits(self.take.subtype) is not None
        floats = self.take.subtype in ("FLOAT", "DOUBLE")
        target = Target(original, self._groups, holds_over=not integers, has_headroom=floats)
        level = bus_gains(self._levels, target, measure)
        if not level.gains:
            return level, []
        return level, find_holes(original, measure(10 ** (np.array(level.gains) / 20)), self._groups)

    def _measure(self) -> Callable[[Samples], ChannelLevels]:
        """Return what measures the result; where nothing of the original counts, one look is enough."""
        if self._levels.room_tone or self._kept or not _is_simple(self._groups):
            return self._measured
        once = self._measured(np.ones(len(self._groups)))

        def amplified(factors: Samples) -> ChannelLevels:
            by_channel = np.ones(self.take.channels)
            for group, factor in zip(self._groups, factors, strict=True):
                by_channel[list(group)] = factor
            return once.amplified(by_channel)

        return amplified

    def _measured(self, factors: Samples) -> ChannelLevels:
        meter = Meter(self.take.sample_rate, self.take.channels, self._reading.weights)
        for start, block in self._converted(factors):
            self._mute_tones(block, start)
            meter.feed(block)
        return meter.result()

    def _original_levels(self) -> ChannelLevels:
        """Return the levels of the take without the tones that are kept, which have nothing to do with the voice's."""
        if self._read is None or not self._tones:
            return self._reading.analysis.loudness
        meter = Meter(self.take.sample_rate, self.take.channels, self._reading.weights)
        for start in range(0, self.take.frames, BLOCK):
            block = self._read(start, min(BLOCK, self.take.frames - start)).copy()
            self._mute_tones(block, start)
            meter.feed(block)
        return meter.result()

    def _mute_tones(self, block: Audio, start: int) -> None:
        fade = round(FADE * self.take.sample_rate)
        for channel, runs in enumerate(self._tone_runs):
            mute(block[:, channel], runs, start, fade)

    def _blocks(self, factors: Samples) -> Iterator[Channels]:
        """Yield the result: what was converted, and the tones that are kept."""
        fade = round(FADE * self.take.sample_rate)
        for start, block in self._converted(factors):
            if self._tones and self._read is not None:
                original = self._read(start, len(block))
                block = block.astype(original.dtype, copy=False)
                for channel, runs in enumerate(self._tone_runs):
                    lay_over(block[:, channel], original[:, channel], runs, start, fade)
            yield block

    def _converted(self, factors: Samples) -> Iterator[tuple[int, Channels]]:
        """Yield each block's first frame, and the voice at its level, the room between phrases, the take's silence."""
        analysis, rate = self._reading.analysis, self.take.sample_rate
        speech = None
        if self._levels.room_tone:
            speech = phrases(levels_without(analysis, self._tones), MOMENT) * analysis.moment
        mute_fade, room_fade = round(MUTE_FADE * rate), round(ROOM_FADE * rate)
        for start in range(0, self.take.frames, BLOCK):
            length = min(BLOCK, self.take.frames - start)
            block = self._mixer.read(start, length, factors)
            needed = self._read if speech is not None or self._kept else None
            original = needed(start, length) if needed is not None else block
            if speech is not None:
                angle = fade_in_curve(speech, start, length, room_fade)[:, None].astype(np.float32)
                block = np.sin(angle) * block + np.cos(angle) * original
            for channel, runs in enumerate(analysis.silences):
                mute(block[:, channel], runs, start, mute_fade)
            if self._kept:
                block = block.astype(original.dtype, copy=False)
                block[:, self._kept] = original[:, self._kept]
            yield start, block


def restore(
    reading: TakeReading, segmentation: Segmentation, answers: Answers, levels: LevelSettings, folder: Path
) -> Restored:
    """Return the answers in the shape, position and level of the take; see `Restored`."""
    return Restored(reading, segmentation, answers, levels, folder)


def _groups(segmentation: Segmentation, channels: int) -> list[list[int]]:
    """Return for each bus the channels by which it is measured: those that no other bus goes to, where there are any."""
    used = np.array([bus.gains for bus in segmentation.buses]).reshape(-1, channels) != 0
    alone = used & (used.sum(axis=0) == 1)
    return [np.flatnonzero(own if own.any() else all_).tolist() for own, all_ in zip(alone, used, strict=True)]


def _is_simple(groups: Sequence[Sequence[int]]) -> bool:
    """Return True if no channel belongs to two buses."""
    channels = [channel for group in groups for channel in group]
    return len(channels) == len(set(channels))


def _kind(output_format: str, same_length: bool) -> Kind:
    """Return what may have moved an answer: a codec, the service, or next to nothing."""
    known = OUTPUT_FORMATS.get(output_format)
    if known is not None and known.codec not in ("pcm", "wav"):
        return Kind.LOSSY
    return Kind.EXACT if same_length else Kind.SERVICE


def _delay(placement: Placement | None, sample_rate: int) -> int:
    """Return the offset to be corrected, in frames."""
    if placement is None or not placement.sure or abs(placement.offset) < MIN_OFFSET:
        return 0
    return round(placement.offset * sample_rate / 1000)


def _summary(placements: Sequence[tuple[int, Placement | None]]) -> Placement | None:
    """Return one placement for the whole take: the greatest offset and drift, the mean correlation and need."""
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
        needed=float(np.average([each.needed for each in found], weights=weights)),
    )

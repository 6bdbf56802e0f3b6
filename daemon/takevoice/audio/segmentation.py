"""Which audio is sent to the backend: buses, cut into segments at the backend's limit and at long silence. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from takevoice.audio.analysis import MOMENT, TakeAnalysis, shared_silences
from takevoice.audio.channel_check import Claim, failing
from takevoice.audio.channels import ChannelPlan, Group, Refuted, gain_of, plan_channels
from takevoice.audio.containers import track_names
from takevoice.audio.reading import TakeReading
from takevoice.audio.relations import Relations
from takevoice.audio.tone_keeping import Keep, is_nothing_else, kept_tones
from takevoice.errors import AudioError
from takevoice.jobs import Take

CANCELLED = 0.05  # share of the loudest channel's energy below which channels have cancelled each other out
LONG_SILENCE = 2.0  # seconds of zeros that are not sent
CONTEXT = 0.25  # seconds of silence that are sent around the rest
FADE = 0.01  # seconds of the crossfade between two segments
LOOK_BACK = 15.0  # seconds before a limit that are searched for the quietest place
QUIET = 0.3  # seconds: the length of that place
ALIKE = 1e-4  # share of their energy in which channels may differ to count as copies of each other
Silences = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Bus:
    """A mix that is converted. `weights` mix it from the channels, `gains` return it to each; both have a value per channel.

    `delays` are the frames by which each channel is later than the mix; empty if none is.
    """

    weights: tuple[float, ...]
    gains: tuple[float, ...]
    delays: tuple[int, ...] = ()


@dataclass(frozen=True)
class Segment:
    """A range of a bus that is sent in one request: `bus` is its index, `start` and `frames` are at the take's rate."""

    bus: int
    start: int
    frames: int

    @property
    def name(self) -> str:
        """The part of file names that identifies it."""
        return f"{self.bus}-{self.start}-{self.frames}"

    @property
    def end(self) -> int:
        """The first frame after it."""
        return self.start + self.frames


@dataclass(frozen=True)
class Segmentation:
    """Everything that is sent for a take; without segments if there is nothing to convert."""

    buses: tuple[Bus, ...]
    segments: tuple[Segment, ...]
    kept: tuple[int, ...] = ()  # the channels that stay as they are, from 0
    found: str = field(default="", compare=False)  # what was found in the channels, in words; not stored

    @property
    def frames(self) -> int:
        """How much is sent, all segments of all buses together."""
        return sum(segment.frames for segment in self.segments)

    def as_json(self) -> dict[str, Any]:
        """Return plain values, with keys that all versions can read."""
        return {
            "lanes": [
                {
                    "weights": bus.weights,
                    "gains": bus.gains,
                    **({"delays": bus.delays} if bus.delays else {}),
                }
                for bus in self.buses
            ],
            "pieces": [
                {"lane": segment.bus, "start": segment.start, "frames": segment.frames}
                for segment in self.segments
            ],
            **({"kept": self.kept} if self.kept else {}),
        }

    @staticmethod
    def of_json(data: Mapping[str, Any]) -> Segmentation:
        """Return the segmentation from the values that `as_json` returns; raise KeyError or TypeError."""
        buses = tuple(
            Bus(tuple(bus["weights"]), tuple(bus["gains"]), tuple(bus.get("delays", ())))
            for bus in data["lanes"]
        )
        segments = tuple(Segment(each["lane"], each["start"], each["frames"]) for each in data["pieces"])
        return Segmentation(buses, segments, tuple(data.get("kept", ())))


Channels = str | int | tuple[int | str, ...]
"""A value of the setting `channels`."""


def segment_take(
    reading: TakeReading, channels: Channels, max_seconds: float | None, keep_tones: Keep = False
) -> Segmentation:
    """Decide what is sent for a take; with "auto", a take with several channels may be read once more.

    `channels` is "auto", "mix", "each", the number of a channel from 1, or a tuple of numbers and of names of tracks; no
    segment is longer than `max_seconds`. Nothing is sent of a take of nothing but tones that are kept.

    Raises:
        AudioError: the take has no such channel, or the limit is too short.
    """
    take, analysis = reading.take, reading.analysis
    if is_nothing_else(analysis, kept_tones(analysis, keep_tones, take.sample_rate)):
        return Segmentation((), (), found="nothing but tones, which are kept")
    kept: tuple[int, ...] = ()
    found = ""
    if channels == "auto" and take.channels > 1:
        buses, silences, kept, found = _auto(reading)
    elif isinstance(channels, tuple) or _is_name(channels):
        buses, silences, kept = _chosen(take, analysis, channels if isinstance(channels, tuple) else (channels,))
    else:
        buses, silences = _buses(take, analysis, channels)
    segments = [
        Segment(number, first, last - first)
        for number, silence in enumerate(silences)
        for start, end in _sounding(silence, take)
        for first, last in _cut(start, end, analysis, take.sample_rate, max_seconds)
    ]
    return Segmentation(tuple(buses), tuple(segments), kept, found)


def _is_name(channels: str | int) -> bool:
    return isinstance(channels, str) and channels not in ("auto", "mix", "each") and not channels.isdecimal()


def _chosen(
    take: Take, analysis: TakeAnalysis, channels: Sequence[int | str]
) -> tuple[list[Bus], list[Silences], tuple[int, ...]]:
    """Return a bus for each of the channels, their silences, and the other channels, which are kept."""
    names = track_names(take.path) if any(map(_is_name, channels)) else {}
    chosen = [_number_of(take, channel, names) - 1 for channel in channels]
    sounding = [channel for channel in dict.fromkeys(chosen) if analysis.covariance[channel, channel] > 0]
    buses = [Bus(tuple(row), tuple(row)) for row in np.eye(take.channels)[sounding].tolist()]
    kept = tuple(channel for channel in range(take.channels) if channel not in sounding)
    return buses, [analysis.silences[channel] for channel in sounding], kept


def _number_of(take: Take, channel: int | str, names: Mapping[int, str]) -> int:
    """Return the number of a channel, from 1, that is given by its number or by its track's name."""
    if isinstance(channel, int):
        found = [channel]
    else:
        found = [number for number, name in names.items() if name.casefold() == channel.casefold()]
    if len(found) == 1 and 1 <= found[0] <= take.channels:
        return found[0]
    there = ", ".join(f"{number} ({names[number]})" if number in names else str(number) for number in range(1, take.channels + 1))
    raise AudioError(
        f"has no channel {channel!r}" if len(found) != 1 or isinstance(channel, int) else f"has several channels {channel!r}",
        where=str(take.path),
        hint=f"set `channels` to one or more of its channels: {there}",
    )


def _buses(take: Take, analysis: TakeAnalysis, channels: str | int) -> tuple[list[Bus], list[Silences]]:
    """Return the buses, and the silences of each."""
    if channels == "each":
        return _each(take, analysis)
    if channels in ("mix", "auto"):
        weights = _mix(analysis.covariance)
        return [_bus(weights, analysis.covariance)], [shared_silences(analysis.silences, take.frames)]
    if not 1 <= int(channels) <= take.channels:
        raise AudioError(
            f"has {take.channels} channels, so the setting channels = {channels} selects none of them",
            where=str(take.path),
            hint='set the number of one of its channels, "mix" or "each"',
        )
    chosen = int(channels) - 1
    weights = np.eye(take.channels)[chosen]
    return [_bus(weights, analysis.covariance)], [analysis.silences[chosen]]


def _auto(reading: TakeReading) -> tuple[list[Bus], list[Silences], tuple[int, ...], str]:
    """Return the buses for what the channels are to each other, their silences, the kept channels, and what was found."""
    take, analysis, relations = reading.take, reading.analysis, reading.analysis.relations
    plan = _checked_plan(reading)
    buses, silences = [], []
    for number, group in enumerate(plan.groups):
        bus = _group_bus(group, relations)
        gains = np.array(bus.gains)
        for channel, mix in plan.mixes:
            if number < len(mix):
                gains[channel] = mix[number]
        buses.append(Bus(bus.weights, tuple(gains.tolist()), bus.delays))
        sent = [analysis.silences[c] for c in np.flatnonzero(bus.weights)]
        silences.append(shared_silences(sent, take.frames))
    return buses, silences, plan.kept, plan.sentence()


def _checked_plan(reading: TakeReading) -> ChannelPlan:
    """Return a plan whose every claim holds all through the take."""
    take, relations = reading.take, reading.analysis.relations
    refuted: Refuted = frozenset()
    held: set[Claim] = set()
    while True:
        plan = plan_channels(relations, refuted)
        unchecked = [claim for claim in plan.claims if claim not in held]
        if not unchecked:
            return plan
        with reading.open() as read:
            wrong = failing(unchecked, read, take.frames, take.sample_rate)
        if wrong <= refuted:
            return plan
        refuted |= wrong
        held |= {claim for claim in unchecked if claim.key not in wrong}


def _group_bus(group: Group, relations: Relations) -> Bus:
    """Return the bus of channels that share a conversion; each comes back with its level, polarity and delay."""
    count = len(relations.covariance)
    members = list(group.members)
    weights, gains = np.eye(count)[group.first], np.zeros(count)
    delays = np.zeros(count, np.int64)
    for channel in members:
        gains[channel] = 1.0 if channel == group.first else gain_of(relations, group.first, channel)
        delays[channel] = relations.lag[group.first, channel]
    late = tuple(delays.tolist()) if delays.any() else ()
    return Bus(tuple(weights.tolist()), tuple(gains.tolist()), late)


def _mix(covariance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the weights of the mean of all channels, or of the loudest channel if they cancel each other out."""
    energy = np.diag(covariance)
    weights = np.full(len(energy), 1 / len(energy))
    if weights @ covariance @ weights < CANCELLED * energy.max():
        weights = np.eye(len(energy))[energy.argmax()]
    return weights


def _bus(weights: npt.NDArray[np.float64], covariance: npt.NDArray[np.float64]) -> Bus:
    """Return a bus with gains that preserve the energy and polarity of each channel."""
    mixed = float(weights @ covariance @ weights)
    if mixed <= 0:
        return Bus(tuple(weights.tolist()), (1.0,) * len(weights))
    polarity = np.where(covariance @ weights < 0, -1.0, 1.0)
    gains = polarity * np.sqrt(np.diag(covariance) / mixed)
    return Bus(tuple(weights.tolist()), tuple(gains.tolist()))


def _each(take: Take, analysis: TakeAnalysis) -> tuple[list[Bus], list[Silences]]:
    """Return a bus for each channel; channels that differ only in gain or polarity share one."""
    covariance, energy = analysis.covariance, np.diag(analysis.covariance)
    buses: list[Bus] = []
    silences: list[Silences] = []
    left = [channel for channel in range(take.channels) if energy[channel] > 0]
    while left:
        first, *others = left
        alike = [
            c
            for c in others
            if energy[first] * energy[c] - covariance[first, c] ** 2 < ALIKE * energy[first] * energy[c]
        ]
        gains = np.zeros(take.channels)
        for channel in (first, *alike):
            gains[channel] = math.copysign(
                math.sqrt(energy[channel] / energy[first]), covariance[first, channel]
            )
        buses.append(Bus(tuple(np.eye(take.channels)[first].tolist()), tuple(gains.tolist())))
        silences.append(analysis.silences[first])
        left = [channel for channel in others if channel not in alike]
    return buses, silences


def _sounding(silences: Silences, take: Take) -> list[tuple[int, int]]:
    """Return (start, end) of the ranges between long silences, extended by a little silence."""
    context = round(CONTEXT * take.sample_rate)
    long = [run for run in silences.tolist() if run[1] - run[0] >= LONG_SILENCE * take.sample_rate]
    found, start = [], 0
    for silent_from, silent_to in long:
        if silent_from > start:
            found.append((max(0, start - context), min(take.frames, silent_from + context)))
        start = silent_to
    if start < take.frames and not (len(long) == 0 and _all_silent(silences, take)):
        found.append((max(0, start - context), take.frames))
    return found


def _all_silent(silences: Silences, take: Take) -> bool:
    return len(silences) == 1 and bool(silences[0, 0] == 0 and silences[0, 1] == take.frames)


def _cut(
    start: int, end: int, analysis: TakeAnalysis, sample_rate: int, max_seconds: float | None
) -> list[tuple[int, int]]:
    """Cut a range at its quietest places into (start, end) within the limit; neighbours overlap by a fade."""
    if max_seconds is None or end - start <= max_seconds * sample_rate:
        return [(start, end)]
    fade = round(FADE * sample_rate)
    limit = int(max_seconds * sample_rate) - fade
    if limit < 4 * fade:
        raise AudioError("cannot be cut into segments: the backend's limit is too short")
    found = []
    look_back = int(min(LOOK_BACK * sample_rate, limit / 2))
    while (left := end - start) > limit:
        latest = start + limit
        earliest = latest - look_back
        if left <= 2 * limit:
            # The last two segments share the rest, so that neither is tiny.
            latest = min(latest, start + (left + look_back) // 2)
            earliest = max(latest - look_back, end - limit)
        cut = _quietest(earliest, latest, analysis)
        found.append((start, cut + fade))
        start = cut
    return [*found, (start, end)]


def _quietest(after: int, before: int, analysis: TakeAnalysis) -> int:
    """Return the middle of the quietest 300 ms between two frames; the last one if several are equal."""
    first, last = -(-after // analysis.moment), before // analysis.moment
    levels = analysis.levels[first:last].astype(np.float64)
    width = max(1, min(round(QUIET / MOMENT), len(levels)))
    if not len(levels):
        return before
    sums = np.convolve(levels, np.ones(width), "valid")
    best = len(sums) - 1 - int(np.argmin(sums[::-1]))
    return min(before, (first + best) * analysis.moment + width * analysis.moment // 2)

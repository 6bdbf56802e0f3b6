"""Which audio is sent to the backend: mixes of channels, cut where a backend's limit or a long silence asks for it. Pure."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from takevoice.audio.analysis import Analysis, common
from takevoice.errors import AudioError
from takevoice.jobs import Take

CANCELLED = 0.05  # a mix with less than this share of the loudest channel's energy has cancelled itself out
LONG_SILENCE = 2.0  # seconds of zeros that are not sent
CONTEXT = 0.25  # seconds of silence that stay around what is sent
FADE = 0.01  # seconds in which one piece goes over into the next
LOOK_BACK = 15.0  # seconds before a limit in which the quietest place is looked for
QUIET = 0.3  # seconds that are compared to find it
ALIKE = 1e-4  # of their energy: channels that differ less are the same, maybe turned over


@dataclass(frozen=True)
class Bus:
    """One mix that is converted: `weights` make it of the channels, `gains` bring it back to each. Both (channels,)."""

    weights: tuple[float, ...]
    gains: tuple[float, ...]


@dataclass(frozen=True)
class Segment:
    """A stretch of a lane that is one request: `start` and `frames` at the take's rate."""

    lane: int
    start: int
    frames: int

    @property
    def name(self) -> str:
        """Names its files."""
        return f"{self.lane}-{self.start}-{self.frames}"

    @property
    def end(self) -> int:
        """The first frame behind it."""
        return self.start + self.frames


@dataclass(frozen=True)
class Segmentation:
    """Everything that is sent for a take. No pieces: there is nothing but silence."""

    lanes: tuple[Bus, ...]
    pieces: tuple[Segment, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @staticmethod
    def of_json(data: dict[str, Any]) -> Segmentation:
        """The other way."""
        lanes = tuple(Bus(tuple(lane["weights"]), tuple(lane["gains"])) for lane in data["lanes"])
        return Segmentation(lanes, tuple(Segment(**piece) for piece in data["pieces"]))


def segment_take(take: Take, analysis: Analysis, channels: str | int, max_seconds: float | None) -> Segmentation:
    """What to send: by the policy for `channels` ("mix", "each", or a channel's number from 1), in pieces of at most
    `max_seconds`.

    Raises:
        AudioError: the take has no channel of that number.
    """
    lanes, silences = _lanes(take, analysis, channels)
    pieces = []
    for number, silence in enumerate(silences):
        for start, end in _sounding(silence, take):
            pieces += [
                Segment(number, a, b - a) for a, b in _cut(start, end, analysis, take.sample_rate, max_seconds)
            ]
    return Segmentation(tuple(lanes), tuple(pieces))


def _lanes(
    take: Take, analysis: Analysis, channels: str | int
) -> tuple[list[Bus], list[npt.NDArray[np.int64]]]:
    """The lanes, and where each is silent."""
    if channels == "each":
        return _each(take, analysis)
    if channels == "mix":
        weights = _mix(analysis.covariance)
        return [_lane(weights, analysis.covariance)], [common(analysis.silences, take.frames)]
    if not 1 <= int(channels) <= take.channels:
        raise AudioError(
            f"has {take.channels} channels, and the setting channels = {channels} asks for another",
            where=str(take.path),
            hint='set a channel that is there, "mix" or "each"',
        )
    chosen = int(channels) - 1
    weights = np.eye(take.channels)[chosen]
    return [_lane(weights, analysis.covariance)], [analysis.silences[chosen]]


def _mix(covariance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The mean of the channels, or the loudest one where they cancel out."""
    energy = np.diag(covariance)
    weights = np.full(len(energy), 1 / len(energy))
    if weights @ covariance @ weights < CANCELLED * energy.max():
        weights = np.eye(len(energy))[energy.argmax()]
    return weights


def _lane(weights: npt.NDArray[np.float64], covariance: npt.NDArray[np.float64]) -> Bus:
    """Gains that keep each channel's energy and polarity."""
    mixed = float(weights @ covariance @ weights)
    if mixed <= 0:
        return Bus(tuple(weights.tolist()), (1.0,) * len(weights))
    polarity = np.where(covariance @ weights < 0, -1.0, 1.0)
    gains = polarity * np.sqrt(np.diag(covariance) / mixed)
    return Bus(tuple(weights.tolist()), tuple(gains.tolist()))


def _each(take: Take, analysis: Analysis) -> tuple[list[Bus], list[npt.NDArray[np.int64]]]:
    """A lane for each channel; one that only repeats another, louder, softer or turned over, shares its lane."""
    covariance, energy = analysis.covariance, np.diag(analysis.covariance)
    lanes: list[Bus] = []
    silences: list[npt.NDArray[np.int64]] = []
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
        lanes.append(Bus(tuple(np.eye(take.channels)[first].tolist()), tuple(gains.tolist())))
        silences.append(analysis.silences[first])
        left = [channel for channel in others if channel not in alike]
    return lanes, silences


def _sounding(silences: npt.NDArray[np.int64], take: Take) -> list[tuple[int, int]]:
    """The stretches between long silences, with a little of the silence around them."""
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


def _all_silent(silences: npt.NDArray[np.int64], take: Take) -> bool:
    return len(silences) == 1 and bool(silences[0, 0] == 0 and silences[0, 1] == take.frames)


def _cut(
    start: int, end: int, analysis: Analysis, sample_rate: int, max_seconds: float | None
) -> list[tuple[int, int]]:
    """The stretch in pieces that a backend takes, each cut at the quietest place; neighbours overlap by a fade."""
    if max_seconds is None or end - start <= max_seconds * sample_rate:
        return [(start, end)]
    fade = round(FADE * sample_rate)
    limit = int(max_seconds * sample_rate) - fade
    if limit < 4 * fade:
        raise AudioError("the backend's limit is too short to cut the take to it")
    found = []
    look_back = int(min(LOOK_BACK * sample_rate, limit / 2))
    while (left := end - start) > limit:
        latest = start + limit
        earliest = latest - look_back
        if left <= 2 * limit:
            # The last two share what is left, so that none is tiny.
            latest = min(latest, start + (left + look_back) // 2)
            earliest = max(latest - look_back, end - limit)
        cut = _quietest(earliest, latest, analysis)
        found.append((start, cut + fade))
        start = cut
    return [*found, (start, end)]


def _quietest(after: int, before: int, analysis: Analysis) -> int:
    """The middle of the quietest 300 ms between two frames; of equal ones the last."""
    first, last = -(-after // analysis.moment), before // analysis.moment
    levels = analysis.levels[first:last].astype(np.float64)
    width = max(1, min(round(QUIET / 0.01), len(levels)))
    if not len(levels):
        return before
    sums = np.convolve(levels, np.ones(width), "valid")
    best = len(sums) - 1 - int(np.argmin(sums[::-1]))
    return min(before, (first + best) * analysis.moment + width * analysis.moment // 2)

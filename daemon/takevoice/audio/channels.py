"""What the channels of a take are to each other, and how each is converted: copies, people, bleed, mixes, noise. Pure.

Band levels tell voices refuted: what one voice does to two microphones follows one pattern of loud and quiet moments in all
bands, whatever the room adds; two people differ in most moments even when they speak at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from takevoice.audio.channel_check import Claim
from takevoice.audio.relations import Levels, Relations
from takevoice.audio.sample_formats import Samples

ALIKE = 1e-4  # share of their energy in which channels may differ to count as copies of each other
DULL = 50.0  # dB below the brightest channel: nothing there but rumble
QUIET = 45.0  # dB below the loudest channel: nothing that is worth a conversion
BLEED = 13.0  # dB by which bleed is at least lower than its source
STEADY = 6.0  # dB between quiet and loud moments: less than that is noise
OWN = 0.35  # share of a channel's energy that another channel does not explain, above which it has a voice of its own
LINEAR = 1e-3  # share of its energy in which a mix may differ from a sum of the channels
FEW = 40  # moments (0.4 s) below which the levels tell too little: the waveforms decide
ALIKE_WAVES = 0.5  # correlation of the waveforms of bleed and its source, at the best delay
COHERENT = 0.8  # correlation of the waveforms of one voice at two microphones close together, at the best delay


@dataclass(frozen=True)
class Group:
    """Channels that share one conversion: `first` is sent."""

    first: int
    members: tuple[int, ...]


@dataclass(frozen=True)
class ChannelPlan:
    """What is done with each channel: converted in a group, kept as it is, or put back as a mix of converted ones."""

    groups: tuple[Group, ...]
    kept: tuple[int, ...] = ()
    mixes: tuple[tuple[int, tuple[float, ...]], ...] = ()  # a channel, and the gain of each group's first channel
    claims: tuple[Claim, ...] = ()  # what this rests on, to be checked moment by moment

    def sentence(self) -> str:
        """Return what was found, in words; empty if the take has nothing special."""
        parts = []
        if len(self.groups) > 1:
            parts.append(f"{len(self.groups)} different voices or sources, each is converted by itself")
        if self.kept and self.groups:
            one = len(self.kept) == 1
            own, left = ("its own", "left as it is") if one else ("their own", "left as they are")
            parts.append(f"{_named(self.kept)} without a voice of {own}: {left}")
        if self.mixes:
            several = len(self.mixes) > 1
            parts.append(
                f"{_named([channel for channel, _ in self.mixes])} {'are mixes' if several else 'is a mix'} of the others, "
                f"and become{'' if several else 's'} the same {'mixes' if several else 'mix'} of the results"
            )
        return "; ".join(parts)


def _named(channels: Sequence[int]) -> str:
    numbers = ", ".join(str(channel + 1) for channel in channels)
    return f"channel{'s' if len(channels) > 1 else ''} {numbers}"


Refuted = frozenset[frozenset[int]]
"""The keys of claims that do not hold (`channel_check.Claim`)."""


def plan_channels(relations: Relations, refuted: Refuted = frozenset()) -> ChannelPlan:
    """Decide from the relations what is done with each channel; what is `refuted` is not taken together."""
    energy = np.diag(relations.covariance)
    if len(energy) == 1:
        return ChannelPlan((Group(0, (0,)),))
    levels = _smooth(relations.levels)
    sounding = _sounding(energy, levels)
    if not energy.max() > 0:
        return ChannelPlan((Group(0, tuple(range(len(energy)))),))
    copies = _copies(relations, sounding, refuted)
    firsts = [group.first for group in copies]
    mixes = [c for c in _mixes(relations.covariance, firsts) if frozenset({c}) not in refuted]
    voices = [c for c in firsts if c not in mixes and _is_lively(levels[:, c])] or firsts
    voices = [c for c in voices if not _is_bleed(c, voices, relations, levels)]
    one_voice = _same_voice(voices, relations, levels, refuted)
    groups = tuple(_joined(group, copies) for group in one_voice)
    converted = [group.first for group in groups]
    put_back = [
        (channel, gains)
        for first in mixes
        for channel, gains in _mix_gains(first, _members(first, copies), converted, relations.covariance)
    ]
    done = {c for group in groups for c in group.members} | {channel for channel, _ in put_back}
    lost = [g for g in copies if g.first in mixes and not done.intersection(g.members)]
    groups += tuple(lost)  # mixes of what is left as it is in part: each by itself
    done |= {c for group in lost for c in group.members}
    claims = (*_claims(copies, one_voice, relations), *(_sum(channel, gains, converted) for channel, gains in put_back))
    return ChannelPlan(groups, tuple(c for c in range(len(energy)) if c not in done), tuple(put_back), claims)


def _claims(copies: Sequence[Group], one_voice: Sequence[Group], relations: Relations) -> list[Claim]:
    found = []
    for group, exact in [*((each, True) for each in copies), *((each, False) for each in one_voice)]:
        for channel in group.members:
            if channel != group.first:
                gain, delay = gain_of(relations, group.first, channel), int(relations.lag[group.first, channel])
                found.append(Claim(channel, ((group.first, gain, delay),), exact))
    return found


def _sum(channel: int, gains: Sequence[float], converted: Sequence[int]) -> Claim:
    return Claim(channel, tuple((c, gain, 0) for c, gain in zip(converted, gains, strict=True) if gain), True, True)


def _sounding(energy: Samples, levels: Levels) -> list[int]:
    """Return the channels that are loud enough, and not by rumble alone (the channel of a subwoofer)."""
    loud = energy > energy.max() * 10 ** (-QUIET / 10)
    if len(levels):
        bright = levels.sum(axis=(0, 2), dtype=np.float64)
        loud &= bright > bright.max() * 10 ** (-DULL / 10)
    return np.flatnonzero(loud).tolist()


def _copies(relations: Relations, channels: Sequence[int], refuted: Refuted) -> list[Group]:
    """Group the copies; the earliest of each group comes first."""
    left, found = list(channels), []
    while left:
        one = left[0]
        members = [
            c
            for c in left
            if c == one
            or 1 - relations.shared[one, c] ** 2 < ALIKE + relations.edges[one] * (relations.lag[one, c] != 0)
        ]
        first = min(members, key=lambda c: (relations.lag[one, c], c))
        members = [c for c in members if c == first or frozenset({first, c}) not in refuted]
        found.append(Group(first, tuple(members)))
        left = [c for c in left if c not in members]
    return found


def _members(first: int, copies: Sequence[Group]) -> tuple[int, ...]:
    return next(group.members for group in copies if group.first == first)


def _joined(group: Group, copies: Sequence[Group]) -> Group:
    """Return the group with the copies of its members."""
    members = [c for first in group.members for c in _members(first, copies)]
    return Group(group.first, tuple(sorted(members)))


def _mixes(covariance: Samples, channels: Sequence[int]) -> list[int]:
    """Return the channels that are sums, with positive gains, of two or more of the others (least squares)."""
    found: list[int] = []
    if len(channels) < 3:
        return found
    for channel in channels:
        sources = [c for c in channels if c != channel and c not in found]
        gains, error = _positive_fit(covariance, channel, sources)
        loud = gains**2 * np.diag(covariance)[sources] > 1e-3 * covariance[channel, channel]
        if error < LINEAR and loud.sum() >= 2:
            found.append(channel)
    return found


def _mix_gains(
    first: int, members: Sequence[int], sources: Sequence[int], covariance: Samples
) -> list[tuple[int, tuple[float, ...]]]:
    """Return each member with its gains; empty if the converted channels explain too little of it."""
    if not sources:
        return []
    gains, error = _positive_fit(covariance, first, sources)
    if error > 0.1:
        return []
    scale = [covariance[first, m] / covariance[first, first] for m in members]
    return [(m, tuple((s * gains).tolist())) for m, s in zip(members, scale, strict=True)]


def _positive_fit(covariance: Samples, channel: int, sources: Sequence[int]) -> tuple[Samples, float]:
    """Return the gains that make a channel from others (Lawson and Hanson 1974), and the share of its energy left over."""
    inner, cross = covariance[np.ix_(sources, sources)], covariance[sources, channel]
    values, vectors = np.linalg.eigh(inner)
    values = np.maximum(values, 1e-12 * values.max(initial=1e-300))
    root = np.sqrt(values)[:, None] * vectors.T
    gains, _ = _nnls(root, (vectors.T @ cross) / np.sqrt(values))
    energy = covariance[channel, channel]
    error = (energy - 2 * gains @ cross + gains @ inner @ gains) / energy
    return gains, float(error)


def _smooth(levels: Levels) -> Levels:
    """Return the mean of each three moments."""
    if len(levels) < 3:
        return levels
    smooth = levels[:-2] + levels[1:-1]
    smooth += levels[2:]
    smooth /= 3
    return smooth


def _is_lively(levels: Levels) -> bool:
    """Return True if the level of the channel, shape (moments, bands), rises and falls in some bands."""
    if len(levels) < 8:
        return True
    quiet, loud = np.percentile(levels, [20, 95], axis=0)
    rise = 10 * np.log10((loud + 1e-20) / (quiet + 1e-20))
    return bool((rise > STEADY).sum() >= 3)


def _is_bleed(channel: int, channels: Sequence[int], relations: Relations, levels: Levels) -> bool:
    """Return True if louder channels explain everything in this one."""
    energy = np.diag(relations.covariance)
    louder = [c for c in channels if energy[c] > energy[channel] * 10 ** (BLEED / 10)]
    if len(levels) < FEW:
        return any(abs(relations.shared[channel, c]) > ALIKE_WAVES for c in louder)
    return bool(louder) and own_share(levels[:, channel], levels[:, louder]) < OWN


def own_share(levels: Levels, others: Levels) -> float:
    """Return the share of a channel's energy that the others' levels do not explain.

    `levels` has the shape (moments, bands), `others` (moments, channels, bands). The others' power, now and a little
    before, is fitted to the channel's in each band (least squares, no negative gain); what exceeds the fit by 6 dB counts.
    """
    above = total = 0.0
    for band in range(levels.shape[1]):  # one by one: the levels of a long take are many
        own, base = levels[:, band].astype(np.float64), others[:, :, band].astype(np.float64)
        own = np.maximum(own - 2 * np.percentile(own, 10), 0)
        base = np.maximum(base - np.percentile(base, 10, axis=0), 0)
        wanted, roots = np.sqrt(own), np.sqrt(np.concatenate((base, _held(base)), axis=1))
        gains, _ = _nnls(roots, wanted, maxiter=100 * roots.shape[1])
        above += float(wanted[own > 4 * (roots @ gains) ** 2].sum())
        total += float(wanted.sum())
    return above / total if total else 0.0


def _held(power: Samples) -> Samples:
    """Return the power of the moments before, as a room holds it: the highest of the last 60 ms."""
    held = power.copy()
    for back in range(1, 6):
        held[back:] = np.maximum(held[back:], power[:-back] * 0.6**back)
    return held


def _same_voice(
    channels: Sequence[int], relations: Relations, levels: Levels, refuted: Refuted
) -> list[Group]:
    """Group channels with one voice: each explains the other."""
    energy = np.diag(relations.covariance)
    left, found = sorted(channels, key=lambda c: -energy[c]), []
    while left:
        first = left[0]
        members = [
            c for c in left if c == first or (frozenset({first, c}) not in refuted and _is_same(first, c, relations, levels))
        ]
        found.append(Group(first, tuple(members)))
        left = [c for c in left if c not in members]
    return sorted(found, key=lambda group: group.first)


def _is_same(one: int, other: int, relations: Relations, levels: Levels) -> bool:
    """Return True if two channels hold one voice."""
    if abs(relations.shared[one, other]) < COHERENT:
        return False
    if len(levels) < FEW:
        return True
    pairs = ((one, other), (other, one))
    return all(own_share(levels[:, a], levels[:, [b]]) < OWN for a, b in pairs)


def gain_of(relations: Relations, first: int, channel: int) -> float:
    """Return the gain that makes `channel` from its copy `first`; exactly 1 or -1 where it is."""
    energy = np.diag(relations.covariance)
    gain = math.copysign(math.sqrt(energy[channel] / energy[first]), relations.shared[first, channel])
    shared, edge = relations.shared[first, channel] ** 2, relations.edges[first]
    if relations.lag[first, channel] and ALIKE < 1 - shared < ALIKE + edge:
        gain /= math.sqrt(shared)  # a delayed copy whose end is cut off
    return math.copysign(1.0, gain) if abs(abs(gain) - 1) < 1e-4 else gain


def _nnls(matrix: Samples, wanted: Samples, maxiter: int | None = None) -> tuple[Samples, float]:
    """Return the non-negative least squares solution, and its residual."""
    from scipy.optimize import nnls  # takes long to load, and few takes need it

    solution, residual = nnls(matrix, wanted, maxiter=maxiter)
    return solution, float(residual)

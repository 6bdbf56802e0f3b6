"""Which `track` pattern fits the names of takes that are there. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from takevoice.settings.track_match import track_from_name

_SEPARATORS = ("_", "-", " ", ".")
_TAKE = r"(?:t|tk|take|take[ _.-]|nr|no|#)?\d{1,5}[a-z]?"
"""What a take's number looks like: 3, 03, T3, take 3, 12b."""
FITTING = 0.6  # the share of the names that a pattern has to fit
LEAST = 2  # names


@dataclass(frozen=True)
class Proposal:
    """A pattern, how many of the names fit, and how many takes each track would have, the most first."""

    pattern: str
    fitting: int
    names: int
    tracks: Mapping[str, int]


def propose(stems: Sequence[str]) -> Proposal | None:
    """Return the pattern that fits most of the names (without extensions), the numbers of takes in mind; None when none does.

    Results, such as "Anna_03.ada" next to "Anna_03", do not count.
    """
    there = set(stems)
    takes = [stem for stem in stems if not any(stem[: dot.start()] in there for dot in re.finditer(r"\.", stem))]
    proposals = [_with(pattern, found, takes) for pattern, found in _patterns(takes)]
    fitting = [each for each in proposals if each.fitting >= max(LEAST, FITTING * each.names)]
    # Of those that fit alike, the one that leaves the fewest tracks.
    return max(fitting, key=lambda each: (each.fitting, -len(each.tracks)), default=None)


def _patterns(stems: Sequence[str]) -> Sequence[tuple[str, Sequence[str]]]:
    """Return patterns, each with the names that have a take's number where it expects one."""
    found = []
    for separator in _SEPARATORS:
        quoted = re.escape(separator)
        for pattern, expression in (
            (f"{{track}}{separator}{{take}}", rf".*[^\W\d].*{quoted}{_TAKE}"),
            (f"{{take}}{separator}{{track}}", rf"{_TAKE}{quoted}.*[^\W\d].*"),
        ):
            fitting = [stem for stem in stems if re.fullmatch(expression, stem, re.IGNORECASE)]
            found.append((pattern, [stem for stem in fitting if track_from_name(stem, pattern) != stem]))
    return found


def _with(pattern: str, fitting: Sequence[str], stems: Sequence[str]) -> Proposal:
    tracks = Counter(track_from_name(stem, pattern) for stem in fitting)
    return Proposal(pattern, len(fitting), len(stems), dict(tracks.most_common()))

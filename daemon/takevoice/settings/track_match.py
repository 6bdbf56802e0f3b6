"""Read the track from a file name, and find the [tracks] table that applies to a track. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from fnmatch import fnmatchcase

_FIELD = re.compile(r"\{([a-z_]+)\}")


def check_pattern(pattern: str) -> str:
    """Return the pattern; raises ValueError when it has no {track}, or a field twice."""
    fields = _FIELD.findall(pattern)
    if "track" not in fields:
        raise ValueError("must contain {track}")
    if len(set(fields)) < len(fields):
        raise ValueError("has a field twice")
    if "{" in _FIELD.sub("", pattern) or "}" in _FIELD.sub("", pattern):
        raise ValueError("has a stray { or }; a field looks like {track}")
    return pattern


def plain_track(name: str) -> str:
    """Return the name of a track as it is compared: NFC, without spaces around it, which are invisible in the name of a file."""
    composed = unicodedata.normalize("NFC", name)
    return composed.strip() or composed


def track_from_name(stem: str, pattern: str | None) -> str:
    """Return the track in a file name (without extension); the whole name where the pattern does not match.

    {track} takes as much as it can, any other field as little: with "{track}_{take}" the name
    "Lead_Vox_03" is of the track "Lead_Vox". Spaces around it are no part of it.
    """
    match = _match(stem, pattern)
    return plain_track(match["track"] if match else stem)


def take_from_name(stem: str, pattern: str | None) -> str:
    """Return what the pattern calls {take} in a file name (without extension); empty where it does not match, or has no such field."""
    match = _match(stem, pattern)
    return match.groupdict().get("take", "") if match else ""


def _match(stem: str, pattern: str | None) -> re.Match[str] | None:
    if pattern is None:
        return None
    expression, end = "", 0
    for found in _FIELD.finditer(pattern):
        expression += re.escape(pattern[end : found.start()])
        expression += f"(?P<{found[1]}>.+)" if found[1] == "track" else f"(?P<{found[1]}>.+?)"
        end = found.end()
    return re.fullmatch(expression + re.escape(pattern[end:]), unicodedata.normalize("NFC", stem), re.DOTALL)


def is_glob(name: str) -> bool:
    """Return True if the name of a [tracks] table stands for several tracks."""
    return any(c in name for c in "*?[")


def _specificity(glob: str) -> int:
    return len(re.sub(r"\[[^\]]*\]|[*?]", "", glob))


def matching_glob(track: str, names: Iterable[str]) -> str | None:
    """Return the most specific glob that matches the track: the one with the most literal characters, then the first."""
    globs = [n for n in names if is_glob(n) and n != track]
    fitting = [glob for glob in globs if fnmatchcase(track, unicodedata.normalize("NFC", glob))]
    return max(fitting, key=_specificity, default=None)

"""What became of a paid request whose answer was lost: the account's history may have it. Pure, but for the calls it gets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from takevoice import OUTPUT_FORMATS, HistoryItem
from takevoice_plugins.house.content import RAW_RATE
from takevoice_plugins.house.likeness import ALIKE, likeness, read_answer, read_mono
from takevoice_plugins.house.price import PER_MINUTE
from takevoice_plugins.house.rows import Row
from takevoice_plugins.local.encode import encode

CLOCKS = 10.0  # seconds by which the service's clock is usually behind, at most
WRONG_CLOCK = 86_400.0  # seconds by which this machine's clock may be wrong
CREDITS = 1.5  # credits by which a price may differ: both sides round
CREDITS_SHARE = 0.05
OTHER_PRICE = 3.0  # so many times as high or low as expected, or as documented, a price may be, where it is not the known one
COMPARED = 200  # conversions at most, those nearest in price; more that no request accounts for are not compared
TIMES = 2.0  # so many times as far from the take as the best one has to be the next, by 1 - likeness


class Finding(Enum):
    """What the history says."""

    FOUND = "found"
    MISSING = "missing"
    UNCLEAR = "unclear"  # several that are alike, or one that cannot be read


@dataclass(frozen=True)
class Found:
    """A finding, and the answer if it was found."""

    finding: Finding
    item: HistoryItem | None = None
    audio: bytes = b""
    why: str = ""


def since_of(row: Row, *, strict: bool = True) -> float:
    """Return the Unix time from which on the history may have the conversion of a request."""
    return (row.sent or row.created) - (CLOCKS if strict else WRONG_CLOCK)


def candidates(
    row: Row, items: Sequence[HistoryItem], taken: Collection[str], *, strict: bool = True
) -> list[HistoryItem]:
    """Return the conversions that may be that of a request: not used for another, and of its voice, model, time and price.

    `strict`: False trusts neither this machine's clock nor the price that was expected.
    """
    request, since = row.request, since_of(row, strict=strict)
    possible = [
        item
        for item in items
        if (item.request_id or item.id) not in taken
        and item.id not in taken
        and item.voice_id == request["voice_id"]
        and item.date >= since - 1
        and (not item.model_id or item.model_id == request["model_id"])
        and (not item.credits or _fits(item.credits, row, strict=strict))
        and _same_settings(request.get("voice_settings") or {}, item.settings)
    ]
    return sorted(possible, key=lambda item: abs(item.credits - row.credits))


def _fits(price: float, row: Row, *, strict: bool) -> bool:
    # The expected price is the highest of late: after a dear day, the documented one may be in force again.
    prices = (row.credits, row.seconds * PER_MINUTE / 60)
    if strict:
        return any(abs(price - each) <= CREDITS + CREDITS_SHARE * each for each in prices)
    return min(prices) / OTHER_PRICE - CREDITS <= price <= max(prices) * OTHER_PRICE + CREDITS


def _same_settings(wanted: dict[str, Any], stored: Any) -> bool:
    shared = [name for name in wanted if name in stored and wanted[name] is not None and stored[name] is not None]
    return all(
        abs(float(wanted[name]) - float(stored[name])) < 0.01
        for name in shared
        if isinstance(wanted[name], int | float) and isinstance(stored[name], int | float)
    )


def look(row: Row, upload: Path, items: Sequence[HistoryItem], fetch: Callable[[str], bytes]) -> Found:
    """Return which of the candidates is the answer to a request. `fetch` gets the audio of one; it may raise."""
    if not items:
        return Found(Finding.MISSING)
    request = row.request
    take = read_mono(upload, raw_rate=RAW_RATE if request.get("file_format") == "pcm_s16le_16" else 0)
    if take is None:
        return Found(Finding.UNCLEAR, why="the take cannot be compared with the history of the account")
    wanted = str(request["output_format"])
    scores: list[tuple[float, HistoryItem, bytes]] = []
    for item in items[:COMPARED]:
        audio = fetch(item.id)
        answer = read_answer(audio, wanted)
        if answer is None:
            return Found(Finding.UNCLEAR, why="the account's history has audio that cannot be read here")
        scores.append((likeness(take, answer), item, audio))
    scores.sort(key=lambda score: score[0], reverse=True)
    best, item, audio = scores[0]
    if best < ALIKE and len(items) > COMPARED:
        return Found(Finding.UNCLEAR, why="the account's history has too many conversions that may be of this take")
    if best < ALIKE:
        return Found(Finding.MISSING)
    if len(scores) > 1 and scores[1][0] >= ALIKE and 1 - scores[1][0] < TIMES * (1 - best) + 1e-6:
        return Found(Finding.UNCLEAR, why="the account's history has several conversions of this take")
    return Found(Finding.FOUND, item, in_format(audio, wanted))


def is_anothers(row: Row, upload: Path, others: Sequence[tuple[Row, Path]], audio: bytes) -> bool:
    """Return True if a conversion is more like the take of another request in doubt: short lines are often alike enough."""
    answer = read_answer(audio, str(row.request["output_format"]))
    if answer is None:
        return False

    def alike(each: Row, path: Path) -> float:
        try:
            take = read_mono(path, raw_rate=RAW_RATE if each.request.get("file_format") == "pcm_s16le_16" else 0)
        except FileNotFoundError:  # it has its answer by now
            return -1.0
        return -1.0 if take is None else likeness(take, answer)

    mine = alike(row, upload)
    return any(alike(*other) > mine for other in others)


def in_format(audio: bytes, wanted: str) -> bytes:
    """Return audio of the history in the format that was asked for: it may be stored in another."""
    known = OUTPUT_FORMATS[wanted]
    starts = {"wav": (b"RIFF",), "mp3": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"), "opus": (b"OggS",)}.get(known.codec)
    others = (b"RIFF", b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"OggS", b"fLaC")
    if (starts and audio.startswith(starts)) or (starts is None and not audio.startswith(others)):
        return audio
    decoded = read_mono(audio)
    assert decoded is not None
    samples, rate = decoded
    return b"".join(encode([samples.astype(np.float64)], rate, len(samples), wanted))

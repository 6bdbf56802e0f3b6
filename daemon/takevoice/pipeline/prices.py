"""What conversions cost: in credits, and in words."""

from __future__ import annotations

import math
from collections.abc import Iterable

from takevoice import audio
from takevoice.settings import count_of, each_of
from takevoice.take_settings import TakeSettings
from takevoice.voices import Backend


def credits_for(backend: Backend, seconds: float) -> float:
    """Return what converting that much audio costs; 0 where conversions are free."""
    return backend.credits_per_minute * seconds / 60 if backend.paid else 0.0


def sent_seconds(settings: TakeSettings, seconds: float, channels: int) -> tuple[float, float]:
    """Return how much audio is sent for a take without long silence, by its header alone: at least and at most.

    `Planner.segmentation` knows it exactly. All candidates of a take are counted.
    """
    least, most = zip(*(_sent_once(each, seconds, channels) for each in each_of(settings)), strict=True)
    return sum(least), sum(most)


def _sent_once(settings: TakeSettings, seconds: float, channels: int) -> tuple[float, float]:
    if settings.channels in ("auto", "each"):
        return seconds, seconds * channels
    several = len(settings.channels) if isinstance(settings.channels, tuple) else 1
    return seconds * several, seconds * several


def credits_in_words(backend: Backend | None, sent: Iterable[tuple[float, float]]) -> str:
    """Return what takes cost, of which each is sent for so many seconds, at least and at most; empty where they are free."""
    least, most = (credits_for(backend, sum(each)) if backend else 0.0 for each in zip(*sent, strict=True))
    if not most:
        return ""
    range_ = f"{least:,.0f} to {most:,.0f}" if round(least) < round(most) else f"{most:,.0f}"
    return f"about {range_} credit{'' if range_ == '1' else 's'}"


def price_in_words(credits_: float) -> str:
    """Return a price, such as "about 120 credits", rounded up; "free" for none."""
    count = math.ceil(credits_)
    return f"about {count:,} credit{'' if count == 1 else 's'}" if count else "free"


def candidates_in_words(settings: TakeSettings) -> str:
    """Return how many candidates a take gets, such as "3 candidates, "; empty where it has none."""
    count = count_of(settings)
    return f"{count} candidates, " if count > 1 else ""


def sent_in_words(segmentation: audio.Segmentation, sample_rate: int, backend: Backend) -> str:
    """Return what was found in a take's channels, how much of them is sent, and what that costs."""
    seconds, count = segmentation.frames / sample_rate, len(segmentation.buses)
    found = segmentation.found or f"{count} conversion{'s' if count > 1 else ''}"
    cost = credits_for(backend, seconds)
    return f"{found}; {seconds:.1f} s in all, {price_in_words(cost)}"

"""Validators of the settings `channels` and `level`. Pure."""

from __future__ import annotations

MAX_CHANNELS = 1024
QUIETEST, LOUDEST = -60.0, -3.0  # LUFS


def check_channels(value: int | str) -> int | str:
    """Return "auto", "mix", "each" or the number of a channel, 1 or more; raise ValueError for any other value."""
    if value in ("auto", "mix", "each"):
        return value
    number = _number(value)
    if number is None or number != int(number) or not 1 <= number <= MAX_CHANNELS:
        raise ValueError('must be "auto", "mix", "each" or the number of a channel, 1 or more')
    return int(number)


def check_level(value: float | str) -> float | str:
    """Return "off", "match" or a loudness in LUFS; raise ValueError for any other value."""
    if value in ("off", "match"):
        return value
    number = _number(value)
    if number is None or not QUIETEST <= number <= LOUDEST:
        raise ValueError(f'must be "match", "off" or a loudness from {QUIETEST:g} to {LOUDEST:g} LUFS')
    return number


def _number(value: float | str) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)
    except ValueError:
        return None

"""Validators of the settings `channels` and `level`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

MAX_CHANNELS = 1024
QUIETEST, LOUDEST = -60.0, -3.0  # LUFS


def check_channels(value: int | str | Sequence[int | str]) -> int | str | tuple[int | str, ...]:
    """Return "auto", "mix", "each", the number of a channel, 1 or more, a track's name, or a tuple of numbers and names.

    A text such as "2,4" or "Anna,Bert", as a message or the command line gives it, is a list too.

    Raises:
        ValueError: a number is out of range, a name is empty, or the list is.
    """
    if isinstance(value, str) and "," in value:
        value = [part.strip() for part in value.split(",")]
    if isinstance(value, str | int | float):
        return _channel(value)
    chosen = tuple(_channel(each) for each in value)
    if not chosen or any(each in ("auto", "mix", "each") for each in chosen):
        raise ValueError("must be a list of one or more numbers of channels, or of names of tracks")
    return tuple(dict.fromkeys(chosen))


def _channel(value: float | str) -> int | str:
    number = _number(value)
    if number is None and isinstance(value, str) and value.strip():
        return value.strip()
    if number is None or number != int(number) or not 1 <= number <= MAX_CHANNELS:
        raise ValueError('must be "auto", "mix", "each", the number of a channel, 1 or more, or the name of a track')
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


def check_web_address(address: str) -> str:
    """Return the address; raises ValueError when it is none of the web."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("must begin with https:// or http://, and name a host")
    return address

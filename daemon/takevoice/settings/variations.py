"""Candidates of a take: how many there are, and the settings of each. Pure."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from takevoice.request import MAX_SEED
from takevoice.take_settings import BUILT_IN, TakeSettings

MOST = 9
SHARED = ("enabled", "result_format", "output_folder", "output_name", "on_rerender", "done_folder", "candidates", "pick")
"""The settings that all candidates of a take have in common: they are of the take."""


def check_candidates(value: Any) -> int | tuple[dict[str, Any], ...]:
    """Return a number of candidates from 1 to `MOST`, or the variations, each a table of settings.

    A text, as a message or the command line gives it, is a number, voices with commas between them, or a list as in the config
    or in JSON. Text in a list names a voice.

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(value, str):
        value = _parsed(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= MOST:
            raise ValueError(f"must be from 1 to {MOST}, or a list of variations")
        return value
    if isinstance(value, list | tuple):
        value = [{"voice": each} if isinstance(each, str) else each for each in value]
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        raise ValueError(f'must be a number from 1 to {MOST}, or a list of variations such as {{voice = "ada", seed = 3}}')
    if not 2 <= len(value) <= MOST:
        raise ValueError(f"must have from 2 to {MOST} variations")
    variations = tuple(dict(each) for each in value)
    for number, each in enumerate(variations, 1):
        if not each:
            raise ValueError(f"has nothing in variation {number}")
        if shared := [key for key in each if key in SHARED]:
            raise ValueError(f"has {shared[0]} in variation {number}, which all candidates of a take share")
        if each in variations[: number - 1]:
            raise ValueError(f"has variation {number} twice")
    return variations


def _parsed(text: str) -> Any:
    text = text.strip()
    if text.isdecimal():
        return int(text)
    if text.startswith("["):
        return _list(text)
    return [{"voice": voice.strip()} for voice in text.split(",")] if "," in text else text


def _list(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return tomllib.loads(f"given = {text}")["given"]
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f'is no list such as [{{voice = "ada"}}, {{voice = "bea", stability = 0.3}}]: {error}') from error


def count_of(settings: TakeSettings) -> int:
    """Return how many candidates a take gets; 1: it is converted once, and has none."""
    return settings.candidates if isinstance(settings.candidates, int) else len(settings.candidates)


def pinned(settings: TakeSettings, number: int) -> TakeSettings:
    """Return the settings of one candidate of a take, which are the same whenever it is planned.

    The seed counts up from that of the settings, or from 1, and is always sent: no two candidates are the same request.
    Variations are taken in turn; after the last one, the first follows with the next seed.
    """
    chosen: Mapping[str, Any] = {}
    step = number - 1
    if not isinstance(settings.candidates, int):
        step, index = divmod(number - 1, len(settings.candidates))
        chosen = settings.candidates[index]
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in chosen.items()}
    first = values.get("seed", 1 if settings.seed is None else settings.seed)
    values["seed"] = (first + step) % (MAX_SEED + 1)
    return replace(settings, **values, candidates=BUILT_IN.candidates, pick=BUILT_IN.pick)


def each_of(settings: TakeSettings) -> Sequence[TakeSettings]:
    """Return the settings of every conversion that a take with these settings is sent for."""
    count = count_of(settings)
    return [settings] if count == 1 else [pinned(settings, number) for number in range(1, count + 1)]

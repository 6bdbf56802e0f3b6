"""Razor edits as the texts P_RAZOREDITS and P_RAZOREDITS_EXT have them."""

from __future__ import annotations

import shlex

Razor = tuple[float, float, str, float | None, float | None]


def write_razor(areas: list[Razor]) -> str:
    """Return triples of start, end and the GUID of an envelope in quotation marks; heights are lost."""
    return " ".join(f'{start:.14f} {end:.14f} "{guid}"' for start, end, guid, _, _ in areas)


def read_razor(text: str) -> list[Razor]:
    """Return the areas of triples."""
    words = shlex.split(text)
    triples = zip(words[0::3], words[1::3], words[2::3], strict=True)
    return [(float(start), float(end), guid, None, None) for start, end, guid in triples]


def write_razor_ext(areas: list[Razor]) -> str:
    """Return the areas between commas, with top and bottom where they have them; as in the listing's example, what
    an area does not need is left out."""
    rows = []
    for start, end, guid, top, bottom in areas:
        heights = "" if top is None or bottom is None else f" {top:.14f} {bottom:.14f}"
        envelope = f' "{guid}"' if guid or heights else ""
        rows.append(f"{start:.14f} {end:.14f}{envelope}{heights}")
    return ",".join(rows)


def read_razor_ext(text: str) -> list[Razor]:
    """Return the areas of a text with commas."""
    areas: list[Razor] = []
    for row in filter(str.strip, text.split(",")):
        words = [*shlex.split(row), ""]
        heights = [float(word) for word in words[3:5] if word]
        top, bottom = heights if len(heights) == 2 else (None, None)
        areas.append((float(words[0]), float(words[1]), words[2], top, bottom))
    return areas

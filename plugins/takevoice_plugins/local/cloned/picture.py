"""An SVG picture of a cloned voice: long-term spectrum, F0 histogram, formants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape

import numpy as np

from takevoice_plugins.local.arrays import Samples
from takevoice_plugins.local.cloned.clone import frames_of
from takevoice_plugins.local.cloned.profile import F0_LOWEST, F0_STEPS, Profile
from takevoice_plugins.local.mel import DB, centres

WIDTH, HEIGHT = 760, 780
LEFT, RIGHT = 70.0, 730.0
SPECTRUM, HISTOGRAM, FORMANTS = (90.0, 300.0), (370.0, 540.0), (620.0, 730.0)  # top and bottom of each panel
LOWEST_DB = -60.0
SPECTRUM_HZ = (80.0, 16_000.0)
FORMANT_HZ = (150.0, 5500.0)
F0_HZ = (F0_LOWEST, F0_LOWEST * 2 ** (F0_STEPS / 24))
VOICED, UNVOICED, GREY = "#2266aa", "#cc7722", "#888888"
Scale = Callable[[float], float]


def draw(profile: Profile) -> str:
    """Return the picture as SVG text."""
    title = f"{profile.name}: {profile.seconds:.0f} s of speech, F0 {profile.f0:.0f} Hz"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(LEFT, 36, title, size=20),
        *_spectrum(profile),
        *_histogram(profile),
        *_formants(profile),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def long_term(profile: Profile) -> dict[str, Samples]:
    """Return the mean spectra of voiced and unvoiced speech in dB, each (bands,) with its maximum at 0."""
    means = {}
    for name, packed in (("voiced", profile.voiced), ("unvoiced", profile.unvoiced)):
        if packed:
            power = np.exp(frames_of(packed, profile.bands)).mean(axis=0)
            means[name] = DB * np.log(power / power.max())
    return means


def _spectrum(profile: Profile) -> Iterable[str]:
    top, bottom = SPECTRUM
    across = _log_scale(*SPECTRUM_HZ)
    yield from _frame(
        "Long-term spectrum, dB", SPECTRUM, across, (125, 250, 500, 1000, 2000, 4000, 8000, 16_000)
    )
    for level in (0, -20, -40, -60):
        y = top + (bottom - top) * level / LOWEST_DB
        yield _text(LEFT - 8, y + 4, str(level), anchor="end")
    for (name, means), colour in zip(long_term(profile).items(), (VOICED, UNVOICED), strict=False):
        points = " ".join(
            f"{across(hertz):.1f},{top + (bottom - top) * max(level, LOWEST_DB) / LOWEST_DB:.1f}"
            for hertz, level in zip(centres().tolist(), means.tolist(), strict=False)
        )
        yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield _text(RIGHT - 8, top + (20 if colour == VOICED else 38), name, colour, "end")


def _histogram(profile: Profile) -> Iterable[str]:
    top, bottom = HISTOGRAM
    across = _log_scale(*F0_HZ)
    yield from _frame(
        "F0, share of the voiced time", HISTOGRAM, across, (60, 80, 100, 125, 150, 200, 250, 300, 400, 500)
    )
    edges = F0_LOWEST * 2 ** (np.arange(F0_STEPS + 1) / 24)
    time = np.array(profile.f0_histogram) / edges[:-1]
    for low, high, share in zip(
        edges[:-1].tolist(), edges[1:].tolist(), (time / max(time.max(), 1e-9)).tolist(), strict=True
    ):
        height = (bottom - top - 12) * share
        if height:
            yield (
                f'<rect x="{across(low):.1f}" y="{bottom - height:.1f}" width="{across(high) - across(low):.1f}" '
                f'height="{height:.1f}" fill="{VOICED}"/>'
            )
    yield _line(across(profile.f0), top, across(profile.f0), bottom, UNVOICED)
    yield _text(across(profile.f0) + 6, top + 16, f"median {profile.f0:.0f} Hz", UNVOICED)


def _formants(profile: Profile) -> Iterable[str]:
    top, bottom = FORMANTS
    across = _log_scale(*FORMANT_HZ)
    yield from _frame(
        "Formants, the middle half of their values", FORMANTS, across, (200, 500, 1000, 2000, 3000, 5000)
    )
    for number, (low, middle, high) in enumerate(profile.formants, 1):
        yield (
            f'<rect x="{across(low):.1f}" y="{top + 40}" width="{across(high) - across(low):.1f}" '
            f'height="{bottom - top - 60}" fill="{VOICED}" fill-opacity="0.35"/>'
        )
        yield _line(across(middle), top + 40, across(middle), bottom - 20, VOICED)
        # In two rows, as the upper formants are close together.
        yield _text(across(middle), top + 34 - 16 * (number % 2), f"F{number} {middle:.0f}", VOICED, "middle")


def _frame(title: str, panel: tuple[float, float], across: Scale, ticks: Sequence[int]) -> Iterable[str]:
    top, bottom = panel
    yield _text(LEFT, top - 10, title, size=15)
    yield (
        f'<rect x="{LEFT}" y="{top}" width="{RIGHT - LEFT}" height="{bottom - top}" fill="none" stroke="{GREY}"/>'
    )
    for hertz in ticks:
        yield _line(across(hertz), bottom, across(hertz), bottom + 5, GREY)
        yield _text(
            across(hertz), bottom + 19, f"{hertz / 1000:g}k" if hertz >= 1000 else str(hertz), anchor="middle"
        )


def _log_scale(low: float, high: float) -> Scale:
    def place(hertz: float) -> float:
        share = np.log(min(max(hertz, low), high) / low) / np.log(high / low)
        return float(LEFT + (RIGHT - LEFT) * share)

    return place


def _line(x: float, y: float, to_x: float, to_y: float, colour: str) -> str:
    return f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{colour}" stroke-width="1.5"/>'


def _text(
    x: float, y: float, text: str, colour: str = "#222222", anchor: str = "start", size: int = 13
) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" font-size="{size}">{escape(text)}</text>'

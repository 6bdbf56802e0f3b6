"""One line of the table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What was measured, beside what it is compared with in the same run. `ratio` and `goal` as text, `met` as a fact."""

    what: str
    figure: str
    baseline: str
    ratio: str
    goal: str
    met: bool


def at_most(what: str, value: float, base: float, goal: float, unit: str = "ms", baseline: str = "") -> Row:
    """A figure that should be at most `goal` times its baseline."""
    return Row(
        what,
        f"{value:.3g} {unit}",
        f"{base:.3g} {unit} {baseline}".strip(),
        f"{value / base:.2f}",
        f"<= {goal:g}",
        value <= goal * base,
    )


def at_least(what: str, value: float, base: float, goal: float, unit: str, baseline: str = "") -> Row:
    """A figure that should be at least `goal` times its baseline."""
    return Row(
        what,
        f"{value:.3g} {unit}",
        f"{base:.3g} {unit} {baseline}".strip(),
        f"{value / base:.2f}",
        f">= {goal:g}",
        value >= goal * base,
    )


def no_more(what: str, value: float, goal: float, unit: str) -> Row:
    """A figure that should not be above `goal`."""
    return Row(what, f"{value:.3g} {unit}", "", "", f"<= {goal:g} {unit}", value <= goal)

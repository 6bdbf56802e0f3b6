"""What was found at one moment of a soak, in words."""

from __future__ import annotations

from dataclasses import dataclass, field

from .books import Paid
from .results import Found

SHOWN = 20  # cases of each kind


@dataclass
class Verdict:
    """What was found at one moment."""

    found: Found
    paid: Paid
    held: int
    failed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong."""
        return not any(self.lists().values())

    def lists(self) -> dict[str, list[str]]:
        """Everything that should be empty."""
        return {
            "lost": self.found.lost,
            "two results": self.found.twice,
            "not whole, or not made from its take": self.found.partial,
            "originals changed": self.found.originals,
            "left behind": self.found.left,
            "paid twice": self.paid.twice,
            "sent again without a person": self.paid.sent_twice,
            "failed": self.failed,
            "ledgers, state dirs and logs": self.wrong,
        }

    def __str__(self) -> str:
        found, paid = self.found, self.paid
        head = f"takes {found.takes} ({found.deleted} deleted), results {found.results}, held {self.held}, requests {paid.requests}: {paid.what}, "
        head += f"billed {paid.billed}, of these again after a release {paid.approved}; marks of takes that went away {found.marks}"
        lines = [f"{name}: {len(cases)}" + _indented(cases) for name, cases in self.lists().items()]
        lines.append(f"paid by both machines, as the take came from a folder that only the first one watches: {len(paid.from_own)}")
        lines.append(f"paid by both machines, as the take was renamed or moved in between: {len(paid.moved)}" + _indented(paid.moved))
        return "\n".join([head, *lines])


def _indented(cases: list[str]) -> str:
    return "".join(f"\n    {case}" for case in cases[:SHOWN])

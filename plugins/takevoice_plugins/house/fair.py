"""Fair shares: start-time fair queueing over owners (Goyal, Vin and Cheng, 1996). Neither waits nor locks."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass
class _Owner(Generic[Item]):
    start: float = 0.0  # virtual time at which the first of `waiting` may begin
    end: float = 0.0  # virtual time at which the last that began has had its share
    arrived: int = 0
    urgent: deque[tuple[Item, float]] = field(default_factory=deque)
    waiting: deque[tuple[Item, float]] = field(default_factory=deque)

    @property
    def count(self) -> int:
        return len(self.urgent) + len(self.waiting)


class FairQueue(Generic[Item]):
    """Items of many owners; each owner's come in order, urgent ones first, and no owner delays another by more than its share."""

    def __init__(self) -> None:
        self._owners: dict[Hashable, _Owner[Item]] = {}
        self._now = 0.0
        self._arrivals = 0

    def __len__(self) -> int:
        return sum(owner.count for owner in self._owners.values())

    @property
    def active(self) -> int:
        """How many owners wait."""
        return sum(owner.count > 0 for owner in self._owners.values())

    def order(self) -> list[Hashable]:
        """Return the owners that wait, in the order of their next turn."""
        waiting = [(owner.start, owner.arrived, name) for name, owner in self._owners.items() if owner.count]
        return [name for *_, name in sorted(waiting, key=lambda each: each[:2])]

    def cost_of(self, name: Hashable) -> float:
        """Return the cost of all that waits for an owner."""
        owner = self._owners.get(name)
        return sum(cost for _, cost in (*owner.urgent, *owner.waiting)) if owner else 0.0

    def push(self, name: Hashable, item: Item, cost: float, *, urgent: bool = False, again: bool = False) -> None:
        """Add an item; `again` puts one that had its turn in front, without a second charge."""
        owner = self._owners.setdefault(name, _Owner())
        if not owner.count:
            self._arrivals += 1
            owner.start, owner.arrived = max(self._now, owner.end), self._arrivals
        if again:
            owner.urgent.appendleft((item, 0.0))
        else:
            (owner.urgent if urgent else owner.waiting).append((item, cost))

    def pop(self) -> Item | None:
        """Return the next item; None if none waits."""
        ready = [owner for owner in self._owners.values() if owner.count]
        if not ready:
            return None
        owner = min(ready, key=lambda each: (each.start, each.arrived))
        item, cost = (owner.urgent or owner.waiting).popleft()
        self._now = max(self._now, owner.start)
        owner.end = owner.start = owner.start + cost
        self._arrivals += 1
        owner.arrived = self._arrivals
        return item

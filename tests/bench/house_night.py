"""A night of a large house on paper: 50 editors with 10,000 lines each, and people who work meanwhile.

    python tests/bench/house_night.py [EDITORS] [LINES] [SLOTS]

The house's own fair queue, with simulated time. What a conversion takes is what users report of the service (0.2 times its
length, and 0.3 s); what a request costs the house was measured by `house_overhead.py`. A twentieth of the lines is simulated,
and the hours are scaled up.
"""

from __future__ import annotations

import heapq
import random
import statistics
import sys
from itertools import count

from takevoice_plugins.house.fair import FairQueue

REAL_TIME, FIXED = 0.2, 0.3  # seconds of a conversion: for each second of audio, and for each request
CPU = 0.016  # seconds of the house for each request
PART = 20  # one of so many lines is simulated
LIVE, EVERY = 5, 30.0  # people who convert a line now and then, in seconds
FLAC, PCM = 0.085, 0.096  # MB for each second of audio: upload and answer


def length(chance: random.Random) -> float:
    """Return the length of a line of a game, in seconds."""
    return min(30.0, max(0.6, chance.lognormvariate(1.4, 0.6)))


def night(editors: int, lines: int, slots: int, *, urgent: bool = False, fair: bool = True) -> tuple[float, list[float], float]:
    """Return the hours of all lines, the waits of those who work meanwhile, in seconds, and the mean length of a line.

    `fair`: shares over people; False: first come, first served. `urgent`: the live lines are marked as such.
    """
    chance, number = random.Random(1), count()
    queue, now, used = FairQueue[tuple[str, float, float]](), 0.0, 0
    events: list[tuple[float, int, str, str]] = []
    total, batch_end, waits = 0.0, 0.0, list[float]()
    simulated = max(1, lines // PART)

    def push(owner: str) -> None:
        nonlocal total
        seconds = length(chance)
        total += seconds if owner.startswith("batch") else 0
        name = owner if fair else "all"
        queue.push(name, (owner, now, seconds), seconds, urgent=urgent and owner.startswith("live"))

    left = {f"batch{n}": simulated for n in range(editors)}
    for owner in left:
        for _ in range(min(8, simulated)):  # as many as a station has under way
            left[owner] -= 1
            push(owner)
    for n in range(LIVE):
        heapq.heappush(events, (chance.random() * EVERY, next(number), "live", f"live{n}"))
    under_way = 0
    while True:
        while used < slots and (item := queue.pop()) is not None:
            owner, came, seconds = item
            used += 1
            under_way += owner.startswith("batch")
            if owner.startswith("live"):
                waits.append(now - came)
            heapq.heappush(events, (now + FIXED + REAL_TIME * seconds, next(number), "done", owner))
        if not under_way and not any(left.values()) and not any(queue.cost_of(owner) for owner in left):
            return batch_end * PART / 3600, waits, total / (editors * simulated)
        now, _, what, owner = heapq.heappop(events)
        if what == "live":
            push(owner)
            heapq.heappush(events, (now + chance.expovariate(1 / EVERY), next(number), "live", owner))
            continue
        used -= 1
        if owner.startswith("batch"):
            under_way, batch_end = under_way - 1, now
            if left[owner]:
                left[owner] -= 1
                push(owner)


def main(editors: int = 50, lines: int = 10_000, slots: int = 15) -> None:
    """Simulate and print."""
    for name, options in (("one queue", {"fair": False}), ("fair shares", {}), ("fair, urgent", {"urgent": True})):
        hours, waits, mean = night(editors, lines, slots, **options)
        middle, late = statistics.median(waits), statistics.quantiles(waits, n=20)[-1]
        print(f"{name:12}: {hours:.1f} h; people meanwhile wait {middle:.1f} s, 95 % of them less than {late:.1f} s")
    every = editors * lines
    audio = every * mean
    seconds = hours * 3600
    print(f"{every:,} lines of {mean:.1f} s: {audio / 3600:,.0f} h of audio, {audio / 60 * 1000 / 1e6:.0f} million credits")
    print(f"the house: {every / seconds:.1f} lines a second; {every * CPU / seconds:.0%} of one core; {every * 5 / seconds:.0f} writes a second")
    print(f"network: {audio * FLAC / seconds:.1f} MB/s in and again out to the service, {audio * PCM / seconds:.1f} MB/s of answers; disk: {audio * PCM / 1000:,.0f} GB")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))

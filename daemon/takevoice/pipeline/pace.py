"""How fast a backend's account may be used, learned from what it accepts and refuses. Pure: the caller has the clock.

Several programs that cannot talk to each other may use one account. Each takes a little more with every request that is
accepted and half as much after one that is refused, which settles at fair shares of any limit (additive increase,
multiplicative decrease, as in the congestion control of TCP: Chiu and Jain, 1989). A share may be less than one request at a
time: then a pause follows each request. A program that is never refused leaves a place free now and then, because one
that waits could not get in otherwise. `tests/pipeline/test_pace.py` simulates accounts that several programs use.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

FIRST = 2.0  # requests at once, until the account has said anything: the smallest plan of ElevenLabs allows 2
GROWTH = 0.25  # requests, for each accepted one
SMALLEST = 0.25  # requests
MOST = 100.0  # requests
SHORTEST = 0.25  # seconds that a request is taken to last at least
LONGEST = 30.0  # seconds of the longest pause that the account did not ask for
LONGEST_ASKED = 600.0  # seconds of the longest that it may ask for
PATIENT_AFTER, LONGER = 3, 1.2  # refusals in a row, with nothing served, after which each pause is longer
LONG_WAIT = 5  # refusals in a row, after which one place is used without pauses
TURN, LONGEST_TURN = 8, 64  # accepted requests before a place is left free
COURTESY = 2.0  # how long it stays free, in the time that a request lasts


class Pace:
    """How many requests to one account may be under way, and when the next one may begin. Times in seconds."""

    def __init__(self, jitter: Callable[[], float] = random.random) -> None:
        """`jitter` returns a random number from 0 to 1: programs that were refused together do not come back together."""
        self._jitter = jitter
        self._share = FIRST
        self._at_most = MOST
        self._under_way = 0
        self._lasts = 1.0  # how long a request lasts, smoothed
        self._refused_ever = False
        self._unserved = 0  # refusals in a row while nothing was served
        self._halved = -math.inf  # when the share was halved last
        self._resume = -math.inf  # nothing begins before
        self._asked = -math.inf  # the same, as the account asked for it
        self._turn = self._turn_left = float(TURN)
        self._free_until = -math.inf  # one place stays free

    @property
    def share(self) -> float:
        """How many requests may be under way at once; below 1: for which part of the time one may be."""
        return self._share

    def allow_at_most(self, number: int) -> None:
        """Apply a limit of 1 or more: the config's, or one that the account reports."""
        self._at_most = float(max(1, number))
        self._share = min(self._share, self._at_most)

    def start_with(self, share: float) -> None:
        """Begin with another share than `FIRST`."""
        self._share = min(share, self._at_most)

    def hurry(self) -> None:
        """End all pauses."""
        self._resume = self._asked = self._free_until = -math.inf
        self._unserved = 0

    def delay(self, now: float, about_to_begin: int = 0) -> float:
        """Return the seconds until another request may begin; infinite while those under way use the whole share.

        `about_to_begin`: how many others have been promised a place.
        """
        places, taken = max(1, math.floor(self._share)), self._under_way + about_to_begin
        if taken >= places:
            return math.inf
        free_again = self._free_until if taken + 1 == places else -math.inf
        return max(0.0, self._resume - now, free_again - now)

    def pause_left(self, now: float) -> float:
        """Return the seconds for which nothing begins, whatever is under way."""
        return max(0.0, self._resume - now)

    def paused(self, now: float) -> bool:
        """Return True while the account has refused, and neither serves a request nor may be asked again."""
        return bool(self._unserved) and self.delay(now) > 0

    def begin(self) -> None:
        """Count a request that begins."""
        self._under_way += 1

    def end(self) -> None:
        """Count a request whose end says nothing about the account's limit."""
        self._under_way -= 1

    def accept(self, began: float, now: float) -> None:
        """Count a request that was served."""
        used_up = self._under_way >= math.floor(self._share)
        self._under_way -= 1
        if self._unserved >= LONG_WAIT:
            self._share = max(self._share, 1.0)
        self._unserved = 0
        self._lasts += 0.3 * (max(SHORTEST, now - began) - self._lasts)
        if used_up:  # a share that is not used up says nothing about a larger one
            more = GROWTH if self._refused_ever else 1.0
            self._share = min(self._at_most, self._share + more)
        self._resume = max(self._asked, now + self._pause())
        self._turn_left -= 1
        if self._turn_left <= 0 and self._share >= 1:
            self._turn = min(LONGEST_TURN, 2 * self._turn)  # a place that was left free in vain is left free less often
            self._turn_left = self._turn * (0.75 + 0.5 * self._jitter())
            self._free_until = now + COURTESY * self._lasts * (0.5 + self._jitter())

    def refuse(self, began: float, now: float, retry_after: float | None = None) -> None:
        """Count a request that was refused for want of room; the next one waits for `retry_after` seconds, if given."""
        self._under_way -= 1
        self._refused_ever = True
        self._turn = self._turn_left = float(TURN)
        served = self._under_way  # as far as is known
        if began < self._halved:  # it was sent together with one that was refused before
            self._share = min(self._share, max(0.5, served / 2))
            self._unserved = 0 if served else max(1, self._unserved)
        else:
            self._halved = now
            self._share = max(SMALLEST, (served or min(1.0, self._share)) / 2)
            self._unserved = 0 if served else self._unserved + 1
        if retry_after is not None:
            wait = min(retry_after, LONGEST_ASKED)
            self._asked = max(self._asked, now + wait * (1 + 0.2 * self._jitter()))
        self._resume = max(self._asked, now + self._pause())

    def _pause(self) -> float:
        """Return for how long nothing begins, so that one request at a time is no more than the share."""
        if self._share >= 1:
            return 0.0
        longer = LONGER ** max(0, self._unserved - PATIENT_AFTER)
        pause = self._lasts * (1 / self._share - 1) * longer
        return min(pause * (0.5 + self._jitter()), LONGEST * (0.5 + 0.5 * self._jitter()))

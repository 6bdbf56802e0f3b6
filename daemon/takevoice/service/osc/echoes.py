"""Recognises values that a client was sent as feedback and sends back, which would keep two controllers moving each other for ever."""

from __future__ import annotations

import struct
import threading
from collections import OrderedDict, deque
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

from takevoice.osc.peers import Peer

WINDOW = 1.0  # seconds within which a value comes back
KEPT = 256  # values of an address
IN_A_ROW = 3
"""Values in a row that another port of a subscriber's machine sends back before they count: it may be another program."""
MAX_STREAKS = 1_000


@dataclass
class _Sent:
    time: float
    value: Any
    by: Peer | None
    to: Set[Peer]
    returned: set[Peer] = field(default_factory=set)


class Echoes:
    """What was sent as feedback lately, by address. Thread-safe; the caller passes the time in."""

    def __init__(self) -> None:
        self._sent: dict[str, deque[_Sent]] = {}
        self._streaks: OrderedDict[tuple[Peer, str], int] = OrderedDict()
        self._lock = threading.Lock()

    def sent(self, address: str, value: Any, by: Peer | None, to: Set[Peer], now: float) -> None:
        """Note a value that clients were sent, and the client that had set it."""
        with self._lock:
            self._sent.setdefault(address, deque(maxlen=KEPT)).append(_Sent(now, _plain(value), by, to))

    def is_echo(self, address: str, value: Any, peer: Peer, now: float) -> bool:
        """Return True for a value that a client does not set but sends back, each time it does so.

        A client that sends from another port than the one it subscribed with is recognised once it has sent back some in a row.
        """
        with self._lock:
            sent = self._recent(address, now)
            found = [each for each in sent if each.value == _plain(value) and each.by != peer]
            if any(peer in each.to for each in sent):
                return _take_back([each for each in found if peer in each.to and peer not in each.returned], peer)
            host = peer.at(0)
            is_back = any(other.at(0) == host for each in found for other in each.to)
            return self._count(peer, address, is_back) > IN_A_ROW

    def _recent(self, address: str, now: float) -> deque[_Sent]:
        sent = self._sent.get(address, deque())
        while sent and sent[0].time < now - WINDOW:
            sent.popleft()
        if not sent:
            self._sent.pop(address, None)
        return sent

    def _count(self, peer: Peer, address: str, is_back: bool) -> int:
        count = self._streaks.pop((peer, address), 0) + 1 if is_back else 0
        if count:
            self._streaks[peer, address] = count
            if len(self._streaks) > MAX_STREAKS:
                self._streaks.popitem(last=False)
        else:
            self._streaks.pop((peer, address), None)
        return count


def _take_back(found: list[_Sent], peer: Peer) -> bool:
    """Let the oldest of these count as returned: each comes back once."""
    if found:
        found[0].returned.add(peer)
    return bool(found)


def is_same(one: Any, other: Any) -> bool:
    """Return True if two values are the same in OSC."""
    return bool(_plain(one) == _plain(other))


def _plain(value: Any) -> Any:
    """Return a value as it can be compared with one that has been through OSC: numbers at the precision of a float."""
    if isinstance(value, bool | int | float):
        try:
            return struct.unpack(">f", struct.pack(">f", value))[0]
        except OverflowError:
            return float(value)
    return value

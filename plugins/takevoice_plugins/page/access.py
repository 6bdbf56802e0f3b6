"""Who may use the page: the token, and the codes that give it to a browser.

The token is in page.json in the state dir, which only the user can read, and stays the same, so that open pages survive a
restart. A browser gets it for a code: the code is part of an address, which other users may see, so it works once.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from takevoice import write_atomic

NAME = "page.json"
LIFE = 60.0  # seconds that a code can be used
_MOST = 20  # codes at once


class Address(NamedTuple):
    """Where the page is served, and its token."""

    host: str
    port: int
    token: str

    @property
    def url(self) -> str:
        """The address for a browser."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"


class Access:
    """Checks tokens, and gives out codes."""

    def __init__(self, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.token, self._clock = token, clock
        self._codes: dict[str, float] = {}
        self._lock = threading.Lock()

    def allows(self, header: str) -> bool:
        """Return True for the value of an Authorization header that has the token."""
        return hmac.compare_digest(header.encode(), f"Bearer {self.token}".encode())

    def new_code(self) -> str:
        """Return a code that gives the token once, within a minute."""
        code = secrets.token_urlsafe(18)
        with self._lock:
            self._forget_old()
            while len(self._codes) >= _MOST:
                self._codes.pop(next(iter(self._codes)))
            self._codes[code] = self._clock() + LIFE
        return code

    def token_for(self, code: str) -> str | None:
        """Return the token for a code, which is used up; None for any other."""
        with self._lock:
            self._forget_old()
            return self.token if self._codes.pop(code, None) is not None else None

    def _forget_old(self) -> None:
        now = self._clock()
        self._codes = {code: until for code, until in self._codes.items() if until > now}


def read_address(state: Path) -> Address | None:
    """Return where the page of a state dir is, or was, served; None when that is not known."""
    try:
        stored = json.loads((state / NAME).read_bytes())
        return Address(str(stored["host"]), int(stored["port"]), str(stored["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def token_of(state: Path) -> str:
    """Return the token of a state dir: the one that is stored, if only the user could read it, else a new one."""
    address = read_address(state)
    # On Windows, the mode says nothing: the user's own folder keeps others out.
    try:
        is_private = not (state / NAME).stat().st_mode & 0o077 or os.sep == "\\"
    except OSError:
        is_private = False
    return address.token if address is not None and is_private and len(address.token) >= 32 else secrets.token_urlsafe(32)


def publish(state: Path, address: Address) -> None:
    """Store the address for `takevoice open`, readable by the user only; raises OSError."""
    write_atomic(state / NAME, json.dumps(address._asdict()).encode(), private=True)

"""A secret in the keyring of the system: the Keychain, the Credential Manager, the Secret Service.

The keyring may ask its user, who may be away: macOS asks again whenever the Python has changed. So it is read in a
thread; an answer that comes late is taken when it comes. That there was a secret is remembered, without the secret.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from takevoice.system import place
from takevoice.system.private import private_folder

PATIENCE = 5.0  # seconds until a command continues without an answer
TRY_AGAIN = 60.0  # seconds after a failure; a session's keyring may start later than takevoice
STANDS = 2.0  # seconds that "no secret" counts; jobs ask far more often than people store keys
SLOW = 1.0  # seconds: a keyring that took longer to say that it has no secret is not read again for a while, either
TRY_AGAIN_REFUSED = 900.0  # seconds after a person refused, or closed the dialog


class KeyState(Enum):
    """What a keyring said."""

    FOUND = "found"
    NONE = "none"  # it has no such secret, or there is no keyring
    WAITING = "waiting"  # it has not answered yet
    FAILED = "failed"  # it is locked, or refused, or broken; or a secret that was there is gone


class Key(NamedTuple):
    """The secret, if there is one, and the state of the keyring."""

    secret: str | None
    state: KeyState
    reason: str = ""


class Keystore:
    """Reads one secret of the keyring."""

    def __init__(
        self,
        read: Callable[[], str | None],
        *,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`read` returns the secret, or None; it may raise anything, and may take as long as it likes."""
        self._read, self._patience, self._clock = read, patience, clock
        self._lock = threading.Lock()
        self._mark: Path | None = None
        self._answered = threading.Event()
        self._thread: threading.Thread | None = None
        self._key: Key | None = None
        self._again = 0.0

    def remember_in(self, mark: Path) -> None:
        """Remember in this file that there was a secret: from then on, a keyring without one has failed."""
        self._mark = mark

    def find(self) -> Key:
        """Return the secret; waits for the keyring at first, and later takes what has come meanwhile."""
        with self._lock:
            began = self._thread is None and not self._is_settled()
            if began:
                self._ask()
            if self._thread is not None:
                self._answered.wait(self._patience if began else 0)
            if not self._answered.is_set() or self._key is None:
                return Key(None, KeyState.WAITING, "a dialog may be waiting for your answer")
            self._thread = None
            return self._key

    def forget(self) -> None:
        """Forget the secret, which is invalid; the keyring is read again next time."""
        with self._lock:
            if self._thread is None:
                self._key = None

    def _is_settled(self) -> bool:
        """Return True while the last answer counts. A keyring without a secret is soon read again: one may be stored any time."""
        if self._key is None:
            return False
        return self._key.state is KeyState.FOUND or self._clock() < self._again

    def _ask(self) -> None:
        self._answered.clear()
        self._again = 0.0
        self._thread = threading.Thread(target=self._run, name="keyring", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        began = self._clock()
        try:
            secret = (self._read() or "").strip()
        except BaseException as error:
            self._key = self._failed(error)
        else:
            now = self._clock()
            self._again = now + (TRY_AGAIN if now - began > SLOW else STANDS)
            self._key = self._found(secret) if secret else self._missing()
        self._answered.set()

    def _found(self, secret: str) -> Key:
        if self._mark is not None and not self._mark.exists():
            with contextlib.suppress(OSError):
                private_folder(self._mark.parent)
                with place.open_file(self._mark, "wb") as file:
                    file.write(b"The keyring had a key. Remove this file to go on without one.\n")
        return Key(secret, KeyState.FOUND)

    def _missing(self) -> Key:
        if self._mark is not None and self._mark.exists():
            self._again = self._clock() + TRY_AGAIN
            return Key(None, KeyState.FAILED, "the key that was there is gone")
        return Key(None, KeyState.NONE)

    def _failed(self, error: BaseException) -> Key:
        name = type(error).__name__
        expected = self._mark is not None and self._mark.exists()
        if name == "NoKeyringError" and not expected:
            self._again = self._clock() + STANDS
            return Key(None, KeyState.NONE)
        self._again = self._clock() + (TRY_AGAIN_REFUSED if name == "KeyringLocked" else TRY_AGAIN)
        return Key(None, KeyState.FAILED, f"{name}: {error}" if str(error) else name)

"""The API key, from the environment or else the system keyring. It is never in a config file or a log."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from takevoice import KeyState, Keystore

ENVIRONMENT = "ELEVENLABS_API_KEY"
SERVICE, USER = "takevoice", "elevenlabs"
MARK = "elevenlabs-key-in-keyring"
NO_KEY = f"no key: set {ENVIRONMENT}, or store one with `keyring set {SERVICE} {USER}`"
WAITING = "the system keyring has not answered yet"
LOST = "the system keyring gave no key"
WITHOUT = 'to convert without it, set backend = "local" in the config'


def _from_keyring() -> str | None:
    import keyring

    return keyring.get_password(SERVICE, USER)


class FoundKey(NamedTuple):
    """The key, if there is one; a line that names its source or says what to do; and whether to wait for it."""

    key: str | None
    detail: str
    pending: bool = False


class Keys:
    """Finds the key."""

    def __init__(
        self, keyring: Callable[[], str | None] = _from_keyring, timeout: float | None = None
    ) -> None:
        """`timeout`: how long `find` waits for the keyring at first, in seconds (None: the usual time)."""
        self._store = Keystore(keyring) if timeout is None else Keystore(keyring, patience=timeout)
        self._mark = Path(MARK)

    def remember_in(self, state_dir: Path) -> None:
        """Remember in the state dir that the keyring had a key: it is never replaced by another engine in silence."""
        self._mark = state_dir / MARK
        self._store.remember_in(self._mark)

    def find(self) -> FoundKey:
        """Return the key. Without one, the line says what to do; `pending`: there is or may be one, but not now."""
        key = os.environ.get(ENVIRONMENT, "").strip()
        if key:
            return FoundKey(key, f"key from {ENVIRONMENT}")
        stored = self._store.find()
        if stored.state is KeyState.FOUND:
            return FoundKey(stored.secret, "key from the system keyring")
        if stored.state is KeyState.WAITING:
            return FoundKey(None, f"{WAITING}: {stored.reason}; {WITHOUT}", pending=True)
        if stored.state is KeyState.FAILED:
            mend = f"unlock the keyring, or store the key again with `keyring set {SERVICE} {USER}`"
            return FoundKey(None, f"{LOST} ({stored.reason}): {mend}; {WITHOUT}", pending=True)
        return FoundKey(None, NO_KEY)

    def forget(self) -> None:
        """Forget the stored key, which is invalid; the keyring is read again next time."""
        self._store.forget()

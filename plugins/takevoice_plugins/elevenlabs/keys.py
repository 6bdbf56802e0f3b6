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


HOUSE_ENVIRONMENT, HOUSE_USER = "TAKEVOICE_HOUSE_KEY", "house"


def _from_keyring() -> str | None:
    import keyring

    return keyring.get_password(SERVICE, USER)


def _house_from_keyring() -> str | None:
    import keyring

    return keyring.get_password(SERVICE, HOUSE_USER)


class FoundKey(NamedTuple):
    """The key, if there is one; a line that names its source or says what to do; and whether to wait for it."""

    key: str | None
    detail: str
    pending: bool = False


class Keys:
    """Finds the key."""

    def __init__(
        self,
        keyring: Callable[[], str | None] = _from_keyring,
        timeout: float | None = None,
        *,
        environment: str = ENVIRONMENT,
        user: str = USER,
        mark: str = MARK,
        missing: str = NO_KEY,
    ) -> None:
        """`timeout`: how long `find` waits for the keyring at first, in seconds (None: the usual time).

        `environment`, `user` and `mark` say where the key is; `missing` is the line for a person who has none.
        """
        self._environment, self._user, self._mark_name, self._missing = environment, user, mark, missing
        self._store = Keystore(keyring) if timeout is None else Keystore(keyring, patience=timeout)
        self._mark = Path(mark)

    def remember_in(self, state_dir: Path) -> None:
        """Remember in the state dir that the keyring had a key: it is never replaced by another engine in silence."""
        self._mark = state_dir / self._mark_name
        self._store.remember_in(self._mark)

    def find(self) -> FoundKey:
        """Return the key. Without one, the line says what to do; `pending`: there is or may be one, but not now."""
        key = os.environ.get(self._environment, "").strip()
        if key:
            return FoundKey(key, f"key from {self._environment}")
        stored = self._store.find()
        if stored.state is KeyState.FOUND:
            return FoundKey(stored.secret, "key from the system keyring")
        if stored.state is KeyState.WAITING:
            return FoundKey(None, f"{WAITING}: {stored.reason}; {WITHOUT}", pending=True)
        if stored.state is KeyState.FAILED:
            mend = f"unlock the keyring, or store the key again with `keyring set {SERVICE} {self._user}`"
            return FoundKey(None, f"{LOST} ({stored.reason}): {mend}; {WITHOUT}", pending=True)
        return FoundKey(None, self._missing)

    def forget(self) -> None:
        """Forget the stored key, which is invalid; the keyring is read again next time."""
        self._store.forget()


def house_keys() -> Keys:
    """Return where the key of a house is. It is never sent to the service, nor the service's to the house."""
    missing = f"no key of the house: `takevoice join` stores it, or set {HOUSE_ENVIRONMENT}"
    return Keys(
        _house_from_keyring, environment=HOUSE_ENVIRONMENT, user=HOUSE_USER, mark="house-key-in-keyring", missing=missing
    )

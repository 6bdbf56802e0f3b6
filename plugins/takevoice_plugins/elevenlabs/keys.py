"""The API key, from the environment or else the system keyring. It is never in a config file or a log."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

ENVIRONMENT = "ELEVENLABS_API_KEY"
SERVICE, USER = "takevoice", "elevenlabs"
KEYRING_TIMEOUT = 5.0  # seconds; a locked keyring may wait for a password in a hidden dialog
NO_KEY = f"no key: set {ENVIRONMENT}, or store one with `keyring set {SERVICE} {USER}`"


def _from_keyring() -> str | None:
    import keyring

    return keyring.get_password(SERVICE, USER)


class Keys:
    """Finds the key. A keyring that failed or timed out is not tried again."""

    def __init__(
        self, keyring: Callable[[], str | None] = _from_keyring, timeout: float = KEYRING_TIMEOUT
    ) -> None:
        self._keyring, self._timeout = keyring, timeout
        self._lock = threading.Lock()
        self._stored: str | None = None
        self._failed = False

    def find(self) -> tuple[str | None, str]:
        """Return the key and a line that names its source.

        Without a key, None and a line that says what to do.
        """
        key = os.environ.get(ENVIRONMENT, "").strip()
        if key:
            return key, f"key from {ENVIRONMENT}"
        with self._lock:
            if self._stored is None and not self._failed:
                self._stored = self._read_keyring()
            return (self._stored, "key from the system keyring") if self._stored else (None, NO_KEY)

    def forget(self) -> None:
        """Forget the stored key, which is invalid; the keyring is read again next time."""
        with self._lock:
            self._stored = None

    def _read_keyring(self) -> str | None:
        """Read the key from the keyring within the timeout; None if there is none."""
        found: list[str | None] = []

        def read() -> None:
            try:
                found.append(self._keyring())
            except BaseException:  # noqa: S110 - a keyring that raises anything gave no key
                pass

        thread = threading.Thread(target=read, name="keyring", daemon=True)
        thread.start()
        thread.join(self._timeout)
        self._failed = not found
        return (found[0] or "").strip() or None if found else None

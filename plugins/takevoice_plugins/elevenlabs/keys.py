"""Where the key comes from: the environment, else the system keyring. It is in no config file and in no log."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

ENVIRONMENT = "ELEVENLABS_API_KEY"
SERVICE, USER = "takevoice", "elevenlabs"
PATIENCE = 5.0  # seconds; a locked keyring may be asking for its password where nobody sees it
NO_KEY = f"no key: set {ENVIRONMENT}, or store one with `keyring set {SERVICE} {USER}`"


def _from_keyring() -> str | None:
    import keyring

    return keyring.get_password(SERVICE, USER)


class Keys:
    """Finds the key; a keyring that failed or did not answer is left alone from then on."""

    def __init__(self, keyring: Callable[[], str | None] = _from_keyring, patience: float = PATIENCE) -> None:
        self._keyring, self._patience = keyring, patience
        self._lock = threading.Lock()
        self._stored: str | None = None
        self._failed = False

    def find(self) -> tuple[str | None, str]:
        """The key, and a line on where it came from; no key, and what to do."""
        key = os.environ.get(ENVIRONMENT, "").strip()
        if key:
            return key, f"key from {ENVIRONMENT}"
        with self._lock:
            if self._stored is None and not self._failed:
                self._stored = self._asked()
            return (self._stored, "key from the system keyring") if self._stored else (None, NO_KEY)

    def forget(self) -> None:
        """Asks the keyring again next time: the key that it gave is not, or no longer, good."""
        with self._lock:
            self._stored = None

    def _asked(self) -> str | None:
        """What the keyring says, within the patience."""
        found: list[str | None] = []

        def ask() -> None:
            try:
                found.append(self._keyring())
            except BaseException:  # noqa: S110 - whatever a keyring does, it gave no key
                pass

        thread = threading.Thread(target=ask, name="keyring", daemon=True)
        thread.start()
        thread.join(self._patience)
        self._failed = not found
        return (found[0] or "").strip() or None if found else None

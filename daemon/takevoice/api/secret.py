"""The API key, wrapped so that it shows in no repr, no message and no traceback."""

from __future__ import annotations

from takevoice.errors import BackendUnavailable


class Secret:
    """Holds the key; only `reveal` gives it.

    Raises:
        BackendUnavailable: it is empty, or has characters that no header can carry.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value.strip()
        if not self._value:
            raise BackendUnavailable("the API key is empty")
        if not all(33 <= ord(c) < 127 for c in self._value):
            self._value = ""
            raise BackendUnavailable("the API key has characters that no key has")

    def reveal(self) -> str:
        """The key itself."""
        return self._value

    def hide(self, text: str) -> str:
        """The text with the key blotted out."""
        return text.replace(self._value, "***")

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> str:
        raise TypeError("a key is not pickled")

"""The API key, wrapped so that it never appears in a repr, a message or a traceback."""

from __future__ import annotations

from takevoice.errors import BackendUnavailable


class Secret:
    """Holds the key, which only `reveal` returns.

    Raises:
        BackendUnavailable: the key is empty or contains characters that a header cannot carry.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value.strip()
        if not self._value:
            raise BackendUnavailable("the API key is empty")
        if not all(33 <= ord(c) < 127 for c in self._value):
            self._value = ""
            raise BackendUnavailable("the API key contains characters that no key has")

    def reveal(self) -> str:
        """Return the key."""
        return self._value

    def hide(self, text: str) -> str:
        """Return the text with the key replaced by ***."""
        return text.replace(self._value, "***")

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> str:
        raise TypeError("a key cannot be pickled")

"""Checks chunk by chunk that the body of a successful response is audio to its end. No input or output."""

from __future__ import annotations

from collections.abc import Callable

from takevoice.api.errors import ApiError, NotAudioAnswer, NotCharged, StreamFailed
from takevoice.api.responses import MAX_ERROR_BODY, printable, read_detail, says_not_charged

_ERROR_START = b'{"detail"'
_TEXT_STARTS = (b"{", b"[", b"<")
_RAW_TEXT_STARTS = (b'{"', b"<!doctype", b"<html")
"""How text begins where any byte may be a sample: in quiet mu-law audio, all bytes may be letters and braces."""
_INSPECTED = 256


class AudioBody:
    """Passes audio on and holds back text: an error message in place of the audio or in the middle of it.

    `raw`: the audio has no header.
    """

    def __init__(
        self,
        content_type: str,
        status: int,
        request_id: str,
        hide: Callable[[str], str] = str,
        *,
        raw: bool = False,
    ) -> None:
        self._starts = _RAW_TEXT_STARTS if raw else _TEXT_STARTS
        self._text = b"" if _is_text(content_type) else None
        self._held = b""
        self._status, self._request_id, self._hide = status, request_id, hide
        self.started = False

    def feed(self, chunk: bytes) -> bytes:
        """Return the audio in the next chunk; b"" while it collects what is, or may be, a message."""
        if self._text is not None:
            self._text = (self._text + chunk)[:MAX_ERROR_BODY]
            return b""
        seen, self._held = self._held + chunk, b""
        if not self.started and _looks_like_text(seen, self._starts):
            self._hold(seen)
            return b""
        audio, message, rest = seen.partition(_ERROR_START)
        if message:
            self._text = message + rest
        else:
            audio, self._held = _split_possible_error(audio)
        self.started = self.started or bool(audio)
        return audio

    def _hold(self, start: bytes) -> None:
        """Hold back a beginning that looks like text; a short one may still prove to be audio."""
        if len(start) >= _INSPECTED:
            self._text = start
        else:
            self._held = start

    def end(self) -> bytes:
        """Return the rest of the audio, which was held back.

        Raises:
            NotAudioAnswer: the body contains no audio.
            StreamFailed: the audio ends with an error message.
            NotCharged: either, and the message says that nothing was charged.
        """
        if not self.started and _looks_like_text(self._held, self._starts):
            self._text = self._held
        if self._text is not None:
            raise self._failure(self._text)
        if not (self.started or self._held):
            raise NotAudioAnswer("the response is empty", status=self._status, request_id=self._request_id)
        return self._held

    def _failure(self, text: bytes) -> ApiError:
        hidden = self._hide(text.decode("utf-8", "replace"))
        detail = read_detail(hidden.encode())
        message = detail.message or printable(hidden, 120)
        kind: type[ApiError]
        kind, what = (
            (StreamFailed, "the audio ended with an error message")
            if self.started
            else (NotAudioAnswer, "the response is text, not audio")
        )
        if says_not_charged(message):
            kind = NotCharged
        return kind(
            f"{what}: {message}",
            status=self._status,
            api_code=printable(detail.codes[0], 80) if detail.codes else "",
            request_id=detail.request_id or self._request_id,
        )


def _is_text(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind == "application/json" or kind.endswith("+json")


def _looks_like_text(chunk: bytes, starts: tuple[bytes, ...]) -> bool:
    """Return True if the bytes are printable and begin as text does, as far as they go."""
    start = chunk[:_INSPECTED]
    if not start or not all(32 <= byte < 127 or byte in b"\t\r\n" for byte in start):
        return False
    written = start.lstrip().lower()
    if not written:
        return starts is _TEXT_STARTS
    return any(written[: len(each)] == each[: len(written)] for each in starts)


def _split_possible_error(audio: bytes) -> tuple[bytes, bytes]:
    """Return the audio, and separately its last bytes if an error message may start there."""
    for size in range(min(len(_ERROR_START) - 1, len(audio)), 0, -1):
        if audio.endswith(_ERROR_START[:size]):
            return audio[:-size], audio[-size:]
    return audio, b""

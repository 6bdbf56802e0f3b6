"""Whether the body of a success is audio, all the way: fed chunk by chunk, no input or output."""

from __future__ import annotations

from collections.abc import Callable

from takevoice.api.answers import MAX_ERROR_BODY, printable, read_detail
from takevoice.api.errors import ApiError, NotAudioAnswer, StreamFailed

_ERROR_BEGINS = b'{"detail"'
_TEXT_BEGINS = (b"{", b"[", b"<")
_LOOKED_AT = 256


class AudioBody:
    """Lets audio through, and holds back text: a message in place of the audio, or in the middle of it."""

    def __init__(
        self, content_type: str, status: int, request_id: str, hide: Callable[[str], str] = str
    ) -> None:
        self._text = b"" if _is_text(content_type) else None
        self._held = b""
        self._status, self._request_id, self._hide = status, request_id, hide
        self.begun = False

    def feed(self, chunk: bytes) -> bytes:
        """The audio in the next chunk; b"" while a message is being collected, or may be."""
        if self._text is not None:
            self._text = (self._text + chunk)[:MAX_ERROR_BODY]
            return b""
        seen, self._held = self._held + chunk, b""
        if not self.begun and _looks_like_text(seen):
            self._hold(seen)
            return b""
        audio, message, rest = seen.partition(_ERROR_BEGINS)
        if message:
            self._text = message + rest
        else:
            audio, self._held = _split_beginning(audio)
        self.begun = self.begun or bool(audio)
        return audio

    def _hold(self, start: bytes) -> None:
        """Holds back a start that reads like text; short ones may still turn out to be audio."""
        if len(start) >= _LOOKED_AT:
            self._text = start
        else:
            self._held = start

    def end(self) -> bytes:
        """What was held back, when it was audio after all.

        Raises:
            NotAudioAnswer: there was no audio.
            StreamFailed: the audio ended with a message.
        """
        if not self.begun and _looks_like_text(self._held):
            self._text = self._held
        if self._text is not None:
            raise self._failure(self._text)
        if not (self.begun or self._held):
            raise NotAudioAnswer("the answer is empty", status=self._status, request_id=self._request_id)
        return self._held

    def _failure(self, text: bytes) -> ApiError:
        hidden = self._hide(text.decode("utf-8", "replace"))
        detail = read_detail(hidden.encode())
        said = detail.message or printable(hidden, 120)
        kind, what = (
            (StreamFailed, "the audio broke off with a message")
            if self.begun
            else (NotAudioAnswer, "the answer is text, not audio")
        )
        return kind(
            f"{what}: {said}",
            status=self._status,
            api_code=printable(detail.words[0], 80) if detail.words else "",
            request_id=detail.request_id or self._request_id,
        )


def _is_text(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind == "application/json" or kind.endswith("+json")


def _looks_like_text(chunk: bytes) -> bool:
    start = chunk[:_LOOKED_AT]
    written = start.lstrip()
    readable = all(32 <= byte < 127 or byte in b"\t\r\n" for byte in start)
    return bool(start) and readable and (not written or written.startswith(_TEXT_BEGINS))


def _split_beginning(audio: bytes) -> tuple[bytes, bytes]:
    """The audio, and its last bytes when they may be where a message begins."""
    for size in range(min(len(_ERROR_BEGINS) - 1, len(audio)), 0, -1):
        if audio.endswith(_ERROR_BEGINS[:size]):
            return audio[:-size], audio[-size:]
    return audio, b""

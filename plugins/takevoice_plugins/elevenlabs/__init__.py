"""The backend "elevenlabs": conversions by the speech-to-speech API of ElevenLabs, with the user's own key."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from takevoice import Backend, Encoded, Voice, errors, hookimpl
from takevoice_plugins.elevenlabs.keys import Keys
from takevoice_plugins.elevenlabs.options import Options

if TYPE_CHECKING:
    from takevoice import ConversionRequest, Job, SpeechToSpeech, Take

NAME = "elevenlabs"
MAX_SECONDS = 300.0
CREDITS_PER_MINUTE = 1000.0
MAX_BYTES = 50_000_000
VOICES_LAST = 300.0  # seconds


class ElevenLabs:
    """The plugin; its client, its key and its list of voices live as long as it does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._options = Options()
        self._keys = Keys()
        self._client: tuple[str, SpeechToSpeech] | None = None
        self._voices: tuple[float, list[Voice]] | None = None

    @hookimpl
    def configure(self, options: Mapping[str, Mapping[str, Any]], state_dir: Path) -> None:  # noqa: ARG002
        """Takes over `[plugins.elevenlabs]`."""
        wanted = Options.of(options.get(NAME, {}))
        with self._lock:
            if wanted != self._options:
                self._options, self._client, self._voices = wanted, None, None

    @hookimpl
    def backends(self) -> Sequence[Backend]:
        """Ready when there is a key."""
        key, detail = self._keys.find()
        return [
            Backend(
                NAME,
                ready=key is not None,
                detail=detail,
                paid=True,
                max_seconds=MAX_SECONDS,
                credits_per_minute=CREDITS_PER_MINUTE,
            )
        ]

    @hookimpl
    def voices(self, backend: str) -> Sequence[Voice] | None:
        """The voices of the account, asked for again after five minutes."""
        if backend != NAME:
            return None
        client = self._connected()
        with self._lock:
            if self._voices is not None and time.monotonic() - self._voices[0] < VOICES_LAST:
                return list(self._voices[1])
        found = client.voices()
        with self._lock:
            self._voices = time.monotonic(), found
        return list(found)

    @hookimpl
    def convert(self, job: Job, request: ConversionRequest, audio: Take) -> Encoded | None:
        """Sends the take; returns when the answer has begun."""
        if job.backend != NAME:
            return None
        if audio.seconds > MAX_SECONDS:
            raise errors.BackendError(
                f"the take lasts {audio.seconds:.0f} seconds, and the API takes {MAX_SECONDS:.0f} at most",
                where=str(job.path),
            )
        from takevoice_plugins.elevenlabs.encoding import sendable

        raw = request.file_format == "pcm_s16le_16"
        path = audio.path if raw else sendable(audio)
        size = path.stat().st_size
        if not raw and size > MAX_BYTES:
            raise errors.BackendError(
                f"the take has {size / 1e6:.0f} MB as it is sent, and the API takes {MAX_BYTES / 1e6:.0f} at most",
                where=str(job.path),
            )
        given = request.model_dump(exclude_defaults=True) | {"model_id": request.model_id}
        given |= {"output_format": request.output_format, "voice_settings": request.voice_settings}
        try:
            stream = self._connected().convert(**given, audio=path).open()
        except errors.BackendError as error:
            if error.code == "invalid_key":
                self._keys.forget()
            raise
        return Encoded(stream, _told(stream.output_format))

    def _connected(self) -> SpeechToSpeech:
        """The client for the key of now."""
        key, detail = self._keys.find()
        if key is None:
            raise errors.BackendUnavailable(detail)
        with self._lock:
            if self._client is None or self._client[0] != key:
                self._client, self._voices = (key, self._made(key)), None
            return self._client[1]

    def _made(self, key: str) -> SpeechToSpeech:
        from takevoice import SpeechToSpeech
        from takevoice_plugins.elevenlabs.encoding import raw_pcm16

        return SpeechToSpeech(key, to_pcm16=raw_pcm16, **self._options.given())


def _told(output_format: str | None) -> str:
    """What to tell of the bytes: only a format without a header needs its name."""
    from takevoice import OUTPUT_FORMATS

    known = OUTPUT_FORMATS.get(output_format or "")
    return known.name if known and known.headerless else "auto"

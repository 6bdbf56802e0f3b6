"""The backend "elevenlabs": conversion by the speech-to-speech API of ElevenLabs, with the user's own key."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from takevoice import Backend, Encoded, JoinedHouse, Voice, errors, hookimpl
from takevoice_plugins.elevenlabs.house_address import explained
from takevoice_plugins.elevenlabs.keys import Keys, house_keys
from takevoice_plugins.elevenlabs.options import Options
from takevoice_plugins.elevenlabs.promise import RepeatableAnswer, headers_for, repeatable, saved_in
from takevoice_plugins.elevenlabs.voice_list import VoiceList
from takevoice_plugins.elevenlabs.waiting import Waiting

if TYPE_CHECKING:
    from takevoice import ConversionRequest, Job, Office, SpeechToSpeech, Take

NAME = "elevenlabs"
MAX_SECONDS = 300.0
CREDITS_PER_MINUTE = 1000.0
MAX_BYTES = 50_000_000


class ElevenLabs:
    """The plugin. It caches the client, the key and the list of voices."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._options = Options()
        self._keys, self._house_keys = Keys(), house_keys()
        self._client: tuple[str, SpeechToSpeech] | None = None
        self._voices = VoiceList()
        self._waiting: Waiting | None = None

    @hookimpl
    def configure(self, options: Mapping[str, Mapping[str, Any]], state_dir: Path) -> None:
        """Apply `[plugins.elevenlabs]`; raises ConfigError for invalid options."""
        self._keys.remember_in(state_dir)
        self._house_keys.remember_in(state_dir)
        wanted = Options.of(options.get(NAME, {}))
        with self._lock:
            if wanted != self._options:
                self._options, self._client = wanted, None
                self._voices.forget()

    @hookimpl
    def serve(self, office: Office) -> None:
        """Tell a house from now on what waits at this station."""
        self._waiting = Waiting(office)

    @hookimpl
    def backends(self) -> Sequence[Backend]:
        """Return the backend, which is ready if there is a key."""
        key, detail, pending = self._keys_in_use.find()
        return [
            Backend(
                NAME,
                ready=key is not None,
                detail=detail,
                warning=self._options.warning,
                pending=pending,
                paid=self._options.paid,
                max_seconds=MAX_SECONDS,
                credits_per_minute=CREDITS_PER_MINUTE,
                max_concurrent=self._options.max_concurrent,
                idempotent=self._options.house,
                free_voices=self._voices.free,
            )
        ]

    @hookimpl
    def joined_house(self) -> JoinedHouse | None:
        """Return the house that this station has joined; it is asked with the key of the house that is stored here."""
        options, keys = self._options, self._house_keys
        if not options.house or (url := options.base_url) is None:
            return None

        def overview(by: str) -> Mapping[str, Any]:
            # Imported here: only the page asks.
            from takevoice_plugins.elevenlabs.house_overview import ask

            return ask(options, keys, url, by)

        return JoinedHouse(url, overview)

    @hookimpl
    def voices(self, backend: str) -> Sequence[Voice] | None:
        """Return the voices of the account, as `VoiceList` has them; None for other backends."""
        return self._voices.get(self._list_voices) if backend == NAME else None

    def _list_voices(self) -> list[Voice]:
        try:
            voices = self._connect().voices()
            # Only a house is believed: the service has no such voices.
            return voices if self._options.house else [replace(voice, free=False) for voice in voices]
        except errors.BackendError as error:
            raise self._explained(error) from None

    def _explained(self, error: errors.BackendError) -> errors.BackendError:
        options = self._options
        if not options.house or options.base_url is None:
            return error
        return explained(error, options.base_url, options.certificate)

    @hookimpl
    def convert(self, job: Job, request: ConversionRequest, audio: Take) -> Encoded | None:
        """Send the take; return when the response begins. None for other backends.

        Raises:
            BackendError: the take is too long or too large, or the API rejected it.
            BackendUnavailable, BackendPending: there is no key, or none yet.
        """
        if job.backend != NAME:
            return None
        if audio.seconds > MAX_SECONDS:
            raise errors.BackendError(
                f"the take lasts {audio.seconds:.0f} seconds, but the API accepts at most {MAX_SECONDS:.0f}",
                where=str(job.path),
            )
        from takevoice_plugins.elevenlabs.encoding import sendable

        raw = request.file_format == "pcm_s16le_16"
        path = audio.path if raw else sendable(audio)
        size = path.stat().st_size
        if not raw and size > MAX_BYTES:
            raise errors.BackendError(
                f"the upload has {size / 1e6:.0f} MB, but the API accepts at most {MAX_BYTES / 1e6:.0f}",
                where=str(job.path),
            )
        parameters = request.model_dump(exclude_defaults=True) | {"model_id": request.model_id}
        parameters |= {"output_format": request.output_format, "voice_settings": request.voice_settings.for_api()}
        house = self._options.house
        if house and (headers := {**headers_for(job, request, audio), **(self._waiting.headers() if self._waiting else {})}):
            parameters["request_options"] = {"additional_headers": headers}
        try:
            stream = self._connect().convert(**parameters, audio=path).open()
        except errors.BackendError as error:
            if error.code == "invalid_key":
                self._keys_in_use.forget()
            if error.code == "voice_not_found":
                self._voices.forget()  # another account may be behind a house now
            raise (repeatable(self._explained(error)) if house else error) from None
        chunks, output_format = RepeatableAnswer(stream) if house else stream, _decoder_format(stream.output_format)
        return Encoded(chunks, output_format, stream.max_concurrent, stream.credits, saved_in(stream.headers) if house else 0.0)

    @property
    def _keys_in_use(self) -> Keys:
        return self._house_keys if self._options.house else self._keys

    def _connect(self) -> SpeechToSpeech:
        """Return the client for the current key; raises BackendUnavailable or BackendPending if there is none."""
        key, detail, pending = self._keys_in_use.find()
        if key is None:
            raise errors.BackendPending(detail) if pending else errors.BackendUnavailable(detail)
        with self._lock:
            if self._client is None or self._client[0] != key:
                self._client = key, self._new_client(key)
                self._voices.forget()
            return self._client[1]

    def _new_client(self, key: str) -> SpeechToSpeech:
        from takevoice import SpeechToSpeech
        from takevoice_plugins.elevenlabs.encoding import raw_pcm16

        # takevoice itself limits the requests to what the account accepts, and repeats those that it refuses.
        return SpeechToSpeech(key, to_pcm16=raw_pcm16, wait_when_busy=False, **self._options.for_client())


def _decoder_format(output_format: str | None) -> str:
    """Return the format that the decoder must know: the name of a format without header, else "auto"."""
    from takevoice import OUTPUT_FORMATS

    known = OUTPUT_FORMATS.get(output_format or "")
    return known.name if known and known.headerless else "auto"

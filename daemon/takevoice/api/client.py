"""The client for threads: executes the operations that the flows yield."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, Self, TypeVar, Unpack, cast

import httpx

from takevoice.api import flows
from takevoice.api.base import Client, Settings, WithResponseInfo, http_settings, redacted
from takevoice.api.exchange import AcquireSlot, Call, Emit, Flow, Next, Op, ReleaseSlot, Send, Wait
from takevoice.api.flows import HistoryItem, Model, ResponseInfo, Subscription
from takevoice.api.slots import Slots
from takevoice.api.upload import Audio
from takevoice.api.wire import Parameters
from takevoice.voices import Voice, find_voice

T = TypeVar("T")


class AudioStream(WithResponseInfo, Iterator[bytes]):
    """The converted audio as it arrives. `open`, or reading the first chunk, sends the request."""

    def __init__(self, chunks: Generator[bytes, None, None], info: ResponseInfo) -> None:
        super().__init__(info)
        self._chunks, self._first = chunks, list[bytes]()

    def open(self) -> Self:
        """Send the request and wait for the first bytes; raise the errors of the request."""
        if not self._first:
            self._first += [chunk for chunk in [next(self._chunks, b"")] if chunk]
        return self

    def __next__(self) -> bytes:
        return self._first.pop() if self._first else next(self._chunks)

    def close(self) -> None:
        """Stop: discard the rest of the audio and the connection."""
        self._first.clear()
        self._chunks.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SpeechToSpeech(Client):
    """A client of the speech-to-speech API. Thread-safe: threads may share one client.

    Args:
        api_key: the key; None sends no key.
        transport: an httpx transport to use in place of the network.
        settings: see `Settings`.

    Raises:
        InvalidParameter: an argument is invalid.
        BackendUnavailable: the key is malformed, or the proxy that the environment names cannot be used.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(api_key, **settings)
        self._http = httpx.Client(transport=transport, **http_settings(self._state, network=transport is None))
        self._slots = Slots(self._state.limit)
        # The streams hold a reference to the client, so this does not interrupt them.
        weakref.finalize(self, self._http.close)

    def convert(self, voice_id: str, *, audio: Audio, **parameters: Unpack[Parameters]) -> AudioStream:
        """Return the audio in another voice, as a stream. `Parameters` lists the parameters.

        Raises:
            InvalidParameter, StorageError: immediately; nothing is sent.
            ApiError: while the stream is read.
        """
        return self._stream(*self._flow(voice_id, audio, parameters, streaming=False))

    def stream(self, voice_id: str, *, audio: Audio, **parameters: Unpack[Parameters]) -> AudioStream:
        """Like `convert`, but with the endpoint that responds before the conversion is complete; no wav formats."""
        return self._stream(*self._flow(voice_id, audio, parameters, streaming=True))

    def voices(self, search: str | None = None) -> list[Voice]:
        """Return the voices of the account, or those that match `search`."""
        return self._result(flows.list_voices(self._state, search))

    def voice(self, voice_id: str) -> Voice:
        """Return the voice with this id."""
        return self._result(flows.get_voice(self._state, voice_id))

    def find_voice(self, wanted: str) -> Voice:
        """Return the voice with this name or id; raise UnknownVoice, with suggestions, if there is not exactly one."""
        return find_voice(wanted, self.voices(), "elevenlabs")

    def models(self) -> list[Model]:
        """Return all models, including those that cannot convert voices."""
        return self._result(flows.list_models(self._state))

    def subscription(self) -> Subscription:
        """Return the plan of the account."""
        return self._result(flows.get_subscription(self._state))

    def history(self, since: float, until: float | None = None) -> list[HistoryItem]:
        """Return the voice conversions of the account since this Unix time, and until another one, newest first."""
        return self._result(flows.list_history(self._state, since, until))

    def history_audio(self, item: str) -> bytes:
        """Return the audio of a conversion in the history."""
        return self._result(flows.get_history_audio(self._state, item))

    def get_json(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Return the JSON that the API has at a path, such as /v1/voices."""
        return self._result(flows.get_json(self._state, path, query or {}))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _stream(self, flow: Flow[None], info: ResponseInfo) -> AudioStream:
        return AudioStream(self._drive(flow), info)

    def _result(self, flow: Flow[T]) -> T:
        [value] = self._drive(flows.emit_result(flow))
        return cast(T, value)

    def _drive(self, flow: Flow[None]) -> Generator[Any, None, None]:
        executor = _Executor(self._http, self._slots, self._state.hide)
        outcome = None
        try:
            while True:
                try:
                    op = flow.send(outcome)
                except StopIteration:
                    return
                outcome = None if isinstance(op, Emit) else executor.execute(op)
                if isinstance(op, Emit):
                    yield op.value
        finally:
            flow.close()
            executor.release()


class _Executor:
    """Executes the operations of one flow. `async_client` has the same class with awaits."""

    def __init__(self, http: httpx.Client, slots: Slots, hide: Callable[[str], str]) -> None:
        self._http, self._slots, self._hide, self._has_slot = http, slots, hide, False
        self._response: httpx.Response | None = None
        self._chunks: Iterator[bytes] = iter(())

    def execute(self, op: Op) -> Any:
        match op:
            case AcquireSlot(timeout):
                self._has_slot = self._slots.acquire(timeout)
                return self._has_slot
            case Send(request, chunk_size):
                try:
                    self._response = self._http.send(request, stream=True)
                except httpx.HTTPError as error:
                    return redacted(error, self._hide)
                self._chunks = self._response.iter_bytes(chunk_size)
                return self._response
            case Next():
                try:
                    return next(self._chunks, None)
                except httpx.HTTPError as error:
                    return redacted(error, self._hide)
            case ReleaseSlot():
                self.release()
            case Wait(seconds):
                time.sleep(seconds)
            case Call(function):
                return function()
        return None

    def release(self) -> None:
        try:
            if self._response is not None:
                self._response.close()
        finally:
            self._response = None
            if self._has_slot:
                self._slots.release()
            self._has_slot = False

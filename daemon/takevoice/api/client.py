"""The client for threads: does what the flows want done, and nothing else."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Generator, Iterator
from typing import Any, Self, TypeVar, Unpack, cast

import httpx

from takevoice.api import flows
from takevoice.api.base import Answer, Client, Settings, bare, http_settings
from takevoice.api.exchange import Call, Emit, Enter, Flow, Leave, Next, Op, Send, Wait
from takevoice.api.flows import AnswerInfo, Model, Subscription
from takevoice.api.slots import Slots
from takevoice.api.upload import Audio
from takevoice.api.wire import Parameters
from takevoice.voices import Voice, find_voice

T = TypeVar("T")


class AudioStream(Answer, Iterator[bytes]):
    """The converted audio as it arrives. Sent when the first bytes are asked for, or `open` is called."""

    def __init__(self, chunks: Generator[bytes, None, None], info: AnswerInfo) -> None:
        super().__init__(info)
        self._chunks, self._first = chunks, list[bytes]()

    def open(self) -> Self:
        """Sends the request and waits for the first bytes, so that what went wrong is known now."""
        if not self._first:
            self._first += [chunk for chunk in [next(self._chunks, b"")] if chunk]
        return self

    def __next__(self) -> bytes:
        return self._first.pop() if self._first else next(self._chunks)

    def close(self) -> None:
        """Stops: the rest is not fetched, and the connection is given up."""
        self._first.clear()
        self._chunks.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SpeechToSpeech(Client):
    """The speech-to-speech API, for threads: one client serves many at once.

    Args:
        api_key: the key; None sends none.
        transport: what carries the requests, in place of the network.
        settings: see `Settings`.

    Raises:
        InvalidParameter: an argument cannot be used.
        BackendUnavailable: the key cannot be a key.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(api_key, **settings)
        self._http = httpx.Client(transport=transport, **http_settings(self._core))
        self._slots = Slots(self._core.limit)
        # Its streams hold the client, so that this does not cut them off.
        weakref.finalize(self, self._http.close)

    def convert(self, voice_id: str, *, audio: Audio, **parameters: Unpack[Parameters]) -> AudioStream:
        """The audio in another voice; `Parameters` says what can be given.

        Raises:
            InvalidParameter, StorageError: at once; nothing is sent.
            ApiError: while it is iterated.
        """
        return self._stream(*self._flow(voice_id, audio, parameters, streaming=False))

    def stream(self, voice_id: str, *, audio: Audio, **parameters: Unpack[Parameters]) -> AudioStream:
        """As `convert`, by the endpoint that begins to answer before all is converted; no wav formats."""
        return self._stream(*self._flow(voice_id, audio, parameters, streaming=True))

    def voices(self, search: str | None = None) -> list[Voice]:
        """The voices of the account, or those that match `search`."""
        return self._one(flows.list_voices(self._core, search))

    def voice(self, voice_id: str) -> Voice:
        """One voice, by its id."""
        return self._one(flows.get_voice(self._core, voice_id))

    def find_voice(self, wanted: str) -> Voice:
        """The voice of that name or id; an unknown or ambiguous one raises UnknownVoice with the nearest."""
        return find_voice(wanted, self.voices(), "elevenlabs")

    def models(self) -> list[Model]:
        """The models, those that convert no voices too."""
        return self._one(flows.list_models(self._core))

    def subscription(self) -> Subscription:
        """The account's plan."""
        return self._one(flows.get_subscription(self._core))

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _stream(self, flow: Flow[None], info: AnswerInfo) -> AudioStream:
        return AudioStream(self._drive(flow), info)

    def _one(self, flow: Flow[T]) -> T:
        [value] = self._drive(flows.one(flow))
        return cast(T, value)

    def _drive(self, flow: Flow[None]) -> Generator[Any, None, None]:
        doing = _Doing(self._http, self._slots, self._core.hide)
        outcome = None
        try:
            while True:
                try:
                    op = flow.send(outcome)
                except StopIteration:
                    return
                outcome = None if isinstance(op, Emit) else doing.do(op)
                if isinstance(op, Emit):
                    yield op.value
        finally:
            flow.close()
            doing.leave()


class _Doing:
    """Does what a flow wants done, for threads. `async_client` has the same with awaits."""

    def __init__(self, http: httpx.Client, slots: Slots, hide: Callable[[str], str]) -> None:
        self._http, self._slots, self._hide, self._has_slot = http, slots, hide, False
        self._answer: httpx.Response | None = None
        self._chunks: Iterator[bytes] = iter(())

    def do(self, op: Op) -> Any:
        match op:
            case Enter(timeout):
                self._has_slot = self._slots.enter(timeout)
                return self._has_slot
            case Send(request, chunk_size):
                try:
                    self._answer = self._http.send(request, stream=True)
                except httpx.HTTPError as error:
                    return bare(error, self._hide)
                self._chunks = self._answer.iter_bytes(chunk_size)
                return self._answer
            case Next():
                try:
                    return next(self._chunks, None)
                except httpx.HTTPError as error:
                    return bare(error, self._hide)
            case Leave():
                self.leave()
            case Wait(seconds):
                time.sleep(seconds)
            case Call(function):
                return function()
        return None

    def leave(self) -> None:
        try:
            if self._answer is not None:
                self._answer.close()
        finally:
            self._answer = None
            if self._has_slot:
                self._slots.leave()
            self._has_slot = False

"""The client for asyncio: does what the flows want done, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from typing import Any, Self, TypeVar, Unpack, cast

import httpx

from takevoice.api import flows
from takevoice.api.base import Answer, Client, Settings, bare, http_settings
from takevoice.api.exchange import Call, Emit, Enter, Flow, Leave, Next, Op, Send, Wait
from takevoice.api.flows import AnswerInfo, Model, Subscription
from takevoice.api.slots import AsyncSlots
from takevoice.api.upload import Audio
from takevoice.api.wire import Parameters
from takevoice.voices import Voice, find_voice

T = TypeVar("T")


class AsyncAudioStream(Answer, AsyncIterator[bytes]):
    """The converted audio as it arrives. Sent when the first bytes are asked for, or `open` is called."""

    def __init__(self, chunks: AsyncGenerator[bytes, None], info: AnswerInfo) -> None:
        super().__init__(info)
        self._chunks, self._first = chunks, list[bytes]()

    async def open(self) -> Self:
        """Sends the request and waits for the first bytes, so that what went wrong is known now."""
        if not self._first:
            self._first += [chunk for chunk in [await anext(self._chunks, b"")] if chunk]
        return self

    async def __anext__(self) -> bytes:
        return self._first.pop() if self._first else await anext(self._chunks)

    def __await__(self) -> Generator[Any, None, Self]:
        return self.open().__await__()

    async def aclose(self) -> None:
        """Stops: the rest is not fetched, and the connection is given up."""
        self._first.clear()
        await self._chunks.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class AsyncSpeechToSpeech(Client):
    """The speech-to-speech API, for asyncio: one client serves many tasks of one loop.

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
        transport: httpx.AsyncBaseTransport | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(api_key, **settings)
        self._http = httpx.AsyncClient(transport=transport, **http_settings(self._core))
        self._slots = AsyncSlots(self._core.limit)

    def convert(self, voice_id: str, *, audio: Audio, **parameters: Unpack[Parameters]) -> AsyncAudioStream:
        """The audio in another voice; `Parameters` says what can be given.

        Raises:
            InvalidParameter, StorageError: at once; nothing is sent.
            ApiError: while it is iterated.
        """
        return self._stream(*self._flow(voice_id, audio, parameters, streaming=False))

    def stream(self, voice_id: str, *, audio: Audio, **parameters: Unpack[Parameters]) -> AsyncAudioStream:
        """As `convert`, by the endpoint that begins to answer before all is converted; no wav formats."""
        return self._stream(*self._flow(voice_id, audio, parameters, streaming=True))

    async def voices(self, search: str | None = None) -> list[Voice]:
        """The voices of the account, or those that match `search`."""
        return await self._one(flows.list_voices(self._core, search))

    async def voice(self, voice_id: str) -> Voice:
        """One voice, by its id."""
        return await self._one(flows.get_voice(self._core, voice_id))

    async def find_voice(self, wanted: str) -> Voice:
        """The voice of that name or id; an unknown or ambiguous one raises UnknownVoice with the nearest."""
        return find_voice(wanted, await self.voices(), "elevenlabs")

    async def models(self) -> list[Model]:
        """The models, those that convert no voices too."""
        return await self._one(flows.list_models(self._core))

    async def subscription(self) -> Subscription:
        """The account's plan."""
        return await self._one(flows.get_subscription(self._core))

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _stream(self, flow: Flow[None], info: AnswerInfo) -> AsyncAudioStream:
        return AsyncAudioStream(self._drive(flow), info)

    async def _one(self, flow: Flow[T]) -> T:
        [value] = [value async for value in self._drive(flows.one(flow))]
        return cast(T, value)

    async def _drive(self, flow: Flow[None]) -> AsyncGenerator[Any, None]:
        doing = _Doing(self._http, self._slots, self._core.hide)
        outcome = None
        try:
            while True:
                try:
                    op = flow.send(outcome)
                except StopIteration:
                    return
                outcome = None if isinstance(op, Emit) else await doing.do(op)
                if isinstance(op, Emit):
                    yield op.value
        finally:
            flow.close()
            await doing.leave()


class _Doing:
    """Does what a flow wants done, for asyncio. `client` has the same without awaits."""

    def __init__(self, http: httpx.AsyncClient, slots: AsyncSlots, hide: Callable[[str], str]) -> None:
        self._http, self._slots, self._hide, self._has_slot = http, slots, hide, False
        self._answer: httpx.Response | None = None
        self._chunks: AsyncIterator[bytes]

    async def do(self, op: Op) -> Any:
        match op:
            case Enter(timeout):
                self._has_slot = await self._slots.enter(timeout)
                return self._has_slot
            case Send(request, chunk_size):
                try:
                    self._answer = await self._http.send(request, stream=True)
                except httpx.HTTPError as error:
                    return bare(error, self._hide)
                self._chunks = self._answer.aiter_bytes(chunk_size)
                return self._answer
            case Next():
                try:
                    return await anext(self._chunks, None)
                except httpx.HTTPError as error:
                    return bare(error, self._hide)
            case Leave():
                await self.leave()
            case Wait(seconds):
                await asyncio.sleep(seconds)
            case Call(function):
                return await asyncio.to_thread(function)
        return None

    async def leave(self) -> None:
        try:
            if self._answer is not None:
                await self._answer.aclose()
        finally:
            self._answer = None
            if self._has_slot:
                self._slots.leave()
            self._has_slot = False

"""The client for asyncio: executes the operations that the flows yield."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from typing import Any, BinaryIO, Self, TypeVar, Unpack, cast

import httpx

from takevoice.api import flows
from takevoice.api.async_files import AsyncFile, is_async_file
from takevoice.api.base import Client, Settings, WithResponseInfo, http_settings, redacted
from takevoice.api.exchange import AcquireSlot, Call, Emit, Flow, Next, Op, ReleaseSlot, Send, Wait
from takevoice.api.flows import Model, ResponseInfo, Subscription
from takevoice.api.slots import AsyncSlots
from takevoice.api.upload import Audio
from takevoice.api.wire import Parameters
from takevoice.voices import Voice, find_voice

T = TypeVar("T")


class AsyncAudioStream(WithResponseInfo, AsyncIterator[bytes]):
    """The converted audio as it arrives. `open`, or reading the first chunk, sends the request."""

    def __init__(self, chunks: AsyncGenerator[bytes, None], info: ResponseInfo) -> None:
        super().__init__(info)
        self._chunks, self._first = chunks, list[bytes]()

    async def open(self) -> Self:
        """Send the request and wait for the first bytes; raise the errors of the request."""
        if not self._first:
            self._first += [chunk for chunk in [await anext(self._chunks, b"")] if chunk]
        return self

    async def __anext__(self) -> bytes:
        return self._first.pop() if self._first else await anext(self._chunks)

    def __await__(self) -> Generator[Any, None, Self]:
        return self.open().__await__()

    async def aclose(self) -> None:
        """Stop: discard the rest of the audio and the connection."""
        self._first.clear()
        await self._chunks.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class AsyncSpeechToSpeech(Client):
    """A client of the speech-to-speech API for asyncio. Tasks of one event loop may share one client.

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
        transport: httpx.AsyncBaseTransport | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(api_key, **settings)
        self._http = httpx.AsyncClient(transport=transport, **http_settings(self._state, network=transport is None))
        self._slots = AsyncSlots(self._state.limit)

    def convert(self, voice_id: str, *, audio: Audio, **parameters: Unpack[Parameters]) -> AsyncAudioStream:
        """Return the audio in another voice, as a stream. `Parameters` lists the parameters.

        Raises:
            InvalidParameter, StorageError: immediately; nothing is sent.
            ApiError: while the stream is read.
        """
        return self._stream(*self._flow(voice_id, _readable(audio), parameters, streaming=False))

    def stream(self, voice_id: str, *, audio: Audio, **parameters: Unpack[Parameters]) -> AsyncAudioStream:
        """Like `convert`, but with the endpoint that responds before the conversion is complete; no wav formats."""
        return self._stream(*self._flow(voice_id, _readable(audio), parameters, streaming=True))

    async def voices(self, search: str | None = None) -> list[Voice]:
        """Return the voices of the account, or those that match `search`."""
        return await self._result(flows.list_voices(self._state, search))

    async def voice(self, voice_id: str) -> Voice:
        """Return the voice with this id."""
        return await self._result(flows.get_voice(self._state, voice_id))

    async def find_voice(self, wanted: str) -> Voice:
        """Return the voice with this name or id; raise UnknownVoice, with suggestions, if there is not exactly one."""
        return find_voice(wanted, await self.voices(), "elevenlabs")

    async def models(self) -> list[Model]:
        """Return all models, including those that cannot convert voices."""
        return await self._result(flows.list_models(self._state))

    async def subscription(self) -> Subscription:
        """Return the plan of the account."""
        return await self._result(flows.get_subscription(self._state))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _stream(self, flow: Flow[None], info: ResponseInfo) -> AsyncAudioStream:
        return AsyncAudioStream(self._drive(flow), info)

    async def _result(self, flow: Flow[T]) -> T:
        [value] = [value async for value in self._drive(flows.emit_result(flow))]
        return cast(T, value)

    async def _drive(self, flow: Flow[None]) -> AsyncGenerator[Any, None]:
        executor = _Executor(self._http, self._slots, self._state.hide)
        outcome = None
        try:
            while True:
                try:
                    op = flow.send(outcome)
                except StopIteration:
                    return
                outcome = None if isinstance(op, Emit) else await executor.execute(op)
                if isinstance(op, Emit):
                    yield op.value
        finally:
            flow.close()
            await executor.release()


def _readable(audio: Audio) -> Audio:
    """Return the audio in a form that worker threads can read."""
    if not is_async_file(audio):
        return audio
    return cast(BinaryIO, AsyncFile(audio, asyncio.get_running_loop()))


class _Executor:
    """Executes the operations of one flow. `client` has the same class without awaits."""

    def __init__(self, http: httpx.AsyncClient, slots: AsyncSlots, hide: Callable[[str], str]) -> None:
        self._http, self._slots, self._hide, self._has_slot = http, slots, hide, False
        self._response: httpx.Response | None = None
        self._chunks: AsyncIterator[bytes]

    async def execute(self, op: Op) -> Any:
        match op:
            case AcquireSlot(timeout):
                self._has_slot = await self._slots.acquire(timeout)
                return self._has_slot
            case Send(request, chunk_size):
                try:
                    self._response = await self._http.send(request, stream=True)
                except httpx.HTTPError as error:
                    return redacted(error, self._hide)
                self._chunks = self._response.aiter_bytes(chunk_size)
                return self._response
            case Next():
                try:
                    return await anext(self._chunks, None)
                except httpx.HTTPError as error:
                    return redacted(error, self._hide)
            case ReleaseSlot():
                await self.release()
            case Wait(seconds):
                await asyncio.sleep(seconds)
            case Call(function):
                return await asyncio.to_thread(function)
        return None

    async def release(self) -> None:
        try:
            if self._response is not None:
                await self._response.aclose()
        finally:
            self._response = None
            if self._has_slot:
                self._slots.release()
            self._has_slot = False

"""One request and its answer, with what may be sent again sent again; no input or output of its own.

Everything here is a generator that yields what it wants done (`Op`) and is told the outcome. The two
clients do these things, one with threads, one with asyncio, and know nothing else.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from takevoice.api import errors
from takevoice.api.answers import MAX_ERROR_BODY, error_of
from takevoice.api.formats import Formats
from takevoice.api.retry import Retry, delay_before_resend
from takevoice.api.secret import Secret
from takevoice.api.slots import Limit
from takevoice.api.upload import Upload
from takevoice.version import __version__

log = logging.getLogger("takevoice.api")
T = TypeVar("T")


@dataclass(frozen=True)
class Timeouts:
    """How long to wait for the server, in seconds, at each step."""

    connect: float = 10.0
    write: float = 60.0  # for each block of the upload
    read: float = 240.0  # for the answer to begin, and for each further piece of it
    pool: float = 900.0  # for a free slot, while other conversions are under way

    def as_dict(self, only: float | None = None) -> dict[str, float]:
        """For the transport; `only` replaces the waits while writing and reading."""
        write, read = (self.write, self.read) if only is None else (only, only)
        return {"connect": self.connect, "write": write, "read": read, "pool": self.pool}


@dataclass(frozen=True)
class Enter:
    """Wait for a slot, at most so many seconds. Outcome: whether there is one."""

    timeout: float


@dataclass(frozen=True)
class Send:
    """Send it. Outcome: the answer without its body, or what went wrong."""

    request: httpx.Request
    chunk_size: int | None = None


@dataclass(frozen=True)
class Next:
    """Read on in the body. Outcome: bytes, None at its end, or what went wrong."""


@dataclass(frozen=True)
class Leave:
    """Close the answer and give the slot back."""


@dataclass(frozen=True)
class Wait:
    """Wait so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Call:
    """Call something that may take a while. Outcome: what it returned."""

    function: Callable[[], Any]


@dataclass(frozen=True)
class Emit:
    """Hand this to the caller."""

    value: Any


Op = Enter | Send | Next | Leave | Wait | Call | Emit
Flow = Generator[Op, Any, T]


@dataclass
class Core:
    """What a client knows and has learnt; shared by all its requests."""

    base_url: str
    key: Secret | None
    timeouts: Timeouts
    retry: Retry
    limit: Limit
    formats: Formats = field(default_factory=Formats)
    models: list[Any] | None = None  # as listed by the API, once asked
    clock: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random

    def hide(self, text: str) -> str:
        """The text with the key blotted out: a server may repeat what it was sent."""
        return self.key.hide(text) if self.key else text

    def request(
        self, method: str, path: str, query: Mapping[str, str], upload: Upload | None, timeout: float | None
    ) -> httpx.Request:
        """The request with its headers, the key among them."""
        url = httpx.URL(self.base_url + path, params=dict(query) or None)
        headers = {"Host": url.netloc.decode("ascii"), "User-Agent": f"takevoice/{__version__}"}
        # Audio does not get smaller by it, and an answer that is not encoded cannot be badly encoded.
        headers |= {"Accept": "*/*", "Accept-Encoding": "identity", "Connection": "keep-alive"}
        if self.key is not None:
            headers["xi-api-key"] = self.key.reveal()
        extensions = {"timeout": self.timeouts.as_dict(timeout)}
        if upload is None:
            return httpx.Request(method, url, headers=headers, extensions=extensions)
        return httpx.Request(
            method, url, headers=headers | upload.headers, stream=upload, extensions=extensions
        )


@dataclass
class Ask:
    """A request that can be made more than once."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    upload: Callable[[], Upload] | None = None
    timeout: float | None = None
    chunk_size: int | None = None
    resends: int | None = None
    rewindable: Callable[[], bool] = lambda: True

    @property
    def paid(self) -> bool:
        """True for conversions: they cost, and they take slots."""
        return self.upload is not None


def exchange(core: Core, ask: Ask) -> Flow[httpx.Response]:
    """The first answer that is a success, its body still to be read; then `Leave` is the caller's to yield.

    Raises:
        ApiError: there was none, and sending again is not allowed or did not help.
    """
    retry = core.retry if ask.resends is None else Retry(ask.resends, *_waits(core.retry))
    sent = 0
    while True:
        sent += 1
        outcome = yield from _once(core, ask)
        if not isinstance(outcome, errors.ApiError):
            return outcome
        yield Leave()
        delay = delay_before_resend(outcome, sent, retry, paid=ask.paid, chance=core.chance())
        if delay is None or not ask.rewindable():
            raise outcome
        log.info("%s; trying again in %.1f s", outcome.message, delay)
        yield Wait(delay)


def _waits(retry: Retry) -> tuple[float, float, float]:
    return retry.first_delay, retry.longest_delay, retry.longest_asked


def _once(core: Core, ask: Ask) -> Flow[httpx.Response | errors.ApiError]:
    if ask.paid and not (yield Enter(core.timeouts.pool)):
        return errors.NoSlot(f"no request slot became free in {core.timeouts.pool:g} seconds")
    upload = ask.upload() if ask.upload else None
    request = core.request(ask.method, ask.path, ask.query, upload, ask.timeout)
    outcome = yield Send(request, ask.chunk_size)
    if not isinstance(outcome, httpx.Response):
        return unanswered(outcome, uploaded=upload is None or upload.complete)
    if ask.paid:
        core.limit.heard(outcome.headers)
    if outcome.is_success:
        return outcome
    body = yield from read_body(MAX_ERROR_BODY)
    text = core.hide(body.decode("utf-8", "replace"))
    headers = {name: core.hide(value) for name, value in outcome.headers.items()}
    error = error_of(outcome.status_code, headers, text.encode(), core.clock())
    if isinstance(error, errors.TooManyConcurrent):
        core.limit.refused()
    return error


def read_body(limit: int) -> Flow[bytes]:
    """The body up to that many bytes, or as much of it as comes."""
    body = b""
    while len(body) < limit:
        chunk = yield Next()
        if not isinstance(chunk, bytes):
            break
        body += chunk
    return body[:limit]


def unanswered(error: Exception, *, uploaded: bool) -> errors.ApiError:
    """What it means that no answer came; `uploaded`: whether the server can have the whole request."""
    why = str(error) or type(error).__name__
    if isinstance(error, httpx.ConnectTimeout):
        return errors.Unreachable("the API did not answer the call in time")
    if isinstance(
        error, httpx.ConnectError | httpx.PoolTimeout | httpx.ProxyError | httpx.UnsupportedProtocol
    ):
        return errors.Unreachable(f"the API cannot be reached: {why}")
    if not uploaded:
        return errors.UploadInterrupted(f"the connection broke while the audio was being sent: {why}")
    if isinstance(error, httpx.TimeoutException):
        return errors.OutcomeUnknown("the request was sent, and no answer came in time")
    return errors.OutcomeUnknown(f"the request was sent, and the connection broke: {why}")

"""One request and its response, including retries. No input or output.

The functions are generators (`Flow`): they yield operations (`Op`) and receive the outcomes. The two clients execute
the operations, one with threads and one with asyncio.
"""

from __future__ import annotations

import logging
import random
import ssl
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import httpx

from takevoice.api import errors
from takevoice.api.formats import Formats
from takevoice.api.responses import MAX_ERROR_BODY, error_from_response
from takevoice.api.retry import Retry, delay_before_resend
from takevoice.api.secret import Secret
from takevoice.api.slots import AdaptiveLimit
from takevoice.api.upload import Upload
from takevoice.version import __version__

log = logging.getLogger("takevoice.api")
T = TypeVar("T")
_CHECK_PROXY = "check the network connection, and the proxy in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY"


@dataclass(frozen=True)
class Timeouts:
    """The timeouts of a request, in seconds."""

    connect: float = 10.0
    write: float = 60.0  # for each block of the upload
    read: float = 240.0  # for the start of the response, and for each further chunk
    pool: float = 900.0  # for a free slot while other conversions are in progress

    def as_dict(self, only: float | None = None) -> dict[str, float]:
        """Return the timeouts for httpx; `only` replaces the timeouts for writing and reading."""
        write, read = (self.write, self.read) if only is None else (only, only)
        return {"connect": self.connect, "write": write, "read": read, "pool": self.pool}


@dataclass(frozen=True)
class AcquireSlot:
    """Wait up to `timeout` seconds for a slot. Outcome: True if there is one."""

    timeout: float


@dataclass(frozen=True)
class Send:
    """Send a request. Outcome: the response with its body still unread, or an exception."""

    request: httpx.Request
    chunk_size: int | None = None


@dataclass(frozen=True)
class Next:
    """Read the next chunk of the body. Outcome: bytes, None at the end, or an exception."""


@dataclass(frozen=True)
class ReleaseSlot:
    """Close the response and release the slot."""


@dataclass(frozen=True)
class Wait:
    """Wait for `seconds`."""

    seconds: float


@dataclass(frozen=True)
class Call:
    """Call a function that may block. Outcome: its result."""

    function: Callable[[], Any]


@dataclass(frozen=True)
class Emit:
    """Pass `value` to the caller."""

    value: Any


Op = AcquireSlot | Send | Next | ReleaseSlot | Wait | Call | Emit
Flow = Generator[Op, Any, T]


@dataclass
class ClientState:
    """The settings of a client and what it has learned from the API; all its requests share it."""

    base_url: str
    key: Secret | None
    timeouts: Timeouts
    retry: Retry
    limit: AdaptiveLimit
    formats: Formats = field(default_factory=Formats)
    models: list[Any] = field(default_factory=list)  # empty until they are requested
    certificates: ssl.SSLContext | None = None  # trusted ones; None: those of the system
    proxied: bool = False  # requests go through a proxy that the environment names
    clock: Callable[[], float] = time.time
    jitter: Callable[[], float] = random.random

    def hide(self, text: str) -> str:
        """Return the text without the key: a server may echo the request."""
        return self.key.hide(text) if self.key else text

    def request(self, spec: RequestSpec, upload: Upload | None) -> httpx.Request:
        """Return the request with its headers, including the key."""
        url = httpx.URL(self.base_url + spec.path, params=dict(spec.query) or None)
        # Names are compared without case: one that is given replaces the client's own.
        headers = httpx.Headers({"Host": url.netloc.decode("ascii"), "User-Agent": f"takevoice/{__version__}"})
        # Compression does not shrink audio, and an unencoded response cannot be encoded wrongly.
        headers.update({"Accept": "*/*", "Accept-Encoding": "identity", "Connection": "keep-alive"})
        if self.key is not None:
            headers["xi-api-key"] = self.key.reveal()
        headers.update(spec.headers)
        extensions = {"timeout": self.timeouts.as_dict(spec.timeout)}
        if upload is None:
            return httpx.Request(spec.method, url, headers=headers, extensions=extensions)
        headers.update(upload.headers)
        return httpx.Request(spec.method, url, headers=headers, stream=upload, extensions=extensions)


@dataclass
class RequestSpec:
    """Describes a request so that it can be sent more than once."""

    method: str
    path: str
    query: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)  # besides the client's own
    upload: Callable[[], Upload] | None = None
    timeout: float | None = None
    chunk_size: int | None = None
    max_retries: int | None = None  # None: as in the client's settings
    rewindable: Callable[[], bool] = lambda: True

    @property
    def paid(self) -> bool:
        """True for conversions: they cost money and need a slot."""
        return self.upload is not None


def exchange(state: ClientState, spec: RequestSpec) -> Flow[httpx.Response]:
    """Return the first successful response, its body still unread. The caller must yield `ReleaseSlot` afterwards.

    Raises:
        ApiError: the request failed, and retries are exhausted or not allowed.
    """
    retry = state.retry if spec.max_retries is None else replace(state.retry, times=spec.max_retries)
    attempts = 0
    while True:
        attempts += 1
        outcome = yield from _attempt(state, spec)
        if not isinstance(outcome, errors.ApiError):
            return outcome
        yield ReleaseSlot()
        delay = delay_before_resend(outcome, attempts, retry, paid=spec.paid, jitter=state.jitter())
        if delay is None or not spec.rewindable():
            raise outcome
        level = logging.INFO if spec.paid else logging.DEBUG
        log.log(level, "%s; retrying in %.1f s", outcome.message, delay)
        yield Wait(delay)


def _attempt(state: ClientState, spec: RequestSpec) -> Flow[httpx.Response | errors.ApiError]:
    if spec.paid and not (yield AcquireSlot(state.timeouts.pool)):
        return errors.NoSlot(f"no request slot became free in {state.timeouts.pool:g} seconds")
    upload = spec.upload() if spec.upload else None
    request = state.request(spec, upload)
    outcome = yield Send(request, spec.chunk_size)
    if not isinstance(outcome, httpx.Response):
        error = error_without_response(outcome, uploaded=upload is None or upload.complete)
        if not spec.paid and error.billed is None:
            return errors.NoResponse(error.message)
        if state.proxied and isinstance(error, errors.Unreachable):
            return errors.Unreachable(error.message, hint=_CHECK_PROXY)
        return error
    if spec.paid:
        state.limit.on_headers(outcome.headers)
    if outcome.is_success:
        return outcome
    body = yield from read_body(MAX_ERROR_BODY)
    text = state.hide(body.decode("utf-8", "replace"))
    headers = {name: state.hide(value) for name, value in outcome.headers.items()}
    error = error_from_response(outcome.status_code, headers, text.encode(), state.clock())
    if isinstance(error, errors.TooManyConcurrent):
        state.limit.on_rejected()
    if not spec.paid and type(error) is errors.OutcomeUnknown:
        return errors.NoResponse(f"no complete response arrived (HTTP {error.status})", status=error.status, request_id=error.request_id)
    return error


def read_body(limit: int) -> Flow[bytes]:
    """Return up to `limit` bytes of the body; fewer if the connection fails."""
    body = b""
    while len(body) < limit:
        chunk = yield Next()
        if not isinstance(chunk, bytes):
            break
        body += chunk
    return body[:limit]


_OTHER_CERTIFICATE = (
    "the server has another certificate than those that are trusted: name it in `certificate` of [plugins.elevenlabs], or in SSL_CERT_FILE; "
    "if that of your house was renewed, `takevoice join` with the line that its server prints now"
)


def error_without_response(error: Exception, *, uploaded: bool) -> errors.ApiError:
    """Return the exception for a request without a response. `uploaded`: the server may have the whole request."""
    reason = str(error) or type(error).__name__
    if isinstance(error, httpx.ConnectTimeout):
        return errors.Unreachable("the connection to the API timed out")
    if isinstance(
        error, httpx.ConnectError | httpx.PoolTimeout | httpx.ProxyError | httpx.UnsupportedProtocol
    ):
        hint = _OTHER_CERTIFICATE if "CERTIFICATE_VERIFY_FAILED" in reason else ""
        return errors.Unreachable(f"the API cannot be reached: {reason}", hint=hint)
    if not uploaded:
        return errors.UploadInterrupted(f"the connection broke during the upload: {reason}")
    if isinstance(error, httpx.TimeoutException):
        return errors.OutcomeUnknown("the request was sent, but no response arrived in time")
    return errors.OutcomeUnknown(f"the request was sent, but the connection broke: {reason}")

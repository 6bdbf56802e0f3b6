"""The common part of both clients: their settings, and the metadata of a response."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypedDict

import httpx

from takevoice.api import flows
from takevoice.api.errors import InvalidParameter
from takevoice.api.exchange import ClientState, Flow, Timeouts
from takevoice.api.flows import ResponseInfo
from takevoice.api.proxies import proxy_for
from takevoice.api.retry import Retry
from takevoice.api.secret import Secret
from takevoice.api.slots import AdaptiveLimit, NoLimit
from takevoice.api.upload import Audio, ToPcm16
from takevoice.api.wire import Parameters, checked, checked_base_url

log = logging.getLogger("takevoice.api")
BASE_URL = "https://api.elevenlabs.io"
IDLE_CONNECTION = 3.0
"""Seconds that an idle connection stays open. Servers close idle connections after 5 seconds or more; a conversion sent
at that moment would have an unknown outcome."""


class Settings(TypedDict, total=False):
    """The settings of a client."""

    base_url: str  # the address of the API, optionally with a path
    timeout: float | Timeouts | None  # seconds to wait for the server while writing and reading
    retry: Retry | None  # when to send requests again that were not billed
    max_concurrent: int | None  # conversions at once; None: starts at 5, then follows the API
    wait_when_busy: bool  # False: never wait for room, but raise the error; the caller limits and repeats
    certificates: ssl.SSLContext | None  # trusted ones; None: those of the system
    to_pcm16: ToPcm16 | None  # makes audio raw for pcm_s16le_16; None: the audio must be raw then


class Client:
    """A client without a transport."""

    def __init__(
        self,
        api_key: str | None,
        *,
        base_url: str = BASE_URL,
        timeout: float | Timeouts | None = None,
        retry: Retry | None = None,
        max_concurrent: int | None = None,
        wait_when_busy: bool = True,
        certificates: ssl.SSLContext | None = None,
        to_pcm16: ToPcm16 | None = None,
    ) -> None:
        if max_concurrent is not None and max_concurrent < 1:
            raise InvalidParameter("max_concurrent must be 1 or more")
        self._state = ClientState(
            base_url=checked_base_url(base_url),
            key=None if api_key is None else Secret(api_key),
            timeouts=_timeouts(timeout),
            retry=replace(retry or Retry(), when_busy=wait_when_busy),
            limit=AdaptiveLimit(max_concurrent) if wait_when_busy else NoLimit(),
            certificates=certificates,
        )
        self._to_pcm16 = to_pcm16
        self._noted = set[str]()  # what has been logged once

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._state.base_url!r})"

    def _flow(
        self, voice_id: str, audio: Audio, given: Parameters, *, streaming: bool
    ) -> tuple[Flow[None], ResponseInfo]:
        conversion = checked(voice_id, audio, given, streaming=streaming, to_pcm16=self._to_pcm16)
        for note in conversion.notes:
            if note not in self._noted:
                self._noted.add(note)
                log.warning("%s", note)
        info = ResponseInfo()
        return flows.convert(self._state, conversion, info), info


def _timeouts(given: float | Timeouts | None) -> Timeouts:
    if given is None:
        return Timeouts()
    if isinstance(given, Timeouts):
        return given
    if not given > 0:
        raise InvalidParameter("timeout must be a number of seconds above 0, or a Timeouts object")
    return Timeouts(connect=min(Timeouts.connect, given), write=given, read=given)


def http_settings(state: ClientState, *, network: bool) -> dict[str, Any]:
    """Return the keyword arguments of the httpx clients; `network`: False for one with a transport of its own.

    Raises:
        BackendUnavailable: the proxy that the environment names cannot be used.
    """
    # HTTP/2 loses requests under threads. The slots alone limit the number of connections.
    # The environment is read here: httpx takes fewer kinds of proxy variables, and a login from ~/.netrc.
    proxy = proxy_for(state.base_url) if network else None
    state.proxied = proxy is not None
    return {
        "http2": False,
        "trust_env": False,
        "proxy": proxy,
        "verify": state.certificates or _certificates(state.base_url),
        "follow_redirects": False,
        "timeout": httpx.Timeout(**state.timeouts.as_dict()),
        "limits": httpx.Limits(
            max_connections=None, max_keepalive_connections=20, keepalive_expiry=IDLE_CONNECTION
        ),
    }


def _certificates(base_url: str) -> ssl.SSLContext | bool:
    """Return the trusted certificates, those that SSL_CERT_FILE and SSL_CERT_DIR name included; False if none are needed."""
    return httpx.create_ssl_context() if base_url.startswith("https") else False


def redacted(error: httpx.HTTPError, hide: Callable[[str], str]) -> httpx.HTTPError:
    """Return the error without its request and its traceback, which contain the headers and so the key."""
    return type(error)(hide(str(error)))


class WithResponseInfo:
    """The metadata of a conversion; available after the first bytes have arrived."""

    def __init__(self, info: ResponseInfo) -> None:
        self._info = info

    @property
    def output_format(self) -> str | None:
        """The format of the audio; None if none was requested (the API's default)."""
        return self._info.output_format

    @property
    def request_id(self) -> str:
        """The id to quote to the API's support; "" if the API sent none."""
        return self._info.request_id

    @property
    def history_item_id(self) -> str:
        """The id of the conversion in the history of the account; "" if the API sent none."""
        return self._info.history_item_id

    @property
    def credits(self) -> int | None:
        """The cost of the conversion; None if the API did not report it."""
        return self._info.credits

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the response; names are in lower case."""
        return self._info.headers

    @property
    def max_concurrent(self) -> int | None:
        """How many conversions at once the plan allows; None if the API did not report it."""
        return self._info.max_concurrent

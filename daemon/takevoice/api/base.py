"""What both clients share: their settings, the checks before anything is sent, what an answer says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

import httpx

from takevoice.api import flows
from takevoice.api.errors import InvalidParameter
from takevoice.api.exchange import Core, Flow, Timeouts
from takevoice.api.flows import AnswerInfo
from takevoice.api.retry import Retry
from takevoice.api.secret import Secret
from takevoice.api.slots import Limit
from takevoice.api.upload import Audio, ToPcm16
from takevoice.api.wire import Parameters, checked, checked_base_url

BASE_URL = "https://api.elevenlabs.io"
IDLE_CONNECTION = 3.0
"""Seconds that a connection may wait for its next request: servers close them after 5 or more, and a conversion that is
sent just then would have an unknown outcome."""


class Settings(TypedDict, total=False):
    """How a client works."""

    base_url: str  # where the API is; a path in it is kept
    timeout: float | Timeouts | None  # seconds to wait for the server while writing and reading
    retry: Retry | None  # how often to send again what is known not to have been billed
    max_concurrent: int | None  # never more requests at once; None: start at 5, then what the API says
    to_pcm16: ToPcm16 | None  # makes audio raw for pcm_s16le_16; None: only raw audio is accepted then


class Client:
    """A client without its transport."""

    def __init__(
        self,
        api_key: str | None,
        *,
        base_url: str = BASE_URL,
        timeout: float | Timeouts | None = None,
        retry: Retry | None = None,
        max_concurrent: int | None = None,
        to_pcm16: ToPcm16 | None = None,
    ) -> None:
        if max_concurrent is not None and max_concurrent < 1:
            raise InvalidParameter("max_concurrent must be 1 or more")
        self._core = Core(
            base_url=checked_base_url(base_url),
            key=None if api_key is None else Secret(api_key),
            timeouts=_timeouts(timeout),
            retry=retry or Retry(),
            limit=Limit(max_concurrent),
        )
        self._to_pcm16 = to_pcm16

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._core.base_url!r})"

    def _flow(
        self, voice_id: str, audio: Audio, given: Parameters, *, streaming: bool
    ) -> tuple[Flow[None], AnswerInfo]:
        conversion = checked(voice_id, audio, given, streaming=streaming, to_pcm16=self._to_pcm16)
        info = AnswerInfo()
        return flows.convert(self._core, conversion, info), info


def _timeouts(given: float | Timeouts | None) -> Timeouts:
    if given is None:
        return Timeouts()
    if isinstance(given, Timeouts):
        return given
    if not given > 0:
        raise InvalidParameter("timeout must be a number of seconds above 0, or Timeouts")
    return Timeouts(connect=min(Timeouts.connect, given), write=given, read=given)


def http_settings(core: Core) -> dict[str, Any]:
    """The arguments of httpx's clients."""
    # HTTP/2 loses requests under threads. How many connections there are, the slots say, and nobody else.
    return {
        "http2": False,
        "follow_redirects": False,
        "timeout": httpx.Timeout(**core.timeouts.as_dict()),
        "limits": httpx.Limits(
            max_connections=None, max_keepalive_connections=20, keepalive_expiry=IDLE_CONNECTION
        ),
    }


def bare(error: httpx.HTTPError, hide: Callable[[str], str]) -> httpx.HTTPError:
    """The error without its request and the frames it came through: they hold the headers, and those the key."""
    return type(error)(hide(str(error)))


class Answer:
    """What the API says of a conversion beside the audio; known once the first bytes are there."""

    def __init__(self, info: AnswerInfo) -> None:
        self._info = info

    @property
    def output_format(self) -> str | None:
        """The concrete format of the bytes; None when none was asked for (the API's default)."""
        return self._info.output_format

    @property
    def request_id(self) -> str:
        """What the API's support asks for; "" when it gave none."""
        return self._info.request_id

    @property
    def history_item_id(self) -> str:
        """Where the conversion is in the account's history; "" when not told."""
        return self._info.history_item_id

    @property
    def credits(self) -> int | None:
        """What it cost; None when not told."""
        return self._info.credits

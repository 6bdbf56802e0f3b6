"""Addresses with one value, for faders and buttons: a message with a value sets it, one without reads it."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from takevoice.osc.addresses import PAUSED
from takevoice.osc.arguments import BadArguments
from takevoice.osc.routes import OscRequest
from takevoice.osc.throttled_log import TokenBucket
from takevoice.service.osc.echoes import is_same
from takevoice.service.osc.feedback import Feedback, address_of, plain
from takevoice.service.verbs import Verbs

UNCHANGED = 50  # answers per second to messages that change nothing; limits loops between two programs that answer each other

_BOOL: TypeAdapter[bool] = TypeAdapter(bool)


class Values:
    """The handlers of these addresses. The sender gets the value in force as the answer, the other subscribers as feedback."""

    def __init__(self, verbs: Verbs, feedback: Feedback) -> None:
        self._verbs, self._feedback = verbs, feedback
        self._unchanged = TokenBucket(UNCHANGED)

    def track(self, request: OscRequest) -> None:
        """Set or read a setting of a track; nil or empty text removes what was set over OSC."""
        given = request.arguments
        before = self._verbs.track_get(given["track"], None, request.address)[1].get(given["key"])
        address = address_of(given["track"], given["key"])
        if self._is_echo(request, address, plain(before)):
            return
        if "value" in given:
            wanted = None if given["value"] == "" else given["value"]
            with self._feedback.from_peer(request.peer):
                self._verbs.track_set(given["track"], given["key"], wanted, request.address)
        self._answer(request, plain(before), self._track_value(request))

    def paused(self, request: OscRequest) -> None:
        """Pause, resume, or read which."""
        before = self._verbs.is_paused()
        if self._is_echo(request, PAUSED, plain(before)):
            return
        if request.arguments.get("value") is not None:
            with self._feedback.from_peer(request.peer):
                (self._verbs.pause if _switch(request.arguments["value"]) else self._verbs.resume)()
        self._answer(request, plain(before), plain(self._verbs.is_paused()))

    def _is_echo(self, request: OscRequest, address: str, in_force: Any) -> bool:
        """Return True if a client sends back feedback, which would undo what another has set since. One that is behind is sent
        the value in force."""
        value = request.arguments.get("value")
        if value is None or not self._feedback.is_echo(address, value, request.peer):
            return False
        if not is_same(value, in_force) and self._unchanged.take():
            self._feedback.note(address, in_force, {request.peer})
            request.answer(in_force)
        return True

    def _track_value(self, request: OscRequest) -> Any:
        key = request.arguments["key"]
        return plain(self._verbs.track_get(request.arguments["track"], key, request.address)[1][key])

    def _answer(self, request: OscRequest, before: Any, after: Any) -> None:
        if "value" not in request.arguments or before != after or self._unchanged.take():
            request.answer(after)


def _switch(given: Any) -> bool:
    try:
        return _BOOL.validate_python(given)
    except ValidationError:
        raise BadArguments("value must be 1 to pause or 0 to resume") from None

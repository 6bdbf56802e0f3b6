"""What the house answers besides audio: refusals in the API's shape. Those with Retry-After ask the station to come back."""

from __future__ import annotations

import math
import re
from http import HTTPStatus

from takevoice import errors
from takevoice_plugins.house.caps import CapExceeded
from takevoice_plugins.house.keys import HouseKey
from takevoice_plugins.house.rows import BILLED, Row
from takevoice_plugins.server.problems import Problem

_KINDS = {
    400: "invalid_request", 401: "authentication_error", 402: "payment_required", 403: "permission_error", 404: "not_found",
    409: "conflict", 413: "invalid_request", 422: "invalid_request", 429: "rate_limit_error", 500: "internal_error",
}  # fmt: skip
_STATUS = re.compile(r" \(HTTP \d+[^)]*\)$")


def problem(status: int, code: str, message: str, retry_after: float | None = None) -> Problem:
    """Return a refusal; `retry_after` in seconds."""
    headers = {} if retry_after is None else {"Retry-After": str(max(1, math.ceil(retry_after)))}
    kind = _KINDS.get(status, "invalid_request" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "service_unavailable")
    return Problem(status, kind, code, message, headers)


def over_cap(error: CapExceeded) -> Problem:
    """Return status 402: a cap does not allow it."""
    return problem(402, "over_cap", f"The request {error}.")


def other_project(key: HouseKey) -> Problem:
    """Return status 403: the key is for another project."""
    message = f"The key of {key.name} is for the project {key.project} only; ask the house's owner for one of the other project."
    return problem(403, "other_project", message)


def key_revoked(name: str) -> Problem:
    """Return status 403: the key was ended."""
    return problem(403, "key_revoked", f"The key of {name} was revoked; ask the house's owner for another one.")


def invalid_key() -> Problem:
    """Return status 401: there is no such key."""
    return problem(401, "invalid_api_key", "The house does not know this key.")


def workers_key(name: str) -> Problem:
    """Return status 401: the key is for a worker."""
    message = f"The key of {name} is for a worker; a station needs a person's, of `takevoice house add NAME`."
    return problem(401, "invalid_api_key", message)


def queue_full(seconds: float) -> Problem:
    """Return status 429: as much waits for this key as it is served within the time that a request may wait."""
    return problem(429, "house_queue_full", "The house has no room for more of your takes yet; it will ask for them.", seconds)


def still_converting() -> Problem:
    """Return status 503: the request is accepted, but its answer takes longer than a client waits."""
    return problem(503, "still_converting", "The house is still converting this take; send it again for the answer.", 1)


def upstream_closed(why: str, seconds: float) -> Problem:
    """Return status 503: the service takes no requests of the house now."""
    return problem(503, "upstream_closed", f"The service takes no requests of the house now: {why}", seconds)


def no_room() -> Problem:
    """Return status 503: the disk of the house's server is full."""
    return problem(503, "no_room", "The house's disk is full: its owner has to free some space. The take waits until then.", 30)


def no_worker(queue: str) -> Problem:
    """Return status 503: no worker of this queue gives signs of life."""
    return problem(503, "no_worker", f"No worker of the house takes conversions of the queue {queue} now.", 15)


def held(row: Row) -> Problem:
    """Return status 409: the request is held for the house's owner."""
    what = "has no answer to this take that can be used" if row.code in BILLED else "cannot tell whether this take was paid for"
    decides = f"its owner decides with `takevoice house release {row.content[:12]}`"
    return problem(409, "outcome_unknown", f"The house {what} ({row.message}); {decides}.")


def token_reused() -> Problem:
    """Return status 422: the idempotency key belongs to another request."""
    return problem(422, "idempotency_key_reused", "The Idempotency-Key was used for another request.")


def refused(row: Row) -> Problem:
    """Return the refusal that is stored."""
    again = 60.0 if row.status in (429, 503) else None
    return problem(row.status or 500, row.code or "internal_error", row.message, again)


def refusal_of(error: errors.BackendError) -> tuple[int, str, str]:
    """Return status, code and message for a refusal of the service."""
    status = getattr(error, "status", None) or 400
    code = getattr(error, "api_code", "") or error.code
    return status, code, _STATUS.sub("", getattr(error, "message", "") or error.what)

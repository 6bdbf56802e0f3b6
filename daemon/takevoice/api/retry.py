"""Whether a request may be sent again, and after how long: pure, the randomness passed in."""

from __future__ import annotations

from dataclasses import dataclass

from takevoice.api import errors


@dataclass(frozen=True)
class Retry:
    """How often and how patiently a request is sent again; times in seconds."""

    times: int = 4  # beside the first; 0 turns it off
    first_delay: float = 0.5  # doubled each time
    longest_delay: float = 30.0
    longest_asked: float = 120.0  # a longer Retry-After is not waited for, but raised


def delay_before_resend(
    error: errors.ApiError, sent: int, retry: Retry, *, paid: bool, chance: float
) -> float | None:
    """Seconds to wait before sending again, or None when the error is final.

    Args:
        error: what happened to the request.
        sent: how often it was sent, 1 or more.
        retry: how often and how patiently.
        paid: True when a conversion is billed; then only what is known to be unbilled is sent again.
        chance: a random number, 0 to 1: the delay is between half and the whole of the doubled one.
    """
    if sent > retry.times or not (error.retryable or (not paid and _passing(error))):
        return None
    backoff = min(retry.longest_delay, retry.first_delay * 2.0 ** (sent - 1)) * (0.5 + 0.5 * chance)
    if error.retry_after is None:
        return backoff
    if error.retry_after > retry.longest_asked:
        return None
    # Some of the backoff on top, so that those who were told the same do not come back together.
    return error.retry_after + backoff * chance


def _passing(error: errors.ApiError) -> bool:
    return isinstance(error, errors.OutcomeUnknown | errors.ServerFailed)

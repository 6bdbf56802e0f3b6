"""Decides whether and when to send a request again. Pure: the caller passes the randomness in."""

from __future__ import annotations

from dataclasses import dataclass

from takevoice.api import errors
from takevoice.errors import BackendBusy


@dataclass(frozen=True)
class Retry:
    """The limits of retries; times in seconds."""

    times: int = 4  # retries after the first attempt; 0 turns them off
    first_delay: float = 0.5  # doubles with every retry
    longest_delay: float = 30.0
    longest_asked: float = 120.0  # a longer Retry-After raises the error at once
    when_busy: bool = True  # False: a conversion that the API has no room for raises the error at once


def delay_before_resend(
    error: errors.ApiError, attempts: int, retry: Retry, *, paid: bool, jitter: float
) -> float | None:
    """Return the seconds to wait before the next attempt, or None if there must not be one.

    Args:
        error: the result of the last attempt.
        attempts: the number of attempts so far, 1 or more.
        retry: the limits.
        paid: True for conversions; they are sent again only if nothing was billed.
        jitter: a random number from 0 to 1, which places the delay between half and all of the backoff.
    """
    if attempts > retry.times or not (error.retryable or (not paid and _is_temporary(error))):
        return None
    if paid and not retry.when_busy and isinstance(error, BackendBusy):
        return None
    backoff = min(retry.longest_delay, retry.first_delay * 2.0 ** (attempts - 1)) * (0.5 + 0.5 * jitter)
    if error.retry_after is None:
        return backoff
    if error.retry_after > retry.longest_asked:
        return None
    # Add some of the backoff, so that clients that received the same delay do not return at the same moment.
    return error.retry_after + backoff * jitter


def _is_temporary(error: errors.ApiError) -> bool:
    return isinstance(error, errors.OutcomeUnknown | errors.ServerFailed)

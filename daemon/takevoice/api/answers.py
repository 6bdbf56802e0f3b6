"""Which exception an answer is: a pure function of status, headers and body.

Errors come as {"detail": {"type", "code", "message", "status", "request_id"}}, as {"detail": {"status",
"message"}}, as {"detail": [{"loc", "msg", "type"}]}, as {"detail": "text"}, or as no JSON at all.
"""

from __future__ import annotations

import email.utils
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from takevoice.api import errors

MAX_ERROR_BODY = 65_536
"""Bytes of an error's body that are read."""

_BY_WORD: Mapping[str, type[errors.ApiError]] = {
    "invalid_api_key": errors.InvalidKey,
    "needs_authorization": errors.InvalidKey,
    "missing_api_key": errors.InvalidKey,
    "missing_permissions": errors.MissingPermission,
    "quota_exceeded": errors.QuotaExceeded,
    "insufficient_credits": errors.QuotaExceeded,
    "paid_plan_required": errors.PlanRequired,
    "subscription_required": errors.PlanRequired,
    "output_format_not_allowed": errors.OutputFormatNotAllowed,
    "voice_not_found": errors.VoiceNotFound,
    "voice_does_not_exist": errors.VoiceNotFound,
    "model_can_not_do_voice_conversion": errors.ModelCannotConvert,
    "model_not_found": errors.ModelCannotConvert,
    "invalid_audio": errors.AudioRefused,
    "invalid_audio_format": errors.AudioRefused,
    "empty_file": errors.AudioEmpty,
    "audio_too_short": errors.AudioTooShort,
    "audio_too_long": errors.AudioTooLong,
    "request_too_large": errors.AudioTooLarge,
    "too_many_concurrent_requests": errors.TooManyConcurrent,
    "concurrent_limit_exceeded": errors.TooManyConcurrent,
    "system_busy": errors.SystemBusy,
    "rate_limit_exceeded": errors.RateLimited,
    "internal_error": errors.ServerFailed,
    "internal_server_error": errors.ServerFailed,
    "service_unavailable": errors.ServiceUnavailable,
    "maintenance": errors.ServiceUnavailable,
}

_BY_STATUS: Mapping[int, type[errors.ApiError]] = {
    401: errors.InvalidKey,
    402: errors.PlanRequired,
    403: errors.MissingPermission,
    404: errors.NotFound,
    413: errors.AudioTooLarge,
    429: errors.RateLimited,
    500: errors.ServerFailed,
    503: errors.ServiceUnavailable,
}


@dataclass(frozen=True)
class Detail:
    """What the body of an error says: its words, most specific first, and its text."""

    words: tuple[str, ...] = ()
    message: str = ""
    request_id: str = ""
    param: str = ""


def printable(text: str, limit: int = 300) -> str:
    """The text on one line, without control characters, shortened."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - 3] + "..."


def read_detail(body: bytes) -> Detail:
    """What an error's body says, in whichever of its shapes; an empty one for a body that is no JSON."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return Detail()
    detail = answer.get("detail", answer) if isinstance(answer, dict) else answer
    if isinstance(detail, str):
        return Detail(message=printable(detail))
    if isinstance(detail, list):
        return Detail(message=printable("; ".join(_fault(entry) for entry in detail)))
    if not isinstance(detail, dict):
        return Detail()
    texts = {key: value for key, value in detail.items() if isinstance(value, str)}
    return Detail(
        words=tuple(texts[key] for key in ("code", "status", "type") if texts.get(key)),
        message=printable(texts.get("message", "")),
        request_id=printable(texts.get("request_id", "")),
        param=texts.get("param", ""),
    )


def _fault(entry: Any) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    loc = entry.get("loc")
    place = ".".join(str(part) for part in loc) if isinstance(loc, list) else ""
    return f"{place}: {entry.get('msg', '')}" if place else str(entry.get("msg", ""))


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that the Retry-After header asks to wait (a number, or a date); `now` in Unix time."""
    value = headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(value)) if value[:1].isdigit() else _until(value, now)
    except (ValueError, TypeError, OverflowError):
        return None


def _until(date: str, now: float) -> float | None:
    return max(0.0, email.utils.parsedate_to_datetime(date).timestamp() - now) if date else None


def _kind(status: int, detail: Detail) -> type[errors.ApiError]:
    if 300 <= status < 400:
        return errors.RedirectRefused
    known = [_BY_WORD[word] for word in detail.words if word in _BY_WORD]
    if errors.OutputFormatNotAllowed in known:
        return errors.OutputFormatNotAllowed
    if known:
        # One word for two things: only the parameter tells that it is the format which wants a better plan.
        wants_plan = known[0] is errors.PlanRequired and "output_format" in (detail.param, *detail.words)
        return errors.OutputFormatNotAllowed if wants_plan else known[0]
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    # What a gateway says when it lost sight of the service behind it.
    return errors.OutcomeUnknown if status >= 500 else errors.InvalidRequest


def error_of(status: int, headers: Mapping[str, str], body: bytes, now: float) -> errors.ApiError:
    """The exception that an answer with an error status is. `headers` in any case, `now` in Unix time."""
    detail = read_detail(body)
    kind = _kind(status, detail)
    target = printable(headers.get("location", "")) if kind is errors.RedirectRefused else ""
    said = detail.message or (kind.__doc__ or "").partition("\n")[0].rstrip(".")
    return kind(
        f"{said} (HTTP {status}{', to ' + target if target else ''})",
        status=status,
        api_code=printable(detail.words[0], 80) if detail.words else "",
        request_id=detail.request_id or printable(headers.get("request-id", ""), 80),
        retry_after=retry_after(headers, now),
    )

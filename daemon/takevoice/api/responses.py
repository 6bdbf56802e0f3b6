"""Maps error responses to exceptions: a pure function of status, headers and body.

The body of an error is {"detail": {"type", "code", "message", "status", "request_id"}}, {"detail": {"status",
"message"}}, {"detail": [{"loc", "msg", "type"}]}, {"detail": "text"}, or not JSON.
"""

from __future__ import annotations

import email.utils
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from takevoice.api import errors
from takevoice.api.headers import max_concurrent
from takevoice.errors import BackendBusy

MAX_ERROR_BODY = 65_536
"""The maximum size in bytes that is read of the body of an error."""

_BY_CODE: Mapping[str, type[errors.ApiError]] = {
    "invalid_api_key": errors.InvalidKey,
    "needs_authorization": errors.InvalidKey,
    "missing_api_key": errors.InvalidKey,
    "detected_unusual_activity": errors.AccountRestricted,
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
    # Of a house's server:
    "key_revoked": errors.InvalidKey,
    "over_cap": errors.CapReached,
    "house_queue_full": errors.RateLimited,
    "outcome_unknown": errors.HeldByHouse,
    "dropped": errors.InvalidRequest,
    "idempotency_key_reused": errors.InvalidRequest,
    "still_converting": errors.ServiceUnavailable,
    "upstream_closed": errors.ServiceUnavailable,
    "no_worker": errors.ServiceUnavailable,
}

_BY_STATUS: Mapping[int, type[errors.ApiError]] = {
    401: errors.InvalidKey,
    402: errors.PlanRequired,
    403: errors.MissingPermission,
    404: errors.NotFound,
    407: errors.Unreachable,  # a proxy asks for a login
    408: errors.OutcomeUnknown,  # some gateways send it when the service behind them is slow
    413: errors.AudioTooLarge,
    429: errors.RateLimited,
    500: errors.ServerFailed,
    503: errors.ServiceUnavailable,
}

_ACCESS = (401, 403, 451)
_PROXY_LOGIN = "put them into HTTP_PROXY, such as http://name:password@proxy.example:3128"
_NOT_CHARGED = re.compile(r"(\bnot|n[’']t)\s+(be\s+|been\s+|being\s+)?(charged|billed)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Detail:
    """The contents of the body of an error: its codes, most specific first, and its message.

    `foreign`: it is text, and not the API's JSON.
    """

    codes: tuple[str, ...] = ()
    message: str = ""
    request_id: str = ""
    param: str = ""
    foreign: bool = False


def printable(text: str, limit: int = 300) -> str:
    """Return the text on one line, without control characters and cut to `limit` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - 3] + "..."


def read_detail(body: bytes) -> Detail:
    """Return the detail of an error in any of the API's formats; an empty one if the body is not JSON."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return Detail(foreign=bool(body.strip()))
    detail = content.get("detail", content) if isinstance(content, dict) else content
    if isinstance(detail, str):
        return Detail(message=printable(detail))
    if isinstance(detail, list):
        return Detail(message=printable("; ".join(_fault(entry) for entry in detail)))
    if not isinstance(detail, dict):
        return Detail()
    texts = {key: value for key, value in detail.items() if isinstance(value, str)}
    return Detail(
        codes=tuple(texts[key] for key in ("code", "status", "type") if texts.get(key)),
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
    """Return the seconds to wait from the Retry-After header (a number or a date); `now` is Unix time."""
    value = headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(value)) if value[:1].isdigit() else _until(value, now)
    except (ValueError, TypeError, OverflowError):
        return None


def _until(date: str, now: float) -> float | None:
    return max(0.0, email.utils.parsedate_to_datetime(date).timestamp() - now) if date else None


def says_not_charged(message: str) -> bool:
    """Return True if the API's message says that the request cost nothing."""
    return _NOT_CHARGED.search(message) is not None


def _kind(status: int, detail: Detail) -> type[errors.ApiError]:
    kind = _kind_by_code(status, detail)
    if kind.billed is None and kind is not errors.HeldByHouse and says_not_charged(detail.message):
        return errors.NotCharged
    return kind


def _kind_by_code(status: int, detail: Detail) -> type[errors.ApiError]:
    if 300 <= status < 400:
        return errors.RedirectRefused
    known = [_BY_CODE[code] for code in detail.codes if code in _BY_CODE]
    if errors.OutputFormatNotAllowed in known:
        return errors.OutputFormatNotAllowed
    if known and issubclass(known[0], BackendBusy) and status >= 500 and status not in errors.NOTHING_BILLED:
        return errors.ServerFailed  # whatever it says, the work may have begun
    if known:
        # The API uses one code for two cases: only the parameter shows that the plan excludes the format.
        format_excluded = known[0] is errors.PlanRequired and "output_format" in (detail.param, *detail.codes)
        return errors.OutputFormatNotAllowed if format_excluded else known[0]
    if detail.foreign and status in _ACCESS:
        return errors.Intercepted
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    # Gateways send these when they lose the connection to the service behind them.
    return errors.OutcomeUnknown if status >= 500 else errors.InvalidRequest


def _meaning(status: int, kind: type[errors.ApiError]) -> str:
    """Return what an error without a message of its own means."""
    if status == 407:
        return "the proxy wants a name and a password; nothing was sent"
    if kind is errors.InvalidRequest:
        return "The API rejected the request, and does not say why"
    if kind is errors.AudioTooLarge:  # a proxy before the server may accept less than the API
        return "The upload is larger than the server, or a proxy before it, accepts"
    return (kind.__doc__ or "").partition("\n")[0].rstrip(".")


def error_from_response(status: int, headers: Mapping[str, str], body: bytes, now: float) -> errors.ApiError:
    """Return the exception for a response with an error status; `now` is Unix time."""
    detail = read_detail(body)
    kind = _kind(status, detail)
    target = printable(headers.get("location", "")) if kind is errors.RedirectRefused else ""
    hint = _PROXY_LOGIN if status == 407 else ""
    return kind(
        f"{detail.message or _meaning(status, kind)} (HTTP {status}{', to ' + target if target else ''})",
        status=status,
        hint=hint,
        api_code=printable(detail.codes[0], 80) if detail.codes else "",
        request_id=detail.request_id or printable(headers.get("request-id", ""), 80),
        retry_after=retry_after(headers, now),
        max_concurrent=max_concurrent(headers),
    )

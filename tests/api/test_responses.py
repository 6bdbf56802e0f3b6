"""Which exception a response becomes, whether a request may be sent again, and how many at once: pure decisions."""

from __future__ import annotations

import inspect
import json
import math

import pytest

from takevoice.api import Retry, errors
from takevoice.api.responses import error_from_response, read_detail, retry_after
from takevoice.api.retry import delay_before_resend
from takevoice.api.slots import AdaptiveLimit
from takevoice.errors import BackendError, BadResult, UnknownVoice

NAMED = [
    value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, errors.ApiError)
]


def error(status: int, detail: object, **headers: str) -> errors.ApiError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_from_response(status, named, json.dumps({"detail": detail}).encode(), now=1_000_000.0)


@pytest.mark.parametrize(
    ("status", "detail", "kind"),
    [
        (401, {"status": "invalid_api_key", "message": "Invalid API key"}, errors.InvalidKey),
        (401, {"status": "missing_permissions", "message": "no"}, errors.MissingPermission),
        (401, {"status": "quota_exceeded", "message": "no"}, errors.QuotaExceeded),
        (402, {"type": "payment_required", "code": "insufficient_credits"}, errors.QuotaExceeded),
        (402, {"type": "payment_required", "code": "paid_plan_required"}, errors.PlanRequired),
        (
            403,
            {"type": "subscription_required", "code": "output_format_not_allowed"},
            errors.OutputFormatNotAllowed,
        ),
        (403, {"status": "output_format_not_allowed"}, errors.OutputFormatNotAllowed),
        (403, {"code": "subscription_required", "param": "output_format"}, errors.OutputFormatNotAllowed),
        (403, {"code": "subscription_required"}, errors.PlanRequired),
        (404, {"type": "not_found", "code": "voice_not_found", "message": "no"}, errors.VoiceNotFound),
        (404, "Not Found", errors.NotFound),
        (400, {"status": "model_can_not_do_voice_conversion"}, errors.ModelCannotConvert),
        (400, {"status": "invalid_audio"}, errors.AudioRefused),
        (400, {"status": "invalid_audio_format"}, errors.AudioRefused),
        (400, {"status": "audio_too_short"}, errors.AudioTooShort),
        (400, {"status": "audio_too_long"}, errors.AudioTooLong),
        (400, {"status": "empty_file"}, errors.AudioEmpty),
        (400, {"status": "request_too_large"}, errors.AudioTooLarge),
        (413, "Payload Too Large", errors.AudioTooLarge),
        (
            422,
            [{"type": "missing", "loc": ["body", "audio"], "msg": "Field required"}],
            errors.InvalidRequest,
        ),
        (429, {"type": "rate_limit_error", "code": "concurrent_limit_exceeded"}, errors.TooManyConcurrent),
        (429, {"status": "too_many_concurrent_requests"}, errors.TooManyConcurrent),
        (429, {"status": "system_busy"}, errors.SystemBusy),
        (429, {"status": "rate_limit_exceeded"}, errors.RateLimited),
        (429, "slow down", errors.RateLimited),
        (500, {"status": "internal_error"}, errors.ServerFailed),
        (503, {"status": "service_unavailable"}, errors.ServiceUnavailable),
        (503, {"status": "maintenance"}, errors.ServiceUnavailable),
        (502, "Bad Gateway", errors.OutcomeUnknown),
        (504, "Gateway Timeout", errors.OutcomeUnknown),
        (408, "Request Timeout", errors.OutcomeUnknown),
        (408, {"code": "request_timeout", "message": "The upload stalled."}, errors.OutcomeUnknown),
        (418, "teapot", errors.InvalidRequest),
        (302, "", errors.RedirectRefused),
    ],
)
def test_every_refusal_has_its_name(status: int, detail: object, kind: type[errors.ApiError]) -> None:
    found = error(status, detail)
    assert type(found) is kind
    assert found.status == status
    assert isinstance(found, BackendError)


@pytest.mark.parametrize("status", [400, 409, 418, 422, 425, 431])
def test_a_refusal_without_a_reason_blames_no_parameter(status: int) -> None:
    found = error_from_response(status, {}, b"", now=0.0)
    assert str(found) == f"The API rejected the request, and does not say why (HTTP {status})"
    assert found.billed is False


def test_a_timeout_of_a_gateway_may_have_been_billed() -> None:
    found = error_from_response(408, {}, b"", now=0.0)
    assert found.billed is None
    assert not found.retryable


def test_a_proxy_that_wants_a_login_is_named() -> None:
    found = error_from_response(407, {}, b"<html>", now=0.0)
    assert isinstance(found, errors.Unreachable)
    assert "the proxy wants a name and a password; nothing was sent (HTTP 407)" in str(found)
    assert "HTTP_PROXY" in str(found)


def test_each_body_shape_is_read() -> None:
    full = {"type": "t", "code": "c", "message": "said", "status": "s", "request_id": "r-1", "param": "p"}
    found = error(400, full)
    assert (found.api_code, found.request_id) == ("c", "r-1")
    assert "said (HTTP 400)" in str(found)
    assert error(400, {"status": "s", "message": "said"}, request_id="r-2").request_id == "r-2"
    assert "body.audio: Field required" in str(
        error(422, [{"loc": ["body", "audio"], "msg": "Field required"}])
    )
    assert "plain words" in str(error(400, "plain words"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502</html>",
        b"\xff\xfe",
        b"null",
        b"7",
        b'{"detail": 7}',
        b'{"detail": [7, {}]}',
        b"[" * 99999,
    ],
)
def test_a_body_of_no_known_shape_still_makes_a_named_error(body: bytes) -> None:
    assert isinstance(error_from_response(503, {}, body, 0.0), errors.ServiceUnavailable)


def test_a_message_stays_one_short_line() -> None:
    message = str(error(400, "two\nlines\x1b[31m" + "x" * 5000))
    assert "\n" not in message and "\x1b" not in message
    assert len(message) < 400


def test_a_voice_that_is_not_there_is_an_unknown_voice_for_all() -> None:
    assert issubclass(errors.VoiceNotFound, UnknownVoice)
    assert issubclass(errors.NotAudioAnswer, BadResult)


def test_codes_are_unique_and_each_error_says_what_it_is() -> None:
    assert len({kind.code for kind in NAMED}) == len(NAMED)
    tree = inspect.getdoc(errors) or ""
    for kind in NAMED:
        assert f"{kind.__name__} " in tree
        assert kind.__doc__


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("Mon, 12 Jan 1970 13:47:10 GMT", 30.0),
        ("Mon, 12 Jan 1970 13:00:00 GMT", 0.0),
        ("9" * 400, math.inf),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}, now=1_000_000.0) == seconds


def test_only_what_is_known_to_be_unbilled_may_be_sent_again() -> None:
    may = {kind for kind in NAMED if kind("x").retryable}
    assert may == {
        errors.RateLimited, errors.TooManyConcurrent, errors.SystemBusy, errors.ServiceUnavailable,
        errors.Unreachable, errors.UploadInterrupted,
    }  # fmt: skip
    assert not error(500, {"status": "system_busy"}).retryable


def delay(error: errors.ApiError, sent: int = 1, *, paid: bool = True, jitter: float = 1.0) -> float | None:
    return delay_before_resend(error, sent, Retry(), paid=paid, jitter=jitter)


def test_delays_double_up_to_the_longest_and_end() -> None:
    busy = errors.SystemBusy("x", status=429)
    assert [delay(busy, sent) for sent in (1, 2, 3, 4, 5)] == [0.5, 1.0, 2.0, 4.0, None]
    assert delay(busy, jitter=0.0) == 0.25
    assert delay_before_resend(busy, 40, Retry(times=99), paid=True, jitter=1.0) == 30.0


def test_what_the_api_asks_to_wait_is_waited_for_unless_it_is_too_long() -> None:
    assert delay(errors.RateLimited("x", status=429, retry_after=20.0), jitter=0.0) == 20.0
    assert delay(errors.RateLimited("x", status=429, retry_after=3600.0)) is None


def test_listing_costs_nothing_and_may_be_asked_again() -> None:
    assert delay(errors.OutcomeUnknown("x"), paid=True) is None
    assert delay(errors.OutcomeUnknown("x"), paid=False) is not None
    assert delay(errors.ServerFailed("x", status=500), paid=True) is None
    assert delay(errors.InvalidKey("x", status=401), paid=False) is None


def test_the_limit_follows_the_header_shrinks_when_refused_and_grows_again() -> None:
    limit = AdaptiveLimit()
    assert limit.current == 5
    limit.on_headers({"maximum-concurrent-requests": "10"})
    assert limit.current == 10
    limit.on_headers({"maximum-concurrent-requests": "many"})
    limit.on_headers({"maximum-concurrent-requests": "0"})
    assert limit.current == 10
    limit.on_rejected()
    limit.on_headers({"maximum-concurrent-requests": "10"})
    assert limit.current == 9
    for _ in range(10):
        limit.on_success()
    assert limit.current == 10
    for _ in range(30):
        limit.on_rejected()
    assert limit.current == 1


def test_the_limit_never_passes_what_the_user_wants() -> None:
    limit = AdaptiveLimit(3)
    limit.on_headers({"maximum-concurrent-requests": "10"})
    assert limit.current == 3
    limit.on_headers({"maximum-concurrent-requests": "2"})
    assert limit.current == 2


def test_the_most_specific_code_comes_first() -> None:
    detail = read_detail(b'{"detail": {"type": "a", "status": "b", "code": "c"}}')
    assert detail.codes == ("c", "b", "a")

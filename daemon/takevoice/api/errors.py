"""Everything the API can answer that is not audio, by name; all are `takevoice.errors.BackendError`.

ApiError                      the API refused or failed
├── InvalidRequest            it refused the request: a parameter is wrong
│   └── InvalidParameter      a parameter was found wrong here, before anything was sent
├── InvalidKey                the key is unknown
├── MissingPermission         the key may not do this
├── QuotaExceeded             the credits are used up
├── PlanRequired              the plan does not include this
│   └── OutputFormatNotAllowed  the plan does not include this output format
├── VoiceNotFound             no such voice, or none that this key may use
├── NotFound                  no such address: is the base_url right?
├── ModelCannotConvert        the model is unknown, or does no voice conversion
├── AudioRefused              the audio cannot be used
│   ├── AudioEmpty            there is nothing in it
│   ├── AudioTooShort         it is too short
│   ├── AudioTooLong          it lasts too long
│   └── AudioTooLarge         it has too many bytes
├── RateLimited               too many requests; nothing was billed
│   ├── TooManyConcurrent     too many at once for the plan
│   └── SystemBusy            the service has no room at the moment
├── ServerFailed              the service broke down over this request
├── ServiceUnavailable        the service is down, or being maintained; nothing was billed
├── Unreachable               no connection; nothing was sent
│   └── NoSlot                no request slot became free in time; nothing was sent
├── UploadInterrupted         the connection broke before the audio was all sent; nothing was billed
├── OutcomeUnknown            it was sent and no full answer came: it may have been billed
│   ├── StreamFailed          an error message came in the middle of the audio
│   └── AnswerTruncated       the audio broke off, or stalled
├── NotAudioAnswer            the answer is a success, and no audio
└── UnexpectedAnswer          the answer makes no sense here
    └── RedirectRefused       the answer points elsewhere; the key is not taken there
"""

from __future__ import annotations

from typing import ClassVar

from takevoice.errors import BackendError, BadResult, UnknownVoice

NOTHING_BILLED = (None, 429, 503)
"""The HTTP statuses (None: no answer at all) after which a request may be sent again."""


class ApiError(BackendError):
    """The API refused or failed.

    Attributes:
        status: the HTTP status; None when there was no answer.
        code: the stable word of this exception.
        api_code: the API's own word, such as voice_not_found; "" when it gave none.
        message: what happened, in the API's words or ours.
        request_id: what the API's support asks for; "" when it gave none.
        retry_after: seconds that the API asks to wait; None when it did not say.
    """

    code = "api"
    advice: ClassVar[str] = ""
    transient: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        api_code: str = "",
        request_id: str = "",
        retry_after: float | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint or self.advice)
        self.message, self.status, self.api_code = message, status, api_code
        self.request_id, self.retry_after = request_id, retry_after

    @property
    def retryable(self) -> bool:
        """True when sending the same again can help, and it is known that nothing was billed."""
        return self.transient and self.status in NOTHING_BILLED


class InvalidRequest(ApiError):
    """The API refused the request: a parameter is wrong."""

    code = "invalid_request"


class InvalidParameter(InvalidRequest):
    """A parameter was found wrong here, before anything was sent."""

    code = "invalid_parameter"


class InvalidKey(ApiError):
    """The key is unknown to the API."""

    code = "invalid_key"
    blocks = True
    advice = "check the key, and that it belongs to this base_url"


class MissingPermission(ApiError):
    """The key may not do this."""

    code = "missing_permission"
    blocks = True
    advice = "give the key the permission in its settings, or use another"


class QuotaExceeded(ApiError):
    """The credits of the plan are used up."""

    code = "quota_exceeded"
    advice = "buy credits, or wait for the next period"
    blocks = True


class PlanRequired(ApiError):
    """The plan does not include this: a library voice, a feature."""

    code = "plan_required"


class OutputFormatNotAllowed(PlanRequired):
    """The plan does not include this output format."""

    code = "output_format_not_allowed"
    advice = 'use output_format "auto", which takes the best that the plan allows'


class VoiceNotFound(ApiError, UnknownVoice):
    """There is no such voice, or none that this key may use."""

    code = "voice_not_found"
    advice = "`takevoice voices` lists those there are"


class NotFound(ApiError):
    """The server does not know the address of the request."""

    code = "not_found"
    advice = "check the base_url"


class ModelCannotConvert(ApiError):
    """The model is unknown, or does no voice conversion."""

    code = "model_cannot_convert"
    advice = "models() says which can: can_do_voice_conversion"


class AudioRefused(ApiError):
    """The audio cannot be used."""

    code = "audio_refused"


class AudioEmpty(AudioRefused):
    """There is no audio in the upload."""

    code = "audio_empty"


class AudioTooShort(AudioRefused):
    """The audio is too short to be converted."""

    code = "audio_too_short"


class AudioTooLong(AudioRefused):
    """The audio lasts too long: the limit is 5 minutes."""

    code = "audio_too_long"


class AudioTooLarge(AudioRefused):
    """The upload has too many bytes: the limit is 50 MB."""

    code = "audio_too_large"


class RateLimited(ApiError):
    """Too many requests; nothing was billed."""

    code = "rate_limited"
    transient = True


class TooManyConcurrent(RateLimited):
    """More requests at once than the plan allows; nothing was billed."""

    code = "too_many_concurrent"


class SystemBusy(RateLimited):
    """The service has no room at the moment; nothing was billed."""

    code = "system_busy"


class ServerFailed(ApiError):
    """The service broke down over this request."""

    code = "server_failed"
    advice = "it may have been billed"
    billed = None


class ServiceUnavailable(ApiError):
    """The service is down, or being maintained; nothing was billed."""

    code = "service_unavailable"
    transient = True
    blocks = True


class Unreachable(ApiError):
    """There is no connection to the API; nothing was sent."""

    code = "unreachable"
    transient = True
    blocks = True
    advice = "check the network, and base_url if you have set one"


class NoSlot(Unreachable):
    """No request slot became free in time; nothing was sent."""

    code = "no_slot"
    transient = False
    blocks = False
    advice = ""


class UploadInterrupted(ApiError):
    """The connection broke before the audio was all sent, so nothing was billed."""

    code = "upload_interrupted"
    transient = True


class OutcomeUnknown(ApiError):
    """The request was sent and no full answer came: it may have been billed, and is not sent again."""

    code = "outcome_unknown"
    billed = None
    advice = "it may have been billed; look at the API's history before sending it again"


class StreamFailed(OutcomeUnknown):
    """An error message came in the middle of the audio."""

    code = "stream_failed"


class AnswerTruncated(OutcomeUnknown):
    """The audio broke off, or stalled, before its end."""

    code = "answer_truncated"


class NotAudioAnswer(ApiError, BadResult):
    """The answer says success, and is no audio."""

    code = "not_audio_answer"


class UnexpectedAnswer(ApiError):
    """The answer makes no sense here: no JSON where JSON is promised, an encoding that is broken."""

    code = "unexpected_answer"
    advice = "check the base_url: is it the API that answers there?"


class RedirectRefused(UnexpectedAnswer):
    """The answer points elsewhere; the key is never taken there."""

    code = "redirect_refused"

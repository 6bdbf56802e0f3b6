"""Exceptions of the API client; each is a `takevoice.errors.BackendError`.

ApiError                      the API rejected the request or failed
├── InvalidRequest            a parameter is invalid
│   └── InvalidParameter      a parameter is invalid; found before anything was sent
├── InvalidKey                the API does not know the key
├── MissingPermission         the key lacks the permission
├── AccountRestricted         the service has restricted the account or its network
├── Intercepted               something before the API refused the request
├── QuotaExceeded             the plan's credits are used up
├── CapReached                a cap of the house does not allow it now
├── PlanRequired              the plan does not include this voice or feature
│   └── OutputFormatNotAllowed  the plan does not include this output format
├── VoiceNotFound             the voice does not exist, or this key may not use it
├── NotFound                  the server does not know the URL path; check base_url
├── ModelCannotConvert        the model is unknown or does not support voice conversion
├── AudioRefused              the API cannot use the audio
│   ├── AudioEmpty            the upload contains no audio
│   ├── AudioTooShort         the audio is too short
│   ├── AudioTooLong          the audio is too long
│   └── AudioTooLarge         the upload is too large
├── RateLimited               too many requests; nothing was billed
│   ├── TooManyConcurrent     more concurrent requests than the plan allows
│   └── SystemBusy            the service has no capacity at the moment
├── ServerFailed              the service failed while handling the request
│   └── NotCharged            it says that it charged nothing
├── ServiceUnavailable        the service is down or under maintenance; nothing was billed
├── Unreachable               the API cannot be reached; nothing was sent
├── NoSlot                    no request slot became free in time; nothing was sent
├── UploadInterrupted         the connection broke during the upload; nothing was billed
├── OutcomeUnknown            sent, but no complete response: it may have been billed
│   ├── NoResponse            a question that costs nothing got no complete response
│   ├── HeldByHouse           the house holds the request for its owner
│   ├── StreamFailed          an error message in the middle of the audio
│   └── AnswerTruncated       the audio stopped before its end
├── NotAudioAnswer            the response reports success but contains no audio
└── UnexpectedAnswer          the response cannot be understood
    ├── SpoiltAnswer          the audio was billed, but its encoding cannot be read
    └── RedirectRefused       a redirect; the client never sends the key there
"""

from __future__ import annotations

from typing import ClassVar

from takevoice.errors import BackendBusy, BackendError, BadResult, UnknownVoice

NOTHING_BILLED = (None, 429, 503)
"""The HTTP statuses (None: no response) that mean that nothing was billed."""


class ApiError(BackendError):
    """The API rejected the request or failed.

    Attributes:
        status: the HTTP status; None if there was no response.
        code: the stable identifier of this exception.
        api_code: the API's own code, such as voice_not_found; "" if it sent none.
        message: the API's message, or takevoice's if the API sent none.
        request_id: the id to quote to the API's support; "" if it sent none.
        retry_after: seconds after which the API allows a retry; None if it did not specify any.
        max_concurrent: how many requests at once the plan allows; None if the API did not say.
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
        max_concurrent: int | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint or self.advice)
        self.message, self.status, self.api_code = message, status, api_code
        self.request_id, self.retry_after, self.max_concurrent = request_id, retry_after, max_concurrent

    @property
    def retryable(self) -> bool:
        """True if a retry can succeed and nothing was billed."""
        return self.transient and self.status in NOTHING_BILLED


class InvalidRequest(ApiError):
    """The API rejected the request because a parameter is invalid."""

    code = "invalid_request"


class InvalidParameter(InvalidRequest):
    """A parameter is invalid; found before anything was sent."""

    code = "invalid_parameter"


class InvalidKey(ApiError):
    """The API does not know the key."""

    code = "invalid_key"
    blocks = True
    advice = "check the key, and that it belongs to this base_url"


class MissingPermission(ApiError):
    """The key lacks the permission."""

    code = "missing_permission"
    blocks = True
    advice = "grant the permission in the settings of the key, or use another key"


class AccountRestricted(ApiError):
    """The service has restricted the account, or the network that it is used from."""

    code = "account_restricted"
    blocks = True
    advice = "another key of the same account will not help: follow the message, or ask the service's support"


class Intercepted(ApiError):
    """Something before the API refused the request: a firewall, a proxy or a filter."""

    code = "intercepted"
    blocks = True
    advice = "try it from another network or without the VPN or proxy, and check base_url if you set it"


class QuotaExceeded(ApiError):
    """The plan's credits are used up."""

    code = "quota_exceeded"
    advice = "buy credits or wait for the next billing period"
    blocks = True


class CapReached(ApiError):
    """A cap of the house does not allow it now; nothing was billed."""

    code = "over_cap"
    advice = "the house's owner can raise the cap; it starts again at midnight"
    blocks = True


class PlanRequired(ApiError):
    """The plan does not include this voice or feature."""

    code = "plan_required"


class OutputFormatNotAllowed(PlanRequired):
    """The plan does not include this output format."""

    code = "output_format_not_allowed"
    advice = 'use output_format "auto", which selects the best format that the plan allows'


class VoiceNotFound(ApiError, UnknownVoice):
    """The voice does not exist, or this key may not use it."""

    code = "voice_not_found"
    advice = "`takevoice voices` lists the voices"


class NotFound(ApiError):
    """The server does not know the URL path."""

    code = "not_found"
    advice = "check the base_url, which goes without /v1"


class ModelCannotConvert(ApiError):
    """The model is unknown or does not support voice conversion."""

    code = "model_cannot_convert"
    advice = "models() lists the models; choose one with can_do_voice_conversion"


class AudioRefused(ApiError):
    """The API cannot use the audio."""

    code = "audio_refused"


class AudioEmpty(AudioRefused):
    """The upload contains no audio."""

    code = "audio_empty"


class AudioTooShort(AudioRefused):
    """The audio is too short to convert."""

    code = "audio_too_short"


class AudioTooLong(AudioRefused):
    """The audio is longer than the limit of 5 minutes."""

    code = "audio_too_long"


class AudioTooLarge(AudioRefused):
    """The upload is larger than the limit of 50 MB."""

    code = "audio_too_large"


class RateLimited(ApiError, BackendBusy):
    """Too many requests; nothing was billed."""

    code = "rate_limited"
    transient = True


class TooManyConcurrent(RateLimited):
    """More concurrent requests than the plan allows; nothing was billed."""

    code = "too_many_concurrent"


class SystemBusy(RateLimited):
    """The service has no capacity at the moment; nothing was billed."""

    code = "system_busy"


class ServerFailed(ApiError):
    """The service failed while handling the request."""

    code = "server_failed"
    advice = "it may have been billed"
    billed: ClassVar[bool | None] = None


class NotCharged(ServerFailed):
    """The service failed while handling the request, and says that it charged nothing."""

    code = "not_charged"
    advice = "retry it later"
    billed = False


class ServiceUnavailable(ApiError, BackendBusy):
    """The service is down or under maintenance; nothing was billed."""

    code = "service_unavailable"
    transient = True


class Unreachable(ApiError):
    """The API cannot be reached; nothing was sent."""

    code = "unreachable"
    transient = True
    blocks = True
    advice = "check the network connection, and base_url if you set it"


class NoSlot(ApiError, BackendBusy):
    """No request slot became free in time; nothing was sent."""

    code = "no_slot"


class UploadInterrupted(ApiError):
    """The connection broke before the upload was complete; nothing was billed."""

    code = "upload_interrupted"
    transient = True


class OutcomeUnknown(ApiError):
    """The request was sent, but no complete response arrived: it may have been billed and is not sent again."""

    code = "outcome_unknown"
    billed: ClassVar[bool | None] = None
    advice = "it may have been billed; check the history of your account before you send it again"


class NoResponse(OutcomeUnknown):
    """A question that costs nothing, such as for a list, got no complete response."""

    code = "no_response"
    billed = False
    blocks = True
    advice = "check the network connection, and base_url if you set it"


class HeldByHouse(OutcomeUnknown):
    """The house holds the request until its owner decides: it may have been paid for, or was, and there is no answer."""

    code = "held_by_house"
    advice = "ask the house's owner to release it; then release the take here"


class StreamFailed(OutcomeUnknown):
    """The API sent an error message in the middle of the audio."""

    code = "stream_failed"


class AnswerTruncated(OutcomeUnknown):
    """The audio stopped before its end."""

    code = "answer_truncated"


class NotAudioAnswer(ApiError, BadResult):
    """The response reports success but contains no audio."""

    code = "not_audio_answer"


class UnexpectedAnswer(ApiError):
    """The response cannot be understood: not JSON where JSON is expected, or a broken encoding."""

    code = "unexpected_answer"
    advice = "check that base_url is the address of the API"


class SpoiltAnswer(UnexpectedAnswer, BadResult):
    """The request succeeded and was billed, but the encoding of the audio cannot be read."""

    code = "spoilt_answer"
    advice = "a proxy may have changed it: your account's history has the audio"


class RedirectRefused(UnexpectedAnswer):
    """The response redirects elsewhere; the client never sends the key there."""

    code = "redirect_refused"

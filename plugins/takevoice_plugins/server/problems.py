"""Refusals, in the shapes of the API: `{"detail": {...}}`, and for wrong parameters `{"detail": [...]}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from takevoice import errors


class Detail(BaseModel):
    """What went wrong: `code` is the word for programs, `status` the same for older ones."""

    type: str
    code: str
    message: str
    status: str
    request_id: str


class ProblemBody(BaseModel):
    """The body of a refusal."""

    detail: Detail


class Fault(BaseModel):
    """One wrong parameter; `loc` says where it is: path, query or body, then its name."""

    type: str
    loc: tuple[str | int, ...]
    msg: str


class Problem(Exception):
    """A refusal; `status` is the HTTP status."""

    def __init__(
        self, status: int, kind: str, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.kind, self.code, self.message = status, kind, code, message
        self.headers = dict(headers or {})


class WrongParameters(Exception):
    """One or more parameters cannot be used."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(fault.msg for fault in faults))
        self.faults = faults


class ClientGone(Exception):
    """Nobody waits for the answer any more."""


def voice_not_found(voice_id: str) -> Problem:
    """404."""
    return Problem(
        404, "not_found", "voice_not_found", f"A voice with the voice_id {voice_id} was not found."
    )


def model_cannot_convert(model_id: str) -> Problem:
    """400."""
    return Problem(
        400,
        "invalid_request",
        "model_can_not_do_voice_conversion",
        f"The model {model_id} cannot do voice conversion; GET /v1/models lists those that can.",
    )


def refused_audio(code: str, message: str) -> Problem:
    """400: `code` is empty_file, invalid_audio, invalid_audio_format, audio_too_short or audio_too_long."""
    return Problem(400, "invalid_request", code, message)


def too_large(limit: int) -> Problem:
    """413."""
    message = f"The upload has more than {limit / 1e6:g} MB."
    return Problem(413, "invalid_request", "request_too_large", message)


def too_slow() -> Problem:
    """408."""
    return Problem(408, "invalid_request", "request_timeout", "The upload stalled.", {"Connection": "close"})


def too_many(headers: Mapping[str, str]) -> Problem:
    """429."""
    message = "Too many conversions at once; try again when one has ended."
    return Problem(
        429, "rate_limit_error", "too_many_concurrent_requests", message, {"Retry-After": "1", **headers}
    )


def internal_error() -> Problem:
    """500."""
    return Problem(500, "internal_error", "internal_error", "The server failed; its log says why.")


def failure_of(error: Exception) -> Problem:
    """The refusal that a failed conversion is."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, errors.UnknownVoice):
        return Problem(404, "not_found", "voice_not_found", error.what)
    if isinstance(error, errors.AudioError):
        return refused_audio("invalid_audio", f"The audio {error.what}.")
    if isinstance(error, errors.TakevoiceError):
        return Problem(400, "invalid_request", "invalid_request", str(error))
    return internal_error()


def request_id(request: Request) -> str:
    """The id that the answer carries, too."""
    return str(request.state.request_id)


def answer_problem(request: Request, problem: Exception) -> JSONResponse:
    """For Problem."""
    assert isinstance(problem, Problem)
    detail = Detail(
        type=problem.kind,
        code=problem.code,
        message=problem.message,
        status=problem.code,
        request_id=request_id(request),
    )
    return JSONResponse(ProblemBody(detail=detail).model_dump(), problem.status, problem.headers)


def answer_wrong_parameters(_: Request, error: Exception) -> JSONResponse:
    """For WrongParameters, and for what FastAPI itself finds."""
    faults: Sequence[Any] = error.errors() if isinstance(error, RequestValidationError) else ()
    if isinstance(error, WrongParameters):
        faults = [fault.model_dump() for fault in error.faults]
    # Without the input: it may be of any size, and no JSON.
    return JSONResponse(
        {"detail": [{key: fault[key] for key in ("type", "loc", "msg")} for fault in faults]}, 422
    )


def answer_failure(request: Request, _: Exception) -> JSONResponse:
    """For what nobody expected; the log has it."""
    answer = answer_problem(request, internal_error())
    answer.headers["request-id"] = request_id(request)
    return answer

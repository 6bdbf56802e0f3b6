"""Error responses in the formats of the API: `{"detail": {...}}`, and for invalid parameters `{"detail": [...]}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from takevoice import errors


class Detail(BaseModel):
    """The details of an error: `code` is for programs; `status` has the same value, for older programs."""

    type: str
    code: str
    message: str
    status: str
    request_id: str


class ProblemBody(BaseModel):
    """The body of an error response."""

    detail: Detail


class Fault(BaseModel):
    """An invalid parameter. `loc` is its location: path, query or body, then its name."""

    type: str
    loc: tuple[str | int, ...]
    msg: str


class Problem(Exception):
    """An error response; `status` is the HTTP status."""

    def __init__(
        self, status: int, kind: str, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.kind, self.code, self.message = status, kind, code, message
        self.headers = dict(headers or {})


class WrongParameters(Exception):
    """One or more parameters are invalid."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(fault.msg for fault in faults))
        self.faults = faults


class ClientDisconnected(Exception):
    """The client has disconnected."""


def voice_not_found(voice_id: str) -> Problem:
    """Return status 404: the voice does not exist."""
    return Problem(
        404, "not_found", "voice_not_found", f"A voice with the voice_id {voice_id} was not found."
    )


def model_cannot_convert(model_id: str) -> Problem:
    """Return status 400: the model does not exist."""
    return Problem(
        400,
        "invalid_request",
        "model_can_not_do_voice_conversion",
        f"The model {model_id} cannot do voice conversion; GET /v1/models lists those that can.",
    )


def refused_audio(code: str, message: str) -> Problem:
    """Return status 400.

    `code`: empty_file, invalid_audio, invalid_audio_format, audio_too_short or audio_too_long.
    """
    return Problem(400, "invalid_request", code, message)


def too_large(limit: int) -> Problem:
    """Return status 413: the upload exceeds `limit` bytes."""
    message = f"The upload has more than {limit / 1e6:g} MB; send a shorter or compressed file."
    return Problem(413, "invalid_request", "request_too_large", message)


def too_slow() -> Problem:
    """Return status 408: the upload stalled."""
    return Problem(408, "invalid_request", "request_timeout", "The upload stalled.", {"Connection": "close"})


def too_many(headers: Mapping[str, str], what: str = "conversions") -> Problem:
    """Return status 429: too many conversions, or uploads, are running."""
    message = f"Too many {what} are running; try again later."
    return Problem(
        429, "rate_limit_error", "too_many_concurrent_requests", message, {"Retry-After": "1", **headers}
    )


def unknown_endpoint(status: int, method: str, path: str, headers: Mapping[str, str] | None = None) -> Problem:
    """Return status 404 or 405: the server has no such endpoint."""
    message = f"This server has no {method} {path[:200]}; GET /openapi.json lists what it has."
    if status == 405:
        return Problem(405, "invalid_request", "method_not_allowed", message, headers)
    return Problem(404, "not_found", "not_found", message, headers)


def internal_error() -> Problem:
    """Return status 500: an unexpected error."""
    return Problem(
        500, "internal_error", "internal_error", "An unexpected error occurred; see the log of the server."
    )


def failure_of(error: Exception) -> Problem:
    """Return the error response for a failed conversion."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, errors.UnknownVoice):
        return Problem(404, "not_found", "voice_not_found", error.what)
    if isinstance(error, errors.AudioError):
        return refused_audio("invalid_audio", f"The audio {error.what}.")
    if isinstance(error, errors.BackendBusy):
        after = {"Retry-After": f"{error.retry_after or 1:.0f}"}
        return Problem(429, "rate_limit_error", "system_busy", str(error), after)
    if isinstance(error, errors.BackendError) and error.blocks:
        return Problem(503, "service_unavailable", "service_unavailable", str(error))
    if isinstance(error, errors.TakevoiceError):
        return Problem(400, "invalid_request", "invalid_request", str(error))
    return internal_error()


def request_id(request: Request) -> str:
    """Return the id of the request."""
    return str(request.state.request_id)


def problem_response(request: Request, problem: Exception) -> JSONResponse:
    """Return the response for a Problem."""
    assert isinstance(problem, Problem)
    return response_for(request_id(request), problem)


def unknown_endpoint_response(request: Request, error: Exception) -> JSONResponse:
    """Return the response for a path or method that the framework does not know."""
    assert isinstance(error, HTTPException)
    return problem_response(
        request, unknown_endpoint(error.status_code, request.method, request.url.path, error.headers)
    )


def response_for(request_id: str, problem: Problem) -> JSONResponse:
    """Return the response for a Problem to the request with this id."""
    detail = Detail(
        type=problem.kind,
        code=problem.code,
        message=problem.message,
        status=problem.code,
        request_id=request_id,
    )
    return JSONResponse(ProblemBody(detail=detail).model_dump(), problem.status, problem.headers)


def wrong_parameters_response(_: Request, error: Exception) -> JSONResponse:
    """Return the response for WrongParameters, and for the validation errors of FastAPI."""
    faults: Sequence[Any] = error.errors() if isinstance(error, RequestValidationError) else ()
    if isinstance(error, WrongParameters):
        faults = [fault.model_dump() for fault in error.faults]
    # Without the input, which may be large, or not JSON.
    return JSONResponse(
        {"detail": [{key: fault[key] for key in ("type", "loc", "msg")} for fault in faults]}, 422
    )


def failure_response(request: Request, _: Exception) -> JSONResponse:
    """Return the response for an unexpected exception, which uvicorn logs."""
    response = problem_response(request, internal_error())
    response.headers["request-id"] = request_id(request)
    return response

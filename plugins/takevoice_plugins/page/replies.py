"""Answers: JSON that any file name survives, and errors as `{"code": ..., "text": ..., "hint": ...}`."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from takevoice import errors

log = logging.getLogger("takevoice.page")

_STATUS = {"unknown_job": 404, "sound_missing": 404, "wrong_state": 409, "count_changed": 409, "sound_changed": 409}


class Problem(BaseModel):
    """Every answer that says no: `code` for programs, `text` and `hint` for people."""

    code: str
    text: str
    hint: str


_PROBLEMS = {
    401: "no token, or an old one",
    403: "another site's request, or a code that was used",
    404: "there is no such thing",
    405: "not with this method",
    409: "not what the person has seen any more, or not in this state",
    411: "the length is missing",
    412: "the config was changed meanwhile",
    413: "too large",
    421: "another name than those of the page",
    422: "a value that cannot be used",
    502: "the house does not answer, or refuses the key",
    503: "cannot be answered now",
    507: "a file cannot be written",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {status: {"description": text, "model": Problem} for status, text in _PROBLEMS.items()}
"""The answers that any request may get, for the description of the API."""


class Refused(Exception):
    """A request that is answered with an error of the page's own."""

    def __init__(self, status: int, code: str, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.hint = status, code, text, hint


class Json(Response):
    """JSON in ASCII: names may hold stray bytes, which have no UTF-8; numbers that JSON does not have are null."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the body."""
        try:
            text = json.dumps(content, allow_nan=False, separators=(",", ":"), default=str)
        except ValueError:
            text = json.dumps(_finite(content), allow_nan=False, separators=(",", ":"), default=str)
        return text.encode("ascii")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_finite(each) for each in value]
    return value


def problem(status: int, code: str, text: str, hint: str = "") -> Json:
    """Return an error answer."""
    return Json({"code": code, "text": text, "hint": hint}, status)


async def refused_reply(_: Request, error: Exception) -> Json:
    """Answer a `Refused`."""
    assert isinstance(error, Refused)
    return problem(error.status, error.code, error.text, error.hint)


async def error_reply(_: Request, error: Exception) -> Json:
    """Answer an expected error of takevoice."""
    assert isinstance(error, errors.TakevoiceError)
    status = 503 if isinstance(error, errors.LedgerError) else _STATUS.get(error.code, 422)
    text = f"{error.where}: {error.what}" if error.where else error.what
    return problem(status, error.code, text, error.hint)


async def invalid_reply(_: Request, error: Exception) -> Json:
    """Answer a request whose parameters cannot be used."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(each) for each in first["loc"][1:])
    return problem(422, "invalid", f"{where}: {first['msg']}" if where else str(first["msg"]))


async def http_reply(_: Request, error: Exception) -> Json:
    """Answer a path or a method that does not exist."""
    assert isinstance(error, HTTPException)
    return problem(error.status_code, "not_found" if error.status_code == 404 else "refused", str(error.detail))


async def failure_reply(_: Request, error: Exception) -> Json:
    """Answer an unexpected exception, and log it."""
    log.error("the page failed", exc_info=error)
    return problem(500, "internal", "an unexpected error occurred", "the log of takevoice has the details")

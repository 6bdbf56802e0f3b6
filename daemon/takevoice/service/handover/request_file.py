"""Reads one request file, and checks everything in it that can be checked without looking anywhere else."""

from __future__ import annotations

import difflib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError

from takevoice.errors import TakevoiceError
from takevoice.jobs import SourcePart
from takevoice.osc.arguments import MAX_ID, BadArguments, RequestRejected, position, read_named
from takevoice.service.handover.addresses import BY_ADDRESS, CONVERT, QUOTE
from takevoice.service.osc.result_files import MAX_NAME as MAX_RESULT_NAME
from takevoice.service.osc.result_files import is_plain_result_name
from takevoice.settings import TrackSettings
from takevoice.settings.errors import validation_errors
from takevoice.system import place

MAX_SIZE = 65_536  # bytes
MAX_SECONDS = 1e9
SAME = 1e-6  # seconds
SUFFIX = ".json"
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)  # Windows has neither of them; a script cannot make links there unasked
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # a pipe would keep its reader waiting


class InvalidRequest(TakevoiceError):
    """The file is no valid request; `id` is the request's.

    `is_under_file_name`: the request has no id that its result could be found by, so the result gets the file's own name.
    """

    code: ClassVar[str] = "arguments"

    def __init__(
        self,
        request_id: str,
        what: str,
        *,
        where: str = "",
        hint: str = "",
        code: str = "arguments",
        is_under_file_name: bool = False,
    ) -> None:
        super().__init__(what, where=where, hint=hint)
        self.id, self.code = request_id, code  # type: ignore[misc]
        self.is_under_file_name = is_under_file_name


def _text(value: Any) -> str:
    # pydantic's own text refuses lone surrogates, which stand for bytes of names that are no UTF-8.
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    return value


def _path(value: Any) -> str:
    text = _text(value)
    if not text or "\0" in text or not os.path.isabs(text):  # noqa: PTH117 - the text may be no path at all
        raise ValueError("must be an absolute path")
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        raise ValueError("has a character that no path has") from None
    return text


def _position(value: Any) -> str:
    try:
        return position(value, "it")
    except BadArguments:
        raise ValueError("must be a position in samples, as text or an integer") from None


Text = Annotated[str, PlainValidator(_text)]
AbsolutePath = Annotated[str, PlainValidator(_path)]
Position = Annotated[str, PlainValidator(_position)]
Seconds = Annotated[float, Field(ge=0, le=MAX_SECONDS, allow_inf_nan=False)]


class Cut(BaseModel):
    """The part of a file that is wanted, in seconds; `channels` are numbers from 1, None: all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: Seconds
    length: Annotated[float, Field(gt=0, le=MAX_SECONDS, allow_inf_nan=False)]
    handle: Seconds = 0.0
    channels: Annotated[tuple[Annotated[int, Field(ge=1, le=1024)], ...], Field(min_length=1)] | None = None

    def of(self, path: Path) -> SourcePart:
        """Return it as a part of this file."""
        return SourcePart(path, self.start, self.length, self.handle, self.channels)

    def is_of(self, part: SourcePart) -> bool:
        """Return True for the same times and channels: scripts calculate times, so a microsecond is no difference."""
        given = (self.start - part.start, self.length - part.length, self.handle - part.handle)
        return self.channels == part.channels and all(abs(each) < SAME for each in given)


class Sound(BaseModel):
    """What /takevoice/quote takes: a sound, and the settings for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: AbsolutePath
    cut: Cut | None = None
    track: Text | None = None
    settings: dict[str, Any] = Field(default_factory=dict)


class Wanted(Sound):
    """What /takevoice/convert takes besides: how the result is named, and where it goes."""

    name: Text = ""
    session: Text = ""
    start: Position = ""
    folder: AbsolutePath | None = None
    temporary: bool = False


@dataclass(frozen=True)
class RequestFile:
    """A valid request. `sound` is there for /takevoice/convert (a `Wanted`) and /takevoice/quote, `arguments` for all others.

    `request`: the id of a convert request, given in place of the job.
    """

    path: Path
    id: str
    address: str
    sound: Sound | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    request: str = ""

    def left_at(self) -> float | None:
        """Return the Unix time at which the script has left it; None when the file is gone."""
        try:
            return self.path.lstat().st_mtime
        except OSError:
            return None


def read(path: Path) -> RequestFile:
    """Read and check a request file.

    Raises:
        InvalidRequest: it is no valid request, and why.
        OSError: it cannot be read.
    """
    stem = unquote(path.name.removesuffix(SUFFIX), errors="surrogateescape")
    try:
        content = _object(path)
        request_id = _id(content.pop("id", stem))
    except BadArguments as error:
        where, hint = path.name, error.hint
        raise InvalidRequest(stem, error.what, where=where, hint=hint, is_under_file_name=True) from None
    try:
        return _checked(path, request_id, content)
    except TakevoiceError as error:
        raise InvalidRequest(request_id, error.what, where=path.name, hint=error.hint, code=error.code) from None


def _id(given: Any) -> str:
    if not isinstance(given, str) or not 1 <= len(given) <= MAX_ID or not _is_unicode(given):
        raise BadArguments(f"id must be text of 1 to {MAX_ID} characters")
    if not is_plain_result_name(given):
        raise BadArguments(
            "the id is too long for the name of its result file",
            hint=f"give it at most {MAX_RESULT_NAME} characters, each %XX of the file's name counted as three",
        )
    return given


def _object(path: Path) -> dict[str, Any]:
    data = _bytes(path)
    try:
        content = json.loads(data.decode("utf-8-sig", "surrogateescape"), parse_constant=_no_constant)
    except RecursionError:
        raise BadArguments("is no request: it has objects or lists in each other, too many of them") from None
    except ValueError as error:
        raise BadArguments(f"is no JSON: {error}") from None
    if not isinstance(content, dict):
        raise BadArguments("must be an object, {...}")
    return content


def _bytes(path: Path) -> bytes:
    """Return the content of a regular file; a link is not followed, whatever becomes of the name meanwhile."""
    if stat.S_ISREG(path.lstat().st_mode):
        handle = place.persist(lambda: os.open(path, os.O_RDONLY | _NO_FOLLOW | _NO_WAIT | getattr(os, "O_BINARY", 0)), path)
        with open(handle, "rb") as file:  # noqa: PTH123
            status = os.fstat(handle)
            if stat.S_ISREG(status.st_mode):
                data = file.read(MAX_SIZE + 1)
                if len(data) <= MAX_SIZE:
                    return data
                raise BadArguments(f"has more than {MAX_SIZE} bytes")
    raise BadArguments("is no regular file")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _checked(path: Path, request_id: str, content: dict[str, Any]) -> RequestFile:
    name = content.pop("address", None)
    if not isinstance(name, str):
        raise BadArguments("address is missing, such as /takevoice/convert")
    address = BY_ADDRESS.get(name)
    if address is None:
        near = difflib.get_close_matches(name[:100], BY_ADDRESS, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"the addresses are {', '.join(BY_ADDRESS)}"
        raise RequestRejected("unknown_address", f"there is no address {name[:100]} for request files", hint=hint)
    if name in (CONVERT, QUOTE):
        sound = _sound(Wanted if name == CONVERT else Sound, content)
        return RequestFile(path, request_id, name, sound)
    for key, value in content.items():
        if key != "path" and isinstance(value, str) and not _is_unicode(value):
            raise BadArguments(f"{key[:100]} is no UTF-8")
    wanted = ""
    if any(each.name == "job" for each in address.arguments):
        if ("request" in content) == ("job" in content):
            what = "give job or request, not both" if "job" in content else "job or request is missing"
            raise BadArguments(what, hint=f"{name} takes job, the number of a job, or request, the id of a convert request")
        if "request" in content:
            wanted = _of_request(content.pop("request"))
            content["job"] = 1
    return RequestFile(path, request_id, name, arguments=read_named(address, content), request=wanted)


def _of_request(given: Any) -> str:
    if not isinstance(given, str) or not given:
        raise BadArguments("request must be the id of a request")
    return given


def _is_unicode(text: str) -> bool:
    """Return True when the text has no lone surrogates: only paths may."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


S = TypeVar("S", bound=Sound)


def _sound(model: type[S], content: Mapping[str, Any]) -> S:
    for key, where in _ELSEWHERE.items():
        if key in content and key not in model.model_fields:
            raise BadArguments(f"there is no argument {key}", hint=f"{where} in request files")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        lines = (line.removeprefix(": ") for line in validation_errors(error, model, ""))
        raise BadArguments("; ".join(lines)) from None


_ELSEWHERE = {"out": "the folder for the result is folder", **{name: f"{name} is part of settings" for name in TrackSettings.model_fields}}
"""Arguments of OSC messages that have another place in request files."""

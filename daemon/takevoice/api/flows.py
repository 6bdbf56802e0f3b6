"""The operations of the API as flows (see `exchange`). No input or output."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from takevoice.api import errors
from takevoice.api.body import AudioBody
from takevoice.api.exchange import (
    Call,
    ClientState,
    Emit,
    Flow,
    Next,
    ReleaseSlot,
    RequestSpec,
    exchange,
    read_body,
)
from takevoice.api.headers import max_concurrent, unreadable_encoding
from takevoice.api.upload import Source, Upload
from takevoice.api.wire import Conversion, checked_voice_id
from takevoice.request import AUTO_FORMAT, OUTPUT_FORMATS
from takevoice.voices import Voice

_LISTING_TIMEOUT = 30.0
_MAX_LISTING = 32_000_000
_MAX_PAGES = 1000
_MAX_AUDIO = 200_000_000


@dataclass(frozen=True)
class Model:
    """A model of the API. Conversions need one with `can_do_voice_conversion`."""

    id: str
    name: str
    can_do_voice_conversion: bool
    languages: tuple[str, ...] = ()  # language codes: en, de ...


@dataclass(frozen=True)
class Subscription:
    """The plan of the account and its use of credits."""

    tier: str
    status: str
    credits_used: int
    credits_limit: int
    resets: float | None = None  # Unix time


@dataclass(frozen=True)
class HistoryItem:
    """A voice conversion in the history of the account."""

    id: str
    request_id: str
    voice_id: str
    model_id: str
    date: float  # Unix time
    credits: int
    content_type: str
    output_format: str  # as it was requested; "" if the API does not say
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class ResponseInfo:
    """The metadata of a response; complete when the audio starts."""

    output_format: str | None = None  # None: the API's default, mp3_44100_128
    request_id: str = ""
    history_item_id: str = ""
    credits: int | None = None  # the cost, if the API reports it
    max_concurrent: int | None = None  # conversions at once that the plan allows, if the API reports it
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def convert(state: ClientState, conversion: Conversion, info: ResponseInfo) -> Flow[None]:
    """Convert and emit the audio in chunks."""
    _check_model(state, conversion.values.get("model_id"))
    source: Source = yield Call(conversion.open)
    try:
        response = yield from _request_audio(state, conversion, source, info)
        _record_metadata(state, info, response)
        if coding := unreadable_encoding(response.headers):
            raise errors.SpoiltAnswer(
                f"the audio has the encoding {coding}, which cannot be read", status=response.status_code, request_id=info.request_id
            )
        body = AudioBody(
            response.headers.get("content-type", ""),
            response.status_code,
            info.request_id,
            state.hide,
            raw=(known := OUTPUT_FORMATS.get(info.output_format or "")) is not None and known.headerless,
        )
        while (chunk := (yield Next())) is not None:
            if isinstance(chunk, Exception):
                raise _error_in_body(chunk, info)
            audio = body.feed(chunk)
            if audio:
                yield Emit(audio)
        rest = body.end()
        state.limit.on_success()
        yield ReleaseSlot()
        if rest:
            yield Emit(rest)
    finally:
        source.close()


def _request_audio(
    state: ClientState, conversion: Conversion, source: Source, info: ResponseInfo
) -> Flow[httpx.Response]:
    """Return the response; "auto" tries output formats, best first, until the plan allows one."""
    auto = conversion.output_format == AUTO_FORMAT
    while True:
        best = state.formats.best(streaming=conversion.streaming)
        info.output_format = best if auto else conversion.output_format
        spec = RequestSpec(
            "POST",
            conversion.path,
            conversion.query(info.output_format),
            upload=lambda: Upload(conversion.form, source),
            timeout=conversion.options.timeout,
            chunk_size=conversion.options.chunk_size,
            max_retries=conversion.options.max_retries,
            headers=conversion.options.headers,
            rewindable=lambda: source.rewindable,
        )
        try:
            return (yield from exchange(state, spec))
        except errors.OutputFormatNotAllowed:
            if not (
                auto and source.rewindable and state.formats.exclude(best, streaming=conversion.streaming)
            ):
                raise


def _record_metadata(state: ClientState, info: ResponseInfo, response: httpx.Response) -> None:
    headers = response.headers
    cost = headers.get("character-cost", "")
    info.request_id = headers.get("request-id", "")
    info.history_item_id = headers.get("history-item-id", "")
    info.credits = int(cost) if re.fullmatch(r"[0-9]{1,12}", cost) else None
    info.max_concurrent = max_concurrent(headers)
    info.headers = {name.lower(): state.hide(value) for name, value in headers.items()}


def _error_in_body(error: Exception, info: ResponseInfo) -> errors.ApiError:
    kind: type[errors.ApiError] = errors.AnswerTruncated
    what = "the audio stopped before its end"
    if isinstance(error, httpx.DecodingError):
        kind, what = errors.SpoiltAnswer, "the encoding of the audio cannot be read"
    elif isinstance(error, httpx.TimeoutException):
        what = "the audio stalled before its end"
    return kind(what, status=200, request_id=info.request_id)


def _check_model(state: ClientState, model_id: str | None) -> None:
    """Raise ModelCannotConvert if a list of models that was requested before says that the model cannot convert voices.

    None is requested for this: it would delay the conversion, and the API checks the model before it bills anything.
    """
    able = [model.id for model in state.models if model.can_do_voice_conversion]
    if able and model_id in {model.id for model in state.models} - set(able):
        raise errors.ModelCannotConvert(
            f"the model {model_id} does not support voice conversion",
            hint=f"these models do: {', '.join(able)}",
        )


def get_json(state: ClientState, path: str, query: Mapping[str, str]) -> Flow[Any]:
    """Return the JSON at a path of the API; raises InvalidParameter unless it begins with a slash."""
    if not path.startswith("/"):  # it would change the host, or its port
        raise errors.InvalidParameter(f"path = {path!r} must begin with /")
    spec = RequestSpec("GET", path, query, timeout=min(_LISTING_TIMEOUT, state.timeouts.read))
    response = yield from exchange(state, spec)
    body = yield from read_body(_MAX_LISTING)
    yield ReleaseSlot()
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        pass
    raise errors.UnexpectedAnswer(f"the response to {path} is not JSON", status=response.status_code)


def list_models(state: ClientState) -> Flow[list[Model]]:
    """Return all models; later conversions are checked against them."""
    response = yield from get_json(state, "/v1/models", {})
    state.models = [_model(entry) for entry in _entries(response, "/v1/models")]
    return list(state.models)


def _model(entry: Mapping[str, Any]) -> Model:
    languages = entry.get("languages") or []
    ids = tuple(str(language.get("language_id", "")) for language in languages if isinstance(language, dict))
    model_id = str(entry.get("model_id", ""))
    able = entry.get("can_do_voice_conversion") is True
    return Model(model_id, str(entry.get("name") or model_id), able, ids)


def list_voices(state: ClientState, search: str | None) -> Flow[list[Voice]]:
    """Return all voices of the account, or those that match `search`; requests page by page."""
    voices: list[Voice] = []
    query = {"page_size": "100"} | ({"search": search} if search else {})
    seen: set[str] = set()
    for _ in range(_MAX_PAGES):
        response = yield from get_json(state, "/v2/voices", query)
        page = response if isinstance(response, dict) else {}
        voices += [_voice(entry) for entry in _entries(page.get("voices"), "/v2/voices")]
        token = page.get("next_page_token")
        if not page.get("has_more") or not isinstance(token, str) or token in seen:
            break
        seen.add(token)
        query["next_page_token"] = token
    return voices


def get_voice(state: ClientState, voice_id: str) -> Flow[Voice]:
    """Return the voice with this id."""
    path = f"/v1/voices/{checked_voice_id(voice_id)}"
    response = yield from get_json(state, path, {})
    return _voice(_entries([response], path)[0])


def _voice(entry: Mapping[str, Any]) -> Voice:
    labels = entry.get("labels")
    return Voice(
        id=str(entry.get("voice_id", "")),
        name=str(entry.get("name") or entry.get("voice_id", "")),
        backend="elevenlabs",
        category=str(entry.get("category") or "premade"),
        description=str(entry.get("description") or ""),
        labels={str(k): str(v) for k, v in labels.items()} if isinstance(labels, dict) else {},
        preview_url=str(entry.get("preview_url") or ""),
        free=entry.get("takevoice_free") is True,
    )


def get_subscription(state: ClientState) -> Flow[Subscription]:
    """Return the plan of the account."""
    path = "/v1/user/subscription"
    response = yield from get_json(state, path, {})
    plan = _entries([response], path)[0]
    resets = plan.get("next_character_count_reset_unix")
    return Subscription(
        tier=str(plan.get("tier", "")),
        status=str(plan.get("status", "")),
        credits_used=_count(plan.get("character_count")),
        credits_limit=_count(plan.get("character_limit")),
        resets=float(resets) if isinstance(resets, int | float) else None,
    )


def _count(value: Any) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _entries(value: Any, path: str) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise errors.UnexpectedAnswer(f"the response to {path} has an unexpected structure", status=200)
    return value


def list_history(state: ClientState, since: float, until: float | None = None) -> Flow[list[HistoryItem]]:
    """Return the voice conversions of the account since this Unix time, and until another one, newest first; requests page by page.

    Raises:
        UnexpectedAnswer: it does not get to its end: what is not in a part of it may be in the rest.
    """
    items: list[HistoryItem] = []
    query = {"page_size": "1000", "source": "STS", "date_after_unix": str(int(since))}
    if until is not None:
        query["date_before_unix"] = str(int(until) + 1)
    for _ in range(_MAX_PAGES):
        page = yield from get_json(state, "/v1/history", query)
        entries = _entries(page.get("history") if isinstance(page, dict) else None, "/v1/history")
        found = [_history_item(entry) for entry in entries]
        items += found
        if not page.get("has_more") or (found and all(0 < item.date < int(since) for item in found)):
            return items
        last = page.get("last_history_item_id")
        if not last or last == query.get("start_after_history_item_id"):
            break
        query["start_after_history_item_id"] = str(last)
    raise errors.UnexpectedAnswer("the response to /v1/history does not say how it continues", status=200)


def _history_item(entry: Mapping[str, Any]) -> HistoryItem:
    def number(name: str) -> int:
        value = entry.get(name)
        return int(value) if isinstance(value, int | float) else 0

    settings = entry.get("settings")
    return HistoryItem(
        id=str(entry.get("history_item_id") or ""),
        request_id=str(entry.get("request_id") or ""),
        voice_id=str(entry.get("voice_id") or ""),
        model_id=str(entry.get("model_id") or ""),
        date=float(number("date_unix")),
        credits=abs(number("character_count_change_to") - number("character_count_change_from")),
        content_type=str(entry.get("content_type") or ""),
        output_format=str(entry.get("output_format") or ""),
        settings=settings if isinstance(settings, dict) else {},
    )


def get_history_audio(state: ClientState, item: str) -> Flow[bytes]:
    """Return the audio of a conversion in the history."""
    path = f"/v1/history/{checked_voice_id(item)}/audio"
    response = yield from exchange(state, RequestSpec("GET", path))
    body = yield from read_body(_MAX_AUDIO)
    yield ReleaseSlot()
    length = response.headers.get("content-length", "")
    if not body or (length.isdecimal() and int(length) != len(body)):
        raise errors.UnexpectedAnswer("the audio of the history is incomplete", status=response.status_code)
    return body


def emit_result(flow: Flow[Any]) -> Flow[None]:
    """Emit the return value of another flow."""
    yield Emit((yield from flow))

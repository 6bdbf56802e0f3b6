"""What the client can ask of the API, each as a flow of `exchange`: no input or output of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from takevoice.api import errors
from takevoice.api.body import AudioBody
from takevoice.api.exchange import Ask, Call, Core, Emit, Flow, Leave, Next, exchange, read_body
from takevoice.api.upload import Source, Upload
from takevoice.api.wire import Conversion, checked_voice_id
from takevoice.request import AUTO_FORMAT
from takevoice.voices import Voice

_LISTING_TIMEOUT = 30.0
_MAX_LISTING = 32_000_000
_MAX_PAGES = 1000


@dataclass(frozen=True)
class Model:
    """A model of the API. Only one with `can_do_voice_conversion` serves here."""

    id: str
    name: str
    can_do_voice_conversion: bool
    languages: tuple[str, ...] = ()  # their ids: en, de ...


@dataclass(frozen=True)
class Subscription:
    """The account's plan and what is left of it."""

    tier: str
    status: str
    credits_used: int
    credits_limit: int
    resets: float | None = None  # Unix time


@dataclass
class AnswerInfo:
    """What is known of a conversion's answer, once it has begun."""

    output_format: str | None = None  # None: the API's default, mp3_44100_128
    request_id: str = ""
    history_item_id: str = ""
    credits: int | None = None  # what it cost, when the API says so
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def convert(core: Core, conversion: Conversion, info: AnswerInfo) -> Flow[None]:
    """Emits the audio."""
    yield from _check_model(core, conversion.values.get("model_id"))
    source: Source = yield Call(conversion.open)
    try:
        answer = yield from _converted(core, conversion, source, info)
        _note(info, answer)
        body = AudioBody(
            answer.headers.get("content-type", ""), answer.status_code, info.request_id, core.hide
        )
        while (chunk := (yield Next())) is not None:
            if isinstance(chunk, Exception):
                raise _broken(chunk, info)
            audio = body.feed(chunk)
            if audio:
                yield Emit(audio)
        rest = body.end()
        core.limit.succeeded()
        yield Leave()
        if rest:
            yield Emit(rest)
    finally:
        source.close()


def _converted(core: Core, conversion: Conversion, source: Source, info: AnswerInfo) -> Flow[httpx.Response]:
    """The answer, in the best output format that the plan allows where "auto" is asked for."""
    auto = conversion.output_format == AUTO_FORMAT
    while True:
        best = core.formats.best(streaming=conversion.streaming)
        info.output_format = best if auto else conversion.output_format
        ask = Ask(
            "POST",
            conversion.path,
            conversion.query(info.output_format),
            upload=lambda: Upload(conversion.form, source),
            timeout=conversion.options.timeout,
            chunk_size=conversion.options.chunk_size,
            resends=conversion.options.max_retries,
            rewindable=lambda: source.rewindable,
        )
        try:
            return (yield from exchange(core, ask))
        except errors.OutputFormatNotAllowed:
            if not (auto and source.rewindable and core.formats.refuse(best, streaming=conversion.streaming)):
                raise


def _note(info: AnswerInfo, answer: httpx.Response) -> None:
    headers = answer.headers
    cost = headers.get("character-cost", "")
    info.request_id = headers.get("request-id", "")
    info.history_item_id = headers.get("history-item-id", "")
    info.credits = int(cost) if re.fullmatch(r"[0-9]{1,12}", cost) else None
    info.headers = headers


def _broken(error: Exception, info: AnswerInfo) -> errors.ApiError:
    kind: type[errors.ApiError] = errors.AnswerTruncated
    what = "the audio broke off before its end"
    if isinstance(error, httpx.DecodingError):
        kind, what = errors.UnexpectedAnswer, "the answer is encoded in a way that cannot be read"
    elif isinstance(error, httpx.TimeoutException):
        what = "the audio stalled before its end"
    return kind(what, status=200, request_id=info.request_id)


def _check_model(core: Core, model_id: str | None) -> Flow[None]:
    """Refuses a model of which the API says that it converts no voices; what it does not list, it may know."""
    if model_id is None:
        return
    if core.models is None:
        try:
            core.models = yield from list_models(core, resends=0)
        except errors.ApiError:
            core.models = []  # a key need not be allowed to list them; the API will say
    able = [model.id for model in core.models if model.can_do_voice_conversion]
    if able and model_id in {model.id for model in core.models} - set(able):
        raise errors.ModelCannotConvert(
            f"the model {model_id} does no voice conversion", hint=f"these do: {', '.join(able)}"
        )


def _json(core: Core, path: str, query: Mapping[str, str], resends: int | None = None) -> Flow[Any]:
    ask = Ask("GET", path, query, timeout=min(_LISTING_TIMEOUT, core.timeouts.read), resends=resends)
    answer = yield from exchange(core, ask)
    body = yield from read_body(_MAX_LISTING)
    yield Leave()
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        pass
    raise errors.UnexpectedAnswer(f"the answer to {path} is no JSON", status=answer.status_code)


def list_models(core: Core, resends: int | None = None) -> Flow[list[Model]]:
    """All models."""
    answer = yield from _json(core, "/v1/models", {}, resends)
    return [_model(entry) for entry in _entries(answer, "/v1/models")]


def _model(entry: Mapping[str, Any]) -> Model:
    languages = entry.get("languages") or []
    ids = tuple(str(language.get("language_id", "")) for language in languages if isinstance(language, dict))
    model_id = str(entry.get("model_id", ""))
    able = entry.get("can_do_voice_conversion") is True
    return Model(model_id, str(entry.get("name") or model_id), able, ids)


def list_voices(core: Core, search: str | None) -> Flow[list[Voice]]:
    """All voices of the account, page by page."""
    voices: list[Voice] = []
    query = {"page_size": "100"} | ({"search": search} if search else {})
    seen: set[str] = set()
    for _ in range(_MAX_PAGES):
        answer = yield from _json(core, "/v2/voices", query)
        page = answer if isinstance(answer, dict) else {}
        voices += [_voice(entry) for entry in _entries(page.get("voices"), "/v2/voices")]
        token = page.get("next_page_token")
        if not page.get("has_more") or not isinstance(token, str) or token in seen:
            break
        seen.add(token)
        query["next_page_token"] = token
    return voices


def get_voice(core: Core, voice_id: str) -> Flow[Voice]:
    """One voice by its id."""
    path = f"/v1/voices/{checked_voice_id(voice_id)}"
    answer = yield from _json(core, path, {})
    return _voice(_entries([answer], path)[0])


def _voice(entry: Mapping[str, Any]) -> Voice:
    labels = entry.get("labels")
    return Voice(
        id=str(entry.get("voice_id", "")),
        name=str(entry.get("name") or entry.get("voice_id", "")),
        backend="elevenlabs",
        category=str(entry.get("category") or "premade"),
        description=str(entry.get("description") or ""),
        labels={str(k): str(v) for k, v in labels.items()} if isinstance(labels, dict) else {},
    )


def get_subscription(core: Core) -> Flow[Subscription]:
    """The plan."""
    path = "/v1/user/subscription"
    answer = yield from _json(core, path, {})
    plan = _entries([answer], path)[0]
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
        raise errors.UnexpectedAnswer(f"the answer to {path} is not what it should be", status=200)
    return value


def one(flow: Flow[Any]) -> Flow[None]:
    """A flow that emits what the given one returns."""
    yield Emit((yield from flow))

"""GET /v1/voices, /v2/voices, /v1/voices/{voice_id}, and the settings of voices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from takevoice import Voice, VoiceSettings
from takevoice_plugins.server.engine import MODELS, Engine
from takevoice_plugins.server.openapi import refusals
from takevoice_plugins.server.problems import Fault, WrongParameters, voice_not_found

PREMADE = "premade"
LABELS = ("gender", "age", "accent", "language")


class VoiceBody(BaseModel):
    """A voice, as the API tells it."""

    voice_id: str
    name: str
    category: str
    description: str
    labels: dict[str, str]
    samples: list[str] = []
    preview_url: str | None = None
    available_for_tiers: list[str] = []
    high_quality_base_model_ids: list[str] = list(MODELS)
    settings: VoiceSettings
    is_owner: bool
    is_legacy: bool = False


class VoicesBody(BaseModel):
    """All voices."""

    voices: list[VoiceBody]


class VoicesPage(VoicesBody):
    """A page of the voices that fit; `total_count` is 0 when it was not asked for."""

    has_more: bool
    total_count: int
    next_page_token: str | None


_LIST = "voice_ids"  # the one parameter that may come several times


class Search(BaseModel):
    """What /v2/voices can be asked for."""

    page_size: int = Query(10, ge=1, le=100)
    next_page_token: str | None = Query(
        None, pattern="^[0-9]{1,9}$", description="As the page before told it."
    )
    search: str | None = Query(
        None, description="A word of the name, the description, the labels or the category."
    )
    sort: Literal["created_at_unix", "name"] | None = None
    sort_direction: Literal["asc", "desc"] | None = None
    voice_type: (
        Literal["personal", "community", "default", "workspace", "non-default", "non-community", "saved"]
        | None
    ) = None
    category: Literal["premade", "cloned", "generated", "professional"] | None = None
    gender: str | None = None
    age: str | None = None
    accent: str | None = None
    language: str | None = None
    collection_id: str | None = Query(None, description="There are no collections: none fits.")
    include_total_count: bool = True
    voice_ids: list[str] | None = Query(None, max_length=100)


def voice_routes(engine: Engine) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["voices"])

    @router.get("/v1/voices", responses=refusals(401))
    def list_voices() -> VoicesBody:
        """All voices; the first is the default."""
        return VoicesBody(voices=[_body(voice) for voice in engine.voices()])

    @router.get("/v2/voices", responses=refusals(401), dependencies=[Depends(_each_once)])
    def search_voices(search: Annotated[Search, Query()]) -> VoicesPage:
        """The voices that fit, page by page."""
        return _page(_sorted(search, [voice for voice in engine.voices() if _fits(search, voice)]), search)

    @router.get("/v1/voices/settings/default", responses=refusals(401))
    def default_settings() -> VoiceSettings:
        """The settings that hold where a request has none."""
        return VoiceSettings.api_defaults()

    @router.get("/v1/voices/{voice_id}", responses=refusals(401, 404))
    def get_voice(voice_id: str) -> VoiceBody:
        """One voice."""
        return _body(_found(engine, voice_id))

    @router.get("/v1/voices/{voice_id}/settings", responses=refusals(401, 404))
    def get_settings(voice_id: str) -> VoiceSettings:
        """The settings of one voice: the default ones."""
        _found(engine, voice_id)
        return VoiceSettings.api_defaults()

    return router


def _found(engine: Engine, voice_id: str) -> Voice:
    for voice in engine.voices():
        if voice.id == voice_id:
            return voice
    raise voice_not_found(voice_id)


def _body(voice: Voice) -> VoiceBody:
    return VoiceBody(
        voice_id=voice.id,
        name=voice.name,
        category=voice.category,
        description=voice.description,
        labels=dict(voice.labels),
        settings=VoiceSettings.api_defaults(),
        is_owner=voice.category != PREMADE,
    )


def _fits(search: Search, voice: Voice) -> bool:
    said = " ".join([voice.name, voice.description, voice.category, *voice.labels.values()]).casefold()
    wanted = {name: getattr(search, name) for name in LABELS if getattr(search, name)}
    own = voice.category != PREMADE
    kinds = {
        "personal": own,
        "non-default": own,
        "saved": own,
        "default": not own,
        "non-community": True,
        "community": False,
        "workspace": False,
        None: True,
    }
    return (
        (search.search or "").casefold() in said
        and search.category in (None, voice.category)
        and kinds[search.voice_type]
        and all(voice.labels.get(name) == value for name, value in wanted.items())
        and not search.collection_id
        and (search.voice_ids is None or voice.id in search.voice_ids)
    )


def _each_once(request: Request) -> None:
    """Of a parameter that came twice nobody knows which is meant; raises WrongParameters."""
    query = request.query_params
    twice = sorted(name for name in Search.model_fields if name != _LIST and len(query.getlist(name)) > 1)
    if twice:
        raise WrongParameters(
            [Fault(type="duplicate", loc=("query", name), msg="Given more than once") for name in twice]
        )


def _sorted(search: Search, voices: list[Voice]) -> list[Voice]:
    """By name, or as they are listed, which is by age."""
    if search.sort == "name":
        voices = sorted(voices, key=lambda voice: voice.name.casefold())
    return voices[::-1] if search.sort_direction == "desc" else voices


def _page(voices: Sequence[Voice], search: Search) -> VoicesPage:
    """The token of a page is the number of voices before it."""
    start = int(search.next_page_token or 0)
    shown = voices[start : start + search.page_size]
    more = start + len(shown) < len(voices)
    return VoicesPage(
        voices=[_body(voice) for voice in shown],
        has_more=more,
        total_count=len(voices) if search.include_total_count else 0,
        next_page_token=str(start + len(shown)) if more else None,
    )

"""GET /v1/voices, /v2/voices, /v1/voices/{voice_id}, and the settings of voices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, model_validator

from takevoice import Voice, VoiceSettings
from takevoice_plugins.server.aliases import Aliases
from takevoice_plugins.server.engine import MODELS
from takevoice_plugins.server.openapi import error_responses
from takevoice_plugins.server.problems import Fault, WrongParameters, voice_not_found

PREMADE = "premade"
FREE = "takevoice_free"
"""What the voices of a house have besides that cost nothing, true; all others do not have it."""
LABELS = ("gender", "age", "accent", "language")


class SettingsBody(VoiceSettings):
    """The settings of a voice: the API's defaults."""

    clone_strength: float | None = None

    @classmethod
    def defaults(cls) -> SettingsBody:
        """Return the defaults."""
        return cls(**VoiceSettings.api_defaults().given())


class FineTuning(BaseModel):
    """That a voice is not fine-tuned: programs look into this without asking whether it is there."""

    is_allowed_to_fine_tune: bool = False
    state: dict[str, str] = {}
    finetuning_state: str | None = None
    verification_failures: list[str] = []
    verification_attempts_count: int = 0
    manual_verification_requested: bool = False
    language: str | None = None
    progress: dict[str, float] | None = {}
    message: dict[str, str] | None = {}
    dataset_duration_seconds: float | None = None
    verification_attempts: list[str] | None = None
    slice_ids: list[str] | None = None
    manual_verification: str | None = None
    max_verification_attempts: int | None = None
    next_max_verification_attempts_reset_unix_ms: int | None = None


class VoiceBody(BaseModel):
    """A voice in the format of the API. A house says of its free ones that they are: see FREE."""

    model_config = ConfigDict(extra="allow")

    voice_id: str
    name: str
    category: str
    description: str
    labels: dict[str, str]
    samples: list[str] | None = []
    fine_tuning: FineTuning = FineTuning()
    preview_url: str | None = None
    available_for_tiers: list[str] = []
    high_quality_base_model_ids: list[str] = list(MODELS)
    settings: SettingsBody | None
    sharing: str | None = None
    verified_languages: list[str] | None = []
    collection_ids: list[str] | None = []
    safety_control: str | None = None
    voice_verification: str | None = None
    permission_on_resource: str | None = None
    is_owner: bool
    is_legacy: bool = False
    is_mixed: bool = False
    is_bookmarked: bool | None = None
    favorited_at_unix: int | None = None
    created_at_unix: int | None = None
    recording_quality: str | None = None
    recording_quality_reason: str | None = None
    labelling_status: str | None = None


class VoicesBody(BaseModel):
    """All voices."""

    voices: list[VoiceBody]


class VoicesPage(VoicesBody):
    """A page of the matching voices; `total_count` is 0 unless requested."""

    has_more: bool
    total_count: int
    next_page_token: str | None


_LIST = "voice_ids"  # the only parameter that may be repeated


class Search(BaseModel):
    """The query parameters of /v2/voices."""

    page_size: int = Query(10, ge=1, le=100)
    next_page_token: str | None = Query(
        None, pattern="^[0-9]{1,9}$", description="The next_page_token of the previous page."
    )
    search: str | None = Query(None, description="Text to find in the name, description, labels or category.")
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
    collection_id: str | None = Query(None, description="There are no collections, so no voice matches.")
    include_total_count: bool = True
    voice_ids: list[str] | None = Query(None, max_length=100)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: Any) -> Any:
        """Leave out what is empty: form builders send it for what is not set."""
        return {name: value for name, value in given.items() if value != ""} if isinstance(given, dict) else given


class Catalogue(Protocol):
    """Has voices."""

    def voices(self) -> Sequence[Voice]:
        """Return the current voices, the default first."""


def voice_routes(engine: Catalogue, aliases: Aliases) -> APIRouter:
    """Return the routes. A voice is also found by an alias of it, but listed once."""
    router = APIRouter(tags=["voices"])

    def find(voice_id: str) -> Voice:
        voice = aliases.shown(voice_id, engine.voices())
        if voice is None:
            raise voice_not_found(voice_id)
        return voice

    @router.get("/v1/voices", responses=error_responses(401))
    def list_voices() -> VoicesBody:
        """All voices; the first is the default."""
        return VoicesBody(voices=[voice_body(voice) for voice in engine.voices()])

    @router.get("/v2/voices", responses=error_responses(401), dependencies=[Depends(_reject_repeated)])
    def search_voices(search: Annotated[Search, Query()]) -> VoicesPage:
        """The matching voices, page by page."""
        return _page(_sorted(search, _found(search, engine.voices(), aliases)), search)

    @router.get("/v1/voices/settings/default", responses=error_responses(401))
    def default_settings() -> SettingsBody:
        """The default settings, for requests without their own."""
        return SettingsBody.defaults()

    @router.get("/v1/voices/{voice_id}", responses=error_responses(401, 404))
    def get_voice(voice_id: str) -> VoiceBody:
        """One voice."""
        return voice_body(find(voice_id))

    @router.get("/v1/voices/{voice_id}/settings", responses=error_responses(401, 404))
    def get_settings(voice_id: str) -> SettingsBody:
        """The settings of one voice, which are the default settings."""
        find(voice_id)
        return SettingsBody.defaults()

    return router


def voice_body(voice: Voice) -> VoiceBody:
    """Return a voice in the format of the API."""
    return VoiceBody(
        voice_id=voice.id,
        name=voice.name,
        category=voice.category,
        description=voice.description,
        labels=dict(voice.labels),
        settings=SettingsBody.defaults(),
        is_owner=voice.category != PREMADE,
        **({FREE: True} if voice.free else {}),
    )


def _found(search: Search, voices: Sequence[Voice], aliases: Aliases) -> list[Voice]:
    """Return the matching voices, those that only an alias makes match last."""
    asked = [voice for voice_id in search.voice_ids or () if (voice := aliases.shown(voice_id, voices))]
    more = [*aliases.named(search.search or "", voices), *asked]
    found = {voice.id: voice for voice in [*voices, *more] if matches(search, voice)}
    return list(found.values())


def matches(search: Search, voice: Voice) -> bool:
    """Return True if a voice is one that is searched for."""
    text = " ".join([voice.name, voice.description, voice.category, *voice.labels.values()]).casefold()
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
        (search.search or "").casefold() in text
        and search.category in (None, voice.category)
        and kinds[search.voice_type]
        and all(voice.labels.get(name) == value for name, value in wanted.items())
        and not search.collection_id
        and (search.voice_ids is None or voice.id in search.voice_ids)
    )


def _reject_repeated(request: Request) -> None:
    """Reject ambiguous queries: raises WrongParameters if a parameter is repeated."""
    query = request.query_params
    repeated = sorted(name for name in Search.model_fields if name != _LIST and len(query.getlist(name)) > 1)
    if repeated:
        raise WrongParameters(
            [Fault(type="duplicate", loc=("query", name), msg="Given more than once") for name in repeated]
        )


def _sorted(search: Search, voices: list[Voice]) -> list[Voice]:
    """Sort by name, or keep the order of the list, which is by age."""
    if search.sort == "name":
        voices = sorted(voices, key=lambda voice: voice.name.casefold())
    return voices[::-1] if search.sort_direction == "desc" else voices


def _page(voices: Sequence[Voice], search: Search) -> VoicesPage:
    """Return a page of `voices`. Its token is the number of voices before it."""
    start = int(search.next_page_token or 0)
    shown = voices[start : start + search.page_size]
    more = start + len(shown) < len(voices)
    return VoicesPage(
        voices=[voice_body(voice) for voice in shown],
        has_more=more,
        total_count=len(voices) if search.include_total_count else 0,
        next_page_token=str(start + len(shown)) if more else None,
    )

"""GET /v1/models and /v1/user/subscription, which some clients request before a conversion."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from takevoice_plugins.server.engine import MODELS
from takevoice_plugins.server.openapi import error_responses

UNLIMITED = 1_000_000_000  # credits; nothing here costs any


class ModelBody(BaseModel):
    """A model in the format of the API."""

    model_id: str
    name: str
    description: str = "The local engine: works with every language."
    can_do_voice_conversion: bool = True
    can_do_text_to_speech: bool = False
    can_be_finetuned: bool = False
    can_use_style: bool = True
    can_use_speaker_boost: bool = True
    serves_pro_voices: bool = False
    requires_alpha_access: bool = False
    token_cost_factor: float = 0.0
    languages: list[dict[str, str]] = []


class Price(BaseModel):
    """The price of everything here: zero."""

    amount: str = "0"
    currency: str = "usd"


class SubscriptionBody(BaseModel):
    """A free plan without limits."""

    tier: str = "local"
    status: Literal["active"] = "active"
    character_count: int = 0
    character_limit: int = UNLIMITED
    max_credit_limit_extension: int = 0
    can_extend_character_limit: bool = False
    allowed_to_extend_character_limit: bool = False
    next_character_count_reset_unix: int | None = None
    voice_slots_used: int = 0
    voice_limit: int = 0
    voice_add_edit_counter: int = 0
    professional_voice_slots_used: int = 0
    professional_voice_slots_used_in_workspace: int = 0
    professional_voice_limit: int = 0
    can_extend_voice_limit: bool = False
    can_use_instant_voice_cloning: bool = False
    can_use_professional_voice_cloning: bool = False
    current_overage: Price = Price()
    open_invoices: list[str] = []
    has_open_invoices: bool = False


def account_routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["account"])

    @router.get("/v1/models", responses=error_responses(401))
    def list_models() -> list[ModelBody]:
        """The models. All of them use the same engine."""
        return [ModelBody(model_id=model_id, name=name) for model_id, name in MODELS.items()]

    @router.get("/v1/user/subscription", responses=error_responses(401))
    def get_subscription() -> SubscriptionBody:
        """The plan: free and without limits."""
        return SubscriptionBody()

    return router

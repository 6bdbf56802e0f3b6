"""GET /v1/models, /v1/user, /v1/user/subscription and /v1/history, which some clients request before a conversion.

Every field of the API's answers is there: those that do not apply are null or empty.
"""

from __future__ import annotations

import calendar
import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from takevoice_plugins.server.engine import MODELS
from takevoice_plugins.server.openapi import error_responses

UNLIMITED = 1_000_000_000  # credits; nothing here costs any


class Language(BaseModel):
    """A language of a model."""

    language_id: str
    name: str


class ModelRates(BaseModel):
    """What a model costs, relative to the plan's price."""

    character_cost_multiplier: float = 0.0
    cost_discount_multiplier: float = 1.0


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
    max_characters_request_free_user: int = 0
    max_characters_request_subscribed_user: int = 0
    maximum_text_length_per_request: int = 0
    languages: list[Language]
    model_rates: ModelRates = ModelRates()
    concurrency_group: str = "standard"


_LANGUAGES = [Language(language_id="en", name="English")]


class Price(BaseModel):
    """The price of everything here: zero."""

    amount: str = "0"
    currency: str = "usd"


def next_month() -> int:
    """Return when the next month begins (UTC), as Unix time: old programs take no null for when the credits are renewed."""
    today = datetime.datetime.now(datetime.UTC).date()
    first = (today.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
    return calendar.timegm(first.timetuple())


class SubscriptionBody(BaseModel):
    """A plan without limits, under the name of the plan that has most."""

    tier: str = "enterprise"
    status: Literal["active"] = "active"
    character_count: int = 0
    character_limit: int = UNLIMITED
    max_character_limit_extension: int | None = None
    max_credit_limit_extension: int = 0
    can_extend_character_limit: bool = False
    allowed_to_extend_character_limit: bool = False
    next_character_count_reset_unix: int = Field(default_factory=next_month)
    voice_slots_used: int = 0
    voice_limit: int = 0
    max_voice_add_edits: int | None = None
    voice_add_edit_counter: int = 0
    professional_voice_slots_used: int = 0
    professional_voice_slots_used_in_workspace: int = 0
    professional_voice_limit: int = 0
    can_extend_voice_limit: bool = False
    can_use_instant_voice_cloning: bool = False
    can_use_professional_voice_cloning: bool = False
    currency: str | None = "usd"
    billing_period: str | None = None
    character_refresh_period: str | None = None
    current_overage: Price = Price()
    next_invoice: str | None = None
    open_invoices: list[str] = []
    has_open_invoices: bool = False
    cancels_immediately: bool | None = None
    pending_change: str | None = None
    has_used_starter_coupon_on_account: bool | None = None
    has_used_creator_coupon_on_account: bool | None = None
    is_eligible_for_starter_promo: bool | None = None


class UserBody(BaseModel):
    """The one user of this server."""

    user_id: str = "takevoice"
    workspace_id: str = "takevoice"
    subscription: SubscriptionBody = Field(default_factory=SubscriptionBody)
    is_new_user: bool = False
    can_use_delayed_payment_methods: bool = False
    is_onboarding_completed: bool = True
    is_onboarding_checklist_completed: bool = True
    show_compliance_terms: bool = False
    first_name: str | None = None
    is_api_key_hashed: bool = False
    xi_api_key: str | None = None
    xi_api_key_preview: str | None = None
    referral_link_code: str | None = None
    partnerstack_partner_default_link: str | None = None
    created_at: int = 0
    seat_type: Literal["workspace_admin"] = "workspace_admin"


class HistoryBody(BaseModel):
    """The history of the account, which is empty: the server stores nothing."""

    history: list[str] = []
    last_history_item_id: str | None = None
    has_more: bool = False
    scanned_until: int | None = None


def account_routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["account"])

    @router.get("/v1/models", responses=error_responses(401))
    def list_models() -> list[ModelBody]:
        """The models. All of them use the same engine."""
        return [
            ModelBody(model_id=model_id, name=name, languages=_LANGUAGES) for model_id, name in MODELS.items()
        ]

    @router.get("/v1/user", responses=error_responses(401))
    def get_user() -> UserBody:
        """The user, with the plan."""
        return UserBody()

    @router.get("/v1/user/subscription", responses=error_responses(401))
    def get_subscription() -> SubscriptionBody:
        """The plan: free and without limits."""
        return SubscriptionBody()

    @router.get("/v1/history", responses=error_responses(401))
    def list_history() -> HistoryBody:
        """The conversions of the past: none, because the server stores nothing."""
        return HistoryBody()

    return router

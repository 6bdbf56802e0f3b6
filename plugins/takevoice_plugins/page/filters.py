"""Which jobs a request means."""

from __future__ import annotations

from typing import Literal

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from takevoice import JobFilter, State
from takevoice_plugins.page.replies import Refused

MOST = 1 << 62
Which = Literal["original", "result"]


class Conditions(BaseModel):
    """Conditions on jobs; those that are empty do not restrict anything.

    `state` has names with commas between them; `candidates` false leaves out those that are neither held nor failed.
    """

    model_config = ConfigDict(extra="forbid")

    state: str = Field("", max_length=200)
    track: str = Field("", max_length=1000)
    voice: str = Field("", max_length=1000)
    folder: str = Field("", max_length=4000)
    q: str = Field("", max_length=1000)
    code: str = Field("", max_length=100)
    since: float = Field(0.0, ge=0)
    until: float = Field(0.0, ge=0)
    candidates: bool = True

    def filter(self, before: int = 0, *, any_state: bool = False) -> JobFilter:
        """Return the conditions; `any_state`: but for the states. Raises Refused for a state that does not exist."""
        return JobFilter(
            () if any_state else self.states(),
            place=self.folder,
            track=self.track,
            voice=self.voice,
            text=self.q,
            since=self.since,
            until=self.until,
            code=self.code,
            before=before,
            with_candidates=self.candidates,
        )

    def states(self) -> tuple[State, ...]:
        """Return the states that are meant; none: all."""
        try:
            return tuple(State(name) for name in self.state.split(",") if name)
        except ValueError as error:
            raise Refused(422, "invalid", f"state: {error}") from error


class ListQuery(Conditions):
    """Conditions, and which part of the list."""

    before: int = Field(0, ge=0, le=MOST)
    limit: int = Field(100, ge=1, le=200)


def list_query(request: Request) -> ListQuery:
    """Return what a request for a list asks for; raises RequestValidationError. FastAPI would need longer for it than the list takes."""
    try:
        return ListQuery.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("query", *each["loc"])} for each in error.errors()]) from error


LIST_PARAMETERS = [
    {"name": name, "in": "query", "required": False, "schema": schema} for name, schema in ListQuery.model_json_schema()["properties"].items()
]
"""The description of these conditions, for that of the API."""

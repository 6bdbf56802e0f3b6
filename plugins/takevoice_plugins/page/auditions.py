"""The API of auditions: a real line of a character in several voices, with the price first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from takevoice import Audition, AuditionDesk, Job, Office
from takevoice_plugins.page.filters import MOST
from takevoice_plugins.page.replies import Json, Refused

Name = Annotated[str, Field(min_length=1, max_length=1000)]


class AuditionRequest(BaseModel):
    """A character, the voices to be tried, and the job of the take that the line is cut from; none: the newest take.

    `price` is what the person has seen that it costs; another price by now is a refusal.
    """

    model_config = ConfigDict(extra="forbid")

    character: Name
    voices: list[Name] = Field(min_length=1, max_length=9)
    take: int | None = Field(None, ge=1, le=MOST)
    price: str = Field("", max_length=200)


def audition_routes(office: Office) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()

    @routes.get("/api/auditions/takes")
    def takes(character: Annotated[str, Query(min_length=1, max_length=1000)]) -> Json:
        """Return the takes that a line can be cut from, newest first."""
        found = office.auditions.takes_of(character)
        return Json({"takes": [{"id": job.id, "name": job.source.name, "seconds": job.seconds} for job in found]})

    @routes.post("/api/auditions/price")
    def price(wanted: AuditionRequest) -> Json:
        audition = _prepared(office.auditions, wanted)
        done = [part.voice for part in audition.parts if part.done]
        return Json({"line": audition.line.source.name, "price": audition.price, "done": done})

    @routes.post("/api/auditions")
    def start(wanted: AuditionRequest) -> Json:
        desk = office.auditions
        audition = _prepared(desk, wanted)
        if audition.price != wanted.price:
            raise Refused(409, "price_changed", "the price has changed", "look again; nothing was sent")
        return Json({"jobs": [job.id for job in desk.start(audition)]})

    return routes


def _prepared(desk: AuditionDesk, wanted: AuditionRequest) -> Audition:
    take = _take(desk, wanted) if wanted.take is not None else None
    return desk.prepare(wanted.character, wanted.voices, take)


def _take(desk: AuditionDesk, wanted: AuditionRequest) -> Job:
    found = next((job for job in desk.takes_of(wanted.character) if job.id == wanted.take), None)
    if found is None:
        raise Refused(404, "unknown_job", "this take is not there any more", "choose another one")
    return found

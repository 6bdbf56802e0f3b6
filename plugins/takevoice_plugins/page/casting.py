"""The API of casting: who speaks whom, as a sheet that is looked at before it is written into the config."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from takevoice import CastingDesk, CastingEdit, CastingRow, Office
from takevoice_plugins.page.replies import Json, Refused

Column = Literal["voice", "voice_id", "stability", "similarity_boost", "style", "seed", "candidates", "state", "note"]
Name = Annotated[str, Field(min_length=1, max_length=1000)]
HERE = "the sheet"
PLAIN = ("character", "is_cast", "voice", "voice_id", "source", "takes", "results", "stale", "stale_voices", "sample")


class Row(BaseModel):
    """Cells of a character by column, as text; empty ones leave everything as it is, "-" takes a setting away."""

    model_config = ConfigDict(extra="forbid")

    character: Name
    values: dict[Column, Annotated[str, Field(max_length=4000)]]


class Sheet(BaseModel):
    """Rows of a sheet; `mark` identifies the config that the person has seen."""

    model_config = ConfigDict(extra="forbid")

    rows: list[Row] = Field(max_length=5000)
    mark: str = Field("", max_length=100)


class Recast(BaseModel):
    """Characters whose results by another voice are converted again, and how many these are for the person; none: all."""

    model_config = ConfigDict(extra="forbid")

    characters: list[Name] = Field(max_length=5000)
    expect: int = Field(ge=0)


class OverOsc(BaseModel):
    """What was set for a track over OSC: moved into the config, or removed."""

    model_config = ConfigDict(extra="forbid")

    track: Name
    act: Literal["move", "remove"]


def casting_routes(office: Office) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()

    @routes.get("/api/casting")
    def rows() -> Json:
        return Json(_cast(office))

    @routes.post("/api/casting/preview")
    def preview(sheet: Sheet) -> Json:
        """Return what the rows change; nothing is written."""
        return Json(_as_json(office.casting.edit_cells(_cells(sheet), HERE)))

    @routes.post("/api/casting/write")
    def write(sheet: Sheet) -> Json:
        """Write what the rows change, unless the config is not the one that the person has seen."""
        desk = office.casting
        edit = desk.edit_cells(_cells(sheet), HERE)
        if edit.before.mark != sheet.mark:
            raise Refused(412, "config_changed", "the config was changed meanwhile", "look at the changes again; nothing was written")
        kept = desk.write(edit)
        return Json({"changed": len(edit.changes), "config": str(edit.after.path), "kept": str(kept) if kept else None})

    @routes.post("/api/casting/sheet")
    async def opened(request: Request, columns: Annotated[str, Query(max_length=4000)] = "{}") -> Json:
        """Return the rows of a CSV or TSV file; without a column of characters, only its headings."""
        data, named = await request.body(), _columns(columns)
        return Json(await run_in_threadpool(_opened, data, named))

    @routes.get("/api/casting/export")
    def export(delimiter: Literal[",", ";", "tab"] = ",") -> Response:
        data = office.casting.sheet("\t" if delimiter == "tab" else delimiter)
        return Response(data, media_type="text/csv; charset=utf-8")

    @routes.get("/api/casting/stale")
    def stale(character: Annotated[list[Name] | None, Query()] = None) -> Json:
        """Return the results that are by another voice than the one in force, by character, and what converting them again costs."""
        return Json(_stale(office.casting, character or []))

    @routes.post("/api/casting/recast")
    def recast(which: Recast) -> Json:
        desk = office.casting
        jobs = [job for _, found in desk.by_another_voice(which.characters) for job in found]
        if len(jobs) != which.expect:
            raise Refused(409, "count_changed", f"there are {len(jobs)} results now, and there were {which.expect}", "look again; nothing was changed")
        return Json(desk.recast(jobs).as_dict())

    @routes.post("/api/casting/osc")
    def over_osc(wanted: OverOsc) -> Json:
        desk = office.casting
        if wanted.act == "move":
            desk.move_into_config(wanted.track)
        else:
            desk.give_back(wanted.track)
        return Json({})

    return routes


def _cast(office: Office) -> dict[str, Any]:
    desk = office.casting
    voices, problem = desk.voices()
    auditions = office.ledger.casting.auditions()
    return {
        "config": str(desk.path.absolute()) if desk.path else None,
        "voices": [{"id": voice.id, "name": voice.name} for voice in voices],
        "voices_problem": problem,
        "rows": [
            {**_row(row), "auditions": auditions.get(row.character, (0, None))} for row in desk.rows()
        ],
    }


def _row(row: CastingRow) -> dict[str, Any]:
    found = {**{name: getattr(row, name) for name in PLAIN}, "in_force": dict(row.in_force), "given": dict(row.given), "over_osc": dict(row.over_osc), "state": row.state, "note": row.note.note}
    shown = row.as_sheet()
    cells = {name: str(value) for name, value in shown.items() if name in row.given or name in ("state", "note")}
    return {**found, "is_glob": row.is_glob, "cells": {**cells, "voice": row.voice if "voice" in row.given else ""}}


def _cells(sheet: Sheet) -> Mapping[str, Mapping[str, str]]:
    cells: dict[str, Mapping[str, str]] = {}
    for row in sheet.rows:
        if row.character in cells:
            raise Refused(422, "invalid", f'"{row.character}" is there twice')
        cells[row.character] = row.values  # type: ignore[assignment]
    return cells


def _as_json(edit: CastingEdit) -> dict[str, Any]:
    changes = [
        {"character": each.character, "is_new": each.is_new and bool(each.settings), "lines": list(each.lines), "problem": each.problem}
        for each in edit.changes
    ]
    return {"changes": changes, "diff": edit.diff, "mark": edit.before.mark, "config": str(edit.after.path)}


def _opened(data: bytes, columns: Mapping[str, str]) -> dict[str, Any]:
    layout, rows = CastingDesk.read(data, columns, HERE)
    return {
        "headings": list(layout.headings),
        "columns": dict(layout.columns),
        "nameless": list(layout.nameless),
        "longer": list(layout.longer),
        "rows": [{"character": row.character, "values": dict(row.values)} for row in rows],
    }


def _columns(text: str) -> dict[str, str]:
    """Return which heading stands for which column."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    known = {"character", *Column.__args__}  # type: ignore[attr-defined]
    if not isinstance(given, dict) or not set(given) <= known or not all(isinstance(each, str) for each in given.values()):
        raise Refused(422, "invalid", "columns: an object with headings by column")
    return given


def _stale(desk: CastingDesk, characters: Sequence[str]) -> dict[str, Any]:
    found = desk.by_another_voice(characters)
    jobs = [job for _, each in found for job in each]
    named = [{"character": row.character, "voice": row.voice, "by": list(row.stale_voices), "jobs": len(each)} for row, each in found if each]
    return {"characters": named, "jobs": len(jobs), "seconds": sum(job.seconds for job in jobs), "price": desk.price_of(jobs)}



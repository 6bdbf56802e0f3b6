"""The API of jobs: lists, one job with what can be listened to, and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from takevoice import JobView, Office, State
from takevoice_plugins.page.filters import MOST, Conditions, Listed
from takevoice_plugins.page.replies import Json, Refused

LANES = 9  # results that can be compared with an original
Verb = Literal["retry", "release", "drop", "cancel", "forget"]


class Decision(BaseModel):
    """The jobs that are decided about: by numbers, or by conditions with the count that the person has seen."""

    model_config = ConfigDict(extra="forbid")

    ids: list[int] | None = Field(None, max_length=10_000)
    filter: Conditions | None = None
    expect: int | None = Field(None, ge=0)


def job_routes(office: Office) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()

    @routes.get("/api/jobs")
    def listed(query: Listed) -> Json:
        found = office.jobs(query.filter(query.before), query.limit)
        counts = {} if query.before else office.counts(query.filter(any_state=True))
        rows = [row_of(job) for job in found]
        more = found[-1].id if len(found) == query.limit else None
        return Json({"jobs": rows, "next": more, "counts": {state.value: n for state, n in counts.items()}})

    @routes.get("/api/jobs/{job_id}")
    def one(job_id: int) -> Json:
        return Json(_detail(office, _number(job_id)))

    @routes.post("/api/jobs/count")
    def count(verb: Verb, which: Conditions) -> Json:
        chosen = office.chosen(verb, which.filter())
        seconds = sum(job.seconds for job in chosen)
        return Json({"jobs": len(chosen), "seconds": seconds})

    @routes.post("/api/jobs/{verb}")
    def decide(verb: Verb, decision: Decision) -> Json:
        if (decision.ids is None) == (decision.filter is None):
            raise Refused(422, "invalid", "give either ids or filter")
        which = decision.filter.filter() if decision.filter is not None else [_number(each) for each in decision.ids or ()]
        return Json(office.decide(verb, which, expect=decision.expect).as_dict())

    return routes


def _number(job_id: int) -> int:
    if not 0 < job_id < MOST:
        raise Refused(404, "unknown_job", f"there is no job {job_id}")
    return job_id


def row_of(job: JobView) -> dict[str, Any]:
    """Return a job for a list: without its settings, but with the seed."""
    row = job.as_dict()
    del row["settings"]
    return {**row, "seed": job.seed}


def _detail(office: Office, job_id: int) -> dict[str, Any]:
    detail = office.job(job_id)
    job = office.ledger.jobs.get(job_id)
    return {
        **detail.as_dict(),
        "frames": job.frames,
        "sample_rate": job.sample_rate,
        "offset_ms": job.offset_ms,
        "drift_ms": job.drift_ms,
        "correlation": job.correlation,
        "retry_price": office.price_of_retry(job),
        "lanes": _lanes(office, job_id),
    }


def _lanes(office: Office, job_id: int) -> Sequence[dict[str, Any]]:
    """Return what can be compared: the results of this take, oldest first, as long and at the same rate as its original."""
    job = office.ledger.jobs.get(job_id)
    done = [each for each in reversed(office.ledger.jobs.of(job.path)) if each.state is State.DONE and each.output]
    alike = [each for each in done if (each.audio_hash, each.frames) == (job.audio_hash, job.frames)]
    return [
        {
            "id": each.id,
            "voice": each.voice,
            "seed": each.settings.seed,
            "backend": each.backend,
            "output": str(each.output),
            "name": each.output.name if each.output else "",
            "correlation": each.correlation,
            "offset_ms": each.offset_ms,
            "changed": each.changed,
        }
        for each in alike[-LANES:]
    ]

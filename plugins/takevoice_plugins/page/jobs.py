"""The API of jobs: lists, one job with what can be listened to, and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from takevoice import Job, JobView, Office, State
from takevoice_plugins.page.filters import LIST_PARAMETERS, MOST, Conditions, ListQuery, list_query
from takevoice_plugins.page.replies import Json, Refused

PRICED = 500  # takes whose price is looked up at once: each file is opened for it
MORE = 3  # candidates that the page offers to make
LANES = 24  # results that can be compared with an original
Verb = Literal["retry", "release", "drop", "cancel", "forget", "put_first"]
BY = "page"  # who picks
AUDITION = "audition"  # the origin of its jobs
PICK = "pick"  # the code of takes that wait for a person to pick a candidate


class Decision(BaseModel):
    """The jobs that are decided about: by numbers, or by conditions with the count that the person has seen."""

    model_config = ConfigDict(extra="forbid")

    ids: list[int] | None = Field(None, max_length=10_000)
    filter: Conditions | None = None
    expect: int | None = Field(None, ge=0)


class Mark(BaseModel):
    """What a person notes about a candidate; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    stars: int | None = Field(None, ge=0, le=5)
    note: str | None = Field(None, max_length=2000)
    rejected: bool | None = None


class Numbers(BaseModel):
    """Jobs by number."""

    model_config = ConfigDict(extra="forbid")

    ids: list[int] = Field(max_length=10_000)


class More(BaseModel):
    """How many further candidates, and what the person has seen that they cost: another price by now is a refusal."""

    model_config = ConfigDict(extra="forbid")

    count: int = Field(ge=1, le=9)
    price: str = Field(max_length=200)


def job_routes(office: Office) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()

    @routes.get("/api/jobs", openapi_extra={"parameters": LIST_PARAMETERS})
    def listed(request: Request) -> Json:
        query = list_query(request)
        if query.before:
            found, tabs = office.jobs(query.filter(query.before), query.limit), dict[str, Any]()
        else:
            found, tabs = _first_page(office, query)
        families = office.ledger.candidates.progress([job.id for job in found if not job.state.final and not job.candidate])
        rows = [{**row_of(job), "candidates": families.get(job.id)} for job in found]
        more = found[-1].id if len(found) == query.limit else None
        return Json({"jobs": rows, "next": more, **tabs})

    @routes.get("/api/jobs/{job_id}")
    def one(job_id: int) -> Json:
        return Json(_detail(office, _number(job_id)))

    @routes.get("/api/jobs/{job_id}/prices")
    def prices(job_id: int) -> Json:
        """What converting a job again, and more candidates of it, cost, in words; empty where it is free or unknown. The take may be read."""
        job = office.ledger.jobs.get(_number(job_id))
        return Json({"retry": office.price_of_retry(job), "more": office.price_of_more(job, MORE)})

    @routes.post("/api/jobs/count")
    def count(verb: Verb, which: Conditions) -> Json:
        chosen = office.chosen(verb, which.filter())
        price = office.price_of_all(chosen) if verb == "retry" and len(chosen) <= PRICED else ""
        return Json({"jobs": len(chosen), "seconds": sum(job.seconds for job in chosen), "price": price})

    @routes.post("/api/jobs/price")
    def price(which: Numbers) -> Json:
        """What converting jobs again costs, in words; empty where it is free."""
        return Json({"price": office.price_of_all([office.ledger.jobs.get(_number(each)) for each in which.ids])})

    @routes.post("/api/jobs/{job_id}/pick")
    def pick(job_id: int) -> Json:
        take, before = office.candidates.pick(_number(job_id), BY)
        return Json({"result": str(take.output), "before": str(before) if before else None})

    @routes.post("/api/jobs/{job_id}/mark")
    def mark(job_id: int, mark: Mark) -> Json:
        if mark.rejected is not None:
            office.candidates.reject(_number(job_id), mark.rejected)
        office.candidates.mark(_number(job_id), stars=mark.stars, note=mark.note)
        return Json({})

    @routes.post("/api/jobs/{job_id}/candidates")
    def more(job_id: int, wanted: More) -> Json:
        """Make further candidates, unless they cost something else than the person has seen."""
        job = office.ledger.jobs.get(_number(job_id))
        if office.price_of_more(job, wanted.count) != wanted.price:
            raise Refused(409, "price_changed", "the price has changed", "look again; nothing was sent")
        return Json({"job": office.candidates.more(job.id, wanted.count).id})

    @routes.post("/api/jobs/{verb}")
    def decide(verb: Verb, decision: Decision) -> Json:
        if (decision.ids is None) == (decision.filter is None):
            raise Refused(422, "invalid", "give either ids or filter")
        which = decision.filter.filter() if decision.filter is not None else [_number(each) for each in decision.ids or ()]
        return Json(office.decide(verb, which, expect=decision.expect).as_dict())

    return routes


def _first_page(office: Office, query: ListQuery) -> tuple[Sequence[JobView], dict[str, Any]]:
    """Return the newest jobs, and with them how many match (`total`), how many would in each state, whatever the reason (`counts`),
    and how many takes of those wait for a person to pick a candidate (`unpicked`)."""
    every = query.model_copy(update={"code": ""})
    if query.code:
        found, counts = office.jobs(query.filter(), query.limit), office.counts(every.filter(any_state=True))
        total = len(found) if len(found) < query.limit else sum(office.counts(query.filter()).values())
    else:
        found, counts = office.page(query.filter(), query.limit)
        total = sum(number for state, number in counts.items() if state in (query.states() or State))
    waiting = every.model_copy(update={"state": State.HELD.value, "code": PICK})
    unpicked = sum(office.counts(waiting.filter()).values()) if counts.get(State.HELD) else 0
    return found, {"counts": {state.value: number for state, number in counts.items()}, "total": total, "unpicked": unpicked}


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
    family = _family(office, job)
    return {
        **detail.as_dict(),
        "frames": job.frames,
        "sample_rate": job.sample_rate,
        "offset_ms": job.offset_ms,
        "drift_ms": job.drift_ms,
        "correlation": job.correlation,
        "family": family,
        "candidates": [row._asdict() for row in office.candidates.of(family)] if family else [],
        "auditions": _auditions(office, job_id),
        **_lanes(office, job, family),
    }


def _family(office: Office, job: Job) -> int:
    """Return the take's job that the candidates belong to: those of a take that was converted before are of a later job; 0: there are none."""
    if job.family or job.origin == AUDITION:
        return job.family
    others = (each for each in office.ledger.jobs.of(job.path) if each.has_candidates and each.audio_hash in ("", job.audio_hash))
    return next((each.id for each in others), 0)


def _auditions(office: Office, job_id: int) -> Sequence[dict[str, Any]]:
    """Return the jobs of an audition that are not done, with their voices; none for any other job."""
    job = office.ledger.jobs.get(job_id)
    if job.origin != AUDITION:
        return []
    others = (each for each in reversed(office.ledger.jobs.of(job.path)) if each.state not in (State.DONE, State.CANCELLED))
    return [{"job": each.id, "voice": each.voice or each.options.overrides.get("voice", ""), "state": each.state.value} for each in others]


def _lanes(office: Office, job: Job, family: int) -> dict[str, Any]:
    """Return what can be compared: the results of this take, oldest first, as long and at the same rate as its original; and how many are left out."""
    jobs = {each.id: each for each in (*office.ledger.jobs.of(job.path), *office.ledger.candidates.of(family))}
    # Not the job of a take with candidates: its result is a copy of one of them.
    done = [jobs[n] for n in sorted(jobs) if jobs[n].state is State.DONE and jobs[n].output and not jobs[n].has_candidates]
    alike = [each for each in done if (each.audio_hash, each.frames) == (job.audio_hash, job.frames)]
    shown = _most_wanted(office, alike, family)
    lanes = [
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
        for each in shown
    ]
    return {"lanes": lanes, "left_out": len(alike) - len(shown)}


def _most_wanted(office: Office, results: Sequence[Job], family: int) -> Sequence[Job]:
    """Return at most `LANES` results, in their order: what was picked or has stars comes first, what was rejected last, else the newest."""
    if len(results) <= LANES:
        return results
    known = {row.job: row for row in office.candidates.of(family)} if family else {}

    def rank(each: Job) -> tuple[bool, int, bool, int]:
        row = known.get(each.id)
        return bool(row and row.picked), row.stars if row else 0, not (row and row.rejected), each.id

    chosen = {each.id for each in sorted(results, key=rank, reverse=True)[:LANES]}
    return [each for each in results if each.id in chosen]

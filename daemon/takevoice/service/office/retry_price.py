"""What it costs to convert a job again, or to have more candidates of a take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from takevoice import audio
from takevoice.errors import TakevoiceError
from takevoice.holds import HoldReason
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline.answer_store import AnswerStore
from takevoice.pipeline.answered import is_answered
from takevoice.pipeline.decisions import has_result
from takevoice.pipeline.planning import Draft, Planner
from takevoice.pipeline.prices import candidates_in_words, price_in_words
from takevoice.pipeline.workdir import WorkDir


def retry_price(planner: Planner, ledger: Ledger, work: Path, job: Job, overrides: Mapping[str, Any]) -> str:
    """Return what converting a job again, with other settings where some are given, costs, such as "about 60 credits with
    elevenlabs", or that the answer which is kept will do; empty where it is free.

    Raises:
        TakevoiceError: its take cannot be read.
    """
    options = replace(job.options, overrides={**job.options.overrides, **overrides})
    again = [] if overrides else [each for each in ledger.candidates.of(job.id) if each.state is not State.DONE]
    if again:
        count = "1 candidate" if len(again) == 1 else f"{len(again)} candidates"
        price = _price(planner, [planner.draft(each.path, each.options) for each in again])
        return f"{count}, at most {price}" if price else ""
    draft = planner.draft(job.path, options)
    cost = _price(planner, [draft])
    if not cost:
        return ""
    if job.has_candidates:
        if not overrides and not has_result(ledger, job) and ledger.candidates.of(job.id):
            return "free: its candidates are there"
        return f"{candidates_in_words(draft.settings)}{cost}"
    is_bad = job.error_code == HoldReason.LOW_CORRELATION.code
    another = is_bad or ((job.state is State.DONE or job.options.new_answer) and has_result(ledger, job))
    if (overrides or not another) and _is_answered(planner, work, draft):
        return "free: the answer that is kept is used"
    if job.state is State.DONE or is_bad or overrides or not ledger.charges.has_answer(job.id):
        return cost
    return f"free if the settings ask for the answer that is there, else {cost}"


def _is_answered(planner: Planner, work: Path, draft: Draft) -> bool:
    try:
        return is_answered(AnswerStore(WorkDir(work)), planner.complete(draft), audio.audio_hash(draft.take))
    except TakevoiceError:  # its voice is not known now
        return False


def price_of_more(planner: Planner, job: Job, count: int) -> str:
    """Return what further candidates of a take cost; empty where they are free. Raises TakevoiceError."""
    return _price(planner, [planner.draft(job.path, replace(job.options, candidate=number)) for number in range(1, count + 1)])


def price_of_all(planner: Planner, jobs: Sequence[Job]) -> str:
    """Return what converting several jobs again costs at most; empty where it is free or unknown."""
    total = 0.0
    for job in jobs:
        with suppress(TakevoiceError):  # the retry itself reports it
            total += planner.credits(planner.draft(job.path, job.options))
    return f"{price_in_words(total)} with {planner.wanted_backend()}" if total else ""


def _price(planner: Planner, drafts: Sequence[Draft]) -> str:
    credits_ = sum(planner.credits(draft) for draft in drafts)
    return f"{price_in_words(credits_)} with {drafts[0].backend.name}" if credits_ else ""

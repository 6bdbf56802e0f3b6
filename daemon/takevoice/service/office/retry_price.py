"""What it costs to convert a job again."""

from __future__ import annotations

from takevoice.holds import HoldReason
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline.planning import Planner, price_in_words


def retry_price(planner: Planner, ledger: Ledger, job: Job) -> str:
    """Return what converting a job again costs, such as "about 60 credits with elevenlabs"; empty where it is free.

    Raises:
        TakevoiceError: its take cannot be read.
    """
    draft = planner.draft(job.path, job.options)
    credits_ = planner.credits(draft)
    if not credits_:
        return ""
    cost = f"{price_in_words(credits_)} with {draft.backend.name}"
    is_bad = job.error_code == HoldReason.LOW_CORRELATION.code
    if job.state is State.DONE or is_bad or not ledger.charges.has_answer(job.id):
        return cost
    return f"free if the settings ask for the answer that is there, else {cost}"

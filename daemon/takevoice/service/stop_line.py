"""What a stop waits for, in one line."""

from __future__ import annotations

import math
from collections.abc import Sequence

from takevoice.errors import printable
from takevoice.jobs import Job
from takevoice.pipeline.prices import credits_for
from takevoice.service.worker_pool import PATIENCE
from takevoice.voices import Backend

MAX_NAMED = 3  # takes that are named in one line


def stop_line(paid: Sequence[tuple[Job, Backend]]) -> str:
    """Return in one line what a stop waits for: the paid conversions that are under way, each with its backend."""
    if not paid:
        return "stopping; a second Ctrl-C ends takevoice at once, and loses nothing"
    names = ", ".join(printable(job.path.name) for job, _ in paid[:MAX_NAMED])
    more = f" and {len(paid) - MAX_NAMED} more" if len(paid) > MAX_NAMED else ""
    credits_ = sum(credits_for(backend.for_voices(job.voice_id), job.seconds) for job, backend in paid)
    answers = "1 paid answer" if len(paid) == 1 else f"{len(paid)} paid answers"
    return (
        f"stopping; waiting up to {PATIENCE:.0f} s for {answers} ({names}{more}). A second Ctrl-C ends takevoice at once: "
        f"what has not arrived by then, about {math.ceil(credits_):,} credits, may be paid for nothing"
    )

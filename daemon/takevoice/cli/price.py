"""What it costs to convert a job again."""

from __future__ import annotations

import argparse

from takevoice.cli.common import environment_of
from takevoice.errors import TakevoiceError
from takevoice.holds import HoldReason
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline.planning import PricePlanner, price_in_words
from takevoice.service.lookup import Lookup


class Prices:
    """Says what `retry` costs. Without a config that can be used, it says nothing: the retry itself reports that."""

    def __init__(self, args: argparse.Namespace, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lookup: Lookup | None = None
        try:
            self._lookup = Lookup(environment_of(args, on_ignored=lambda _: None), ledger, PricePlanner)
        except TakevoiceError:
            pass

    def of(self, job: Job) -> str:
        """Return what converting a job again costs, such as "about 60 credits with elevenlabs"; empty where it is free or unknown."""
        if self._lookup is None:
            return ""
        try:
            draft = self._lookup.planner.draft(job.path, job.options)
            credits_ = self._lookup.planner.credits(draft)
        except TakevoiceError:
            return ""
        if not credits_:
            return ""
        cost = f"{price_in_words(credits_)} with {draft.backend.name}"
        is_bad = job.error_code == HoldReason.LOW_CORRELATION.code
        if job.state is State.DONE or is_bad or not self._ledger.charges.has_answer(job.id):
            return cost
        return f"free if the settings ask for the answer that is there, else {cost}"

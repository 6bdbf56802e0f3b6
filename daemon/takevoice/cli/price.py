"""What it costs to convert a job again."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

from takevoice.cli.common import environment_of
from takevoice.errors import TakevoiceError
from takevoice.holds import HoldReason
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline.planning import PricePlanner
from takevoice.pipeline.prices import candidates_in_words, price_in_words
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
        again = [each for each in self._ledger.candidates.of(job.id) if each.state is not State.DONE]
        if again:
            return self._of_all(again)
        try:
            draft = self._lookup.planner.draft(job.path, job.options)
            credits_ = self._lookup.planner.credits(draft)
        except TakevoiceError:
            return ""
        if not credits_:
            return ""
        if job.has_candidates:
            return f"{candidates_in_words(draft.settings)}{price_in_words(credits_)} with {draft.backend.name}"
        cost = f"{price_in_words(credits_)} with {draft.backend.name}"
        is_bad = job.error_code == HoldReason.LOW_CORRELATION.code
        if job.state is State.DONE or is_bad or not self._ledger.charges.has_answer(job.id):
            return cost
        return f"free if the settings ask for the answer that is there, else {cost}"

    def of_more(self, job: Job, count: int) -> str:
        """Return what further candidates of a take cost; empty where they are free or it is unknown."""
        if self._lookup is None:
            return ""
        planner = self._lookup.planner
        try:
            pinned = [planner.draft(job.path, replace(job.options, candidate=number)) for number in range(1, count + 1)]
            credits_ = sum(planner.credits(draft) for draft in pinned)
        except TakevoiceError:
            return ""
        return f"{price_in_words(credits_)} with {pinned[0].backend.name}" if credits_ else ""

    def of_all(self, jobs: Sequence[Job]) -> str:
        """Return what converting several jobs again costs; empty where it is free or unknown."""
        if self._lookup is None:
            return ""
        planner, total = self._lookup.planner, 0.0
        for job in jobs:
            try:
                total += planner.credits(planner.draft(job.path, job.options))
            except TakevoiceError:
                continue
        return f"{price_in_words(total)} with {planner.wanted_backend()}" if total else ""

    def _of_all(self, candidates: Sequence[Job]) -> str:
        """Return what the candidates of a take cost that are made again."""
        assert self._lookup is not None
        try:
            drafts = [self._lookup.planner.draft(each.path, each.options) for each in candidates]
            credits_ = sum(self._lookup.planner.credits(draft) for draft in drafts)
        except TakevoiceError:
            return ""
        count = "1 candidate" if len(candidates) == 1 else f"{len(candidates)} candidates"
        return f"{count}, at most {price_in_words(credits_)} with {drafts[0].backend.name}" if credits_ else ""

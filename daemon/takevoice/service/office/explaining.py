"""Why a file is, or would be, converted as it is: what became of it, the settings in force, and what would happen now."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from takevoice import audio
from takevoice.errors import AudioError, BackendError
from takevoice.files import check_local
from takevoice.jobs import JobOptions, Take
from takevoice.ledger import Ledger
from takevoice.paths import StateDir
from takevoice.pipeline.assessment import Skipped
from takevoice.pipeline.planning import Draft
from takevoice.pipeline.prices import candidates_in_words, price_in_words, sent_in_words
from takevoice.service.lookup import Lookup
from takevoice.service.office.take_status import TakeStatus, status_of
from takevoice.settings import EffectiveSettings


@dataclass(frozen=True)
class Explanation:
    """What is known of a file, and what would happen to it; `outlook` has lines, or lists of lines, by name."""

    take: Take
    effective: EffectiveSettings
    made: audio.Provenance | None  # of a result of takevoice
    status: TakeStatus | None
    outlook: dict[str, Any]


def explain(path: Path, options: JobOptions, lookup: Lookup, ledger: Ledger, state: StateDir) -> Explanation:
    """Explain a file. Nothing is converted, and nothing is stored.

    Raises:
        TakevoiceError: it is not there, or cannot be read.
    """
    take = _read(path)
    effective = lookup.planner.settings(take, options)
    status, made = status_of(path, ledger, state), audio.read_provenance(path)
    return Explanation(take, effective, made, status, _outlook(lookup, take, effective, options))


def _read(path: Path) -> Take:
    if not path.exists():
        raise AudioError("there is no such file", where=str(path), hint="check the name")
    check_local(path)
    return audio.inspect(path)


def _outlook(lookup: Lookup, take: Take, effective: EffectiveSettings, options: JobOptions) -> dict[str, Any]:
    """Return what would happen to the file: the backend, voice and name, and whether a watched folder skips it."""
    outlook: dict[str, Any] = {}
    try:
        plan = lookup.planner.complete(Draft(take, effective, lookup.planner.backend()))
        outlook = {
            "backend": plan.backend.name,
            "because": plan.backend.detail,
            "voice": plan.voice.name,
            "voice_id": plan.voice.id,
            "output": str(lookup.planner.output_path(plan, options)),
        }
        if plan.backend.paid:
            outlook["cost"] = candidates_in_words(plan.settings) + price_in_words(lookup.planner.credits(plan))
        for lines in lookup.planner.explained(plan, options):
            outlook |= lines
        if take.channels > 1:
            outlook |= _sent(lookup, plan)
    except BackendError as error:
        outlook = {"problem": str(error)}
    with contextlib.suppress(BackendError):  # it is the problem above
        forecast = lookup.assessor.forecast(take.path)
        if isinstance(forecast, Skipped):
            outlook["in a watched folder"] = f"skipped: {forecast.why}"
    return outlook


def _sent(lookup: Lookup, plan: Draft) -> dict[str, Any]:
    """Return what is sent of a take with several channels, what it costs, what becomes of each, and which tones are kept."""
    try:
        reading = audio.read_take(plan.take)
        segmentation = lookup.planner.segmentation_of(plan, reading)
    except AudioError as error:
        return {"sent": str(error)}
    rate = plan.take.sample_rate
    sent = {
        "sent": sent_in_words(segmentation, rate, plan.backend),
        "channels": audio.channel_report(plan.take, segmentation),
    }
    tones = audio.kept_tones(reading.analysis, plan.settings.keep_tones, rate)
    return sent | ({"tones kept": audio.in_words(tones, rate)} if tones else {})

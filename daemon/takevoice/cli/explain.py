"""takevoice explain: what became of a file, and the settings in force for it; nothing converted."""

from __future__ import annotations

import argparse
import contextlib
import json
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from takevoice import audio
from takevoice.cli import OK
from takevoice.cli.common import environment_of, options_from
from takevoice.cli.explain_folder import explain_folder, why_skipped
from takevoice.cli.take_status import TakeStatus, status_of
from takevoice.errors import AudioError, BackendError, TakevoiceError, printable
from takevoice.files import check_local
from takevoice.jobs import JobOptions, Take
from takevoice.ledger import Ledger
from takevoice.paths import absolute_path
from takevoice.pipeline.assessment import Skipped
from takevoice.pipeline.planning import Draft
from takevoice.pipeline.prices import candidates_in_words, price_in_words, sent_in_words
from takevoice.pipeline.publishing import DefaultNames
from takevoice.service.lookup import Lookup
from takevoice.settings import EffectiveSettings


def run(args: argparse.Namespace) -> int:
    """Print what became of the file, and every setting, its value, and the place it came from."""
    path = absolute_path(args.file)
    if path.is_dir():
        return explain_folder(path, environment_of(args), as_json=args.json)
    options, environment = options_from(args), environment_of(args)
    with closing(Ledger.for_reading(environment.state.ledger)) as ledger:
        status = status_of(path, ledger, environment.state)
        try:
            take = _read(path)
        except TakevoiceError:
            if status is not None and not args.json:
                print("\n".join([printable(path), *_lines(_status(status))]), flush=True)
            raise
        made = audio.read_provenance(path)
        environment.plugins.register("default", DefaultNames(), "takevoice")
        lookup = Lookup(environment, ledger)
        effective = lookup.planner.settings(take, options)
        outlook = _outlook(lookup, take, effective, options)
    if why := why_skipped(path, environment):
        outlook["in a watched folder"] = f"skipped: {why}"
    if args.json:
        _print_json(take, effective, made, {**outlook, "status": status and status.as_fields()})
    else:
        outlook = {**(_status(status) if status else {}), **outlook}
        _print_text(
            take, effective, made, outlook, str(environment.config.loaded.path or "none: built-in settings")
        )
    return OK


def _read(path: Path) -> Take:
    """Return the take; raise AudioError or StorageError when it is not there, or cannot be read."""
    if not path.exists():
        raise AudioError("there is no such file", where=str(path), hint="check the name")
    check_local(path)
    return audio.inspect(path)


def _status(status: TakeStatus) -> dict[str, Any]:
    """Return what became of the take, as lines by name."""
    results = [f"{path} (job {number})" for path, number in status.results]
    return {"job": status.lines, **({"result": results} if results else {})}


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


def _print_json(
    take: Take, effective: EffectiveSettings, made: audio.Provenance | None, outlook: dict[str, Any]
) -> None:
    names = ("frames", "sample_rate", "channels", "container", "subtype")
    content: dict[str, Any] = {
        "path": str(take.path),
        "track": effective.track,
        "take": {name: getattr(take, name) for name in names},
        "made_by": made and asdict(made),
        **outlook,
        "settings": {
            key: {"value": value, "source": effective.sources[key]}
            for key, value in effective.settings.as_dict().items()
        },
    }
    print(json.dumps(content, indent=2))


def _print_text(
    take: Take,
    effective: EffectiveSettings,
    made: audio.Provenance | None,
    outlook: dict[str, Any],
    config: str,
) -> None:
    print(
        f"{printable(take.path)}\n  {take.container} {take.subtype}, {take.sample_rate} Hz, {take.channels} ch, {take.seconds:.3f} s ({take.frames} frames)"
    )
    if made is not None:
        given = {key: value for key, value in made.settings.items() if value is not None}
        print(
            f"  made by  takevoice {printable(made.version)}, {printable(made.backend)}, voice {printable(made.voice)}, from audio {printable(made.source)}\n"
            f"           with {printable(json.dumps(given))}"
        )
    print(f"  track    {printable(effective.track)}\n  config   {printable(config)}")
    print("\n".join(_lines(outlook)))
    print()
    for key, value in effective.settings.as_dict().items():
        shown = "the backend's own" if value is None else json.dumps(value, ensure_ascii=False)
        print(f"  {key:<28} {printable(shown):<30} {effective.sources[key]}")


def _lines(outlook: dict[str, Any]) -> list[str]:
    lines = []
    for key, value in outlook.items():
        first, *more = value if isinstance(value, list) else [value]
        lines.append(f"  {key:<8} {printable(first)}")
        lines += [f"           {printable(line)}" for line in more]
    return lines

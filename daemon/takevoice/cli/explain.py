"""takevoice explain: what became of a file, and the settings in force for it; nothing converted."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from takevoice.cli import OK
from takevoice.cli.common import options_from, reading_office
from takevoice.cli.explain_folder import explain_folder, why_skipped
from takevoice.cli.selection import place_of
from takevoice.errors import TakevoiceError, printable
from takevoice.service.office import Office
from takevoice.service.office.explaining import Explanation
from takevoice.service.office.take_status import TakeStatus

NAMED = 4  # folders


def run(args: argparse.Namespace) -> int:
    """Print what became of the file, and every setting, its value, and the place it came from."""
    options = options_from(args)
    with reading_office(args) as office:
        path = place_of(office.ledger, args.file)
        if path.is_dir():
            return explain_folder(path, office.environment, as_json=args.json)
        try:
            explained = office.explain(path, options)
        except TakevoiceError:
            status = office.became_of(path)
            if status is not None and not args.json:
                print("\n".join([printable(path), *_lines(_status(status))]), flush=True)
            raise
        outlook, config = explained.outlook, str(office.environment.config.loaded.path or "none: built-in settings")
        if why := why_skipped(path, office.environment):
            outlook["in a watched folder"] = f"skipped: {why}"
        if explained.status is None and explained.made is None and "in a watched folder" not in outlook:
            outlook["not met"] = _why_not_met(path, office)
    if args.json:
        _print_json(explained, {**outlook, "status": explained.status and explained.status.as_fields()})
    else:
        _print_text(explained, {**(_status(explained.status) if explained.status else {}), **outlook}, config)
    return OK


def _why_not_met(path: Path, office: Office) -> str:
    """Return why takevoice has not seen a file that it would convert."""
    folders = office.watched_folders()
    if not any(folder in path.parents for folder in folders):
        watched = f"they are {', '.join(map(str, folders[:NAMED]))}{' ...' if len(folders) > NAMED else ''}" if folders else "there is none"
        return f"it is in none of the folders that the config watches: {watched}"
    return "takevoice will look at it within seconds" if office.is_running() else "takevoice is not running: `takevoice run` looks at it"


def _status(status: TakeStatus) -> dict[str, Any]:
    """Return what became of the take, as lines by name."""
    results = [f"{path} (job {number})" for path, number in status.results]
    return {"job": status.lines, **({"result": results} if results else {})}


def _print_json(explained: Explanation, outlook: dict[str, Any]) -> None:
    take, effective, made = explained.take, explained.effective, explained.made
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


def _print_text(explained: Explanation, outlook: dict[str, Any], config: str) -> None:
    take, effective, made = explained.take, explained.effective, explained.made
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

"""takevoice casting: the voices of characters, as a sheet; and results that are by another voice."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from takevoice.cli import FAILED, OK, USAGE
from takevoice.cli.common import environment_of
from takevoice.cli.question import agrees
from takevoice.cli.selection import opened
from takevoice.cli.words import plural
from takevoice.errors import BackendError, ConfigError, StorageError, TakevoiceError, printable
from takevoice.files import storage_error
from takevoice.ledger import Ledger
from takevoice.ledger.casting import CastingNote
from takevoice.paths import absolute_path
from takevoice.pipeline import decisions
from takevoice.pipeline.casting import Casting, CastingRow, Change, by_voice, changes_of, without_takes
from takevoice.pipeline.planning import PricePlanner
from takevoice.pipeline.unmet_takes import unmet_takes
from takevoice.service.environment import Environment
from takevoice.service.lookup import Lookup
from takevoice.service.office import Office
from takevoice.settings.editing import read_config, with_tracks, write_config
from takevoice.settings.sheet import COLUMNS, read_sheet, write_sheet
from takevoice.voices import Voice

NAMED = 6  # characters


def run(args: argparse.Namespace) -> int:
    """Do one of these; exit code 1 when something cannot be done, 2 when it is not clear with what, or a person has to agree."""
    environment = environment_of(args)
    if args.action == "audition":
        from takevoice.cli.audition import audition  # it loads what conversions need

        return audition(args, environment)
    if args.action in ("list", "export"):
        with closing(Ledger.for_reading(environment.state.ledger)) as ledger:
            rows = _rows(environment, ledger)
            return _export(args, rows) if args.action == "export" else _list(args, rows)
    with opened(args.state, args.config) as office:
        actions = {"import": _import, "mark": _mark, "recast": _recast}
        return actions[args.action](args, environment, office)


def _casting(environment: Environment, ledger: Ledger) -> Casting:
    return Casting(ledger, environment.config.loaded, Lookup(environment, ledger, PricePlanner).planner)


def _rows(environment: Environment, ledger: Ledger) -> Sequence[CastingRow]:
    planner = Lookup(environment, ledger, PricePlanner).planner
    loaded = environment.config.loaded
    return Casting(ledger, loaded, planner).rows(unmet_takes(ledger, loaded, planner))


def _list(args: argparse.Namespace, rows: Sequence[CastingRow]) -> int:
    if args.json:
        print(json.dumps([_as_json(row) for row in rows], indent=2))
        return OK
    if not rows:
        print('Nothing is cast, and no take was met yet: `takevoice casting import FILE`, or a table [tracks."NAME"] in the config.')
        return OK
    width = min(32, max(len(printable(row.character)) for row in rows))
    for row in rows:
        takes = _takes(row)
        stale = f", {row.stale} by another voice ({', '.join(row.stale_voices)})" if row.stale else ""
        osc = f"  set over OSC: {', '.join(row.over_osc)}" if row.over_osc else ""
        note = f'  "{row.note.note}"' if row.note.note and not row.entry else ""
        voice = row.voice if row.is_cast else f"not cast ({row.voice})"
        entry = f"  as {row.entry}" if row.entry else ""
        print(printable(f"{row.character:<{width}}  {voice:<16}  {row.state:<8}  {takes}{stale}{entry}{osc}{note}"))
    open_ = [row for row in rows if not row.is_cast]
    if open_:
        print(f"{plural(len(open_), 'character')} {'has' if len(open_) == 1 else 'have'} takes but no voice: {', '.join(printable(row.character) for row in open_[:NAMED])}{' ...' if len(open_) > NAMED else ''}")
    if any(row.stale for row in rows):
        count = sum(row.stale for row in rows)
        results = "1 result is" if count == 1 else f"{count} results are"
        print(f"{results} by another voice: `takevoice casting recast` says what converting again costs")
    return OK


def _takes(row: CastingRow) -> str:
    """Return how many takes a character has, and how many of them takevoice has yet to meet."""
    whole = row.takes + row.unmet
    return f"{plural(whole, 'take')}{f' ({row.unmet:,} new)' if row.unmet else ''}" if whole else "no takes yet"


def _as_json(row: CastingRow) -> dict[str, Any]:
    names = ("character", "is_cast", "voice", "voice_id", "entry", "source", "takes", "unmet", "results", "stale", "state")
    return {
        **{name: getattr(row, name) for name in names},
        "note": row.note.note,
        "settings": dict(row.given),
        "over_osc": dict(row.over_osc),
    }


def _export(args: argparse.Namespace, rows: Sequence[CastingRow]) -> int:
    data = write_sheet((row.as_sheet() for row in rows), "\t" if args.delimiter == "tab" else args.delimiter)
    if not args.words:
        print(data.decode("utf-8-sig"), end="")
        return OK
    path = absolute_path(Path(args.words[0]))
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise StorageError("is there already, and stays as it is", where=str(path), hint="name another file") from None
    except OSError as error:
        raise storage_error("cannot be written", path, error) from error
    print(f"{printable(path)}: {plural(len(rows), 'character')}")
    return OK


def _import(args: argparse.Namespace, environment: Environment, office: Office) -> int:
    if len(args.words) != 1:
        raise ConfigError("name the sheet", hint="takevoice casting import FILE")
    path, config = absolute_path(Path(args.words[0])), environment.config.loaded.path
    if config is None:
        raise ConfigError("there is no config to write to", hint="`takevoice init` writes one")
    before = read_config(config)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise storage_error("cannot be read", path, error) from error
    sheet, rows = read_sheet(data, _columns(args.column), path.name), _rows(environment, office.ledger)
    changes = changes_of(sheet, rows, _voices(environment, office.ledger), path.name)
    if not changes:
        print(f"{printable(path.name)}: {plural(len(sheet), 'character')}, nothing to change")
        return OK
    after = with_tracks(before, {change.character: change.settings for change in changes if change.settings})
    _show(changes, without_takes(changes, rows))
    if not args.yes and not agrees(f"Write this to {printable(config)}?"):
        print(f"Nothing is written; --yes writes it to {printable(config)}.")
        return USAGE
    if after != before:
        kept = write_config(before, after, environment.state.configs)
        print(f"{printable(config)} is written; the one before is {printable(kept)}")
    office.ledger.casting.set({change.character: change.note for change in changes if change.note != change.note_before})
    return OK


def _voices(environment: Environment, ledger: Ledger) -> Sequence[Voice]:
    """Return the voices of the backend; none where it cannot list them: then the daemon finds out."""
    planner = Lookup(environment, ledger, PricePlanner).planner
    try:
        return planner.voices(planner.backend().name)
    except BackendError as error:
        print(f"whether the voices exist is not known: {printable(error)}")
        return ()


def _show(changes: Sequence[Change], without: Mapping[str, str]) -> None:
    for change in changes:
        print(printable(f"{'new  ' if change.is_new and change.settings else '     '}{change.character}: {'; '.join(change.lines)}"))
        if change.problem:
            print(printable(f"       takes of {change.character} would be held: {change.problem}"))
        if change.character in without:
            near = without[change.character]
            print(printable(f"       no take is of {change.character} so far{f'; do you mean {near}?' if near else ''}"))
    count = len(changes)
    unknown = sum(bool(change.problem) for change in changes)
    print(f"{count} {'character changes' if count == 1 else 'characters change'}{f', {unknown} of them to unknown voices' if unknown else ''}")


def _columns(pairs: Sequence[str]) -> dict[str, str]:
    columns = {}
    for pair in pairs:
        name, equals, heading = pair.partition("=")
        if not equals or name not in COLUMNS:
            raise ConfigError(f'"{pair}" is not NAME=HEADING, with a name of {", ".join(COLUMNS)}', where="--column")
        columns[name] = heading
    return columns


def _mark(args: argparse.Namespace, environment: Environment, office: Office) -> int:
    if not args.words or (args.status is None and args.note is None):
        raise ConfigError("name the characters, and --status or --note", hint="takevoice casting mark Anna --status approved")
    known = {row.character: row for row in _casting(environment, office.ledger).rows()}
    notes = {}
    for word in args.words:
        if word not in known:
            raise ConfigError(f'there is no character "{word}"', hint="`takevoice casting` lists them")
        before = known[word].note
        state = before.state if args.status is None else args.status
        notes[word] = CastingNote(state, before.note if args.note is None else args.note)
    office.ledger.casting.set(notes)
    for word, note in notes.items():
        print(printable(f"{word}: {note.state or 'open'}{f', {note.note}' if note.note else ''}"))
    return OK


def _recast(args: argparse.Namespace, environment: Environment, office: Office) -> int:
    """Convert results that are by another voice again, after a question that names the price."""
    casting = _casting(environment, office.ledger)
    rows = [row for row in casting.rows() if row.stale and (not args.words or row.character in args.words)]
    jobs = {row.character: casting.stale(row) for row in rows}
    all_ = [job for each in jobs.values() for job in each]
    if not all_:
        print("No result is by another voice than the one in force.")
        return OK
    for row in rows:
        print(printable(f"{row.character}: {by_voice(jobs[row.character])}, to be by {row.voice}"))
    cost = office.price_of_all(all_)
    print(f"{len(all_)} {'result' if len(all_) == 1 else 'results'} to convert again, {cost or 'free'}")
    if not args.yes and not agrees("Convert them again?"):
        print("Nothing is converted; --yes converts them.")
        return USAGE
    worst = OK
    for job in all_:
        try:
            decisions.convert_with_new_settings(office.ledger, job.id)
        except TakevoiceError as error:
            print(f"job {job.id}: {printable(error)}", file=sys.stderr)
            worst = FAILED
    print("A running `takevoice run` begins at once; otherwise the next one does. The results that are there stay.")
    return worst

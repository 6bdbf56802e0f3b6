"""takevoice casting: the voices of characters, as a sheet; and results that are by another voice."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from takevoice.cli import FAILED, OK, USAGE
from takevoice.cli.common import environment_of, reading_office
from takevoice.cli.question import agrees
from takevoice.cli.selection import opened
from takevoice.cli.words import plural
from takevoice.errors import ConfigError, StorageError, printable
from takevoice.files import storage_error
from takevoice.ledger.rows import text_to_db
from takevoice.paths import absolute_path
from takevoice.pipeline.casting import CastingRow, Change, by_voice
from takevoice.service.office.casting import CastingDesk
from takevoice.settings.sheet import COLUMNS, layout_of, read_sheet, write_sheet

NAMED = 6  # characters


def run(args: argparse.Namespace) -> int:
    """Do one of these; exit code 1 when something cannot be done, 2 when it is not clear with what, or a person has to agree."""
    if args.action in ("mark", "audition", "recast"):
        args.words = [text_to_db(word) for word in args.words]  # characters, as they are listed
    if args.action == "audition":
        from takevoice.cli.audition import audition  # it loads what conversions need

        return audition(args, environment_of(args))
    with reading_office(args) if args.action in ("list", "export") else opened(args.state, args.config) as office:
        actions = {"list": _list, "export": _export, "import": _import, "mark": _mark, "recast": _recast}
        return actions[args.action](args, office.casting)


def _list(args: argparse.Namespace, desk: CastingDesk) -> int:
    rows = desk.rows(unmet=True)
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
        names = f"{', '.join(printable(row.character) for row in open_[:NAMED])}{' ...' if len(open_) > NAMED else ''}"
        print(f"{plural(len(open_), 'character')} {'has' if len(open_) == 1 else 'have'} takes but no voice: {names}")
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


def _export(args: argparse.Namespace, desk: CastingDesk) -> int:
    rows = desk.rows(unmet=True)
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


def _import(args: argparse.Namespace, desk: CastingDesk) -> int:
    if len(args.words) != 1:
        raise ConfigError("name the sheet", hint="takevoice casting import FILE")
    path, config = absolute_path(Path(args.words[0])), desk.path
    if config is None:
        raise ConfigError("there is no config to write to", hint="`takevoice init` writes one")
    if not path.exists():
        raise StorageError("there is no such file", where=str(path), hint="name the sheet")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise storage_error("cannot be read", path, error) from error
    sheet = read_sheet(data, _columns(args.column), path.name)
    layout = layout_of(data, _columns(args.column), path.name)
    if layout.unused:
        print(f"not used: {printable(', '.join(layout.unused))} (--column NAME=HEADING says what a column is)")
    if layout.nameless:
        lines, are = ("line", "names") if len(layout.nameless) == 1 else ("lines", "name")
        print(f"left out: {lines} {', '.join(map(str, layout.nameless))}, which {are} a voice and no character")
    if layout.longer:
        lines, have = ("line", "has") if len(layout.longer) == 1 else ("lines", "have")
        numbers = ", ".join(map(str, layout.longer))
        print(f"{lines} {numbers} {have} more cells than there are headings, which are not used: a cell with commas needs quotes")
    if problem := desk.voices()[1]:
        print(f"whether the voices exist is not known: {printable(problem)}")
    edit = desk.edit(sheet, path.name)
    if not edit.changes:
        print(f"{printable(path.name)}: {plural(len(sheet), 'character')}, nothing to change")
        return OK
    _show(edit.changes, edit.without_takes)
    if not args.yes and not agrees(f"Write this to {printable(config)}?"):
        print(f"Nothing is written; --yes writes it to {printable(config)}.")
        return USAGE
    kept = desk.write(edit)
    if kept is not None:
        print(f"{printable(config)} is written; the one before is {printable(kept)}")
    return OK


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


def _mark(args: argparse.Namespace, desk: CastingDesk) -> int:
    if not args.words or (args.status is None and args.note is None):
        raise ConfigError("name the characters, and --status or --note", hint="takevoice casting mark Anna --status approved")
    for word, note in desk.mark(args.words, args.status, args.note).items():
        print(printable(f"{word}: {note.state or 'open'}{f', {note.note}' if note.note else ''}"))
    return OK


def _recast(args: argparse.Namespace, desk: CastingDesk) -> int:
    """Convert results that are by another voice again, after a question that names the price."""
    found = desk.by_another_voice(args.words)
    all_ = [job for _, jobs in found for job in jobs]
    if not all_:
        print("No result is by another voice than the one in force.")
        return OK
    for row, jobs in found:
        print(printable(f"{row.character}: {by_voice(jobs)}, to be by {row.voice}"))
    cost = desk.price_of(all_)
    print(f"{len(all_)} {'result' if len(all_) == 1 else 'results'} to convert again, {cost or 'free'}")
    if not args.yes and not agrees("Convert them again?"):
        print("Nothing is converted; --yes converts them.")
        return USAGE
    refused = desk.recast(all_).refused
    for each in refused:
        print(f"job {each.job}: {printable(each.text)}", file=sys.stderr)
    print("A running `takevoice run` begins at once; otherwise the next one does. The results that are there stay.")
    return FAILED if refused else OK

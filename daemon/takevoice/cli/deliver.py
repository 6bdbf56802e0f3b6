"""takevoice deliver: the results of a folder that count, under names of their own, and what is missing."""

from __future__ import annotations

import argparse
import codecs
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from takevoice import audio
from takevoice.cli import FAILED, OK
from takevoice.cli.common import reading_office
from takevoice.cli.selection import place_of
from takevoice.cli.words import plural
from takevoice.errors import ConfigError, StorageError, printable
from takevoice.files import storage_error
from takevoice.paths import absolute_path
from takevoice.service.office.delivery import Delivery, Line
from takevoice.settings.cells import table
from takevoice.settings.naming import check_template
from takevoice.shell_words import shell_word

NAMED = 20  # takes that are named
HEADINGS = ("file", "take", "character", "voice", "seed", "seconds", "job", "converted", "remark")


def run(args: argparse.Namespace) -> int:
    """Copy what is ready, and say what is not; exit code 1 when a take is missing or could not be copied."""
    folder, out = absolute_path(args.folder), None if args.out is None else absolute_path(args.out)
    _check(folder, out, args.list, args.name)
    with reading_office(args) as office:
        folder = place_of(office.ledger, folder)
        delivery = office.delivery()
        lines = _lines(delivery, folder, out, args.name)
        if out is not None:
            audio.make_folder(out)  # once it is sure that something can go there
        ready, missing = [line for line in lines if line.result is not None], [line for line in lines if line.result is None]
        failed = [] if out is None else _copy(delivery, ready, out)
        remarked = [line for line in ready if line.remark]
        print(f"{len(ready):,} of {plural(len(lines), 'take')} {'is' if len(ready) == 1 else 'are'} ready{_not_copied(out)}")
        _say("missing", folder, [(line.take, line.missing) for line in missing])
        undone = sum(line.job is not None and line.job.is_undone for line in missing)
        if undone > 1:
            print(f"`takevoice retry {shell_word(folder)}` makes the {undone:,} results again that were deleted, and what has failed there")
        _say("to be checked", folder, [(line.take, line.remark) for line in remarked])
        _say("not copied", folder, failed)
        if args.list is not None:
            _write_list(absolute_path(args.list), lines, out)
    return FAILED if missing or failed else OK


def _check(folder: Path, out: Path | None, listing: Path | None, name: str) -> None:
    """Raise ConfigError or StorageError for what no copy can be made from, or to; make the folder OUT."""
    try:
        check_template(name)
    except ValueError as error:
        raise ConfigError(f"{name} {error}", where="--name") from error
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise ConfigError(what, where=str(folder), hint="name the folder of the takes")
    if out in (folder, *folder.parents):
        raise ConfigError("the copies need a folder of their own", hint="name one inside of the folder, or elsewhere")
    to_be_made = () if out is None else (out, *out.parents)
    if listing is not None and (place := absolute_path(listing).parent) not in to_be_made and not place.is_dir():
        raise ConfigError("its folder does not exist", where=str(listing), hint="make it, or name another place with --list")


def _not_copied(out: Path | None) -> str:
    return "; name a second folder to have them copied there" if out is None else ""


def _lines(delivery: Delivery, folder: Path, out: Path | None, name: str) -> Sequence[Line]:
    try:
        lines = delivery.lines(folder, out, name)
    except OSError as error:
        raise storage_error("cannot be read", folder, error) from error
    if not lines:
        raise StorageError("has no takes", where=str(folder), hint="name the folder of the originals")
    return lines


def _copy(delivery: Delivery, lines: Sequence[Line], out: Path) -> list[tuple[Path, str]]:
    """Copy results, and return the takes whose results could not be copied, with the reason."""
    failed, done = [], Counter[bool]()
    for line in lines:
        try:
            done[delivery.copy(line)] += 1
        except StorageError as error:
            failed.append((line.take, str(error)))
    there = f", {done[False]:,} there already" if done[False] else ""
    print(f"{printable(out)}: {done[True]:,} copied{there}")
    return failed


def _say(what: str, folder: Path, takes: Sequence[tuple[Path, str]]) -> None:
    if takes:
        print(f"{len(takes):,} {what}:")
    for path, why in takes[:NAMED]:
        print(f"  {printable(path.relative_to(folder))}  {printable(why).removeprefix(f'{printable(path)}: ')}")
    if len(takes) > NAMED:
        print(f"  and {len(takes) - NAMED:,} more (--list names all of them)")


def _write_list(path: Path, lines: Sequence[Line], out: Path | None) -> None:
    data = codecs.BOM_UTF8 + table(HEADINGS, (_row(line, out) for line in lines)).encode("utf-8", "backslashreplace")
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise StorageError("is there already, and stays as it is", where=str(path), hint="name another file") from None
    except OSError as error:
        raise storage_error("cannot be written", path, error) from error
    print(f"{printable(path)}: {plural(len(lines), 'line')}")


def _row(line: Line, out: Path | None) -> Sequence[object]:
    if line.result is None or line.job is None:
        return ("", printable(line.take.name), line.job.track if line.job else "", "", "", "", line.job.id if line.job else "", "", line.missing)
    job, seed = line.job, line.job.settings.seed
    file = line.result if out is None else line.target.relative_to(out)
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(job.changed))
    return (printable(file), printable(line.take.name), job.track, job.voice, "" if seed is None else seed, round(job.seconds, 3), job.id or "", when, line.remark)

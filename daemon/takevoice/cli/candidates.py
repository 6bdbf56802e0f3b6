"""takevoice candidates: lists them, makes more, marks them, and removes those that are not used."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from takevoice.cli import FAILED, OK, USAGE
from takevoice.cli.candidate_jobs import candidate_named, takes_named
from takevoice.cli.job_line import is_number
from takevoice.cli.question import agrees
from takevoice.cli.selection import opened, place_of
from takevoice.errors import ConfigError, TakevoiceError, WrongState, printable
from takevoice.jobs import Disposition, Job, JobOptions, State
from takevoice.ledger import Ledger
from takevoice.pipeline import decisions
from takevoice.pipeline.spare_candidates import remove, spare
from takevoice.service.candidate_rows import CandidateRow, candidate_rows
from takevoice.service.office import Office
from takevoice.system.fileid import version_of


def run(args: argparse.Namespace) -> int:
    """Do one of these; exit code 1 when it cannot be done, 2 when it is not clear with what."""
    marks = args.stars is not None or args.note is not None
    if [args.more is not None, marks, args.remove_unpicked].count(True) > 1:
        raise ConfigError("--more, --stars or --note, and --remove-unpicked are three things: one at a time")
    if (args.more is not None or marks or args.remove_unpicked) and not args.which:
        raise ConfigError("name the job, file or folder that this is for", hint="`takevoice candidates` lists takes with candidates")
    with opened(args.state, getattr(args, "config", None)) as office:
        ledger = office.ledger
        if args.more is not None:
            return _more(args, office)
        if marks:
            return _mark(args, office)
        if args.remove_unpicked:
            return _remove(args, ledger)
        takes = takes_named(ledger, args.which)
        rows = {take.id: candidate_rows(ledger, take.id) for take in takes}
        print(_as_json(takes, rows) if args.json else _as_text(takes, rows))
    return OK


def _as_json(takes: Sequence[Job], rows: dict[int, Sequence[CandidateRow]]) -> str:
    def of(take: Job) -> dict[str, object]:
        output = "" if take.output is None else str(take.output)
        candidates = [row._asdict() for row in rows[take.id]]
        return {"job": take.id, "state": take.state.value, "path": str(take.source), "output": output, "candidates": candidates}

    return json.dumps([of(take) for take in takes], indent=2)


def _as_text(takes: Sequence[Job], rows: dict[int, Sequence[CandidateRow]]) -> str:
    if not takes:
        return "No take has candidates: `takevoice convert FILE --candidates 3` makes some."
    lines = []
    for take in takes:
        result = f" -> {printable(take.output.name)}" if take.output is not None and take.state is State.DONE else ""
        lines.append(f"{printable(take.source)}{result}  (job {take.id}, {take.state})")
        lines += [_line(row) for row in rows[take.id]]
    return "\n".join(lines)


def _line(row: CandidateRow) -> str:
    sign = "*" if row.picked else "x" if row.rejected else " "
    name = Path(row.path).name if row.path else row.state
    seed = f"seed {row.seed}" if row.seed else "no seed"
    said = "  ".join(part for part in ("★" * row.stars, f'"{row.note}"' if row.note else "") if part)
    return printable(f"  {sign} {row.job:>5}  {row.number}  {name}  [{row.voice}] {seed}  {said}".rstrip())


def _more(args: argparse.Namespace, office: Office) -> int:
    """Have further candidates of a take made by the running daemon, or by the next one."""
    ledger = office.ledger
    take, count = _take_for_more(ledger, args.which), args.more
    if isinstance(take, Job):
        job = decisions.more_candidates(ledger, take.id, count)
    else:
        job = decisions.first_candidates(ledger, take, JobOptions(), count)
    count = count if isinstance(take, Job) and take.has_candidates else max(2, count)
    price = office.price_of_more(job, count)
    print(f"job {job.id}: {count} more of {printable(job.source.name)}{f': {price}' if price else ''}; a running `takevoice run` begins at once")
    return OK


def _take_for_more(ledger: Ledger, word: str) -> Job | Path:
    """Return the job of a take, also by a result or a candidate of it, or the file of one that has none yet.

    Raises:
        UnknownJob, WrongState: there is none.
    """
    path = place_of(ledger, word)
    known = None if is_number(word) else ledger.files.known(path)
    is_result = known is not None and known.disposition is Disposition.OWN_RESULT and known.version.is_same(version_of(path), after_mount=True)
    maker = int(word) if is_number(word) else known.job if known is not None and is_result else None
    if maker is not None:
        job = ledger.jobs.get(maker)
        return ledger.jobs.get(job.family) if job.family else job
    if is_result:
        raise WrongState("is a result of takevoice", where=str(path), hint="name its take")
    job_of_file = ledger.jobs.newest(path)
    if job_of_file is None and not path.is_file():
        raise WrongState("is no take", where=str(path), hint="name a file, or the number of a job")
    return job_of_file or path


def _mark(args: argparse.Namespace, office: Office) -> int:
    job = office.candidates.mark(candidate_named(office.ledger, args.which).id, stars=args.stars, note=args.note)
    print(_line(next(row for row in office.candidates.of(job.id) if row.job == job.id)).strip())
    return OK


def _remove(args: argparse.Namespace, ledger: Ledger) -> int:
    """Say how many files and bytes would be deleted, and delete them when a person agrees."""
    files = [path for take in takes_named(ledger, args.which) for path in spare(ledger, take)]
    if not files:
        print("There is nothing to remove: every candidate was picked, has stars, was changed, or waits to be picked.")
        return OK
    size = sum(path.stat().st_size for path in files)
    print(f"{'1 file' if len(files) == 1 else f'{len(files)} files'}, {size / 1e6:,.1f} MB:")
    print("\n".join(f"  {printable(path)}" for path in files))
    if not args.yes and not agrees("Delete them?"):
        print("Nothing is removed; --yes removes them.")
        return USAGE
    removed, worst = 0, OK
    for path in files:
        try:
            removed += remove(ledger, path)
        except TakevoiceError as error:
            print(error)
            worst = FAILED
    print(f"{removed} removed")
    return worst


"""What is handed over of a folder: of each take, the result that counts, under a name of its own; and what is still missing."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from takevoice import audio
from takevoice.errors import StorageError, TakevoiceError
from takevoice.jobs import Disposition, Job, State
from takevoice.ledger import Ledger
from takevoice.paths import StateDir
from takevoice.pipeline.casting import CastingRow
from takevoice.pipeline.existing import candidates_of
from takevoice.pipeline.placing import copy_new, is_same, replace_copy
from takevoice.service.lookup import Lookup
from takevoice.service.office.take_status import RENDERED_AGAIN, standing_status_of
from takevoice.settings import output_names
from takevoice.settings.naming import check_template
from takevoice.shell_words import shell_word
from takevoice.system.fileid import version_of
from takevoice.watch import candidates

NOT_CONVERTED = "is not converted yet"
UNKNOWN = "is not in this ledger: its result is known by its metadata; if its folder had another name, `takevoice ledger move` helps"
SAME_NAME = "{stem}"
"""The name of its original, so that a session finds the new sound under the old name."""


@dataclass(frozen=True)
class Line:
    """A take, and what is handed over of it.

    `result` is the newest one that is there; None together with `missing`, which says why there is none, or why it does not
    count. `target` is where it goes. `remark`: it is handed over, and a person may want to know this. `originals`: its files, where
    takevoice has moved it; `take` is where it was.
    """

    take: Path
    job: Job | None = None
    result: Path | None = None
    target: Path = Path()
    missing: str = ""
    remark: str = ""
    originals: tuple[Path, ...] = ()


class Delivery:
    """Looks at a folder's takes, and copies their results; the ledger is only read."""

    def __init__(self, ledger: Ledger, lookup: Lookup, state: StateDir, cast: Mapping[str, CastingRow]) -> None:
        self._ledger, self._lookup, self._state, self._cast = ledger, lookup, state, cast

    def lines(self, folder: Path, out: Path | None = None, name: str = SAME_NAME) -> Sequence[Line]:
        """Return a line for each take of a folder and its subfolders, by path; `out` is where results go, which is no part of it.

        Raises:
            OSError: the folder cannot be read.
            ValueError: `name` is no template of names.
        """
        check_template(name)
        found = [path for path in candidates(folder, audio.watched_suffixes()) if out is None or out not in path.parents]
        lines = [line for path, originals in self._takes(folder, found) if (line := self._line(path, originals)) is not None]
        placed = [self._placed(line, folder, out, name) for line in lines]
        return _without_doubles(placed)

    def _takes(self, folder: Path, found: Sequence[Path]) -> list[tuple[Path, Sequence[Path]]]:
        """Return each take by where it is, or was before takevoice moved it, with the files that it was moved to, the newest last."""
        moved: dict[Path, list[Path]] = {}
        for job in self._ledger.job_files.moved_from(folder):
            assert job.options.place is not None
            moved.setdefault(job.options.place, []).append(job.path)
        elsewhere = {path for paths in moved.values() for path in paths}
        return [(path, moved.get(path, ())) for path in sorted({*found, *moved} - elsewhere)]

    def _line(self, place: Path, originals: Sequence[Path]) -> Line | None:
        """Return the line of a take, of which the newest version counts; None for a file that is none."""
        line = self._of_file(originals[-1] if originals and not place.exists() else place)
        return None if line is None else replace(line, take=place, originals=tuple(originals))

    def _of_file(self, path: Path) -> Line | None:
        known = self._ledger.files.known(path)
        if known is not None and known.disposition in (Disposition.OWN_RESULT, Disposition.REJECTED):
            return None
        status = standing_status_of(path, self._ledger, self._state)
        if status is None or status.job is None:
            return self._unmet(path) if status is None else Line(path, missing=status.line)
        counts = None if RENDERED_AGAIN in status.why else self._result_of(status.job, status.results)
        if counts is None:
            return Line(path, status.job, missing=status.line)
        result, job = counts
        further = f"has further candidates: {status.line}" if status.job.state is not State.DONE else ""
        return Line(path, self._heard(job), result, remark="; ".join(each for each in (further, self._remark(job, result)) if each))

    def _result_of(self, job: Job, results: Sequence[tuple[Path, int]]) -> tuple[Path, Job] | None:
        """Return the result of a take that counts, and its job; None while there is none. Where further candidates are made, or wait
        for a pick, it is the one that stays."""
        newest = (results[0][0], self._ledger.jobs.get(results[0][1])) if results else None
        if job.state is State.DONE:
            return newest
        if job.has_candidates and job.output is not None and self._ledger.candidates.pick(job.id) is not None:
            return (job.output, job) if job.output.exists() and _is_same_take(job, job) else None
        asks = job.options.overrides.get("pick") == "ask"
        return newest if asks and newest is not None and _is_same_take(job, newest[1]) else None

    def _unmet(self, path: Path) -> Line | None:
        try:
            forecast = self._lookup.assessor.forecast(path)
        except TakevoiceError as error:
            return Line(path, missing=str(error))
        adjacent, disposition = getattr(forecast, "adjacent", None), getattr(forecast, "disposition", None)
        if disposition in (Disposition.OWN_RESULT, Disposition.REJECTED):
            return None
        if adjacent is not None:
            return self._by_metadata(path, adjacent)
        if disposition is Disposition.ALREADY_CONVERTED:
            return Line(path, missing='has a result that this ledger does not know; if its folder had another name, `takevoice ledger move` helps')
        return Line(path, missing=NOT_CONVERTED)

    def _by_metadata(self, path: Path, result: Path) -> Line:
        """Return the line of a take whose result the ledger does not know, as it was lost: the result states what it was made from."""
        made, take = audio.read_provenance(result), audio.inspect(path)
        effective, now = self._lookup.planner.settings_by_name(path), version_of(result)
        job = Job(
            0,
            path,
            State.DONE,
            track=effective.track,
            voice=made.voice if made else "",
            settings=replace(effective.settings, seed=made.seed if made else None),
            version=version_of(path),
            audio_hash=made.source if made else "",
            frames=take.frames,
            sample_rate=take.sample_rate,
            channels=take.channels,
            output=result,
            changed=now.mtime_ns / 1e9 if now else 0.0,
        )
        return Line(path, job, result, remark=UNKNOWN)

    def _heard(self, job: Job) -> Job:
        """Return the job that made the sound: for a take with candidates, that of the one that was picked."""
        pick = self._ledger.candidates.pick(job.id) if job.has_candidates else None
        return job if pick is None else self._ledger.jobs.get(pick.job)

    def _remark(self, job: Job, result: Path) -> str:
        row, known = self._cast.get(job.track), self._ledger.files.known(result)
        said = []
        if row is not None and job.voice in row.stale_voices:
            asked = "voice" in job.options.overrides
            track = f"{'-- ' if job.track.startswith('-') else ''}{shell_word(job.track)}"
            again = ", asked for by itself" if asked else f": `takevoice casting recast {track}`"
            said.append(f"is by {job.voice}, and {row.voice} is cast{again}")
        if known is not None and not known.version.is_same(version_of(result), after_mount=True):
            said.append("was edited after takevoice wrote it")
        return "; ".join(said)

    def _placed(self, line: Line, folder: Path, out: Path | None, name: str) -> Line:
        if line.result is None or line.job is None:
            return line
        job = line.job
        fields = replace(self._lookup.planner.names.fields(job), suffix=line.result.suffix)
        inside = (out or folder) / line.take.parent.relative_to(folder)
        return replace(line, target=inside / next(output_names(name, fields)))

    def copy(self, line: Line) -> bool:
        """Copy a result to its place; returns False where it is there already.

        A file that is byte for byte another result of the same take is replaced: it was delivered before.

        Raises:
            StorageError: another file has the name, or it cannot be written.
        """
        assert line.result is not None
        if is_same(line.target, line.result):
            return False
        temp = f".tv-deliver-{os.getpid()}.part"
        if not (line.target.exists() or line.target.is_symlink()):
            copied = copy_new(line.result, line.target, temp)
            if copied != line.target:
                raise StorageError("appeared just now, and stays", where=str(line.target), hint=f"the result is {copied}")
            return True
        ours = [path for original in (line.take, *line.originals) for path in self._ledger.outputs.of_take(original)] + _candidates(line)
        if line.target.is_symlink() or not any(is_same(line.target, each) for each in ours):
            hint = "move it away, or deliver to another folder"
            raise StorageError("is there already and is no result of this take: it stays", where=str(line.target), hint=hint)
        replace_copy(line.result, line.target, ours, temp)
        return True


def _candidates(line: Line) -> list[Path]:
    """Return the candidates next to the result of a take, whoever made them: the result may have been a copy of each."""
    if line.job is None or line.result is None or not line.job.audio_hash:
        return []
    return list(candidates_of(line.result.parent, line.take.stem, line.job.audio_hash, line.job.channels).values())


def _is_same_take(job: Job, done: Job) -> bool:
    """Return True when the file of a job still is the take that `done` has converted."""
    if job.audio_hash and job.audio_hash != done.audio_hash:
        return False
    version = job.version or done.version
    return version is not None and version.is_same(version_of(job.path), after_mount=True)


def _without_doubles(lines: Sequence[Line]) -> Sequence[Line]:
    """Return the lines; of several with one target, all but the first are missing."""
    taken: dict[Path, Path] = {}
    found = []
    for line in lines:
        first = taken.setdefault(line.target, line.take) if line.result is not None else line.take
        double = f"would get the same name as {first.name}: use --name with another template"
        found.append(line if first == line.take else replace(line, result=None, missing=double))
    return found

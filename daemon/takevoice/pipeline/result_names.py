"""Where results go and how they are called, by the settings of their takes: the one place that knows."""

from __future__ import annotations

import itertools
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from takevoice import audio
from takevoice.jobs import Job
from takevoice.settings import NameFields, fill_folder, found_names, output_names, plain_name
from takevoice.settings.track_match import take_from_name

MAX_NUMBERED = 20  # results of one take that are looked at


class Home(NamedTuple):
    """The watched folder that a take is in, and the pattern of its names (None: the track is the whole name)."""

    root: Path
    pattern: str | None = None


class ResultNames:
    """Names results; used from several threads."""

    def __init__(self, home_of: Callable[[Path], Home | None] = lambda _: None) -> None:
        """`home_of` returns the watched folder that a path is in; None: it is in none."""
        self._home_of = home_of

    def path(self, job: Job) -> Path:
        """Return the path of a job's result, if the name is free. What was asked for with the job is not heeded."""
        return next(self.paths(job))

    def paths(self, job: Job) -> Iterator[Path]:
        """Yield the paths that a job's result may get, in the order in which they are tried."""
        folder, fields = self.folder(job), self.fields(job)
        return (folder / name for name in output_names(job.settings.output_name, fields))

    def existing(self, job: Job) -> Iterator[Path]:
        """Yield the files that may be earlier results of a job's take in this way, by their names."""
        folder, fields = self.folder(job), self.fields(job)
        pattern = found_names(job.settings.output_name, fields)
        if pattern is None:
            paths = (folder / name for name in output_names(job.settings.output_name, fields))
            yield from itertools.takewhile(Path.is_file, itertools.islice(paths, MAX_NUMBERED))
            return
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208 - names only
        except OSError:
            return
        fitting = (folder / name for name in names if re.fullmatch(pattern, name, re.DOTALL))
        yield from itertools.islice(filter(Path.is_file, fitting), MAX_NUMBERED)

    def folder(self, job: Job) -> Path:
        """Return the folder of a job's result: next to the take, or where `output_folder` says."""
        template = job.settings.output_folder
        return self._filled(template, job) if template else job.path.parent

    def done_folder(self, job: Job) -> Path | None:
        """Return the folder that a take is moved to once its result is there; None: it stays."""
        template = job.settings.done_folder
        return self._filled(template, job) if template else None

    def _filled(self, template: str, job: Job) -> Path:
        root = self._root(job)
        inside = os.path.relpath(job.path.parent, root)
        filled = fill_folder(template, self.fields(job), inside)
        return Path(os.path.normpath(root / Path(filled).expanduser()))

    def may_make(self, job: Job, folder: Path) -> bool:
        """Return True when a missing folder of a result may be made: where it is missing for want of a disk, it may not."""
        if job.is_candidate and folder.parent.is_dir():
            return True
        if job.path.parent in folder.parents:
            return True
        template = job.settings.output_folder
        return bool(template) and self.folder(job) in (folder, *folder.parents) and _is_on_a_disk(template)

    def may_make_done_folder(self, job: Job) -> bool:
        """Return True when the folder that a take is moved to may be made."""
        return _is_on_a_disk(job.settings.done_folder)

    def _root(self, job: Job) -> Path:
        home = self._home_of(job.path)
        return job.path.parent if home is None else home.root

    def fields(self, job: Job) -> NameFields:
        """Return what templates can insert into the names of a job's results."""
        home = self._home_of(job.path)
        stem = plain_name(job.options.name) if job.options.name else job.path.stem
        return NameFields(
            stem,
            job.voice,
            job.track,
            audio.result_suffix(job.path, job.settings.result_format, job.frames, job.channels),
            take=take_from_name(job.options.name_of(job.path), home.pattern if home else None),
            seed=job.settings.seed,
            date=_date(job),
        )


def _is_on_a_disk(template: str) -> bool:
    """Return True for a relative folder, and for an absolute one whose part without fields is there."""
    before, field, _ = template.partition("{")
    fixed = Path(before).expanduser()
    whole = fixed.parent if field and not before.endswith(("/", os.sep)) else fixed
    return not fixed.is_absolute() or whole.is_dir()


def _date(job: Job) -> str:
    """Return the day on which the take was written last, local time."""
    try:
        written = job.version.mtime_ns / 1e9 if job.version else job.path.stat().st_mtime
    except OSError:
        written = time.time()
    return time.strftime("%Y-%m-%d", time.localtime(written))

"""The default hooks that name and write a result, where no plugin does."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from takevoice import audio
from takevoice.jobs import Job, Take
from takevoice.ledger import Ledger
from takevoice.pipeline.result_names import ResultNames
from takevoice.plugins.hookspecs import hookimpl
from takevoice.settings import NameFields, output_names
from takevoice.system import place
from takevoice.system.fileid import version_of
from takevoice.version import __version__


class DefaultNames:
    """The last implementation of `output_path`: as the settings say."""

    def __init__(self, names: ResultNames) -> None:
        self._result_names = names

    @hookimpl(trylast=True)
    def output_path(self, job: Job) -> Path:
        """Return the path given with the request, else that of the settings."""
        wanted, path = job.options.output, self._result_names.path(job)
        if wanted is not None and not os.path.isdir(wanted):  # noqa: PTH112 - Path raises for a long name
            return wanted
        folder = wanted or job.options.output_folder
        return path if folder is None else folder / path.name


class DefaultPublishing(DefaultNames):
    """The last implementation of `write_output` too: in the original's own format."""

    def __init__(
        self,
        ledger: Ledger,
        state_dir: Path,
        names: ResultNames,
        on_taken: Callable[[Path, Job], None] = lambda _path, _job: None,
    ) -> None:
        """`on_taken` is called with each name that a job's result cannot have, and may raise what ends the publishing."""
        super().__init__(names)
        self._ledger, self._on_taken = ledger, on_taken
        # Two daemons with state dirs of their own may publish into one folder.
        self._token = hashlib.sha256(str(state_dir).encode("utf-8", "surrogateescape")).hexdigest()[:6]

    @hookimpl(trylast=True)
    def write_output(self, job: Job, converted: Take) -> Path:
        """Write a hidden file in the result's folder, then give it its name without overwriting anything."""
        return self.write(job, audio.inspect(job.path), audio.TakeAudio(converted))

    def write(self, job: Job, original: Take, source: audio.Source) -> Path:
        """Do what `write_output` does, with audio that need not be in a file."""
        assert job.output is not None
        wanted, temp = job.output, self.temp(job)
        if self._result_names.may_make(job, wanted.parent):
            # Elsewhere a missing folder may be a disk that is not mounted, and is not created.
            audio.make_folder(wanted.parent)
        try:
            digest = audio.write_like(
                original,
                source,
                temp,
                provenance_of(job),
                dither=job.settings.dither,
                result_format=audio.format_named(wanted, job.path, job.settings.result_format),
            )

            def record(path: Path) -> None:
                version = version_of(temp)
                assert version is not None
                self._ledger.outputs.record(job, path, version, digest)

            return audio.publish(temp, self._names(job, wanted), record)
        finally:
            place.remove(temp)

    def _names(self, job: Job, wanted: Path) -> Iterator[Path]:
        paths = self._result_names.paths(job) if wanted == self._result_names.path(job) else _numbered(wanted)
        for path in paths:
            yield path
            self._on_taken(path, job)  # whoever asks for another name has found this one taken

    def temp(self, job: Job) -> Path:
        """Return the hidden file that the result is written to; its suffix is never taken for a take's."""
        assert job.output is not None
        return job.output.parent / f".tv-{self._token}-{job.id}.part"

    def remove_leftovers(self, job: Job) -> None:
        """Remove what a killed run was writing."""
        temp = self.temp(job)
        assert job.output is not None
        if place.is_reservation(job.output, temp):
            place.remove(job.output)
        for leftover in (temp, temp.with_suffix(".enc")):
            place.remove(leftover)  # one that is in use is overwritten later


def provenance_of(job: Job) -> audio.Provenance:
    """Return how the result is made, so that it can be made again."""
    return audio.Provenance(
        version=__version__,
        backend=job.backend,
        voice=job.voice,
        voice_id=job.voice_id,
        model=job.settings.model,
        source=job.audio_hash,
        seed=job.settings.seed,
        # Results are handed on: they do not tell the folders of this machine.
        settings={name: value for name, value in job.settings.as_dict().items() if name != "output_folder"},
        plugins=job.audio_plugins,
    )


def _numbered(path: Path) -> Iterator[Path]:
    for name in output_names("{stem}", NameFields(path.stem, "", "", path.suffix)):
        yield path.parent / name

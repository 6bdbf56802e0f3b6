"""What happens where no plugin says otherwise: the result's name, and its writing."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path

from takevoice import audio
from takevoice.jobs import Job, Take
from takevoice.ledger.ledger import Ledger
from takevoice.plugins.hookspecs import hookimpl
from takevoice.settings import BUILT_IN, output_names
from takevoice.version import __version__
from takevoice.watch import look


class DefaultNames:
    """The last word on `output_path`: next to the original."""

    @hookimpl(trylast=True)
    def output_path(self, job: Job) -> Path:
        """The path given with the request, else the template's name next to the original."""
        folder, wanted = job.path.parent, str(job.settings.get("out", ""))
        if wanted and not Path(wanted).is_dir():
            return Path(wanted)
        if wanted:
            folder = Path(wanted)
        names = output_names(
            job.settings["output_name"], job.path.stem, job.voice, job.track, job.path.suffix
        )
        return folder / next(names)


class DefaultSteps(DefaultNames):
    """The last word on `write_output` too: in the original's own format."""

    def __init__(self, ledger: Ledger, state_dir: Path) -> None:
        self._ledger = ledger
        # Two daemons with states of their own may publish into one folder.
        self._token = hashlib.sha256(str(state_dir).encode("utf-8", "surrogateescape")).hexdigest()[:6]

    @hookimpl(trylast=True)
    def write_output(self, job: Job, converted: Take) -> Path:
        """Writes a hidden file beside the place it is for, then gives it its name without overwriting anything."""
        assert job.output is not None
        wanted, temp = job.output, self.temp(job)
        original = audio.inspect(job.path)
        if job.path.parent in wanted.parents:
            # Elsewhere a missing folder may be a disk that is not there, and is not made.
            audio.make_folder(wanted.parent)
        try:
            digest = audio.write_like(original, converted, temp, note_of(job), dither=job.settings["dither"])

            def announce(path: Path) -> None:
                version = look(temp)
                assert version is not None
                self._ledger.remember_output(job.id, path, version, digest)

            return audio.publish(temp, _numbered(wanted), announce)
        finally:
            temp.unlink(missing_ok=True)

    def temp(self, job: Job) -> Path:
        """The hidden file that the result is written to; short, and of no kind that anybody takes for a take."""
        assert job.output is not None
        return job.output.parent / f".tv-{self._token}-{job.id}.part"

    def sweep(self, job: Job) -> None:
        """Removes what a killed run was writing."""
        temp = self.temp(job)
        for leftover in (temp, temp.with_suffix(".enc")):
            with contextlib.suppress(
                OSError
            ):  # in use, or on a share that cannot be written now: written over later
                leftover.unlink(missing_ok=True)


def note_of(job: Job) -> audio.Provenance:
    """Where the result comes from, for whoever wants to make it again."""
    kept = {key: value for key, value in job.settings.items() if key in BUILT_IN}
    return audio.Provenance(
        version=__version__,
        backend=job.backend,
        voice=job.voice,
        voice_id=str(job.settings["voice_id"]),
        model=str(job.settings["model"]),
        source=job.audio_hash,
        seed=job.settings["seed"],
        settings=kept,
        plugins=tuple(job.settings.get("plugins", ())),
    )


def _numbered(path: Path) -> Iterator[Path]:
    for name in output_names("{stem}", path.stem, "", "", path.suffix):
        yield path.parent / name

"""Conversion of the selection in Audacity to a new track."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from takevoice_plugins.audacity.commands import Audacity, connected
from takevoice_plugins.audacity.coverage import covered
from takevoice_plugins.audacity.pipes import AudacityError
from takevoice_plugins.audacity.placing import NotPlaced, Selection, Track, place

SELECT = "select part of one audio track in Audacity"
NOT_IN_A_NAME = re.compile(r"[^\w .()-]")
LONGEST_NAME = 60  # characters of the take's file name


class NotConverted(AudacityError):
    """The conversion failed, or is held."""


@contextmanager
def _kept_on_failure(base: Path) -> Iterator[Path]:
    """A temporary folder that is kept if the job still needs the take in it, or you the result."""
    base.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="audacity-", dir=base))
    try:
        yield folder
    except (NotConverted, NotPlaced):
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


def convert_selection(track: str | None, options: Sequence[str], state: Path) -> str:
    """Convert the selection with options of `takevoice convert`; return a message that names the new track.

    Raises:
        AudacityError: Audacity is not running, or nothing is selected.
        NotConverted: the conversion failed, or is held.
        NotPlaced: the result could not be put into Audacity.
    """
    with _kept_on_failure(state / "handover") as folder:
        with connected() as audacity:
            selection = _export(audacity, folder)
        # Other scripts can use Audacity during the conversion.
        name = str(selection.track["name"])
        result = _convert(selection.take, track or name, options)
        new_name = f"{name} ({result.stem.removeprefix(selection.take.stem + '.')})".lstrip()
        try:
            with connected() as audacity:
                place(audacity, selection, result, new_name)
        except AudacityError as error:
            raise error if isinstance(error, NotPlaced) else NotPlaced(str(error), result) from error
    return f"converted to the new track {new_name}"


def _export(audacity: Audacity, folder: Path) -> Selection:
    """Write the selection's own sound to a WAV file: at the track's rate, also if muted, before gain, pan and effects."""
    number, track = _selected(audacity)
    if not audacity.is_time_selected():
        raise AudacityError("no time is selected", hint=SELECT)
    # Audacity reports times rounded to a microsecond, so the exact selection is stored in Audacity.
    audacity.do("SelSave:")
    take = folder / f"{_file_name(str(track['name']))}.wav"
    exported = audacity.export_sound(take)
    spans = covered(audacity.info("Clips"), number, exported.start, exported.end)
    if not spans:
        raise AudacityError("there is no sound in the selection", hint=SELECT)
    return Selection(number, track, exported, take, spans)


def _file_name(track: str) -> str:
    return NOT_IN_A_NAME.sub("_", track)[:LONGEST_NAME].strip(" .") or "selection"


def _selected(audacity: Audacity) -> tuple[int, Track]:
    """Return number and description of the selected audio track.

    Raises AudacityError unless there is exactly one.
    """
    tracks = audacity.info("Tracks")
    selected = [
        (n, each) for n, each in enumerate(tracks) if each.get("selected") and each.get("kind") == "wave"
    ]
    if len(selected) != 1:
        count = "no audio track is" if not selected else f"{len(selected)} audio tracks are"
        raise AudacityError(f"{count} selected", hint=SELECT)
    return selected[0]


def _convert(take: Path, track: str, options: Sequence[str]) -> Path:
    command = [sys.executable, "-P", "-m", "takevoice", "convert", str(take), f"--track={track}", *options]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        last = lines[-1] if lines else "the conversion failed without a message"
        raise NotConverted(last.removeprefix("takevoice: "))
    return Path(done.stdout.strip().splitlines()[-1])

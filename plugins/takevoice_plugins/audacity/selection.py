"""Conversion of the selection in Audacity to a clip on a new track."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import soundfile

from takevoice_plugins.audacity.commands import Audacity, connected, quoted
from takevoice_plugins.audacity.pipes import AudacityError

SELECT = "select part of one audio track in Audacity"


class NotConverted(AudacityError):
    """The conversion failed, or is held."""


@contextmanager
def _kept_on_failure(base: Path) -> Iterator[Path]:
    """A temporary folder that is kept if the conversion fails or is held: the job still needs the take in it."""
    base.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="audacity-", dir=base))
    try:
        yield folder
    except NotConverted:
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
    """
    with connected() as audacity, _kept_on_failure(state / "handover") as folder:
        number, name, channels = _selected(audacity)
        # Audacity reports times with six digits only, so the exact position is stored in Audacity.
        audacity.do("SelSave:")
        take = folder / "selection.wav"
        audacity.do(f"Export2: Filename={quoted(take)} NumChannels={channels}")
        if not take.is_file() or not soundfile.info(take).frames:
            raise AudacityError("the selection is empty", hint=SELECT)
        result = _convert(take, track or name, options)
        voice = result.stem.removeprefix("selection.")
        before = len(audacity.info("Tracks"))
        audacity.do(f"Import2: Filename={quoted(result)}")
        if len(audacity.info("Tracks")) != before + 1:
            raise AudacityError("Audacity did not import the result", where=str(result))
        new_name = f"{name} ({voice})"
        audacity.do("SelRestore:")
        audacity.do(f"SelectTracks: Track={before} TrackCount=1 Mode=Set")
        audacity.do("Align_StartToSelStart:")
        audacity.do(f"SetTrack: Track={before} Name={quoted(new_name)}")
        audacity.do(f"SelectTracks: Track={number} TrackCount=1 Mode=Set")
    return f"converted to the new track {new_name}"


def _selected(audacity: Audacity) -> tuple[int, str, int]:
    """Return number, name and channels of the selected audio track.

    Raises AudacityError unless there is exactly one.
    """
    tracks = audacity.info("Tracks")
    selected = [
        (n, each) for n, each in enumerate(tracks) if each.get("selected") and each.get("kind") == "wave"
    ]
    if len(selected) != 1:
        count = "no audio track is" if not selected else f"{len(selected)} audio tracks are"
        raise AudacityError(f"{count} selected", hint=SELECT)
    number, track = selected[0]
    return number, str(track["name"]), int(track.get("channels", 1))


def _convert(take: Path, track: str, options: Sequence[str]) -> Path:
    command = [sys.executable, "-m", "takevoice", "convert", str(take), f"--track={track}", *options]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise NotConverted(lines[-1] if lines else "the conversion failed without a message")
    return Path(done.stdout.strip().splitlines()[-1])

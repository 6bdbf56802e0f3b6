"""From the selection in Audacity to a converted clip on a new track."""

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

SELECT = "select a part of one audio track in Audacity"


class NotConverted(AudacityError):
    """The job has failed, or is held."""


@contextmanager
def _kept_unless_done(base: Path) -> Iterator[Path]:
    """A folder that stays when it goes wrong: a job that is held, or tried again, needs the take in it."""
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


def convert_selection(track: str | None, given: Sequence[str], state: Path) -> str:
    """Converts what is selected with the options of `takevoice convert`; returns a line on where the result is.

    Raises:
        AudacityError: there is no Audacity, or nothing is selected.
        NotConverted: it could not be converted, or is held.
    """
    with connected() as audacity, _kept_unless_done(state / "handover") as folder:
        number, name, channels = _selected(audacity)
        # Audacity tells times with six digits only: the place itself is kept in Audacity.
        audacity.do("SelSave:")
        take = folder / "selection.wav"
        audacity.do(f"Export2: Filename={quoted(take)} NumChannels={channels}")
        if not take.is_file() or not soundfile.info(take).frames:
            raise AudacityError("the selection is empty", hint=SELECT)
        result = _converted(take, track or name, given)
        voice = result.stem.removeprefix("selection.")
        before = len(audacity.info("Tracks"))
        audacity.do(f"Import2: Filename={quoted(result)}")
        if len(audacity.info("Tracks")) != before + 1:
            raise AudacityError("Audacity did not import the result")
        new = f"{name} ({voice})"
        audacity.do("SelRestore:")
        audacity.do(f"SelectTracks: Track={before} TrackCount=1 Mode=Set")
        audacity.do("Align_StartToSelStart:")
        audacity.do(f"SetTrack: Track={before} Name={quoted(new)}")
        audacity.do(f"SelectTracks: Track={number} TrackCount=1 Mode=Set")
    return f"converted to the new track {new}"


def _selected(audacity: Audacity) -> tuple[int, str, int]:
    """Number, name and channels of the one selected audio track."""
    tracks = audacity.info("Tracks")
    chosen = [
        (n, each) for n, each in enumerate(tracks) if each.get("selected") and each.get("kind") == "wave"
    ]
    if len(chosen) != 1:
        count = "no audio track is" if not chosen else f"{len(chosen)} audio tracks are"
        raise AudacityError(f"{count} selected", hint=SELECT)
    number, track = chosen[0]
    return number, str(track["name"]), int(track.get("channels", 1))


def _converted(take: Path, track: str, given: Sequence[str]) -> Path:
    command = [sys.executable, "-m", "takevoice", "convert", str(take), f"--track={track}", *given]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise NotConverted(lines[-1] if lines else "it could not be converted")
    return Path(done.stdout.strip().splitlines()[-1])

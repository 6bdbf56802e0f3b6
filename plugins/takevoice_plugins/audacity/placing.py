"""The new track: a duplicate of the selection in which each clip has its part of the result.

A duplicate keeps what surrounds the sound: the clips with their gaps, names and colours, and the track's gain, pan and mute.
Audacity writes one undo step for it, because effects that a script runs write none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import soundfile

from takevoice_plugins.audacity.commands import Audacity, Exported, quoted_name
from takevoice_plugins.audacity.coverage import Span, covered, is_same
from takevoice_plugins.audacity.pipes import AudacityError
from takevoice_plugins.audacity.sound import Envelope, offset_in, write_part

Track = dict[str, Any]
CHANGED = "the selected part was changed in Audacity during the conversion"


@dataclass(frozen=True)
class Selection:
    """What was selected: one audio track, and a time that `SelSave` stored in Audacity; `take` is the exported sound, and
    `covered` says where there are clips."""

    number: int
    track: Track
    exported: Exported
    take: Path
    covered: Sequence[Span]


class NotPlaced(AudacityError):
    """The result is there, but not in Audacity."""

    def __init__(self, message: str, result: Path) -> None:
        super().__init__(message, hint=f"the result is {result}")


def place(audacity: Audacity, selection: Selection, result: Path, name: str) -> None:
    """Duplicate the selection to a new track called `name`, with the sound of `result`; select the original again.

    Raises:
        NotPlaced: the selected part was changed since it was exported, or Audacity failed; everything is as before.
    """
    if soundfile.info(result).frames != soundfile.info(selection.take).frames:
        raise NotPlaced("the result does not have the length of the selection", result)
    number = _number_now(audacity.info("Tracks"), selection)
    if number is None:
        raise NotPlaced("the track was renamed or removed in Audacity during the conversion", result)
    exported = selection.exported
    if not is_same(selection.covered, covered(audacity.info("Clips"), number, exported.start, exported.end)):
        raise NotPlaced(CHANGED, result)
    duplicate = _Duplicate(audacity)
    try:
        with _project_rate(audacity, selection):
            new = duplicate.make(number)
            duplicate.replace(new, selection, result)
            audacity.do(f"SetTrack: Name={quoted_name(name)}")
            _select(audacity, number)
            # This also brings the undo step up to date, so that Redo restores the converted track.
            audacity.do("SelRestore:")
    except AudacityError as error:
        duplicate.undo()
        raise error if isinstance(error, NotPlaced) else NotPlaced(str(error), result) from error


@contextmanager
def _project_rate(audacity: Audacity, selection: Selection) -> Iterator[None]:
    """Give the project the rate of the track: Audacity selects clips to the sample at the project's rate only."""
    wanted, rate = soundfile.info(selection.take).samplerate, selection.exported.project_rate
    if wanted == rate:
        yield
        return
    audacity.do(f"SetProject: Rate={wanted}")
    try:
        yield
    finally:
        with suppress(AudacityError):
            audacity.do(f"SetProject: Rate={rate}")


def _number_now(tracks: Sequence[Track], selection: Selection) -> int | None:
    """Return the track's number: tracks may have been added, removed or moved during the conversion."""
    key = _identity(selection.track)
    numbers = [number for number, each in enumerate(tracks) if _identity(each) == key]
    if selection.number in numbers:
        return selection.number
    return numbers[0] if len(numbers) == 1 else None


def _identity(track: Track) -> tuple[Any, ...]:
    return track.get("kind"), track.get("name"), track.get("channels")


def _select(audacity: Audacity, number: int) -> None:
    audacity.do(f"SelectTracks: Track={number} TrackCount=1 Mode=Set")


class _Duplicate:
    """The duplicate of the stored selection, and the undo steps that it took."""

    def __init__(self, audacity: Audacity) -> None:
        self._audacity, self._steps = audacity, 0

    def make(self, original: int) -> int:
        """Duplicate the selection of track `original`; return the number of the new track."""
        audacity = self._audacity
        audacity.do("SelRestore:")
        _select(audacity, original)
        before = audacity.info("Tracks")
        audacity.do("Duplicate:")
        self._steps += 1
        old, now = (list(map(_identity, each)) for each in (before, audacity.info("Tracks")))
        # Audacity 3.2 puts it last; others may put it below the original.
        for number in (len(old), original + 1):
            if now[:number] + now[number + 1 :] == old and now[number] == old[original]:
                return number
        raise AudacityError("Audacity did not duplicate the selection")

    def replace(self, number: int, selection: Selection, result: Path) -> None:
        """Give each clip of track `number` its part of `result`, and select the track."""
        audacity = self._audacity
        clips = [each for each in audacity.info("Clips") if each["track"] == number]
        envelopes = {
            each["start"]: Envelope([(point["t"], point["y"]) for point in each["points"]])
            for each in audacity.info("Envelopes")
            if each["track"] == number
        }
        _select(audacity, number)
        for each in clips:
            if envelopes[each["start"]].points:
                # The effect would spoil the envelope, so the envelope is applied to the sound.
                audacity.do(f"SetEnvelope: Time={_middle(each)} Delete=1")
                self._steps += 1
        for each in clips:
            # From its middle to both its ends, which Audacity reports with six digits only.
            audacity.do(f"SelectTime: Start={_middle(each)} End={_middle(each)} RelativeTo=ProjectStart")
            audacity.do("SelPrevClipBoundaryToCursor:")
            audacity.do("SelCursorToNextClipBoundary:")
            _replace_clip(audacity, selection, result, envelopes[each["start"]])
        for each in clips:
            if each["color"]:
                audacity.do(f"SetClip: At={_middle(each)} Color=Color{each['color']}")

    def undo(self) -> None:
        """Take back what was done; an Audacity that does not reply is left as it is."""
        with suppress(AudacityError):
            for _ in range(self._steps):
                self._audacity.do("Undo:")


def _middle(clip: dict[str, Any]) -> float:
    return float(clip["start"] + clip["end"]) / 2


def _replace_clip(audacity: Audacity, selection: Selection, result: Path, envelope: Envelope) -> None:
    """Give the selected clip its part of `result`, found by the clip's own sound."""
    heard, part = (result.with_name(f"{name}.wav") for name in ("clip", "part"))
    if not audacity.is_time_selected():
        return  # Audacity leaves clips without a length where clips were split
    heard.unlink(missing_ok=True)
    start = audacity.export_sound(heard).start
    info = soundfile.info(heard)
    if not info.frames:
        return
    offset = offset_in(selection.take, heard, round((start - selection.exported.start) * info.samplerate))
    if offset is None:
        raise NotPlaced(CHANGED, result)
    write_part(result, offset, info.frames, start, envelope, part)
    audacity.replace_sound(part)

"""Which speaker a take is by, and what is known of them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from takevoice import errors
from takevoice_plugins.local.speaker import Speaker
from takevoice_plugins.local.speaker_store import FOLDER, SpeakerStore, read

if TYPE_CHECKING:
    from takevoice import Job

log = logging.getLogger(__name__)
AUTO, TAKE = "auto", "take"
AT = "@"  # between the name of a speaker and what identifies the profile


def known_speaker(state: Path, job: Job, source: str | None) -> tuple[Speaker | None, Path | None]:
    """Return what is known of the speaker of a take, and the file to which the take is to be added, if any.

    Raises:
        BackendError: `source` names a speaker that does not exist.
        ConfigError: it cannot be a name.
    """
    store = SpeakerStore(state / FOLDER)
    if source not in (None, AUTO, TAKE):
        speaker = _named(store, source)
        log.debug("%s: spoken by %s (%s)", job.path.name, source, speaker.id)
        return speaker, None
    path = _of_track(store, job)
    if path is None or source == TAKE:
        return None, None
    known = read(path)
    told = "of which no take is known yet" if known is None else _measured(known)
    log.debug("%s: the speaker of the track %s, %s", job.path.name, job.track, told)
    return known, None if known is not None and known.is_settled else path


def identified(state: Path, source: str) -> str | None:
    """Return the name of a speaker with what identifies the profile, so that another one makes another result.

    None where `source` names no speaker that is known, or names the profile already.
    """
    if source in (AUTO, TAKE) or AT in source:
        return None
    try:
        return f"{source}{AT}{SpeakerStore(state / FOLDER).find(source).id}"
    except errors.TakevoiceError:
        return None  # the conversion says so


def _named(store: SpeakerStore, source: str) -> Speaker:
    """Return the speaker that `source` names, by name alone or with what identifies the profile. Raises BackendError, ConfigError."""
    name, _, wanted = source.partition(AT)
    speaker = store.find(name)
    if wanted and speaker.id != wanted:
        raise errors.BackendError(
            f"what is known here of the speaker {errors.printable(name)} ({speaker.id}) is not what the take was planned with ({wanted})",
            hint="retry the job",
        )
    return speaker


def in_words(state: Path, job: Job, source: str | None) -> str:
    """Say which speaker a take is taken to be by."""
    store = SpeakerStore(state / FOLDER)
    try:
        if source not in (None, AUTO, TAKE):
            return f"{source.partition(AT)[0]}, {_measured(_named(store, source))}"
    except errors.TakevoiceError as error:
        return str(error)
    path = _of_track(store, job)
    if path is None or source == TAKE:
        return "known from this take alone"
    known = read(path)
    if known is None:
        return f"the track {job.track}, of which no take is known yet"
    return f"the track {job.track}, {_measured(known)}"


def _of_track(store: SpeakerStore, job: Job) -> Path | None:
    """Return the file of the speaker of the take's track; None for a take without one."""
    return store.of_track(job.source.parent, job.track) if job.track else None


def _measured(speaker: Speaker) -> str:
    told = "median pitch unknown" if speaker.f0 is None else f"{speaker.f0:.0f} Hz"
    count = len(speaker.takes)
    return (
        f"known from {_seconds(speaker)} s of voice in {count} take{'' if count == 1 else 's'}: {told}, "
        f"formants x{speaker.tract:.2f} ({speaker.id}, {'settled' if speaker.is_settled else 'still learning'})"
    )


def _seconds(speaker: Speaker) -> str:
    return f"{speaker.seconds:.1f}" if speaker.seconds < 10 else f"{speaker.seconds:.0f}"

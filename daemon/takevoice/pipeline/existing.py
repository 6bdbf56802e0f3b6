"""Results that lie beside their take, though the ledger does not know them: it was lost, or is another machine's."""

from __future__ import annotations

import itertools
from pathlib import Path

from takevoice import audio
from takevoice.pipeline.planning import Plan
from takevoice.settings import output_names, request_for, settings_hash

MOST = 20  # numbered results that are looked at


def adjacent_result(planned: Plan, digest: str) -> Path | None:
    """The result of this very audio with these very settings, as the note in it tells; None when there is none."""
    take, effective = planned.take, planned.effective
    names = output_names(
        effective["output_name"], take.path.stem, planned.voice.name, effective.track, take.path.suffix
    )
    for name in itertools.islice(names, MOST):
        path = take.path.parent / name
        if not path.is_file():
            return None
        note = audio.read_provenance(path)
        if note is not None and note.source == digest and _key_of(note) == planned.settings_hash:
            return path
    return None


def _key_of(note: audio.Provenance) -> str:
    """The hash of the settings in a note; empty when it is of another version, or not as it should be."""
    try:
        request = request_for(note.settings, note.voice_id)
        return settings_hash(note.backend, request, note.settings, note.plugins)
    except (KeyError, TypeError, ValueError):
        return ""

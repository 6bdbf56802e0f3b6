"""Cloned voices on a worker: they are the house's, and fetched from it when a take needs one for the first time."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from takevoice import write_atomic
from takevoice_plugins.farm.desk_client import DeskClient, NotWanted
from takevoice_plugins.local.catalogue import PRESETS
from takevoice_plugins.local.cloned.store import FOLDER, SUFFIX

_SAFE = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True)
class HouseVoices:
    """The house's cloned voices, kept in the worker's own folder `state`, apart from those of whoever owns the machine."""

    desk: DeskClient
    state: Path

    def bring(self, voice_id: str) -> None:
        """Have the voice here; nothing happens for a preset voice, or one that the house does not have.

        The id of a cloned voice is made from its sound, so that a file that is here never has to be fetched again.

        Raises:
            Unreachable: the house cannot be reached.
        """
        if not _SAFE.fullmatch(voice_id) or any(voice.id == voice_id for voice in PRESETS):
            return
        path = self.state / FOLDER / f"{voice_id}{SUFFIX}"
        if not path.exists():
            with suppress(NotWanted):
                found = self.desk.voice(voice_id)
                path.parent.mkdir(parents=True, exist_ok=True)
                write_atomic(path, found)

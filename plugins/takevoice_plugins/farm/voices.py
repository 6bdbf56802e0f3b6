"""Cloned voices on a worker: they are the house's, and fetched from it when a take needs one for the first time."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from takevoice import private_folder, write_atomic
from takevoice_plugins.farm.desk_client import DeskClient, NotWanted
from takevoice_plugins.local.catalogue import PRESETS
from takevoice_plugins.local.cloned.profile import read_profile, to_text
from takevoice_plugins.local.cloned.store import FOLDER, RECORDINGS, SUFFIX

_SAFE = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True)
class HouseVoices:
    """The house's cloned voices, kept in the worker's own folder `state`, apart from those of whoever owns the machine.

    `recorded`: their recordings, too. Each has its id as its name here, as another voice of the house may get its name.
    """

    desk: DeskClient
    state: Path
    recorded: bool = False

    def bring(self, voice_id: str) -> None:
        """Have the voice here; nothing happens for a preset voice, or one that the house does not have.

        The id of a cloned voice is made from its sound, so that a file that is here never has to be fetched again.

        Raises:
            Unreachable: the house cannot be reached.
        """
        if not _SAFE.fullmatch(voice_id) or any(voice.id == voice_id for voice in PRESETS):
            return
        folder = self.state / FOLDER
        with suppress(NotWanted):
            if not (path := folder / f"{voice_id}{SUFFIX}").exists():
                found = self.desk.voice(voice_id)
                private_folder(folder)
                write_atomic(path, found)
            if self.recorded and not (recordings := folder / f"{voice_id}{RECORDINGS}").exists():
                self._bring_recordings(voice_id, recordings)
                write_atomic(path, to_text(read_profile(path).named(voice_id)).encode())

    def _bring_recordings(self, voice_id: str, target: Path) -> None:
        part = target.with_name(f"{target.name}.{os.getpid()}.part")
        try:
            self.desk.recordings(voice_id, part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

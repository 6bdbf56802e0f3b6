"""/takevoice/quote from a file: a part of a file is cut as it would be converted, looked through, and removed again."""

from __future__ import annotations

import secrets
from pathlib import Path

from takevoice import audio
from takevoice.errors import TakevoiceError
from takevoice.files import storage_error
from takevoice.jobs import JobOptions
from takevoice.osc.arguments import RequestRejected
from takevoice.service.handover.request_file import Sound
from takevoice.service.handover.sources import Sources
from takevoice.service.loading import load_audio
from takevoice.service.verbs import Verbs
from takevoice.settings import plain_name, request_overrides
from takevoice.system import place

PREFIX = ".quote-"  # of folders in the hand-over folder


class Quotes:
    """Prices of sounds; nothing is sent or stored."""

    def __init__(self, folder: Path, sources: Sources, verbs: Verbs) -> None:
        self._folder, self._sources, self._verbs = folder, sources, verbs

    def of(self, sound: Sound) -> tuple[float, int]:
        """Return the seconds and the credits of what is converted, handles included.

        Raises:
            TakevoiceError: the sound cannot be read, a setting is wrong, or the backend has no such voice.
        """
        source = self._sources.file(sound.path)
        options = JobOptions(track=sound.track, overrides=request_overrides(dict(sound.settings), "settings"), name=source.stem)
        if sound.cut is None:
            return self._verbs.quote_with_voice(source, options)
        load_audio()
        folder = self._folder / f"{PREFIX}{secrets.token_hex(6)}"
        target, wanted = folder / f"{plain_name(source.stem)}.wav", sound.cut
        try:
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise storage_error("cannot be written", folder, error) from error
        try:
            audio.cut(
                source,
                target,
                start=wanted.start,
                length=wanted.length,
                handle=wanted.handle,
                channels=wanted.channels,
            )
            return self._verbs.quote_with_voice(target, options)
        except TakevoiceError as error:
            raise RequestRejected(error.code, error.what, where=error.where.replace(str(target), str(source)), hint=error.hint) from error
        finally:
            place.remove_tree(folder)

    def remove_leftovers(self) -> None:
        """Remove what a killed run was looking through."""
        for folder in self._folder.glob(f"{PREFIX}*"):
            place.remove_tree(folder)

"""A sample of a voice to listen to: a free backend converts a demo take, a paid one may offer a preview. Nothing is paid."""

from __future__ import annotations

import importlib.resources
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote, urlsplit

from takevoice import audio
from takevoice.errors import BackendError
from takevoice.files import storage_error
from takevoice.jobs import Job, State
from takevoice.plugins import Plugins
from takevoice.request import ConversionRequest
from takevoice.service.loading import load_audio
from takevoice.service.web import open_url
from takevoice.system import place
from takevoice.voices import Backend, Voice

DEMO = "demo_ann.flac"
KEPT = 86_400.0  # seconds: a cloned voice may be learned again under its name
MOST = 8_000_000  # bytes of a preview
NETWORK = 10.0  # seconds
_KINDS = {b"RIFF": ".wav", b"RF64": ".wav", b"fLaC": ".flac", b"OggS": ".ogg", b"ID3": ".mp3", b"\xff": ".mp3"}


class NoSample(BackendError):
    """There is nothing to hear of the voice."""

    code = "no_sample"


class Samples:
    """The samples, kept in a folder of the state dir."""

    def __init__(self, folder: Path, plugins: Plugins) -> None:
        self._folder, self._plugins = folder, plugins

    def of(self, voice: Voice, backend: Backend) -> Path:
        """Return an audio file with a sample of a voice.

        Raises:
            NoSample: the backend is paid, and offers no preview of the voice.
            TakevoiceError: it cannot be made or fetched.
        """
        stem = f"{quote(backend.name, safe='')}-{quote(voice.id, safe='')}"[:150]
        kept = next((path for path in self._folder.glob(f"{stem}.*") if _is_new(path)), None)
        if kept is not None:
            return kept
        data = self._converted(voice, backend) if not backend.paid else _preview(voice)
        suffix = next((suffix for start, suffix in _KINDS.items() if data.startswith(start)), None)
        if suffix is None:
            raise NoSample(f"the sample of {voice.name} is of an unknown kind")
        return self._write(self._folder / f"{stem}{suffix}", data)

    def _converted(self, voice: Voice, backend: Backend) -> bytes:
        load_audio()
        source = importlib.resources.files("takevoice") / "demo_takes" / DEMO
        take = audio.inspect(self._write(self._folder / DEMO, source.read_bytes()))
        job = Job(0, take.path, State.CONVERTING, backend=backend.name, voice=voice.name, voice_id=voice.id)
        return b"".join(self._plugins.convert(job, ConversionRequest(voice_id=voice.id), take).chunks)

    def _write(self, path: Path, data: bytes) -> Path:
        part = path.with_suffix(f"{path.suffix}.part")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with place.open_file(part, "wb") as file:
                file.write(data)
            place.replace(part, path)
        except OSError as error:
            raise storage_error("cannot be written", path, error) from error
        return path


def _is_new(path: Path) -> bool:
    try:
        return path.suffix != ".part" and 0 <= time.time() - path.stat().st_mtime < KEPT
    except OSError:
        return False


def _preview(voice: Voice) -> bytes:
    """Return the preview that the account offers; it is public, so no key is sent."""
    if urlsplit(voice.preview_url).scheme not in ("http", "https"):
        raise NoSample(
            f"{voice.backend} offers no preview of {voice.name}", hint="convert a short item to hear it; that costs credits"
        )
    try:
        request = urllib.request.Request(voice.preview_url)  # noqa: S310 - only http and https
        with open_url(request, NETWORK) as answer:
            data: bytes = answer.read(MOST + 1)
            if answer.length and len(data) <= MOST:  # `read` with a size does not tell
                raise OSError("the connection ended before it was complete")
    except (OSError, ValueError) as error:
        raise NoSample(f"the preview of {voice.name} cannot be fetched: {error}") from error
    if len(data) > MOST:
        raise NoSample(f"the preview of {voice.name} is larger than {MOST:,} bytes")
    return data

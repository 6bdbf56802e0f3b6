"""Decoding with ffmpeg: one stream of audio, as PCM through a pipe, into a Wave64 file."""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from takevoice.audio.decoding.files import Decoded
from takevoice.audio.decoding.probe import LOCAL_ONLY, Probe, last_line, probe
from takevoice.audio.decoding.programs import program
from takevoice.audio.decoding.space import check_space
from takevoice.errors import AudioError, Cancelled, NotAudio, StorageError
from takevoice.system import children, place

if TYPE_CHECKING:
    import soundfile

BLOCK = 1 << 20  # bytes, at most
STALL = 60.0  # seconds without a sample, after which ffmpeg is stopped
LONGEST = 48 * 3600.0  # seconds
_CHECK = 0.1  # seconds


@dataclass(frozen=True)
class _Samples:
    """How samples are decoded and stored."""

    raw: str  # ffmpeg's name
    size: int  # bytes
    dtype: str  # numpy's name
    subtype: str  # soundfile's name


def decode_take(
    path: Path,
    demuxer: str,
    what: str,
    target: Path,
    stopped: Callable[[], bool],
    longest: float = LONGEST,
) -> Decoded:
    """Decode a file of that kind, at most `longest` seconds of it, to `target`; `what` names it in errors ("an MP4 file").

    Raises:
        NotAudio, UnsupportedAudio, AudioError: it cannot be decoded to its end.
        StorageError: there is no room for the samples.
        Cancelled: `stopped` returned True.
    """
    found = probe(path, demuxer, what)
    samples = _samples(found)
    _decode(path, demuxer, found, samples, target, what=what, stopped=stopped, longest=longest)
    known = found.lossless or samples.subtype != "FLOAT"
    return Decoded(target, samples.subtype if known else found.codec.upper(), found.start)


def _samples(found: Probe) -> _Samples:
    """Return how the samples of a stream are stored: as the decoder makes them, nothing is rounded."""
    if found.sample_format in ("u8", "s16"):
        return _Samples("s16le", 2, "int16", "PCM_16")
    if found.sample_format == "s32":
        return _Samples("s32le", 4, "int32", "PCM_24" if 0 < found.bits <= 24 else "PCM_32")
    if found.sample_format == "dbl" and found.lossless:
        return _Samples("f64le", 8, "float64", "DOUBLE")
    return _Samples("f32le", 4, "float32", "FLOAT")


def _decode(
    path: Path,
    demuxer: str,
    found: Probe,
    samples: _Samples,
    target: Path,
    *,
    what: str,
    stopped: Callable[[], bool],
    longest: float,
) -> None:
    """Decode a stream to `target`, a Wave64 file."""
    frame = samples.size * found.channels
    check_space(target, int(min(found.seconds, longest) * found.sample_rate) * frame)
    command = [program("ffmpeg", path, what), "-v", "error", "-nostdin", "-xerror", *LOCAL_ONLY]
    command += ["-flags:a", "+bitexact", "-f", demuxer, "-i", f"file:{path}", "-map", f"0:{found.index}"]
    command += ["-t", f"{longest:.3f}", "-ar", str(found.sample_rate), "-ac", str(found.channels)]
    command += ["-c:a", f"pcm_{samples.raw}", "-f", samples.raw, "pipe:1"]
    frames = 0
    with tempfile.TemporaryFile() as log, _running(command, log, stopped) as (run, out):
        with _created(target, found, samples) as file:
            while block := out.read(BLOCK // frame * frame):
                run.last = time.monotonic()
                whole = len(block) // frame * frame
                check_space(target, whole)
                file.buffer_write(block[:whole], samples.dtype)
                frames += whole // frame
        code = run.process.wait()
        log.seek(0)
        said = last_line(log.read()[-4096:], path)
    if run.cancelled:
        raise Cancelled("stopped while it was decoded")
    if run.stalled:
        raise AudioError(f"is damaged: ffmpeg decoded nothing for {STALL:.0f} s", where=str(path))
    if code:
        raise AudioError(
            f"is damaged and cannot be decoded to its end ({said})",
            where=str(path),
            hint="copy or render it again; `ffmpeg -i FILE take.wav` saves what can be read",
        )
    if not frames:
        raise NotAudio(f"is {what} without any audio", where=str(path))


class _Run:
    """A process of ffmpeg, and when it last delivered something."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process, self.last = process, time.monotonic()
        self.cancelled = self.stalled = False

    def guard(self, ended: threading.Event, stopped: Callable[[], bool]) -> None:
        """End the process when it is stopped, or delivers nothing for too long; to be run in a thread."""
        while not ended.wait(_CHECK):
            self.cancelled = stopped()
            self.stalled = time.monotonic() - self.last > STALL
            if self.cancelled or self.stalled:
                children.end_child(self.process)
                return


@contextmanager
def _running(
    command: list[str], log: IO[bytes], stopped: Callable[[], bool]
) -> Iterator[tuple[_Run, IO[bytes]]]:
    """Yield a process and its output; it has ended afterwards, whatever happens."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, **children.aside_options()
    )
    run, ended = _Run(process), threading.Event()
    guard = threading.Thread(target=run.guard, args=(ended, stopped), name="decoding", daemon=True)
    guard.start()
    assert process.stdout is not None
    try:
        with process.stdout as out:
            yield run, out
    finally:
        children.end_child(process)
        process.wait()
        ended.set()
        guard.join()


@contextmanager
def _created(target: Path, found: Probe, samples: _Samples) -> Iterator[soundfile.SoundFile]:
    """Create the file of samples; raises StorageError when it cannot be written."""
    import soundfile  # slow to load

    try:
        place.open_file(target, "wb").close()
        with soundfile.SoundFile(
            target, "w", found.sample_rate, found.channels, samples.subtype, format="W64"
        ) as file:
            yield file
    except (OSError, soundfile.LibsndfileError, AssertionError) as error:
        raise StorageError(
            f"decoded audio cannot be written ({error})", where=str(target.parent), hint="free some space there"
        ) from error

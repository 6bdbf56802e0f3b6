"""Takes converted by a process of its own, so that several use all cores: threads alone gain little.

The process is asked by pickled tuples on its standard input, and answers each with chunks: four bytes of length, then
the chunk; a length of zero ends them, and one of `FAILED` is followed by the length of a line that says why, and the line.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

from takevoice import errors
from takevoice_plugins.local.conversion import ConversionTask, convert_file
from takevoice_plugins.local.voice_profile import VoiceProfile

LENGTH = struct.Struct("<I")
FAILED = 0xFFFFFFFF
PIPE = 1 << 20  # bytes on their way, where the system lets one choose
BATCH = 1 << 18  # bytes told at once: each reading waits for the other threads' turns
# Windows would open a console for it.
NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)


class ConverterProcess:
    """A process that converts one take after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            creationflags=NO_WINDOW,
        )
        if self._process.stdout is not None:
            _widen(self._process.stdout)
        self.usable = True  # False after anything but a whole take: what it still sends would be another's

    def convert(self, voice: VoiceProfile, task: ConversionTask) -> Iterator[bytes]:
        """The same bytes as `convert_file` gives; closing the iterator early ends the process.

        Raises:
            AudioError: the take cannot be read.
            BackendError: the process came to an early end.
        """
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answers is not None
        self.usable = False
        try:
            pickle.dump((voice, task), asked)
            asked.flush()
            yield from _chunks(answers)
            self.usable = True
        except (OSError, EOFError, struct.error) as error:
            raise errors.BackendError("the process that converted the take came to an early end") from error
        except errors.AudioError:
            self.usable = True
            raise
        finally:
            if not self.usable:
                self.end()

    @property
    def alive(self) -> bool:
        """False when the process has come to an end by itself."""
        return self._process.poll() is None

    def end(self) -> None:
        """Ends the process."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._process.wait()


def _widen(pipe: IO[bytes]) -> None:
    """More room in the pipe, where the system gives it: the process is to work on, and not to wait for being read."""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)


def _chunks(answers: IO[bytes]) -> Iterator[bytes]:
    while True:
        (length,) = LENGTH.unpack(answers.read(LENGTH.size))
        if not length:
            return
        failed = length == FAILED
        if failed:
            (length,) = LENGTH.unpack(answers.read(LENGTH.size))
        chunk = answers.read(length)
        if len(chunk) < length:
            raise EOFError
        if failed:
            raise errors.AudioError(chunk.decode("utf-8"))
        yield chunk


def main() -> None:
    """The process: take after take, until nobody asks any more."""
    # Ctrl-C is for the process that started this one, and ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            voice, task = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one
        except EOFError:
            return
        _answer(voice, task, sys.stdout.buffer)


def _batches(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The first bytes at once, then more at a time."""
    waiting, least = b"", 1
    for chunk in chunks:
        waiting += chunk
        if len(waiting) >= least:
            yield waiting
            waiting, least = b"", BATCH
    if waiting:
        yield waiting


def _answer(voice: VoiceProfile, task: ConversionTask, out: IO[bytes]) -> None:
    try:
        for chunk in _batches(convert_file(voice, task)):
            out.write(LENGTH.pack(len(chunk)) + chunk)
            out.flush()
        out.write(LENGTH.pack(0))
    except errors.TakevoiceError as error:
        told = str(error).encode()
        out.write(LENGTH.pack(FAILED) + LENGTH.pack(len(told)) + told)
    out.flush()


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody is there any more

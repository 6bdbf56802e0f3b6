"""A take converted by a process of its own, so that several use all cores: threads alone gain little.

The process is asked by one pickled tuple on its standard input, and answers with chunks: four bytes of length, then
the chunk; a length of zero ends them, and one of `FAILED` is followed by a line that says why.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from typing import IO

from takevoice import errors
from takevoice_plugins.local.recipe import VoiceProfile
from takevoice_plugins.local.work import Work, converted

LENGTH = struct.Struct("<I")
FAILED = 0xFFFFFFFF
# Windows would open a console for it.
NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)


def converted_apart(voice: VoiceProfile, work: Work) -> Iterator[bytes]:
    """The same bytes as `converted` gives; closing the iterator ends the process.

    Raises:
        AudioError: the take cannot be read.
        BackendError: the process came to an early end.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        creationflags=NO_WINDOW,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with process.stdin as asked:
            pickle.dump((voice, work), asked)
        yield from _chunks(process.stdout)
    except (OSError, EOFError, struct.error) as error:
        raise errors.BackendError("the process that converted the take came to an early end") from error
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def _chunks(answers: IO[bytes]) -> Iterator[bytes]:
    while True:
        (length,) = LENGTH.unpack(answers.read(LENGTH.size))
        if length == FAILED:
            raise errors.AudioError(answers.read().decode("utf-8"))
        if not length:
            return
        chunk = answers.read(length)
        if len(chunk) < length:
            raise EOFError
        yield chunk


def main() -> None:
    """The process: one take, then it ends."""
    # Ctrl-C is for the process that started this one, and ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    voice, work = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one
    out = sys.stdout.buffer
    try:
        for chunk in converted(voice, work):
            if chunk:
                out.write(LENGTH.pack(len(chunk)) + chunk)
                out.flush()
    except errors.TakevoiceError as error:
        out.write(LENGTH.pack(FAILED) + str(error).encode())
    else:
        out.write(LENGTH.pack(0))
    out.flush()


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody is there any more

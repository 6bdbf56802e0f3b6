"""A process that converts takes. Several processes use all cores; threads alone gain little.

Both ends hold a `multiprocessing` connection. For each pickled (voice, task), the process sends the encoded bytes
in batches, then an empty one, then the error that ended the conversion, or None.
"""

from __future__ import annotations

import atexit
import multiprocessing
import signal
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from takevoice import errors

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from takevoice_plugins.local.conversion import ConversionTask
    from takevoice_plugins.local.voice_profile import VoiceProfile

FOR_THE_PARENT = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK", "SIGQUIT")
"""Signals that a terminal, a log-off or a service manager sends to all processes of a group."""
BATCH = 1 << 18  # bytes; each read waits until the parent's other threads release the interpreter lock


class EndedEarly(errors.BackendError):
    """The process ended during a conversion: it was killed, perhaps by the system for want of memory."""


class ConverterProcess:
    """A process that converts one take after another."""

    def __init__(self) -> None:
        # Not forked: the parent has threads.
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=[theirs], name="takevoice-converter", daemon=True)
        with _kept_back():
            self._process.start()
        # Before `multiprocessing` waits for it: the process ignores the signal that that sends.
        atexit.register(self._process.kill)
        theirs.close()
        # False during a conversion, and after an interrupted one, whose bytes may still arrive.
        self.usable = True

    def convert(self, voice: VoiceProfile, task: ConversionTask) -> Generator[bytes]:
        """Yield the same bytes as `convert_file`. Closing the iterator early ends the process.

        Raises:
            AudioError: the file cannot be read.
            EndedEarly: the process ended early.
        """
        self.usable = False
        try:
            self._connection.send((voice, task))
            while chunk := self._connection.recv_bytes():
                yield chunk
            error = self._connection.recv()
            self.usable = True
        except (OSError, EOFError) as lost:
            raise EndedEarly("the process that was converting the take ended early", hint="retry the job") from lost
        finally:
            if not self.usable:
                self.end()
        if error is not None:
            raise error

    @property
    def alive(self) -> bool:
        """False if the process has ended by itself."""
        return self._process.is_alive()

    def end(self) -> None:
        """End the process and wait until it is gone."""
        atexit.unregister(self._process.kill)
        self._process.kill()
        self._process.join()
        self._connection.close()


def _for_the_parent() -> list[signal.Signals]:
    return [getattr(signal, name) for name in FOR_THE_PARENT if hasattr(signal, name)]


@contextmanager
def _kept_back() -> Iterator[None]:
    """Let a process that is started here not be ended by these signals before it ignores them: it inherits that they are blocked.

    They reach the other threads of this process, or this one afterwards. Windows has nothing like it.
    """
    if hasattr(signal, "pthread_sigmask"):
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # whose start would unblock some of them here
    before = _mask("SIG_BLOCK", _for_the_parent())
    try:
        yield
    finally:
        _mask("SIG_SETMASK", before)


def _mask(how: str, signals: Iterable[Any]) -> Iterable[Any]:
    posix: Any = signal
    return posix.pthread_sigmask(getattr(posix, how), signals) if hasattr(posix, "pthread_sigmask") else ()


def _serve(connection: Connection[Any, Any]) -> None:
    """Convert takes until the parent closes the connection or ends."""
    for number in _for_the_parent():  # which then ends this process
        signal.signal(number, signal.SIG_IGN)
    _mask("SIG_UNBLOCK", _for_the_parent())
    # Imported here, so that they are ignored from the start.
    from takevoice_plugins.local.conversion import convert_file

    with suppress(EOFError, ConnectionError):
        while True:
            voice, task = connection.recv()
            error = None
            try:
                for batch in _batches(convert_file(voice, task)):
                    connection.send_bytes(batch)
            except errors.TakevoiceError as failure:
                error = failure
            connection.send_bytes(b"")
            connection.send(error)


def _batches(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Join chunks to batches of at least BATCH bytes, except for the first, which is passed on at once."""
    waiting, least = b"", 1
    for chunk in chunks:
        waiting += chunk
        if len(waiting) >= least:
            yield waiting
            waiting, least = b"", BATCH
    if waiting:
        yield waiting

"""What a worker does with one order: fetches the take, converts it, and offers the answer until it is taken."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from takevoice import ConversionRequest, Take, scratch_folder
from takevoice.errors import BackendBusy, TakevoiceError
from takevoice_plugins.farm.desk_client import BadKey, DeskClient, NotWanted, Unreachable

log = logging.getLogger("takevoice.worker")
ATTEMPTS = 3  # at a take whose conversion fails for a reason that is not the take's
OFFERED = 600.0  # seconds for which a finished answer is offered to a house that cannot be reached
PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds between two offers


class Engine(Protocol):
    """Converts takes."""

    def convert(self, request: ConversionRequest, take: Take) -> Iterator[bytes]:
        """Yield encoded audio. Raises TakevoiceError."""


class LacksBackend(Exception):
    """This worker does not have the backend, or cannot use it now; the take goes back to the queue, for others."""


class Interrupted(Exception):
    """The worker stops: the take goes back to the queue, for others."""


@dataclass
class Activity:
    """What a slot of a worker does and has done."""

    doing: str = ""
    since: float = 0.0  # of the monotonic clock
    done: int = 0
    audio_seconds: float = 0.0
    last_key: str = ""


@dataclass(frozen=True)
class Conversions:
    """Converts orders, one at a time. `interrupted` says whether to stop now;
    `on_bad_key` is called when the house does not know the worker's key."""

    desk: DeskClient
    engines: Mapping[str, Engine]  # by backend
    bring_voice: Callable[[str], None]
    interrupted: Callable[[], bool]
    on_bad_key: Callable[[], None]
    activity: Activity = field(default_factory=Activity)
    sleep: Callable[[float], None] = time.sleep

    def do(self, attempts: int, key: str, lease: str, backend: str, request: Mapping[str, Any], sample_rate: int, frames: int) -> None:
        """Convert one order. `attempts`: how often it was begun before.

        Raises:
            Unreachable: the house cannot be reached.
            Interrupted: the worker stops.
            LacksBackend: this worker does not have the backend.
            Exception: the conversion failed, and is worth another attempt.
        """
        if backend not in self.engines:
            raise LacksBackend(f"this worker does not have the backend {backend}")
        wanted = ConversionRequest.model_validate(request)
        self.activity.doing, self.activity.since = f"{frames / sample_rate:.1f} s to {wanted.voice_id}", time.monotonic()
        began = time.monotonic()
        try:
            with scratch_folder("worker") as folder:
                take = Take(Path(folder) / "take.wav", frames, sample_rate, 1, "WAV", "FLOAT")
                self.desk.fetch(key, lease, take.path)
                self.bring_voice(wanted.voice_id)
                answer = self._converted(attempts, key, lease, partial(self.engines[backend].convert, wanted, take), take)
                if answer is not None:
                    self._offer(key, lease, answer)
                    self.activity.done += 1
                    self.activity.audio_seconds += take.seconds
                    log.info("%s %.1f s to %s, in %.1f s", key[:8], take.seconds, wanted.voice_id, time.monotonic() - began)
        except NotWanted:
            log.info("%s is not wanted any more", key[:8])
        except BadKey:
            self.on_bad_key()
            raise Interrupted from None
        finally:
            self.activity.doing = ""

    def _converted(self, attempts: int, key: str, lease: str, convert: Callable[[], Iterator[bytes]], take: Take) -> Path | None:
        """Return the file with the answer; None if the conversion is refused, which the house knows then."""
        answer = take.path.with_name("answer")
        try:
            with answer.open("wb") as file, closing(_closable(convert())) as chunks:
                for chunk in chunks:
                    if self.interrupted():
                        raise Interrupted
                    file.write(chunk)
        except Interrupted:
            raise
        except TakevoiceError as error:
            if isinstance(error, BackendBusy) or getattr(error, "blocks", False):  # it is this machine's fault, not the take's
                raise LacksBackend(str(error)) from None
            log.warning("%s is refused: %s", key[:8], error)
            self.desk.refuse(key, lease, "invalid_request", str(error), again=False)
            return None
        except Exception as error:
            if attempts + 1 < ATTEMPTS:
                raise
            log.exception("%s failed; this is a fault of takevoice", key[:8])
            self.desk.refuse(key, lease, "internal_error", f"{type(error).__name__}: {error}", again=True)
            return None
        return answer

    def _offer(self, key: str, lease: str, answer: Path) -> None:
        """Offer an answer until it is taken. Raises Unreachable, NotWanted, BadKey, Interrupted."""
        pause, until = PAUSE, time.monotonic() + OFFERED
        while True:
            try:
                self.desk.deliver(key, lease, answer)
                return
            except Unreachable as error:
                if time.monotonic() > until:
                    raise
                if pause == PAUSE:
                    log.warning("the answer to %s cannot be given to the house: %s. It is offered again", key[:8], error)
            if self.interrupted():
                raise Interrupted
            self.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def _closable(chunks: Iterator[bytes]) -> Any:
    """Return an iterator that can be closed, whatever the engine returned."""

    def all_of_them() -> Iterator[bytes]:
        try:
            yield from chunks
        finally:
            with suppress(AttributeError):
                chunks.close()  # type: ignore[attr-defined]

    return all_of_them()

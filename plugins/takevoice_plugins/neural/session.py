"""The conversion of one take by the model in the child process: what is asked, and what happens when it fails.

The generators yield empty arrays while they wait, so that a cancelled job stops there.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any

import numpy as np

from takevoice import errors
from takevoice_plugins.local.arrays import Samples
from takevoice_plugins.neural.child_process import ChildEnded
from takevoice_plugins.neural.models import AGAIN, BrokenModel
from takevoice_plugins.neural.worker import Answer, Worker

WAIT = 0.2  # seconds
LONGEST_TEXT = 500  # characters of what the process says
RETRY = 30.0  # seconds after which a take that lacked memory is tried again
INSTALL = "install torch, as docs/neural.md says, or name a Python that has it: [plugins.neural] python, or TAKEVOICE_NEURAL_PYTHON"
log = logging.getLogger(__name__)
Recording = Callable[[int], Samples]
"""Returns mono samples at a rate."""


class NoMemory(errors.BackendBusy):
    """There is not enough memory for the model or for a window at the moment: the take waits."""


class UnknownId(errors.BackendError):
    """The process has forgotten a voice, or never knew it: it has been started again."""


@dataclass(frozen=True)
class Facts:
    """What the process says about its model: samples per second, samples per frame, and frames of context."""

    rate: int
    hop: int
    context: int

    @classmethod
    def of(cls, header: Mapping[str, Any]) -> Facts:
        """Return what the answer to "open" or "describe" says. Raises BackendError if it says nothing usable."""
        try:
            facts = cls(int(header["rate"]), int(header["hop"]), int(header["context"]))
        except (KeyError, TypeError, ValueError) as error:
            raise errors.BackendError("the neural process does not describe its model") from error
        if not (4000 <= facts.rate <= 192_000 and 1 <= facts.hop <= facts.rate and 0 <= facts.context <= 10_000):
            raise errors.BackendError(f"the neural process describes an impossible model: {facts}")
        return facts


def refusal(header: Mapping[str, Any], *, own: bool = False) -> errors.BackendError:
    """Return the error for an answer that is none. `own`: it is of takevoice's own program, so what helps is known."""
    code, text = str(header.get("error", "failed")), str(header.get("text", "no reason given"))[:LONGEST_TEXT]
    match code:
        case "memory":
            return NoMemory(
                f"the neural backend lacks memory ({text})", hint="the take waits for it", retry_after=RETRY
            )
        case "model":
            return BrokenModel(text, hint=AGAIN if own else "")
        case "library":
            return errors.BackendUnavailable(f"the neural backend cannot work: {text}", hint=INSTALL if own else "")
        case "unknown_id":
            return UnknownId(text)
    return errors.BackendError(f"the neural process failed: {text}")


def ask(worker: Worker, header: Mapping[str, Any], payload: bytes = b"", rank: int = 0) -> Generator[Samples, None, Answer]:
    """Return the answer to a request, which goes before those of a higher `rank`.

    Raises:
        BackendError: there is none, as `refusal` says; ChildEnded if the process ended.
    """
    future = worker.request(header, payload, rank)
    try:
        while not future.done():
            try:
                future.exception(WAIT)
            except TimeoutError:
                yield np.zeros(0)
        answer, samples = future.result()
    except CancelledError as error:
        raise errors.BackendError("the neural backend was stopped", hint="retry the job") from error
    finally:
        worker.abandon(future)
    if not answer.get("ok"):
        raise refusal(answer)
    return answer, samples


class Session:
    """One take. `own` returns samples of it, `voice` those of the recordings of the voice `voice_id`.

    `rank`: its windows go before those of takes with a higher one.
    """

    def __init__(
        self,
        worker: Worker,
        facts: Facts,
        own: Recording,
        voice_id: str,
        voice: Recording,
        settings: Mapping[str, Any],
        rank: int = 0,
    ) -> None:
        self._worker, self.facts, self._rank = worker, facts, rank
        self._learnt = {f"take {uuid.uuid4().hex}": own, f"voice {voice_id}": voice}
        self._settings = settings

    def convert(self, samples: Samples, first: int) -> Generator[Samples, None, Samples]:
        """Return samples (n,) in the voice: as many. Lacking memory, the halves are converted one after the other.

        Raises:
            NoMemory: there is not even enough for a short window.
            ChildEnded: the process ended, twice.
            BackendError: it cannot convert.
        """
        if not samples.any():
            return np.zeros(len(samples))
        try:
            return (yield from self._whole(samples, first))
        except NoMemory:
            hop, context = self.facts.hop, self.facts.context
            middle = len(samples) // hop // 2
            if middle < 2 * max(1, context):
                raise
        left = yield from self.convert(samples[: (middle + context) * hop], first)
        right = yield from self.convert(samples[(middle - context) * hop :], first + middle - context)
        return np.concatenate([left[: middle * hop], right[context * hop :]])

    def _whole(self, samples: Samples, first: int) -> Generator[Samples, None, Samples]:
        source, voice = self._learnt
        header = {**self._settings, "op": "convert", "source": source, "voice": voice, "frame": first}
        payload = samples.astype("<f4").tobytes()
        crashed = learns = False
        for _ in range(5):
            try:
                if learns:
                    yield from self._learn()
                    learns = False
                _, converted = yield from ask(self._worker, header, payload, self._rank)
                break
            except UnknownId:
                learns = True
            except ChildEnded as error:
                if crashed:
                    raise
                log.warning("%s; what was being converted is converted again", error.what)
                crashed = True
        else:
            raise errors.BackendError("the neural process forgets the voices that it has learnt")
        if len(converted) != len(payload):
            raise errors.BackendError(
                f"the neural process returned {len(converted) // 4} samples for {len(samples)}"
            )
        out = np.frombuffer(converted, "<f4").astype(np.float64)
        return np.nan_to_num(out, nan=0.0, posinf=0.0, neginf=0.0)

    def _learn(self) -> Generator[Samples, None, None]:
        for name, recording in self._learnt.items():
            payload = recording(self.facts.rate).astype("<f4").tobytes()
            yield from ask(self._worker, {"op": "learn", "id": name}, payload, self._rank)

"""What a person decides about several jobs at once: each is decided about by itself, and what is refused is reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from takevoice.errors import TakevoiceError
from takevoice.jobs import ACTIVE, FINAL, Job, State
from takevoice.ledger import Ledger
from takevoice.ledger.filters import JobFilter

_WORKING = (State.CONVERTING, State.RESTORING)
_WAITING = frozenset({State.FOUND, State.SETTLING, State.QUEUED})
_HELD, _NOTHING = frozenset({State.HELD}), frozenset({State.FAILED, State.CANCELLED})
VERBS: Mapping[str, tuple[frozenset[State], frozenset[State]]] = MappingProxyType(
    {
        "cancel": (frozenset(ACTIVE), frozenset({*ACTIVE, State.HELD})),
        "retry": (frozenset({State.FAILED}), frozenset({*FINAL, State.HELD})),
        "release": (_HELD, _HELD),
        "drop": (_HELD, _HELD),
        "forget": (_NOTHING, _NOTHING),
        "put_first": (_WAITING, _WAITING),
    }
)
"""The decisions, each with the states of the jobs that are meant where no state is given, and of those that can be meant."""


class Refused(NamedTuple):
    """A job that was not acted on: the error's code and text."""

    job: int
    code: str
    text: str


@dataclass
class Batch:
    """What became of each job: those that were acted on, as they are now, and those that were not.

    A job that was forgotten is there as it was before.
    """

    done: list[Job] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values: the numbers of those that were acted on, and the refused ones."""
        return {"done": [job.id for job in self.done], "refused": [each._asdict() for each in self.refused]}


class CountChanged(TakevoiceError):
    """There are more or fewer jobs than the person has seen: nothing was done."""

    code = "count_changed"


def check_count(found: int, expected: int | None) -> None:
    """Raise CountChanged when a person has decided about another number of jobs than there is now."""
    if expected is not None and found != expected:
        raise CountChanged(f"there are {found} jobs now, and there were {expected}", hint="look again; nothing was changed")


def for_each(numbers: Iterable[int], act: Callable[[int], Job]) -> Batch:
    """Act on each job."""
    batch = Batch()
    for number in numbers:
        try:
            batch.done.append(act(number))
        except TakevoiceError as error:
            batch.refused.append(Refused(number, error.code, str(error)))
    return batch


def check_verb(verb: str) -> None:
    """Raise ValueError when there is no such verb."""
    if verb not in VERBS:
        raise ValueError(f"there is no verb {verb}; there are {', '.join(VERBS)}")


def chosen(ledger: Ledger, verb: str, which: JobFilter) -> list[Job]:
    """Return the jobs that a person means, by what they are and what the verb applies to, oldest first.

    Retried are, where no state is given, those that have failed; and of several jobs of a take, the newest one only.
    """
    usual, possible = VERBS[verb]
    wanted = set(which.states or usual) & possible
    found = [job for job in reversed(ledger.search.jobs(which)) if job.state in wanted]
    if verb == "cancel":
        return under_way_last(found)
    return [job for job in found if _is_newest(ledger, job)] if verb == "retry" else found


def under_way_last(jobs: Iterable[Job]) -> list[Job]:
    """Return jobs in the order in which they are cancelled: none of the others begins meanwhile."""
    return sorted(jobs, key=lambda job: job.state in _WORKING)


def _is_newest(ledger: Ledger, job: Job) -> bool:
    newest = ledger.jobs.newest(job.path)
    return newest is None or newest.id == job.id

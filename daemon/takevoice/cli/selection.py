"""Jobs named on the command line: by number, or by the folder that their takes are in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from takevoice.cli.job_line import is_number as is_number
from takevoice.errors import UnknownJob, printable
from takevoice.jobs import ACTIVE, Job, State
from takevoice.ledger import Ledger
from takevoice.paths import absolute_path
from takevoice.service.office import Office, open_office
from takevoice.shell_words import shell_word
from takevoice.system.spelling import below_known


def opened(state: Path, config: Path | None = None) -> AbstractContextManager[Office]:
    """Open the office of a state dir for a command that decides; `config`: the config file that was named."""
    return open_office(state, config)


def place_of(ledger: Ledger, word: str | Path) -> Path:
    """Return the absolute path of a file or folder that a person names, as the ledger has it: in a folder that is or was watched, it
    begins as that is written in the config, however the folder was reached. Raises ConfigError for what cannot be a path."""
    return below_known(absolute_path(Path(word)), ledger.roots.paths())


def below(office: Office, word: str, wanted: Collection[State] | Callable[[Job], bool], what: str) -> list[Job]:
    """Return the jobs whose takes, or the files these were cut from, are in a folder or are that file: those in these states, or
    for which `wanted` is true.

    `what` is as in "nothing is held".

    Raises:
        UnknownJob: there is none; the hint says which others there are.
    """
    place = place_of(office.ledger, word)
    inside = [
        job for job in office.ledger.jobs.select() if any(path == place or path.is_relative_to(place) for path in job.places)
    ]
    fits = wanted if callable(wanted) else lambda job: job.state in wanted
    found = takes_first([job for job in inside if fits(job)])
    if not found:
        raise UnknownJob(f"nothing {what} there", where=printable(place), hint=_others(shell_word(place), inside))
    return found


def takes_first(jobs: Sequence[Job]) -> list[Job]:
    """Return the jobs without the candidates of takes that are among them: what is decided about a take counts for these."""
    numbers = {job.id for job in jobs}
    return [job for job in jobs if not (job.is_candidate and job.family in numbers)]


def counted(number: int, done: str) -> str:
    """Return how many jobs were acted on, such as "3 jobs released"."""
    return f"{number} {'job' if number == 1 else 'jobs'} {done}"


def _done(jobs: Sequence[Job]) -> str:
    newest = max((job.id for job in jobs if not job.is_candidate), default=0)
    is_one = newest and len({job.path for job in jobs}) == 1
    return f"done (`takevoice retry {newest}` converts it again)" if is_one else "done"


def _others(where: str, jobs: Collection[Job]) -> str:
    states = Counter(job.state for job in jobs)
    under_way = sum(states[state] for state in ACTIVE)
    parts = [
        (under_way, f'on their way (`takevoice cancel {where}`)'),
        (states[State.HELD], f'held (`takevoice release {where}` or `drop`)'),
        (states[State.FAILED], f'failed (`takevoice retry {where}` or `forget`)'),
        (states[State.CANCELLED], f'cancelled (`takevoice explain {where}` says what helps)'),
        (states[State.DONE], _done([job for job in jobs if job.state is State.DONE])),
    ]
    there = [f"{count} {text}" for count, text in parts if count]
    verb = "is" if next((count for count, _ in parts if count), 0) == 1 else "are"
    return f"there {verb} {', '.join(there)}" if there else "`takevoice jobs` lists all jobs"

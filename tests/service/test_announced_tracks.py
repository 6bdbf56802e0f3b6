"""The track that the writer of a file names reaches its job, whether the file was found before or not, or has just settled."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import make_take
from takevoice.jobs import Job, State
from takevoice.service.folder_jobs import FolderJobs
from takevoice.service.session import Session
from takevoice.system.fileid import version_of
from takevoice.watch import FoundFile


@pytest.fixture
def jobs(session: Session) -> FolderJobs:
    return FolderJobs(
        session.ledger, session.events, session.existing, session.holds, session.poller, "daemon", session.silent, session.ahead, session.problems
    )


def found(path: Path) -> FoundFile:
    version = version_of(path)
    assert version is not None
    return FoundFile(path, version, path.parent)


def newest(session: Session, path: Path) -> Job:
    job = session.ledger.jobs.newest(path)
    assert job is not None
    return job


@pytest.mark.parametrize("moment", ["before", "settling", "settled"])
def test_a_track_reaches_its_job(session: Session, jobs: FolderJobs, folder: Path, moment: str) -> None:
    path, other = make_take(folder / "stem.wav", 0.1), make_take(folder / "other.wav", 0.1)
    for step, call in (
        ("before", lambda: jobs.on_found([found(path), found(other)], first_look=False)),
        ("settling", lambda: [jobs.on_settled(found(each)) for each in (path, other)]),
        ("settled", lambda: None),
    ):
        if step == moment:
            jobs.on_announced(path, "Anna")
        call()
    assert (newest(session, path).options.track, newest(session, other).options.track) == ("Anna", None)
    # Another version of the file is another take.
    session.ledger.jobs.change(newest(session, path).id, State.FAILED)
    jobs.on_found([found(path)], first_look=False)
    jobs.on_settled(found(path))
    assert newest(session, path).options.track is None


def test_the_track_of_a_file_that_is_gone_is_forgotten(session: Session, jobs: FolderJobs, folder: Path) -> None:
    path = make_take(folder / "stem.wav", 0.1)
    jobs.on_found([found(path)], first_look=False)
    jobs.on_announced(path, "Anna")
    jobs.on_removed(path)
    jobs.on_found([found(path)], first_look=False)
    jobs.on_settled(found(path))
    assert newest(session, path).options.track is None

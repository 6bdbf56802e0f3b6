"""Taking back a job for which there is nothing to do."""

from __future__ import annotations

import logging

from takevoice.errors import printable
from takevoice.jobs import Disposition, Job
from takevoice.ledger import Ledger
from takevoice.pipeline.events import Events, Withdrawal
from takevoice.system.fileid import FileVersion

log = logging.getLogger("takevoice")


def withdraw(
    ledger: Ledger,
    events: Events,
    job: Job,
    disposition: Disposition,
    why: str,
    version: FileVersion | None,
    instead: Job | None = None,
) -> None:
    """Delete a job and publish why; `version` of its file is noted as dealt with.

    The requests that it would have answered are answered by the job `instead`.
    """
    log.info("%s is skipped: %s", printable(job.path), why)
    requests = ledger.requests.ids(job.id)
    ledger.jobs.withdraw(job, disposition, version, instead.id if instead else None)
    events.withdrawn(Withdrawal(job, disposition, why, requests, instead))

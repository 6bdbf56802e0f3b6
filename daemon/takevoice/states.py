"""The states of a job."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a job is on its way; each change is in the ledger before it is acted on."""

    FOUND = "found"  # seen in a folder, or asked for
    SETTLING = "settling"  # its file is still being written, or was a moment ago
    QUEUED = "queued"  # finished file, settings known; waits for a free slot
    HELD = "held"  # waits for a person
    CONVERTING = "converting"  # with the backend
    RESTORING = "restoring"  # converted; being made to fit the original again
    DONE = "done"  # published
    FAILED = "failed"  # error_code and error say why
    CANCELLED = "cancelled"  # by a person, or its file went away, or a held file was rendered again

    @property
    def final(self) -> bool:
        """True when nothing more happens by itself."""
        return self in FINAL


FINAL = frozenset({State.DONE, State.FAILED, State.CANCELLED})
ACTIVE = tuple(state for state in State if state not in FINAL and state is not State.HELD)

"""The ledger of a state dir: opens it, and has its stores."""

from __future__ import annotations

from pathlib import Path

from takevoice.ledger.candidates import Candidates
from takevoice.ledger.casting import CastingNotes
from takevoice.ledger.charges import Charges
from takevoice.ledger.costs import Costs
from takevoice.ledger.drops import Drops
from takevoice.ledger.files import Files
from takevoice.ledger.job_files import JobFiles
from takevoice.ledger.job_lists import JobLists
from takevoice.ledger.jobs import Jobs
from takevoice.ledger.outputs import Outputs
from takevoice.ledger.pause import Pause
from takevoice.ledger.reader import Reader, ReadOnly, Writing
from takevoice.ledger.requests import Requests
from takevoice.ledger.roots import Roots
from takevoice.ledger.search import Search
from takevoice.ledger.tracks import Tracks


class Ledger:
    """The ledger's stores; usable from several threads, and from several processes at once."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the ledger; it is migrated where needed and, unless `read_only`, created.

        Raises:
            LedgerError: it cannot be opened.
            FileNotFoundError: it is missing, and to be read only.
        """
        self._close_writer = _nothing
        writing: Writing = ReadOnly()
        if not read_only:
            # Commands that only read start quicker without it.
            from takevoice.ledger.writer import Writer

            writing = writer = Writer(path)
            self._close_writer = writer.close
        self._use(Reader(path), writing)

    @classmethod
    def for_reading(cls, path: Path) -> Ledger:
        """Open the ledger for reading; a missing one is an empty one. Raises LedgerError."""
        try:
            return cls(path, read_only=True)
        except FileNotFoundError:
            ledger = cls.__new__(cls)
            ledger._close_writer = _nothing
            ledger._use(Reader.empty(), ReadOnly())
            return ledger

    def _use(self, reader: Reader, writing: Writing) -> None:
        self._reader = reader
        self.jobs = Jobs(reader, writing)
        self.job_lists = JobLists(reader)
        self.job_files = JobFiles(reader, writing)
        self.files = Files(reader, writing)
        self.roots = Roots(reader, writing)
        self.outputs = Outputs(reader, writing)
        self.requests = Requests(reader, writing)
        self.charges = Charges(reader, writing)
        self.tracks = Tracks(reader, writing)
        self.search, self.costs = Search(reader), Costs(reader)
        self.candidates = Candidates(reader, writing)
        self.casting = CastingNotes(reader, writing)
        self.pause = Pause(reader, writing)
        self.drops = Drops(reader, writing)

    def close(self) -> None:
        """Commit what is waiting, and close the files: afterwards the ledger is one file, if no other process has it open."""
        self._close_writer()
        self._reader.close()

    def data_version(self) -> int:
        """Return a number that changes whenever something has been written."""
        return int(self._reader.value("PRAGMA data_version"))

    def check(self) -> str:
        """Run SQLite's own integrity check: "ok", or what is wrong."""
        return str(self._reader.value("PRAGMA quick_check"))


def _nothing() -> None:
    pass

"""What people say about characters, which the config does not hold: whether a voice is approved, and notes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from takevoice.jobs import Job
from takevoice.ledger.reader import Reader, Writing
from takevoice.ledger.rows import job_from_row, path_from_db, text_to_db


@dataclass(frozen=True)
class CastingNote:
    """A note about a character, and whether its voice is approved; empty text where there is none."""

    state: str = ""
    note: str = ""


class VoiceResults(NamedTuple):
    """The newest results of takes of a track that are by one voice: how many, and the newest one's job."""

    takes: int
    newest: int


class CastingNotes:
    """The table of casting notes, by track."""

    def __init__(self, reader: Reader, writer: Writing) -> None:
        self._reader, self._writer = reader, writer

    def all(self) -> Mapping[str, CastingNote]:
        """Return the note about each track."""
        rows = self._reader.rows("SELECT track, state, note FROM casting")
        return {row["track"]: CastingNote(row["state"], row["note"]) for row in rows}

    def set(self, notes: Mapping[str, CastingNote]) -> None:
        """Store notes about these tracks, all or none; an empty note takes a track's entry away. Raises LedgerError."""
        now = time.time()

        def write(connection: sqlite3.Connection) -> None:
            for track, said in notes.items():
                row = (text_to_db(track), text_to_db(said.state), text_to_db(said.note), now)
                connection.execute("DELETE FROM casting WHERE track = ?", row[:1])
                if said != CastingNote():
                    connection.execute("INSERT INTO casting VALUES (?,?,?,?)", row)

        self._writer.run(write)

    def results(self) -> Mapping[str, Mapping[str, VoiceResults]]:
        """Return of each track by which voices the newest results of its takes are, by the voice's name."""
        sql = "SELECT track, voice, COUNT(*), MAX(job) FROM newest_results WHERE track <> '' GROUP BY track, voice"
        found: dict[str, dict[str, VoiceResults]] = {}
        for track, voice, *made in self._reader.tuples(sql):
            found.setdefault(track, {})[voice] = VoiceResults(*made)
        return found

    def newest(self, track: str) -> Sequence[Job]:
        """Return the newest job that is done of each take of a track, oldest first."""
        sql = "SELECT * FROM jobs WHERE id IN (SELECT job FROM newest_results WHERE track = ?) ORDER BY id"
        return [job_from_row(row) for row in self._reader.rows(sql, (text_to_db(track),))]

    def takes_of(self, track: str) -> Sequence[Path]:
        """Return the files of a track's takes, newest first."""
        sql = "SELECT path FROM jobs WHERE track = ? AND origin <> 'audition' GROUP BY path ORDER BY MAX(id) DESC"
        paths = (path_from_db(row["path"]) for row in self._reader.rows(sql, (text_to_db(track),)))
        return [path for path in paths if path is not None]

    def met(self) -> Mapping[str, int]:
        """Return how many takes of each track were met, by the newest job of each take; candidates count as their take."""
        sql = "SELECT track, COUNT(DISTINCT path) FROM jobs INDEXED BY jobs_of_takes WHERE track <> '' AND origin <> 'audition' AND family IN (0, id) GROUP BY track"
        return dict(self._reader.tuples(sql))

    def auditions(self) -> Mapping[str, tuple[int, int]]:
        """Return how many auditions each track has, and the newest one's job."""
        # By the index of what was requested, which is small; the + has SQLite not take that of the tracks.
        sql = "SELECT track, COUNT(*), MAX(id) FROM jobs WHERE origin <> 'folder' AND origin = 'audition' AND state <> 'cancelled' GROUP BY +track"
        return {track: (count, job) for track, count, job in self._reader.tuples(sql)}

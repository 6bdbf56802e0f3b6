"""The tables of the ledger, and the migration from each older version to the next."""

from __future__ import annotations

import sqlite3

from takevoice.errors import LedgerError
from takevoice.ledger.counting import COUNTED


def _newest_of(paths: str) -> str:
    """Return the query for the rows of `newest_results` of these paths. Settings that are no JSON are of a ledger that was recovered."""
    voice_id = "CASE WHEN json_valid(settings) THEN COALESCE(json_extract(settings, '$.voice_id'), '') ELSE '' END"
    done = "state = 'done' AND origin <> 'audition' AND family IN (0, id)"
    newest = f"SELECT MAX(id) FROM jobs WHERE path IN ({paths}) AND {done} GROUP BY path"
    return f"SELECT path, id, track, voice, {voice_id} FROM jobs WHERE id IN ({newest})"


MIGRATIONS = (
    """
    CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        path NOT NULL,
        state TEXT NOT NULL,
        origin TEXT NOT NULL,
        runner TEXT NOT NULL,
        root,
        size INTEGER, mtime_ns INTEGER, inode INTEGER,
        track TEXT NOT NULL DEFAULT '',
        backend TEXT NOT NULL DEFAULT '',
        voice TEXT NOT NULL DEFAULT '',
        settings TEXT NOT NULL DEFAULT '{}',
        settings_hash TEXT NOT NULL DEFAULT '',
        audio_hash TEXT NOT NULL DEFAULT '',
        frames INTEGER NOT NULL DEFAULT 0,
        sample_rate INTEGER NOT NULL DEFAULT 0,
        channels INTEGER NOT NULL DEFAULT 0,
        progress REAL NOT NULL DEFAULT 0,
        output,
        error_code TEXT NOT NULL DEFAULT '',
        error TEXT NOT NULL DEFAULT '',
        attempt INTEGER NOT NULL DEFAULT 1,
        cancel_requested INTEGER NOT NULL DEFAULT 0,
        created REAL NOT NULL,
        changed REAL NOT NULL
    );
    CREATE INDEX jobs_by_state ON jobs (state, id);
    CREATE INDEX jobs_by_key ON jobs (audio_hash, settings_hash, state);
    CREATE INDEX jobs_by_path ON jobs (path);

    CREATE TABLE history (
        job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        at REAL NOT NULL,
        state TEXT NOT NULL,
        detail TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX history_by_job ON history (job);

    -- Each file of a watched folder in the version that was last dealt with.
    CREATE TABLE files (
        path PRIMARY KEY,
        size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
        verdict TEXT NOT NULL,  -- job, ours, known, refused
        job INTEGER
    ) WITHOUT ROWID;

    -- What was made, by the hash of its decoded audio: however it is named later, it is ours.
    CREATE TABLE outputs (
        audio_hash TEXT NOT NULL,
        job INTEGER NOT NULL,
        path NOT NULL,
        PRIMARY KEY (audio_hash, job, path)
    ) WITHOUT ROWID;
    CREATE INDEX outputs_by_job ON outputs (job);
    """,
    """
    -- Settings of tracks that were set over OSC, values as JSON.
    CREATE TABLE track_settings (
        track TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (track, key)
    ) WITHOUT ROWID;

    -- Which job answers which OSC request.
    CREATE TABLE requests (
        id TEXT PRIMARY KEY,
        job INTEGER NOT NULL,
        created REAL NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX requests_by_job ON requests (job);
    """,
    """
    -- Where the answer lay against the original.
    ALTER TABLE jobs ADD COLUMN offset_ms REAL;
    ALTER TABLE jobs ADD COLUMN drift_ms REAL;
    ALTER TABLE jobs ADD COLUMN correlation REAL;
    """,
    """
    -- The attempt whose result has its name stored: from then on the file may be there.
    ALTER TABLE jobs ADD COLUMN announced INTEGER NOT NULL DEFAULT 0;

    -- Each request to a paid backend: reserved, sent, received, published; lost: in doubt until a person went on.
    CREATE TABLE sends (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        job INTEGER NOT NULL,
        piece TEXT NOT NULL,
        key TEXT NOT NULL,
        state TEXT NOT NULL,
        track TEXT NOT NULL,
        run TEXT NOT NULL,
        seconds REAL NOT NULL,
        credits REAL NOT NULL,
        at REAL NOT NULL
    );
    CREATE INDEX sends_by_job ON sends (job);
    CREATE INDEX sends_by_time ON sends (at);
    CREATE INDEX sends_by_run ON sends (run);

    -- The watched folders: since when, and on which device they were.
    CREATE TABLE roots (
        path PRIMARY KEY,
        device INTEGER NOT NULL,
        since REAL NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    -- What a job was asked for with, as JSON; empty in jobs of older versions, which kept it among the settings.
    ALTER TABLE jobs ADD COLUMN options TEXT NOT NULL DEFAULT '';
    """,
    """
    -- The volume that a watched folder was on; empty when it is unknown. A device number changes at each mount.
    ALTER TABLE roots ADD COLUMN volume TEXT NOT NULL DEFAULT '';
    ALTER TABLE roots DROP COLUMN device;
    """,
    """
    -- Since when files with a suffix that older versions did not know are converted in a watched folder.
    CREATE TABLE kinds (
        root NOT NULL,
        suffix TEXT NOT NULL,
        since REAL NOT NULL,
        PRIMARY KEY (root, suffix)
    ) WITHOUT ROWID;
    """,
    """
    -- The files that a first look at a folder, at a volume or at a kind of files saw: they are older than the watch.
    CREATE TABLE first_looks (
        path PRIMARY KEY,
        root NOT NULL,
        size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
        reason TEXT NOT NULL,  -- a job's error code
        suffix TEXT NOT NULL  -- the kind that is new; empty: all kinds
    ) WITHOUT ROWID;
    CREATE INDEX first_looks_by_inode ON first_looks (inode, size, mtime_ns);

    -- 0: its first look was by an older version, which compared clocks.
    ALTER TABLE roots ADD COLUMN looked INTEGER NOT NULL DEFAULT 0;

    -- Every volume that a watched folder has been on.
    CREATE TABLE volumes (
        root NOT NULL,
        volume TEXT NOT NULL,
        PRIMARY KEY (root, volume)
    ) WITHOUT ROWID;
    INSERT INTO volumes SELECT path, volume FROM roots WHERE volume <> '';
    """,
    """
    -- The request that a job makes: equal for equal audio means that one answer will do. Empty in jobs of older versions.
    ALTER TABLE jobs ADD COLUMN answer_key TEXT NOT NULL DEFAULT '';

    -- Which jobs had a file that has another name now.
    CREATE INDEX jobs_by_inode ON jobs (inode);
    """,
    """
    -- Who wanted a request sent: folder (the take just appeared there), request (a script or a key), person.
    ALTER TABLE sends ADD COLUMN wanted_by TEXT NOT NULL DEFAULT 'person';

    -- Requested jobs are begun before those of folders.
    CREATE INDEX jobs_requested ON jobs (state, id) WHERE origin <> 'folder';
    """,
    """
    -- Results that another machine has made, or a job of a ledger that was lost, by what their provenance says.
    CREATE TABLE results_seen (
        audio_hash TEXT NOT NULL,  -- of the take
        settings_hash TEXT NOT NULL,
        path NOT NULL,
        result_hash TEXT NOT NULL,  -- of the result's audio
        PRIMARY KEY (audio_hash, settings_hash, path)
    ) WITHOUT ROWID;
    """,
    """
    -- Since when conversions are paused; no row: they are not.
    CREATE TABLE pause (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        since REAL NOT NULL
    );
    """,
    """
    -- What people say about characters: open, proposed, approved or rejected, and a note.
    CREATE TABLE casting (
        track TEXT PRIMARY KEY,
        state TEXT NOT NULL DEFAULT '',
        note TEXT NOT NULL DEFAULT '',
        at REAL NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    -- The job of the take, in each of its candidates and in itself; 0: a take without candidates.
    ALTER TABLE jobs ADD COLUMN family INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX jobs_by_family ON jobs (family) WHERE family <> 0;
    CREATE INDEX jobs_with_candidates ON jobs (state) WHERE family = id;

    -- Which candidate was chosen, by whom; `placed`: the copy that is the result, once it is there. The newest of a family counts.
    CREATE TABLE picks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        family INTEGER NOT NULL,
        job INTEGER NOT NULL,
        by TEXT NOT NULL,
        at REAL NOT NULL,
        placed
    );
    CREATE INDEX picks_by_family ON picks (family);

    -- What people say about candidates.
    CREATE TABLE marks (
        job INTEGER PRIMARY KEY,
        stars INTEGER NOT NULL DEFAULT 0,
        rejected INTEGER NOT NULL DEFAULT 0,
        note TEXT NOT NULL DEFAULT ''
    );
    """,
    """
    -- When a person last had conversions started again, paused or not: what waits for a backend is tried then.
    CREATE TABLE resumed (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        at REAL NOT NULL
    );
    """,
    """
    -- What a person has left unconverted, with the job that was dropped.
    CREATE TABLE dropped (
        audio_hash TEXT NOT NULL,
        settings_hash TEXT NOT NULL,
        job INTEGER NOT NULL,
        at REAL NOT NULL,
        PRIMARY KEY (audio_hash, settings_hash)
    ) WITHOUT ROWID;
    INSERT OR IGNORE INTO dropped SELECT audio_hash, settings_hash, id, changed FROM jobs
        WHERE state = 'cancelled' AND audio_hash <> '' AND family IN (0, id)
        AND error_code IN ('many', 'first_look', 'other_device', 'cap', 'unknown_voice', 'not_writable')
        AND (SELECT detail FROM history WHERE history.job = jobs.id ORDER BY rowid DESC LIMIT 1) = 'by a person';

    -- The file and the voice that a request was sent for: those of its job may be others by now.
    ALTER TABLE sends ADD COLUMN path;
    ALTER TABLE sends ADD COLUMN voice TEXT NOT NULL DEFAULT '';
    """,
    f"""
    -- The newest job that is done of each take, with its voice: neither candidates nor auditions. Kept by the triggers below.
    CREATE TABLE newest_results (
        path PRIMARY KEY,
        job INTEGER NOT NULL,
        track TEXT NOT NULL,
        voice TEXT NOT NULL,
        voice_id TEXT NOT NULL
    ) WITHOUT ROWID;
    INSERT INTO newest_results {_newest_of("SELECT DISTINCT path FROM jobs")};
    CREATE INDEX newest_results_by_track ON newest_results (track, voice, voice_id, job);

    CREATE TRIGGER jobs_done_added AFTER INSERT ON jobs WHEN NEW.state = 'done' BEGIN
        DELETE FROM newest_results WHERE path = NEW.path;
        INSERT INTO newest_results {_newest_of("NEW.path")};
    END;
    CREATE TRIGGER jobs_done_changed AFTER UPDATE OF state, path, track, voice, settings, family ON jobs
    WHEN NEW.state = 'done' OR OLD.state = 'done' BEGIN
        DELETE FROM newest_results WHERE path IN (OLD.path, NEW.path);
        INSERT INTO newest_results {_newest_of("OLD.path, NEW.path")};
    END;
    CREATE TRIGGER jobs_done_deleted AFTER DELETE ON jobs WHEN OLD.state = 'done' BEGIN
        DELETE FROM newest_results WHERE path = OLD.path;
        INSERT INTO newest_results {_newest_of("OLD.path")};
    END;

    -- The jobs of a track, and the sums of all tracks.
    CREATE INDEX jobs_by_track ON jobs (track, state, origin, changed, frames, sample_rate);
    """,
    """
    -- All that a search for a word looks at: the rows of jobs are long.
    DROP INDEX jobs_by_path;
    CREATE INDEX jobs_by_path ON jobs (path, state, track, voice, error, family);

    -- The takes of a track, and all candidates.
    CREATE INDEX jobs_of_takes ON jobs (track, path) WHERE track <> '' AND origin <> 'audition' AND family IN (0, id);
    CREATE INDEX candidates_by_state ON jobs (state) WHERE family <> 0 AND family <> id;
    """,
    f"""
    {COUNTED}
    -- The sums of tracks are kept now: what is left is which jobs a track has, and when the last one changed.
    DROP INDEX jobs_by_track;
    CREATE INDEX jobs_by_track ON jobs (track, changed);
    CREATE INDEX jobs_by_change ON jobs (changed, state, family);

    -- Those that a person put first: they are looked for before each conversion, however long the queue is.
    CREATE INDEX jobs_urgent ON jobs (state, runner) WHERE options LIKE '%"urgent": %';
    """,
    """
    -- Credits that were not paid: the answer was made for an earlier request, and the backend had kept it.
    ALTER TABLE sends ADD COLUMN saved REAL NOT NULL DEFAULT 0;
    """,
)


def migrate(connection: sqlite3.Connection) -> None:
    """Migrate the ledger to the newest version, each step in a transaction of its own.

    Raises:
        LedgerError: it was written by a newer takevoice.
    """
    version = schema_version(connection)
    if version > len(MIGRATIONS):
        raise LedgerError(
            f"the ledger has version {version}, and this takevoice knows versions up to {len(MIGRATIONS)}",
            hint="install the newer takevoice again",
        )
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        try:
            connection.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;")
        except sqlite3.OperationalError:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            # Another process that started at the same moment may have made this very step.
            if schema_version(connection) < number:
                raise


def schema_version(connection: sqlite3.Connection) -> int:
    """Return the version of an open ledger."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])

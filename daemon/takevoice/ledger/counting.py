"""How many jobs there are, by state and by track, kept by triggers: each change of a job changes them in its own transaction.

So no list counts the jobs, and no process can leave them wrong, however it ends; `miscounts` compares them with the jobs all
the same. It loads next to nothing, because `takevoice jobs` must answer at once.
"""

from __future__ import annotations

from takevoice.lazy import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

_KEYS = {
    "job_counts": ("state", "kind", "code"),
    "track_counts": ("track", "state", "kind", "sample_rate"),
    "waiting_counts": ("state", "runner", "code", "backend", "wanted", "channels", "copies", "sample_rate"),
}
_FINAL = "('done', 'failed', 'cancelled')"


def copies(row: str) -> str:
    """Return as SQL how often a job is converted: once for each candidate that it is to get, not at all if it has them."""
    candidates = f"json_extract({row}.settings, '$.candidates')"
    wanted = f"CASE json_type({row}.settings, '$.candidates') WHEN 'array' THEN json_array_length({candidates}) ELSE COALESCE({candidates}, 1) END"
    return f"CASE WHEN {row}.family <> 0 AND {row}.family = {row}.id THEN 0 WHEN json_valid({row}.settings) THEN {wanted} ELSE 1 END"


def wanted_channels(row: str) -> str:
    """Return as SQL the setting `channels` of a job. Settings that are no JSON are of a ledger that was recovered."""
    return f"CASE WHEN json_valid({row}.settings) THEN COALESCE(json_extract({row}.settings, '$.channels'), '') ELSE '' END"


def _values(row: str) -> dict[str, str]:
    """Return what the key columns are for a job, as SQL; `row` is NEW, OLD or jobs."""
    kind = f"CASE WHEN {row}.family NOT IN (0, {row}.id) THEN 'candidate' WHEN {row}.origin = 'audition' THEN 'audition' ELSE 'take' END"
    code = f"CASE {row}.state WHEN 'held' THEN {row}.error_code ELSE '' END"
    plain = ("state", "track", "sample_rate", "runner", "backend", "channels")
    return {"kind": kind, "code": code, "wanted": wanted_channels(row), "copies": copies(row)} | {name: f"{row}.{name}" for name in plain}


def _sums(table: str, row: str) -> dict[str, str]:
    """Return the columns that are sums, with what a job adds to each."""
    return {"jobs": "1"} if table == "job_counts" else {"jobs": "1", "frames": f"{row}.frames"}


def _is_in(table: str, row: str) -> str:
    """Return the condition for jobs that a table counts."""
    return f"{row}.state NOT IN {_FINAL}" if table == "waiting_counts" else "1"


def _count(table: str, row: str, sign: str) -> str:
    """Return the statements that add a job to a table, or take it away.

    None of them can conflict with a row that is there: a conflict would be resolved as the statement says that fired the trigger.
    """
    values, sums = _values(row), _sums(table, row)
    own = " AND ".join(f"{key} = {values[key]}" for key in _KEYS[table])
    changed = ", ".join(f"{name} = {name} {sign} {value}" for name, value in sums.items())
    update = f"UPDATE {table} SET {changed} WHERE {own};"
    if sign == "-":
        return f"{update} DELETE FROM {table} WHERE {own} AND jobs = 0;"
    new = ", ".join([*(values[key] for key in _KEYS[table]), *("0" for _ in sums)])
    return f"INSERT INTO {table} SELECT {new} WHERE {_is_in(table, row)} AND NOT EXISTS (SELECT 1 FROM {table} WHERE {own}); {update}"


def _counted(table: str) -> str:
    """Return the query for what a table should hold, by the jobs."""
    values, sums = _values("jobs"), _sums(table, "jobs")
    columns = [f"{values[key]} AS its_{key}" for key in _KEYS[table]] + [f"SUM({value})" for value in sums.values()]
    return f"SELECT {', '.join(columns)} FROM jobs WHERE {_is_in(table, 'jobs')} GROUP BY {', '.join(f'its_{key}' for key in _KEYS[table])}"


def _on_every_change() -> str:
    """Return the triggers."""
    add, take = ({sign: " ".join(_count(table, row, sign) for table in _KEYS) for sign in "+-"} for row in ("NEW", "OLD"))
    looked_at = ("state", "error_code", "family", "origin", "track", "sample_rate", "frames", "runner", "backend", "settings", "channels")
    new, old = (", ".join(f"{row}.{name}" for name in ("id", *looked_at)) for row in ("NEW", "OLD"))
    return f"""
    CREATE TRIGGER jobs_counted_added AFTER INSERT ON jobs BEGIN {add["+"]} END;
    CREATE TRIGGER jobs_counted_deleted AFTER DELETE ON jobs BEGIN {take["-"]} END;
    CREATE TRIGGER jobs_counted_changed AFTER UPDATE OF id, {", ".join(looked_at)} ON jobs WHEN ({new}) IS NOT ({old})
    BEGIN {take["-"]} {add["+"]} END;
    """


COUNTED = f"""
    -- How many jobs there are, kept by the triggers below. kind: take, candidate, audition; code: why they are held, else empty.
    CREATE TABLE job_counts (
        state TEXT NOT NULL,
        kind TEXT NOT NULL,
        code TEXT NOT NULL,
        jobs INTEGER NOT NULL,
        PRIMARY KEY (state, kind, code)
    ) WITHOUT ROWID;
    CREATE TABLE track_counts (
        track TEXT NOT NULL,
        state TEXT NOT NULL,
        kind TEXT NOT NULL,
        sample_rate INTEGER NOT NULL,
        jobs INTEGER NOT NULL,
        frames INTEGER NOT NULL,
        PRIMARY KEY (track, state, kind, sample_rate)
    ) WITHOUT ROWID;
    -- Those that have not ended, by all that their price and the time that they need depend on; copies: how often each is converted.
    CREATE TABLE waiting_counts (
        state TEXT NOT NULL,
        runner TEXT NOT NULL,
        code TEXT NOT NULL,
        backend TEXT NOT NULL,
        wanted NOT NULL,  -- the setting `channels`
        channels INTEGER NOT NULL,
        copies INTEGER NOT NULL,
        sample_rate INTEGER NOT NULL,
        jobs INTEGER NOT NULL,
        frames INTEGER NOT NULL,
        PRIMARY KEY (state, runner, code, backend, wanted, channels, copies, sample_rate)
    ) WITHOUT ROWID;
    INSERT INTO job_counts {_counted("job_counts")};
    INSERT INTO track_counts {_counted("track_counts")};
    INSERT INTO waiting_counts {_counted("waiting_counts")};
    {_on_every_change()}
    """
"""The step of the ledger that begins to count. It is stored in ledgers: another way of counting needs another step."""


def miscounts(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield where the kept counts differ from the jobs; nothing for a ledger that has none. Raises sqlite3.Error."""
    for table, keys in _KEYS.items() if has_counts(connection) else ():
        columns = ", ".join([*keys, *_sums(table, "jobs")])
        kept, counted = (
            {tuple(row)[: len(keys)]: tuple(row)[len(keys) :] for row in connection.execute(query)}
            for query in (f"SELECT {columns} FROM {table}", _counted(table))
        )
        for key in sorted(kept.keys() | counted.keys(), key=repr):
            if kept.get(key) != counted.get(key):
                of = ", ".join(str(each) for each in key if each not in ("", 0))
                yield f"{table} has {_in_words(kept.get(key))} of {of}, and there are {_in_words(counted.get(key))}"


def has_counts(connection: sqlite3.Connection) -> bool:
    """Return True for a ledger that counts: older ones do not."""
    names = ", ".join(f"'{table}'" for table in _KEYS)
    return len(connection.execute(f"SELECT name FROM sqlite_schema WHERE name IN ({names})").fetchall()) == len(_KEYS)


def _in_words(sums: tuple[int, ...] | None) -> str:
    jobs, *frames = sums or (0,)
    return f"{jobs} job{'' if jobs == 1 else 's'}" + "".join(f" with {each} frames" for each in frames)

"""Which jobs are meant: by state, place, track, voice, time, or a word; as SQL.

It loads next to nothing, because `takevoice jobs` must answer at once. The columns that it names are those of the first
version of the ledger, but for `family`, and but for the tables of `counting` where a ledger has them.
"""

from __future__ import annotations

import os
import unicodedata

from takevoice.lazy import TYPE_CHECKING
from takevoice.states import State

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable
    from typing import Any

QUIET_CANDIDATES = "family <> 0 AND family <> id AND state NOT IN ('held', 'failed')"
_CUT_FROM = "CASE WHEN instr(options, '\"part\"') THEN json_extract(options, '$.part.path') END"
_CONTAINS = "takevoice_contains"
_NOT_ASCII = "*[^\x01-\x7f]*"
_WILD = frozenset("*?[")


class JobFilter:
    """All conditions that are given apply; one that is left empty does not restrict anything."""

    def __init__(
        self,
        states: Collection[State] = (),
        *,
        place: str = "",
        track: str = "",
        voice: str = "",
        text: str = "",
        since: float = 0.0,
        until: float = 0.0,
        code: str = "",
        before: int = 0,
        with_candidates: bool = True,
    ) -> None:
        """`place`: the absolute path of a take, of a result, or of a folder with either, or with a file that takes were cut from. `track`: a name or a glob, in any case.
        `voice`: a name or an id. `text`: part of a take's path, track, voice or reason, in any case. `since`, `until`: Unix
        times of the last change of state. `code`: the error code. `before`: only jobs with lower numbers.
        `with_candidates`: False leaves out candidates, which their takes stand for, but for those that are held or have failed.
        """
        self.states, self.place, self.track, self.voice, self.text = states, place, track, voice, text
        self.since, self.until, self.code, self.before = since, until, code, before
        self.with_candidates = with_candidates

    def in_any_state(self) -> JobFilter:
        """Return the same conditions but for the states."""
        return JobFilter(**{**vars(self), "states": ()})

    def where(self, *, is_counted: bool = True, with_sources: bool = True) -> tuple[str, list[Any]]:
        """Return the condition, and its values; `prepare` has to have been called for the connection. Ledgers of older versions lack
        what the others name: `is_counted`, the tables of `counting`, and `with_sources`, the column for the files that takes
        were cut from."""
        parts = [
            _states(self.states),
            _place(self.place, with_sources=with_sources),
            _of_tracks(self.track) if is_counted else _track(self.track),
            _voice(self.voice),
            _text(self.text),
            ("changed >= ?", [self.since]) if self.since else None,
            ("changed < ?", [self.until]) if self.until else None,
            ("error_code = ?", [self.code]) if self.code else None,
            ("id < ?", [self.before]) if self.before else None,
            None if self.with_candidates else (f"NOT ({QUIET_CANDIDATES})", []),
        ]
        return _all_of(parts)

    @property
    def has_index(self) -> bool:
        """True where an index finds the jobs that match, and the table need not be gone through for them."""
        return bool(self.text or self.since or self.until or self.track)

    def counted(self) -> tuple[str, list[Any]] | None:
        """Return where the ledger keeps how many of the jobs there are, as `TABLE WHERE CONDITION`, and its values; None: nowhere."""
        states = tuple(self.states)
        is_hold = not self.track and states == (State.HELD,)
        if self.place or self.voice or self.text or self.since or self.until or self.before or (self.code and not is_hold):
            return None
        parts = [
            _states(states),
            _track(self.track),
            ("code = ?", [self.code]) if self.code else None,
            None if self.with_candidates else ("NOT (kind = 'candidate' AND state NOT IN ('held', 'failed'))", []),
        ]
        where, values = _all_of(parts)
        return f"{'track_counts' if self.track else 'job_counts'} WHERE {where}", values


def prepare(connection: sqlite3.Connection) -> None:
    """Add to a connection what the conditions need."""
    connection.create_function(_CONTAINS, -1, _contains, deterministic=True)


def _all_of(parts: Iterable[tuple[str, list[Any]] | None]) -> tuple[str, list[Any]]:
    given = [part for part in parts if part is not None]
    return " AND ".join(sql for sql, _ in given) or "1", [value for _, values in given for value in values]


def _states(states: Collection[State]) -> tuple[str, list[Any]] | None:
    if not states:
        return None
    return f"state IN ({','.join('?' * len(states))})", [state.value for state in states]


def _place(place: str, *, with_sources: bool) -> tuple[str, list[Any]] | None:
    if not place:
        return None
    inside = place.rstrip(os.sep) + os.sep
    end = inside[: -len(os.sep)] + chr(ord(os.sep) + 1)
    # As text, and as bytes where names are no Unicode; what was asked for is text in any case.
    names, octets = [place, inside, end], [os.fsencode(path) for path in (place, inside, end)]
    columns = ["path", "output", *([_CUT_FROM] if with_sources else [])] if _is_unicode(place) else []
    of_place = " OR ".join(f"{column} = ? OR {column} >= ? AND {column} < ?" for column in [*columns, "path", "output"])
    return f"({of_place})", [*names * len(columns), *octets, *octets]


def _track(track: str) -> tuple[str, list[Any]] | None:
    if not track:
        return None
    name = _stored(unicodedata.normalize("NFC", track))
    if _WILD & set(name):
        return "lower(track) GLOB ?", [name.lower()]
    return "track = ? COLLATE NOCASE", [name]


def _of_tracks(track: str) -> tuple[str, list[Any]] | None:
    """Look the names up first, of which there are few: jobs have an index by name, but none by the names in any case."""
    condition = _track(track)
    return condition and (f"track IN (SELECT track FROM track_counts WHERE {condition[0]})", condition[1])


def _voice(voice: str) -> tuple[str, list[Any]] | None:
    if not voice:
        return None
    return "(voice = ? COLLATE NOCASE OR json_extract(settings, '$.voice_id') = ?)", [_stored(voice)] * 2


def _text(text: str) -> tuple[str, list[Any]] | None:
    if not text:
        return None
    columns = ("path", "track", "voice", "error")
    folded = _folded(text)
    if not _is_unicode(text):
        # Paths are bytes then; in the other columns, bytes that are no Unicode are escaped.
        return f"({_CONTAINS}(?, path) OR {_CONTAINS}(?, {', '.join(columns[1:])}))", [os.fsencode(folded), _folded(_stored(text))]
    if folded.isascii() and not text.isascii():
        return f"{_CONTAINS}(?, {', '.join(columns)})", [folded]
    if not folded.isascii():  # few names have any such character, and only these are looked into
        each = [f"(typeof({column}) = 'blob' OR {column} GLOB ?) AND {_CONTAINS}(?, {column})" for column in columns]
        return f"({' OR '.join(each)})", [_NOT_ASCII, folded] * len(columns)
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    likes = [f"{column} LIKE ? ESCAPE '\\'" for column in columns]
    # LIKE does not look into bytes, which paths are where names are no Unicode.
    likes.append(f"typeof(path) = 'blob' AND {_CONTAINS}(?, path)")
    return f"({' OR '.join(likes)})", [*[f"%{escaped}%"] * len(columns), folded]


def _contains(wanted: str | bytes, *values: str | bytes) -> bool:
    folded = os.fsdecode(wanted)
    # Each value by itself: a text does not go from one into the next.
    return any(folded in _folded(text) for text in map(os.fsdecode, values) if not text.isascii() or folded.isascii())


def _stored(text: str) -> str:
    """Return a name as the ledger has it: bytes that are no Unicode are escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

"""Which jobs are meant: by state, place, track, voice, time, or a word; as SQL.

It loads next to nothing, because `takevoice jobs` must answer at once. The columns that it names are those of the first
version of the ledger, but for `family`.
"""

from __future__ import annotations

import os
import unicodedata

from takevoice.lazy import TYPE_CHECKING
from takevoice.states import State

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection
    from typing import Any

CANDIDATES = "family <> 0 AND family <> id"  # as the index `candidates_by_state` has it
QUIET_CANDIDATES = f"{CANDIDATES} AND state NOT IN ('held', 'failed')"
_CUT_FROM = "CASE WHEN options LIKE '%\"part\"%' THEN json_extract(options, '$.part.path') END"
_CONTAINS = "takevoice_contains"
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

    def where(self, *, all_candidates: bool = False, with_sources: bool = True) -> tuple[str, list[Any]]:
        """Return the condition, and its values; `prepare` has to have been called for the connection. `all_candidates`: as if
        `with_candidates` were set. `with_sources`: False for a ledger of an older version, which has no column for the files that
        takes were cut from."""
        parts = [
            _states(self.states),
            _place(self.place, with_sources=with_sources),
            _track(self.track),
            _voice(self.voice),
            _text(self.text),
            ("changed >= ?", [self.since]) if self.since else None,
            ("changed < ?", [self.until]) if self.until else None,
            ("error_code = ?", [self.code]) if self.code else None,
            ("id < ?", [self.before]) if self.before else None,
            None if self.with_candidates or all_candidates else (f"NOT ({QUIET_CANDIDATES})", []),
        ]
        given = [part for part in parts if part is not None]
        return " AND ".join(sql for sql, _ in given) or "1", [value for _, values in given for value in values]


def prepare(connection: sqlite3.Connection) -> None:
    """Add to a connection what the conditions need."""
    connection.create_function(_CONTAINS, -1, _contains, deterministic=True)


def _states(states: Collection[State]) -> tuple[str, list[Any]] | None:
    if not states:
        return None
    return f"state IN ({','.join('?' * len(states))})", [state.value for state in states]


def _place(place: str, *, with_sources: bool) -> tuple[str, list[Any]] | None:
    if not place:
        return None
    inside = place.rstrip(os.sep) + os.sep
    end = inside[: -len(os.sep)] + chr(ord(os.sep) + 1)
    # As text, and as bytes where names are no Unicode.
    each: list[list[Any]] = [[place, inside, end]] if _is_unicode(place) else []
    each.append([os.fsencode(path) for path in (place, inside, end)])
    columns = ["path", "output", *([_CUT_FROM] if with_sources else [])]
    one = " OR ".join(f"{column} = ? OR {column} >= ? AND {column} < ?" for column in columns)
    return f"({' OR '.join([one] * len(each))})", [path for row in each for path in row * len(columns)]


def _track(track: str) -> tuple[str, list[Any]] | None:
    if not track:
        return None
    name = _stored(unicodedata.normalize("NFC", track))
    if _WILD & set(name):
        return "lower(track) GLOB ?", [name.lower()]
    return "track = ? COLLATE NOCASE", [name]


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
    if not text.isascii():
        return f"{_CONTAINS}(?, {', '.join(columns)})", [folded]
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

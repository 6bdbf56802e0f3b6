"""Casting sheets: characters, voices and settings as CSV or TSV, of whatever dialect a spreadsheet writes. Pure."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from takevoice.errors import ConfigError

STATES = ("open", "proposed", "approved", "rejected")
UNSET = "-"  # a cell that takes a setting away; an empty one leaves it as it is
SETTINGS = ("stability", "similarity_boost", "style", "seed", "candidates")
COLUMNS = ("character", "voice", "voice_id", *SETTINGS, "state", "note")
"""The columns of a sheet, as they are exported."""
HEADINGS: Mapping[str, Sequence[str]] = {
    "character": (
        *("character", "charakter", "role", "rolle", "rollenname", "figure", "figur", "personnage", "rôle", "personaje", "papel"),
        *("part", "track"),
    ),
    "voice": (
        *("voice", "stimme", "voix", "voz", "voice name", "cast", "talent", "voice talent", "voice actor", "speaker", "actor", "actress"),
        *("sprecher", "sprecherin", "sprecher/in", "sprecher:in", "schauspieler", "comédien", "comédienne", "acteur", "actrice", "actriz"),
    ),
    "voice_id": ("voice id", "voiceid", "stimm id", "id de voz", "id de voix"),
    "stability": ("stability", "stabilität", "stabilitaet", "stabilité", "estabilidad"),
    "similarity_boost": (
        *("similarity boost", "similarity", "ähnlichkeit", "aehnlichkeit", "similarité", "similitude", "ressemblance", "similitud"),
        *("similaridad", "semejanza"),
    ),
    "style": ("style", "style exaggeration", "stil", "estilo"),
    "seed": ("seed", "startwert", "graine", "semilla"),
    "candidates": ("candidates", "kandidaten", "candidats", "candidatos"),
    "state": ("state", "status", "stand", "statut", "état", "estado"),
    "note": (
        *("note", "notes", "comment", "comments", "remark", "remarks", "notiz", "notizen", "bemerkung", "anmerkung", "kommentar"),
        *("commentaire", "remarque", "comentario", "observaciones", "nota", "notas"),
    ),
}
"""What columns are called in sheets, in small letters. Where a sheet has several for one column, the earliest here counts: a sheet with
voices and actors means the voices."""
STATE_WORDS: Mapping[str, Sequence[str]] = {
    "open": ("offen", "ouvert", "à faire", "abierto", "pendiente", "pending", "tbd"),
    "proposed": ("vorgeschlagen", "vorschlag", "proposé", "proposée", "propuesto", "propuesta"),
    "approved": ("freigegeben", "genehmigt", "bestätigt", "approuvé", "approuvée", "validé", "validée", "aprobado", "aprobada", "ok", "yes"),
    "rejected": ("abgelehnt", "verworfen", "refusé", "refusée", "rejeté", "rejetée", "rechazado", "rechazada", "no"),
}
"""What sheets call the states, in small letters."""
_TEXTS = ("character", "voice", "voice_id", "note")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WHOLE = re.compile(r"0|[1-9]\d{0,14}")
_MONTH = (
    r"(?:jan(?:\.|uary|uar|vier)?|ene(?:\.|ro)?|f[eé][bv](?:\.|ruary|ruar|rero|rier)?|m[aä]r(?:\.|ch|z|s|zo)?|a[pvb]r(?:\.|il)?|ma(?:y|i|yo)|jun[ie]?o?"
    r"|juin|jul(?:y|i|io)?|juil(?:\.|let)?|aug(?:\.|ust)?|ao[uû]t|ago(?:\.|sto)?|sept?(?:\.|ember|embre|iembre)?|o[ck]t(?:\.|ober|obre|ubre)?"
    r"|nov(?:\.|ember|embre|iembre)?|d[eéi][cz](?:\.|ember|embre|iembre)?)"
)
# Numbers that it writes otherwise, dates and times, also with the month as a word, and truth values.
_TAKEN_FOR = re.compile(
    rf"\d[\d\s.,:/%-]*(?:[ap]m)?|\d+(?:[.,]\d+)?e[+-]?\d+|[\d\s.,:/-]*{_MONTH}[\s.,/-]*\d[\d\s.,:/-]*|\d[\d\s.,:/-]*{_MONTH}"
    r"|true|false|wahr|falsch|vrai|faux|verdadero|falso",
    re.IGNORECASE,
)
_DELIMITERS = (",", ";", "\t", "|")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d+)?|[.,]\d+)")
_PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s*%")
_LOOKED_AT = 20  # lines in which the headings are looked for: sheets have titles above them


@dataclass(frozen=True)
class SheetRow:
    """A row: `values` are the cells that are not empty, by column, as text; `line` is its number in the sheet, from 1; 0: it is of none."""

    line: int
    character: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SheetLayout:
    """The headings of a sheet, each once, and which of them stand for which column.

    `nameless` are the lines, from 1, that have a voice and no character; they are left out. `longer` are those with cells that no
    heading is above.
    """

    headings: Sequence[str]
    columns: Mapping[str, str]
    nameless: Sequence[int] = ()
    longer: Sequence[int] = ()

    @property
    def unused(self) -> Sequence[str]:
        """The headings that stand for no column."""
        return [each for each in self.headings if each not in self.columns.values()]


def write_sheet(rows: Iterable[Mapping[str, Any]], delimiter: str = ",") -> bytes:
    """Return a sheet of these rows, by column: UTF-8 with a byte order mark, so that spreadsheets show every letter.

    A cell that a spreadsheet would take for a formula, and a text that it would take for a date or change as a number, begin with ',
    which `read_sheet` removes.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(row.get(column), column in _TEXTS) for column in COLUMNS])
    return codecs.BOM_UTF8 + text.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: Any, is_text: bool) -> str:
    text = "" if value is None else str(value)
    guarded = _is_changed(text) if is_text else text.startswith(_FORMULA) and not _NUMBER.fullmatch(text)
    return f"'{text}" if guarded else text


def _is_changed(text: str) -> bool:
    """Return True for a text that a spreadsheet would take for something else, or that begins like a guarded one."""
    if text.startswith(_FORMULA) or (text[:1] == "'" and _is_changed(text[1:])):
        return True
    return bool(_TAKEN_FOR.fullmatch(text.strip())) and not _WHOLE.fullmatch(text)


def read_sheet(data: bytes, columns: Mapping[str, str] | None = None, where: str = "the sheet") -> Sequence[SheetRow]:
    """Return the rows of a sheet that name a character; rows without one are left out.

    `columns` says which heading stands for a column, where it is not one of `HEADINGS`.

    Raises:
        ConfigError: it is no such sheet, has no column of characters, or names a character twice.
    """
    wanted, lines, top, places = _opened(data, columns, where)
    found = {_plain(heading) for heading in lines[top]} if lines else set()
    if missing := [heading for heading in wanted if heading not in found]:
        raise ConfigError(f'has no column "{missing[0]}"; there are {_named(lines, top)}', where=where)
    if "character" not in places:
        raise ConfigError(
            f"has no column of characters; there are {_named(lines, top)}",
            where=where,
            hint="name it with --column character=HEADING",
        )
    return _rows(lines, top, places, where)


def layout_of(data: bytes, columns: Mapping[str, str] | None = None, where: str = "the sheet") -> SheetLayout:
    """Return the headings of a sheet, also of one without a column of characters; raises ConfigError when it is no sheet."""
    _, lines, top, places = _opened(data, columns, where)
    headings = [heading.strip() for heading in (lines[top] if lines else [])]
    columns = {column: headings[place] for column, place in places.items()}
    below = list(enumerate(lines[top + 1 :], top + 2))
    above = [*headings, *[""] * max((len(line) for _, line in below), default=0)]
    longer = [number for number, line in below if any(cell.strip() and not above[place] for place, cell in enumerate(line))]
    return SheetLayout([each for each in headings if each], columns, _nameless(lines, top, places), longer)


def _opened(
    data: bytes, columns: Mapping[str, str] | None, where: str
) -> tuple[Mapping[str, str], Sequence[Sequence[str]], int, Mapping[str, int]]:
    """Return the headings that were named, the cells of each line, the number of the line with the headings, and the place of
    each column there."""
    wanted = {_plain(heading): column for column, heading in (columns or {}).items()}
    known = {_plain(name): column for column, names in HEADINGS.items() for name in (column, *names)}
    known = {name: column for name, column in known.items() if column not in wanted.values()} | wanted
    text = _without_hint(_repaired(_decoded(data, where)))
    lines, top, delimiter = _lines(text, known)
    if number := _open_quote(text, delimiter):
        hint = 'close it, or double those within a cell ("")'
        raise ConfigError(f'line {number} has a quote " that is not closed, and would take in the lines below', where=where, hint=hint)
    if lines:
        lines[top] = _each_once(lines[top])
    return wanted, lines, top, _places(lines[top], known) if lines else {}


def _nameless(lines: Sequence[Sequence[str]], top: int, places: Mapping[str, int]) -> Sequence[int]:
    if not {"character", "voice"} <= places.keys():
        return []

    def cell(line: Sequence[str], column: str) -> str:
        return _content(line[places[column]]) if places[column] < len(line) else ""

    return [number for number, line in enumerate(lines[top + 1 :], top + 2) if cell(line, "voice") and not cell(line, "character")]


def _rows(lines: Sequence[Sequence[str]], top: int, places: Mapping[str, int], where: str) -> Sequence[SheetRow]:
    rows: dict[str, SheetRow] = {}
    for number, line in enumerate(lines[top + 1 :], top + 2):
        cells = {column: _content(line[place]) for column, place in places.items() if place < len(line)}
        character = unicodedata.normalize("NFC", cells.pop("character", "").replace("\xa0", " "))
        if not character:
            continue
        if character in rows:
            raise ConfigError(f'names "{character}" twice, in lines {rows[character].line} and {number}', where=where)
        if state := _STATES.get(_plain(cells.get("state", ""))):
            cells["state"] = state
        rows[character] = SheetRow(number, character, {column: cell for column, cell in cells.items() if cell})
    return list(rows.values())


def _decoded(data: bytes, where: str) -> str:
    """Return the text: UTF-8 or UTF-16 by its mark or its look, else Windows-1252."""
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise ConfigError("is a workbook, not a text file", where=where, hint="save the sheet as CSV in your spreadsheet")
    if data[1:200:2].count(0) > 20:
        return data.decode("utf-16-le", "replace")
    if b"\0" in data:
        raise ConfigError("is no text file", where=where, hint="save the sheet as CSV in your spreadsheet")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _repaired(text: str) -> str:
    """Return a sheet in UTF-8 that a program took for Windows-1252 and saved again: its byte order mark shows it."""
    if (plain := text.lstrip('"')).startswith("\ufeff"):
        return text[: len(text) - len(plain)] + plain[1:]
    if not plain.startswith("\u00ef\u00bb\u00bf"):
        return text
    with contextlib.suppress(UnicodeError, ValueError):  # else `read_sheet` names its headings
        return _repaired(b"".join(_as_1252(char) for char in text).decode())
    return text


def _as_1252(char: str) -> bytes:
    try:
        return char.encode("cp1252")
    except UnicodeError:
        return bytes([ord(char)])  # the few bytes that the encoding leaves open


def _without_hint(text: str) -> str:
    """Return the sheet without the line "sep=;" that Excel writes above the headings."""
    first, _, rest = text.partition("\n")
    return rest if re.fullmatch(r'"?sep=.?"?', first.strip()) else text


def _lines(text: str, known: Mapping[str, str]) -> tuple[list[Sequence[str]], int, str]:
    """Return the cells of each line, the number of the line with the headings, and the delimiter: the one that finds most of them."""
    best: tuple[int, int, list[Sequence[str]], int, str] = (-1, -1, [], 0, _DELIMITERS[0])
    for delimiter in _DELIMITERS:
        lines: list[Sequence[str]] = []
        with contextlib.suppress(csv.Error):  # `_open_quote` says where
            lines.extend(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True))
        for number, line in enumerate(lines[:_LOOKED_AT]):
            score = (len(_places(line, known)), len(line))
            if score > best[:2]:
                best = (*score, lines, number, delimiter)
    return best[2:]


def _open_quote(text: str, delimiter: str) -> int:
    """Return the line where a quote begins that is closed nowhere, or by a later one that opens another cell; 0 where none does."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    while True:
        first = reader.line_num + 1
        try:
            if next(reader, None) is None:
                return 0
        except csv.Error as error:
            # Within a line nothing is lost: the cell has one " more or less.
            if reader.line_num > first or "limit" in str(error):
                return first


def _each_once(headings: Sequence[str]) -> Sequence[str]:
    """Return the headings; one that is there before is followed by where it is."""
    plain = [_plain(heading) for heading in headings]
    return [f"{heading} (column {n + 1})" if plain[n] and plain[n] in plain[:n] else heading for n, heading in enumerate(headings)]


def _places(line: Sequence[str], known: Mapping[str, str]) -> dict[str, int]:
    """Return the place of each column; where there are two, the one with the plainest heading counts, then the first."""
    found: dict[str, tuple[int, int]] = {}
    for place, heading in enumerate(line):
        name = _plain(heading)
        column = known.get(name)
        if column is not None:
            rank = (_RANKS.get(name, 0), place)
            found[column] = min(found.get(column, rank), rank)
    return {column: place for column, (_, place) in found.items()}


def _named(lines: Sequence[Sequence[str]], top: int) -> str:
    headings = [heading.strip() for heading in (lines[top] if lines else []) if heading.strip()]
    return ", ".join(headings[:12]) or "no headings"


def _plain(word: str) -> str:
    """Return a heading or a state as it is compared: in small letters, without accents, with single spaces."""
    letters = (char for char in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(char))
    return re.sub(r"[\s_\-]+", " ", "".join(letters)).strip()


_STATES = {_plain(word): state for state, words in STATE_WORDS.items() for word in words}
_RANKS = {_plain(name): rank for names in HEADINGS.values() for rank, name in enumerate(names)}


def _content(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and _is_changed(cell[1:]) else cell


def setting_of(text: str) -> Any:
    """Return a cell as the value of a setting: a number, also with a decimal comma or in percent, or text."""
    if percent := _PERCENT.fullmatch(text):
        return float(Decimal(percent[1].replace(",", ".")) / 100)
    if not _NUMBER.fullmatch(text):
        return text
    value = float(text.replace(",", "."))
    return int(value) if value == int(value) and not re.search(r"[.,]", text) else value

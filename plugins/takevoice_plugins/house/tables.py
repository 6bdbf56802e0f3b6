"""Tables for people at a terminal: readable at any width, whatever the names in them are."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Collection, Iterator, Sequence

from rich.cells import cell_len

from takevoice.errors import printable

WIDEST = 30  # cells of a text that is not the first of its row; --json and --csv have all of it
NARROWEST = 8  # cells to which such a text is shortened so that its row fits
LONG = 24  # cells: a first text that is longer has a line of its own where the table does not fit
_GAP, _INDENT = "  ", "  "
_CLEAR = ("STATE", "KIND")  # columns whose values need no name


def terminal_width() -> int | None:
    """Return the width of the terminal, or what COLUMNS says of it; None where a program reads what is printed."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Collection[str] = (), width: int | None = None) -> list[str]:
    """Return rows of cells as lines, with aligned columns where these fit.

    `numbers`: the heads of the columns that are aligned to the right, which are never shortened, nor are first columns. A last
    column without a head has remarks: where it does not fit, they are below their rows. Where the other columns do not fit either,
    each row is a paragraph. `width`: in cells; None for as much as it takes.
    """
    cells = [[_cell(text, column, head) for column, text in enumerate(row)] for row in rows]
    if _total(_widths(head, cells)) <= (width or sys.maxsize):
        return _aligned(head, cells, numbers, _widths(head, cells))
    assert width is not None
    remarks = [] if head[-1] else [row.pop() for row in cells]
    named = head if head[-1] else head[:-1]
    widths = _fitting(named, cells, numbers, width)
    if widths is None:
        below = remarks or [""] * len(cells)
        return [line for row, text in zip(cells, below, strict=True) for line in (*_paragraph(named, row, width), *_remark(text, width))]
    first, *lines = _aligned(named, cells, numbers, widths)
    if not remarks:
        return [first, *lines]
    return [first, *(line for row, text in zip(lines, remarks, strict=True) for line in (row, *_remark(text, width)))]


def wrapped(text: str, width: int | None, indent: str = "") -> list[str]:
    """Return a text as lines that are not wider than `width` cells, broken between words."""
    return list(_lines(printable(text).split(" "), " ", width, indent))


def ago(seconds: float) -> str:
    """Return a time as people say it: "12 s", "14 min", "3 h 20 min", "2 days"."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{max(0, round(seconds))} s"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes < 2880 else f"{minutes // 1440} days"


def in_short(text: str, most: int = WIDEST) -> str:
    """Return a text of at most so many cells: its middle is left out."""
    if cell_len(text) <= most:
        return text
    end = most // 3
    return f"{_cut(text, most - end - 1)}…{_cut(text[::-1], end)[::-1]}"


def _cut(text: str, most: int) -> str:
    used = 0
    for index, letter in enumerate(text):
        used += cell_len(letter)
        if used > most:
            return text[:index]
    return text


def _cell(text: str, column: int, head: Sequence[str]) -> str:
    is_whole = column == 0 or (column == len(head) - 1 and not head[-1])
    return printable(text) if is_whole else in_short(printable(text))


def _widths(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(cell_len(row[column]) for row in (head, *rows)) for column in range(len(head))]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _fitting(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Collection[str], width: int) -> list[int] | None:
    """Return widths with which a row is not wider than `width`; None if there are none."""
    widths = _widths(head, rows)
    widths[0] = max((size for row in (head, *rows) if (size := cell_len(row[0])) <= LONG), default=LONG)
    while _total(widths) > width:
        texts = [column for column in range(1, len(head)) if head[column] not in numbers and widths[column] > NARROWEST]
        if not texts:
            return None
        widths[max(texts, key=lambda column: widths[column])] -= 1
    return widths


def _aligned(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Collection[str], widths: Sequence[int]) -> list[str]:
    def padded(text: str, column: int) -> str:
        shown = in_short(text, widths[column]) if column else text
        space = " " * (widths[column] - cell_len(shown))
        return space + shown if head[column] in numbers else shown + space

    def line(row: Sequence[str]) -> str:
        first = padded(row[0], 0)
        rest = _GAP.join(padded(text, column) for column, text in enumerate(row) if column).rstrip()
        if cell_len(first) > widths[0]:  # a line of its own
            return f"{first}\n{' ' * widths[0]}{_GAP}{rest}"
        return f"{first}{_GAP}{rest}".rstrip()

    return [line(row) for row in (head, *rows)]


def _paragraph(head: Sequence[str], row: Sequence[str], width: int) -> Iterator[str]:
    """Yield a row as lines: what it is about, then each value with the name of its column."""
    yield row[0]
    values = [(name, text) for name, text in zip(head[1:], row[1:], strict=True) if text not in ("", "-")]
    parts = [text if name in _CLEAR else f"{name.lower()} {text}" for name, text in values]
    for part in _lines(parts, ", ", width, _INDENT):
        yield from wrapped(part.strip(), width, _INDENT) if cell_len(part) > width else [part]


def _remark(text: str, width: int) -> list[str]:
    return wrapped(text, width, _INDENT) if text else []


def _lines(parts: Sequence[str], glue: str, width: int | None, indent: str) -> Iterator[str]:
    line, begun = indent, False
    for part in parts:
        longer = f"{line}{glue if begun else ''}{part}"
        if begun and width is not None and cell_len(longer) + len(glue.strip()) > width:
            yield (line + glue).rstrip()
            longer = indent + part
        line, begun = longer, True
    yield line

"""Watched folders of which one is the other, or is inside of it, under another name: each take belongs to one of them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from takevoice.errors import printable
from takevoice.settings import LoadedConfig, Watch, watch_root
from takevoice.system.nesting import path_inside
from takevoice.system.patience import NoAnswer, within, without_answer

log = logging.getLogger("takevoice")

ANSWER = 0.5  # seconds within which the folders have to answer; those that do not keep their names


@dataclass
class _Table:
    root: Path
    watch: Watch
    depth: int = 0  # how many others it is inside of


def distinct(loaded: LoadedConfig) -> LoadedConfig:
    """Return the config with every watched folder named once, and those inside of another one by their name there.

    Of two tables for the same folder the first one applies; for a folder inside of another one, its own.
    """
    tables = [_Table(watch_root(watch, loaded.path), watch) for watch in loaded.settings.watch]
    if len(tables) < 2:
        return loaded
    silent = without_answer([each.root for each in tables], ANSWER)
    kept: list[_Table] = []
    for table in tables:
        same = next((each for each in kept if _inside(each.root, table.root, silent) == Path()), None)
        if same is None:
            kept.append(table)
        else:
            name, first = printable(table.root), printable(same.root)
            what = "is named twice" if table.root == same.root else f"is the same folder as {first}"
            log.warning("%s %s; the settings of the first [[watch]] table apply", name, what)
    named = _named_inside(kept, silent)
    if [id(each) for each in named] == [id(each) for each in loaded.settings.watch]:
        return loaded
    return replace(loaded, settings=loaded.settings.model_copy(update={"watch": tuple(named)}))


def _named_inside(tables: Sequence[_Table], silent: frozenset[Path]) -> list[Watch]:
    """Return the tables, with folders inside of others named by their paths there."""
    for table in tables:
        table.depth = sum(_inside(each.root, table.root, silent) is not None for each in tables if each is not table)
    done: list[_Table] = []
    for table in sorted(tables, key=lambda each: each.depth):  # the outer ones first: they may get other names
        for outer in reversed(done):
            inside = _inside(outer.root, table.root, silent) if outer.watch.recursive else None
            if inside is not None:
                _rename(table, outer.root / inside)
                break
        done.append(table)
    return [table.watch for table in tables]


def _rename(table: _Table, path: Path) -> None:
    if table.root != path:
        log.info("%s is watched as %s", printable(table.root), printable(path))
        table.root, table.watch = path, table.watch.model_copy(update={"folder": str(path)})


def _inside(outer: Path, inner: Path, silent: frozenset[Path]) -> Path | None:
    """Return the path of a folder in another one; None where the file system does not say."""
    if inner.is_relative_to(outer):
        return inner.relative_to(outer)
    if outer in silent or inner in silent:
        return None
    try:
        return within(ANSWER, inner, lambda: path_inside(outer, inner))
    except (NoAnswer, OSError):
        return None

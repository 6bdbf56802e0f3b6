"""What a person can see and decide about the cast: the config has it, and is edited with its comments kept."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from takevoice.errors import BackendError, ConfigError
from takevoice.files import storage_error
from takevoice.jobs import Job
from takevoice.ledger import Ledger
from takevoice.ledger.casting import CastingNote
from takevoice.paths import config_dir
from takevoice.pipeline import decisions
from takevoice.pipeline.casting import Casting, CastingRow, Change, changes_of, without_takes
from takevoice.pipeline.price_planner import PricePlanner
from takevoice.pipeline.unmet_takes import unmet_takes
from takevoice.service.environment import Environment
from takevoice.service.lookup import Lookup
from takevoice.service.office.decisions import Batch, for_each
from takevoice.service.office.retry_price import price_of_all
from takevoice.settings import CONFIG_NAME, config_template
from takevoice.settings.editing import ConfigText, read_config, with_tracks, write_config
from takevoice.settings.sheet import SheetLayout, SheetRow, layout_of, read_sheet, write_sheet
from takevoice.voices import Voice


@dataclass(frozen=True)
class CastingEdit:
    """What a sheet changes, and the config before and after it. Nothing is written yet.

    `without_takes` are the new characters that no take is of, each with a character without a voice whose name is nearest, if any is.
    """

    changes: Sequence[Change]
    before: ConfigText
    after: ConfigText
    without_takes: Mapping[str, str]

    @property
    def diff(self) -> str:
        """The lines of the config that change, as `diff -u` has them; empty where none does."""
        before, after = (each.text.splitlines(keepends=True) for each in (self.before, self.after))
        return "".join(difflib.unified_diff(before, after, "before", "after", n=2))


class CastingDesk:
    """Part of the office, for one question: the backend is asked for its voices once. Usable from several threads."""

    def __init__(
        self, ledger: Ledger, environment: Environment, on_written: Callable[[], None], on_decided: Callable[[Job], Job]
    ) -> None:
        """`on_written` is called when the config has been written; `on_decided` gets each job that has changed."""
        self._ledger, self._environment = ledger, environment
        self._on_written, self._on_decided = on_written, on_decided
        self._planner = Lookup(environment, ledger, PricePlanner).planner
        self._casting = Casting(ledger, environment.config.loaded, self._planner)

    @property
    def path(self) -> Path | None:
        """The config that is in force; None where there is none."""
        return self._environment.config.loaded.path

    def rows(self, *, unmet: bool = False) -> Sequence[CastingRow]:
        """Return the characters, those of the config first, then those that were met in takes; with `unmet` also those of takes in
        the watched folders that were not met yet, which takes a moment."""
        if not unmet:
            return self._casting.rows()
        return self._casting.rows(unmet_takes(self._ledger, self._environment.config.loaded, self._planner))

    def voices(self) -> tuple[Sequence[Voice], str]:
        """Return the voices of the backend; where it cannot list them, none, and why."""
        try:
            return self._planner.voices(self._planner.backend().name), ""
        except BackendError as error:
            return (), str(error)

    def sheet(self, delimiter: str = ",") -> bytes:
        """Return the cast as a sheet, for spreadsheets."""
        return write_sheet((row.as_sheet() for row in self.rows(unmet=True)), delimiter)

    @staticmethod
    def read(data: bytes, columns: Mapping[str, str], where: str) -> tuple[SheetLayout, Sequence[SheetRow]]:
        """Return the columns of a sheet and its rows; no rows where none of the columns has characters. `columns`: headings by column.

        Raises:
            ConfigError: it is no sheet, or names a character twice.
        """
        layout = layout_of(data, columns, where)
        return layout, read_sheet(data, columns, where) if "character" in layout.columns else []

    def edit_cells(self, cells: Mapping[str, Mapping[str, str]], where: str) -> CastingEdit:
        """Do as `edit` does with cells by character and column."""
        rows = [
            SheetRow(0, character, {name: text for name, text in values.items() if text})  # of no line
            for character, values in cells.items()
        ]
        return self.edit(rows, where)

    def edit(self, sheet: Sequence[SheetRow], where: str) -> CastingEdit:
        """Return what a sheet changes; empty cells leave everything as it is.

        Raises:
            ConfigError: a cell has no possible value, or there is no config that can be edited.
        """
        rows = self.rows(unmet=True)
        changes = changes_of(sheet, rows, self.voices()[0], where)
        without = without_takes(changes, rows)
        settings = {change.character: change.settings for change in changes if change.settings}
        if not settings and self.path is None:
            return CastingEdit(changes, ConfigText(Path(), ""), ConfigText(Path(), ""), without)
        before = self._read()
        return CastingEdit(changes, before, with_tracks(before, settings) if settings else before, without)

    def write(self, edit: CastingEdit) -> Path | None:
        """Write an edit to the config, and what it says about characters to the ledger. Return the copy of the config from before,
        if there was one.

        Raises:
            ConfigError: the config was changed meanwhile, and stays as it is.
            StorageError: it cannot be written.
        """
        kept = self._write(edit.before, edit.after) if edit.after != edit.before else None
        notes = {change.character: change.note for change in edit.changes if change.note != change.note_before}
        if notes:
            self._ledger.casting.set(notes)
        return kept

    def mark(self, characters: Collection[str], state: str | None, note: str | None) -> Mapping[str, CastingNote]:
        """Store how far the casting of characters is, and a note; None leaves either as it is. Raises ConfigError for one that is
        not there."""
        known = {row.character: row.note for row in self.rows(unmet=True)}
        if missing := [each for each in characters if each not in known]:
            raise ConfigError(f'there is no character "{missing[0]}"', hint="`takevoice casting` lists them")
        notes = {
            each: CastingNote(known[each].state if state is None else state, known[each].note if note is None else note)
            for each in characters
        }
        self._ledger.casting.set(notes)
        return notes

    def by_another_voice(self, characters: Collection[str] = ()) -> Sequence[tuple[CastingRow, Sequence[Job]]]:
        """Return the characters that have results by another voice than the one in force, of these or of all, and the jobs of
        these results whose takes are still there."""
        rows = (row for row in self.rows() if row.stale and (not characters or row.character in characters))
        return [(row, self._casting.stale(row)) for row in rows]

    def price_of(self, jobs: Sequence[Job]) -> str:
        """Return what converting jobs again costs at most, in words; empty where it is free or unknown."""
        return price_of_all(self._planner, jobs)

    def recast(self, jobs: Sequence[Job]) -> Batch:
        """Convert takes again with the voices in force; the results that are there stay."""
        return for_each((job.id for job in jobs), lambda number: self._on_decided(decisions.convert_with_new_settings(self._ledger, number)))

    def move_into_config(self, track: str) -> Path | None:
        """Write what was set for a track over OSC into the config, where it does not hide it any more; return the copy of the config.

        Raises:
            ConfigError, StorageError: the config cannot be written; everything stays as it is.
        """
        given = self._ledger.tracks.settings(track)
        before = self._read()
        kept = self._write(before, with_tracks(before, {track: given}))
        self.give_back(track, given)
        return kept

    def give_back(self, track: str, keys: Mapping[str, Any] | None = None) -> None:
        """Take away what was set for a track over OSC: the config decides again."""
        for key in self._ledger.tracks.settings(track) if keys is None else keys:
            self._ledger.tracks.set(track, key, None)

    def _read(self) -> ConfigText:
        """Return the config as it is on disk; where there is none, the one that is to be written. Raises ConfigError."""
        if self.path is not None:
            return read_config(self.path)
        if not self._environment.folders:
            raise ConfigError("there is no config to write to", hint="`takevoice init` writes one")
        return ConfigText(config_dir() / CONFIG_NAME, config_template(str(self._environment.folders[0])))

    def _write(self, before: ConfigText, after: ConfigText) -> Path | None:
        if after == before:
            return None
        if self.path is None:
            _create(before)
        kept = write_config(before, after, self._environment.state.configs)
        self._on_written()
        return kept


def _create(config: ConfigText) -> None:
    try:
        config.path.parent.mkdir(parents=True, exist_ok=True)
        with config.path.open("xb") as file:
            file.write(config.text.encode())
    except OSError as error:
        raise storage_error("cannot be written", config.path, error) from error

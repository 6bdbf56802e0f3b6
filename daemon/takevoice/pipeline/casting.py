"""The cast: the characters of the config and of the takes that were met, with voices, results, states and notes."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any

from takevoice.errors import BackendError, ConfigError, UnknownVoice
from takevoice.jobs import ACTIVE, Job, State
from takevoice.ledger import Ledger
from takevoice.ledger.casting import CastingNote
from takevoice.pipeline.folder_voices import settings_in_folders
from takevoice.pipeline.planning import Planner
from takevoice.pipeline.unmet_takes import UnmetTakes
from takevoice.settings import EffectiveSettings, LoadedConfig, check_overrides, each_of, is_glob
from takevoice.settings.sheet import SETTINGS, STATES, UNSET, SheetRow, setting_of
from takevoice.settings.track_match import matching_glob, plain_track
from takevoice.take_settings import TakeSettings
from takevoice.voices import Voice, find_voice

OPEN = STATES[0]
_NO_NOTE = CastingNote()


@dataclass(frozen=True)
class CastingRow:
    """A character: a track, or a glob of the config that stands for several.

    `given` are the settings of its own table, `voice` is the one in force, `source` says where that comes from. `takes` were
    met; `results` of them are done, of which `stale` are by another voice. `unmet` are in the watched folders and were not met yet.
    `entry` is the glob of the config that its voice comes from, if it has no table of its own. `over_osc` are settings that hide
    those of the config. `in_force` are those settings of a sheet that count. `sample` is the newest job that is done: how it sounds.
    """

    character: str
    is_cast: bool  # it has a table of its own, or a glob that matches
    given: Mapping[str, Any] = field(default_factory=dict)
    voice: str = ""
    voice_id: str = ""
    source: str = ""
    takes: int = 0
    results: int = 0
    stale: int = 0
    stale_voices: Sequence[str] = ()
    over_osc: Mapping[str, Any] = field(default_factory=dict)
    note: CastingNote = _NO_NOTE  # its own, or that of `entry`
    unmet: int = 0
    entry: str = ""
    in_force: Mapping[str, Any] = field(default_factory=dict)
    sample: int | None = None
    is_glob: bool = False  # it stands for several tracks, and no take is of a track with just this name

    @property
    def state(self) -> str:
        """open, proposed, approved or rejected."""
        return self.note.state or OPEN

    def as_sheet(self) -> Mapping[str, Any]:
        """Return the row of a sheet, by column."""
        shown = {name: value for name, value in self.given.items() if name in SETTINGS}
        if isinstance(candidates := shown.get("candidates"), tuple):
            names = [each.get("voice") for each in candidates if set(each) == {"voice"}]
            shown["candidates"] = ",".join(map(str, names)) if len(names) == len(candidates) else ""
        own = {"voice": self.voice, "voice_id": self.voice_id} if self.is_cast else {}
        return {"character": self.character, **own, **shown, "state": self.note.state, "note": self.note.note}


class Casting:
    """Reads the casting; nothing is stored."""

    def __init__(self, ledger: Ledger, config: LoadedConfig, planner: Planner) -> None:
        self._ledger, self._config, self._planner = ledger, config, planner

    def rows(self, unmet: UnmetTakes = MappingProxyType({})) -> Sequence[CastingRow]:
        """Return the characters, those of the config first. Without a backend's list of voices, these are compared by name.

        `unmet`: the takes in the watched folders that takevoice has not met yet.
        """
        notes, met, voices = self._ledger.casting.all(), self._ledger.casting.met(), self._voices()
        results, to_come = self._ledger.casting.results(), {track: len(takes) for track, takes in unmet.items()}
        own = {plain_track(name): table for name, table in self._config.settings.tracks.items()}
        globs = {name for name in own if is_glob(name) and name not in {*met, *to_come}}
        rows = []
        for track in [*own, *sorted(name for name in {*met, *to_come} if name not in own)]:
            made = results.get(track, {})
            possible = settings_in_folders(self._planner, self._config, track)
            effective = next((each for each in possible if self._name_of(each, voices) in made), possible[0])
            given = own[track].model_dump(exclude_none=True) if track in own else {}
            wanted, source = effective.settings.voice, effective.sources["voice"]
            voice = _found(wanted, voices)
            if track in globs:
                wanted, source = given.get("voice", ""), "glob"
                voice = _found(wanted, voices) if wanted else None
            name = voice.name if voice else wanted
            fitting = {name, *(voice for each in possible for voice in self._of_candidates(each.settings, voices))}
            stale = {by: each.takes for by, each in made.items() if name and name != "auto" and by not in fitting}
            entry = "" if track in own else matching_glob(track, own) or ""
            rows.append(
                CastingRow(
                    track,
                    track in own or "[tracks." in source,
                    given,
                    name,
                    voice.id if voice else "",
                    source,
                    _count(track, globs, own, met),
                    sum(each.takes for each in made.values()),
                    sum(stale.values()),
                    sorted(stale),
                    {} if track in globs else self._ledger.tracks.settings(track),
                    notes.get(track) or notes.get(entry, CastingNote()),
                    _count(track, globs, own, to_come),
                    entry,
                    {} if track in globs else self._in_force(track, effective),
                    max((each.newest for each in made.values()), default=None),
                    track in globs,
                )
            )
        return rows

    def _in_force(self, track: str, effective: EffectiveSettings) -> Mapping[str, Any]:
        """Return those settings of a sheet that count wherever takes are watched: not those that folders set differently."""
        inside = [self._planner.settings_of_track(track, watch).settings for watch in self._config.settings.watch]
        first, *others = [_shown_settings(each) for each in inside] or [_shown_settings(effective.settings)]
        return {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}

    def _name_of(self, effective: EffectiveSettings, voices: Sequence[Voice]) -> str:
        voice = _found(effective.settings.voice, voices)
        return voice.name if voice else effective.settings.voice

    def stale(self, row: CastingRow) -> Sequence[Job]:
        """Return the jobs whose results are by another voice than the one in force, and whose takes are still there.

        Takes that are being converted again, or wait for a person with a newer job, are left out.
        """
        jobs = self._ledger.casting.newest(row.character)
        wanted = [job for job in jobs if job.voice in row.stale_voices and (job.path.exists() or job.source.exists())]
        return [job for job in wanted if not self._is_on_its_way_again(job)]

    def _is_on_its_way_again(self, job: Job) -> bool:
        newest = self._ledger.jobs.newest(job.path)
        return newest is not None and newest.id != job.id and (newest.state in ACTIVE or newest.state is State.HELD)

    def _of_candidates(self, settings: TakeSettings, voices: Sequence[Voice]) -> Iterator[str]:
        """Yield the names of the voices that candidates have: a person may have picked any of them."""
        for each in each_of(settings):
            voice = _found(each.voice, voices)
            yield voice.name if voice else each.voice

    def _voices(self) -> Sequence[Voice]:
        try:
            return self._planner.voices(self._planner.backend().name)
        except BackendError:
            return ()


@dataclass(frozen=True)
class Change:
    """What a sheet changes about a character: settings by key (None takes one away), and what people say about it."""

    character: str
    is_new: bool
    before: Mapping[str, Any]
    settings: Mapping[str, Any]
    note_before: CastingNote
    note: CastingNote
    problem: str = ""  # the backend has no such voice
    followers: Sequence[str] = ()  # characters that its voice casts too, though the sheet has the voice of before for them

    @property
    def lines(self) -> Sequence[str]:
        """Each change in words, such as "voice: ada -> george"."""
        found = [f"{key}: {_shown(self.before.get(key))} -> {_shown(value)}" for key, value in self.settings.items()]
        for name in ("state", "note"):
            old, new = getattr(self.note_before, name), getattr(self.note, name)
            found += [f"{name}: {_shown(old or None)} -> {_shown(new or None)}"] if old != new else []
        if self.followers:
            found.append(f"also for {', '.join(self.followers)}, whose rows have the voice of before")
        return found


def changes_of(sheet: Sequence[SheetRow], rows: Sequence[CastingRow], voices: Sequence[Voice], where: str) -> Sequence[Change]:
    """Return what a sheet changes; empty cells leave everything as it is. Without `voices`, none is unknown. Changes of a glob name
    the characters of the sheet that its new voice casts, as their rows change no voice.

    Raises:
        ConfigError: a cell has no possible value; all of these are named.
    """
    known, problems, changes = {row.character: row for row in rows}, list[str](), []
    for entry in sheet:
        row = known.get(entry.character, CastingRow(entry.character, False))
        place = f"{where}, line {entry.line} ({entry.character})" if entry.line else entry.character
        try:
            settings, problem = _settings(entry, row, voices, place)
            note = _note(entry, row, place)
        except ConfigError as error:
            problems += error.problems
            continue
        if settings or note != row.note:
            changes.append(Change(entry.character, not row.given, row.given, settings, row.note, note, problem))
    if problems:
        raise ConfigError("; ".join(problems), problems=tuple(problems))
    recast = {each.character for each in changes if "voice" in each.settings}
    entries = {entry.character for entry in sheet if {"voice", "voice_id"} & entry.values.keys()} - recast
    following: dict[str, list[str]] = {}
    for row in rows:
        if row.entry in recast and row.character in entries:
            following.setdefault(row.entry, []).append(row.character)
    return [replace(change, followers=following.get(change.character, ())) for change in changes]


def without_takes(changes: Sequence[Change], rows: Sequence[CastingRow]) -> Mapping[str, str]:
    """Return the new characters that no take is of, each with a character without a voice whose name is nearest; empty: none is near."""
    tracks = [row.character for row in rows if row.takes + row.unmet and not row.is_glob]
    open_ = [row.character for row in rows if not row.is_cast]
    found = {}
    for change in changes:
        name = unicodedata.normalize("NFC", change.character)
        if change.is_new and change.settings and tracks and not any(fnmatchcase(track, name) or track == name for track in tracks):
            alike = [track for track in tracks if _bare(name) and _bare(track) == _bare(name)]
            found[change.character] = next(iter(alike or get_close_matches(name, open_, 1, 0.6)), "")
    return found


def _bare(name: str) -> str:
    """Return a name without what people write in different ways: case, spaces, signs."""
    return "".join(char for char in unicodedata.normalize("NFC", name).casefold() if char.isalnum())


def _settings(entry: SheetRow, row: CastingRow, voices: Sequence[Voice], place: str) -> tuple[Mapping[str, Any], str]:
    cells = {key: setting_of(text) for key, text in entry.values.items() if key in SETTINGS and text != UNSET}
    voice, problem = _voice(entry, voices)
    wanted = check_overrides({**cells, **({"voice": voice} if voice else {})}, place)
    # What a sheet repeats of the settings in force is no change: an export that is imported again changes nothing.
    # A character that only the defaults give this voice is cast by the sheet, though.
    if row.is_cast and _same_voice(wanted.get("voice", ""), row):
        wanted.pop("voice", None)
    gone = [key for key in ("voice", *SETTINGS) if entry.values.get(key) == UNSET and key in row.given]
    changed = {key: value for key, value in wanted.items() if row.given.get(key) != value}
    return {**changed, **dict.fromkeys(gone)}, problem


def _same_voice(voice: str, row: CastingRow) -> bool:
    return bool(voice) and voice in (row.voice, row.voice_id, row.given.get("voice"))


def _voice(entry: SheetRow, voices: Sequence[Voice]) -> tuple[str, str]:
    """Return the voice that a row names, by name, or by id where there is no such name; and what is wrong with it."""
    names = [text for key in ("voice", "voice_id") if (text := entry.values.get(key, "")) and text != UNSET]
    if not names or not voices:
        return (names[0] if names else ""), ""
    for name in names:
        if _found(name, voices) is not None:
            return name, ""
    try:
        find_voice(names[0], voices, voices[0].backend)
    except UnknownVoice as error:
        return names[0], str(error)
    return names[0], ""


def _note(entry: SheetRow, row: CastingRow, place: str) -> CastingNote:
    state, note = (entry.values.get(name, "") for name in ("state", "note"))
    state = state.casefold()
    if state not in ("", UNSET, *STATES):
        raise ConfigError(f"{place}: state = {state} must be {', '.join(STATES[:-1])} or {STATES[-1]}")
    return CastingNote(_said(state, row.note.state), _said(note, row.note.note))


def _said(cell: str, before: str) -> str:
    return "" if cell == UNSET else cell or before


def _found(name: str, voices: Sequence[Voice]) -> Voice | None:
    if not voices or not name:
        return None
    try:
        return find_voice(name, voices, voices[0].backend)
    except UnknownVoice:
        return None


def _shown_settings(settings: TakeSettings) -> Mapping[str, Any]:
    values = {name: getattr(settings, name) for name in SETTINGS}
    return {name: value for name, value in values.items() if value is not None}


def _count(track: str, globs: Collection[str], own: Mapping[str, Any], met: Mapping[str, int]) -> int:
    """Return how many takes are of a track, or of the tracks without a table that a glob matches."""
    if track not in globs:
        return met.get(track, 0)
    return sum(count for name, count in met.items() if name not in own and fnmatchcase(name, track))


def _shown(value: Any) -> str:
    return "(not set)" if value is None else str(value)


def unmatched(config: LoadedConfig, tracks: Mapping[str, int]) -> Mapping[str, Sequence[str]]:
    """Return the entries of [tracks] that no track met so far matches, each with the tracks whose names begin with it."""
    met = [plain_track(track) for track in tracks]
    found: dict[str, Sequence[str]] = {}
    for entry in config.settings.tracks:
        name = plain_track(entry)
        if name in met or (is_glob(name) and any(fnmatchcase(track, name) for track in met)):
            continue
        found[entry] = sorted(track for track in met if not is_glob(name) and _begins(track, name))
    return found


def _begins(track: str, name: str) -> bool:
    return len(track) > len(name) and track.casefold().startswith(name.casefold()) and not track[len(name)].isalpha()


def by_voice(jobs: Sequence[Job]) -> str:
    """Return how many results are by which voice, such as "37 by ada, 1 by bruno (asked for by itself)"."""
    voices = Counter(f"{job.voice}{' (asked for by itself)' if 'voice' in job.options.overrides else ''}" for job in jobs)
    return ", ".join(f"{count} by {voice}" for voice, count in voices.most_common())

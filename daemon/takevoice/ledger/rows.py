"""Jobs, paths and settings as SQLite stores them. Only this module knows the keys that older versions stored."""

from __future__ import annotations

import functools
import json
import os
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from takevoice.errors import LedgerError
from takevoice.holds import Approval, HoldReason
from takevoice.jobs import Job, JobOptions, SourcePart, State
from takevoice.system.fileid import FileVersion
from takevoice.take_settings import TakeSettings

_CONVERTED = frozenset(
    "id path state owner root output version options voice_id settings audio_plugins cancel_requested unusable".split()
)
"""The fields of a job that are not stored as they are."""
_PLAIN = tuple(field.name for field in fields(Job) if field.name not in _CONVERTED)


def id_to_db(job_id: int) -> int:
    """Return a job's number as SQLite can look it up; none is so large."""
    return min(job_id, 2**63 - 1)


def path_to_db(path: Path | None) -> str | bytes | None:
    """Return a path as text, or as bytes where a name is not valid Unicode (possible on Linux)."""
    if path is None:
        return None
    text = str(path)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(path)
    return text


def text_to_db(text: str) -> str:
    """Return text that SQLite accepts: file names end up in tracks and messages, and need not be valid Unicode."""
    return text.encode("utf-8", "backslashreplace").decode()


def path_from_db(value: str | bytes | None) -> Path | None:
    """Return the path stored in `value`."""
    return None if value is None else Path(os.fsdecode(value))


_root_from_db = functools.lru_cache(maxsize=64)(path_from_db)  # there are few


def columns(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields of a `Job` as columns of the table.

    `settings` needs `voice_id` and `audio_plugins` with it: the three share a column.
    """
    row: dict[str, Any] = {}
    for name, value in given.items():
        if name == "version":
            row["size"], row["mtime_ns"], row["inode"] = value or (None, None, None)
        elif name in ("path", "root", "output"):
            row[name] = path_to_db(value)
        elif name == "owner":
            row["runner"] = value
        elif name == "settings":
            row[name] = _settings_to_db(value, given["voice_id"], given["audio_plugins"])
        elif name == "options":
            row[name] = json.dumps(_options_to_json(value), sort_keys=True)
        elif name in ("voice_id", "audio_plugins"):
            continue
        elif isinstance(value, str):
            row[name] = text_to_db(value)
        else:
            row[name] = int(value) if isinstance(value, bool) else value
    return row


def job_from_row(row: sqlite3.Row) -> Job:
    """Return a row of the table as a `Job`.

    Raises:
        LedgerError: its values make no sense: the ledger is damaged.
    """
    try:
        return _job_from_values(dict(zip(row.keys(), row, strict=True)))  # a Row looks through its names for each value
    except (AssertionError, AttributeError, KeyError, TypeError, ValueError) as error:
        what = f"the entry of job {row['id']} is damaged: {error}"
        raise LedgerError(what, hint="`takevoice ledger recover` saves what can be read") from error


def _job_from_values(row: Mapping[str, Any]) -> Job:
    path = path_from_db(row["path"])
    assert path is not None
    settings, taken = _settings_from_db(row["settings"])
    job = object.__new__(Job)
    # At once: a frozen dataclass sets each of its fields by a call, which takes lists as long as all the rest.
    vars(job).update(
        {name: row[name] for name in _PLAIN},
        id=row["id"],
        path=path,
        state=State(row["state"]),
        owner=row["runner"],
        root=_root_from_db(row["root"]),
        output=path_from_db(row["output"]),
        version=None if row["size"] is None else FileVersion(row["size"], row["mtime_ns"], row["inode"]),
        options=_options_from_row(row, settings),
        voice_id=str(settings.get("voice_id", "")),
        settings=taken,
        audio_plugins=tuple(settings.get("plugins", ())),
        cancel_requested=bool(row["cancel_requested"]),
        unusable="",
    )
    return job


@functools.lru_cache(maxsize=256)  # the jobs of a list share theirs, mostly
def _settings_from_db(text: str) -> tuple[Mapping[str, Any], TakeSettings]:
    settings = json.loads(text)
    return MappingProxyType(settings), TakeSettings.from_stored(settings)


def _settings_to_db(settings: TakeSettings, voice_id: str, audio_plugins: tuple[str, ...]) -> str:
    stored = {**settings.as_dict(), "voice_id": voice_id}
    if audio_plugins:
        stored["plugins"] = list(audio_plugins)
    return json.dumps(stored, sort_keys=True)


def _options_to_json(options: JobOptions) -> dict[str, Any]:
    stored = {
        "track": options.track,
        "overrides": dict(options.overrides),
        "output": options.output and str(options.output),
        "output_folder": options.output_folder and str(options.output_folder),
        "place": options.place and str(options.place),
        "start": options.start,
        "name": options.name,
        "session": options.session,
        "part": options.part and {**asdict(options.part), "path": str(options.part.path)},
        "force": options.force,
        "approvals": [[approval.reason.code, approval.answer_key] for approval in options.approvals],
        "discard_received": options.discard_received,
        "new_answer": options.new_answer,
        "candidate": options.candidate,
        "more": options.more,
        "urgent": options.urgent,
        "releases": options.releases,
    }
    kept = {key: value for key, value in stored.items() if value}
    return kept if options.head is None else {**kept, "head": options.head}


def _options_from_row(row: Mapping[str, Any], settings: Mapping[str, Any]) -> JobOptions:
    if not row["options"]:
        return _old_options(settings, force=row["origin"] != "osc" or row["attempt"] > 1)
    return _options_from_db(row["options"])


@functools.lru_cache(maxsize=256)  # as for settings
def _options_from_db(text: str) -> JobOptions:
    stored = json.loads(text)
    return JobOptions(
        track=stored.get("track"),
        overrides=stored.get("overrides", {}),
        output=_optional_path(stored.get("output")),
        output_folder=_optional_path(stored.get("output_folder")),
        head=stored.get("head"),
        place=_optional_path(stored.get("place")),
        start=stored.get("start", ""),
        name=stored.get("name", ""),
        session=stored.get("session", ""),
        part=_part_from(stored.get("part")),
        force=stored.get("force", False),
        approvals=tuple(Approval(HoldReason.of(code), key) for code, key in stored.get("approvals", ())),
        discard_received=stored.get("discard_received", False),
        new_answer=stored.get("new_answer", False),
        candidate=stored.get("candidate", 0),
        more=stored.get("more", 0),
        urgent=stored.get("urgent", 0.0),
        releases=stored.get("releases", 0),
    )


def _old_options(settings: Mapping[str, Any], *, force: bool) -> JobOptions:
    """Return the options that ledgers before version 5 kept among the settings."""
    return JobOptions(
        track=settings.get("wish_track"),
        overrides=settings.get("wish_overrides", {}),
        output=_optional_path(settings.get("out")),
        start=settings.get("start", ""),
        force=force,
        approvals=tuple(Approval(HoldReason.of(code)) for code in settings.get("released", ())),
        discard_received=bool(settings.get("afresh")),
    )


def _part_from(stored: Mapping[str, Any] | None) -> SourcePart | None:
    if not stored:
        return None
    channels = stored["channels"]
    return SourcePart(
        Path(stored["path"]),
        stored["start"],
        stored["length"],
        stored["handle"],
        None if channels is None else tuple(channels),
    )


def _optional_path(text: str | None) -> Path | None:
    return Path(text) if text else None

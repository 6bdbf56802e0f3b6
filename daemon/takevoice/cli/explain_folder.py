"""takevoice explain FOLDER: the takes in it without a result, and the media files that are skipped because of their kind."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from takevoice import audio
from takevoice.audio import other_media
from takevoice.cli import OK
from takevoice.errors import printable
from takevoice.files import storage_error
from takevoice.ledger import Ledger
from takevoice.service.environment import Environment
from takevoice.service.office.take_status import TakeStatus, status_of
from takevoice.settings import watch_root
from takevoice.shell_words import shell_word
from takevoice.watch import candidates
from takevoice.watch.ignored import why_ignored


def explain_folder(folder: Path, environment: Environment, *, as_json: bool) -> int:
    """Print the number of files that may be takes, those that came to nothing yet, and each media file of another kind.

    Raises:
        StorageError: the folder cannot be read.
    """
    try:
        taken = audio.watched_suffixes() | _videos(folder, environment)
        takes = list(candidates(folder, taken))
        others = list(candidates(folder, other_media.SUFFIXES - taken))
    except OSError as error:
        raise storage_error("cannot be read", folder, error) from error
    without = _without_result(takes, environment)
    print(_as_json(folder, takes, without, others) if as_json else _as_text(folder, takes, without, others))
    return OK


def _without_result(takes: Sequence[Path], environment: Environment) -> Mapping[Path, TakeStatus]:
    """Return the takes that the ledger has seen and that have no result, each with what became of it."""
    with closing(Ledger.for_reading(environment.state.ledger)) as ledger:
        found = {path: status_of(path, ledger, environment.state) for path in takes}
    return {path: status for path, status in found.items() if status is not None and not status.results}


def _videos(folder: Path, environment: Environment) -> frozenset[str]:
    """Return the suffixes of videos where the folder, or the watched folder that it is in, has them converted."""
    loaded = environment.config.loaded
    roots = [(watch_root(watch, loaded.path), watch) for watch in loaded.settings.watch]
    fitting = [(len(root.parts), watch.videos) for root, watch in roots if root in (folder, *folder.parents)]
    return audio.video_suffixes() if max(fitting, default=(0, False))[1] else frozenset()


def _kind(path: Path) -> str:
    return other_media.KINDS[path.suffix.lower()]


def _as_json(
    folder: Path, takes: Sequence[Path], without: Mapping[Path, TakeStatus], others: Sequence[Path]
) -> str:
    skipped = [{"path": str(path), "kind": _kind(path), "why": audio.why_skipped(path.suffix.lower())} for path in others]
    waiting = [{"path": str(path), **status.as_fields()} for path, status in without.items()]
    content = {"path": str(folder), "audio_files": len(takes), "without_result": waiting, "skipped": skipped}
    return json.dumps(content, indent=2)


def _as_text(
    folder: Path, takes: Sequence[Path], without: Mapping[Path, TakeStatus], others: Sequence[Path]
) -> str:
    files = "1 file" if len(takes) == 1 else f"{len(takes)} files"
    lines = [printable(folder), f'  {files} of kinds that are converted: `takevoice quote {shell_word(folder)}` counts what is new']
    if without:
        lines.append(f"  {'1 take was seen and has' if len(without) == 1 else f'{len(without)} takes were seen and have'} no result:")
        lines += [f"    {printable(path.relative_to(folder))}  {status.line}" for path, status in without.items()]
    if others:
        lines.append(f"  {other_media.counted(path.name for path in others)}:")
        lines += [f"    {printable(path.relative_to(folder))}  {_kind(path)}, {audio.why_skipped(path.suffix.lower())}" for path in others]
    return "\n".join(lines)


def why_skipped(path: Path, environment: Environment) -> str:
    """Return why the watched folder that a file is in skips it by its kind, name or place; empty when it does not, or there is none."""
    loaded = environment.config.loaded
    roots = [(watch_root(watch, loaded.path), watch) for watch in loaded.settings.watch]
    fitting = [(len(root.parts), root, watch) for root, watch in roots if root in path.parents]
    if not fitting:
        return ""
    _, root, watch = max(fitting, key=lambda each: each[0])
    if why := why_ignored(path, root, watch.ignore):
        return why
    suffix = path.suffix.lower()
    if suffix in other_media.SUFFIXES - audio.watched_suffixes() - _videos(root, environment):
        return audio.why_skipped(suffix)
    if path.is_symlink() and not watch.follow_links and not path.resolve().is_relative_to(root.resolve()):
        return "it is a link out of the folder; follow_links = true has such links followed"
    return ""

"""takevoice explain FOLDER: the takes in it without a result, and the media files that are skipped, with the reason."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

from takevoice import audio
from takevoice.audio import other_media
from takevoice.cli import OK
from takevoice.cli.words import plural
from takevoice.errors import TakevoiceError, printable
from takevoice.files import storage_error
from takevoice.jobs import Disposition
from takevoice.ledger import Ledger
from takevoice.service.environment import Environment
from takevoice.service.lookup import Lookup
from takevoice.service.office.take_status import TakeStatus, status_of
from takevoice.settings import watch_root
from takevoice.shell_words import shell_word
from takevoice.watch import candidates
from takevoice.watch.ignored import why_ignored
from takevoice.watch.names import candidates_among
from takevoice.watch.scan import scan


def explain_folder(folder: Path, environment: Environment, *, as_json: bool) -> int:
    """Print the number of files that may be takes, those that came to nothing yet, and each media file that is skipped.

    Raises:
        StorageError: the folder cannot be read.
    """
    try:
        taken = audio.watched_suffixes() | _videos(folder, environment)
        takes = list(candidates(folder, taken))
        others = list(candidates(folder, other_media.SUFFIXES - taken))
        ignored = _ignored(folder, taken, environment)
    except OSError as error:
        raise storage_error("cannot be read", folder, error) from error
    without = _without_result(takes, environment)
    skipped = {path: audio.why_skipped(path.suffix.lower()) for path in others}
    named = {**_refused([path for path in takes if path not in without], environment), **ignored}
    print(_as_json(folder, takes, without, skipped, named) if as_json else _as_text(folder, takes, without, skipped, named))
    return OK


def _refused(takes: Sequence[Path], environment: Environment) -> Mapping[Path, str]:
    """Return the takes that the config or a plugin excludes, and why."""
    with closing(Ledger.for_reading(environment.state.ledger)) as ledger:
        assessor, found = Lookup(environment, ledger).assessor, {}
        for path in takes:
            known = ledger.files.known(path)
            if known is not None and known.disposition is Disposition.REJECTED:
                with suppress(TakevoiceError):
                    found[path] = getattr(assessor.forecast(path), "why", "") or "it is excluded"
    return found


def _ignored(folder: Path, suffixes: Collection[str], environment: Environment) -> Mapping[Path, str]:
    """Return the media files that a watched folder skips by their names, and why. Hidden files of macOS are left out."""
    may_be_one = candidates_among(suffixes, ())
    found = scan(folder, recursive=True, wanted=lambda name: Path(name).suffix.lower() in suffixes and not may_be_one(name) and not name.startswith("._"))
    reasons = {path: why_skipped(path, environment) for path in sorted(Path(path) for path, _ in found)}
    return {path: why for path, why in reasons.items() if why}


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
    folder: Path, takes: Sequence[Path], without: Mapping[Path, TakeStatus], others: Mapping[Path, str], named: Mapping[Path, str]
) -> str:
    skipped = [{"path": str(path), "kind": _kind(path), "why": why} for path, why in others.items()]
    skipped += [{"path": str(path), "kind": "", "why": why} for path, why in named.items()]
    waiting = [{"path": str(path), **status.as_fields()} for path, status in without.items()]
    content = {"path": str(folder), "audio_files": len(takes), "without_result": waiting, "skipped": skipped}
    return json.dumps(content, indent=2)


def _as_text(
    folder: Path, takes: Sequence[Path], without: Mapping[Path, TakeStatus], others: Mapping[Path, str], named: Mapping[Path, str]
) -> str:
    files = "1 file" if len(takes) == 1 else f"{len(takes)} files"
    lines = [printable(folder), f'  {files} of kinds that are converted: `takevoice quote {shell_word(folder)}` counts what is new']
    if without:
        lines.append(f"  {'1 take was seen and has' if len(without) == 1 else f'{len(without)} takes were seen and have'} no result:")
        lines += [f"    {printable(path.relative_to(folder))}  {status.line}" for path, status in without.items()]
    if others:
        lines.append(f"  {other_media.counted(path.name for path in others)}:")
        lines += [f"    {printable(path.relative_to(folder))}  {_kind(path)}, {why}" for path, why in others.items()]
    if named:
        lines.append(f"  {plural(len(named), 'file')} {'is' if len(named) == 1 else 'are'} skipped:")
        lines += [f"    {printable(path.relative_to(folder))}  {why}" for path, why in named.items()]
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

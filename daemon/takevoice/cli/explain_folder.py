"""takevoice explain FOLDER: the media files in it that are skipped because of their kind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from takevoice import audio
from takevoice.audio import other_media
from takevoice.cli import OK
from takevoice.errors import printable
from takevoice.files import storage_error
from takevoice.watch import candidates


def explain_folder(folder: Path, *, as_json: bool) -> int:
    """Print the number of files that may be takes, and each media file of another kind.

    Raises:
        StorageError: the folder cannot be read.
    """
    try:
        takes = list(candidates(folder, audio.SUFFIXES))
        others = list(candidates(folder, other_media.SUFFIXES))
    except OSError as error:
        raise storage_error("cannot be read", folder, error) from error
    print(_as_json(folder, takes, others) if as_json else _as_text(folder, takes, others))
    return OK


def _kind(path: Path) -> str:
    return other_media.KINDS[path.suffix.lower()]


def _as_json(folder: Path, takes: Sequence[Path], others: Sequence[Path]) -> str:
    skipped = [{"path": str(path), "kind": _kind(path)} for path in others]
    return json.dumps({"path": str(folder), "audio_files": len(takes), "skipped": skipped}, indent=2)


def _as_text(folder: Path, takes: Sequence[Path], others: Sequence[Path]) -> str:
    files = "1 file" if len(takes) == 1 else f"{len(takes)} files"
    lines = [printable(folder), f"  {files} of kinds that are converted: `takevoice quote` counts what is new"]
    if others:
        lines.append(f"  {other_media.counted(path.name for path in others)}; {other_media.HELP}:")
        lines += [f"    {printable(path.relative_to(folder))}  {_kind(path)}" for path in others]
    return "\n".join(lines)

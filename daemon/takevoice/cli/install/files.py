"""Files that are put into an editor's folder: what is there and differs is kept, what is the same is left."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import takevoice
from takevoice.errors import StorageError

SHARED = Path("share") / "takevoice" / "integrations"


@dataclass(frozen=True)
class Plan:
    """What is to be written, by path, and what is left to a person."""

    files: Mapping[Path, bytes]
    steps: Sequence[str]


def scripts(editor: str) -> Path:
    """The folder of an editor's scripts: of the source tree, else of the installation.

    Raises:
        StorageError: the installation has none.
    """
    tree = Path(takevoice.__file__).parents[2]
    candidates = [
        Path(sysconfig.get_path("data")),
        Path(sysconfig.get_path("data", sysconfig.get_preferred_scheme("user"))),
    ]
    folders = [base / SHARED / editor for base in candidates]
    if (tree / "pyproject.toml").is_file():
        folders.insert(0, tree / "integrations" / editor)
    found = next((folder for folder in folders if folder.is_dir()), None)
    if found is None:
        raise StorageError(
            f"the scripts for {editor} are not there", where=str(folders[0]), hint="install takevoice again"
        )
    return found


def below(folder: Path, pattern: str = "**/*") -> Mapping[Path, bytes]:
    """The files of a folder by their path in it, without the README."""
    paths = (path for path in sorted(folder.glob(pattern)) if path.is_file())
    return {path.relative_to(folder): path.read_bytes() for path in paths if path.name != "README.md"}


def put(files: Mapping[Path, bytes], *, dry_run: bool = False) -> Iterator[tuple[Path, str]]:
    """Writes the files one after the other; gives each path, and what was done.

    Raises:
        StorageError: one cannot be written.
    """
    for path, content in files.items():
        try:
            old = path.read_bytes() if path.exists() else None
            if old == content:
                yield path, "unchanged"
                continue
            if not dry_run:
                path.parent.mkdir(parents=True, exist_ok=True)
                if old is not None:
                    path.with_name(f"{path.name}.bak").write_bytes(old)
                part = path.with_name(f"{path.name}.part")
                part.write_bytes(content)
                part.replace(path)
        except OSError as error:
            raise StorageError(
                f"cannot be written: {error.strerror}", where=str(path), hint="check the folder's rights"
            ) from error
        yield path, "written" if old is None else "replaced"

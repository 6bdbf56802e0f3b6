"""The model: what it is, where it comes from, and whether the files in a folder are still those that were fetched."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from takevoice import errors, write_atomic

FOLDER = "neural"  # in the state dir
MANIFEST = "takevoice-model.json"
BLOCK = 1 << 20
AGAIN = "fetch it again with `takevoice voices fetch --replace`, or with --from FOLDER if it is one of your own"


class BrokenModel(errors.BackendError):
    """The files of the model are missing, or not those that were fetched."""

    code = "model"
    blocks = True


@dataclass(frozen=True)
class ModelFile:
    """A file of the model as it was published."""

    name: str
    size: int  # bytes
    sha256: str


@dataclass(frozen=True)
class Model:
    """A published model."""

    name: str
    title: str
    licence: str
    source: str  # URL of the folder with its files
    files: tuple[ModelFile, ...]
    memory: int  # bytes that the process needs to load it and to convert

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


OPENVOICE = Model(
    "openvoice_v2",
    "OpenVoice V2, the tone colour converter (MyShell, MIT and Tsinghua University)",
    "MIT, code and weights",
    "https://huggingface.co/myshell-ai/OpenVoiceV2/resolve/f36e7edfe1684461a8343844af60babc2efbb727/converter",
    (
        ModelFile("config.json", 838, "9dfff60350b8c63f2c664efd92a61b2516efb22671466960f0e5dfebd881fa47"),
        ModelFile("checkpoint.pth", 131_320_490, "9652c27e92b6b2a91632590ac9962ef7ae2b712e5c5b7f4c34ec55ee2b37ab9e"),
    ),
    1_500_000_000,
)


def folder_of(state: Path, model: Model = OPENVOICE) -> Path:
    """Return where the model is stored in the state dir."""
    return state / FOLDER / model.name


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits. Raises OSError."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            total.update(block)
    return total.hexdigest()


def write_manifest(folder: Path, model: Model, confirmation: str) -> None:
    """Store the checksums of the files in a folder, and how their licence was accepted. Raises OSError."""
    files = {
        file.name: {"size": (folder / file.name).stat().st_size, "sha256": digest(folder / file.name)}
        for file in model.files
    }
    table = {"model": model.name, "licence": model.licence, "accepted": confirmation, "files": files}
    write_atomic(folder / MANIFEST, (json.dumps(table, indent=1) + "\n").encode("utf-8"))


def problem_with(folder: Path, model: Model = OPENVOICE) -> str:
    """Return why the model in `folder` cannot be used, as far as a glance tells; "" if it can."""
    try:
        table = _manifest(folder)
        for file in model.files:
            if (folder / file.name).stat().st_size != table[file.name]["size"]:
                return f"its model is damaged: {file.name} has another size; {AGAIN}"
    except FileNotFoundError:
        return "its model has not been fetched; `takevoice voices fetch` does it"
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"its model cannot be read ({error}); {AGAIN}"
    return ""


def check(folder: Path, model: Model = OPENVOICE) -> None:
    """Compare the files with the checksums that were kept.

    Raises:
        BrokenModel: a file is missing or has changed.
    """
    if problem := problem_with(folder, model):
        raise BrokenModel(f"the neural backend cannot convert: {problem}")
    table = _manifest(folder)
    for file in model.files:
        try:
            found = digest(folder / file.name)
        except OSError as error:
            raise BrokenModel(f"cannot be read: {error.strerror}", where=str(folder / file.name)) from error
        if found != table[file.name]["sha256"]:
            raise BrokenModel("has changed since it was fetched", where=str(folder / file.name), hint=AGAIN)


def _manifest(folder: Path) -> dict[str, Any]:
    table: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
    return table

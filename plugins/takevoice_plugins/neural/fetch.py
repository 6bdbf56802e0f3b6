"""Fetching the model: from its publisher, from a mirror, or from a folder. What arrives is compared with its checksum."""

from __future__ import annotations

import http.client
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from takevoice import errors
from takevoice.errors import ConfigError, StorageError
from takevoice_plugins.neural.models import BLOCK, Model, ModelFile, digest, write_manifest

TIMEOUT = 30.0  # seconds without a byte
PARTIAL = ".part"
Progress = Callable[[int], None]


class FetchFailed(errors.BackendUnavailable):
    """The model could not be fetched."""

    code = "fetch"


def fetch(model: Model, source: str, folder: Path, confirmation: str, progress: Progress) -> None:
    """Fetch all files below the URL `source` to `folder`; what an earlier attempt has fetched is not fetched again.

    `progress` gets the number of bytes that are there.

    Raises:
        ConfigError: the URL is none.
        FetchFailed: a file cannot be fetched, or is not the published one.
        StorageError: it cannot be stored.
    """
    if not source.startswith(("https://", "http://")):
        raise ConfigError(f"{source} is no address", hint="it begins with https:// or http://")
    _prepare(folder, model.size)
    done = 0
    for file in model.files:
        _fetch_file(file, f"{source.rstrip('/')}/{file.name}", folder, lambda size, done=done: progress(done + size))  # type: ignore[misc]
        done += file.size
    _finish(folder, model, confirmation)


def take_from(model: Model, source: Path, folder: Path, confirmation: str) -> list[ModelFile]:
    """Copy all files from the folder `source`; return those that are not the published ones.

    Raises:
        ConfigError: a file is missing there.
        StorageError: a file cannot be copied.
    """
    for file in model.files:
        if not (source / file.name).is_file():
            raise ConfigError(f"there is no {file.name}", where=str(source))
    _prepare(folder, sum((source / file.name).stat().st_size for file in model.files))
    try:
        for file in model.files:
            shutil.copyfile(source / file.name, folder / (file.name + PARTIAL))
            (folder / (file.name + PARTIAL)).replace(folder / file.name)
        others = [file for file in model.files if digest(folder / file.name) != file.sha256]
    except OSError as error:
        raise StorageError(f"cannot be copied: {error.strerror}", where=str(source)) from error
    _finish(folder, model, confirmation)
    return others


def _prepare(folder: Path, size: int) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise StorageError(f"cannot be made: {error.strerror}", where=str(folder)) from error
    if free < size:
        raise StorageError(f"has {free / 1e6:.0f} MB free, but the model needs {size / 1e6:.0f} MB", where=str(folder))


def _finish(folder: Path, model: Model, confirmation: str) -> None:
    try:
        write_manifest(folder, model, confirmation)
    except OSError as error:
        raise StorageError(f"cannot be written: {error.strerror}", where=str(folder)) from error


def _fetch_file(file: ModelFile, url: str, folder: Path, progress: Progress) -> None:
    partial = folder / (file.name + PARTIAL)
    try:
        if partial.exists() and partial.stat().st_size >= file.size:
            partial.unlink()
        _download(url, partial, file, progress)
        if (have := partial.stat().st_size) < file.size:
            raise ConnectionError(f"it broke off after {have} of {file.size} bytes")
        if digest(partial) != file.sha256:
            partial.unlink()
            raise FetchFailed(f"what {url} sent is not the published {file.name}", hint="try again, or use --from FOLDER")
        partial.replace(folder / file.name)
    except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as error:
        reason = getattr(error, "reason", None) or error
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        raise FetchFailed(
            f"{url} cannot be fetched: {reason}",
            hint="what has arrived is kept for the next attempt; on a machine without network, use --from FOLDER",
        ) from error
    except OSError as error:
        raise StorageError(f"cannot be written: {error.strerror}", where=str(partial)) from error


def _download(url: str, partial: Path, file: ModelFile, progress: Progress) -> None:
    """Append to `partial` what it lacks.

    Raises:
        FetchFailed: what is offered has another length, as the page of a network that asks for a login has; it is not kept.
    """
    have = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 - http(s) only
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
        resumed = answer.status == http.client.PARTIAL_CONTENT
        have = have if resumed else 0
        if answer.length is not None and have + answer.length != file.size:
            partial.unlink(missing_ok=True)
            raise FetchFailed(
                f"{url} has {have + answer.length} bytes, and the published {file.name} {file.size}",
                hint="it may be the page of a network that asks for a login; try again, or use --from FOLDER",
            )
        with partial.open("ab" if resumed else "wb") as output:
            while have <= file.size and (block := answer.read1(BLOCK)):
                have += output.write(block)
                progress(have)

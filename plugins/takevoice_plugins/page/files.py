"""Files in and out: takes that are dropped on the page, results that are dragged out of it, and the folder they are in."""

from __future__ import annotations

import filecmp
import re
import secrets
import time
import unicodedata
import webbrowser
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from takevoice import JobSounds, Office, rename_new, watched_suffixes
from takevoice_plugins.page.filters import Which
from takevoice_plugins.page.replies import Json, Refused

LARGEST = 8_000_000_000  # bytes of a dropped file
TICKET_LIFE = 300.0  # seconds
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u202a-\u202e\u2066-\u2069]')


class _Ticket(NamedTuple):
    path: Path
    until: float


def file_routes(office: Office) -> tuple[APIRouter, APIRouter]:
    """Return the routes that need the token, and the one that needs a ticket."""
    routes, open_routes = APIRouter(), APIRouter()
    sounds, tickets = JobSounds(office.ledger), dict[str, _Ticket]()

    @routes.post("/api/files")
    async def dropped(
        request: Request,
        folder: Annotated[int, Query(ge=0, le=1000)],
        name: Annotated[str, Query(min_length=1, max_length=500)],
    ) -> Json:
        """Copy a dropped file into a watched folder, where it is converted like any other.

        `is_there`: it was there already, the same; `is_numbered`: another one of this name was.
        """
        folders = await run_in_threadpool(office.watched_folders)
        if folder >= len(folders) or not folders[folder].is_dir():
            raise Refused(404, "no_folder", "this watched folder is not there", "choose another one")
        safe = safe_name(name)
        if Path(safe).suffix.lower() not in watched_suffixes():
            raise Refused(422, "not_audio", f"{safe} is not a kind of file that takevoice converts")
        path, is_there = await _stored(request.stream(), folders[folder], safe)
        return Json({"path": str(path), "name": path.name, "is_there": is_there, "is_numbered": path.name != safe and not is_there})

    @routes.post("/api/jobs/{job_id}/reveal/{which}")
    def reveal(job_id: int, which: Which) -> Json:
        """Show the folder of a file in the file manager of this machine."""
        sound = sounds.of(job_id, which)
        if not webbrowser.open(sound.path.parent.as_uri()):
            raise Refused(409, "no_file_manager", "there is no file manager here", str(sound.path))
        return Json({"path": str(sound.path)})

    @routes.post("/api/jobs/{job_id}/ticket/{which}")
    def ticket(job_id: int, which: Which) -> Json:
        """Return an address from which the file can be fetched for a few minutes, as a link cannot send the token."""
        sound, now = sounds.of(job_id, which), time.monotonic()
        for old in [name for name, each in tickets.items() if each.until < now]:
            tickets.pop(old, None)
        name = secrets.token_urlsafe(24)
        tickets[name] = _Ticket(sound.path, now + TICKET_LIFE)
        return Json({"url": f"/api/tickets/{name}", "name": _sendable(sound.path.name)})

    @open_routes.get("/api/tickets/{name}")
    def fetched(name: str) -> FileResponse:
        found = tickets.get(name)
        if found is None or found.until < time.monotonic():
            raise Refused(404, "old_ticket", "this address is not valid any more", "ask for the file again")
        return FileResponse(found.path, filename=_sendable(found.path.name), media_type="application/octet-stream")

    return routes, open_routes


def safe_name(name: str) -> str:
    """Return a file name that every system accepts, without any folder."""
    plain = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).strip().lstrip(".").rstrip(". ")
    stem, dot, suffix = plain.rpartition(".")
    return f"{(stem if dot else plain)[:150] or 'take'}{dot}{suffix[:20]}" if plain else "take.wav"


def _sendable(name: str) -> str:
    """Return the name of a file with a mark for each byte that is no Unicode: neither headers nor browsers take these."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


async def _stored(chunks: AsyncIterator[bytes], folder: Path, name: str) -> tuple[Path, bool]:
    """Write a file under a hidden name, and give it its own once it is complete; nothing is overwritten. True: it was there already."""
    part, size = folder / f".{secrets.token_hex(6)}.takevoice-part", 0
    try:
        with part.open("xb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > LARGEST:
                    raise Refused(413, "too_large", "the file is too large")
                await run_in_threadpool(file.write, chunk)
        if not size:
            raise Refused(422, "empty", f"{name} is empty")
        return await run_in_threadpool(_named, part, folder / name)
    except OSError as error:
        raise Refused(507, "storage", f"{folder}: cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _named(part: Path, wanted: Path) -> tuple[Path, bool]:
    for number in range(1, 10_000):
        path = wanted if number == 1 else wanted.with_stem(f"{wanted.stem} {number}")
        try:
            rename_new(part, path)  # no file of another program is ever replaced
        except FileExistsError:
            if filecmp.cmp(part, path, shallow=False):
                return path, True
            continue
        return path, False
    raise FileExistsError(f"{wanted.name} is taken")

"""The way of a request through the house: its key, its place, its upload, its claim, its answer."""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from fastapi import Request

from takevoice_plugins.house import answers
from takevoice_plugins.house.caps import CapExceeded
from takevoice_plugins.house.content import Length, canonical, content_keys, length_of
from takevoice_plugins.house.disk import UPLOAD
from takevoice_plugins.house.keys import ADMIN, HouseKey
from takevoice_plugins.house.offers import Offer, Offers
from takevoice_plugins.house.options import HouseOptions
from takevoice_plugins.house.pending import Pending
from takevoice_plugins.house.price import Price
from takevoice_plugins.house.requests import KEPT, MADE, Claim, TokenReused
from takevoice_plugins.house.rows import DONE, FREE, HELD, PAID, REFUSED, Row, Wanted
from takevoice_plugins.house.voice_files import VoiceFiles
from takevoice_plugins.house.work import Work
from takevoice_plugins.server.form import Form, read_form
from takevoice_plugins.server.limits import Limits
from takevoice_plugins.server.parameters import FORM, parse
from takevoice_plugins.server.problems import Problem, refused_audio, too_large, too_many, voice_not_found
from takevoice_plugins.server.upload import mono_take

log = logging.getLogger("takevoice.house")
FRAME = 100_000  # bytes around the audio and the fields of a form
RETRY = 5.0  # seconds after which a station comes back, at least
RETRY_MOST = 60.0
_DIGEST = re.compile("[0-9a-f]{64}")
CLAIMS = 5  # tries to get an answer that is not damaged


class Lane(Protocol):
    """Does requests of one kind."""

    def closed(self) -> Problem | None:
        """Return the refusal for new requests, if none can be done now."""

    def unserved(self, backend: str) -> Problem | None:
        """Return the refusal for new requests that nothing can do now with this backend; else None."""

    def wait_of(self, key: int, entering: float) -> float:
        """Return about how long a new request of a key would wait, in seconds; `entering` seconds of audio come before it."""

    def push(self, row: Row) -> None:
        """Take a new request."""

    def resume(self, row: Row) -> None:
        """Take up a request that an earlier server left."""


@dataclass(frozen=True)
class Admitted:
    """A request that will be answered."""

    claim: Claim
    pending: Pending
    key: HouseKey
    project: str
    asked: str  # which request of a station it is


class Gate:
    """Takes requests in. For the event loop."""

    def __init__(
        self,
        work: Work,
        options: HouseOptions,
        limits: Limits,
        lanes: dict[str, Lane],
        offers: Offers,
        voice_files: VoiceFiles,
        price: Price,
    ) -> None:
        self._work, self._options, self._limits, self._price = work, options, limits, price
        self._lanes, self._offers, self._voice_files = lanes, offers, voice_files
        self._uploading = Counter[int]()
        self._entering: defaultdict[int, float] = defaultdict(float)  # seconds of audio, by key

    async def admit(self, request: Request, voice_id: str, key: HouseKey, *, streaming: bool) -> Admitted:
        """Take a request in; what it asks for is then made and kept, even if its client goes.

        Raises:
            Problem, WrongParameters: it is refused.
            ClientDisconnected: the client has left during its upload.
        """
        offer = self._check_before_upload(request, voice_id, key)
        size = int(request.headers.get("content-length", self._limits.upload))
        with self._work.disk.promise(UPLOAD * size):
            try:
                return await self._admit(request, offer, key, streaming=streaming)
            except Problem as problem:
                # A decoder calls a file wrong that it could not write whole.
                if problem.status == HTTPStatus.BAD_REQUEST and self._work.disk.problem():
                    raise answers.no_room() from problem
                raise

    async def _admit(self, request: Request, offer: Offer, key: HouseKey, *, streaming: bool) -> Admitted:
        folder = self._work.store.new_folder()
        try:
            self._uploading[key.id] += 1
            try:
                form = await read_form(request, folder / "upload", self._limits, FORM)
            finally:
                self._uploading[key.id] -= 1
            wanted = await self._wanted(request, offer, key, form, folder, streaming=streaming)
            return await self._claim(wanted, key, folder / ("take.wav" if wanted.lane == FREE else "upload"))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _check_before_upload(self, request: Request, voice_id: str, key: HouseKey) -> Offer:
        """Return what converts; raises Problem for what can be refused before the client has sent everything."""
        offer = self._offers.find(voice_id)
        if offer is None:
            raise voice_not_found(voice_id)
        if int(request.headers.get("content-length", 0)) > self._limits.upload + self._limits.fields + FRAME:
            raise too_large(self._limits.upload)
        self._check_room(self._lanes[offer.lane], key)
        # Each key leaves some places: on a slow line, uploads take minutes, and those of others have to come meanwhile.
        if self._uploading[key.id] >= self._limits.uploads - self._uploading.total():
            raise too_many({}, "uploads")
        return offer

    def _check_room(self, lane: Lane, key: HouseKey) -> None:
        wait = lane.wait_of(key.id, self._entering[key.id])
        if wait > self._options.wait:
            raise answers.queue_full(min(RETRY_MOST, max(RETRY, wait - self._options.wait)))

    async def _wanted(
        self, request: Request, offer: Offer, key: HouseKey, form: Form, folder: Path, *, streaming: bool
    ) -> Wanted:
        parameters = parse(offer.voice_id, request.query_params, form, streaming=streaming)
        if not form.audio_size:
            raise refused_audio("empty_file", "The audio is empty.")
        upload, raw = folder / "upload", parameters.file_format == "pcm_s16le_16"
        project = _project(request, key, self._options.projects)
        text = canonical(parameters)
        fresh = _fresh(request) or await self._instead_of(request)
        version = PAID if offer.lane == PAID else await asyncio.to_thread(self._voice_files.version, offer.backend, offer.voice_id)
        keys = await asyncio.to_thread(content_keys, upload, text, version, self._scope(key, project), fresh, raw=raw)
        content, earlier = keys
        if earlier != content and await self._is_known(earlier):
            content = earlier
        length = await self._length(offer, upload, raw=raw)
        price = self._price.of(length.seconds) if offer.lane == PAID else 0
        urgent = _header(request, "takevoice-urgent") == "1"
        wanted = Wanted(
            content, offer.lane, text, streaming, urgent, length.seconds, price, length.sample_rate, length.frames, project,
            offer.backend,
        )  # fmt: skip
        return replace(wanted, token=_header(request, "idempotency-key"), asked=_header(request, "takevoice-request"), earlier=earlier)

    async def _instead_of(self, request: Request) -> str:
        """Return the token of a request for another answer than one that cannot be used: the same for all who have that one.

        "" where it is not kept here: it was damaged on its way, and is given once more.
        """
        digest = _header(request, "takevoice-instead-of").lower()
        is_kept = bool(_DIGEST.fullmatch(digest)) and await self._work.ledger(self._work.requests.has_digest, digest)
        return f"instead of {digest}" if is_kept else ""

    async def _is_known(self, content: str) -> bool:
        return self._work.store.has_answer(content) or await self._work.ledger(self._work.requests.get, content) is not None

    async def _length(self, offer: Offer, upload: Path, *, raw: bool) -> Length:
        if offer.lane == FREE:
            take = await asyncio.to_thread(mono_take, upload, raw=raw, limits=self._limits, stopped=lambda: False)
            return Length(take.frames, take.sample_rate)
        length = await asyncio.to_thread(length_of, upload, raw=raw, scratch=upload.with_name("decoded.w64"))
        if length is None:
            # Its price is not known, so no cap could hold.
            raise refused_audio("invalid_audio_format", "The house cannot tell how long the audio is; send it as one stream of WAV, FLAC, MP3 or Ogg.")
        if length.seconds > self._limits.longest:
            raise refused_audio("audio_too_long", f"The audio lasts longer than {self._limits.longest:g} seconds.")
        return length

    def _scope(self, key: HouseKey, project: str) -> str:
        return {"house": "", "project": f"project {project}", "key": f"key {key.id}"}[self._options.share]

    async def _claim(self, wanted: Wanted, key: HouseKey, upload: Path) -> Admitted:
        known = await self._work.ledger(self._work.requests.get, wanted.content)
        under_way = known is not None and known.state not in (DONE, REFUSED)
        if not under_way and not self._work.store.has_answer(wanted.content):  # it may be kept, and the ledger have no row of it
            lane = self._lanes[wanted.lane]
            self._check_room(lane, key)  # again: others may have come during the upload
            # Not before the upload: an answer that is kept needs neither the service nor a worker.
            if (refusal := lane.closed() or lane.unserved(wanted.backend)) is not None:
                raise refusal
        self._entering[key.id] += wanted.seconds
        try:
            return await self._claim_now(wanted, key, upload)
        finally:
            self._entering[key.id] -= wanted.seconds

    async def _claim_now(self, wanted: Wanted, key: HouseKey, upload: Path) -> Admitted:
        work = self._work
        try:
            await asyncio.to_thread(work.store.keep_upload, wanted.content, upload)
            claim, pending = await self._sound_claim(wanted, key)
        except CapExceeded as error:
            log.info("%s: refused, it %s", key.name, error)
            raise answers.over_cap(error) from None
        except TokenReused:
            raise answers.token_reused() from None
        if claim.row.state == HELD:
            raise answers.held(claim.row)
        if claim.row.state == REFUSED:
            work.store.drop_upload(wanted.content)
            raise answers.refused(claim.row)
        if claim.how == KEPT:
            work.store.drop_upload(wanted.content)
            path = work.store.answer(wanted.content)
            return Admitted(claim, work.pendings.kept(path, path.stat().st_size), key, wanted.project, wanted.asked)
        if claim.how == MADE:
            self._lanes[claim.row.lane].push(claim.row)
        return Admitted(claim, pending, key, wanted.project, wanted.asked)


    async def _sound_claim(self, wanted: Wanted, key: HouseKey) -> tuple[Claim, Pending]:
        """Return the claim and its answer. A kept one that is damaged is taken down; then the request waits for another like any other."""
        work = self._work
        for _ in range(CLAIMS):
            pending = work.pendings.get(wanted.content)  # before the claim: the answer may come at any moment after it
            claim = await work.ledger(work.requests.claim, wanted, key, work.store.size_of)
            if claim.how != KEPT or await work.is_sound(claim.row):
                return claim, pending
            doubted = await work.take_down(wanted.content)
            if doubted is not None:
                self._lanes[doubted.lane].resume(doubted)
        raise answers.still_converting()


def _header(request: Request, name: str) -> str:
    return request.headers.get(name, "").strip()[:200]


def _project(request: Request, key: HouseKey, capped: Iterable[str]) -> str:
    """Return the project that a request belongs to. A key with a project has no other: its cap would not hold.

    One of those that are `capped` is meant in whatever case it is written.
    """
    named = _header(request, "takevoice-project")
    if named and key.project and named != key.project and key.kind != ADMIN:
        raise answers.other_project(key)
    return next((name for name in capped if name.casefold() == named.casefold()), named) or key.project


def _fresh(request: Request) -> str:
    """Return the token of a request for another answer: a resend has the same, another wish has another."""
    wish = _header(request, "idempotency-key") if _header(request, "takevoice-fresh") == "1" else ""
    return f"{request.state.house_key.id} {wish}" if wish else ""

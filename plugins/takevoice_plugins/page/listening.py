"""The API of sound: samples, waveforms, loudness and spectrograms of a job's original and result."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Response

from takevoice import JobSound, JobSounds, Office
from takevoice_plugins.page.filters import MOST, Which
from takevoice_plugins.page.peaks import PeakStore
from takevoice_plugins.page.replies import Json, Refused
from takevoice_plugins.page.sounds import OpenSounds, frames_at
from takevoice_plugins.page.spectra import LONGEST, spectrogram

Start = Annotated[int, Query(ge=0, le=MOST)]
Frames = Annotated[int, Query(ge=1, le=MOST)]
AT_ONCE = 1_000_000  # frames in one answer
LOWEST_RATE, HIGHEST_RATE = 8_000, 192_000  # Hz, of players


def sound_routes(office: Office, open_sounds: OpenSounds, closing: threading.Event) -> APIRouter:
    """Return the routes. Once `closing` is set, nothing more is measured."""
    routes = APIRouter()
    jobs, store = JobSounds(office.ledger), PeakStore(Path(office.state.path) / "peaks", closing)

    def sound_of(job_id: int, which: Which) -> JobSound:
        if not 0 < job_id < MOST:
            raise Refused(404, "unknown_job", f"there is no job {job_id}")
        return jobs.of(job_id, which)

    @routes.get("/api/jobs/{job_id}/audio/{which}")
    def audio(
        job_id: int, which: Which, start: Start = 0, frames: Frames = AT_ONCE, channels: str = "", rate: int | None = None
    ) -> Response:
        """Float32, little-endian, channels interleaved."""
        sound = sound_of(job_id, which)
        if rate is not None and not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise Refused(422, "invalid", f"rate: {LOWEST_RATE} to {HIGHEST_RATE}")
        chosen = _channels(channels, sound.channels)
        block = open_sounds.read(sound, start, min(frames, AT_ONCE), chosen, rate)
        total = sound.frames if rate is None else frames_at(sound, rate)
        headers = {
            "x-rate": str(rate or sound.sample_rate),
            "x-frames": str(total),
            "x-channels": str(block.shape[1]),
        }
        return Response(block.astype("<f4", copy=False).tobytes(), 200, headers, "application/octet-stream")

    @routes.get("/api/jobs/{job_id}/peaks/{which}")
    def peaks(
        job_id: int,
        which: Which,
        start: Start = 0,
        frames: Frames = MOST,
        points: Annotated[int, Query(ge=1, le=8000)] = 1000,
    ) -> Response:
        """int8, lowest and highest sample of each stretch."""
        sound = sound_of(job_id, which)
        count = max(1, min(frames, sound.frames - start))
        found = store.peaks(sound).between(start, count, points)
        headers = {"x-rate": str(sound.sample_rate), "x-frames": str(sound.frames)}
        return Response(found.tobytes(), 200, headers, "application/octet-stream")

    @routes.get("/api/jobs/{job_id}/loudness/{which}")
    def loudness(job_id: int, which: Which) -> Json:
        lufs, peak = store.loudness(sound_of(job_id, which))
        return Json({"lufs": lufs, "true_peak": peak})

    @routes.get("/api/jobs/{job_id}/spectrogram/{which}")
    def picture(
        job_id: int,
        which: Which,
        start: Start = 0,
        frames: Frames = MOST,
        width: Annotated[int, Query(ge=1, le=2000)] = 800,
        height: Annotated[int, Query(ge=1, le=512)] = 128,
    ) -> Response:
        """uint8, rows from the highest to the lowest frequency."""
        sound = sound_of(job_id, which)
        count = max(1, min(frames, sound.frames - start, int(LONGEST * sound.sample_rate)))
        made = spectrogram(open_sounds, sound, min(start, sound.frames - 1), count, width, height)
        headers = {"x-width": str(width), "x-height": str(height), "x-highest": f"{made.highest:.0f}"}
        return Response(made.rows.tobytes(), 200, headers, "application/octet-stream")

    return routes


def _channels(given: str, channels: int) -> list[int] | None:
    """Return the wanted channels, from 0; none: a mix; None: all as they are."""
    if not given:
        return None
    if given == "mix":
        return []
    try:
        chosen = [int(each) - 1 for each in given.split(",")]
    except ValueError:
        chosen = [-1]
    if len(chosen) > 2 or not all(0 <= each < channels for each in chosen):
        raise Refused(422, "invalid", f'channels: "mix", or one or two numbers from 1 to {channels}')
    return chosen

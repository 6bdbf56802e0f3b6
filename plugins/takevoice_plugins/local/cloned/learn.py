"""A voice's profile from recordings of its speaker."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from takevoice import errors
from takevoice_plugins.local.analysis import STRAY, SourceAnalysis, analyse
from takevoice_plugins.local.arrays import Samples
from takevoice_plugins.local.cloned.formants import formants
from takevoice_plugins.local.cloned.profile import (
    F0_LOWEST,
    F0_STEPS,
    LEVEL_LOWEST,
    LEVEL_STEP,
    Profile,
)
from takevoice_plugins.local.level import HighPass
from takevoice_plugins.local.marks import F0, TIME
from takevoice_plugins.local.mel import DB
from takevoice_plugins.local.source import FileSource, excerpts

LEAST, MOST = 5.0, 1800.0  # seconds of speech, and of recordings
HEARD = 300.0  # seconds of recordings that are listened to at most
MIN_VOICED = 1.5  # seconds
VOICED_FRAMES, OTHER_FRAMES = 3000, 1000
LOUD = 97  # percentile


class _Heard(NamedTuple):
    analysis: SourceAnalysis
    formants: Samples
    seconds: float  # of speech
    voiced_seconds: float


def learn(name: str, files: Sequence[Path], consent: str) -> Profile:
    """Listens to recordings of one speaker.

    Raises:
        AudioError: a file cannot be used, or there is too little speech, or too much.
    """
    total = sum(_seconds(path) for path in files)
    if total < LEAST:
        raise _too_little(total)
    if total > MOST:
        raise errors.AudioError(
            f"{total / 60:.0f} min of recordings is too much", hint="up to 30 min; a few minutes tell all"
        )
    heard = [_listen(path, min(1.0, HEARD / total)) for path in files]
    seconds = sum(one.seconds for one in heard)
    if seconds < LEAST or sum(one.voiced_seconds for one in heard) < MIN_VOICED:
        raise _too_little(seconds)
    bands = min(one.analysis.bands for one in heard)
    f0 = np.concatenate([one.analysis.marks[one.analysis.voiced & one.analysis.active, F0] for one in heard])
    octaves = np.log2(f0)
    # Each mark counts for its period: a high pitch has more of them.
    order, weight = np.argsort(f0), 1 / f0
    time = np.cumsum(weight[order])
    median = float(f0[order][np.searchsorted(time, time[-1] / 2)])
    near = np.abs(octaves - np.log2(median)) < STRAY
    steps = np.clip(np.floor(24 * np.log2(f0 / F0_LOWEST)), 0, F0_STEPS - 1).astype(np.int64)
    return Profile(
        name=name,
        made=datetime.date.today().isoformat(),
        consent=consent,
        seconds=round(seconds, 1),
        f0=round(median, 2),
        f0_spread=round(float(np.std(octaves[near])), 4),
        f0_histogram=tuple(np.bincount(steps, minlength=F0_STEPS).tolist()),
        formants=_quartiles(np.concatenate([one.formants for one in heard])),
        bands=bands,
        voiced=_frames([one.analysis for one in heard], True, bands, VOICED_FRAMES),
        unvoiced=_frames([one.analysis for one in heard], False, bands, OTHER_FRAMES),
    )


def _too_little(seconds: float) -> errors.AudioError:
    return errors.AudioError(
        f"{seconds:.1f} s of speech is too little",
        hint="give 5 s to 30 min of one person speaking, with nothing else to hear",
    )


def _seconds(path: Path) -> float:
    try:
        seconds = float(soundfile.info(path).duration)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise errors.NotAudio(
            "is no recording that can be read", where=str(path), hint="give WAV, FLAC, MP3, OGG or AIFF"
        ) from error
    if not seconds:
        raise errors.NotAudio("is empty", where=str(path), hint="leave it out")
    return seconds


def _listen(path: Path, share: float) -> _Heard:
    """Analyses that share of a recording, spread across it."""
    with soundfile.SoundFile(path) as file:
        rate, frames = file.samplerate, file.frames
    with closing(FileSource(path, rate, frames)) as source:
        samples = excerpts(source, share * frames / rate)
    samples = HighPass(rate).process(samples)
    analysis = analyse(samples, rate)
    spoken = analysis.active
    voiced = spoken & analysis.voiced
    # A mark stands for the time to the next one.
    each = np.diff(analysis.marks[:, TIME], append=analysis.marks[-1, TIME])
    times = analysis.marks[voiced, TIME]
    scale = frames / max(1, len(samples))
    return _Heard(
        analysis,
        formants(samples, rate, times, analysis.f0),
        float(each[spoken].sum()) * scale,
        float(each[voiced].sum()) * scale,
    )


def _frames(analyses: Sequence[SourceAnalysis], voiced: bool, bands: int, most: int) -> bytes:
    """Up to `most` frames, evenly from all recordings, each recording at the same level."""
    parts = []
    for one in analyses:
        level = one.log_power[:, :bands].max(axis=1)
        parts.append(one.log_power[one.active & (one.voiced == voiced), :bands] - np.percentile(level, LOUD))
    power = np.concatenate(parts)
    power = power[np.linspace(0, len(power) - 1, min(most, len(power))).astype(np.int64)]
    steps = np.clip((DB * power - LEVEL_LOWEST) / LEVEL_STEP, 0, 255)
    return bytes(np.rint(steps).astype(np.uint8))


def _quartiles(found: Samples) -> tuple[tuple[float, ...], ...]:
    if not len(found):
        return ()
    rows = np.percentile(found, [25, 50, 75], axis=0).T
    return tuple(tuple(round(float(hertz)) for hertz in row) for row in rows)

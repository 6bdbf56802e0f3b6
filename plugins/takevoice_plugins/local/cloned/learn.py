"""Learning the profile of a voice from recordings of its speaker."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np

from takevoice import errors, open_sound
from takevoice_plugins.local.analysis import SourceAnalysis, analyse
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
from takevoice_plugins.local.source import MAX_LEVEL, FileSource, excerpts
from takevoice_plugins.local.speaker import STRAY, Speaker

MIN_SPEECH, MAX_RECORDINGS = 5.0, 1800.0  # seconds
ANALYSED = 300.0  # seconds of the recordings that are analysed at most
MIN_VOICED = 1.5  # seconds of voiced speech
VOICED_FRAMES, UNVOICED_FRAMES = 3000, 1000  # stored in a profile at most
LOUD = 97  # percentile


class _Recording(NamedTuple):
    analysis: SourceAnalysis
    formants: Samples
    seconds: float  # of speech
    voiced_seconds: float


def learn(name: str, files: Sequence[Path], consent: str) -> Profile:
    """Analyse recordings of one speaker. `consent` says how the speaker's consent was confirmed.

    Raises:
        AudioError: a file cannot be read or is broken, or there is too little speech, or too much.
    """
    total = sum(_seconds(path) for path in files)
    if total < MIN_SPEECH:
        raise _too_little(total, "recordings")
    if total > MAX_RECORDINGS:
        raise errors.AudioError(
            f"{total / 60:.0f} min of recordings is too much", hint="use up to 30 min; a few are enough"
        )
    recordings = [_analyse(path, min(1.0, ANALYSED / total)) for path in files]
    seconds = sum(one.seconds for one in recordings)
    voiced = sum(one.voiced_seconds for one in recordings)
    if voiced < MIN_VOICED:
        raise _too_little(voiced, "voice", total)
    if seconds < MIN_SPEECH:
        raise _too_little(seconds, "speech", total)
    bands = min(one.analysis.bands for one in recordings)
    f0 = np.concatenate([one.analysis.marks[one.analysis.pitched, F0] for one in recordings])
    octaves = np.log2(f0)
    # A high pitch has more marks per second, so each mark is weighted by its period.
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
        formants=_quartiles(np.concatenate([one.formants for one in recordings])),
        bands=bands,
        voiced=_frames([one.analysis for one in recordings], True, bands, VOICED_FRAMES),
        unvoiced=_frames([one.analysis for one in recordings], False, bands, UNVOICED_FRAMES),
    )


def learn_speaker(files: Sequence[Path]) -> Speaker:
    """Measure the speaker of recordings, as a source of takes: all of them count.

    Raises:
        AudioError: a file cannot be read or is broken, or there is too little speech.
    """
    total = sum(_seconds(path) for path in files)
    speaker: Speaker | None = None
    for path in files:
        own = _analysis(path, min(1.0, ANALYSED / total))[0].own
        speaker = own if speaker is None else speaker.added(own)
    if speaker is None or speaker.seconds < MIN_VOICED:
        raise _too_little(0.0 if speaker is None else speaker.seconds, "voice", total)
    return speaker


def _too_little(seconds: float, what: str, recorded: float | None = None) -> errors.AudioError:
    among = "" if recorded is None else f", in {recorded:.1f} s of recordings,"
    return errors.AudioError(
        # rounded down: 4.99 s are not 5
        f"{math.floor(10 * seconds) / 10:.1f} s of {what}{among} is too little",
        hint="use 5 s to 30 min of one person speaking, without other sounds",
    )


def _seconds(path: Path) -> float:
    try:
        with open_sound(path) as file:
            seconds = float(file.frames / file.samplerate)
            for block in file.blocks(1 << 16, dtype="float32"):
                if not np.abs(block).max(initial=0.0) <= MAX_LEVEL:  # also where it is not a number
                    raise errors.AudioError(
                        f"holds samples that are not numbers, or over {MAX_LEVEL:,.0f} times full scale",
                        where=str(path),
                        hint="render it again",
                    )
    except (OSError, RuntimeError) as error:
        raise errors.NotAudio(
            "cannot be read as audio", where=str(path), hint="use WAV, FLAC, MP3, OGG or AIFF"
        ) from error
    if not seconds:
        raise errors.NotAudio("is empty", where=str(path), hint="leave it out")
    return seconds


def _analysis(path: Path, share: float) -> tuple[SourceAnalysis, Samples, int]:
    """Analyse a share (0 to 1) of a recording, in excerpts spread across it; return their samples and its length, too."""
    with open_sound(path) as file:
        rate, frames = file.samplerate, file.frames
    with closing(FileSource(path, rate, frames)) as source:
        samples = excerpts(source, share * frames / rate)
    samples = HighPass(rate).process(samples)
    return analyse(samples, rate), samples, frames


def _analyse(path: Path, share: float) -> _Recording:
    analysis, samples, frames = _analysis(path, share)
    rate = analysis.sample_rate
    speech = analysis.active
    voiced = speech & analysis.voiced
    # Each mark represents the time to the next one.
    each = np.diff(analysis.marks[:, TIME], append=analysis.marks[-1, TIME])
    times = analysis.marks[voiced, TIME]
    scale = frames / max(1, len(samples))
    return _Recording(
        analysis,
        formants(samples, rate, times, analysis.f0),
        float(each[speech].sum()) * scale,
        float(each[voiced].sum()) * scale,
    )


def _frames(analyses: Sequence[SourceAnalysis], voiced: bool, bands: int, limit: int) -> bytes:
    """Pack up to `limit` frames, evenly from all recordings, each recording at the same level."""
    parts = []
    for one in analyses:
        level = one.log_power[:, :bands].max(axis=1)
        parts.append(one.log_power[one.active & (one.voiced == voiced), :bands] - np.percentile(level, LOUD))
    power = np.concatenate(parts)
    power = power[np.linspace(0, len(power) - 1, min(limit, len(power))).astype(np.int64)]
    steps = np.clip((DB * power - LEVEL_LOWEST) / LEVEL_STEP, 0, 255)
    return bytes(np.rint(steps).astype(np.uint8))


def _quartiles(found: Samples) -> tuple[tuple[float, ...], ...]:
    if not len(found):
        return ()
    rows = np.percentile(found, [25, 50, 75], axis=0).T
    return tuple(tuple(round(float(hertz)) for hertz in row) for row in rows)

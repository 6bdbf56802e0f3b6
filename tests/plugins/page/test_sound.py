"""Samples, waveforms, loudness and spectrograms, held against what the files have."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from plugins.page.world import World
from support import make_take
from takevoice import JobSounds, errors, resample
from takevoice_plugins.page.peaks import PeakStore


def heard(client: httpx.Client, path: str, **params: object) -> npt.NDArray[np.float32]:
    answer = client.get(path, params=params)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return np.frombuffer(answer.content, "<f4").reshape(-1, int(answer.headers["x-channels"]))


@pytest.mark.parametrize(("suffix", "subtype"), [(".wav", "PCM_24"), (".flac", "PCM_16"), (".aiff", "PCM_24"), (".ogg", "VORBIS")])
def test_a_range_is_what_the_file_has_there(world: World, suffix: str, subtype: str) -> None:
    path = world.folder / f"take{suffix}"
    job = world.done(path, seconds=1.0, channels=2, subtype=subtype)
    expected, _ = soundfile.read(path, dtype="float32", always_2d=True)
    client = world.client()
    for start, frames in ((0, 100), (30_000, 5000), (47_990, 100), (100, 50), (48_000, 10)):
        got = heard(client, f"/api/jobs/{job}/audio/original", start=start, frames=frames)
        assert np.array_equal(got, expected[start : start + frames]), (start, frames)
    assert not np.array_equal(expected, heard(client, f"/api/jobs/{job}/audio/result"))


def test_channels_are_chosen_or_mixed(world: World) -> None:
    job = world.done(world.folder / "take.wav", seconds=0.1, channels=4, subtype="FLOAT")
    expected, _ = soundfile.read(world.folder / "take.wav", dtype="float32")
    client, path = world.client(), f"/api/jobs/{job}/audio/original"
    assert np.array_equal(heard(client, path, channels="2,4"), expected[:, [1, 3]])
    assert np.allclose(heard(client, path, channels="mix")[:, 0], expected.mean(axis=1), atol=1e-7)
    for wrong in ("0", "5", "1,2,3", "x"):
        assert client.get(path, params={"channels": wrong}).json()["code"] == "invalid"


@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_at_another_rate_ranges_join_without_a_seam(world: World, rate: int) -> None:
    job = world.done(world.folder / "take.wav", seconds=2.0)
    client, path = world.client(), f"/api/jobs/{job}/audio/original"
    whole, _ = soundfile.read(world.folder / "take.wav", dtype="float32", always_2d=True)
    expected = resample(whole, 48_000, rate)
    parts = [heard(client, path, start=start, frames=32_768, rate=rate) for start in range(0, 2 * rate, 32_768)]
    joined = np.concatenate(parts)
    assert len(joined) == 2 * rate
    assert np.abs(joined - expected).max() < 1e-5


def test_a_file_that_was_only_touched_is_heard_and_a_changed_one_is_not(world: World) -> None:
    path = world.folder / "take.wav"
    job = world.done(path, seconds=0.2)
    client, address = world.client(), f"/api/jobs/{job}/audio/original"
    os.utime(path, (time.time() + 9, time.time() + 9))
    assert client.get(address).status_code == 200
    make_take(path, 0.2, seed=7)
    answer = client.get(address)
    assert (answer.status_code, answer.json()["code"]) == (409, "sound_changed")
    path.unlink()
    answer = client.get(address)
    assert (answer.status_code, answer.json()["code"]) == (404, "sound_missing")
    assert client.get(f"/api/jobs/{job}/audio/result").status_code == 200


def test_another_file_under_the_name_of_a_result_is_not_read(world: World, tmp_path: Path) -> None:
    job = world.done(world.folder / "take.wav", seconds=0.2)
    result = world.folder / "take.ada.wav"
    result.unlink()
    result.symlink_to(make_take(tmp_path / "private.wav", 0.2, seed=9))
    for what in ("audio", "peaks", "loudness", "spectrogram"):
        assert world.client().get(f"/api/jobs/{job}/{what}/result").json()["code"] == "sound_changed"


def test_peaks_are_the_extremes_of_each_stretch_and_are_kept(world: World) -> None:
    path = world.folder / "take.wav"
    job = world.done(path, seconds=4.0, channels=2)
    samples, _ = soundfile.read(path)
    client, address = world.client(), f"/api/jobs/{job}/peaks/original"
    pairs = np.frombuffer(client.get(address, params={"points": 8000}).content, np.int8).reshape(-1, 2)
    stretches = [samples[start : start + 256] for start in range(0, len(samples), 256)]
    assert np.abs(pairs[:, 0] - np.array([each.min() * 127 for each in stretches])).max() <= 0.51
    assert np.abs(pairs[:, 1] - np.array([each.max() * 127 for each in stretches])).max() <= 0.51
    coarse = np.frombuffer(client.get(address, params={"points": 10}).content, np.int8).reshape(-1, 2)
    assert len(coarse) == 10
    assert (coarse[:, 1].max(), coarse[:, 0].min()) == (pairs[:, 1].max(), pairs[:, 0].min())
    part = np.frombuffer(client.get(address, params={"start": 2560, "frames": 512}).content, np.int8).reshape(-1, 2)
    assert np.array_equal(part, pairs[10:12])
    assert len(list((world.office.state.path / "peaks").glob("*.peaks"))) == 1
    copy = world.done(world.folder / "renamed.wav", "bea", seconds=4.0, channels=2)  # the same audio
    client.get(f"/api/jobs/{copy}/peaks/original")
    assert len(list((world.office.state.path / "peaks").glob("*.peaks"))) == 1


def test_silence_has_no_loudness(world: World) -> None:
    path = world.folder / "take.wav"
    soundfile.write(path, np.zeros(48_000), 48_000)
    job = world.done(path, seconds=1.0)
    client = world.client()
    assert client.get(f"/api/jobs/{job}/loudness/original").json() == {"lufs": None, "true_peak": None}
    assert -40 < client.get(f"/api/jobs/{job}/loudness/result").json()["lufs"] < 0


def test_a_tone_is_brightest_in_its_row_of_the_spectrogram(world: World) -> None:
    path = world.folder / "take.wav"
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * 1000 * np.arange(96_000) / 48_000), 48_000, "PCM_24")
    job = world.done(path, seconds=2.0)
    answer = world.client().get(f"/api/jobs/{job}/spectrogram/original", params={"width": 60, "height": 100})
    rows = np.frombuffer(answer.content, np.uint8).reshape(100, 60)
    frequencies = np.geomspace(float(answer.headers["x-highest"]), 40, 100)
    assert abs(np.log2(frequencies[rows[:, 30].argmax()] / 1000)) < 0.15
    assert rows[:, 30].max() > 200


def test_many_readers_of_many_files_get_their_own_samples(world: World) -> None:
    """More files than are kept open, read at once."""
    jobs = {world.done(make_take(world.folder / f"take_{n}.wav", 0.2, seed=n), seconds=0.2): n for n in range(16)}
    expected = {job: soundfile.read(world.folder / f"take_{n}.wav", dtype="float32", always_2d=True)[0] for job, n in jobs.items()}
    client = world.client()

    def read(job: int) -> bool:
        got = [heard(client, f"/api/jobs/{job}/audio/original", start=start, frames=1000) for start in (4000, 0, 8000)]
        return all(np.array_equal(part, expected[job][start : start + 1000]) for part, start in zip(got, (4000, 0, 8000), strict=True))

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(read, [*jobs] * 3))


def test_what_is_being_measured_ends_when_takevoice_stops(world: World) -> None:
    """A thread that is still busy at the end would abort the process."""
    closing = threading.Event()
    store = PeakStore(world.office.state.path / "peaks", closing)
    sound = JobSounds(world.ledger).of(world.done(world.folder / "take.wav", seconds=2.0), "original")
    closing.set()
    for measure in (store.peaks, store.loudness):
        with pytest.raises(errors.StorageError, match="takevoice stops"):
            measure(sound)
    closing.clear()
    assert len(store.peaks(sound).levels[0]) == 375 and store.loudness(sound)[0] is not None

"""The level of a result, judged by ffmpeg's ebur128 where it is measured; and what its samples may hold."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from signals import make_speech
from takevoice import audio
from takevoice.audio.loudness import Meter

RATE = 48_000
PROVENANCE = audio.Provenance("", "", "", "", "", "")
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg measures the loudness")


def by_ffmpeg(path: Path, channels: int) -> tuple[float, float]:
    """The loudness of the sum of all channels in LUFS, and its true peak in dBTP."""
    mix = "+".join(f"c{channel}" for channel in range(channels))
    line = ["ffmpeg", "-nostdin", "-nostats", "-i", str(path), "-af", f"pan=mono|c0={mix},ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(line, capture_output=True, text=True, check=True).stderr
    return float(re.findall(r" I:\s+(\S+)", said)[-1]), float(re.findall(r"Peak:\s+(\S+)", said)[-1])


def convert(
    folder: Path,
    samples: np.ndarray,
    subtype: str,
    factor: float = 0.5,
    levels: audio.LevelSettings | None = None,
    channels: str = "auto",
    rate: int = RATE,
) -> Path:
    """Publish the result of a backend that returns what it got, times a factor."""
    soundfile.write(folder / "take.wav", samples, rate, subtype)
    take = audio.inspect(folder / "take.wav")
    reading = audio.read_take(take)
    segmentation = audio.segment_take(reading, channels, None)
    answers = {}
    for segment in segmentation.segments:
        sent, _ = soundfile.read(audio.write_segment(reading, segmentation, segment, folder).path)
        soundfile.write(folder / f"{segment.name}.wav", factor * sent, rate, "FLOAT")
        answers[segment] = (folder / f"{segment.name}.wav", "auto")
    with audio.restore(reading, segmentation, answers, levels or audio.LevelSettings(), folder) as restored:
        audio.write_like(take, restored, folder / "result.wav", PROVENANCE)
    return folder / "result.wav"


@needs_ffmpeg
@pytest.mark.parametrize("stems", [1, 2, 6, 8])
@pytest.mark.parametrize("channels", ["auto", "mix", "each"])
def test_edited_stems_keep_their_loudness(tmp_path: Path, stems: int, channels: str) -> None:
    """Actors on channels of their own, one at a time, and digital silence elsewhere."""
    voice, length = make_speech(2.0 * stems, pauses=False), 2 * RATE
    samples = np.zeros((len(voice), stems))
    for channel in range(stems):
        samples[channel * length : (channel + 1) * length, channel] = 0.4 * voice[channel * length :][:length]
    result = convert(tmp_path, samples, "PCM_24", channels=channels)
    was, now = (by_ffmpeg(path, stems)[0] for path in (tmp_path / "take.wav", result))
    assert now == pytest.approx(was, abs=0.15)


@pytest.mark.quality
@pytest.mark.long
@needs_ffmpeg
def test_sixty_four_stems_keep_their_loudness(tmp_path: Path) -> None:
    rate, stems = 8_000, 64
    length = rate // 2
    voice = make_speech(stems * length / rate, rate, pauses=False)
    samples = np.zeros((stems * length, stems), np.float32)
    for channel in range(stems):
        samples[channel * length : (channel + 1) * length, channel] = 0.4 * voice[channel * length :][:length]
    result = convert(tmp_path, samples, "PCM_24", rate=rate)
    was, now = (by_ffmpeg(path, stems)[0] for path in (tmp_path / "take.wav", result))
    assert now == pytest.approx(was, abs=0.15)


@needs_ffmpeg
@pytest.mark.parametrize("over", [0.0, 12.0, 18.0, 30.0])
def test_a_float_take_over_full_scale_keeps_its_loudness_and_its_headroom(tmp_path: Path, over: float) -> None:
    result = convert(tmp_path, 2 * make_speech(3.0)[:, None] * 10 ** (over / 20), "FLOAT", factor=0.1)
    (was, was_peak), (now, now_peak) = (by_ffmpeg(path, 1) for path in (tmp_path / "take.wav", result))
    assert (now, now_peak) == (pytest.approx(was, abs=0.1), pytest.approx(was_peak, abs=0.2))


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
@pytest.mark.parametrize("level", ["match", "off", -3.0])
def test_integers_never_clip(tmp_path: Path, subtype: str, level: str | float) -> None:
    """The answer is over full scale."""
    samples = 1.9 * make_speech(2.0)[:, None]
    levels = audio.LevelSettings(level=level, true_peak=0.0)
    got, _ = soundfile.read(convert(tmp_path, samples, subtype, factor=3.0, levels=levels))
    top = np.abs(got).max()
    assert (np.abs(got) >= top - 1e-9).sum() <= 2
    assert 0.5 < top <= 1.0


@needs_ffmpeg
@pytest.mark.parametrize(("left", "right"), [(1.0, 0.1), (0.1, 1.0)])
def test_two_people_of_unequal_level_each_keep_theirs(tmp_path: Path, left: float, right: float) -> None:
    people = [make_speech(6.0, f0=110.0, seed=1), make_speech(6.0, f0=210.0, seed=2, tract=1.2)]
    samples = np.stack([left * people[0], right * people[1]], axis=1)
    got, _ = soundfile.read(convert(tmp_path, samples, "PCM_24", channels="each"))
    for channel in range(2):
        for name, each in (("was", samples), ("now", got)):
            soundfile.write(tmp_path / f"{name}.wav", each[:, channel], RATE, "FLOAT")
        was, now = (by_ffmpeg(tmp_path / f"{name}.wav", 1)[0] for name in ("was", "now"))
        assert now == pytest.approx(was, abs=0.15)


@needs_ffmpeg
def test_with_room_tone_the_result_has_the_loudness(tmp_path: Path) -> None:
    room = 0.004 * np.random.default_rng(0).standard_normal(8 * RATE)
    samples = (0.5 * make_speech(8.0) + room)[:, None]
    result = convert(tmp_path, samples, "PCM_24", 0.1, audio.LevelSettings(room_tone=True))
    was, now = (by_ffmpeg(path, 1)[0] for path in (tmp_path / "take.wav", result))
    assert now == pytest.approx(was, abs=0.15)


@needs_ffmpeg
@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 96_000, 192_000])
def test_the_meter_agrees_with_ffmpeg(tmp_path: Path, rate: int) -> None:
    samples = make_speech(5.0, rate)
    gated = np.concatenate((samples, np.zeros(rate), samples[: rate // 2]))[:, None]
    soundfile.write(tmp_path / "take.wav", gated, rate, "FLOAT")
    meter = Meter(rate, 1)
    for start in range(0, len(gated), 10_007):
        meter.feed(gated[start : start + 10_007].astype(np.float32))
    loudness = meter.result().loudness()
    lufs, peak = by_ffmpeg(tmp_path / "take.wav", 1)
    assert (loudness.lufs, loudness.peak) == (pytest.approx(lufs, abs=0.1), pytest.approx(peak, abs=0.15))


@pytest.mark.parametrize(("subtype", "width", "bits"), [("PCM_24", 24, 20), ("PCM_16", 16, 12), ("PCM_32", 32, 24), ("PCM_24", 24, 24)])
def test_low_bits_that_the_take_does_not_use_stay_zero(tmp_path: Path, subtype: str, width: int, bits: int) -> None:
    step = 2.0 ** (1 - bits)
    samples = np.rint(make_speech(1.0)[:, None] / step) * step
    result = convert(tmp_path, samples, subtype, factor=0.77)
    integers, _ = soundfile.read(result, dtype="int32")
    assert not (integers & ((1 << (32 - bits)) - 1)).any()
    assert len(np.unique(integers)) > 1000
    assert (integers & (1 << (32 - bits))).any(), width


def test_silence_and_channels_that_are_kept_are_not_dithered(tmp_path: Path) -> None:
    hiss = np.rint(3e-4 * 2**15 * np.random.default_rng(1).standard_normal(2 * RATE)) / 2**15
    voice = np.concatenate((make_speech(1.0), np.zeros(RATE)))
    got, _ = soundfile.read(convert(tmp_path, np.stack([voice, hiss], axis=1), "PCM_16"))
    assert not got[RATE + 480 :, 0].any()
    assert np.array_equal(got[:, 1], hiss)


def test_samples_that_are_not_numbers_are_told_with_their_place(tmp_path: Path) -> None:
    samples = make_speech(1.0)
    samples[24_000] = np.nan
    soundfile.write(tmp_path / "take.wav", samples, RATE, "FLOAT")
    with pytest.raises(Exception, match=r"not numbers \(the first one at 0\.500 s\)"):
        audio.read_take(audio.inspect(tmp_path / "take.wav"))


@pytest.mark.parametrize("loudest", [32_768.0, 1e30])
def test_samples_that_no_take_has_are_told_with_their_place(loudest: float, tmp_path: Path) -> None:
    samples = make_speech(1.0)
    samples[24_000] = -loudest
    soundfile.write(tmp_path / "take.wav", samples, RATE, "FLOAT")
    with pytest.raises(Exception, match=r"samples over 1,000 times full scale \(the first one at 0\.500 s\)"):
        audio.read_take(audio.inspect(tmp_path / "take.wav"))


@needs_ffmpeg
def test_surround_is_weighted_as_ffmpeg_weights_it(tmp_path: Path) -> None:
    """FLAC states the loudspeakers of six channels (RFC 9639): the fourth does not count, the last two count more."""
    voices = [make_speech(4.0, f0=90.0 + 25 * n, seed=n) * (0.1 + 0.08 * n) for n in range(6)]
    soundfile.write(tmp_path / "take.flac", np.stack(voices, axis=1), RATE, "PCM_24")
    line = ["ffmpeg", "-nostdin", "-nostats", "-i", str(tmp_path / "take.flac"), "-af", "ebur128", "-f", "null", "-"]
    said = subprocess.run(line, capture_output=True, text=True, check=True).stderr
    measured = audio.read_take(audio.inspect(tmp_path / "take.flac")).analysis.loudness.loudness()
    assert measured.lufs == pytest.approx(float(re.findall(r" I:\s+(\S+)", said)[-1]), abs=0.1)


@needs_ffmpeg
@pytest.mark.parametrize("factor", [0.02, 0.05, 20.0, 100.0])
def test_an_answer_that_is_much_too_loud_or_quiet_gets_the_loudness_all_the_same(tmp_path: Path, factor: float) -> None:
    result = convert(tmp_path, 0.3 * make_speech(3.0)[:, None], "FLOAT", factor=factor)
    was, now = (by_ffmpeg(path, 1)[0] for path in (tmp_path / "take.wav", result))
    assert now == pytest.approx(was, abs=0.15)


@needs_ffmpeg
@pytest.mark.parametrize("highest", [4.0, 0.99])
def test_only_a_float_take_over_full_scale_gets_higher_peaks_than_it_had(tmp_path: Path, highest: float) -> None:
    """The answer's crest factor is higher: the take was limited."""
    voice = make_speech(3.0)[:, None]
    take = highest * np.tanh(6 * voice / np.abs(voice).max())
    levels = audio.LevelSettings()
    soundfile.write(tmp_path / "take.wav", take, RATE, "FLOAT")
    reading = audio.read_take(audio.inspect(tmp_path / "take.wav"))
    segmentation = audio.segment_take(reading, "auto", None)
    soundfile.write(tmp_path / "answer.wav", 0.5 * voice / np.abs(voice).max(), RATE, "FLOAT")
    answers = {segmentation.segments[0]: (tmp_path / "answer.wav", "auto")}
    with audio.restore(reading, segmentation, answers, levels, tmp_path) as restored:
        audio.write_like(reading.take, restored, tmp_path / "result.wav", PROVENANCE)
    (was, was_peak), (now, now_peak) = (by_ffmpeg(tmp_path / name, 1) for name in ("take.wav", "result.wav"))
    if highest > 1:
        assert now == pytest.approx(was, abs=0.15)
    else:
        assert now_peak < was_peak + 0.2

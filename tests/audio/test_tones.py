"""Tones that are no voice are found to the millisecond, and come back as they were."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from signals import buzz, man, woman
from support import TAKES
from takevoice import audio
from takevoice.audio.tone_keeping import in_words, is_nothing_else, kept_tones
from takevoice.audio.tones import Tone, ToneFinder
from takevoice.jobs import Take
from takevoice.settings import settings_hash
from takevoice.take_settings import TakeSettings

RATE = 48_000


def found(samples: np.ndarray, rate: int = RATE, size: int = 65_536) -> tuple[Tone, ...]:
    samples = samples.reshape(len(samples), -1).astype(np.float32)
    finder = ToneFinder(rate, samples.shape[1])
    for start in range(0, len(samples), size):
        finder.feed(samples[start : start + size])
    return finder.result()


def sine(seconds: float, hertz: float = 1000.0, rate: int = RATE, peak: float = 0.1) -> np.ndarray:
    return peak * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def take_with(*tones: tuple[float, float], seconds: float = 5.0, rate: int = RATE, speech_at: float = 2.5) -> np.ndarray:
    """A take in a quiet room: tones of 1 kHz from one second to another, and speech after them; shape (frames,)."""
    samples = 1e-4 * np.random.default_rng(3).standard_normal(round(seconds * rate))
    for start, end in tones:
        samples[round(start * rate) : round(end * rate)] += sine(end - start, rate=rate)
    voice = man(seconds - speech_at, rate)
    samples[len(samples) - len(voice) :] += voice
    return samples


def pop_by(program: str, path: Path, rate: int, hertz: float) -> np.ndarray:
    """A frame (1/24 s) at -20 dBFS, as another program makes it."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    seconds = f"{1 / 24:.9f}"
    if program == "sox":
        sound = ["synth", seconds, "sine", str(hertz), "vol", "-20dB", "fade", "t", "0.001", seconds, "0.001"]
        command = ["sox", "-D", "-n", "-r", str(rate), "-e", "float", "-b", "32", str(path), *sound]
    else:
        sound = [f"sine=f={hertz}:r={rate}:d={seconds},aformat=dbl,volume=-1.94dB"]
        command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", *sound, "-c:a", "pcm_f32le", str(path)]
    subprocess.run(command, check=True)
    return soundfile.read(path)[0]


@pytest.mark.parametrize("program", ["sox", "ffmpeg"])
@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 192_000])
@pytest.mark.parametrize("hertz", [440, 1000, 3000])
def test_a_pop_of_another_program_is_found_to_the_millisecond(
    tmp_path: Path, program: str, rate: int, hertz: float
) -> None:
    pop = pop_by(program, tmp_path / "pop.wav", rate, hertz)
    samples = take_with(rate=rate)
    start = round(0.4321 * rate)
    samples[start : start + len(pop)] += pop
    (tone,) = found(samples, rate)
    assert tone.start == pytest.approx(start, abs=rate / 1000)
    assert tone.end == pytest.approx(start + len(pop), abs=rate / 1000)
    assert tone.hertz == pytest.approx(hertz, abs=3)


def test_pips_a_line_up_tone_and_a_pop_are_each_found_once() -> None:
    tones = ((0.0, 1.5), (2.0, 2.08), (3.0, 3.08), (4.0, 4.08), (5.0, 5 + 1 / 30))
    got = found(take_with(*tones, seconds=9, speech_at=7))
    assert np.allclose([(tone.start / RATE, tone.end / RATE) for tone in got], tones, atol=0.001)


def test_the_size_of_the_blocks_changes_nothing() -> None:
    samples = take_with((0.9, 2.3), (3.0, 3.042), (3.2, 3.242), seconds=7, speech_at=4)
    whole = found(samples, size=len(samples))
    assert len(whole) == 3
    for size in (997, 4096, 65_536, 100_003):
        assert found(samples, size=size) == whole


@pytest.mark.parametrize("late", range(0, 100_000, 9_973))
def test_a_tone_is_found_wherever_it_is(late: int) -> None:
    samples = np.concatenate((np.zeros(late), take_with((0.5, 0.542), (1.0, 1.9))))
    assert [tone.start / RATE for tone in found(samples)] == pytest.approx(
        [late / RATE + 0.5, late / RATE + 1.0], abs=0.001
    )


def test_a_tone_at_the_very_start_and_end_of_a_take() -> None:
    samples = np.concatenate((sine(0.042), np.zeros(RATE), sine(0.042)))
    first, last = found(samples)
    assert first.start == 0
    assert first.end == pytest.approx(0.042 * RATE, abs=3)
    assert last.end == len(samples)


def test_a_flaw_does_not_end_a_line_up_tone() -> None:
    samples = sine(3.0)
    samples[70_000:70_240] = 0
    (tone,) = found(np.pad(samples, 9_600))
    assert (tone.end - tone.start) / RATE == pytest.approx(3.0, abs=0.001)


@pytest.mark.parametrize("rate", [8_000, 48_000])
def test_speech_has_no_tones(rate: int) -> None:
    for voice in (man(8.0, rate), woman(8.0, rate), buzz(2.0, rate)):
        assert found(voice, rate) == ()


@pytest.mark.parametrize("name", ["narrator_48k_24bit.flac", "singer_44k_stereo.flac"])
def test_spoken_and_sung_takes_have_no_tones(name: str) -> None:
    samples, rate = soundfile.read(TAKES / name, always_2d=True)
    assert found(samples, rate) == ()


def test_what_resembles_a_tone_is_none() -> None:
    t = np.arange(2 * RATE) / RATE
    fade = np.minimum(1, np.minimum(t, t[::-1]) / 0.03)
    vibrato = 2 * np.pi * np.cumsum(500 * 2 ** (0.02 * np.sin(2 * np.pi * 5.5 * t))) / RATE
    glide = 2 * np.pi * np.cumsum(np.linspace(1000, 1100, len(t))) / RATE
    assert found(0.2 * fade * np.sin(vibrato)) == ()  # hummed
    assert found(0.2 * fade * np.sin(glide)) == ()  # whistled
    assert found(0.2 * (sine(2.0, 880, peak=1) + sine(2.0, 1108.7, peak=1))) == ()  # a chord
    assert found(0.2 * np.exp(-t / 0.2) * sine(2.0, 1000, peak=1)) == ()  # a bell
    assert found(sine(2.0, 50, peak=0.2) + sine(2.0, 150, peak=0.1)) == ()  # hum
    assert found(1e-3 * sine(2.0)) == ()  # too quiet to matter
    assert found(0.5 * fade * sum(sine(2.0, 400 * k, peak=0.2 / k) for k in (1, 2, 3))) == ()  # a held vowel


def test_a_tone_under_speech_is_none() -> None:
    assert found(man(6.0) + sine(6.0, peak=0.05)) == ()


def test_a_tone_belongs_to_the_channels_without_anything_else() -> None:
    pop = np.pad(sine(0.042), RATE)
    voice = man(len(pop) / RATE)[: len(pop)]
    (tone,) = found(np.stack((pop, 0 * pop, voice, 0.5 * pop), axis=1))
    assert tone.channels == (0, 1, 3)


# Which are kept.


def analysed(folder: Path, samples: np.ndarray, rate: int = RATE, subtype: str = "FLOAT") -> audio.TakeReading:
    return audio.read_take(take_of(folder, samples, rate, subtype))


def take_of(folder: Path, samples: np.ndarray, rate: int = RATE, subtype: str = "FLOAT") -> Take:
    soundfile.write(folder / "take.wav", samples, rate, subtype)
    return audio.inspect(folder / "take.wav")


def test_auto_keeps_the_tones_of_takes_that_begin_with_a_slate_or_a_pop(tmp_path: Path) -> None:
    def kept(samples: np.ndarray, keep: bool | str = "auto") -> int:
        return len(kept_tones(analysed(tmp_path, samples).analysis, keep, RATE))

    slate = np.concatenate((man(1.5), np.zeros(RATE // 2)))
    begins_with_pop = take_with((0.5, 0.542))
    begins_with_slate = np.concatenate((slate, take_with((0.5, 0.542), seconds=8)))
    ends_with_pop = np.concatenate((man(6.0), np.zeros(RATE), sine(0.042), np.zeros(RATE)))
    pop_after_ten_seconds = np.concatenate((np.zeros(11 * RATE), begins_with_pop))
    assert [kept(begins_with_pop, keep) for keep in ("auto", True, False)] == [1, 1, 0]
    assert kept(begins_with_slate) == 1
    assert [kept(ends_with_pop, keep) for keep in ("auto", True)] == [0, 1]
    assert [kept(pop_after_ten_seconds, keep) for keep in ("auto", True)] == [0, 1]


def test_tones_are_named_by_pitch_and_place() -> None:
    tones = [Tone(0, 2000, 999.9, (0,)), Tone(48_000 * 61, 48_000 * 62, 440.2, (0,))]
    assert in_words(tones, RATE) == "1 kHz at 0:00.000-0:00.042, 440 Hz at 1:01.000-1:02.000"
    assert in_words(tones * 4, RATE).endswith("4 more")


def test_a_take_of_nothing_but_tones(tmp_path: Path) -> None:
    def nothing_else(samples: np.ndarray) -> bool:
        analysis = analysed(tmp_path, samples).analysis
        return is_nothing_else(analysis, kept_tones(analysis, "auto", RATE))

    line_up = np.pad(sine(3.0), RATE)
    assert nothing_else(line_up)
    assert not nothing_else(np.zeros(RATE))
    assert not nothing_else(np.concatenate((line_up, 0.003 * man(2.0))))
    assert not nothing_else(np.stack((line_up, np.pad(man(3.0), RATE)), axis=1))


# What comes back.

CONVERTED = 0.25  # what the converted voice is of the original


def converted(
    folder: Path, take: Take, keep: bool | str, level: str = "off", croak: slice = slice(0)
) -> tuple[np.ndarray, audio.TakeReading]:
    """The take restored from an answer that is quieter, and upside down; a stretch of it is a loud `croak`."""
    reading = audio.read_take(take)
    segmentation = audio.segment_take(reading, "auto", None)
    answers = {}
    for segment in segmentation.segments:
        sent = soundfile.read(audio.write_segment(reading, segmentation, segment, folder).path)[0]
        answer = -CONVERTED * sent
        answer[croak] = sine(croak.stop / take.sample_rate, 90, take.sample_rate, peak=0.5)[croak]
        soundfile.write(folder / f"{segment.name}.a.wav", answer, take.sample_rate, "FLOAT")
        answers[segment] = (folder / f"{segment.name}.a.wav", "auto")
    levels = audio.LevelSettings(level=level, keep_tones=keep)
    with audio.restore(reading, segmentation, answers, levels, folder) as result:
        return np.concatenate(list(result.blocks())), reading


@pytest.mark.parametrize("rate", [16_000, 48_000])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_32", "FLOAT", "DOUBLE"])
def test_a_kept_tone_comes_back_sample_for_sample(tmp_path: Path, rate: int, subtype: str) -> None:
    take = take_of(tmp_path, take_with((0.5, 0.542), rate=rate), rate, subtype)
    got, _ = converted(tmp_path, take, "auto")
    original = soundfile.read(take.path, always_2d=True)[0]
    tone = slice(round(0.497 * rate), round(0.545 * rate))
    assert np.array_equal(got[tone], original[tone])
    voice = slice(3 * rate, 4 * rate)
    assert np.allclose(got[voice], -CONVERTED * original[voice], atol=1e-4)
    changed, _ = converted(tmp_path, take, False)
    assert np.allclose(changed[tone], -CONVERTED * original[tone], atol=1e-3)


def test_the_edges_of_a_kept_tone_do_not_click(tmp_path: Path) -> None:
    take = take_of(tmp_path, take_with((0.5, 0.542)))
    got, _ = converted(tmp_path, take, "auto", croak=slice(0, RATE))
    steps = np.abs(np.diff(got[round(0.3 * RATE) : round(0.7 * RATE), 0]))
    assert steps.max() < 0.02  # those of the tone itself are 0.013


@pytest.mark.parametrize("peak", [0.05, 0.9])
def test_neither_a_loud_tone_nor_what_became_of_it_changes_the_level_of_the_voice(
    tmp_path: Path, peak: float
) -> None:
    samples = 0.2 * take_with(seconds=6)
    samples[24_000:72_000] += sine(1.0, peak=peak)
    take = take_of(tmp_path, samples, subtype="PCM_24")
    got, _ = converted(tmp_path, take, True, level="match", croak=slice(24_000, 72_000))
    voice = slice(3 * RATE, 6 * RATE)
    ratio = np.sqrt(np.mean(got[voice] ** 2) / np.mean(samples[voice] ** 2))
    assert 20 * np.log10(ratio) == pytest.approx(0, abs=0.2)
    assert np.abs(got[24_000:72_000, 0] - soundfile.read(take.path)[0][24_000:72_000]).max() == 0


def test_a_kept_tone_does_not_raise_the_ceiling_of_the_voice(tmp_path: Path) -> None:
    samples = 0.2 * take_with(seconds=6)
    samples[24_000:72_000] += sine(1.0, peak=0.99)
    reading = analysed(tmp_path, samples)
    levels = audio.LevelSettings(level=-8.0, true_peak=-6.0, keep_tones=True)
    segmentation = audio.segment_take(reading, "auto", None)
    (segment,) = segmentation.segments
    sent = audio.write_segment(reading, segmentation, segment, tmp_path).path
    with audio.restore(reading, segmentation, {segment: (sent, "auto")}, levels, tmp_path) as result:
        got = np.concatenate(list(result.blocks()))
    assert np.abs(got[80_000:]).max() == pytest.approx(10 ** (-6 / 20), rel=0.02)
    assert np.abs(got[24_000:72_000]).max() == pytest.approx(0.99, abs=1e-3)


def test_a_tone_on_one_channel_comes_back_there(tmp_path: Path) -> None:
    pop, voice = np.pad(sine(0.042), (RATE, 4 * RATE)), man(6.0)
    pop, voice = pop[: 5 * RATE], voice[: 5 * RATE]
    take = take_of(tmp_path, np.stack((pop + woman(6.0)[: 5 * RATE] * (np.arange(5 * RATE) > 2 * RATE), voice), axis=1))
    got, reading = converted(tmp_path, take, True)
    (tone,) = reading.analysis.tones
    assert tone.channels == (0,)
    original = soundfile.read(take.path)[0]
    assert np.array_equal(got[tone.start : tone.end, 0], original[tone.start : tone.end, 0].astype(np.float32))
    assert not np.array_equal(got[tone.start : tone.end, 1], original[tone.start : tone.end, 1].astype(np.float32))


def test_the_built_in_value_leaves_hashes_as_they_were() -> None:
    def hashed(**given: object) -> str:
        return settings_hash("local", TakeSettings(**given), "ada")  # type: ignore[arg-type]

    assert hashed() == hashed(keep_tones="auto") == OLD_HASH
    assert len({hashed(), hashed(keep_tones=True), hashed(keep_tones=False)}) == 3


OLD_HASH = "2ef6861f2efd7f334b8a8ad502ff3dfb"

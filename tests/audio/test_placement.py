"""Where an answer belongs: told where it can be told, left as it came where it cannot, and never at the cost of sound."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import pytest

from signals import make_speech, man, woman
from takevoice.audio.edge_loss import movable
from takevoice.audio.placement import Kind, Placement, place

RATE = 48_000


def reader(samples: np.ndarray) -> Callable[[int, int], np.ndarray]:
    """A function that reads ranges of `samples`, with silence outside."""

    def read(start: int, frames: int) -> np.ndarray:
        assert frames >= 0
        at = np.arange(start, start + frames)
        inside = (at >= 0) & (at < len(samples))
        return np.where(inside, samples[np.clip(at, 0, len(samples) - 1)], 0).astype(np.float32)

    return read


def placed(take: np.ndarray, answer: np.ndarray, kind: Kind = Kind.SERVICE, rate: int = RATE) -> Placement | None:
    return place(reader(take), len(take), reader(answer), len(answer), rate, kind)


def moved(placement: Placement | None) -> float:
    """By how many ms the answer is moved."""
    return placement.offset if placement is not None and placement.sure and abs(placement.offset) >= 3 else 0.0


def held(placement: Placement | None) -> bool:
    return placement is not None and not placement.alike


def late(samples: np.ndarray, milliseconds: float, rate: int = RATE) -> np.ndarray:
    """The samples after silence, or without their start if they are early; as long as they were."""
    frames = round(milliseconds * rate / 1000)
    if frames < 0:
        return np.concatenate((samples[-frames:], np.zeros(-frames)))
    return np.concatenate((np.zeros(frames), samples))[: len(samples)]


@functools.cache
def conversation() -> tuple[np.ndarray, np.ndarray]:
    return man(12), woman(12)


def cuts(seconds: float, number: int = 25) -> list[tuple[np.ndarray, np.ndarray]]:
    """Cuts of a man's speech that begin and end anywhere, and of the same words of a woman."""
    spoken, answered = conversation()
    length = round(seconds * RATE)
    starts = np.random.default_rng(3).integers(len(spoken) - length, size=number)
    return [(spoken[at : at + length], answered[at : at + length]) for at in starts]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("seconds", [0.2, 0.35, 0.5, 0.8, 1.2, 2.0])
def test_the_answer_to_a_tight_cut_stays_where_it_is(seconds: float, kind: Kind) -> None:
    for take, answer in cuts(seconds):
        found = placed(take, answer, kind)
        assert moved(found) == 0
        assert not held(found)


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("milliseconds", [-43.7, -12.0, 7.3, 25.1, 88.8])
def test_a_late_or_early_answer_is_found_to_a_millisecond(milliseconds: float, rate: int) -> None:
    take, answer = man(3, rate), woman(3, rate)
    still, found = placed(take, answer, rate=rate), placed(take, late(answer, milliseconds, rate), rate=rate)
    assert still is not None
    assert found is not None
    assert found.sure
    assert found.offset - still.offset == pytest.approx(milliseconds, abs=1)
    assert found.offset == pytest.approx(milliseconds, abs=2)
    assert found.remark == ""


def test_the_delay_of_short_takes_is_corrected_or_left() -> None:
    corrections = [moved(placed(take, late(answer, 30))) for take, answer in cuts(1.0, 40)]
    assert all(each == 0 or abs(each - 30) < 5 for each in corrections)
    assert sum(each != 0 for each in corrections) > 20


def test_no_take_is_moved_by_more_than_a_third_of_it() -> None:
    for take, answer in cuts(0.4, 40):
        assert abs(moved(placed(take, late(answer, 200)))) <= 400 / 3 + 3


def test_no_offset_is_corrected_in_part() -> None:
    """One that is likelier than all others only because those farther off are not expected."""
    for seconds in (0.5, 1.0):
        for take, answer in cuts(seconds):
            for milliseconds in (-10, 170, 175):
                found = moved(placed(take, late(answer, milliseconds), Kind.LOSSY))
                assert found == 0 or found == pytest.approx(milliseconds, abs=5)


def sentence(speaker: Callable[..., np.ndarray], seconds: float, seed: int) -> np.ndarray:
    """Words and pauses of uneven lengths; those of `make_speech` are the same in all of its takes."""
    random = np.random.default_rng(seed)
    sound = speaker(seconds + 3, 16_000, seed=seed)[round(random.uniform(0.1, 3) * 16_000) :]
    words = []
    while len(sound):
        word = round(random.uniform(0.1, 0.4) * 16_000)
        words += [sound[:word], np.zeros(round(random.exponential(0.12) * 16_000))]
        sound = sound[word:]
    return np.concatenate(words)[: round(seconds * 16_000)]


@pytest.mark.parametrize("seconds", [1.2, 2.0, 4.0])
def test_other_words_are_held(seconds: float) -> None:
    for seed in range(5):
        take, other = sentence(man, seconds, seed), sentence(woman, seconds, seed + 50)
        assert held(placed(take, other, rate=16_000))
        assert not held(placed(take, sentence(woman, seconds, seed), rate=16_000))


def test_silence_instead_of_words_is_held() -> None:
    take = man(3)
    assert held(placed(take, np.zeros(len(take))))
    assert held(placed(take, np.zeros(0)))


@pytest.mark.parametrize(("milliseconds", "edge"), [(40, "start"), (-40, "end")])
def test_an_answer_is_not_moved_if_that_cuts_off_sound(milliseconds: int, edge: str) -> None:
    take, answer = man(3), late(woman(3), milliseconds)
    assert moved(placed(take, answer)) == pytest.approx(milliseconds, abs=2)
    sound = 0.1 * np.sin(2 * np.pi * 300 * np.arange(0.03 * RATE) / RATE)
    at = 0 if edge == "start" else len(answer) - len(sound)
    answer[at : at + len(sound)] = sound
    found = placed(take, answer)
    assert found is not None
    assert found.offset == pytest.approx(milliseconds, abs=2)
    assert not found.sure
    assert edge in found.remark
    assert not held(found)


@pytest.mark.parametrize("milliseconds", [40, -40])
def test_a_tight_answer_is_moved_to_the_edge_and_no_farther(milliseconds: int) -> None:
    """The offset is measured to a fraction of a millisecond only: it may not cost the fraction."""
    speech, answered = conversation()
    for start in np.random.default_rng(4).integers(9 * RATE, size=20):
        take, answer = (each[start : start + 2 * RATE] for each in (speech, answered))
        loud = np.abs(answer) > 0.2 * np.abs(answer).max()
        first, last = np.flatnonzero(loud)[[0, -1]]  # sound from the first sample to the last
        found = placed(take[first:last], late(answer[first:last], milliseconds))
        assert abs(moved(found)) == pytest.approx(40, abs=5)
        assert abs(moved(found)) <= 40.05


def swelling(seconds: float, seed: int, followed: np.ndarray | float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Noise whose level in dB swells as music does, and that level; half of it may follow another one."""
    random = np.random.default_rng(seed)
    points = np.arange(0, seconds + 1, 0.12)
    level = np.interp(np.arange(round(seconds * RATE)) / RATE, points, 6 * random.standard_normal(len(points)))
    level = 0.7 * level + 0.5 * followed if np.ndim(followed) else level
    return 0.1 * random.standard_normal(len(level)) * 10 ** (level / 20), level


def test_sustained_sounds_are_not_held_for_a_low_correlation() -> None:
    correlations = []
    for seed in range(8):
        take, level = swelling(1.2, seed)
        found = placed(take, swelling(1.2, seed + 100, level)[0], Kind.EXACT)
        assert not held(found)
        correlations += [found.correlation] if found is not None else []
    assert min(correlations) < 0.45  # which is too little for speech


def test_quiet_sound_before_dense_speech_counts() -> None:
    """36 dB below the loudest moment is heard, also where hardly any moment of the answer is quiet."""
    answer = 0.1 * np.random.default_rng(0).standard_normal(RATE)
    answer[: RATE // 10] *= 10 ** (-36 / 20)
    assert movable(reader(answer), len(answer), len(answer), RATE, RATE // 10) < 0.006 * RATE


def test_noise_at_an_edge_does_not_count_as_sound() -> None:
    take = man(3)
    noise = 0.002 * np.random.default_rng(0).standard_normal(len(take))
    assert moved(placed(take, late(woman(3), 40) + noise)) == pytest.approx(40, abs=2)


def test_noises_and_tones_are_neither_moved_nor_held() -> None:
    random, t = np.random.default_rng(1), np.arange(2 * RATE) / RATE
    for take in (random.standard_normal(len(t)) * 0.1, np.sin(2 * np.pi * 440 * t), np.zeros(len(t)), t - 1):
        found = placed(take, random.standard_normal(len(t)) * 0.1)
        assert moved(found) == 0
        assert not held(found)


def test_the_windows_of_a_long_take_agree_and_tell_its_drift() -> None:
    take, answer = man(70, 16_000), woman(70, 16_000)
    found = placed(take, late(answer, 35, 16_000), rate=16_000)
    assert found is not None
    assert moved(found) == pytest.approx(35, abs=2)
    assert abs(found.drift) < 2
    at = np.arange(len(answer)) * (1 - 0.0002)  # 14 ms over all of it
    drifting = placed(take, np.interp(at, np.arange(len(answer)), answer), rate=16_000)
    assert drifting is not None
    assert drifting.drift == pytest.approx(0.0002 * 62_000, abs=2)


def test_a_take_that_is_too_short_is_not_placed() -> None:
    take = make_speech(0.09)
    assert placed(take, take) is None
    assert placed(take[:0], take) is None

"""A result that is quieter than its take does not come without a word."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
import pytest
import soundfile

from pipeline.line import Line
from signals import man

RATE = 48_000
Change = Callable[[np.ndarray], None]
Words = Callable[[np.ndarray, Change | None], str]


@pytest.fixture
def told(line: Line, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Words:
    """The log of the conversion of a take, whose answer is changed."""
    write = soundfile.write

    def convert(samples: np.ndarray, change: Change | None) -> str:
        path = line.folder / "take.wav"
        write(path, samples, RATE, "PCM_24")

        def changing(file: object, data: np.ndarray, *rest: object, **more: object) -> None:
            answer = data.copy()
            if change is not None:
                change(answer)
            write(file, answer, *rest, **more)

        monkeypatch.setattr("pipeline.line.soundfile.write", changing)
        line.drop(path)
        with caplog.at_level(logging.INFO):
            line.work_off()
        return caplog.text

    return convert


def test_an_answer_like_its_take_needs_no_word(told: Words) -> None:
    log = told(0.3 * man(6.0), None)
    assert "take.ada.wav" in log
    assert "quieter" not in log
    assert "silent from" not in log


def test_a_click_in_the_answer_that_costs_level_is_told(told: Words) -> None:
    def click(answer: np.ndarray) -> None:
        answer[np.abs(answer).argmax()] = 1.0

    log = told(0.3 * man(3.0), click)
    assert "take.wav is" in log
    assert "dB quieter than its original, so that its peaks stay below -1 dBTP" in log


def test_a_hole_in_the_answer_is_told(told: Words) -> None:
    def drop(answer: np.ndarray) -> None:
        answer[2 * RATE : 3 * RATE] = 0

    log = told(0.3 * man(6.0), drop)
    assert "take.wav: the answer is silent from 2." in log
    assert "where the take is not; listen to it" in log

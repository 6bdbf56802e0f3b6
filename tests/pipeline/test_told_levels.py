"""A result that is quieter than its take does not come without a word."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import soundfile

from pipeline.line import Line
from signals import man

RATE = 48_000


class _Words:
    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.caplog = caplog

    def of(self, line: Line, samples: np.ndarray) -> str:
        path = line.folder / "take.wav"
        soundfile.write(path, samples, RATE, "PCM_24")
        line.drop(path)
        with self.caplog.at_level(logging.INFO):
            line.work_off()
        return self.caplog.text


def test_a_click_in_the_answer_that_costs_level_is_told(
    line: Line, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = 0.3 * man(3.0)
    assert "quieter" not in _Words(caplog).of(line, clean)
    write = soundfile.write

    def clicking(file: object, data: np.ndarray, *rest: object, **more: object) -> None:
        if "format" in more:  # the backend's answer
            data = data.copy()
            data[np.abs(data).argmax()] = 1.0
        write(file, data, *rest, **more)

    monkeypatch.setattr("pipeline.line.soundfile.write", clicking)
    told = _Words(caplog).of(line, 0.9 * clean)
    assert "take.wav is" in told
    assert "dB quieter than its original, so that its peaks stay below -1 dBTP" in told


def test_a_hole_in_the_answer_is_told(
    line: Line, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = 0.3 * man(6.0)
    assert "silent from" not in _Words(caplog).of(line, clean)
    write = soundfile.write

    def dropping(file: object, data: np.ndarray, *rest: object, **more: object) -> None:
        if "format" in more:  # the backend's answer
            data = data.copy()
            data[2 * RATE : 3 * RATE] = 0
        write(file, data, *rest, **more)

    monkeypatch.setattr("pipeline.line.soundfile.write", dropping)
    told = _Words(caplog).of(line, 0.9 * clean)
    assert "take.wav: the answer is silent from 2." in told
    assert "where the take is not; listen to it" in told

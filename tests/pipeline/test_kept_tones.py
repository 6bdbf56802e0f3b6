"""The pop before a take comes back as it was, whatever the voice engine makes of it."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.line import Line
from signals import man
from takevoice.jobs import State
from takevoice.settings import answer_key

RATE = 48_000
POP = slice(24_000, 26_000)  # one frame at 24 fps, two seconds before the voice
LOG = "tones kept: 1 kHz at 0:00.500-0:00.542"


def dropped(line: Line, samples: np.ndarray, name: str = "take.wav") -> Path:
    path = line.folder / name
    soundfile.write(path, samples, RATE, "PCM_24")
    line.drop(path)
    line.work_off()
    return path


def with_pop() -> np.ndarray:
    """Half a second of silence, a 2-pop at -12 dBFS, silence, and a voice from 2.5 s on."""
    samples = np.concatenate((np.zeros(120_000), man(3.0)))
    samples[POP] = 0.25 * np.sin(2 * np.pi * 1000 * np.arange(2000) / RATE)
    return samples


def differing(line: Line, path: Path) -> np.ndarray:
    """Where the result differs from the take."""
    assert line.job.state is State.DONE, line.job.error
    assert line.job.output is not None
    return np.flatnonzero(soundfile.read(line.job.output)[0] != soundfile.read(path)[0])


@pytest.mark.parametrize("keep", ["", "keep_tones = true\n"])
def test_a_2_pop_comes_back_as_it_was(line: Line, caplog: pytest.LogCaptureFixture, keep: str) -> None:
    line.set(f'[defaults]\nlevel = "off"\n{keep}')
    with caplog.at_level(logging.INFO, "takevoice"):
        path = dropped(line, with_pop())
    assert set(line.backend.sent) == {"take.wav ada"}
    assert differing(line, path).min() >= 119_000  # the voice alone
    assert LOG in caplog.text


def test_a_2_pop_can_be_converted_too(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    line.set('[defaults]\nlevel = "off"\nkeep_tones = false\n')
    with caplog.at_level(logging.INFO, "takevoice"):
        path = dropped(line, with_pop())
    changed = differing(line, path)
    assert np.count_nonzero((changed >= POP.start) & (changed < POP.stop)) > 1900
    assert "tones kept" not in caplog.text


def test_nothing_is_sent_of_a_line_up_tone(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    line_up = np.pad(0.1 * np.sin(2 * np.pi * 1000 * np.arange(5 * RATE) / RATE), RATE)
    with caplog.at_level(logging.INFO, "takevoice"):
        path = dropped(line, line_up)
    assert line.backend.sent == []
    assert not len(differing(line, path))
    assert "is nothing but tones, which are kept: nothing is sent (1 kHz at 0:01.000-0:06.000)" in caplog.text
    line.set("[defaults]\nkeep_tones = false\n")
    dropped(line, line_up, "again.wav")
    assert line.backend.sent == ["again.wav ada"]


def test_takes_that_were_converted_before_are_not_paid_again(line: Line) -> None:
    dropped(line, with_pop())
    before = line.job.settings_hash
    line.ledger.close()
    again = Line(line.folder, line.state)
    again.set('[defaults]\nkeep_tones = "auto"\n')
    again.drop(line.folder / "take.wav")
    again.work_off()
    assert again.backend.sent == []
    assert again.job.settings_hash == before
    again.ledger.close()


def test_the_result_depends_on_it_and_the_request_does_not(line: Line) -> None:
    line.set('[defaults]\nlevel = "off"\nkeep_tones = false\n')
    path = dropped(line, with_pop())
    line.set('[defaults]\nlevel = "off"\nkeep_tones = true\n')
    line.ask(path)
    line.work_off()
    jobs = line.ledger.jobs.select()
    assert len({job.settings_hash for job in jobs}) == len(jobs) == 2
    assert len({answer_key(job) for job in jobs}) == 1

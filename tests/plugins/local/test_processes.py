"""Several takes at once: the same bytes wherever they are made, and no process is left behind."""

import subprocess
from pathlib import Path

import pytest
import soundfile

from hearing import RATE
from speech import man, woman
from support import wait_for
from takevoice import errors
from takevoice_plugins.local.cloned.clone import ClonedProfile
from takevoice_plugins.local.cloned.learn import learn
from takevoice_plugins.local.conversion import ConversionTask, convert_file
from takevoice_plugins.local.designed import profile
from takevoice_plugins.local.parameters import Parameters
from takevoice_plugins.local.pool import MIN_SECONDS_TO_REUSE, MIN_SECONDS_TO_SPAWN, ProcessPool
from takevoice_plugins.local.process import ConverterProcess


def some_task(path: Path, seconds: float) -> ConversionTask:
    samples = man(seconds, 16_000)
    soundfile.write(path, samples, 16_000, "PCM_16")
    return ConversionTask(path, 16_000, len(samples), Parameters(seed=3), "wav_16000")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes that were started."""
    processes: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, **kwargs)  # type: ignore[arg-type]
            processes.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    return processes


def test_the_second_of_two_long_takes_is_made_apart_and_is_the_same(
    tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    recording = tmp_path / "her.wav"
    soundfile.write(recording, woman(8.0, RATE), RATE, "PCM_16")
    her = ClonedProfile(learn("her", [recording], "told in a test"))
    task = some_task(tmp_path / "take.wav", MIN_SECONDS_TO_SPAWN + 1)
    expected = b"".join(convert_file(her, task))
    pool = ProcessPool(cores=2, idle=0.5)
    first, second, third = (pool.convert(her, task) for _ in range(3))
    pieces = [next(first)]
    assert not started
    assert b"".join(second) == expected
    # The same process makes the next one too, also a short one.
    short = some_task(tmp_path / "short.wav", MIN_SECONDS_TO_REUSE + 1)
    made_apart = b"".join(pool.convert(her, short))
    assert len(started) == 1
    assert made_apart == b"".join(convert_file(her, short))
    assert b"".join([*pieces, *first]) == expected
    assert b"".join(third) == expected
    assert len(started) == 1
    wait_for(lambda: started[0].poll() is not None)


def test_a_process_that_died_while_it_waited_costs_nothing(
    tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    long, short = some_task(tmp_path / "long.wav", MIN_SECONDS_TO_SPAWN + 1), some_task(tmp_path / "short.wav", 5.0)
    pool = ProcessPool(cores=2)
    first = pool.convert(profile("ada"), long)
    pieces = [next(first)]
    list(pool.convert(profile("ada"), long))
    started[0].kill()
    started[0].wait()
    assert list(pool.convert(profile("ada"), short))
    assert [*pieces, *first]
    for process in started:
        process.kill()


def test_short_takes_stay_here(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    task = some_task(tmp_path / "take.wav", 1.0)
    pool = ProcessPool(cores=4)
    for conversion in [pool.convert(profile("ada"), task) for _ in range(3)]:
        next(conversion)
    assert not started


def test_a_cancelled_take_ends_its_process(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    conversion = ConverterProcess().convert(profile("ada"), some_task(tmp_path / "take.wav", 30.0))
    next(conversion)
    assert started[0].poll() is None
    conversion.close()  # type: ignore[attr-defined]
    assert started[0].poll() is not None


def test_what_goes_wrong_there_is_told_here(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    task = some_task(tmp_path / "take.wav", 1.0)
    task.path.unlink()
    process = ConverterProcess()
    with pytest.raises(errors.AudioError, match="render it again"):
        list(process.convert(profile("ada"), task))
    # It goes on with the next one.
    assert list(process.convert(profile("ada"), some_task(tmp_path / "take.wav", 1.0)))
    process.end()
    assert not capfd.readouterr().err


def test_a_process_that_dies_is_told(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    conversion = ConverterProcess().convert(profile("ada"), some_task(tmp_path / "take.wav", 60.0))
    next(conversion)
    started[0].kill()
    with pytest.raises(errors.BackendError, match="early end"):
        list(conversion)

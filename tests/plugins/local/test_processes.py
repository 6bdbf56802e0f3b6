"""Several takes at once: the same bytes from every process, and no process is left over."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import pytest
import soundfile

from signals import RATE, man, woman
from support import wait_for
from takevoice import errors
from takevoice_plugins.local import pool as pools
from takevoice_plugins.local.cloned.clone import ClonedProfile
from takevoice_plugins.local.cloned.learn import learn
from takevoice_plugins.local.conversion import ConversionTask, convert_file
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.pool import ProcessPool
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.process import ConverterProcess

Processes = Callable[[], list[BaseProcess]]
LONG = 16.0  # seconds: more bytes than a connection holds, so a process is not done before they are taken
SHORT = 5.0


@pytest.fixture(autouse=True)
def worth_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes of some seconds get a process, as those of a minute do."""
    monkeypatch.setattr(pools, "MIN_SECONDS_TO_SPAWN", LONG - 1)


def some_task(path: Path, seconds: float) -> ConversionTask:
    samples = man(seconds, 16_000)
    soundfile.write(path, samples, 16_000, "PCM_16")
    return ConversionTask(path, 16_000, len(samples), EngineParameters(seed=3), "wav_16000")


@pytest.fixture
def processes() -> Iterator[Processes]:
    """The converter processes that the test has started and that are still running."""
    before = set(multiprocessing.active_children())
    yield lambda: [child for child in multiprocessing.active_children() if child not in before]
    for process in set(multiprocessing.active_children()) - before:
        process.kill()
        process.join()


def is_gone(process: BaseProcess) -> bool:
    """True once nothing is left of a process, not even a zombie."""
    return process.pid is not None and not psutil.pid_exists(process.pid)


def test_the_second_of_two_long_takes_gets_a_process_and_the_same_result(
    tmp_path: Path, processes: Processes
) -> None:
    recording = tmp_path / "her.wav"
    soundfile.write(recording, woman(8.0, RATE), RATE, "PCM_16")
    her = ClonedProfile(learn("her", [recording], "confirmed in a test"))
    task = some_task(tmp_path / "take.wav", LONG)
    expected = b"".join(convert_file(her, task))
    pool = ProcessPool(cores=2, idle=0.5)
    first, second, third = (pool.convert(her, task) for _ in range(3))
    chunks = [next(first)]
    assert not processes()
    assert b"".join(second) == expected
    # The same process converts the next take too, also a short one.
    (started,) = processes()
    short = some_task(tmp_path / "short.wav", SHORT)
    converted = b"".join(pool.convert(her, short))
    assert processes() == [started]
    assert converted == b"".join(convert_file(her, short))
    assert b"".join([*chunks, *first]) == expected
    assert b"".join(third) == expected
    # It is ended when it has been idle for a while, and does not stay as a zombie.
    wait_for(lambda: is_gone(started))
    # One take alone needs none.
    assert b"".join(pool.convert(her, task)) == expected
    assert not processes()
    assert (pool._running_here, pool._running_in_processes) == (0, 0)


def test_there_are_no_more_processes_than_cores(tmp_path: Path, processes: Processes) -> None:
    task, pool = some_task(tmp_path / "take.wav", LONG), ProcessPool(cores=2)
    conversions = [pool.convert(profile("ada"), task) for _ in range(3)]
    for conversion in conversions:
        next(conversion)
    assert len(processes()) == 1
    for conversion in conversions:
        conversion.close()  # type: ignore[attr-defined]


def test_a_process_that_dies_while_idle_is_replaced(tmp_path: Path, processes: Processes) -> None:
    long = some_task(tmp_path / "long.wav", LONG)
    short = some_task(tmp_path / "short.wav", SHORT)
    pool = ProcessPool(cores=2)
    first = pool.convert(profile("ada"), long)
    chunks = [next(first)]
    list(pool.convert(profile("ada"), long))
    (started,) = processes()
    started.kill()
    wait_for(lambda: not processes())
    assert list(pool.convert(profile("ada"), short))
    assert started not in processes()
    assert [*chunks, *first]


def test_short_takes_are_converted_in_this_process(tmp_path: Path, processes: Processes) -> None:
    task = some_task(tmp_path / "take.wav", 1.0)
    pool = ProcessPool(cores=4)
    for conversion in [pool.convert(profile("ada"), task) for _ in range(3)]:
        next(conversion)
    assert not processes()


def test_closing_the_iterator_ends_the_process(tmp_path: Path, processes: Processes) -> None:
    conversion = ConverterProcess().convert(profile("ada"), some_task(tmp_path / "take.wav", LONG))
    assert len(next(conversion)) < 100_000, "the first bytes wait for others"
    (started,) = processes()
    conversion.close()  # type: ignore[attr-defined]
    assert is_gone(started)


def test_errors_arrive_with_their_class_place_and_hint(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    task = some_task(tmp_path / "take.wav", 1.0)
    task.path.unlink()
    process = ConverterProcess()
    with pytest.raises(errors.AudioError) as caught:
        list(process.convert(profile("ada"), task))
    with pytest.raises(errors.AudioError) as expected:
        list(convert_file(profile("ada"), task))
    assert type(caught.value) is type(expected.value)
    assert vars(caught.value) == vars(expected.value)
    assert str(caught.value) == str(expected.value)
    # The process converts the next take all the same.
    assert list(process.convert(profile("ada"), some_task(tmp_path / "take.wav", 1.0)))
    process.end()
    assert not capfd.readouterr().err


def test_a_process_that_dies_during_a_conversion_is_reported(tmp_path: Path, processes: Processes) -> None:
    conversion = ConverterProcess().convert(profile("ada"), some_task(tmp_path / "take.wav", LONG))
    next(conversion)
    (started,) = processes()
    started.kill()
    with pytest.raises(errors.BackendError, match="ended early"):
        list(conversion)
    assert is_gone(started)


def test_a_take_whose_process_is_killed_is_tried_once_more_by_itself(tmp_path: Path, processes: Processes) -> None:
    task = some_task(tmp_path / "take.wav", LONG)
    expected = b"".join(convert_file(profile("ada"), task))
    pool = ProcessPool(cores=2)
    here = pool.convert(profile("ada"), task)
    next(here)
    other = pool.convert(profile("ada"), task)
    chunks = [next(other)]
    (started,) = processes()
    started.kill()
    assert b"".join([*chunks, *other]) == expected
    here.close()  # type: ignore[attr-defined]


def test_a_take_whose_process_is_killed_twice_is_reported(tmp_path: Path, processes: Processes) -> None:
    task = some_task(tmp_path / "take.wav", LONG)
    pool = ProcessPool(cores=2)
    here = pool.convert(profile("ada"), task)
    next(here)
    other = pool.convert(profile("ada"), task)
    next(other)
    (first,) = processes()
    first.kill()
    killer = threading.Thread(target=lambda: wait_for(lambda: [p for p in processes() if p is not first])[0].kill())
    killer.start()
    with pytest.raises(errors.BackendError, match="ended early"):
        list(other)
    killer.join()
    here.close()  # type: ignore[attr-defined]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_signals_for_the_whole_group_leave_it_alone(tmp_path: Path, processes: Processes) -> None:
    task = some_task(tmp_path / "take.wav", LONG)
    process = ConverterProcess()
    conversion = process.convert(profile("ada"), task)
    chunks = [next(conversion)]
    (started,) = processes()
    assert started.pid is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(started.pid, number)
    assert b"".join([*chunks, *conversion]) == b"".join(convert_file(profile("ada"), task))
    process.end()


@pytest.mark.process
def test_it_does_not_keep_its_parent_from_ending(tmp_path: Path) -> None:
    some_task(tmp_path / "take.wav", LONG)
    code = f"""
from pathlib import Path
from takevoice_plugins.local.conversion import ConversionTask
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.process import ConverterProcess
if __name__ == "__main__":
    process = ConverterProcess()
    task = ConversionTask(Path({str(tmp_path / 'take.wav')!r}), 16_000, {int(LONG) * 16_000}, EngineParameters(seed=3), "wav_16000")
    left = process.convert(profile("ada"), task)
    next(left)
    print(process._process.pid)
"""
    script = tmp_path / "parent.py"
    script.write_text(code)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=True)
    assert not psutil.pid_exists(int(done.stdout))

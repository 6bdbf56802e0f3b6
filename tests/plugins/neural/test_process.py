"""The child process: when it starts and ends, and what happens when it crashes, hangs, or lacks memory."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil
import pytest

from support import wait_for
from takevoice import Take, errors
from takevoice_plugins.local.cloned.profile import Profile
from takevoice_plugins.neural import child_process, worker
from takevoice_plugins.neural.models import BrokenModel
from takevoice_plugins.neural.session import refusal

from .conftest import Model, add_voice, converted, is_gone, program, start, write_take


def test_it_starts_with_the_first_take_and_stays(model: Callable[..., Model], take: Take) -> None:
    made = model()
    assert made.neural.backends()[0].ready
    assert made.neural.voices("neural")
    assert made.neural.pid is None
    converted(made.neural, take)
    first = made.neural.pid
    converted(made.neural, take)
    assert first is not None
    assert made.neural.pid == first
    assert len(made.asked("open")) == 1


def test_what_is_configured_reaches_it(model: Callable[..., Model], take: Take, caplog: pytest.LogCaptureFixture) -> None:
    made = model(device="mps", threads=3, model="/models/mine")
    with caplog.at_level("INFO"):
        converted(made.neural, take)
    (row,) = made.asked("open")
    assert (row["device"], row["threads"], row["folder"]) == ("mps", 3, "/models/mine")
    assert "the neural backend converts on the device none" in caplog.text
    if sys.platform != "win32":
        assert os.getsid(made.neural.pid or 0) != os.getsid(0), "Ctrl-C in the terminal would reach it"


def test_one_that_does_not_answer_is_ended(model: Callable[..., Model], tmp_path: Path, long_speech: np.ndarray, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(child_process, "LONGEST", 2.0)
    monkeypatch.setattr(child_process, "SLOW", 0.1)
    with pytest.raises(errors.BackendError, match=r"the neural process did not answer for 0\.0333 minutes, and was ended"):
        converted(model("slow").neural, write_take(tmp_path / "long.wav", long_speech[: 12 * 48_000]))
    assert "the neural process has not answered for" in caplog.text


@pytest.mark.skipif(sys.platform == "win32", reason="processes have no groups")
def test_what_it_has_started_does_not_hide_its_end(model: Callable[..., Model], take: Take) -> None:
    """As where `program` is a script that starts the converter: the converter has the pipes, too."""
    made = model("wrapped")
    with pytest.raises(errors.BackendError, match="exit code 3: a library gave up"):
        converted(made.neural, take)
    wait_for(lambda: is_gone(int(made.log.with_suffix(".started").read_text())))


def test_it_ends_when_idle_and_starts_again(model: Callable[..., Model], take: Take) -> None:
    made = model(idle=0.05)
    converted(made.neural, take)
    wait_for(lambda: made.neural.pid is None)
    before = {row["pid"] for row in made.asked()}
    wait_for(lambda: all(is_gone(int(str(pid))) for pid in before))
    assert np.abs(converted(made.neural, take)).max() > 0.1
    assert len({row["pid"] for row in made.asked()}) >= 2  # more where this machine is busy for longer than that


def test_other_options_give_another_process(model: Callable[..., Model], take: Take, tmp_path: Path) -> None:
    made = model()
    converted(made.neural, take)
    before = made.neural.pid
    options = {"program": list(made.neural._options.program)}
    made.neural.configure({"neural": options}, tmp_path / "state0")
    converted(made.neural, take)
    assert made.neural.pid == before, "the config is read again and again"
    made.neural.configure({"neural": {**options, "threads": 1}}, tmp_path / "state0")
    converted(made.neural, take)
    assert made.neural.pid != before
    wait_for(lambda: is_gone(before or 0))


@pytest.mark.parametrize("mode", ["crash", "unlearnt"])
def test_a_crash_costs_a_window(
    model: Callable[..., Model], tmp_path: Path, long_speech: np.ndarray, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    long = write_take(tmp_path / "long.wav", long_speech[: 12 * 48_000])
    made = model(mode)
    out = converted(made.neural, long)
    assert len({row["pid"] for row in made.asked()}) == 2
    assert "exit code 3: a library gave up; what was being converted is converted again" in caplog.text
    np.testing.assert_array_equal(out, converted(model().neural, long))


def test_crashes_are_one_clear_line(model: Callable[..., Model], take: Take) -> None:
    made = model("crashes")
    with pytest.raises(errors.BackendError, match="exit code 3: a library gave up; retry the job; what the process printed is in ") as error:
        converted(made.neural, take)
    assert "\n" not in str(error.value)
    assert len(made.asked("open")) == 2


def test_a_killed_process_is_told(model: Callable[..., Model], tmp_path: Path, long_speech: np.ndarray) -> None:
    made = model("slow")
    chunks = start(made.neural, write_take(tmp_path / "long.wav", long_speech)).chunks
    killed = 0
    with pytest.raises(errors.BackendError, match="was ended by signal 9"):
        for _ in chunks:
            later = [row for row in made.asked("convert") if row["frame"]]
            if len(later) > 2 * killed:  # after a start, each is asked for twice: the voices have to be learnt first
                os.kill(int(str(later[-1]["pid"])), signal.SIGKILL)
                killed += 1
    assert killed == 2


def test_a_cancelled_take_stops_at_once(
    model: Callable[..., Model], take: Take, tmp_path: Path, long_speech: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "PATIENCE", 0.2)
    made = model("slow")
    for name in ("auto", "mp3_44100_128"):
        chunks = start(made.neural, write_take(tmp_path / "long.wav", long_speech), output_format=name).chunks
        asked = len(made.asked("convert"))
        while len([row for row in made.asked("convert")[asked:] if row["frame"]]) == 0:
            next(chunks)
        assert next(chunks) == b"", "a job that waits for the model cannot be cancelled"
        chunks.close()
    # The process was in the middle of a window that nobody wants any more: the next take does not wait for it for long.
    assert len(converted(made.neural, take)) == take.frames


def test_takes_at_once_take_turns(model: Callable[..., Model], tmp_path: Path, long_speech: np.ndarray) -> None:
    made, results = model(), dict[int, np.ndarray]()
    takes = [write_take(tmp_path / f"{at}.wav", long_speech[: 24 * 48_000] * (1 - 0.1 * at)) for at in range(3)]
    threads = [
        threading.Thread(target=lambda at=at, one=one: results.update({at: converted(made.neural, one)}))
        for at, one in enumerate(takes)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(made.asked("open")) == 1
    for at, one in enumerate(takes):
        alone = converted(made.neural, one)
        np.testing.assert_array_equal(results[at], alone)


def test_the_windows_of_the_older_job_go_first() -> None:
    """So its result is there as early as if it were alone; those of one job, and of a server's requests, are in order."""
    begun, going, asked = threading.Event(), threading.Event(), list[str]()

    class Child:
        pid = 0

        def exchange(self, header: dict[str, str], payload: bytes) -> tuple[dict[str, str], bytes]:
            asked.append(header["op"])
            begun.set()
            assert going.wait(60)
            return header, payload

        def end(self) -> None:
            pass

    queue = worker.Worker(lambda: Child(), idle=60)  # type: ignore[arg-type,return-value]
    first = queue.request({"op": "running"}, rank=9)
    assert begun.wait(60)
    requests = [queue.request({"op": name}, rank=rank) for name, rank in (("c", 8), ("a", 3), ("d", 8), ("b", 4))]
    going.set()
    assert [each.result(60)[0]["op"] for each in (first, *requests)] == ["running", "c", "a", "d", "b"]
    assert asked == ["running", "a", "b", "c", "d"]
    queue.retire()


def test_a_job_has_its_number_as_rank(model: Callable[..., Model], take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    ranks: set[int] = set()
    request = worker.Worker.request
    monkeypatch.setattr(worker.Worker, "request", lambda self, header, payload=b"", rank=0: ranks.add(rank) or request(self, header, payload, rank))
    converted(model().neural, take)
    assert ranks == {1}


def test_lack_of_memory_makes_windows_shorter(model: Callable[..., Model], tmp_path: Path, long_speech: np.ndarray) -> None:
    long = write_take(tmp_path / "long.wav", long_speech)
    made = model("memory")
    out = converted(made.neural, long)
    assert any(int(str(row["bytes"])) > 400 * 1024 for row in made.asked("convert"))
    windows = [window for window in made.windows() if window[1] - window[0] <= 400]
    assert len(windows) > 8
    for (_, end), (start_of_next, _) in pairwise(windows):
        assert end - start_of_next >= 2 * 16, "the model does not see to both sides of where a window was cut"
    np.testing.assert_allclose(out, converted(model().neural, long), atol=1e-6)


def test_without_memory_the_take_waits(model: Callable[..., Model], take: Take) -> None:
    with pytest.raises(errors.BackendBusy, match="lacks memory") as error:
        converted(model("no-memory").neural, take)
    assert error.value.retry_after == 30


@pytest.mark.parametrize(
    ("mode", "kind", "text"),
    [
        ("broken", BrokenModel, "holds no model"),
        ("no-library", errors.BackendUnavailable, "the neural backend cannot work: no module named torch"),
        ("impossible", errors.BackendError, "the neural process describes an impossible model"),
        ("junk", errors.BackendError, "the neural process sent what is no message (b'Loading ' ...); what it prints belongs on the standard error"),
        ("list", errors.BackendError, "the neural process sent a header that is no object: b'[1, 2]'"),
        ("short", errors.BackendError, "the neural process returned 13823 samples for 13824"),
    ],
)
def test_what_fails_is_one_clear_line(
    model: Callable[..., Model], take: Take, mode: str, kind: type[errors.BackendError], text: str
) -> None:
    with pytest.raises(kind) as error:
        converted(model(mode).neural, write_take(take.path, 0.1 * np.sin(np.arange(30_000) * 0.02)))
    assert text in str(error.value)
    assert "\n" not in str(error.value)
    assert "torch, as docs" not in str(error.value), "advice for takevoice's own program"
    assert "voices fetch" not in str(error.value)


def test_what_helps_takevoices_own_program() -> None:
    assert "`takevoice voices fetch --replace`" in refusal({"error": "model", "text": "broken"}, own=True).hint
    assert "install torch" in refusal({"error": "library", "text": "no torch"}, own=True).hint
    assert len(str(refusal({"error": "failed", "text": "x" * 5000}))) < 600


def test_a_program_that_is_not_there(model: Callable[..., Model], take: Take, tmp_path: Path) -> None:
    made = model()
    made.neural.configure({"neural": {"program": ["/nowhere/python", "child.py"]}}, tmp_path / "state0")
    with pytest.raises(errors.BackendUnavailable, match="/nowhere/python is no program that can be started"):
        converted(made.neural, take)


@pytest.mark.process
def test_it_does_not_outlive_takevoice(tmp_path: Path, her: tuple[Profile, Path], long_speech: np.ndarray) -> None:
    """Neither when that ends in the middle of a window, nor when it is killed."""
    log, running = tmp_path / "asked", {}
    log.touch()
    add_voice(tmp_path, her)
    for mode, seconds in (("slow", 11), ("plain", 1)):
        take = write_take(tmp_path / f"{mode}.wav", long_speech[: seconds * 48_000])
        code = f"""
import sys, time
from takevoice import ConversionRequest, Job, State, Take
from takevoice_plugins.neural import Neural
from takevoice_plugins.neural.options import Options
from pathlib import Path
neural = Neural(Path({str(tmp_path)!r}), Options(program={tuple(program(mode, log))!r}))
take = Take(Path({str(take.path)!r}), {take.frames}, 48000, 1, "WAV", "FLOAT")
encoded = neural.convert(Job(1, take.path, State.CONVERTING, backend="neural"), ConversionRequest(voice_id="her"), take)
for chunk in encoded.chunks:
    if {mode!r} == "slow" and '"frame": 8' in Path({str(log)!r}).read_text():  # the second window: it waits for that
        break
print(neural.pid, flush=True)
if {mode!r} == "plain":
    time.sleep(600)
"""
        running[mode] = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    for mode, process in running.items():
        with process:
            assert process.stdout is not None
            pid = int(process.stdout.readline())
            if mode == "plain":
                assert psutil.pid_exists(pid)
                process.kill()
            try:
                process.wait(60)
            finally:
                process.kill()
        wait_for(lambda pid=pid: is_gone(pid))

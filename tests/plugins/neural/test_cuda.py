"""The real program on an NVIDIA GPU, with random weights in the published sizes; skipped where there is none.

Some of these tests fill the memory of the GPU for some seconds, by plain allocations.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from plugins.server.test_serve import started
from signals import RATE, make_speech
from support import Cli, wait_for
from takevoice import errors
from takevoice_plugins.neural import Neural, windows
from takevoice_plugins.neural.models import folder_of
from takevoice_plugins.neural.options import Options
from takevoice_plugins.neural.worker import Worker

from .conftest import add_voice, converted, start, write_take
from .weights import PUBLISHED, write_model

torch = pytest.importorskip("torch")
pytestmark = [
    pytest.mark.quality,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no NVIDIA GPU"),
]
MB = 1 << 20
CLOSE = 2e-4  # of the largest sample: what is rounded otherwise


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory, her: tuple) -> Path:  # type: ignore[type-arg]
    path = tmp_path_factory.mktemp("published")
    add_voice(path, her)
    write_model(folder_of(path), PUBLISHED)
    return path


@pytest.fixture(scope="module")
def on_gpu(state: Path) -> Iterator[Neural]:
    with closing(Neural(state, Options(device="cuda"))) as plugin:
        yield plugin


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths in frames of the windows that the model is asked for."""
    lengths: list[int] = []
    request = Worker.request

    def noted(self: Worker, header: dict[str, object], payload: bytes = b"", rank: int = 0) -> object:
        if header["op"] == "convert":
            lengths.append(len(payload) // 1024)
        return request(self, header, payload, rank)

    monkeypatch.setattr(Worker, "request", noted)
    return lengths


def free() -> int:
    """Bytes of the GPU's memory that nobody has."""
    return int(torch.cuda.mem_get_info()[0])


@contextmanager
def filled(leaving: int) -> Iterator[Callable[[], None]]:
    """Take the GPU's memory except for `leaving` bytes; what is given gives it back."""
    blocks, size = [], 1024 * MB

    def give_back() -> None:
        blocks.clear()
        torch.cuda.empty_cache()

    try:
        while size >= 16 * MB:
            if free() - leaving < size:
                size //= 2
                continue
            try:
                blocks.append(torch.empty(size, dtype=torch.uint8, device="cuda"))
            except torch.cuda.OutOfMemoryError:  # the driver needs some of it
                size //= 2
        yield give_back
    finally:
        give_back()


def used_by(action: Callable[[], object]) -> int:
    """Return by how many bytes the free memory of the GPU falls meanwhile, at most."""
    before = least = free()
    done = threading.Event()

    def watch() -> None:
        nonlocal least
        while not done.wait(0.001):
            least = min(least, free())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        action()
    finally:
        done.set()
        thread.join()
    return before - least


def at_rest() -> int:
    """Wait until the process has given back what it held for later; return the free memory."""
    seen = [free()]

    def is_steady() -> bool:
        time.sleep(0.5)
        seen.append(free())
        return len(seen) > 7 and len(set(seen[-6:])) == 1

    wait_for(is_steady)
    return seen[-1]


def difference(one: np.ndarray, other: np.ndarray) -> float:
    assert len(one) == len(other)
    found = float(np.abs(one - other).max() / np.abs(other).max())
    print(f"largest difference {found:.1e} of the largest sample")
    return found


def test_it_gives_what_the_processor_gives(on_gpu: Neural, state: Path, tmp_path: Path) -> None:
    take = write_take(tmp_path / "take.wav", make_speech(4.0, seed=3))
    with closing(Neural(state, Options(device="cpu"))) as on_cpu:
        assert difference(converted(on_gpu, take), converted(on_cpu, take)) < CLOSE


def test_auto_is_the_gpu(state: Path, tmp_path: Path, on_gpu: Neural, caplog: pytest.LogCaptureFixture) -> None:
    take = write_take(tmp_path / "take.wav", make_speech(3.0, seed=3))
    expected = [b"".join(start(on_gpu, take, seed=seed).chunks) for seed in (3, 3, 4)]
    with closing(Neural(state, Options())) as neural, caplog.at_level("INFO"):
        other = b"".join(start(neural, take, seed=3).chunks)
    assert expected[0] == expected[1] == other
    assert expected[2] != other
    assert f"converts on the device cuda ({torch.cuda.get_device_name()})" in caplog.text


@pytest.mark.parametrize(("rate", "frames"), [(44_100, 99_999), (48_000, 3), (96_000, 123_457)])
def test_the_result_is_as_long_as_the_take(on_gpu: Neural, tmp_path: Path, rate: int, frames: int) -> None:
    take = write_take(tmp_path / "take.wav", make_speech(frames / rate, rate, seed=1)[:frames], rate)
    assert len(converted(on_gpu, take)) == take.frames


def test_windows_give_what_the_whole_take_gives(
    on_gpu: Neural, tmp_path: Path, long_speech: np.ndarray, monkeypatch: pytest.MonkeyPatch, asked: list[int]
) -> None:
    take = write_take(tmp_path / "long.wav", long_speech)
    in_windows = converted(on_gpu, take)
    assert len(asked) >= 5
    monkeypatch.setattr(windows, "CORE", 60.0)
    whole = converted(on_gpu, take)
    assert difference(in_windows, whole) < CLOSE


def test_lack_of_memory_makes_windows_shorter_and_takes_wait(
    on_gpu: Neural, tmp_path: Path, long_speech: np.ndarray, asked: list[int]
) -> None:
    take = write_take(tmp_path / "long.wav", long_speech[: 24 * RATE])
    expected = converted(on_gpu, take)
    pid, longest = on_gpu.pid, max(asked)
    before = at_rest()
    needed = used_by(lambda: converted(on_gpu, take))
    assert abs(at_rest() - before) < 64 * MB, "what a take needed is not given back"
    print(f"a window of {longest} frames needs {needed / MB:.0f} MB")
    halved = 0
    for share in (0.6, 0.5, 0.4, 0.3, 0.2):
        at_rest()
        asked.clear()
        with filled(leaving=int(share * needed)):
            try:
                shorter = converted(on_gpu, take)
            except errors.BackendBusy:
                print(f"{share:.0%} of it: the take waits")
                continue
        print(f"{share:.0%} of it: windows of {asked} frames")
        halved += len(asked) > 6
        assert difference(shorter, expected) < CLOSE
    assert halved
    at_rest()
    with filled(leaving=0) as give_back:
        with pytest.raises(errors.BackendBusy, match="lacks memory") as error:
            converted(on_gpu, take)
        print(error.value)
        assert error.value.retry_after == 30
        give_back()
        np.testing.assert_array_equal(converted(on_gpu, take), expected)
    assert on_gpu.pid == pid, "the process has been started again"


@pytest.mark.parametrize("leaving", [16 * MB, 300 * MB, 560 * MB])
@pytest.mark.parametrize("device", ["cuda", "auto"])
def test_a_full_gpu_at_the_start_lets_the_take_wait(state: Path, tmp_path: Path, device: str, leaving: int) -> None:
    """Whether not even the driver finds room, or not the model."""
    take = write_take(tmp_path / "take.wav", make_speech(2.0, seed=3))
    with closing(Neural(state, Options(device=device))) as neural:
        with filled(leaving):
            try:
                out = converted(neural, take)
                print("there was room enough")
                assert leaving > 300 * MB
            except errors.BackendBusy as error:
                print(error)
                assert "lacks memory" in str(error)
        out = converted(neural, take)
        assert len(out) == take.frames


@pytest.mark.process
def test_a_take_waits_until_there_is_memory(cli: Cli, state: Path, tmp_path: Path) -> None:
    """As users meet it: the command says so, waits, and converts."""
    take = write_take(tmp_path / "take.wav", make_speech(3.0, seed=3))
    cli.config('backend = "neural"\n')
    environment = os.environ | cli.env | {"TAKEVOICE_STATE": str(state)}
    log = tmp_path / "log"
    words = [*cli.command, "convert", str(take.path), "--voice", "Her", "--out", str(tmp_path / "out.wav")]
    with filled(leaving=16 * MB) as give_back, log.open("w") as file:
        process = subprocess.Popen(words, stdout=file, stderr=file, env=environment)
        try:
            wait_for(lambda: "lacks memory" in log.read_text() or process.poll() is not None)
            assert process.poll() is None, log.read_text()
            give_back()
            assert process.wait(90) == 0, log.read_text()
        finally:
            process.kill()
            process.wait()
    print(log.read_text())
    assert soundfile.info(tmp_path / "out.wav").frames == take.frames


def test_takes_at_once(on_gpu: Neural, tmp_path: Path, long_speech: np.ndarray) -> None:
    takes = [write_take(tmp_path / f"{at}.wav", long_speech[at * 1000 :]) for at in range(4)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda take: converted(on_gpu, take), takes))
    for take, result in zip(takes, results, strict=True):
        np.testing.assert_array_equal(result, converted(on_gpu, take))


@pytest.mark.process
def test_behind_the_server(own_home: Path, state: Path, tmp_path: Path, long_speech: np.ndarray) -> None:
    take = write_take(tmp_path / "long.wav", long_speech)
    with started(own_home, "--backend", "neural", "--state", str(state)) as (_, url, _):
        (voice,) = httpx.get(f"{url}/v1/voices").json()["voices"]

        def ask(_: int) -> bytes:
            path = f"/v1/speech-to-speech/{voice['voice_id']}?output_format=pcm_44100&seed=1"
            answer = httpx.post(url + path, files={"audio": take.path.read_bytes()}, timeout=120)
            assert answer.status_code == 200, answer.text
            return answer.content

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(ask, range(2)))
    assert len(answers[0]) == 2 * round(take.frames * 44_100 / RATE)
    assert len(set(answers)) == 1

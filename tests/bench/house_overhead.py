"""What a house costs besides the work itself: CPU and milliseconds a take, over the engine alone and over the service alone.

    python tests/bench/house_overhead.py [TAKES] [FOLDER]

FOLDER has takes of speech (WAV or FLAC); without it, noise with syllables is used. One take at a time.
"""

from __future__ import annotations

import io
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil
import soundfile

sys.path.insert(0, str(Path(__file__).parents[1]))

from plugins.house.conftest import line
from plugins.house.houses import HouseProcess
from plugins.house.paid_account import PaidAccount, running_paid_account
from support import make_take
from takevoice import ConversionRequest, Take
from takevoice_plugins.house.keys import Keys
from takevoice_plugins.server.engine import LocalEngine

SECONDS = 7.0
FORMAT = "pcm_48000"


def cpu(process: psutil.Process) -> float:
    """Return the CPU seconds of a process and its children."""
    return sum(sum(each.cpu_times()[:2]) for each in (process, *process.children(recursive=True)))


def takes(count: int, folder: Path | None) -> list[bytes]:
    """Return takes of 7 seconds, 48 kHz, as FLAC."""
    if folder is None:
        return [line(n, SECONDS, 48_000) for n in range(count)]
    made: list[bytes] = []
    for path in sorted(each for each in folder.rglob("*") if each.suffix in (".wav", ".flac")):
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        size = round(SECONDS * rate)
        for start in range(0, len(samples) - size, size):
            file = io.BytesIO()
            soundfile.write(file, samples[start : start + size, 0], rate, "PCM_24", format="FLAC")
            made.append(file.getvalue())
            if len(made) == count:
                return made
    raise SystemExit(f"{folder} has fewer than {count} takes of {SECONDS:g} s")


def engine_alone(audio: list[bytes], home: Path) -> tuple[float, list[float]]:
    """Convert in this process; return the CPU seconds of all and the seconds of each."""
    engine, own, each = LocalEngine(home), psutil.Process(), list[float]()
    before = 0.0
    for number, data in enumerate(audio):
        if number == 1:
            before = cpu(own)  # the first one loads what the engine needs
        began = time.perf_counter()
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float32")
        path = home / "alone.wav"
        soundfile.write(path, samples, rate, "FLOAT")
        request = ConversionRequest(voice_id="george", output_format=FORMAT)
        b"".join(engine.convert(request, Take(path, len(samples), rate, 1, "WAV", "FLOAT")))
        each.append(time.perf_counter() - began)
    return cpu(own) - before, each[1:]


def through(url: str, key: str, audio: list[bytes], voice: str) -> list[float]:
    """Send takes one after the other; return the seconds of each, without the first."""
    each = []
    with httpx.Client(timeout=60) as client:
        for data in audio:
            began = time.perf_counter()
            answer = client.post(
                f"{url}/v1/speech-to-speech/{voice}",
                params={"output_format": FORMAT},
                headers={"xi-api-key": key},
                files={"audio": data},
            )
            each.append(time.perf_counter() - began)
            assert answer.status_code == 200, answer.text
    return each[1:]


def by_house(audio: list[bytes], account: PaidAccount | None, voice: str) -> tuple[float, list[float], float]:
    """Convert by a house; return the CPU seconds of its server, the seconds of each, and its memory in MB."""
    home = Path(tempfile.mkdtemp(prefix="house-overhead-"))
    house = HouseProcess(home, account)
    house.start()
    try:
        key = Keys(house.database).add("anna")
        assert house.process is not None
        server = psutil.Process(house.process.pid)
        through(house.url, key, [audio[0], audio[0]], voice)
        before = cpu(server)
        each = through(house.url, key, audio, voice)
        return cpu(server) - before, each, server.memory_info().rss / 1e6
    finally:
        house.close()


def main(count: int = 40, folder: Path | None = None) -> None:
    """Measure and print."""
    os.environ["NO_PROXY"] = "127.0.0.1"
    audio = takes(count, folder)
    n = count - 1
    home = Path(tempfile.mkdtemp(prefix="house-overhead-"))
    make_take(home / "warm.wav")
    alone, alone_each = engine_alone(audio, home)
    free, free_each, memory = by_house(audio, None, "george")
    print(f"{n} takes of {SECONDS:g} s, one at a time, local engine:")
    print(f"  alone: {1000 * alone / n:.0f} ms CPU, {1000 * statistics.median(alone_each):.0f} ms a take (median)")
    print(f"  house: {1000 * free / n:.0f} ms CPU, {1000 * statistics.median(free_each):.0f} ms; {memory:.0f} MB")
    print(f"  more: {free / alone - 1:.0%} CPU, {1000 * (statistics.median(free_each) - statistics.median(alone_each)):.0f} ms")
    with running_paid_account() as account:
        account.seconds = (0.2, 0.2)
        direct = through(account.url, "any", audio, "v1")
        account.history.clear()
        paid, paid_each, memory = by_house(audio, account, "v1")
    more = 1000 * (statistics.median(paid_each) - statistics.median(direct))
    print(f"paid: {1000 * paid / n:.0f} ms CPU a take in the house, {more:.0f} ms more than direct; {memory:.0f} MB")


if __name__ == "__main__":
    words = sys.argv[1:]
    main(int(words[0]) if words else 40, Path(words[1]) if len(words) > 1 else None)

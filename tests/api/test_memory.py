"""A long upload takes no more memory than a short one: measured from outside, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from api.capture import CaptureServer

SIZE = 500_000_000
GROWTH = 8_000_000

SCRIPT = """
import asyncio, resource, sys
from takevoice.api import AsyncSpeechToSpeech, SpeechToSpeech

face, url, small, large = sys.argv[1:]

def peak():
    try:
        with open("/proc/self/status") as status:  # ru_maxrss begins with that of the process before
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

def with_threads(path):
    with SpeechToSpeech("key", base_url=url) as client:
        assert b"".join(client.convert("voice", audio=path))

def with_tasks(path):
    async def run():
        async with AsyncSpeechToSpeech("key", base_url=url) as client:
            assert b"".join([chunk async for chunk in client.convert("voice", audio=path)])
    asyncio.run(run())

convert = with_threads if face == "threads" else with_tasks
convert(small)
before = peak()
convert(large)
print(peak() - before)
"""


@pytest.mark.process
@pytest.mark.quality
@pytest.mark.skipif(sys.platform == "win32", reason="measures with POSIX means")
@pytest.mark.parametrize("face", ["threads", "asyncio"])
def test_an_upload_of_500_mb_takes_no_more_memory_than_one_of_1_mb(
    server: CaptureServer, tmp_path: Path, face: str
) -> None:
    small, large = tmp_path / "small.wav", tmp_path / "large.wav"
    for path, size in ((small, 1_000_000), (large, SIZE)):
        with path.open("wb") as file:
            file.truncate(size)
    arguments = [sys.executable, "-c", SCRIPT, face, server.url, str(small), str(large)]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert server.conversions[-1].size > SIZE
    growth = int(done.stdout)
    print(f"{face}: {growth / 1e6:.1f} MB more")
    assert growth < GROWTH

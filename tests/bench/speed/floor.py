"""The least that a take can cost, with nothing of takevoice: run as `floor.py floor|checked PORT [SLOTS]`, takes' paths on stdin.

`floor` sends, receives, writes the result and notes five changes. `checked` does what every result of takevoice has as well, for
mono WAV takes in memory: see `checked_take.py`. Prints the seconds that the takes needed.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import soundfile

sys.path.insert(0, str(Path(__file__).parent.parent))

from speed.checked_take import CheckedTakes
from speed.group_commit import GroupCommit

CHANGE = "INSERT INTO history VALUES (?, ?, ?)"


def main(kind: str, port: str, slots: str = "1") -> None:
    """Does all takes, as many at a time as there are slots."""
    takes = [Path(line) for line in sys.stdin.read().splitlines()]
    with tempfile.TemporaryDirectory() as name:
        began = time.perf_counter()
        if kind == "checked":
            _checked(takes, Path(name), int(port), int(slots))
        else:
            _plain(takes, Path(name), int(port))
        print(time.perf_counter() - began)


def _checked(takes: list[Path], folder: Path, port: int, slots: int) -> None:
    ledger = GroupCommit(folder / "ledger")
    work = CheckedTakes(folder, port, ledger)
    with ThreadPoolExecutor(slots) as pool:
        list(pool.map(work.convert, takes))
    ledger.close()


def _plain(takes: list[Path], folder: Path, port: int) -> None:
    with httpx.Client(trust_env=False) as client:
        ledger = sqlite3.connect(folder / "ledger", isolation_level=None)
        ledger.execute("PRAGMA journal_mode = WAL")
        ledger.execute("CREATE TABLE history (take, state, at)")
        for take in takes:
            answer = folder / "answer"
            url = f"http://127.0.0.1:{port}/v1/speech-to-speech/ada?output_format=wav_48000"
            with (
                take.open("rb") as file,
                client.stream("POST", url, files={"audio": file}) as response,
                answer.open("wb") as out,
            ):
                for chunk in response.iter_bytes():
                    out.write(chunk)
            for state in range(5):
                ledger.execute(CHANGE, (take.name, state, 0.0))
            samples, rate = soundfile.read(answer, dtype="float32")
            soundfile.write(folder / "part.wav", samples, rate, "PCM_24")
            (folder / "part.wav").rename(folder / "result.wav")
        ledger.close()


if __name__ == "__main__":
    main(*sys.argv[1:])

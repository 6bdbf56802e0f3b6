"""The least that a take can cost, without anything around it: run as `floor.py floor|checked PORT`, takes' paths on stdin.

`floor` sends, receives, writes the result and notes five changes. `checked` does what every result of takevoice has as well: the
take's audio is hashed, the answer is placed against the take and brought to its level, and what was written is read back.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from pathlib import Path

import httpx
import soundfile

CHANGE = "INSERT INTO history VALUES (?, ?, ?)"


def main(kind: str, port: str) -> None:
    """All takes, one after the other."""
    with tempfile.TemporaryDirectory() as name, httpx.Client(trust_env=False) as client:
        folder = Path(name)
        ledger = sqlite3.connect(folder / "ledger", isolation_level=None)
        ledger.execute("PRAGMA journal_mode = WAL")
        ledger.execute("CREATE TABLE history (take, state, at)")
        for line in sys.stdin.read().split():
            take = Path(line)
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
            if kind == "checked":
                _checked(take, answer, folder)
            else:
                samples, rate = soundfile.read(answer, dtype="float32")
                soundfile.write(folder / "part.wav", samples, rate, "PCM_24")
            (folder / "part.wav").rename(folder / "result.wav")
        ledger.close()


def _checked(take: Path, answer: Path, folder: Path) -> None:
    from takevoice import audio

    original = audio.inspect(take)
    audio.audio_hash(original)
    layout = audio.segment_take(original, audio.analyse(original), "mix", None)
    (piece,) = layout.segments
    restored = audio.restore(original, layout, {piece: (answer, "auto")}, audio.LevelSettings(level="match"), folder)
    note = audio.Provenance("", "", "", "", "", "")
    audio.write_like(original, restored.take, folder / "part.wav", note)


if __name__ == "__main__":
    main(*sys.argv[1:])

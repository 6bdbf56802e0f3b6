"""Reads every compressed take and video in a folder, and compares the length with what ffmpeg decodes.

    python tests/bench/media_files.py FOLDER

Prints one line for each kind: files, read with the same length as ffmpeg, with another one, refused; then each file that
is not in the first column, with the reason. For MP3, results are written back too, and ffmpeg has to decode as many
frames from them. Nothing of takevoice is in the baseline: it is `ffmpeg -i FILE -f f32le -`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from takevoice import audio
from takevoice.audio.output import TakeAudio
from takevoice.errors import TakevoiceError

NOTE = audio.Provenance("bench", "none", "ada", "ada", "model", "hash")


def frames_by_ffmpeg(path: Path, channels: int) -> int:
    """Return the number of frames that ffmpeg decodes, whatever it complains about."""
    line = ["ffmpeg", "-v", "quiet", "-nostdin", "-i", f"file:{path}", "-map", "0:a:0", "-f", "f32le", "-"]
    out = subprocess.run(line, capture_output=True).stdout
    return len(out) // 4 // channels


def judged(path: Path, folder: Path) -> tuple[str, str]:
    """Return the column of a file, and more about it."""
    try:
        take = audio.inspect(path)
        theirs = frames_by_ffmpeg(path, take.channels)
        if take.frames != theirs:
            return "other length", f"{take.frames} frames, ffmpeg {theirs}"
        if take.container == "MP3" and audio.result_suffix(path, "same", take.frames, take.channels) == ".mp3":
            result = folder / "result.mp3"
            audio.write_like(take, TakeAudio(take), result, NOTE)
            back = frames_by_ffmpeg(result, take.channels)
            if back != take.frames:
                return "other length", f"result: {back} frames instead of {take.frames}"
    except TakevoiceError as error:
        return "refused", error.what
    return "same length", ""


def main() -> None:
    table: Counter[tuple[str, str]] = Counter()
    suffixes = audio.ALL_SUFFIXES - audio.SUFFIXES | {".mp3"}
    with tempfile.TemporaryDirectory() as place:
        for path in sorted(Path(sys.argv[1]).rglob("*")):
            kind = path.suffix.lower()
            if path.is_file() and kind in suffixes:
                column, why = judged(path, Path(place))
                table[kind, column] += 1
                if why:
                    print(f"{path.name}: {column}: {why}")
    columns = ("same length", "other length", "refused")
    print(f"| kind | {' | '.join(columns)} |\n|---|---|---|---|")
    for kind in sorted({kind for kind, _ in table}):
        print(f"| {kind[1:]} | {' | '.join(str(table[kind, column]) for column in columns)} |")


if __name__ == "__main__":
    main()

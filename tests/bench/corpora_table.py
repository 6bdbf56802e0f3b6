"""Print what becomes of the files of public test corpora, as judged by programs that are not takevoice's.

    python tests/bench/corpora_table.py FOLDER... [--reasons] [--largest MB]

Give one folder for each corpus, such as the test files of iluvcapra/wavinfo, rochars/wavefile, jstrait/wavefile,
ruuda/hound, naudio/NAudio, ietf-wg-cellar/flac-test-files, Borewit/music-metadata, quodlibet/mutagen, taglib/taglib,
Zeugma440/atldotnet and librosa/data. They are read only: each file is copied before anything is done with it.

Each file goes the way of a take. The answer is what was sent, 6 dB softer, each channel by itself; the level is matched.
So the result has to be the original again. A row of the table is a corpus, its columns are:

    files     different files that are named like audio (by MD5; each counts in the first corpus that has it)
    taken     those that are converted
    refused   those that are refused before anything is sent, and how many of them ffmpeg decodes without a complaint
    crashed   those that end in anything but a result or a reason; it has to be 0
    bytes     everything that is not audio is in the result byte for byte, but for what docs/fidelity.md names
    tags      exiftool, mediainfo and wavinfo read the same metadata from both
    length    ffmpeg and sox decode as many samples from both
    place     the cross-correlation of both, as ffmpeg decodes them, is highest at a lag of 0
    level     their loudness (ffmpeg's ebur128) differs by at most 0.2 LU

A cell shows how many of the taken files pass, of those that a judge can read. Below the table the reasons are counted;
`--reasons` lists each file that is refused, or fails anywhere. Needs ffmpeg; sox, mediainfo, exiftool and wavinfo count
where they are installed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import wavinfo

sys.path.insert(0, str(Path(__file__).parent))
from chunk_walker import everything_kept

from takevoice import audio
from takevoice.audio import other_media
from takevoice.errors import TakevoiceError
from takevoice.jobs import Take

NOTE = audio.Provenance("1.0", "bench", "ada", "ada", "model", "0123abc")
COLUMNS = ("bytes", "tags", "length", "place", "level")
UNSTABLE = re.compile(
    r"(SourceFile|ExifTool|File|Directory|Warning|Error|Duration|.*Bit[Rr]ate|.*Size|SampleC|NumSample|SampleF|BlockSize|Frame|"
    r"MD5|CodingHistory|BWF_?UMID|Bwfxml|Take|AudioBytes|.*Loudness|Max.*Level|Annotation|Takevoice|PageCount|Vendor|Encoder|"
    r"VBR|Lame|Peak|ChannelMode|MSStereo|IntensityStereo|OriginalMedia|CopyrightFlag|Emphasis|MPEGAudioV|TotalSamples|"
    r"BitsPerSample)"
)
"""exiftool's names of what describes the audio, and of what docs/fidelity.md says is added or changed."""
JUDGE_SECONDS = 60
NO_CEILING = 20.0  # dBTP: many of the files are over -1 dBTP, and would come back softer
CORRELATED = 1 << 18  # frames


# The way of a take.


def restored(take: Take, folder: Path, result: Path) -> None:
    """Take a file through the whole way back; raises TakevoiceError."""
    reading = audio.read_take(take)
    audio.check_publishable(take, result)
    segmentation = audio.segment_take(reading, "each", None)
    answers = {}
    for segment in segmentation.segments:
        sent = audio.write_segment(reading, segmentation, segment, folder)
        samples, rate = soundfile.read(sent.path, dtype="float32")
        answer = folder / f"answer.{segment.name}.wav"
        soundfile.write(answer, 0.5 * samples, rate, "FLOAT")
        answers[segment] = (answer, "")
    if not answers:
        audio.write_like(take, audio.TakeAudio(take, reading.analysis.bits), result, NOTE, dither=False)
        return
    levels = audio.LevelSettings(true_peak=NO_CEILING)
    with audio.restore(reading, segmentation, answers, levels, folder) as made:
        audio.write_like(take, made, result, NOTE, dither=False)


# Judges.


def run(*words: object) -> subprocess.CompletedProcess[bytes] | None:
    """Run a program; None if it is missing, takes too long, or fails."""
    if shutil.which(str(words[0])) is None:
        return None
    try:
        done = subprocess.run([str(word) for word in words], capture_output=True, timeout=JUDGE_SECONDS)
    except subprocess.TimeoutExpired:
        return None
    return done if done.returncode == 0 else None


def by_ffmpeg(path: Path) -> tuple[np.ndarray, float | None] | None:
    """Return all samples, interleaved, and the integrated loudness; None if it decodes nothing."""
    split = "[0:a:0]asplit[a][b];[b]ebur128=framelog=verbose,anullsink"
    done = run("ffmpeg", "-nostdin", "-i", f"file:{path}", "-filter_complex", split, "-map", "[a]", "-f", "f32le", "-")
    if done is None or not done.stdout:
        return None
    told = re.findall(rb"I: +(-?[\d.]+) LUFS", done.stderr)
    loudness = float(told[-1]) if told else -70.0
    return np.frombuffer(done.stdout, "<f4"), None if loudness <= -69.9 else loudness


def is_sound(path: Path) -> bool:
    """Return True if ffmpeg decodes the file to its end and finds nothing wrong."""
    done = run("ffmpeg", "-v", "warning", "-nostdin", "-i", f"file:{path}", "-map", "0:a:0", "-f", "f32le", "-")
    return done is not None and bool(done.stdout) and not done.stderr


def by_sox(path: Path) -> int | None:
    """Return the number of samples of all channels; None if it decodes nothing."""
    done = run("sox", "-V1", path, "-t", "u8", "-")
    return None if done is None or not done.stdout else len(done.stdout)


def tags(paths: tuple[Path, Path]) -> tuple[dict[str, Any], ...]:
    """Return what exiftool, mediainfo and wavinfo say of both files, but for the numbers of the audio itself."""
    found: tuple[dict[str, Any], ...] = ({}, {})
    done = run("exiftool", "-j", "-n", "-b", *paths)
    for kept, told in zip(found, json.loads(done.stdout) if done else (), strict=False):
        kept |= {f"exiftool {key}": value for key, value in told.items() if not UNSTABLE.match(key)}
    done = run("mediainfo", "--Output=JSON", *paths)
    for kept, told in zip(found, json.loads(done.stdout) if done else (), strict=False):
        general = told["media"]["track"][0] if told.get("media") else {}
        for key in ("Title", "Performer", "Album", "Track", "Description", "Producer", "Encoded_Date", "Genre"):
            kept[f"mediainfo {key}"] = general.get(key)
    for kept, path in zip(found, paths, strict=True):
        if path.read_bytes()[:4] in (b"RIFF", b"RF64"):
            kept |= by_wavinfo(path)
    return found


def by_wavinfo(path: Path) -> dict[str, str]:
    """Return what wavinfo reads; nothing of a file that it cannot read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = wavinfo.WavInfoReader(str(path))
            parts = {name: getattr(read, name, None) for name in ("bext", "info", "cues", "smpl", "adm", "dolby")}
            return {f"wavinfo {name}": _plain(part.to_dict()) for name, part in parts.items() if part is not None}
    except Exception:
        return {}


def _plain(told: dict[str, Any]) -> str:
    changed = ("umid", "coding_history", "loudness", "max_", "version")
    return str({key: value for key, value in told.items() if not key.startswith(changed)})


def same_place(was: np.ndarray, now: np.ndarray, channels: int) -> bool | None:
    """Return whether the loudest channels of both are at the same place; None for silence, and a few samples."""
    one, two = (x[: len(x) // channels * channels].reshape(-1, channels) for x in (was, now))
    one, two = (np.nan_to_num(x[:CORRELATED]).astype(float) for x in (one, two))
    powers = (one**2).sum(axis=0)
    if len(one) < 64 or powers.max() / len(one) < 1e-10:
        return None
    loudest = int(np.argmax(powers))
    size = 1 << (2 * max(len(one), len(two)) - 1).bit_length()
    spectrum = np.fft.rfft(one[:, loudest], size).conj() * np.fft.rfft(two[:, loudest], size)
    found = np.fft.irfft(spectrum)
    return bool(found[0] >= 0.999 * found.max())


def judged(take: Take, original: Path, result: Path) -> tuple[dict[str, bool | None], str]:
    """Return for each column whether it holds (None: no judge can tell), and what differs."""
    verdict: dict[str, bool | None] = dict.fromkeys(COLUMNS)
    why = []
    if original.suffix == result.suffix:
        verdict["bytes"], missing = everything_kept(original.read_bytes(), result.read_bytes())
        why += missing
        before, after = tags((original, result))
        lost = {key for key in before if before[key] not in (None, "") and before[key] != after.get(key)}
        verdict["tags"] = not lost
        why += [f"{key}: {str(before[key])[:60]!r} -> {str(after.get(key))[:60]!r}" for key in sorted(lost)]
    first, second = by_ffmpeg(original), by_ffmpeg(result)
    counts = [(len(first[0]), len(second[0]) if second else 0)] if first else []
    sox = by_sox(original)
    counts += [(sox, by_sox(result) or 0)] if sox is not None else []
    if counts:
        verdict["length"] = all(before == after for before, after in counts)
        why += [f"{before} samples -> {after}" for before, after in counts if before != after]
    if first and second and len(second[0]):
        verdict["place"] = same_place(first[0], second[0], take.channels)
        one, two = first[1], second[1]
        if one is not None and two is not None:
            verdict["level"] = abs(one - two) < 0.21
            why += [f"{one:.1f} -> {two:.1f} LUFS"] if not verdict["level"] else []
    return verdict, "; ".join(why)


# The table.


@dataclass
class Corpus:
    """A row of the table."""

    name: str
    files: int = 0
    read_by_others: int = 0
    crashed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    verdicts: list[dict[str, bool | None]] = field(default_factory=list)

    def row(self) -> str:
        """Return the row as it is printed."""
        refused = f"{self.refused.total()} ({self.read_by_others})"
        cells = [self.name, self.files, len(self.verdicts), refused, self.crashed]
        for column in COLUMNS:
            known = [each[column] for each in self.verdicts if each[column] is not None]
            cells.append(f"{sum(map(bool, known))}/{len(known)}" if known else "-")
        return f"| {' | '.join(map(str, cells))} |"


def files(folder: Path, largest: float, seen: set[bytes]) -> Iterator[Path]:
    """Yield every file that is named like audio and was not there before."""
    named = audio.ALL_SUFFIXES | other_media.SUFFIXES
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in named and path.is_file() and path.stat().st_size <= largest * 1e6:
            digest = hashlib.md5(path.read_bytes()).digest()
            if digest not in seen:
                seen.add(digest)
                yield path


def attempt(path: Path, row: Corpus, say: Callable[[str], None]) -> None:
    """Take a file through, and count what becomes of it."""
    row.files += 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        original = folder / f"take{path.suffix.lower()}"
        shutil.copyfile(path, original)
        try:
            take = audio.inspect(original)
            result = folder / f"result{audio.result_suffix(original, 'same', take.frames, take.channels)}"
            restored(take, folder, result)
        except TakevoiceError as error:
            others = is_sound(original)
            row.read_by_others += others
            row.refused[re.sub(r"\d[\d,.]*", "N", error.what)[:110]] += 1
            say(f"refused{'!' if others else ''}: {path}: {error.what} -> {error.hint}")
            return
        except Exception as error:
            row.crashed += 1
            say(f"CRASHED: {path}: {type(error).__name__}: {error}")
            return
        verdict, why = judged(take, original, result)
    row.verdicts.append(verdict)
    bad = [column for column in COLUMNS if verdict[column] is False]
    if bad:
        say(f"{','.join(bad)}: {path} ({take.container} {take.subtype} {take.channels}x{take.frames}): {why[:600]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--reasons", action="store_true", help="list each file that is refused or fails")
    parser.add_argument("--largest", type=float, default=25, metavar="MB", help="pass over larger files")
    words = parser.parse_args()
    say: Callable[[str], None] = (
        (lambda line: print(line, file=sys.stderr, flush=True)) if words.reasons else (lambda _: None)
    )
    rows, seen = [], set[bytes]()
    for folder in words.folders:
        rows.append(Corpus(folder.name))
        for path in files(folder, words.largest, seen):
            attempt(path, rows[-1], say)
        print(rows[-1].row(), file=sys.stderr, flush=True)
    print(f"| corpus | files | taken | refused (others read it) | crashed | {' | '.join(COLUMNS)} |")
    print("|" + "---|" * (5 + len(COLUMNS)))
    print("\n".join(row.row() for row in rows))
    print("\nRefused before anything is sent:")
    for reason, count in sum((row.refused for row in rows), Counter[str]()).most_common():
        print(f"  {count:4}  {reason}")


if __name__ == "__main__":
    main()

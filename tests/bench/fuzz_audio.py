"""Read and copy damaged and hostile audio files, to find crashes, hangs and excessive use of memory.

    python tests/bench/fuzz_audio.py [FILES] [--seed N]

Small files of all containers, with all metadata, are damaged at random: sizes are set to extremes, bytes are changed, ranges
are deleted or repeated. Each file is inspected, hashed and copied like a take. Anything but a result or an expected error of
one line is a fault. Prints the slowest file and the highest use of memory.
"""

from __future__ import annotations

import argparse
import collections
import random
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import soundfile

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "audio"))
import test_containers as made

from takevoice import audio
from takevoice.errors import TakevoiceError

EXTREMES = (0, 1, 2, 3, 7, 0x7FFF, 0xFFFF, 0x7FFFFFFE, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
MAX_MEMORY = 1 << 30  # bytes in addition to the memory used at the start
MAX_SECONDS = 5.0  # for one small file
HEAD = 3000  # bytes: most damage is done in the headers


def originals(folder: Path) -> list[bytes]:
    """Return intact files of all containers."""
    paths = [made.wav(folder / "a.wav"), made.wav(folder / "b.wav", "FLOAT", 2, "WAVEX")]
    paths += [made.wav(folder / "c.wav", container="RF64"), made.aiff(folder / "d.aif", "PCM_24")]
    kinds = [("W64", "PCM_16"), ("CAF", "PCM_24"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS")]
    for number, (container, subtype) in enumerate(kinds):
        path = folder / f"{number}.{container.lower()}"
        soundfile.write(path, made.samples()[:2000], 48_000, subtype, format=container)
        paths.append(path)
    results = []
    for path in paths:
        result = path.with_name(f"result{path.suffix}")
        take = audio.inspect(path)
        audio.write_like(take, audio.TakeAudio(take), result, made.NOTE)
        results.append(result.read_bytes())
    return [*(path.read_bytes() for path in paths), *results]


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Return a copy of the file, damaged in one to six places."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(min(len(data), HEAD) if chance.random() < 0.8 else len(data)) if data else 0
        kind = chance.randrange(6)
        if kind == 0:
            order = chance.choice(("little", "big"))
            data[at : at + 4] = chance.choice(EXTREMES).to_bytes(4, order)
        elif kind == 1:
            data[at : at + 8] = chance.choice((2**63 - 1, 2**63, 2**64 - 1, 2**40)).to_bytes(
                8, chance.choice(("little", "big"))
            )
        elif kind == 2:
            data[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 3:
            del data[at : at + chance.randrange(1, 200)]
        elif kind == 4:
            data[at:at] = data[at : at + chance.randrange(1, 200)]
        else:
            del data[at:]
    return bytes(data)


def process(path: Path, result: Path) -> str:
    """Inspect, hash and copy the file like a take; return the outcome."""
    audio.completeness(path)
    audio.read_provenance(path)
    try:
        take = audio.inspect(path)
        audio.has_provenance(take)
        if take.frames * take.channels > 10_000_000:
            return "is very long"
        audio.audio_hash(take)
        audio.write_like(take, audio.TakeAudio(take), result, made.NOTE)
    except TakevoiceError as error:
        assert "\n" not in str(error)
        return f"refused: {error.code}"
    return "copied"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", type=int, nargs="?", default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(arguments)
    chance, outcomes = random.Random(args.seed), collections.Counter[str]()
    slowest, faults, began = 0.0, 0, time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = originals(folder)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        path, result = folder / "damaged", folder / "result"
        for number in range(args.files):
            path.write_bytes(damaged(chance.choice(files), chance))
            start = time.monotonic()
            try:
                outcomes[process(path, result)] += 1
            except Exception as error:
                faults += 1
                print(f"file {number}: {type(error).__name__}: {error}")
                Path(f"fault-{number}").write_bytes(path.read_bytes())
            took = time.monotonic() - start
            slowest = max(slowest, took)
            faults += took > MAX_SECONDS
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    faults += grown > MAX_MEMORY
    print(
        f"{args.files} damaged files in {time.monotonic() - began:.0f} s; {faults} faults; slowest {1000 * slowest:.0f} ms; memory {grown / 1e6:+.0f} MB"
    )
    for outcome, count in outcomes.most_common():
        print(f"  {count:>8} {outcome}")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())

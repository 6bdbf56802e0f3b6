"""How fast the local engine is, how much memory it takes, how takes share the cores, how soon the first bytes come.

Run: python tests/bench/engine_speed.py [--hour]
Takes are 48 kHz mono. `--hour` measures the memory of an hour instead of ten minutes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one core is one core
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import soundfile

from signals import make_speech, woman
from takevoice_plugins.local import engine
from takevoice_plugins.local.cloned.clone import ClonedProfile
from takevoice_plugins.local.cloned.learn import learn
from takevoice_plugins.local.conversion import ConversionTask, convert_file
from takevoice_plugins.local.converter import VoiceConverter
from takevoice_plugins.local.encode import encode
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.pool import ProcessPool
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.recipe import Recipe
from takevoice_plugins.local.source import ArraySource, FileSource, Source, read_blocks
from takevoice_plugins.local.voice_profile import VoiceProfile

RATE = 48_000
SPOKEN = 10.0  # seconds that are repeated


class Repeated:
    """The same speech again and again, without keeping it all."""

    def __init__(self, seconds: float) -> None:
        self.sample_rate, self.frames = RATE, int(seconds * RATE)
        self._speech = make_speech(SPOKEN, RATE)

    def read(self, start: int, count: int) -> np.ndarray:
        """Samples (up to count,)."""
        at = np.arange(start, min(start + count, self.frames)) % len(self._speech)
        return self._speech[at]


def cloned_voice() -> VoiceProfile:
    """A voice from a minute of speech."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "her.wav"
        soundfile.write(path, woman(60.0, RATE), RATE, "PCM_24")
        return ClonedProfile(learn("her", [path], "a synthesiser"))


def everything(
    source: Source, voice: VoiceProfile, parameters: EngineParameters, output_format: str = "auto"
) -> Iterator[bytes]:
    """From the take to encoded bytes."""
    plan = engine.plan(source, voice, parameters)
    return encode(plan.convert(read_blocks(source)), RATE, source.frames, output_format)


def speeds(seconds: float) -> None:
    """Times real time."""
    source, voice = ArraySource(Repeated(seconds).read(0, int(seconds * RATE)), RATE), profile("ada")
    her = cloned_voice()
    shift = Recipe(source_f0=120, target_f0=190, formant_factor=1.1)

    def through(recipe: Recipe) -> None:
        converter = VoiceConverter(RATE, recipe)
        for block in read_blocks(source, 0.5):
            converter.process(block)
        converter.process(np.zeros(0), last=True)

    work: dict[str, Callable[[], object]] = {
        "F0 and formants, streamed": lambda: through(shift),
        "the same with timbre": lambda: through(engine.plan(source, voice, EngineParameters()).recipe),
        "preset voice, all": lambda: list(everything(source, voice, EngineParameters())),
        "cloned voice, all": lambda: list(everything(source, her, EngineParameters())),
        "cloned voice, all, no boost": lambda: list(everything(source, her, EngineParameters(boost=False))),
        "preset voice, noise removed": lambda: list(everything(source, voice, EngineParameters(denoise=True))),
        "preset voice, mp3_44100_128": lambda: list(
            everything(source, voice, EngineParameters(), "mp3_44100_128")
        ),
    }
    for name, run in work.items():
        start = time.perf_counter()
        run()
        print(f"  {name:<32}{seconds / (time.perf_counter() - start):6.0f} x real time")


def peak_of(seconds: float) -> float:
    """The peak memory in MB of a process that converts a take of that length."""
    import resource  # not on Windows

    for _ in everything(Repeated(seconds), profile("ada"), EngineParameters()):
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def memory(longest: float) -> None:
    """Each length in a process of its own."""
    for seconds in (10.0, 60.0, longest):
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            print(f"  {seconds:6.0f} s: {pool.submit(peak_of, seconds).result():4.0f} MB at most")


def parallel(seconds: float = 60.0, takes: int = 4) -> None:
    """Long takes two at a time: by threads alone, and as the plugin does it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "take.wav"
        source = Repeated(seconds)
        soundfile.write(path, source.read(0, source.frames), RATE, "PCM_24")
        task = ConversionTask(path, RATE, source.frames, EngineParameters(), "auto")
        ways = {
            "one at a time": (1, convert_file),
            "two threads": (2, convert_file),
            "as the plugin": (2, ProcessPool().convert),
        }
        for name, (workers, way) in ways.items():
            with ThreadPoolExecutor(workers) as pool:
                start = time.perf_counter()
                list(pool.map(lambda _, way=way: sum(map(len, way(profile("ada"), task))), range(takes)))
                print(f"  {name:<14}{takes * seconds / (time.perf_counter() - start):5.0f} x real time")


def first_bytes() -> None:
    """From asking until samples come, for takes of several lengths, in a format with next to no header."""
    with tempfile.TemporaryDirectory() as folder:
        for seconds in (1.0, 10.0, 300.0):
            path = Path(folder) / "take.wav"
            source = Repeated(seconds)
            soundfile.write(path, source.read(0, source.frames), RATE, "PCM_24")
            waits = []
            for _ in range(5):
                file = FileSource(path, RATE, source.frames)
                start = time.perf_counter()
                chunks = everything(file, profile("ada"), EngineParameters(), "pcm_48000")
                next(chunk for chunk in chunks if chunk)
                waits.append(time.perf_counter() - start)
                file.close()
            print(f"  {seconds:5.0f} s: {1000 * min(waits):4.0f} ms")


def main() -> None:
    """Prints all of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hour", action="store_true")
    args = parser.parse_args()
    # First, for on Linux a process begins with the peak of the one that started it.
    print("memory")
    memory(3600.0 if args.hour else 600.0)
    for seconds in (10.0, 120.0):
        print(f"speed, {seconds:.0f} s")
        speeds(seconds)
    print("several takes")
    parallel()
    print("first bytes of a take of")
    first_bytes()


if __name__ == "__main__":
    main()

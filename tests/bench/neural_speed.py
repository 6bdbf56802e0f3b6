"""How fast the neural backend is, and how much memory its process and a GPU need for it.

Run: python tests/bench/neural_speed.py [--model FOLDER] [--device cpu|cuda|mps] [--threads N] [--seconds 10 120] [--at-once 1 2 4]
Needs the extra "neural". Without --model: random weights in the sizes of the published model, which cost as much time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from voice_neural import converter
from voice_speakers import RATE

from plugins.neural.weights import PUBLISHED, write_model
from signals import make_speech, woman
from takevoice_plugins.neural.child_process import ChildProcess
from takevoice_plugins.neural.options import DEVICES, Options


class Clock:
    """How long the child process was asked for something."""

    def __init__(self) -> None:
        self.seconds = 0.0
        exchange = ChildProcess.exchange

        def timed(*args: Any) -> Any:
            start = time.perf_counter()
            try:
                return exchange(*args)
            finally:
                self.seconds += time.perf_counter() - start

        ChildProcess.exchange = timed  # type: ignore[method-assign]


@contextmanager
def gpu_memory(before: int) -> Iterator[list[int]]:
    """Note how many bytes of the GPU are used, of those that were free before: at most, meanwhile."""
    used, done = [0], threading.Event()

    def watch() -> None:
        while before and not done.wait(0.001):
            used[0] = max(used[0], before - torch.cuda.mem_get_info()[0])

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield used
    finally:
        done.set()
        thread.join()


def main() -> None:
    """Read the command line, and print a row per length and number of takes at once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, metavar="FOLDER")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--seconds", type=float, nargs="+", default=[3.0, 10.0, 60.0])
    parser.add_argument("--at-once", type=int, nargs="+", default=[1], help="takes that are converted at the same time")
    args = parser.parse_args()
    clock, on_cuda = Clock(), args.device in ("auto", "cuda") and torch.cuda.is_available()
    if on_cuda:
        print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}")
    before = torch.cuda.mem_get_info()[0] if on_cuda else 0
    with ExitStack() as stack:
        folder = args.model or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if not args.model:
            write_model(folder, PUBLISHED)
        plugin, convert = converter(folder, woman(60.0, RATE), stack, Options(device=args.device, threads=args.threads))
        start = time.perf_counter()
        convert(make_speech(1.0))
        print(f"first take of 1 s, with the start of the process: {time.perf_counter() - start:.1f} s")
        start = time.perf_counter()
        convert(make_speech(1.0))
        print(f"another take of 1 s: {time.perf_counter() - start:.2f} s", flush=True)
        for seconds in args.seconds:
            take = make_speech(seconds, pauses=False)
            for count in args.at_once:
                clock.seconds, start = 0.0, time.perf_counter()
                with gpu_memory(before) as used, ThreadPoolExecutor(count) as pool:
                    results = list(pool.map(convert, [take] * count))
                took = time.perf_counter() - start
                assert all(len(out) == len(take) for out in results)
                row = f"{count} at once, {seconds:4.0f} s: {count * seconds / took:6.1f} x real time"
                row += f" (the model {count * seconds / clock.seconds:6.1f} x)"
                row += f", {psutil.Process(plugin.pid).memory_info().rss / 1e6:5.0f} MB"
                print(row + (f", {used[0] / 1e6:.0f} MB of the GPU" if on_cuda else ""), flush=True)


if __name__ == "__main__":
    main()

"""How fast the neural backend is, and how much memory its process has.

Run: python tests/bench/neural_speed.py [--model FOLDER] [--device cpu|cuda|mps] [--threads N] [--seconds 10 60]
Needs the extra "neural". Without --model: random weights in the sizes of the published model, which cost as much time.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import psutil
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from voice_neural import converter
from voice_speakers import RATE

from signals import make_speech, woman
from takevoice_plugins.neural.child.network import Converter
from takevoice_plugins.neural.options import DEVICES, Options

SIZES = {
    "zero_g": True, "inter_channels": 192, "hidden_channels": 192, "gin_channels": 256, "upsample_initial_channel": 512,
    "resblock_kernel_sizes": [3, 7, 11], "resblock_dilation_sizes": [[1, 3, 5]] * 3,
    "upsample_rates": [8, 8, 2, 2], "upsample_kernel_sizes": [16, 16, 4, 4],
}  # fmt: skip
DATA = {"sampling_rate": 22_050, "filter_length": 1024, "hop_length": 256, "win_length": 1024}


def random_model(folder: Path) -> Path:
    """Write random weights in the published sizes."""
    torch.manual_seed(0)
    network = Converter(SIZES, DATA["filter_length"] // 2 + 1)
    torch.save({"model": network.state_dict()}, folder / "checkpoint.pth")
    (folder / "config.json").write_text(json.dumps({"data": DATA, "model": SIZES}), "utf-8")
    return folder


def main() -> None:
    """Read the command line, and print a row per length."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, metavar="FOLDER")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--seconds", type=float, nargs="+", default=[3.0, 10.0, 60.0])
    args = parser.parse_args()
    with ExitStack() as stack:
        model = args.model or random_model(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        plugin, convert = converter(model, woman(60.0, RATE), stack, Options(device=args.device, threads=args.threads))
        start = time.perf_counter()
        convert(make_speech(1.0))
        print(f"first take of 1 s, with the start of the process: {time.perf_counter() - start:.1f} s")
        for seconds in args.seconds:
            take = make_speech(seconds, pauses=False)
            start = time.perf_counter()
            out = convert(take)
            took = time.perf_counter() - start
            assert len(out) == len(take)
            peak = np.max(psutil.Process(plugin.pid).memory_info().rss) / 1e6
            print(f"{seconds:6.0f} s: {seconds / took:6.2f} x real time, {peak:5.0f} MB", flush=True)


if __name__ == "__main__":
    main()

"""From a request file for a part of 5 seconds to its result, with the local engine: seconds, median and worst.

    python tests/bench/request_files.py [REQUESTS]

With an OSC message after each file (/takevoice/sync), and without: then takevoice finds it by its looks, ten times a second.
"""

from __future__ import annotations

import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from daemon.asking import Asking  # noqa: E402
from support import Cli, make_take  # noqa: E402
from takevoice.osc.packets import build  # noqa: E402

SECONDS = 5.0


def measure(asking: Asking, source: Path, port: int, *, sync: bool, requests: int) -> list[float]:
    took = []
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for number in range(requests):
        start = (number + (requests if sync else 0)) * SECONDS
        began = time.perf_counter()
        name = asking.leave(
            f"{'sync' if sync else 'look'}-{number}",
            path=source,
            cut={"start": start, "length": SECONDS, "handle": 0.5},
            name=f"item {number}",
            folder=source.parent,
        )
        if sync:
            client.sendto(build("/takevoice/sync", "s"), ("127.0.0.1", port))
        while (result := asking.result(name)) is None:
            time.sleep(0.002)
        assert result["state"] == "done", result
        took.append(time.perf_counter() - began)
        time.sleep(0.05 + 0.01 * (number % 20))  # not in step with the looks
    return took


def main() -> None:
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as base:
        home, folder = Path(base) / "home", Path(base) / "Exports"
        home.mkdir()
        folder.mkdir()
        cli = Cli(home)
        cli.config('backend = "local"\n')
        source = make_take(Path(base) / "source.wav", (2 * requests + 1) * SECONDS)
        asking = Asking(cli.state)
        with cli.daemon(folder, "--osc-port", 0) as daemon:
            port = int(daemon.log().split("for OSC on 127.0.0.1 port ")[1].split(",")[0])
            asking.ask("warm", path=source, cut={"start": 0, "length": SECONDS}, folder=source.parent)
            for sync in (False, True):
                took = measure(asking, source, port, sync=sync, requests=requests)
                print(f"{'with' if sync else 'without'} sync: median {statistics.median(took):.3f} s, worst {max(took):.3f} s")


if __name__ == "__main__":
    main()

"""Sends OSC messages as fast as asked, in a process of its own: run as `osc_sender.py PORT PREFIX COUNT A_SECOND` (0: at once)."""

from __future__ import annotations

import socket
import sys
import time

from takevoice.osc.packets import build


def send(port: int, prefix: str, count: int, a_second: int) -> None:
    """Messages to /test/note with the ids PREFIX0, PREFIX1 ..."""
    packets = [build("/test/note", f"{prefix}{number}") for number in range(count)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.connect(("127.0.0.1", port))
        began = time.perf_counter()
        for number, packet in enumerate(packets):
            while a_second and time.perf_counter() < began + number / a_second:
                pass
            udp.send(packet)


if __name__ == "__main__":
    send(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))

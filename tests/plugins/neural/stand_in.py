"""A program that speaks the protocol of docs/neural.md and needs nothing but Python: its "voice" is a change of level.

    stand_in.py MODE STATE

It imports nothing of takevoice. STATE is a file to which each request is added as a line. MODES, joined by "+": plain,
crash (once, at the second window), unlearnt (crashes once, when it is to learn), crashes (at every window), memory (for windows of more than 400 frames), no-memory,
broken, no-library, impossible, slow, junk, list (the answer is no object), wrapped (crashes, and a program that it has started holds its output), short, nan, bass (only what is below 4 kHz comes back).
"""

import array
import json
import os
import struct
import subprocess
import sys
import time
from pathlib import Path

RATE, HOP, CONTEXT = 22_050, 256, 16


def receive():
    lengths = sys.stdin.buffer.read(8)
    if len(lengths) < 8:
        sys.exit()
    header, payload = struct.unpack(">II", lengths)
    return json.loads(sys.stdin.buffer.read(header)), sys.stdin.buffer.read(payload)


def send(header, payload=b""):
    text = json.dumps(header).encode()
    sys.stdout.buffer.write(struct.pack(">II", len(text), len(payload)) + text + payload)
    sys.stdout.buffer.flush()


def refuse(code, text):
    send({"ok": False, "error": code, "text": text})


def main(modes, path):
    voices = {}
    described = {"ok": True, "rate": RATE, "hop": HOP, "context": CONTEXT, "device": "none"}
    while True:
        header, payload = receive()
        with path.open("a") as log:
            log.write(json.dumps(header | {"bytes": len(payload), "pid": os.getpid()}) + "\n")
        if header["op"] == "open":
            if "broken" in modes:
                refuse("model", f"{header['folder']} holds no model")
            elif "no-library" in modes:
                refuse("library", "no module named torch")
            else:
                send(described | ({"hop": 0} if "impossible" in modes else {}))
        elif header["op"] == "describe":
            send(described)
        elif header["op"] == "learn":
            if "unlearnt" in modes:
                crash_once(path)
            samples = array.array("f", payload)
            voices[header["id"]] = max(map(abs, samples), default=0.0)
            send({"ok": True})
        else:
            convert(modes, path, header, payload, voices)


def crash_once(path):
    if not path.with_suffix(".crashed").exists():
        crash(path)


def crash(path):
    path.with_suffix(".crashed").touch()
    print("a library gave up", file=sys.stderr)
    sys.stderr.flush()
    os._exit(3)


def convert(modes, path, header, payload, voices):
    if header["source"] not in voices or header["voice"] not in voices:
        return refuse("unknown_id", "not learnt")
    assert len(payload) % (4 * HOP) == 0
    if "wrapped" in modes:
        started = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        path.with_suffix(".started").write_text(f"{started.pid}")
        crash(path)
    if "list" in modes:
        return send([1, 2])
    if "crashes" in modes:
        crash(path)
    if "crash" in modes and header["frame"] > 0:
        crash_once(path)
    if "no-memory" in modes or ("memory" in modes and len(payload) > 400 * HOP * 4):
        return refuse("memory", "you tried to allocate 7 bytes")
    if "slow" in modes and header["frame"] > 0:
        time.sleep(600)
    if "junk" in modes:
        sys.stdout.buffer.write(b"Loading model... done\n" * 9)
        return sys.stdout.buffer.flush()
    samples = array.array("f", payload)
    if "bass" in modes:
        state = 0.0
        for at, sample in enumerate(samples):
            state += 0.5 * (sample - state)
            samples[at] = state
    samples = array.array("f", (0.25 * sample for sample in samples))
    if "nan" in modes:
        samples[::100] = array.array("f", [float("nan")]) * len(samples[::100])
    return send({"ok": True}, samples.tobytes()[: -4 if "short" in modes else None])


if __name__ == "__main__":
    main(sys.argv[1].split("+"), Path(sys.argv[2]))

"""Print what a result preserves of its original, as a table of all containers and sample formats.

    python tests/bench/fidelity_table.py

For each kind of file, the table shows the chunks outside the audio that differ, the number of frames, and the readers
that find the same number of frames and the same TimeReference. Readers that are not installed are left out
(apt-get install ffmpeg sox mediainfo libimage-exiftool-perl).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import soundfile

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "audio"))
import test_containers as made

from takevoice import audio
from takevoice.audio.containers import aiff, caf, wave64
from takevoice.audio.containers.chunks import walk
from takevoice.audio.containers.flac import metadata_blocks
from takevoice.jobs import Take

BLOCKS = [b"STREAMINFO", b"PADDING", b"APPLICATION", b"SEEKTABLE", b"VORBIS_COMMENT", b"CUESHEET", b"PICTURE"]
KINDS = [
    *[("WAV", subtype) for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW")],
    *[("WAVEX", subtype) for subtype in ("PCM_16", "PCM_24", "FLOAT")],
    *[("RF64", subtype) for subtype in ("PCM_16", "PCM_24", "FLOAT")],
    ("BW64", "PCM_24"),
    *[("W64", subtype) for subtype in ("PCM_16", "PCM_24", "FLOAT")],
    *[("AIFF", subtype) for subtype in ("PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT")],
    *[("CAF", subtype) for subtype in ("PCM_16", "PCM_24", "FLOAT", "ALAC_24")],
    *[("FLAC", subtype) for subtype in ("PCM_16", "PCM_24")],
    *[("OGG", subtype) for subtype in ("VORBIS", "OPUS")],
]


def original(folder: Path, container: str, subtype: str) -> Path:
    """Write a file with as much metadata as its container can hold."""
    path = folder / f"take.{container.lower()}"
    if container in ("WAV", "WAVEX", "RF64", "BW64"):
        made.wav(path, subtype, 2, "RF64" if container == "BW64" else container)
        if container == "BW64":
            path.write_bytes(b"BW64" + path.read_bytes()[4:])
    elif container == "AIFF":
        made.aiff(path, subtype)
    else:
        soundfile.write(path, made.samples(2), 48_000, subtype, format=container)
    return path


def metadata(path: Path, container: str) -> list[tuple[bytes, bytes]]:
    """Return the name and content of everything that is not audio, in order."""
    framings = {"W64": wave64.DIALECT.framing, "AIFF": aiff.FRAMING, "CAF": caf.FRAMING}
    with path.open("rb") as file:
        if container == "FLAC":
            return [(BLOCKS[block.kind], block.content) for block in metadata_blocks(file)]
        if container not in framings:
            return [(name, data) for name, data in made.chunks_of(path) if name != b"data"]
        found = []
        for chunk in walk(file, framings[container]):
            file.seek(chunk.start)
            if chunk.name[:4] not in (b"data", b"SSND"):
                found.append((chunk.name[:4], file.read(chunk.size)))
        return found


def differing(was: list[tuple[bytes, bytes]], now: list[tuple[bytes, bytes]]) -> str:
    """Return the names of the parts that differ."""
    names = []
    for (name, before), (new, after) in zip(was, now, strict=False):
        if name != new:
            names.append(f"{name.decode().strip()} -> {new.decode().strip()}")
        elif before != after:
            names.append(name.decode().strip())
    names += [f"+{name.decode().strip()}" for name, _ in now[len(was) :]]
    return ", ".join(names) or "nothing"


def readers(path: Path, frames: int, timed: bool) -> tuple[list[str], list[str]]:
    """Return the readers that find the frames, and those that find the TimeReference."""
    found, timing = [], []

    def run(*command: str) -> str:
        if shutil.which(command[0]) is None:
            return ""
        return subprocess.run([*command, str(path)], capture_output=True, text=True).stdout

    if audio.inspect(path).frames == frames:
        found.append("libsndfile")
    probed = run("ffprobe", "-v", "error", "-show_streams", "-show_format", "-count_packets", "-of", "json")
    if probed.strip():
        probe = json.loads(probed)
        stream = (probe.get("streams") or [{}])[0]
        if abs(float(stream.get("duration", 0)) * 48_000 - frames) < 1:
            found.append("ffprobe")
        if probe.get("format", {}).get("tags", {}).get("time_reference") == str(made.TIME_REFERENCE):
            timing.append("ffprobe")
    if run("sox", "--info", "-s").strip() == str(frames):
        found.append("sox")
    mediainfo = run("mediainfo", "--Output=JSON")
    if mediainfo and any(
        track.get("SamplingCount") == str(frames) for track in json.loads(mediainfo)["media"]["track"]
    ):
        found.append("mediainfo")
    if timed:
        exif = run("exiftool", "-json", "-TimeReference")
        if exif and json.loads(exif)[0].get("TimeReference") == made.TIME_REFERENCE:
            timing.append("exiftool")
        try:
            if made.wavinfo.WavInfoReader(str(path)).bext.time_reference == made.TIME_REFERENCE:
                timing.append("wavinfo")
        except Exception:
            pass
    return found, timing


def compared(folder: Path, container: str, subtype: str) -> tuple[str, Take]:
    """Return the first cells of the row for a kind of file, and its result."""
    before = original(folder, container, subtype)
    take = audio.inspect(before)
    result = made.converted(before, folder / f"result.{container.lower()}")
    if container == "OGG":
        difference = "comments, pages"
    else:
        difference = differing(metadata(before, container), metadata(result.path, container))
    return f"| {container} {subtype} | {difference} | {take.frames} = {result.frames} |", result


def main() -> None:
    print("| file | differs outside the audio | frames | found by | TimeReference found by |")
    print("|---|---|---|---|---|")
    for container, subtype in KINDS:
        with tempfile.TemporaryDirectory() as name:
            row, result = compared(Path(name), container, subtype)
            timed = container in ("WAV", "WAVEX", "RF64", "BW64")
            found, timing = readers(result.path, result.frames, timed)
            print(f"{row} {', '.join(found)} | {', '.join(timing) if timed else 'has none'} |")


if __name__ == "__main__":
    main()

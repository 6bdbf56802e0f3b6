"""Media files of kinds that takevoice does not read: known by name and by content, so that it can say what they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

_MPEG_4, _MATROSKA, _WINDOWS_MEDIA = "MPEG-4 or QuickTime", "Matroska or WebM", "Windows Media"

KINDS = {
    ".m4a": _MPEG_4,
    ".m4b": _MPEG_4,
    ".m4v": _MPEG_4,
    ".mp4": _MPEG_4,
    ".mov": _MPEG_4,
    ".3gp": _MPEG_4,
    ".3ga": _MPEG_4,
    ".aac": "AAC",
    ".mka": _MATROSKA,
    ".mkv": _MATROSKA,
    ".webm": _MATROSKA,
    ".weba": _MATROSKA,
    ".wma": _WINDOWS_MEDIA,
    ".wmv": _WINDOWS_MEDIA,
    ".asf": _WINDOWS_MEDIA,
    ".avi": "AVI",
    ".mxf": "MXF",
    ".mpg": "MPEG",
    ".mpeg": "MPEG",
    ".mp2": "MPEG Layer II",
    ".amr": "AMR",
    ".awb": "AMR",
    ".wv": "WavPack",
    ".ape": "Monkey's Audio",
    ".tta": "True Audio",
    ".ac3": "AC-3",
    ".eac3": "AC-3",
    ".dts": "DTS",
    ".spx": "Speex",
    ".ra": "RealAudio",
    ".au": "Sun audio",
    ".snd": "Sun audio",
    ".voc": "VOC",
}
"""What each suffix stands for: files with sound that are no takes. Pictures and project files are none of them."""

SUFFIXES = frozenset(KINDS)
"""The suffixes, with the dot, in lower case."""

HELP = "`ffmpeg -i IN OUT.wav` makes a take of one"

_MAGIC = (
    (4, b"ftyp", _MPEG_4),
    (4, b"moov", _MPEG_4),
    (0, b"\x1a\x45\xdf\xa3", _MATROSKA),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _WINDOWS_MEDIA),
    (0, b"#!AMR", "AMR"),
    (0, b"wvpk", "WavPack"),
    (0, b"MAC ", "Monkey's Audio"),
    (0, b"TTA1", "True Audio"),
    (0, b"\x0b\x77", "AC-3"),
    (0, b"\xff\xf1", "AAC"),
    (0, b"\xff\xf9", "AAC"),
    (8, b"AVI ", "AVI"),
)


def kind_of(path: Path) -> str:
    """Return what a file is by its first bytes, else by its name; empty if neither is known.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(16)
    by_content = next((kind for at, magic, kind in _MAGIC if head[at:].startswith(magic)), "")
    return by_content or KINDS.get(path.suffix.lower(), "")


def counted(names: Iterable[str]) -> str:
    """Return how many files there are, and of which suffixes: "3 files are of kinds ... (2 m4a, 1 wma)"."""
    suffixes = Counter(name.rpartition(".")[2].lower() for name in names)
    total = suffixes.total()
    files = "1 file is of a kind that is" if total == 1 else f"{total} files are of kinds that are"
    each = ", ".join(f"{count} {suffix}" for suffix, count in suffixes.most_common())
    return f"{files} not converted ({each})"

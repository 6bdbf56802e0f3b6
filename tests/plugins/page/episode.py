"""An episode as it is rendered: real takes, a real daemon with the local engine; for pictures."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import soundfile

from support import TAKES, Cli

CONFIG = """
[[watch]]
folder = "{folder}"
track = "{{track}}_{{take}}"

[defaults]
voice = "ada"

[tracks."Anna"]  # warm, close
voice = "mara"
candidates = 3

[tracks."Guard *"]
voice = "bruno"
stability = 0.4

[tracks."Narrator"]
voice = "george"

[settle]
quiet = 0.2
moved = 0.1

[plugins.page]
port = 0
"""
LINES = {
    "Narrator_12": ("narrator", 0.0, 4.0),
    "Guard 1_01": ("singer", 0.0, 2.0),
    "Guard 2_01": ("singer", 1.5, 2.0),
    "Zoe_07": ("narrator", 2.5, 2.5),
    "Narrator_13": ("narrator", 3.0, 2.0),
    "Anna_03": ("narrator", 0.0, 6.0),
}
"""Takes by name: which recording, from which second, and how many seconds."""
_SOURCES = {"narrator": TAKES / "narrator_48k_24bit.flac", "singer": TAKES / "singer_44k_stereo.flac"}


@contextmanager
def studio() -> Iterator[Path]:
    """An empty folder with a name that can be read in pictures."""
    home = Path(tempfile.gettempdir()) / "studio"
    home.mkdir()
    try:
        yield home
    finally:
        shutil.rmtree(home)


@contextmanager
def episode(home: Path) -> Iterator[tuple[Cli, Path]]:
    """A running daemon with an empty folder."""
    folder = home / "Episode 2" / "Exports"
    folder.mkdir(parents=True)
    cli = Cli(home)
    cli.config(CONFIG.format(folder=folder))
    with cli.daemon("--osc-port", "0") as daemon:
        daemon.says("watching")
        yield cli, folder


def render(folder: Path, name: str) -> None:
    """Write a take as a DAW does."""
    which, start, length = LINES[name]
    samples, rate = soundfile.read(_SOURCES[which], start=0, always_2d=True)
    first = round(start * rate) % len(samples)
    part = samples[first : first + round(length * rate)]
    temporary = folder.parent / f"{name}.wav"
    soundfile.write(temporary, part, rate, "PCM_24")
    temporary.rename(folder / temporary.name)


def until(met: Callable[[], object], seconds: float = 120.0) -> None:
    """Wait for something to be so."""
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.2)

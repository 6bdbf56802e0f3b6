"""Speakers for the bench: flite and espeak-ng read sentences; recordings of people come from a folder."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

RATE = 48_000
LEVEL = 10 ** (-23 / 20)
GAP = 0.25  # seconds
SPEAKERS = {
    "slt": "flite", "rms": "flite", "awb": "flite", "kal16": "flite",
    "en-us": "espeak-ng", "en-gb+f3": "espeak-ng", "en-us+Andy": "espeak-ng", "en-gb+linda": "espeak-ng",
}  # fmt: skip
LEARNT = (
    "The harbour was quiet when the first boats came home.",
    "She put the blue cup on the shelf beside the window.",
    "Nobody could say how long the meeting would last.",
    "Fresh bread and strong coffee make a good morning.",
    "He thought about the journey through the northern hills.",
    "Please leave your shoes by the door and come inside.",
    "The judge asked both of them to choose their words.",
    "A measure of pleasure is a treasure to share.",
    "Young children often ask questions that nobody expects.",
    "We should have bought the yellow paint for the kitchen.",
    "Five thick ropes held the ship against the current.",
    "The old clock in the tower strikes every quarter.",
    "Rain fell on the roof all night without a pause.",
    "They agreed to share the cost of the new machine.",
    "His voice was calm, though his hands were shaking.",
    "Turn left at the church and follow the narrow road.",
    "The garden smelled of roses and wet earth.",
    "Zebras and giraffes were drinking at the same pool.",
    "I would rather walk than wait for another bus.",
    "Which of these jackets belongs to your brother?",
    "The engine coughed twice and then fell silent.",
    "Good singers breathe before the phrase begins.",
    "Our neighbour keeps chickens, geese and a goat.",
    "Something bright was moving under the water.",
)
HELD_OUT = (
    "The teacher wrote three words on the board.",
    "A cold wind was blowing from the open sea.",
    "You may choose any of the books on that table.",
    "The fisher's daughter sang while she mended the nets.",
    "Both horses jumped over the fence without fear.",
    "It takes an hour to reach the village on foot.",
    "My father used to work in a large garage.",
    "Thousands of tiny lights were shining in the valley.",
)


@dataclass(frozen=True)
class Utterance:
    """Mono samples at 48 kHz, and the words in them where they are known."""

    samples: np.ndarray
    text: str = ""


def speak(speaker: str, sentences: tuple[str, ...]) -> list[Utterance]:
    """What a speaker makes of sentences, each at the same level."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        return [_say(speaker, sentence, path) for sentence in sentences]


def _say(speaker: str, sentence: str, path: Path) -> Utterance:
    if SPEAKERS[speaker] == "flite":
        command = ["flite", "-voice", speaker, "-t", sentence, "-o", str(path)]
    else:
        command = ["espeak-ng", "-v", speaker, "-w", str(path), sentence]
    subprocess.run(command, check=True, capture_output=True)
    return Utterance(_read(path), sentence)


def _read(path: Path) -> np.ndarray:
    samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
    mono = soxr.resample(samples.mean(axis=1), rate, RATE, quality="VHQ")
    return mono * (LEVEL / np.sqrt(np.mean(mono**2)))


def from_folder(folder: Path) -> dict[str, Utterance]:
    """The recordings of a folder by name, one speaker each; NAME.txt beside one holds its words."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in (".wav", ".flac", ".mp3", ".ogg"):
            text = path.with_suffix(".txt")
            found[path.stem] = Utterance(_read(path), text.read_text("utf-8") if text.exists() else "")
    return found


def as_take(utterances: list[Utterance]) -> Utterance:
    """All in a row, with a short pause after each."""
    pause = np.zeros(round(GAP * RATE))
    pieces = [piece for one in utterances for piece in (one.samples, pause)]
    return Utterance(np.concatenate(pieces), " ".join(one.text for one in utterances))

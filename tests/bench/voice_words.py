"""How much harder words are to recognise in designed voices than in the takes, and how near the voices are to their sources.

Run: python tests/bench/voice_words.py --whisper FOLDER --audio FOLDER [--voices ada,george]
Needs the extra "judges". --audio: takes of one speaker each, with their words in NAME.txt beside each.

One row per voice. The word error rate of a few takes is a matter of single words; this is finer: `harder` is by how many nepers
the words that were said get less likely for whisper, as a mean over its tokens.
`source`, `worst`: mean and highest cosine to the source (Resemblyzer); `near`: how many are above .75.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer

sys.path.insert(0, str(Path(__file__).parents[1]))

from voice_judges import Speakers, at_16k, cosine
from voice_methods import ours
from voice_speakers import RATE, Utterance, from_folder

from takevoice_plugins.local.catalogue import PRESETS
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile

NEAR = 0.75
LONGEST = 3000  # frames of whisper
LEAST = 1e-5  # probability


class Reader:
    """How likely words are for a whisper model in the format of CTranslate2, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
        several = self._model.model.is_multilingual
        language = {"task": "transcribe", "language": "en"} if several else {}
        self._tokens = Tokenizer(self._model.hf_tokenizer, several, **language)

    def surprise(self, samples: np.ndarray, text: str) -> float:
        """Return the mean negative log probability of the tokens of `text`, in nepers."""
        features = self._model.feature_extractor(at_16k(samples, RATE))
        frames = min(LONGEST, (features.shape[1] + 51) // 2 * 2)
        encoded = self._model.encode(pad_or_trim(features[:, :frames], frames))
        start = [*self._tokens.sot_sequence, self._tokens.no_timestamps]
        tokens = self._tokens.encode(f" {text[0].upper()}{text[1:]}.")
        found = self._model.model.align(encoded, start, [tokens], [frames])[0]
        return float(-np.mean(np.log(np.maximum(found.text_token_probs, LEAST))))


def main() -> None:
    """Read the command line, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--whisper", "--audio"):
        parser.add_argument(name, type=Path, metavar="FOLDER", required=True)
    parser.add_argument("--voices", default="", metavar="IDS", help="designed voices, joined by commas; without it all")
    args = parser.parse_args()
    wanted = args.voices.split(",") if args.voices else [voice.id for voice in PRESETS]
    takes = {name: take for name, take in from_folder(args.audio).items() if take.text}
    speakers, reader = Speakers(), Reader(args.whisper)
    own = {name: (speakers.embedding(take.samples, RATE), reader.surprise(take.samples, take.text)) for name, take in takes.items()}
    print(f"{'voice':<10} {'n':>3} {'source':>7} {'worst':>7} {'near':>5} {'harder':>7}")
    every: list[tuple[float, float]] = []
    for voice in wanted:
        rows = [judged(voice, take, *own[name], speakers, reader) for name, take in takes.items()]
        every += rows
        show(voice, rows)
    show("all", every)


def judged(
    voice: str, take: Utterance, embedding: np.ndarray, surprise: float, speakers: Speakers, reader: Reader
) -> tuple[float, float]:
    """Return the cosine of a result to its take, and how much harder its words are."""
    result = ours(take.samples, profile(voice), EngineParameters())
    near = cosine(speakers.embedding(result, RATE), embedding)
    return near, reader.surprise(result, take.text) - surprise


def show(title: str, rows: list[tuple[float, float]]) -> None:
    """Print a row of the table."""
    near, harder = np.array(rows).T
    print(
        f"{title:<10} {len(rows):>3} {near.mean():>7.3f} {near.max():>7.2f} {(near > NEAR).sum():>5} {harder.mean():>+7.3f}",
        flush=True,
    )


if __name__ == "__main__":
    main()

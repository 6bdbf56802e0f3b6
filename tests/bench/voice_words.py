"""Which words are lost in preset voices, how much harder the others become, and how near the voices are to their sources.

Run: python tests/bench/voice_words.py --whisper FOLDER --audio FOLDER [--voices ada,george] [--methods takevoice,Praat,WORLD]
Needs the extra "judges". --audio: takes, with their words in NAME.txt beside each; several may be of one speaker.
--methods may also name a FOLDER with results that are there already: FOLDER/VOICE/NAME.wav is what became of the take NAME.
Methods that are none, to know what these judges make of takes without any artefact: played@FACTOR plays them that much faster, with one voice
named; noise@DB adds noise that many dB below them.
--lost: print each result with words that are wrong and are right in its take, and what was heard.

One row per voice and method, over `n` takes with `words` words in all; in brackets intervals of 95 % (bootstrap by takes).

WER      words that are wrong, in percent (whisper, decoding once, without chance: the same sounds give the same words)
above    the same, less what is wrong in the takes themselves
harder   by how many nepers the words that were said get less likely for whisper, as a mean over its tokens: finer than WER
source   mean cosine to the source (Resemblyzer); `worst`: the highest; `near`: how many are above .75
P.808    predicted mean opinion (DNSMOS), with --opinions
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer

sys.path.insert(0, str(Path(__file__).parents[1]))

from voice_judges import Listener, Speakers, at_16k, cosine, opinions, spelled, words_wrong
from voice_methods import noisy, ours, played, praat, the_move, world
from voice_rates import rate
from voice_speakers import RATE, Utterance, from_folder

from takevoice_plugins.local.catalogue import PRESETS
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile

NEAR = 0.75
LONGEST = 3000  # frames of whisper
LEAST = 1e-5  # probability
USUAL = EngineParameters()
UNCONVERTED = {"played": played, "noise": noisy}
OTHERS = {"Praat": praat, "WORLD": world}


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


@dataclass(frozen=True)
class Heard:
    """What the judges hear in a take or a result."""

    embedding: np.ndarray
    words: list[str]
    wrong: int
    surprise: float
    opinion: float


@dataclass(frozen=True)
class Pair:
    """A take, and a result of it."""

    said: int  # words
    take: Heard
    result: Heard

    @property
    def cosine(self) -> float:
        """How near the result is to its take."""
        return cosine(self.take.embedding, self.result.embedding)


class Jury:
    """All judges; `opinion` asks for the one of naturalness, too."""

    def __init__(self, whisper: Path, opinion: bool) -> None:
        self._speakers, self._reader, self._listener = Speakers(), Reader(whisper), Listener(whisper)
        self._opinion = opinion

    def hear(self, samples: np.ndarray, text: str) -> Heard:
        """Judge samples in which `text` is said."""
        words = self._listener.words(samples, RATE)
        return Heard(
            self._speakers.embedding(samples, RATE),
            words,
            words_wrong(spelled([text]), words),
            self._reader.surprise(samples, text),
            opinions(samples, RATE)[0] if self._opinion else float("nan"),
        )


def converted(method: str, takes: dict[str, Utterance], voice: str) -> dict[str, np.ndarray]:
    """Return takes in a preset voice, by a method, or from a folder with results."""
    name, _, number = method.partition("@")
    if name in UNCONVERTED and number:
        return {take: UNCONVERTED[name](each.samples, float(number)) for take, each in takes.items()}
    if method not in ("takevoice", *OTHERS):
        return {name: result.samples for name, result in from_folder(Path(method) / voice).items()}
    if method == "takevoice":
        return {name: ours(take.samples, profile(voice), USUAL) for name, take in takes.items()}
    return {name: OTHERS[method](take.samples, the_move(take.samples, profile(voice), USUAL)) for name, take in takes.items()}


def main() -> None:
    """Read the command line, and print the table."""
    args = _arguments()
    takes = {name: take for name, take in from_folder(args.audio).items() if take.text}
    jury = Jury(args.whisper, args.opinions)
    heard = {name: jury.hear(take.samples, take.text) for name, take in takes.items()}
    print(f"{'voice':<10} {'method':<10} {'n':>4} {'words':>6} {'WER':>21} {'above':>21} {'harder':>7} {'source':>7} {'worst':>6} {'near':>5} {'P.808':>6}")
    show("", "untouched", [pair(take, heard[name], heard[name]) for name, take in takes.items()], 1)
    for method in args.methods.split(","):
        every: list[list[Pair]] = []
        for voice in args.voices.split(","):
            results = converted(method, takes, voice)
            pairs = [pair(take, heard[name], jury.hear(results[name], take.text)) for name, take in takes.items()]
            show(voice, Path(method).name, pairs, 1)
            if args.lost:
                print_lost(voice, takes, pairs)
            every.append(pairs)
        show("all", Path(method).name, [each for pairs in zip(*every, strict=True) for each in pairs], len(every))


def pair(take: Utterance, source: Heard, result: Heard) -> Pair:
    """Return a take and a result of it."""
    return Pair(len(spelled([take.text])), source, result)


def print_lost(voice: str, takes: dict[str, Utterance], pairs: list[Pair]) -> None:
    """Print what is heard in results that have more words wrong than their takes."""
    for (name, take), each in zip(takes.items(), pairs, strict=True):
        if each.result.wrong > each.take.wrong:
            print(f"    {voice} {name}: {' '.join(each.result.words)}\n        said: {' '.join(spelled([take.text]))}")


def show(voice: str, method: str, pairs: Iterable[Pair], voices: int) -> None:
    """Print a row of the table; `pairs`: of one take after the other, each with results in as many `voices`."""
    pairs = list(pairs)
    said, before, wrong = (
        np.reshape(counts, (-1, voices))
        for counts in ([each.said for each in pairs], [each.take.wrong for each in pairs], [each.result.wrong for each in pairs])
    )
    near = np.array([each.cosine for each in pairs])
    harder = np.mean([each.result.surprise - each.take.surprise for each in pairs])
    opinion = np.mean([each.result.opinion for each in pairs])
    print(
        f"{voice:<10} {method:<10} {len(pairs):>4} {said.sum():>6} {rate(wrong, said)!s:>21} {rate(wrong - before, said)!s:>21}"
        f" {harder:>+7.3f} {near.mean():>7.3f} {near.max():>6.2f} {(near > NEAR).sum():>5} {opinion:>6.2f}",
        flush=True,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--whisper", "--audio"):
        parser.add_argument(name, type=Path, metavar="FOLDER", required=True)
    parser.add_argument("--voices", default=",".join(voice.id for voice in PRESETS), metavar="IDS", help="preset voices, joined by commas")
    parser.add_argument("--methods", default="takevoice", metavar="NAMES", help="takevoice, Praat, WORLD and folders with results, joined by commas")
    parser.add_argument("--lost", action="store_true", help="print the words that are lost")
    parser.add_argument("--opinions", action="store_true", help="also predict opinions")
    return parser.parse_args()


if __name__ == "__main__":
    main()

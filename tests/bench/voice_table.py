"""How good converted voices are by judges that nobody here made, beside the untouched take, Praat and WORLD.

Run: python tests/bench/voice_table.py --whisper FOLDER [--audio FOLDER] [--references FOLDER] [--voices ada,george]
Needs the extra "judges"; without --audio also flite and espeak-ng. FOLDER of --whisper: whisper-base (or another size)
in the format of CTranslate2, as faster-whisper reads it; without it, words are not judged.

--audio       recordings to convert, one speaker each; NAME.txt beside one holds its words. Without it, synthesisers speak
--references  recordings to make voices from, one speaker each: 5 s to 30 min
--neural      convert to the cloned voices with the neural backend as well; FOLDER is its model
--results     judge what is there already, from another version, converter or service, instead of converting:
              FOLDER/VOICE/NAME.wav is what became of the recording NAME
--markdown    print the table as a page shows it

One row per voice and method: mean +- standard deviation over the sources, but the words of all sources together.

source  cosine to the source's embedding (Resemblyzer): 1 is the same recording, one speaker's recordings about .8 and more
voice   cosine to the voice: cloned voices to their recordings, preset ones to the same voice from the other sources
worst   the highest cosine to its source
WER     words that are wrong, in percent (whisper), by the text, or where there is none by what is heard in the source; in
        brackets the interval of 95 % (bootstrap by takes)
P.808, OVRL   predicted mean opinions from 1 to 5 (DNSMOS)

The error output has how near the results of one source in two voices are to each other: less than "voice" if a voice is one
person, whoever speaks.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).parents[1]))

from voice_judges import Listener, Speakers, cosine, opinions, spelled, words_wrong
from voice_methods import Move, ours, praat, the_move, world
from voice_rates import rate
from voice_speakers import HELD_OUT, LEARNT, RATE, Utterance, as_take, from_folder, speak

from takevoice_plugins.local.catalogue import PRESETS
from takevoice_plugins.local.cloned.clone import ClonedProfile
from takevoice_plugins.local.cloned.learn import learn
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.voice_profile import VoiceProfile

SOURCES, TARGETS = ("awb", "kal16", "en-us", "en-gb+f3"), ("slt", "rms")  # of synthesisers
COLUMNS = ("source", "worst", "voice", "WER", "P.808", "OVRL")
Method = Callable[[np.ndarray, VoiceProfile, Move], np.ndarray]
METHODS: dict[str, Method] = {
    "Praat": lambda samples, _voice, move: praat(samples, move),
    "WORLD": lambda samples, _voice, move: world(samples, move),
    "takevoice": lambda samples, voice, _move: ours(samples, voice, EngineParameters()),
}


@dataclass(frozen=True)
class TargetVoice:
    """A voice that sources are converted to; `recording` is the speaker's own, of a cloned voice."""

    name: str
    profile: VoiceProfile
    recording: np.ndarray | None = None


@dataclass(frozen=True)
class Verdict:
    """What the judges say about one take."""

    source: str
    embedding: np.ndarray
    cosine: float  # to the source
    wrong: int | None  # words
    said: int
    p808: float
    overall: float


class Jury:
    """All judges, and what each source sounds like to them."""

    def __init__(self, sources: dict[str, Utterance], whisper: Path | None) -> None:
        self._speakers, self._listener = Speakers(), Listener(whisper) if whisper else None
        self._own = {name: self._speakers.embedding(one.samples, RATE) for name, one in sources.items()}
        self._words = {name: self._words_of(one) for name, one in sources.items()}

    @property
    def sources(self) -> list[str]:
        """The names of the sources."""
        return list(self._words)

    def _words_of(self, source: Utterance) -> list[str]:
        if source.text or self._listener is None:
            return spelled([source.text])
        return self._listener.words(source.samples, RATE)

    def embedding(self, samples: np.ndarray) -> np.ndarray:
        """Return the embedding of samples at RATE."""
        return self._speakers.embedding(samples, RATE)

    def verdict(self, source: str, samples: np.ndarray) -> Verdict:
        """Judge a result of `source`, or the source itself."""
        embedding, words = self.embedding(samples), self._words[source]
        wrong = None if self._listener is None else words_wrong(words, self._listener.words(samples, RATE))
        return Verdict(source, embedding, cosine(embedding, self._own[source]), wrong, len(words), *opinions(samples, RATE))


Row = tuple[list["Verdict"], list[float]]  # of one voice: the verdicts on all sources, and the cosine of each to the voice


class Table:
    """Prints a row per voice and method, and means over all voices."""

    def __init__(self, markdown: bool) -> None:
        self._markdown = markdown
        self._all: dict[str, list[Row]] = {}
        self._print(["voice", "method", "n", *COLUMNS])
        if markdown:
            self._print(["---"] * (3 + len(COLUMNS)))

    def row(self, voice: str, method: str, verdicts: list[Verdict], near: list[float]) -> None:
        """Add the verdicts on all sources; `near`: the cosine of each to the voice."""
        self._all.setdefault(method, []).append((verdicts, near))
        self._show(voice, method, verdicts, near)

    def means(self, title: str) -> None:
        """Print what each method has over all voices since the last means."""
        for method, rows in self._all.items():
            self._show(title, method, [one for verdicts, _ in rows for one in verdicts], [value for _, near in rows for value in near])
        for method, rows in self._all.items():
            print(f"{title}, {method}: results of one source in two voices have a cosine of {_between([one for one, _ in rows]):.2f} to each other", file=sys.stderr)
        self.start_over()

    def start_over(self) -> None:
        """Forget what was added so far."""
        self._all.clear()

    def _show(self, voice: str, method: str, verdicts: list[Verdict], near: list[float]) -> None:
        columns = {
            "source": [one.cosine for one in verdicts],
            "worst": [max(one.cosine for one in verdicts)],
            "voice": near,
            "P.808": [one.p808 for one in verdicts],
            "OVRL": [one.overall for one in verdicts],
        }
        cells = {name: _mean(values) for name, values in columns.items()} | {"WER": _word_rate(verdicts)}
        self._print([voice, method, str(len(verdicts)), *(cells[name] for name in COLUMNS)])

    def _print(self, cells: list[str]) -> None:
        if self._markdown:
            print("| " + " | ".join(cells) + " |", flush=True)
        else:
            print(f"{cells[0]:<14} {cells[1]:<10} {cells[2]:>3}  " + " ".join(f"{cell:>18}" for cell in cells[3:]), flush=True)


def _between(voices: list[list[Verdict]]) -> float:
    """Return the mean cosine between the results of the same source in different voices."""
    pairs = [
        cosine(one.embedding, other.embedding)
        for first, second in combinations(voices, 2)
        for one in first
        for other in second
        if one.source == other.source
    ]
    return float(np.mean(pairs)) if pairs else float("nan")


def _mean(values: list[float]) -> str:
    known = [value for value in values if not np.isnan(value)]
    spread = f" ± {np.std(known):.2f}" if len(known) > 1 else ""
    return f"{np.mean(known):.2f}{spread}" if known else ""


def _word_rate(verdicts: list[Verdict]) -> str:
    """Return the word error rate; the results of one source belong together."""
    counts: dict[str, list[tuple[int, int]]] = {}
    for one in verdicts:
        if one.wrong is not None:
            counts.setdefault(one.source, []).append((one.wrong, one.said))
    if not counts:
        return ""
    wrong, said = np.array([np.sum(each, axis=0) for each in counts.values()]).T
    return str(rate(wrong, said))


def judge(jury: Jury, sources: dict[str, Utterance], voice: TargetVoice, methods: dict[str, Method], table: Table) -> None:
    """Print the rows of one voice."""
    moves = {name: the_move(one.samples, voice.profile) for name, one in sources.items()}
    target = None if voice.recording is None else jury.embedding(voice.recording)
    for method, convert in methods.items():
        verdicts = [
            jury.verdict(name, convert(one.samples, voice.profile, moves[name])) for name, one in sources.items()
        ]
        table.row(voice.name, method, verdicts, list(_nearness(verdicts, target)))


def _nearness(verdicts: list[Verdict], target: np.ndarray | None) -> Iterator[float]:
    for one in verdicts:
        others = [other.embedding for other in verdicts if other is not one] if target is None else [target]
        yield float(np.mean([cosine(one.embedding, other) for other in others])) if others else float("nan")


def judge_results(jury: Jury, folder: Path, made: dict[str, np.ndarray], table: Table) -> None:
    """Print a row for each folder in `folder`, which has the results in one voice; `made`: embeddings of the voices' recordings."""
    kinds: dict[str, list[Path]] = {"preset": [], "cloned": []}
    for voice in sorted(path for path in folder.iterdir() if path.is_dir()):
        kinds["cloned" if voice.name in made else "preset"].append(voice)
    for kind, voices in kinds.items():
        for voice in voices:
            verdicts = [jury.verdict(name, one.samples) for name, one in from_folder(voice).items() if name in jury.sources]
            if verdicts:
                table.row(voice.name, folder.name, verdicts, list(_nearness(verdicts, made.get(voice.name))))
        table.means(kind)


def made_from(name: str, recording: Utterance) -> TargetVoice:
    """Return a voice cloned from a recording, as `takevoice voices add` makes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reference.wav"
        soundfile.write(path, recording.samples, RATE, "PCM_24")
        return TargetVoice(name, ClonedProfile(learn(name, [path], "for the bench")), recording.samples)


def main() -> None:
    """Read the command line, and print the table."""
    args = _arguments()
    sources = from_folder(args.audio) if args.audio else {name: as_take(speak(name, HELD_OUT)) for name in SOURCES}
    given = from_folder(args.references) if args.references else {}
    if not args.references and not args.audio:
        given = {name: as_take(speak(name, LEARNT)) for name in TARGETS}
    wanted = args.voices.split(",") if args.voices else [voice.id for voice in PRESETS]
    jury, table = Jury(sources, args.whisper), Table(args.markdown)
    untouched = [jury.verdict(name, one.samples) for name, one in sources.items()]
    table.row("", "untouched", untouched, [float("nan")])
    table.start_over()
    if args.results:
        judge_results(jury, args.results, {name: jury.embedding(one.samples) for name, one in given.items()}, table)
        return
    for voice in PRESETS:
        if voice.id in wanted:
            judge(jury, sources, TargetVoice(voice.id, profile(voice.id)), METHODS, table)
    table.means("preset")
    with ExitStack() as stack:
        for name, recording in given.items():
            others = {source: one for source, one in sources.items() if source != name}
            voice = made_from(name, recording)
            judge(jury, others, voice, METHODS | _neural(args.neural, recording, stack), table)
    table.means("cloned")


def _neural(model: Path | None, recording: Utterance, stack: ExitStack) -> dict[str, Method]:
    if model is None:
        return {}
    from voice_neural import converter  # needs more extras than the rest

    _, convert = converter(model, recording.samples, stack)
    return {"neural": lambda samples, _voice, _move: convert(samples)}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--whisper", "--audio", "--references", "--neural", "--results"):
        parser.add_argument(name, type=Path, metavar="FOLDER")
    parser.add_argument("--voices", default="", metavar="IDS", help="preset voices, joined by commas; without it all")
    parser.add_argument("--markdown", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()

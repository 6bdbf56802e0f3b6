"""How good the local engine's voices are, beside WORLD and Praat: a row for each voice, source and method.

Run: python tests/bench/voice_quality.py [--quick] [--audio FOLDER]
Needs flite, espeak-ng and the extra "bench".

score   0: heard as the source, 1: as near to the voice as its own speech (Gaussian mixtures of MFCCs)
ours    at the default settings; full: similarity_boost 1
judged  % of the sentences heard as the voice, and as the source still, by a linear discriminant over all speakers
phones  % of the frames heard right by a classifier that never heard the source; ~: heard as in the source itself,
        and left out of the means
F0      median distance from what was asked for, cents
env     correlation of the level over time
onset   median shift of the onsets, ms
HNR     harmonics to noise, dB
jump    largest difference of level from the source within half a second, dB
speed   times real time, one core
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).parents[1]))

from voice_judges import Phones, Speakers, cepstrum
from voice_measures import envelope_correlation, f0_error, hnr, level_jump, onset_shift
from voice_methods import FULL, Move, ours, praat, the_move, world
from voice_speakers import HELD_OUT, LEARNT, RATE, SPEAKERS, Utterance, as_take, from_folder, speak

from takevoice_plugins.local.catalogue import PRESETS
from takevoice_plugins.local.cloned.clone import ClonedProfile
from takevoice_plugins.local.cloned.learn import learn
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.voice_profile import VoiceProfile

HEADER = f"{'voice':<11} {'source':<14} {'method':<15} score judged/still phones   F0   env onset   HNR  jump speed"
TARGETS, SOURCES = ("slt", "rms", "awb", "en-gb+f3"), ("slt", "rms", "awb", "kal16", "en-us")
TRAINERS = ("awb", "en-us")  # whose conversions teach the judges the preset voices
PHONES = 3  # the column
Method = Callable[..., np.ndarray]
METHODS: dict[str, Method] = {
    "untouched": lambda samples, _voice, _move: samples,
    "WORLD": lambda samples, _voice, move: world(samples, move),
    "Praat": lambda samples, _voice, move: praat(samples, move),
    "ours, no boost": lambda samples, voice, _move: ours(samples, voice, EngineParameters(boost=False)),
    "ours": lambda samples, voice, _move: ours(samples, voice, EngineParameters()),
    "ours, full": lambda samples, voice, _move: ours(samples, voice, FULL),
}
"""Each takes the samples, the voice, and how pitch and formants move."""


@dataclass
class Bench:
    """Speakers, judges, and the figures so far."""

    learnt: dict[str, list[Utterance]]
    held_out: dict[str, list[Utterance]]
    phones: dict[str, Phones]
    tops: dict[tuple[str, str], float] = field(
        default_factory=dict
    )  # nearness of a preset voice's own speech
    figures: dict[str, list[list[float]]] = field(default_factory=dict)

    def rows(self, voice: str, source: str, profile: VoiceProfile, judges: Speakers) -> None:
        """Each method for one voice and source."""
        move = the_move(as_take(self.held_out[source])[0], profile)
        for method, run in METHODS.items():
            self.row(voice, source, method, partial(_run, run, profile, move), move, judges)

    def row(
        self, voice: str, source: str, method: str,
        run: Callable[[np.ndarray], np.ndarray], move: Move, judges: Speakers,
    ) -> None:  # fmt: skip
        """Converts, measures, prints."""
        take, places = as_take(self.held_out[source])
        start = time.perf_counter()
        out = run(take)
        speed = len(take) / RATE / (time.perf_counter() - start)
        pieces = [out[place] for place in places]
        judged = [judges.by_discriminant(piece) for piece in pieces]
        own = [u.samples for u in self.held_out[source]]
        real = [u.samples for u in self.held_out.get(voice, [])]
        low = np.mean([judges.nearness(piece, voice, source) for piece in own])
        high = (
            np.mean([judges.nearness(piece, voice, source) for piece in real])
            if real
            else self.tops[voice, source]
        )
        reached = np.mean([judges.nearness(piece, voice, source) for piece in pieces])
        right, roughly = self.right_phones(source, pieces)
        values = [
            (reached - low) / (high - low),
            100 * np.mean([name == voice for name in judged]),
            100 * np.mean([name == source for name in judged]),
            right,
            f0_error(take, out, move) if method != "untouched" else float("nan"),
            envelope_correlation(take, out),
            onset_shift(take, out),
            float(np.mean([hnr(piece) for piece in pieces])),
            level_jump(take, out),
            speed,
        ]
        told = [float("nan") if roughly and at == PHONES else value for at, value in enumerate(values)]
        self.figures.setdefault(method, []).append(told)
        print(_line(voice, source, method, values, roughly), flush=True)

    def right_phones(self, source: str, pieces: list[np.ndarray]) -> tuple[float, bool]:
        """% of frames, and whether the source itself had to be the judge."""
        judge = self.phones.get(source) or self.phones[""]
        shares = []
        known = bool(self.held_out[source][0].phones)
        for piece, utterance in zip(pieces, self.held_out[source], strict=True):
            heard = judge.heard(piece)
            told = utterance.labels(len(heard)) if known else judge.heard(utterance.samples)
            counts = told != "" if known else cepstrum(utterance.samples, 2)[1]
            shares.append(np.mean(heard[counts] == told[counts]))
        return 100 * float(np.mean(shares)), not known

    def summary(self, title: str) -> None:
        """The means of each method since the last summary."""
        print(f"\n{title}, means\n{HEADER}")
        for method, rows in self.figures.items():
            print(_line("", "", method, np.nanmean(_without_warning(rows), axis=0).tolist(), False))
        self.figures.clear()
        print(flush=True)


def _run(method: Method, voice: VoiceProfile, move: Move, samples: np.ndarray) -> np.ndarray:
    return method(samples, voice, move)


def _without_warning(rows: list[list[float]]) -> np.ndarray:
    table = np.array(rows)
    return np.where(np.isnan(table).all(axis=0), 0.0, table)


def _line(voice: str, source: str, method: str, values: Iterable[float], roughly: bool) -> str:
    score, judged, still, phones, f0, env, onset, noise, jump, speed = values
    return (
        f"{voice:<11} {source:<14} {method:<15} {score:5.2f} {judged:5.0f} /{still:4.0f} {'~' if roughly else ' '}{phones:6.1f} "
        f"{f0:5.0f} {env:5.3f} {onset:5.1f} {noise:5.1f} {jump:5.1f} {speed:5.0f}"
    )


def cloned_voices(bench: Bench, targets: Iterable[str], sources: Iterable[str]) -> None:
    """Voices cloned from recordings of real bench speakers: their own speech tells how near one can get."""
    judges = Speakers({name: [u.samples for u in said] for name, said in bench.learnt.items()})
    for target in targets:
        voice = made_from(target, bench.learnt[target])
        for source in sources:
            if source != target:
                bench.rows(target, source, voice, judges)


def made_from(name: str, utterances: list[Utterance]) -> VoiceProfile:
    """A voice from a speaker's sentences, by way of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reference.wav"
        soundfile.write(path, as_take(utterances)[0], RATE, "PCM_24")
        return ClonedProfile(learn(name, [path], "a synthesiser"))


def preset_voices(bench: Bench, sources: Iterable[str], names: Iterable[str]) -> None:
    """Preset voices: the judges know each from conversions of other sources than the one that is converted."""
    known = {name: [u.samples for u in said] for name, said in bench.learnt.items()}
    for voice in PRESETS:
        known[voice.id] = []
        for trainer in TRAINERS:
            take, places = as_take(bench.learnt[trainer][::2])
            out = ours(take, profile(voice.id))
            known[voice.id] += [out[place] for place in places]
    judges = Speakers(known)
    for name in names:
        for source in sources:
            if source in TRAINERS:
                continue
            bench.tops[name, source] = float(
                np.mean([judges.nearness(one, name, source) for one in known[name]])
            )
            bench.rows(name, source, profile(name), judges)


def main() -> None:
    """Reads the command line, and prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two targets, two sources, three voices")
    parser.add_argument(
        "--audio", type=Path, metavar="FOLDER", help="recordings to convert too, one speaker each"
    )
    args = parser.parse_args()
    learnt = {name: speak(name, LEARNT) for name in SPEAKERS}
    held_out = {name: speak(name, HELD_OUT[:5]) for name in SPEAKERS}
    told = [name for name, said in learnt.items() if said[0].phones]
    phones = {
        source: Phones([u for name in told if name != source for u in learnt[name]]) for source in [*told, ""]
    }
    bench = Bench(learnt, held_out, phones)
    targets, sources = (TARGETS[:2], SOURCES[1:3]) if args.quick else (TARGETS, SOURCES)
    print(f"cloned voices\n{HEADER}")
    cloned_voices(bench, targets, sources)
    bench.summary("cloned voices")
    names = ("ada", "george", "june") if args.quick else [voice.id for voice in PRESETS]
    print(f"preset voices\n{HEADER}")
    preset_voices(bench, ("slt", "rms"), names)
    bench.summary("preset voices")
    if args.audio:
        given = from_folder(args.audio)
        bench.learnt |= {name: pieces[::2] for name, pieces in given.items()}
        bench.held_out |= {name: pieces[1::2] for name, pieces in given.items()}
        print(f"recordings\n{HEADER}")
        cloned_voices(bench, targets[:2], given)
        preset_voices(bench, given, ("ada", "george", "june"))
        bench.summary("recordings")


if __name__ == "__main__":
    main()

"""Whether speakers stay themselves in the voices that were made from them, and become others in the voices of others.

Run: python tests/bench/voice_own.py --audio FOLDER --references FOLDER
Needs the extra "judges". Files of the same name in both folders are one speaker's: takes in one, a minute of other takes in the
other.

own     cosine of each take to its result in the speaker's own cloned voice (Resemblyzer): 1 is the same recording
P.808   how the predicted opinion (DNSMOS) changes by that
other   cosine of the take to its results in the voices of the next --others speakers, which are other people
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from voice_judges import Speakers, cosine, opinions
from voice_methods import ours
from voice_speakers import RATE, from_folder
from voice_table import made_from

from takevoice_plugins.local.parameters import EngineParameters

ENOUGH = 0.95


def main() -> None:
    """Read the command line, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--audio", "--references"):
        parser.add_argument(name, type=Path, metavar="FOLDER", required=True)
    parser.add_argument("--others", type=int, default=2, metavar="N", help="voices of other speakers that each is converted to")
    args = parser.parse_args()
    references = from_folder(args.references)
    takes = {name: take.samples for name, take in from_folder(args.audio).items() if name in references}
    voices = {name: made_from(name, references[name]).profile for name in takes}
    speakers, names = Speakers(), list(takes)
    print(f"{'speaker':<12} {'own':>6} {'P.808':>6}  other")
    found = []
    for at, name in enumerate(names):
        embedding = speakers.embedding(takes[name], RATE)
        result = ours(takes[name], voices[name], EngineParameters())
        own = cosine(embedding, speakers.embedding(result, RATE))
        change = opinions(result, RATE)[0] - opinions(takes[name], RATE)[0]
        others = [names[(at + step) % len(names)] for step in range(1, min(args.others, len(names) - 1) + 1)]
        results = {other: speakers.embedding(ours(takes[name], voices[other], EngineParameters()), RATE) for other in others}
        near = ", ".join(f"{other} {cosine(embedding, each):.3f}" for other, each in results.items())
        found.append((own, change))
        print(f"{name:<12} {own:>6.3f} {change:>+6.2f}  {near}", flush=True)
    own, change = np.array(found).T
    print(f"{(own >= ENOUGH).sum()} of {len(own)} have {ENOUGH} or more; the lowest has {own.min():.3f}; mean {own.mean():.3f}, P.808 {change.mean():+.2f}")


if __name__ == "__main__":
    main()

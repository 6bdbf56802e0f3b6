"""Makes `tract_model.json` and `average_voice.json` from recordings of several speakers, men and women in equal number.

Run: python tests/bench/make_tract_model.py FOLDER "SAY WHOSE RECORDINGS"
FOLDER has a folder for each speaker, with a minute or more of speech.

What is in the project comes from ten speakers of LibriSpeech's "test-other" (CC BY 4.0, Vassil Panayotov 2014).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import soundfile

from takevoice_plugins.local import tract
from takevoice_plugins.local.analysis import SourceAnalysis, analyse
from takevoice_plugins.local.level import HighPass
from takevoice_plugins.local.mel import DB, centres, cosines, warp
from takevoice_plugins.local.preset import AVERAGE
from takevoice_plugins.local.tract import FACTORS, MODEL, AverageSpeaker, shapes_at

SECONDS = 60.0  # of each speaker
BANDS = 46  # up to about 6 kHz, which recordings at 16 kHz carry
SHAPES, GAUSSIANS, ROUNDS, STEPS = 13, 32, 10, 25
TYPICAL_F0 = 140.0  # Hz, for a tract of 1: the first guess
FLOOR = 0.02  # of a variance


def speech_of(folder: Path) -> SourceAnalysis:
    pieces = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".flac", ".wav")):
        samples, rate = soundfile.read(path, always_2d=True)
        pieces.append(samples.mean(axis=1))
    samples = np.concatenate(pieces)[: int(SECONDS * rate)]
    return analyse(HighPass(rate).process(samples), rate)


def mixture(frames: np.ndarray) -> AverageSpeaker:
    """Expectation and maximisation, from random frames as the first means."""
    random = np.random.default_rng(0)
    means = frames[random.choice(len(frames), GAUSSIANS, False)]
    variances = np.tile(frames.var(axis=0), (GAUSSIANS, 1))
    weights = np.full(GAUSSIANS, 1 / GAUSSIANS)
    for _ in range(STEPS):
        distance = ((frames[:, None] - means) ** 2 / variances).sum(axis=2)
        likely = np.log(weights) - 0.5 * (distance + np.log(variances).sum(axis=1))
        share = np.exp(likely - likely.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        count = share.sum(axis=0) + 1e-3
        weights, means = count / count.sum(), share.T @ frames / count[:, None]
        variances = np.maximum(share.T @ frames**2 / count[:, None] - means**2, FLOOR)
    return AverageSpeaker(weights, means, variances)


def main() -> None:
    folder, told = Path(sys.argv[1]), sys.argv[2]
    speakers = {path.name: speech_of(path) for path in sorted(folder.iterdir()) if path.is_dir()}
    voiced = {name: one.log_power[one.active & one.voiced] for name, one in speakers.items()}
    factors = {name: (one.f0 / TYPICAL_F0) ** 0.33 for name, one in speakers.items()}
    for _ in range(ROUNDS):
        middle = float(np.exp(np.mean(np.log(list(factors.values())))))
        factors = {name: factor / middle for name, factor in factors.items()}
        model = mixture(
            np.concatenate([shapes_at(voiced[name], 1 / factors[name], SHAPES)[::2] for name in factors])
        )
        _write(MODEL, told, {"weights": model.weights, "means": model.means, "variances": model.variances}, 4)
        tract.average_speaker.cache_clear()
        factors = {name: tract.tract_of(tract.evidence(frames)) for name, frames in voiced.items()}
    print({name: round(factor, 3) for name, factor in factors.items()}, f"{FACTORS[0]:.2f} to {FACTORS[-1]:.2f}")
    means: dict[bool, list[np.ndarray]] = {True: [], False: []}
    for kind, rows in means.items():
        for name, one in speakers.items():
            mean = one.mean(kind)
            assert mean is not None
            neutral = warp(mean[:BANDS], 1 / factors[name])
            rows.append(neutral - neutral.mean())
    spread = (np.array(means[True]) @ cosines(BANDS).T).std(axis=0)
    rows = {"voiced_db": DB * np.mean(means[True], axis=0), "unvoiced_db": DB * np.mean(means[False], axis=0)}
    _write(AVERAGE, told, {"bands_hz": np.rint(centres()[:BANDS]), **rows, "spread_db": DB * spread}, 1)


def _write(path: Path, told: str, tables: dict[str, np.ndarray], digits: int) -> None:
    rows = [f'  "made_from": {json.dumps(told)}']
    rows += [f'  "{name}": {json.dumps(np.round(table, digits).tolist())}' for name, table in tables.items()]
    path.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

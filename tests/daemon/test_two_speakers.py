"""Two speakers on two channels get a voice each, by the commands of docs/fidelity.md."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import soundfile

from signals import make_speech
from support import Command

PAGE = Path(__file__).parents[2] / "docs" / "fidelity.md"


@pytest.mark.process
def test_each_speaker_gets_a_voice(gated: Command, folder: Path) -> None:
    speakers = [make_speech(2.0, 48_000, f0=f0, seed=seed) for seed, f0 in enumerate((110.0, 210.0))]
    soundfile.write(folder / "duo.wav", np.stack(speakers, axis=1), 48_000, "PCM_24")
    commands = re.findall(r"^takevoice (convert .*channels=.*)$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(commands) == 2
    for line in commands:
        gated.process(*[word.replace("george", "bea") for word in shlex.split(line)], cwd=folder)
    duo, step, both = (soundfile.read(folder / f"{name}.wav", dtype="int32")[0] for name in ("duo", "step", "duo.both"))
    assert (step[:, 1] == duo[:, 1]).all()
    assert (both[:, 0] == step[:, 0]).all()
    assert (step[:, 0] != duo[:, 0]).any()
    assert (both[:, 1] != duo[:, 1]).any()
    assert [job["voice"] for job in gated.jobs()] == ["bea", "ada"]

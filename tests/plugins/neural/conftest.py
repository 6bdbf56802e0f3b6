"""The neural backend with a stand-in for its child process, and a voice with recordings."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile

from signals import RATE, make_speech, woman
from takevoice import ConversionRequest, Encoded, Job, State, Take, VoiceSettings
from takevoice_plugins.local.cloned.learn import learn
from takevoice_plugins.local.cloned.profile import Profile
from takevoice_plugins.local.cloned.recordings import keep_recordings
from takevoice_plugins.local.cloned.store import FOLDER, ClonedVoices
from takevoice_plugins.neural import NAME, Neural
from takevoice_plugins.neural.options import Options

STAND_IN = Path(__file__).parent / "stand_in.py"


def write_take(path: Path, samples: np.ndarray, rate: int = RATE) -> Take:
    soundfile.write(path, samples, rate, "FLOAT")
    return Take(path, len(samples), rate, 1, "WAV", "FLOAT")


def start(neural: Neural, take: Take, *, output_format: str = "auto", seed: int = 0, **settings: object) -> Encoded:
    request = ConversionRequest(
        voice_id="her", output_format=output_format, seed=seed, voice_settings=VoiceSettings(**settings)  # type: ignore[arg-type]
    )
    encoded = neural.convert(Job(1, take.path, State.CONVERTING, backend=NAME), request, take)
    assert encoded is not None
    return encoded


def converted(neural: Neural, take: Take, **settings: object) -> np.ndarray:
    data = b"".join(start(neural, take, **settings).chunks)  # type: ignore[arg-type]
    assert int.from_bytes(data[4:8], "little") == len(data) - 8, "there is more or less than the header says"
    samples, rate = soundfile.read(io.BytesIO(data))
    assert rate == take.sample_rate
    return samples


@pytest.fixture(scope="session")
def her(tmp_path_factory: pytest.TempPathFactory) -> tuple[Profile, Path]:
    """A voice, and its recordings."""
    path = tmp_path_factory.mktemp("voice") / "her.flac"
    soundfile.write(path, woman(12.0, RATE, seed=7), RATE, "PCM_24")
    return learn("Her", [path], "confirmed in a test"), path


def is_gone(pid: int) -> bool:
    """Return True if the process has ended, also if nobody has collected its exit code yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def add_voice(state: Path, her: tuple[Profile, Path]) -> ClonedVoices:
    voices = ClonedVoices(state / FOLDER, NAME)
    voices.add(her[0])
    keep_recordings([her[1]], voices.recordings("Her"))
    return voices


@dataclass
class Model:
    """What the stand-in was asked."""

    neural: Neural
    log: Path

    def asked(self, kind: str = "") -> list[dict[str, object]]:
        rows = [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []
        return [row for row in rows if kind in ("", row["op"])]

    def windows(self) -> list[tuple[int, int]]:
        """The first and the last but one frame of each window that was converted, in order; lengths as in the stand-in."""
        rows = {int(str(row["frame"])): int(str(row["bytes"])) // 4 // 256 for row in self.asked("convert")[2:]}
        return [(frame, frame + rows[frame]) for frame in sorted(rows)]


def program(mode: str, log: Path) -> list[str]:
    return [sys.executable, "-I", str(STAND_IN), mode, str(log)]


@pytest.fixture
def model(tmp_path: Path, her: tuple[Profile, Path]) -> Iterator[Callable[..., Model]]:
    """Return the plugin with a stand-in in a mode."""
    made = []

    def make(mode: str = "plain", **options: object) -> Model:
        state = tmp_path / f"state{len(made)}"
        add_voice(state, her)
        log = tmp_path / f"asked{len(made)}"
        neural = Neural(state, Options(program=tuple(program(mode, log)), **options))  # type: ignore[arg-type]
        made.append(neural)
        return Model(neural, log)

    yield make
    for neural in made:
        neural.close()


@pytest.fixture
def take(tmp_path: Path) -> Take:
    """Three seconds of speech."""
    return write_take(tmp_path / "take.wav", make_speech(3.0, seed=3))


@pytest.fixture(scope="session")
def long_speech() -> np.ndarray:
    """As long as four windows, without pauses."""
    return make_speech(34.5, seed=5, pauses=False)

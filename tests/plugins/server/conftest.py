from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from plugins.server.running import Running, serving
from support import make_take


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """The real engine, open to all."""
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a second, 24 kHz."""
    return make_take(tmp_path_factory.mktemp("take") / "Lead Vöx_01.wav", 0.5, 24_000, subtype="PCM_16")


@pytest.fixture(scope="session")
def long_take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One minute."""
    return make_take(tmp_path_factory.mktemp("take") / "long.flac", 60.0, 48_000, subtype="PCM_16")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def wav(seconds: float, sample_rate: int = 16_000, channels: int = 1) -> bytes:
    """A WAV of noise."""
    file = io.BytesIO()
    noise = np.random.default_rng(0).normal(0, 0.1, (round(seconds * sample_rate), channels))
    soundfile.write(file, noise, sample_rate, "PCM_16", format="WAV")
    return file.getvalue()

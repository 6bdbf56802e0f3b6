from __future__ import annotations

import io
from collections.abc import Iterator

import httpx
import numpy as np
import pytest
import soundfile

from plugins.house.paid_account import PaidAccount, running_paid_account


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def account() -> Iterator[PaidAccount]:
    with running_paid_account() as account:
        yield account


def line(number: int, seconds: float = 1.0, rate: int = 16_000) -> bytes:
    """A line of speech-like sound, WAV, 16 bit: syllables of noise; each number has its own."""
    random = np.random.default_rng(number)
    syllables = np.repeat(random.uniform(0.02, 1.0, round(seconds * 8)), rate // 8)
    sound = syllables * random.normal(0, 0.15, len(syllables))
    file = io.BytesIO()
    soundfile.write(file, np.clip(sound, -1, 1), rate, "PCM_16", format="WAV")
    return file.getvalue()


def code_of(response: httpx.Response) -> str:
    return str(response.json()["detail"]["code"])

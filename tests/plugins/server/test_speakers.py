"""Who speaks, for the local engine behind the API: `source` and `keep_pitch` in `voice_settings`; one request tells the next nothing."""

from __future__ import annotations

import io
import json
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from plugins.server.running import serving
from signals import make_speech, man, median_f0
from takevoice_plugins.local.cloned.learn import learn_speaker
from takevoice_plugins.local.speaker_store import FOLDER, SpeakerStore
from takevoice_plugins.server.engine import LocalEngine

RATE = 16_000


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state dir in which Anna is known: as one who speaks at 115 Hz."""
    path = tmp_path / "usual.wav"
    soundfile.write(path, man(5.0, RATE), RATE, "PCM_16")
    SpeakerStore(tmp_path / FOLDER).keep("Anna", learn_speaker([path]))
    return tmp_path


def test_source_and_keep_pitch_are_obeyed(state: Path) -> None:
    file = io.BytesIO()
    soundfile.write(file, make_speech(3.0, RATE, 173.0), RATE, "PCM_16", format="WAV")  # a fifth above her usual pitch

    with serving(LocalEngine(state)) as server:

        def ask(**settings: str) -> httpx.Response:
            return httpx.post(
                f"{server.url}/v1/speech-to-speech/george?output_format=pcm_16000",
                files={"audio": file.getvalue()},
                data={"voice_settings": json.dumps(settings)},
            )

        alone = ask()
        assert ask(source="take").content == ask(source="auto").content == alone.content == ask().content, "a request told another one something"
        f0 = {name: median_f0(np.frombuffer(ask(**{key: name}).content, "<i2") / 32768, RATE) for key, name in (("source", "anna"), ("keep_pitch", "on"))}
        assert median_f0(np.frombuffer(alone.content, "<i2") / 32768, RATE) == pytest.approx(106, rel=0.03)
        assert f0 == pytest.approx({"anna": 106 * 1.5, "on": 173}, rel=0.03)
        assert "takevoice-ignored" not in ask(source="anna", keep_pitch="off").headers
        unknown = ask(source="Bert")
        assert unknown.status_code == 400
        assert 'no speaker "Bert"' in unknown.json()["detail"]["message"]
        assert ask(source="../Anna").status_code == 400
        assert ask(keep_pitch="up").status_code == 422
    assert [path.name for path in (state / FOLDER).iterdir()] == ["anna.speaker.json"], "requests were remembered"

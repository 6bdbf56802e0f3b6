"""Which conversion of the account's history is the answer to a request: by real speech where its level over time matters."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from plugins.house.conftest import line
from takevoice import HistoryItem
from takevoice_plugins.house.history import Finding, candidates, is_anothers, look
from takevoice_plugins.house.rows import PAID, SENT, Row


def row(**parameters: object) -> Row:
    request = {"voice_id": "v1", "model_id": "m", "output_format": "pcm_16000", "voice_settings": {}, **parameters}
    return Row(
        "c" * 64, PAID, SENT, 1, "", json.dumps(request), False, False, 2.0, 34, 16_000, 32_000, 1000.0, 1000.0, 1, "", "", "",
        "elevenlabs", 0, "", "",
    )  # fmt: skip


def item(name: str = "i1", **changed: object) -> HistoryItem:
    fields = {
        "id": name, "request_id": f"r-{name}", "voice_id": "v1", "model_id": "m", "date": 1001.0, "credits": 33,
        "content_type": "audio/mpeg", "output_format": "", "settings": {},
    }  # fmt: skip
    return HistoryItem(**{**fields, **changed})  # type: ignore[arg-type]


def converted(audio: bytes, form: str = "WAV", shift: float = 0.0, tilt: float = 0.3) -> bytes:
    """Another voice: other samples with the same level over time, more or less, a little later."""
    samples, rate = soundfile.read(io.BytesIO(audio))
    level = np.sqrt(np.convolve(samples**2, np.ones(400) / 400, "same"))
    voice = level * np.sin(2 * np.pi * 210 * np.arange(len(samples)) / rate) * (1 + tilt * np.linspace(-1, 1, len(samples)))
    voice = np.roll(voice, round(shift * rate))
    if form == "raw":
        return (np.clip(voice, -1, 1) * 32767).astype("<i2").tobytes()
    file = io.BytesIO()
    soundfile.write(file, voice, rate, format=form)
    return file.getvalue()


@pytest.fixture
def take(tmp_path: Path) -> Path:
    path = tmp_path / "upload"
    path.write_bytes(line(1, 2.0))
    return path


@pytest.mark.parametrize("form", ["raw", "WAV", "MP3", "OGG", "FLAC"])
@pytest.mark.parametrize("wanted", ["pcm_16000", "wav_16000", "mp3_44100_128"])
def test_it_is_found_whatever_the_history_stores(take: Path, form: str, wanted: str) -> None:
    if form == "raw" and wanted != "pcm_16000":
        return  # raw audio is only stored where it was asked for
    audio = converted(take.read_bytes(), form, shift=0.03)
    found = look(row(output_format=wanted), take, [item()], lambda _: audio)
    assert found.finding is Finding.FOUND
    assert found.item == item()
    if wanted == "pcm_16000":
        assert abs(len(found.audio) - 2 * 32_000) < 2 * 4000
    else:
        assert found.audio[:4] == b"RIFF" if wanted.startswith("wav") else found.audio[:1] in (b"\xff", b"I")


def test_another_line_of_the_same_length_is_not_taken(take: Path) -> None:
    assert look(row(), take, [item()], lambda _: converted(line(2, 2.0))).finding is Finding.MISSING
    shorter = converted(line(1, 1.0))
    assert look(row(), take, [item()], lambda _: shorter).finding is Finding.MISSING
    assert look(row(), take, [], lambda _: b"").finding is Finding.MISSING


def test_the_nearest_of_several_is_taken_and_twins_are_not(take: Path) -> None:
    mine = converted(take.read_bytes())
    answers = {"i1": converted(line(2, 2.0)), "i2": mine, "i3": converted(line(3, 2.0))}
    found = look(row(), take, [item(name) for name in answers], answers.__getitem__)
    assert found.item is not None and found.item.id == "i2"
    answers["i1"] = converted(take.read_bytes(), tilt=0.28)
    assert look(row(), take, [item(name) for name in answers], answers.__getitem__).finding is Finding.UNCLEAR
    assert look(row(), take, [item()], lambda _: b"neither").finding in (Finding.UNCLEAR, Finding.MISSING)


def test_a_short_line_is_not_taken_for_another_one_that_was_lost_too(tmp_path: Path) -> None:
    mine, others = tmp_path / "mine", tmp_path / "others"
    mine.write_bytes(line(1, 0.5))
    for number in range(2, 300):
        others.write_bytes(line(number, 0.5))
        audio = converted(others.read_bytes())
        if look(row(), mine, [item()], lambda _, audio=audio: audio).finding is Finding.FOUND:  # type: ignore[misc]
            break
    else:
        pytest.fail("no short line is like another one")
    assert is_anothers(row(), mine, [(row(), others)], audio)
    assert not is_anothers(row(), others, [(row(), mine)], audio)
    assert not is_anothers(row(), mine, [(row(), tmp_path / "answered meanwhile")], audio)


@pytest.mark.parametrize(
    "changed",
    [
        {"voice_id": "v2"}, {"model_id": "other"}, {"credits": 40}, {"date": 900.0}, {"request_id": "r-taken"},
        {"settings": {"stability": 0.9}},
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_it_is_no_candidate(changed: dict[str, object]) -> None:
    wanted = row(voice_settings={"stability": 0.4})
    assert candidates(wanted, [item()], {"r-taken"}) == [item()]
    assert candidates(wanted, [item(**changed)], {"r-taken"}) == []

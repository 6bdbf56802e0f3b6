"""Both lanes in one house: voices of the service, for credits, and those of the house's engines, for nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import soundfile

from account import Refusal
from plugins.house.conftest import line
from plugins.house.houses import running_house
from plugins.house.paid_account import PaidAccount
from signals import woman
from takevoice import ConversionRequest, Take
from takevoice_plugins.house import voice_files
from takevoice_plugins.house.caps import today
from takevoice_plugins.house.database import Database
from takevoice_plugins.house.offers import Offer, Offers
from takevoice_plugins.house.options import HouseOptions
from takevoice_plugins.house.pace import Pace
from takevoice_plugins.house.threads import ThreadFarm
from takevoice_plugins.local.cloned.learn import learn
from takevoice_plugins.local.cloned.recordings import keep_recordings
from takevoice_plugins.local.cloned.store import FOLDER, ClonedVoices
from takevoice_plugins.neural import Neural
from takevoice_plugins.server.engine import LocalEngine, NeuralEngine
from takevoice_plugins.server.engine_version import digest_of

pytestmark = pytest.mark.service

BOTH = HouseOptions(free=("local",))


def test_a_voice_says_by_its_id_what_converts(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account, BOTH) as house:
        anna = house.keys.add("anna", cap=26)
        free = house.convert(anna, line(1), "local-george")
        assert (free.headers["takevoice-answer"], free.headers["character-cost"]) == ("made", "0")
        assert account.history == []
        soundfile.write(tmp_path / "take.wav", soundfile.read(_file(tmp_path, line(1)), dtype="float32")[0], 16_000, "FLOAT")
        request = ConversionRequest(voice_id="george", output_format="pcm_16000", model_id="eleven_english_sts_v2")
        take = Take(tmp_path / "take.wav", 16_000, 16_000, 1, "WAV", "FLOAT")
        assert free.content == b"".join(LocalEngine().convert(request, take))
        assert house.convert(anna, line(1), "george").status_code == 200
        assert [each.voice for each in account.history] == ["george"], "an id without the engine's name is the service's"
        assert house.convert(anna, line(2), "george").status_code == 402
        assert house.convert(anna, line(2), "local-george").status_code == 200, "what costs nothing has no cap"
        assert house.convert(anna, line(2), "local-nobody").status_code == 404
        account.refusal = Refusal(401, "quota_exceeded")
        assert house.convert(house.keys.add("bob"), line(3)).status_code == 503
        assert house.convert(anna, line(3), "local-george").status_code == 200, "the free lane does not need the service"


def test_another_engine_does_not_give_what_an_earlier_one_made(
    tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version of takevoice is the same; what was paid for is given by both."""
    with running_house(tmp_path, account, BOTH) as house:
        anna = house.keys.add("anna")
        assert [house.convert(anna, line(1), voice).headers["takevoice-answer"] for voice in ("v1", "local-george", "local-george")] == ["made", "made", "kept"]
    monkeypatch.setattr(voice_files, "ENGINES", {**voice_files.ENGINES, "local": "another"})
    with running_house(tmp_path, account, BOTH) as house:
        house.keys.revoke("anna")
        anna = house.keys.add("anna")
        assert [house.convert(anna, line(1), voice).headers["takevoice-answer"] for voice in ("v1", "local-george", "local-george")] == ["kept", "made", "kept"]
    assert len(account.history) == 1


def test_the_version_of_an_engine_is_what_it_is_made_of(tmp_path: Path) -> None:
    for name, text in (("a", b"x = 1\ny = 2\n"), ("b", b"x = 1\r\ny = 2\r\n"), ("c", b"x = 1\ny = 3\n")):
        (tmp_path / name / "part").mkdir(parents=True)
        (tmp_path / name / "part" / "engine.py").write_bytes(text)
        (tmp_path / name / "__pycache__").mkdir()
        (tmp_path / name / "__pycache__" / "engine.pyc").write_bytes(name.encode())
    unix, windows, other = (digest_of(tmp_path / name) for name in "abc")
    assert unix == windows != other
    (tmp_path / "a" / "part" / "model.json").write_text("{}")
    assert digest_of(tmp_path / "a") != unix


def _file(folder: Path, data: bytes) -> Path:
    (folder / "sent.wav").write_bytes(data)
    return folder / "sent.wav"


def test_both_kinds_of_voices_are_listed(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account, BOTH) as house:
        head = {"xi-api-key": house.keys.add("anna")}

        def listed(path: str) -> list[str]:
            return [voice["voice_id"] for voice in httpx.get(house.url + path, headers=head).json()["voices"]]

        assert listed("/v2/voices?page_size=100")[0] == "v1"
        assert "local-george" in listed("/v2/voices?page_size=100")
        assert listed("/v2/voices?search=george")[-1] == "local-george"
        assert listed("/v2/voices?voice_ids=local-ada")[-1] == "local-ada"
        assert "local-george" not in listed("/v2/voices?next_page_token=1")
        one = httpx.get(f"{house.url}/v1/voices/local-george", headers=head).json()
        assert (one["voice_id"], one["name"]) == ("local-george", "george (local)")
        assert httpx.get(f"{house.url}/v1/voices/local-george/settings", headers=head).json()["stability"] == 0.5


def test_engines_besides_the_local_one(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "her.flac", woman(12.0, 48_000, seed=7), 48_000)
    her, voices = learn("Her", [tmp_path / "her.flac"], "confirmed in a test"), ClonedVoices(tmp_path / FOLDER, "neural")
    voices.add(her)
    keep_recordings([tmp_path / "her.flac"], voices.recordings("Her"))
    local, neural = LocalEngine(tmp_path), NeuralEngine(Neural(tmp_path))
    offers = Offers("local", {"local": local, "neural": neural})
    assert offers.find(her.id) == Offer("free", "local", her.id)
    assert offers.find(f"neural-{her.id}") == Offer("free", "neural", her.id)
    assert offers.find("neural-george") is None
    assert {voice.name for voice in offers.voices()} >= {"george", "Her", "Her (neural)"}
    alone = Offers("neural", {"neural": neural})
    assert (alone.find(her.id), alone.find("george")) == (Offer("free", "neural", her.id), None)
    service = Offers("elevenlabs", {})
    assert service.find("local-george") == Offer("paid", "elevenlabs", "local-george")


def test_without_a_worker_takes_wait_at_their_stations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_house(tmp_path) as house:
        anna = house.keys.add("anna")
        assert house.convert(anna, line(1), "george").status_code == 200
        monkeypatch.setattr(ThreadFarm, "serves", lambda _self, queue: queue != "cpu")
        refused = house.convert(anna, line(2), "george")
        assert (refused.status_code, refused.json()["detail"]["code"]) == (503, "no_worker")
        assert int(refused.headers["retry-after"]) > 0
        assert house.convert(anna, line(1), "george").headers["takevoice-answer"] == "kept", "what is kept needs no worker"
        assert house.overview.queue() == []


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_ledger_of_an_earlier_version_is_read(tmp_path: Path, version: int) -> None:
    path = tmp_path / "house" / "house.sqlite3"
    Database(path).close()
    with closing(sqlite3.connect(path)) as db:  # as that version left it
        for statement in ("DROP INDEX requests_by_digest", "ALTER TABLE requests DROP COLUMN digest", "DROP TABLE unusable"):
            db.execute(statement)
        if version < 3:
            for name in ("charges_added", "charges_changed", "charges_removed"):
                db.execute(f"DROP TRIGGER {name}")
            db.execute("DROP TABLE spent")
            for column in ("asked", "approved"):
                db.execute(f"ALTER TABLE charges DROP COLUMN {column}")
        if version == 1:
            db.execute("ALTER TABLE requests DROP COLUMN backend")
        db.execute("INSERT INTO charges(content, key, project, day, credits, billed, voice) VALUES ('a', 1, '', ?, 17, 1, 'v1'), ('b', 1, '', ?, 13, 0, 'v1')", (today(), today()))
        db.execute(f"PRAGMA user_version = {version}")
        db.commit()
    with running_house(tmp_path, options=HouseOptions(per_day=50)) as house:
        anna = house.keys.add("anna")
        assert house.convert(anna, line(1), "george").status_code == 200
        assert house.database.rows("SELECT backend FROM requests")[0]["backend"] == "local"
        assert [tuple(row) for row in house.database.rows("SELECT billed, reserved FROM spent")] == [(17, 13)]


def test_the_pace_of_the_farm_is_that_of_its_work() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0])
    for _ in range(60):
        pace.begin()
        now[0] += 4.0
        pace.ended(2.0)
        now[0] += 100.0  # nothing to do
    assert pace.speed == pytest.approx(0.5, rel=0.05)
    for _ in range(2_000):  # many workers end at the same time
        pace.ended(5.0)
        pace.ended(5.0)
        now[0] += 0.1
    assert pace.speed == pytest.approx(100.0, rel=0.1)

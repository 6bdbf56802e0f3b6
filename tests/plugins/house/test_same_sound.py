"""What a request is known by: the same sound is paid once, whatever it is stored in, and answers that are kept."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile

from plugins.house.conftest import code_of, line
from plugins.house.houses import running_house
from plugins.house.paid_account import PaidAccount
from support import wait_for
from takevoice_plugins.house import content
from takevoice_plugins.house.keeping import LEDGER, house_folder
from takevoice_plugins.house.options import HouseOptions

pytestmark = pytest.mark.service


def test_the_same_sound_is_paid_once_whatever_it_is_stored_in(tmp_path: Path, account: PaidAccount) -> None:
    samples, rate = soundfile.read(io.BytesIO(line(1)), dtype="int16")
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        for index, (kind, subtype) in enumerate((("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("AIFF", "PCM_24"), ("W64", "PCM_32"))):
            file = io.BytesIO()
            soundfile.write(file, samples.astype("int32") << 16, rate, subtype, format=kind)
            answer = house.convert(anna, file.getvalue())
            assert answer.headers["takevoice-answer"] == ("kept" if index else "made")
        for other, its_rate in ((samples[:-1], rate), (samples, 48_000), (samples.reshape(-1, 2), rate)):
            file = io.BytesIO()
            soundfile.write(file, other, its_rate, "PCM_16", format="WAV")
            assert house.convert(anna, file.getvalue()).headers["takevoice-answer"] == "made"
        assert len(account.history) == 4


def test_answers_of_earlier_versions_are_given_and_their_idempotency_keys_hold(
    tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = {"Idempotency-Key": "one"}
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        with monkeypatch.context() as earlier:
            earlier.setattr(content, "_sound_of", lambda _: "")
            assert house.convert(anna, line(1), headers=token).headers["takevoice-answer"] == "made"
        assert house.convert(anna, line(1), headers=token).headers["takevoice-answer"] == "kept"
        for answer in tmp_path.glob("house/answers/*/*"):
            answer.unlink()
        with house.database.write() as db:
            db.execute("DELETE FROM requests")
        assert house.convert(anna, line(1), headers=token).headers["takevoice-answer"] == "made"


@pytest.mark.parametrize("kind", ["MP3", "OGG"])
def test_two_streams_in_one_file_have_no_price_and_are_refused(tmp_path: Path, account: PaidAccount, kind: str) -> None:
    samples, rate = soundfile.read(io.BytesIO(line(1, 2.0)))
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind)
    one = file.getvalue()
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        refused = house.convert(anna, one + one)
        assert (refused.status_code, code_of(refused)) == (400, "invalid_audio_format")
        assert "one stream" in refused.json()["detail"]["message"]
        assert house.convert(anna, one).status_code == 200
        assert len(account.history) == 1


@pytest.mark.parametrize("kind", ["FLAC", "MP3"])
def test_a_file_whose_header_says_less_than_there_is_has_no_price(tmp_path: Path, account: PaidAccount, kind: str) -> None:
    """The service would decode and bill all of it; and it would be taken for its own first second."""
    samples, rate = soundfile.read(io.BytesIO(line(1, 4.0)), dtype="int16")
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind)
    whole, false = file.getvalue(), bytearray(file.getvalue())
    if kind == "FLAC":
        frames = slice(21, 26)  # the last 36 bits of these
        false[frames] = (int.from_bytes(whole[frames], "big") - 3 * rate).to_bytes(5, "big")
    else:
        note = whole.index(b"Xing")
        false[note + 8 : note + 12] = (30).to_bytes(4, "big")  # frames of 576 samples
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        refused = house.convert(anna, bytes(false))
        assert (refused.status_code, code_of(refused)) == (400, "invalid_audio_format")
        assert account.history == []
        assert 66 <= int(house.convert(anna, whole).headers["character-cost"]) <= 70


def test_an_older_copy_of_the_ledger_pays_nothing_again(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        copy = sqlite3.connect(":memory:")
        house.database._connection.backup(copy)
        first = house.convert(anna, line(1))
        # What the copy has as waiting, too, may have been answered since.
        with house.database.write() as db:
            db.execute("UPDATE requests SET state = 'queued'")
        waiting = sqlite3.connect(":memory:")
        house.database._connection.backup(waiting)
    for ledger in (copy, waiting):
        with closing(sqlite3.connect(house_folder(tmp_path) / LEDGER)) as file:
            ledger.backup(file)
        with running_house(tmp_path, account) as house:
            eve = house.keys.add("eve", cap=1)
            if ledger is copy:  # it knows nothing of the answer
                assert house.convert(eve, line(1)).headers["takevoice-answer"] == "kept", "no cap stops what costs nothing"
            again = house.convert(anna, line(1))
            assert again.content == first.content
            wait_for(lambda: house.overview.queue() == [])
            assert len(account.history) == 1


def test_kept_answers_go_when_they_are_old_or_too_many(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        house.convert(anna, line(1))
        house.convert(anna, line(2))
        with house.database.write() as db:
            db.execute("UPDATE requests SET used = used - 7200, done = done - 7200")  # what was used just now stays
    with running_house(tmp_path, account, replace(HouseOptions(), keep_gb=0.00004)) as house:
        wait_for(lambda: len(list((tmp_path / "house" / "answers").rglob("*/*"))) == 1)
        assert house.convert(anna, line(2)).headers["takevoice-answer"] == "kept"
        assert house.convert(anna, line(1)).headers["takevoice-answer"] == "made"

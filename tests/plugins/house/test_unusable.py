"""Answers that were paid for and cannot be used: given to nobody, and sent again only when the house's owner says so."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from plugins.house.conftest import code_of, line
from plugins.house.houses import FORMAT, VOICE, RunningHouse, running_house
from plugins.house.paid_account import PaidAccount
from plugins.house.test_station_costs import Editor, own_environment  # noqa: F401 - the fixture
from support import Command, wait_for
from takevoice.errors import LedgerError
from takevoice_plugins.house import paid

pytestmark = pytest.mark.service
Spoil = Callable[[bytes], bytes]


def cut(answer: bytes) -> bytes:
    return answer[: len(answer) // 8 * 2]


def noise(answer: bytes) -> bytes:
    return bytes(np.random.default_rng(1).integers(0, 256, len(answer), np.uint8))


def not_finite(answer: bytes) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.full(16_000, np.nan, np.float32), 16_000, "FLOAT", format="WAV")
    return file.getvalue()


def text(answer: bytes) -> bytes:
    return b'<html><body>Log in to the network of the hotel</body></html>' + b" " * len(answer)


def longer(answer: bytes) -> bytes:
    return answer * 3


def counted(house: RunningHouse, column: str = "credits") -> float:
    return sum(row[column] for row in house.overview.costs("person"))


@pytest.mark.parametrize(
    ("spoil", "output_format"),
    [(cut, "pcm_16000"), (longer, "pcm_16000"), (cut, "wav_16000"), (noise, "wav_16000"), (not_finite, "wav_16000"), (cut, "mp3_44100_128"), (text, "mp3_44100_128")],
)  # fmt: skip
def test_an_answer_that_cannot_be_used_is_given_to_nobody_and_paid_once(
    tmp_path: Path, account: PaidAccount, spoil: Spoil, output_format: str
) -> None:
    account.spoils = [spoil]
    with running_house(tmp_path, account) as house, ThreadPoolExecutor(6) as threads:
        keys = [house.keys.add(f"editor{number}") for number in range(6)]
        for _ in range(2):
            answers = list(threads.map(lambda key: house.convert(key, line(1), output_format=output_format), keys))
            assert {(each.status_code, code_of(each)) for each in answers} == {(409, "outcome_unknown")}
            assert "has no answer to this take that can be used (answered, but the answer cannot be used: " in answers[0].json()["detail"]["message"]
        assert len(account.history) == 1
        [row] = house.overview.queue()
        assert row["state"] == "held"
        assert "released, it is sent and billed once more" in row["why"]
        assert counted(house) + counted(house, "reserved") == 17
        house.overview.decide(row["id"], "release")
        wait_for(lambda: house.overview.queue() == [])
        answers = list(threads.map(lambda key: house.convert(key, line(1), output_format=output_format), keys))
        assert {each.content for each in answers} == {account.history[1].answer}
        assert len(account.history) == 2
        assert (counted(house), counted(house, "requests")) == (34, 2)
        assert len(list(house.house.work.store.unusable.iterdir())) == (spoil is not text), "for the record"


@pytest.mark.parametrize(("spoil", "output_format"), [(cut, "pcm_16000"), (noise, "wav_16000"), (text, "mp3_44100_128")])
def test_what_was_spoilt_on_its_way_comes_from_the_history(tmp_path: Path, account: PaidAccount, spoil: Spoil, output_format: str) -> None:
    account.spoils, account.spoilt_in_history = [spoil], False
    with running_house(tmp_path, account) as house:
        answer = house.convert(house.keys.add("anna"), line(1, 2.0), output_format=output_format)
        assert answer.content == account.history[0].answer
        assert answer.headers["character-cost"] == "33"
        assert len(account.history) == 1
        assert house.overview.costs("person") == [{"name": "anna", "credits": 33, "reserved": 0, "requests": 1}]


def test_an_answer_that_had_begun_is_not_paid_again_where_the_history_does_not_have_it(tmp_path: Path, account: PaidAccount) -> None:
    account.cut, account.cut_after, account.history_lag = 1, 1000, 1e9
    with running_house(tmp_path, account) as house:
        assert code_of(house.convert(house.keys.add("anna"), line(1))) == "outcome_unknown"
        assert len(account.history) == 1
        assert (counted(house), counted(house, "reserved")) == (0, 17)


def test_a_stream_that_cannot_be_used_is_aborted_and_then_held(tmp_path: Path, account: PaidAccount) -> None:
    account.spoils = [cut]
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        form = {"files": {"audio": line(1, 2.0)}, "params": {"output_format": FORMAT}, "headers": {"xi-api-key": anna}}
        with (
            pytest.raises((httpx.RemoteProtocolError, AssertionError)),
            httpx.stream("POST", f"{house.url}/v1/speech-to-speech/{VOICE}/stream", timeout=20, **form) as response,  # type: ignore[arg-type]
        ):
            assert response.status_code == 200
            list(response.iter_raw())
        assert code_of(house.convert(anna, line(1, 2.0), path="/stream")) == "outcome_unknown"
        assert len(account.history) == 1


def test_where_nothing_is_logged_it_is_held_at_once_and_can_be_dropped(tmp_path: Path, account: PaidAccount) -> None:
    account.spoils, account.spoilt_in_history = [cut], False
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        held = house.convert(anna, line(1, 2.0), logging=False)
        assert "cannot be used" in held.json()["detail"]["message"]
        house.overview.decide(house.overview.queue()[0]["id"], "drop")
        wait_for(lambda: house.overview.queue() == [])
        assert code_of(house.convert(anna, line(1, 2.0), logging=False)) == "dropped"
        assert (len(account.history), counted(house)) == (1, 33)


def test_a_second_bad_answer_is_held_again(tmp_path: Path, account: PaidAccount) -> None:
    account.spoils = [cut, noise]
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna", cap=40)
        assert code_of(house.convert(anna, line(1), output_format="wav_16000")) == "outcome_unknown"
        house.overview.decide(house.overview.queue()[0]["id"], "release")
        wait_for(lambda: len(account.history) == 2)
        wait_for(lambda: [row["state"] for row in house.overview.queue()] == ["held"])
        assert code_of(house.convert(anna, line(1), output_format="wav_16000")) == "outcome_unknown"
        assert (len(account.history), counted(house)) == (2, 34)
        assert code_of(house.convert(anna, line(2))) == "over_cap", "both count"


def test_a_house_that_was_killed_before_its_ledger_had_the_verdict_pays_nothing_again(
    tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise LedgerError("killed")

    account.spoils = [cut]
    with ThreadPoolExecutor(1) as threads, running_house(tmp_path, account) as house:
        monkeypatch.setattr(house.house.work.requests, "spoilt", killed)
        anna = house.keys.add("anna")
        threads.submit(house.convert, anna, line(1, 2.0))
        wait_for(lambda: list(house.house.work.store.unusable.iterdir()))
    with running_house(tmp_path, account) as house:
        wait_for(lambda: [row["state"] for row in house.overview.queue()] == ["held"])
        assert code_of(house.convert(anna, line(1, 2.0))) == "outcome_unknown"
        assert (len(account.history), counted(house)) == (1, 33)


def test_all_that_is_held_can_be_released_at_once_once_its_price_was_said(command: Command, account: PaidAccount) -> None:
    account.spoils = [cut] * 3
    with running_house(command.state, account) as house, ThreadPoolExecutor(3) as threads:
        anna = house.keys.add("anna")
        assert "nothing is held" in command("house", "release", "--all").stdout
        list(threads.map(lambda number: house.convert(anna, line(number)), range(3)))
        assert "3 held requests would be sent again, for 51 credits or so" in command("house", "release", "--all").stdout
        assert len(account.history) == 3
        assert "3 held requests: sent again" in command("house", "release", "--all", "--yes").stdout
        wait_for(lambda: house.overview.queue() == [])
        assert {house.convert(anna, line(number)).headers["takevoice-answer"] for number in range(3)} == {"kept"}
        assert len(account.history) == 6
        assert "name one held request, or --all" in command("house", "release", check=2).stderr


def test_another_answer_than_a_bad_one_is_made_once_for_all_that_have_it(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account) as house:
        anna, bob = house.keys.add("anna"), house.keys.add("bob")
        first = house.convert(anna, line(1))
        instead = {"takevoice-instead-of": hashlib.sha256(first.content).hexdigest()}
        made, kept = house.convert(anna, line(1), headers=instead), house.convert(bob, line(1), headers=instead)
        assert [each.headers["takevoice-answer"] for each in (made, kept)] == ["made", "kept"]
        assert made.content == kept.content == account.history[1].answer
        damaged = {"takevoice-instead-of": "0" * 64}
        assert house.convert(bob, line(1), headers=damaged).content == first.content, "it was damaged on its way"
        assert len(account.history) == 2


def test_stations_hold_a_bad_answer_and_once_released_share_another_one(
    tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a house that does not see that it is bad, such as one of an earlier version."""
    monkeypatch.setattr(paid, "unusable", lambda *_: "")
    account.spoils = [cut]
    with running_house(tmp_path / "house", account) as house:
        editors = [Editor(tmp_path, house, name, takes=1) for name in ("anna", "bob")]
        for editor in editors:
            _converts(editor, check=1)
            assert editor.command.states() == {"line0.wav": "held"}
            assert editor.command.jobs()[0]["error"]["code"] == "outcome_unknown"
        assert len(account.history) == 1
        for editor in editors:
            editor.says("release", 1)
            _converts(editor, check=0)
            assert editor.command.states() == {"line0.wav": "done"}
        assert len(account.history) == 2, "one bad answer, one decision, one other answer"
        billed = sum(each.credits for each in account.history)
        assert counted(house) == billed
        assert sum(editor.costs[0] for editor in editors) == billed


def _converts(editor: Editor, *, check: int) -> None:
    editor.command("run", "--once", "--existing", editor.folder, check=check, TAKEVOICE_HOUSE_KEY=editor.key)

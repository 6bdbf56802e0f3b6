"""A paid request whose answer was lost: the account's history is asked, and only what it cannot tell is held."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from account import Refusal
from plugins.house.conftest import code_of, line
from plugins.house.houses import FORMAT, VOICE, HouseProcess, RunningHouse, running_house
from plugins.house.paid_account import Billed, PaidAccount
from support import wait_for
from takevoice.errors import LedgerError
from takevoice_plugins.house import paid
from takevoice_plugins.house.caps import CapExceeded
from takevoice_plugins.house.options import HouseOptions

pytestmark = pytest.mark.service


@pytest.mark.parametrize("cut_after", [None, 1000])
@pytest.mark.parametrize("output_format", ["pcm_16000", "mp3_44100_128"])
def test_an_answer_that_was_lost_comes_from_the_history(
    tmp_path: Path, account: PaidAccount, cut_after: int | None, output_format: str
) -> None:
    account.cut, account.cut_after = 1, cut_after
    with running_house(tmp_path, account) as house:
        answer = house.convert(house.keys.add("anna"), line(1, 2.0), output_format=output_format)
        assert answer.status_code == 200
        assert answer.content == account.history[0].answer
        assert len(account.history) == 1
        assert house.overview.costs("person") == [{"name": "anna", "credits": 33, "reserved": 0, "requests": 1}]


def test_a_stream_that_was_cut_is_aborted_and_then_given_whole(tmp_path: Path, account: PaidAccount) -> None:
    account.cut, account.cut_after = 1, 1000
    account.streams_open.clear()
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        form = {"files": {"audio": line(1)}, "params": {"output_format": FORMAT}, "headers": {"xi-api-key": anna}}
        with httpx.stream("POST", f"{house.url}/v1/speech-to-speech/{VOICE}/stream", timeout=20, **form) as response:
            chunks = response.iter_raw()
            assert next(chunks)
            account.streams_open.set()
            with pytest.raises(httpx.RemoteProtocolError):
                list(chunks)
        assert house.convert(anna, line(1), path="/stream").content == account.history[0].answer
        assert len(account.history) == 1


def test_an_answer_that_the_history_does_not_have_is_sent_again(tmp_path: Path, account: PaidAccount) -> None:
    account.cut, account.history_lag = 1, 1e9
    with running_house(tmp_path, account) as house:
        answer = house.convert(house.keys.add("anna"), line(1))
        assert answer.status_code == 200
        assert len(account.history) == 2, "as if the first had never arrived there"


def test_a_request_whose_answer_is_lost_again_and_again_is_held(tmp_path: Path, account: PaidAccount) -> None:
    """A service that cannot answer one take, bills it each time and does not list it: for ever would be all night."""
    account.cut, account.history_lag = 1000, 1e9
    with running_house(tmp_path, account, HouseOptions(history_wait=-9.6)) as house:
        anna = house.keys.add("anna")
        held = house.convert(anna, line(1))
        assert (held.status_code, code_of(held)) == (409, "outcome_unknown")
        assert "lost 3 times" in held.json()["detail"]["message"]
        assert len(account.history) == 3
        [row] = house.overview.queue()
        house.overview.decide(row["id"], "release")
        wait_for(lambda: len(account.history) == 4)
        wait_for(lambda: [each["state"] for each in house.overview.queue()] == ["held"])
        assert len(account.history) == 4, "once for each release"


def test_refusals_that_cost_nothing_are_no_lost_answers(tmp_path: Path, account: PaidAccount) -> None:
    account.refusal = Refusal(429, "system_busy")
    with running_house(tmp_path, account) as house, ThreadPoolExecutor(1) as thread:
        answer = thread.submit(house.convert, house.keys.add("anna"), line(1))
        wait_for(lambda: len(account.refused) >= 3)
        account.refusal = None
        assert answer.result().status_code == 200
        assert [row["attempts"] for row in house.database.rows("SELECT attempts FROM requests")] == [1]


@pytest.mark.parametrize("clock", [-1200.0, 1200.0])
def test_an_answer_is_found_by_a_house_whose_clock_is_wrong(tmp_path: Path, account: PaidAccount, clock: float) -> None:
    account.cut, account.clock = 1, clock
    with running_house(tmp_path, account) as house:
        answer = house.convert(house.keys.add("anna"), line(1))
        assert answer.content == account.history[0].answer
        assert len(account.history) == 1


def test_an_answer_is_found_where_the_price_is_not_the_expected_one(tmp_path: Path, account: PaidAccount) -> None:
    account.cut, account.price = 1, 1700.0
    with running_house(tmp_path, account) as house:
        answer = house.convert(house.keys.add("anna"), line(1))
        assert answer.content == account.history[0].answer
        assert len(account.history) == 1
        assert house.overview.used_today() == {"anna": 28}


def test_an_answer_is_found_where_the_price_has_fallen(tmp_path: Path, account: PaidAccount) -> None:
    """The expected price is the highest of the last answers: one dear day must not have the next lost answer paid twice."""
    account.price = 4000.0
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        assert house.convert(anna, line(1)).status_code == 200
        account.cut, account.price = 1, 1000.0
        answer = house.convert(anna, line(2))
        assert answer.content == account.history[1].answer
        assert len(account.history) == 2
        assert house.overview.used_today() == {"anna": 67 + 17}


def test_the_history_is_asked_until_it_can_be_read(tmp_path: Path, account: PaidAccount) -> None:
    account.cut, account.history_refusal = 1, True
    with running_house(tmp_path, account) as house, ThreadPoolExecutor(1) as thread:
        answer = thread.submit(house.convert, house.keys.add("anna"), line(1))
        wait_for(lambda: [row["state"] for row in house.overview.queue()] == ["doubt"])
        account.history_refusal = False
        assert answer.result().content == account.history[0].answer
        assert len(account.history) == 1


def twins(account: PaidAccount) -> None:
    """Another conversion of the same take, by somebody who uses the account without the house."""
    one = account.history[0]
    account.history.append(Billed("other", one.audio, one.voice, (("seed", "1"), *one.fields), one.credits, one.at, one.answer))


def test_two_alike_are_held_and_the_owner_decides(tmp_path: Path, account: PaidAccount) -> None:
    account.cut, account.history_refusal = 2, True
    with running_house(tmp_path, account) as house, ThreadPoolExecutor(2) as threads:
        anna = house.keys.add("anna")
        first = threads.submit(house.convert, anna, line(1))
        wait_for(lambda: len(account.history) == 1)
        twins(account)
        account.history_refusal = False
        held = first.result()
        assert (held.status_code, code_of(held)) == (409, "outcome_unknown")
        assert code_of(house.convert(anna, line(1))) == "outcome_unknown"
        assert "takevoice house release" in held.json()["detail"]["message"]
        [row] = house.overview.queue()
        assert row["state"] == "held"
        assert len(account.history) == 2
        account.cut = 0
        house.overview.decide(row["id"], "release")
        wait_for(lambda: house.overview.queue() == [])
        assert house.convert(anna, line(1)).headers["takevoice-answer"] == "kept"
        assert len(account.history) == 3


def test_a_request_that_leaves_no_trace_is_held_and_can_be_dropped(tmp_path: Path, account: PaidAccount) -> None:
    account.cut = 1
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        url = f"{house.url}/v1/speech-to-speech/v1?output_format=pcm_16000&enable_logging=false"
        held = httpx.post(url, headers={"xi-api-key": anna}, files={"audio": line(1)}, timeout=20)
        assert (held.status_code, code_of(held)) == (409, "outcome_unknown")
        [row] = house.overview.queue()
        assert house.overview.used_today() == {"anna": 17}, "it may have been billed, so the cap counts it"
        house.overview.decide(row["id"], "drop")
        wait_for(lambda: house.overview.queue() == [])
        assert house.overview.used_today() == {"anna": 17}, "it still may have been billed"

        def again() -> httpx.Response:
            return httpx.post(url, headers={"xi-api-key": anna}, files={"audio": line(1)}, timeout=20)

        dropped = again()
        assert (dropped.status_code, code_of(dropped)) == (410, "dropped")
        assert len(account.history) == 1
        house.overview.decide(row["id"], "release")
        wait_for(lambda: again().status_code == 200)
        assert len(account.history) == 2
        assert house.overview.used_today() == {"anna": 34}


def test_what_a_released_request_may_have_cost_counts_besides(tmp_path: Path, account: PaidAccount) -> None:
    account.cut = 1
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna", cap=40)
        url = f"{house.url}/v1/speech-to-speech/v1?output_format=pcm_16000&enable_logging=false"
        assert httpx.post(url, headers={"xi-api-key": anna}, files={"audio": line(1)}, timeout=20).status_code == 409
        [row] = house.overview.queue()
        house.overview.decide(row["id"], "release")
        wait_for(lambda: house.overview.queue() == [])
        assert sum(each.credits for each in account.history) == 34
        assert house.overview.costs("person") == [{"name": "anna", "credits": 34, "reserved": 0, "requests": 2}]
        assert code_of(house.convert(anna, line(2))) == "over_cap"


def test_a_conversion_is_used_for_one_request_only(tmp_path: Path, account: PaidAccount) -> None:
    """The same take with two seeds: the answer of the first must not be given for the second."""
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        assert house.convert(anna, line(1), seed=1).status_code == 200
        account.cut = 1
        assert house.convert(anna, line(1), seed=2).status_code == 200
        assert len(account.history) == 2
        upstream = house.database.rows("SELECT upstream FROM requests ORDER BY created")
        assert [row["upstream"] for row in upstream] == ["request-item0", "request-item1"]


def test_an_answer_is_kept_while_the_ledger_cannot_be_written(
    tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_house(tmp_path, account) as house:
        anna, requests = house.keys.add("anna"), house.house.work.requests
        failures = {"sending": 1, "finish": 2}

        def failing(name: str) -> Callable[..., object]:
            write = getattr(requests, name)

            def call(*args: object) -> object:
                failures[name] -= 1
                if failures[name] >= 0:
                    raise LedgerError("the disk is full")
                return write(*args)

            return call

        for name in failures:
            monkeypatch.setattr(requests, name, failing(name))
        answer = house.convert(anna, line(1))
        assert answer.content == account.history[0].answer
        assert len(account.history) == 1


def test_nothing_is_left_behind_where_the_ledger_cannot_be_read_either(
    tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was sent and paid for: that must not be taken for something that waits."""
    monkeypatch.setattr(paid, "LEDGER_PAUSE", 0.1)
    with running_house(tmp_path, account) as house:
        anna, requests, failed = house.keys.add("anna"), house.house.work.requests, list[str]()
        finish, get = requests.finish, requests.get

        def failing_finish(*values: object) -> object:
            if not failed:
                failed.append("finish")
                raise LedgerError("the disk is full")
            return finish(*values)  # type: ignore[arg-type]

        def failing_get(content: str) -> object:
            if 1 <= len(failed) < 4:
                failed.append("get")
                raise LedgerError("the disk is gone")
            return get(content)

        monkeypatch.setattr(requests, "finish", failing_finish)
        monkeypatch.setattr(requests, "get", failing_get)
        assert house.convert(anna, line(1)).content == account.history[0].answer
        assert failed == ["finish", "get", "get", "get"]
        assert len(account.history) == 1


@pytest.mark.parametrize("closed", [False, True])
def test_a_refusal_that_cannot_be_stored_leaves_nothing_waiting_for_ever(
    tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch, closed: bool
) -> None:
    """`closed`: of what waits, when the service refuses the house; else of what a cap does not allow any more."""
    monkeypatch.setattr(paid, "LEDGER_PAUSE", 0.1)
    monkeypatch.setattr(paid, "CLOSED", 0.5)
    account.slots, account.seconds = 1, (0.3, 0.3)
    with running_house(tmp_path, account, HouseOptions(slots=1)) as house, ThreadPoolExecutor(3) as threads:
        anna, requests, failures = house.keys.add("anna"), house.house.work.requests, [1]
        refuse, sending = requests.refuse, requests.sending

        def failing(content: str, *values: object) -> object:
            if failures[0] and (not closed or get_state(content) == "queued"):
                failures[0] -= 1
                raise LedgerError("the disk is full")
            return refuse(content, *values)  # type: ignore[arg-type]

        def get_state(content: str) -> str:
            row = requests.get(content)
            return row.state if row is not None else ""

        def over_cap(content: str, price: float) -> object:
            if failures[0] and not closed:
                raise CapExceeded("the house", 1, 1, 1)
            return sending(content, price)

        monkeypatch.setattr(requests, "refuse", failing)
        monkeypatch.setattr(requests, "sending", over_cap)
        first = [threads.submit(house.convert, anna, line(number)) for number in range(3)]
        wait_for(lambda: account.under_way == 1)
        if closed:
            account.refusal = Refusal(401, "quota_exceeded")
            wait_for(lambda: account.refused)
            account.refusal = None
        statuses = [each.result().status_code for each in first]
        assert failures == [0]
        assert set(statuses) <= {200, 503}
        wait_for(lambda: house.overview.queue() == [])


def test_a_house_that_stops_waits_for_what_it_pays_for(tmp_path: Path, account: PaidAccount) -> None:
    account.seconds = (1.5, 1.5)
    with ThreadPoolExecutor(1) as thread:
        with running_house(tmp_path, account) as house:
            anna = house.keys.add("anna")
            answer = thread.submit(house.convert, anna, line(1))
            wait_for(lambda: account.under_way == 1)
        with pytest.raises((httpx.HTTPError, AssertionError)):
            assert answer.result().status_code == 200
    account.history_refusal = True  # it is not asked
    with running_house(tmp_path, account) as house:
        kept = house.convert(anna, line(1))
        assert (kept.headers["takevoice-answer"], kept.content) == ("kept", account.history[0].answer)
        assert len(account.history) == 1


@pytest.fixture
def process(tmp_path: Path, account: PaidAccount) -> Iterator[HouseProcess]:
    house = HouseProcess(tmp_path, account, "history_wait = 0\n")
    house.start()
    yield house
    house.close()


@pytest.mark.process
def test_a_house_that_was_killed_while_it_paid_pays_nothing_twice(process: HouseProcess, account: PaidAccount) -> None:
    house = process
    anna = RunningHouse(house.url, house.database, None).keys.add("anna")  # type: ignore[arg-type]
    account.seconds = (0.3, 0.6)
    client = RunningHouse(house.url, house.database, None)  # type: ignore[arg-type]

    def ask(number: int) -> bytes:
        while True:
            try:
                answer = client.convert(anna, line(number, 2.0))
            except Exception:
                continue
            if answer.status_code == 200:
                return answer.content
            assert answer.status_code in (429, 503), answer.text

    with ThreadPoolExecutor(12) as threads:
        answers = [threads.submit(ask, number) for number in range(12)]
        for billed in (2, 7):
            wait_for(lambda least=billed: len(account.history) >= least)
            house.kill()
            house.start()
        contents = [each.result() for each in answers]
    assert len(set(contents)) == 12
    assert account.billed_twice == []
    assert len(account.history) == 12
    assert client.overview.queue() == []
    # An answer that was stored in the moment of a kill counts with the price that was reserved for it.
    assert 12 * 33 <= sum(row["credits"] for row in client.overview.costs("person")) <= 12 * 34

"""The account's history where it is long, breaks off, or has much that looks alike: what is in it is found, and what is not is sent again."""

from __future__ import annotations

import errno
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from plugins.house.conftest import line
from plugins.house.houses import RunningHouse, running_house
from plugins.house.paid_account import Billed, PaidAccount
from support import wait_for
from takevoice_plugins.house import doubts
from takevoice_plugins.house.options import HouseOptions

pytestmark = pytest.mark.service
QUICK = HouseOptions(history_wait=-9.0)  # it is not there after less than a second: sent again


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubts, "PAUSES", (0.1,))


def lost(house: RunningHouse, account: PaidAccount, threads: ThreadPoolExecutor) -> Future[httpx.Response]:
    """A request that was billed, and whose answer was lost; the history cannot be read yet."""
    account.cut, account.history_refusal = 1, True
    answer = threads.submit(house.convert, house.keys.add("anna"), line(1))
    wait_for(lambda: len(account.history) == 1)
    wait_for(lambda: [row["state"] for row in house.overview.queue()] == ["doubt"])
    return answer


def others(account: PaidAccount, count: int, voice: str, at: float = 0.0) -> None:
    """More conversions, of programs that use the account without the house, or of earlier takes."""
    one = account.history[0]
    account.history += [
        Billed(f"other{number}", f"other{number}", voice, one.fields, one.credits, one.at + at, one.answer) for number in range(count)
    ]


def test_an_answer_on_a_later_page_is_found(tmp_path: Path, account: PaidAccount) -> None:
    account.page = 2
    with running_house(tmp_path, account, QUICK) as house, ThreadPoolExecutor(1) as threads:
        answer = lost(house, account, threads)
        others(account, 7, "another voice")
        account.history_refusal = False
        assert answer.result().content == account.history[0].answer
        assert len(account.history) == 8, "nothing is paid for again"
        assert account.pages >= 4


def test_a_history_that_breaks_off_is_not_taken_for_the_whole(tmp_path: Path, account: PaidAccount) -> None:
    account.page, account.forgets_the_rest = 2, True
    with running_house(tmp_path, account, QUICK) as house, ThreadPoolExecutor(1) as threads:
        answer = lost(house, account, threads)
        others(account, 7, "another voice")
        account.history_refusal = False
        wait_for(lambda: account.pages > 25)  # long after the time at which a missing one is sent again
        account.forgets_the_rest = False
        assert answer.result().content == account.history[0].answer
        assert len(account.history) == 8


def test_what_other_requests_account_for_hides_no_answer(tmp_path: Path, account: PaidAccount) -> None:
    """The clock is wrong, so that a whole day is searched: many lines of that voice and price, in a busy house."""
    account.clock = -3600.0
    with running_house(tmp_path, account, QUICK) as house, ThreadPoolExecutor(1) as threads:
        answer = lost(house, account, threads)
        others(account, 300, account.history[0].voice, 1.0)
        with house.database.write() as db:
            for number in range(300):
                db.execute(
                    "INSERT INTO requests(content, lane, state, key, project, parameters, streaming, urgent, seconds, credits, sample_rate,"
                    " frames, created, upstream) VALUES (?, 'paid', 'done', 1, '', '{}', 0, 0, 1, 17, 16000, 16000, 0, ?)",
                    (f"{number:064x}", f"request-other{number}"),
                )
        account.history_refusal = False
        assert answer.result().content == account.history[0].answer
        assert len(account.history) == 301


def test_too_many_that_may_be_it_are_held(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account, QUICK) as house, ThreadPoolExecutor(1) as threads:
        answer = lost(house, account, threads)
        one = account.history.pop()
        for number in range(300):  # none is like it, and not all are compared
            account.history.append(Billed(f"other{number}", "", one.voice, one.fields, one.credits, one.at, bytes(len(one.answer))))
        account.history_refusal = False
        assert answer.result().status_code == 409
        assert "too many conversions" in house.overview.queue()[0]["why"]


def test_an_answer_that_the_disk_does_not_take_is_not_held(tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """The house knows it: it has only no room for it, for longer than it would ask a history that cannot be read."""
    monkeypatch.setattr(doubts, "UNREADABLE", 0.0)
    tries = list[str]()
    with running_house(tmp_path, account) as house:
        store, full = house.house.work.store, 3
        keep = store.note_billed

        def note_billed(content: str, billed: object) -> None:
            tries.append(content)
            if len(tries) <= full:
                raise OSError(errno.ENOSPC, "no space left on the device")
            keep(content, billed)  # type: ignore[arg-type]

        monkeypatch.setattr(store, "note_billed", note_billed)
        monkeypatch.setattr("takevoice_plugins.house.paid.LEDGER_PAUSE", 0.1)
        answer = house.convert(house.keys.add("anna"), line(1))
        assert (answer.status_code, answer.content) == (200, account.history[0].answer)
        assert len(tries) > full
        assert len(account.history) == 1


def test_the_conversion_of_a_held_take_is_not_given_for_another_one(tmp_path: Path, account: PaidAccount) -> None:
    """Short lines are often alike enough; what is most like a held one may be its own."""
    with running_house(tmp_path, account, QUICK) as house, ThreadPoolExecutor(1) as threads:
        answer = lost(house, account, threads)
        [row] = house.house.work.requests.in_states(("doubt",))
        store = house.house.work.store
        other = "f" * 64
        store.upload(other).write_bytes(store.upload(row.content).read_bytes())  # the very take that was converted
        store.upload(row.content).write_bytes(_nearly(line(1)))
        with house.database.write() as db:
            db.execute("CREATE TEMP TABLE held AS SELECT * FROM requests WHERE content = ?", (row.content,))
            db.execute("UPDATE held SET content = ?, state = 'held'", (other,))
            db.execute("INSERT INTO requests SELECT * FROM held")
        account.history_refusal = False
        assert answer.result().status_code == 409
        assert "more like another take" in next(each["why"] for each in house.overview.queue() if each["id"] != other[:12])


def test_one_conversion_is_found_for_one_of_two_requests(tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same take with two seeds, both lost at the same moment; only one of them had arrived."""
    look = doubts.look

    def look_for_long(*values: object) -> object:
        found = look(*values)  # type: ignore[arg-type]
        time.sleep(0.3)  # long enough for the other one to find it, too
        return found

    monkeypatch.setattr(doubts, "look", look_for_long)
    with running_house(tmp_path, account, QUICK) as house, ThreadPoolExecutor(2) as threads:
        account.cut, account.history_refusal = 2, True
        anna = house.keys.add("anna")
        answers = [threads.submit(house.convert, anna, line(1), seed=seed) for seed in (1, 2)]
        wait_for(lambda: [row["state"] for row in house.overview.queue()] == ["doubt"] * 2)
        account.history.pop()
        account.history_refusal = False
        assert [each.result().status_code for each in answers] == [200, 200]
        upstream = {row["upstream"] for row in house.database.rows("SELECT upstream FROM requests")}
        assert len(upstream) == len(account.history) == 2


def test_what_is_in_doubt_keeps_its_slot(tmp_path: Path, account: PaidAccount) -> None:
    """The service may still be at work: another request in its place would be one too many."""
    with running_house(tmp_path, account, HouseOptions(slots=1)) as house, ThreadPoolExecutor(2) as threads:
        answer = lost(house, account, threads)
        waiting = threads.submit(house.convert, house.keys.add("bob"), line(2))
        wait_for(lambda: len(house.overview.queue()) == 2)
        time.sleep(0.5)
        assert len(account.history) == 1
        paid = house.house.paid
        assert paid is not None and (paid.slots.used, paid.slots.free) == (1, 0)
        account.history_refusal = False
        assert [answer.result().status_code, waiting.result().status_code] == [200, 200]
        wait_for(lambda: paid.slots.used == 0)


def test_what_an_earlier_server_left_under_way_keeps_its_slot(tmp_path: Path, account: PaidAccount) -> None:
    with ThreadPoolExecutor(1) as threads:
        with running_house(tmp_path, account, HouseOptions(slots=1)) as house:
            lost(house, account, threads)
        with running_house(tmp_path, account, HouseOptions(slots=1)) as house:
            paid = house.house.paid
            assert paid is not None
            wait_for(lambda: paid.slots.used == 1)
            account.history_refusal = False
            wait_for(lambda: house.overview.queue() == [])
            wait_for(lambda: paid.slots.used == 0)
            assert len(account.history) == 1


def _nearly(audio: bytes) -> bytes:
    """The same line, a little louder towards its end."""
    import io

    import numpy as np
    import soundfile

    samples, rate = soundfile.read(io.BytesIO(audio))
    file = io.BytesIO()
    soundfile.write(file, samples * (1 - 0.4 * np.linspace(0, 1, len(samples)) ** 2), rate, "PCM_16", format="WAV")
    return file.getvalue()

"""The house's server as programs see it: each different request is paid once, however often it comes."""

from __future__ import annotations

import io
import shutil
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import soundfile

from account import Refusal
from plugins.house.conftest import line
from plugins.house.houses import VOICE, running_house
from plugins.house.paid_account import REAL_KEY, PaidAccount
from support import wait_for
from takevoice.errors import LedgerError
from takevoice_plugins.house import content, listings, paid, speech
from takevoice_plugins.house.keeping import LEDGER, house_folder
from takevoice_plugins.house.options import HouseOptions

pytestmark = pytest.mark.service


def code_of(response: httpx.Response) -> str:
    return str(response.json()["detail"]["code"])


def test_the_same_line_of_two_people_is_paid_once(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account) as house:
        anna, bob = house.keys.add("anna"), house.keys.add("bob")
        first, second = house.convert(anna, line(1)), house.convert(bob, line(1))
        assert first.status_code == second.status_code == 200
        assert first.content == second.content == account.history[0].answer
        assert [each.headers["takevoice-answer"] for each in (first, second)] == ["made", "kept"]
        assert [each.headers["character-cost"] for each in (first, second)] == ["17", "0"]
        assert first.headers["takevoice-idempotent"] == "1"
        [row] = house.database.rows("SELECT upstream, credits FROM requests")
        assert tuple(row) == ("request-item0", 17), "which of the account's conversions it is stays known"
        other = house.convert(anna, line(1), seed=7)
        assert other.headers["takevoice-answer"] == "made"
        assert len(account.history) == 2
        assert set(account.keys) == {REAL_KEY}


def test_requests_for_one_line_at_the_same_time_join(tmp_path: Path, account: PaidAccount) -> None:
    account.seconds = (0.5, 0.5)
    with running_house(tmp_path, account) as house, ThreadPoolExecutor(8) as threads:
        keys = [house.keys.add(f"editor{number}") for number in range(8)]
        answers = list(threads.map(lambda key: house.convert(key, line(1)), keys))
        assert {answer.content for answer in answers} == {account.history[0].answer}
        assert sorted(answer.headers["takevoice-answer"] for answer in answers) == ["joined"] * 7 + ["made"]
        assert len(account.history) == 1


def test_another_answer_is_made_when_it_is_asked_for_and_a_resend_of_that_joins(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        house.convert(anna, line(1))
        fresh = {"takevoice-fresh": "1", "Idempotency-Key": "second-candidate"}
        for expected in ("made", "kept"):
            assert house.convert(anna, line(1), headers=fresh).headers["takevoice-answer"] == expected
        assert len(account.history) == 2


def test_an_idempotency_key_belongs_to_one_request(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        token = {"Idempotency-Key": "one"}
        assert house.convert(anna, line(1), headers=token).status_code == 200
        assert house.convert(anna, line(1), headers=token).headers["takevoice-answer"] == "kept"
        reused = house.convert(anna, line(2), headers=token)
        assert (reused.status_code, code_of(reused)) == (422, "idempotency_key_reused")
        assert len(account.history) == 1


def test_only_keys_of_the_house_come_in(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account) as house:
        anna, worker = house.keys.add("anna"), house.keys.add("w1", kind="worker")
        for key, status, code in (("no", 401, "invalid_api_key"), (REAL_KEY, 401, "invalid_api_key"), (worker, 401, "invalid_api_key")):
            refused = house.convert(key, line(1))
            assert (refused.status_code, code_of(refused)) == (status, code)
        assert "The key of w1 is for a worker" in refused.json()["detail"]["message"]
        house.keys.revoke("anna")
        refused = house.convert(anna, line(1))
        assert (refused.status_code, code_of(refused)) == (403, "key_revoked")
        assert account.history == []
        again = house.keys.add("anna")
        assert house.convert(again, line(1)).status_code == 200
        assert httpx.get(f"{house.url}/house/v1/queue", headers={"xi-api-key": again}).status_code == 403
        admin = house.keys.add("boss", kind="admin")
        assert httpx.get(f"{house.url}/house/v1/queue", headers={"xi-api-key": admin}).json() == []
        for path in ("costs", "overview"):
            assert httpx.get(f"{house.url}/house/v1/{path}?by=projct", headers={"xi-api-key": admin}).status_code == 422


def test_voices_come_from_the_account_and_the_real_key_never_leaves(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account) as house:
        head = {"xi-api-key": house.keys.add("anna")}
        assert house.convert(head["xi-api-key"], line(1)).status_code == 200
        assert len(account.history) == 1, "which nobody sees"
        paths = ("/v2/voices?page_size=100", "/v1/models", "/v1/user/subscription", "/v1/user", "/v1/history")
        answers = [httpx.get(house.url + path, headers=head) for path in paths]
        assert [answer.status_code for answer in answers] == [200] * len(paths)
        assert answers[0].json()["voices"][0]["name"] == "ada"
        assert answers[2].json()["tier"] == "pro"
        assert answers[4].json()["history"] == []
        assert REAL_KEY not in "".join(answer.text + str(answer.headers) for answer in answers)
    assert REAL_KEY.encode() not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_refusal_of_the_service_reaches_the_station_and_costs_no_cap(tmp_path: Path, account: PaidAccount) -> None:
    account.refusal = Refusal(403, "output_format_not_allowed")
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna", cap=26)
        refused = house.convert(anna, line(1))
        assert (refused.status_code, code_of(refused)) == (403, "output_format_not_allowed")
        assert house.overview.used_today() == {}
        account.refusal = None
        assert house.convert(anna, line(1)).status_code == 200


@pytest.mark.parametrize(("status", "code"), [(401, "invalid_api_key"), (401, "quota_exceeded")])
def test_what_concerns_the_houses_own_key_is_no_refusal_of_the_persons(
    tmp_path: Path, account: PaidAccount, status: int, code: str
) -> None:
    account.refusal = Refusal(status, code)
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna", cap=26)
        for _ in range(2):
            closed = house.convert(anna, line(1))
            assert (closed.status_code, code_of(closed)) == (503, "upstream_closed")
            assert int(closed.headers["retry-after"]) > 0
        assert len(account.refused) == 1, "a house that is closed asks nothing of the service"
        assert house.overview.used_today() == {}


def test_what_is_kept_is_given_while_the_service_refuses_the_house(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        answer = house.convert(anna, line(1)).content
        account.refusal = Refusal(401, "quota_exceeded")
        assert code_of(house.convert(anna, line(2))) == "upstream_closed"
        kept = house.convert(house.keys.add("bob"), line(1))
        assert (kept.status_code, kept.content, kept.headers["takevoice-answer"]) == (200, answer, "kept")
        for path in tmp_path.rglob(house.database.rows("SELECT content FROM requests WHERE state = 'done'")[0]["content"]):
            path.unlink()
        assert code_of(house.convert(anna, line(1))) == "upstream_closed", "its file is gone: it has to be made again"
        assert len(account.refused) == 1


def test_lists_are_there_while_the_service_refuses_the_house(tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "FRESH", 0.0)
    with running_house(tmp_path, account) as house:
        head = {"xi-api-key": house.keys.add("anna")}
        before = httpx.get(f"{house.url}/v2/voices", headers=head).json()
        plan = httpx.get(f"{house.url}/v1/user/subscription", headers=head).json()
        assert httpx.get(f"{house.url}/v1/user", headers=head).json()["subscription"] == plan
        account.lookup_refusal = Refusal(401, "invalid_api_key")
        assert httpx.get(f"{house.url}/v2/voices", headers=head).json() == before
        assert httpx.get(f"{house.url}/v1/models", headers=head).status_code == 503, "which it has never had"


def test_a_busy_service_is_waited_for_with_fewer_slots(tmp_path: Path, account: PaidAccount) -> None:
    account.slots, account.says_slots, account.seconds = 2, False, (0.05, 0.1)
    with running_house(tmp_path, account) as house, ThreadPoolExecutor(20) as threads:
        anna = house.keys.add("anna")
        answers = list(threads.map(lambda number: house.convert(anna, line(number, 0.3)), range(20)))
        assert [answer.status_code for answer in answers] == [200] * 20
        assert len(account.history) == 20
        assert account.most == 2
        assert len(account.refused) <= 8, "each refusal lowers the number of slots"
        slots = house.house.paid
        assert slots is not None and slots.slots.limit <= 4


def test_as_many_are_under_way_as_the_service_says(tmp_path: Path, account: PaidAccount) -> None:
    account.slots, account.seconds = 9, (0.4, 0.4)
    with running_house(tmp_path, account) as house, ThreadPoolExecutor(20) as threads:
        anna = house.keys.add("anna")
        assert house.convert(anna, line(100, 0.3)).status_code == 200
        answers = list(threads.map(lambda number: house.convert(anna, line(number, 0.3)), range(20)))
        assert [answer.status_code for answer in answers] == [200] * 20
        assert (account.most, account.refused) == (9, []), "all of its slots, and no more"


def test_caps_hold_for_key_project_and_house_also_when_all_come_at_once(tmp_path: Path, account: PaidAccount) -> None:
    options = HouseOptions(per_day=100, projects={"dune": 50})
    with running_house(tmp_path, account, options) as house, ThreadPoolExecutor(20) as threads:
        anna = house.keys.add("anna", cap=44)
        bob, eve = house.keys.add("bob", project="dune"), house.keys.add("eve")

        def ask(key: str, first: int) -> Callable[[int], httpx.Response]:
            return lambda number: house.convert(key, line(first + number))  # 16.7 credits each

        for key, first, allowed, whose in ((anna, 0, 2, "that anna may use"), (bob, 100, 2, "project dune"), (eve, 200, 1, "the house")):
            answers = list(threads.map(ask(key, first), range(10)))
            good = [answer for answer in answers if answer.status_code == 200]
            bad = [answer for answer in answers if answer.status_code != 200]
            assert len(good) == allowed
            assert {(answer.status_code, code_of(answer)) for answer in bad} == {(402, "over_cap")}
            assert whose in bad[0].json()["detail"]["message"]
        assert sum(each.credits for each in account.history) <= 100
        assert house.overview.used_today() == {"anna": 34, "bob": 34, "eve": 17}
        answers = [house.convert(eve, line(number)) for number in range(10)]
        kept = [answer for answer in answers if answer.status_code == 200]
        assert [answer.headers["takevoice-answer"] for answer in kept] == ["kept", "kept"], "what is kept costs nothing"


def test_what_no_cap_allows_is_refused_before_its_turn(tmp_path: Path, account: PaidAccount) -> None:
    account.slots, account.seconds = 1, (1.0, 1.0)
    with running_house(tmp_path, account, HouseOptions(slots=1)) as house, ThreadPoolExecutor(2) as threads:
        anna = house.keys.add("anna", cap=50)
        first = [threads.submit(house.convert, anna, line(number)) for number in range(2)]
        wait_for(lambda: len(house.overview.queue()) == 2)
        assert code_of(house.convert(anna, line(3))) == "over_cap"
        assert len(house.overview.queue()) == 2, "nothing was answered yet"
        assert [each.result().status_code for each in first] == [200, 200]


def test_a_new_key_is_no_new_cap_and_another_project_no_way_around_one(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account, HouseOptions(projects={"dune": 44})) as house:
        anna = house.keys.add("anna", cap=26)
        assert house.convert(anna, line(1)).status_code == 200
        house.keys.revoke("anna")
        for again in ("ANNA", "anna"):
            anna = house.keys.add(again, cap=26)
            assert code_of(house.convert(anna, line(2))) == "over_cap"
            house.keys.revoke("anna")
        bob, boss = house.keys.add("bob", project="dune"), house.keys.add("boss", kind="admin", project="dune")
        for number, project, code in ((3, "", ""), (4, "dune", ""), (5, "", "over_cap"), (5, "Dune", "other_project"), (5, "x", "other_project")):
            answer = house.convert(bob, line(number), headers={"takevoice-project": project} if project else {})
            assert (code_of(answer) if code else answer.status_code) == (code or 200)
        assert code_of(house.convert(boss, line(5), headers={"takevoice-project": "DUNE"})) == "over_cap", "however it is written"
        assert house.convert(boss, line(5), headers={"takevoice-project": "x"}).status_code == 200
        assert len(account.history) == 4


def test_caps_hold_at_another_price_once_it_is_known(tmp_path: Path, account: PaidAccount) -> None:
    account.price = 2000.0
    for _ in range(2):  # the second house knows it from the ledger
        with running_house(tmp_path, account, HouseOptions(per_day=100)) as house, ThreadPoolExecutor(8) as threads:
            anna = house.keys.add("anna")
            assert house.convert(anna, line(1)).status_code == 200
            statuses = list(threads.map(lambda number, house=house, key=anna: house.convert(key, line(number)).status_code, range(2, 10)))
            assert set(statuses) <= {200, 402}
            assert 66 <= sum(each.credits for each in account.history) <= 100  # 34 are reserved for each, which costs 33
            house.keys.revoke("anna")


def test_a_restart_does_not_forget_the_price(tmp_path: Path, account: PaidAccount) -> None:
    account.price, account.seconds = 3000.0, (0.5, 0.5)
    with running_house(tmp_path, account) as house:
        assert house.convert(house.keys.add("anna"), line(1)).headers["character-cost"] == "50"
    with running_house(tmp_path, account) as house, ThreadPoolExecutor(1) as threads:
        answer = threads.submit(house.convert, house.keys.add("bob"), line(2))
        [row] = wait_for(house.overview.queue)
        assert row["credits"] >= 50
        assert answer.result().status_code == 200


def test_no_cap_is_exceeded_by_what_waits_while_the_price_rises(tmp_path: Path, account: PaidAccount) -> None:
    """All are accepted at the documented price; it rises by half while most of them wait."""
    account.seconds, account.slots = (0.05, 0.15), 8
    with running_house(tmp_path, account, HouseOptions(per_day=400, slots=8)) as house, ThreadPoolExecutor(30) as threads:
        keys = [house.keys.add(f"editor{number}", cap=90) for number in range(6)]
        asked = [threads.submit(house.convert, keys[number % 6], line(number, 0.5 + number % 8 * 0.2)) for number in range(60)]
        wait_for(lambda: len(account.history) >= 2)
        account.price = 1500.0
        assert {each.result().status_code for each in asked} == {200, 402}
        said = [each.result().json()["detail"]["message"] for each in asked if each.result().status_code == 402]
        assert all("may use today are used" in each for each in said)
        assert 0.7 * 400 < sum(each.credits for each in account.history) <= 400
        assert all(used <= 90 for used in house.overview.used_today().values())
        assert sum(house.overview.used_today().values()) == sum(each.credits for each in account.history)


def test_a_price_that_leaps_exceeds_a_cap_by_one_request_at_most(tmp_path: Path, account: PaidAccount) -> None:
    """All are accepted, and the first eight sent, at the documented price; it leaps when half of the cap is used."""
    account.seconds, account.slots = (0.3, 0.4), 8
    with running_house(tmp_path, account, HouseOptions(per_day=1000, slots=8)) as house, ThreadPoolExecutor(40) as threads:
        keys = [house.keys.add(f"editor{number}") for number in range(4)]
        asked = [threads.submit(house.convert, keys[number % 4], line(number)) for number in range(60)]
        wait_for(lambda: len(account.history) >= 30)
        account.price = 9000.0
        assert {each.result().status_code for each in asked} == {200, 402}
        billed = [each.credits for each in account.history]
        assert 1000 - 2 * max(billed) < sum(billed) < 1000 + max(billed)
        assert sum(house.overview.used_today().values()) == sum(billed)


def test_what_the_owner_releases_is_sent_at_any_price(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account, HouseOptions(per_day=30)) as house:
        anna, account.cut = house.keys.add("anna"), 1
        assert code_of(house.convert(anna, line(1), logging=False)) == "outcome_unknown"
        assert code_of(house.convert(anna, line(2))) == "over_cap"
        house.overview.decide(house.overview.queue()[0]["id"], "release")
        wait_for(lambda: not house.overview.queue())
        assert len(account.history) == 2


def test_an_answer_that_a_kill_left_without_a_row_counts_as_it_was_billed(
    tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise LedgerError("killed")

    account.price = 1500.0
    with ThreadPoolExecutor(1) as threads, running_house(tmp_path, account) as house:
        monkeypatch.setattr(house.house.work.requests, "finish", killed)
        threads.submit(house.convert, house.keys.add("anna"), line(1))
        wait_for(lambda: list(house.house.work.store.answers()))
    with running_house(tmp_path, account) as house:
        wait_for(lambda: not house.overview.queue())
        assert house.overview.used_today() == {"anna": 25}
        assert house.convert(house.keys.add("bob"), line(1)).headers["takevoice-saved"] == "25"
        assert len(account.history) == 1


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


def test_nothing_is_paid_for_while_its_answer_would_have_no_room(
    tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = threading.Event()
    real = shutil.disk_usage
    monkeypatch.setattr(shutil, "disk_usage", lambda path: real(path)._replace(free=10) if full.is_set() else real(path))
    monkeypatch.setattr(paid, "DISK_PAUSE", 0.1)
    account.slots, account.says_slots, account.seconds = 1, False, (0.5, 0.5)
    with running_house(tmp_path, account, HouseOptions(slots=1)) as house, ThreadPoolExecutor(2) as threads:
        anna = house.keys.add("anna")
        first = threads.submit(house.convert, anna, line(1))
        wait_for(lambda: account.under_way == 1)
        second = threads.submit(house.convert, anna, line(2))
        wait_for(lambda: len(house.overview.queue()) == 2)
        full.set()
        refused = house.convert(anna, line(3))
        assert (refused.status_code, code_of(refused)) == (503, "no_room")
        assert int(refused.headers["retry-after"]) > 0
        assert first.result().status_code == 200
        assert len(account.history) == 1
        full.clear()
        assert second.result().status_code == 200
        assert house.convert(anna, line(3)).status_code == 200


def test_a_stream_gives_the_first_bytes_as_they_come_and_is_kept(tmp_path: Path, account: PaidAccount) -> None:
    account.streams_open.clear()
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        form = {"files": {"audio": line(1)}, "params": {"output_format": "pcm_16000"}, "headers": {"xi-api-key": anna}}
        with httpx.stream("POST", f"{house.url}/v1/speech-to-speech/{VOICE}/stream", timeout=20, **form) as response:
            chunks = response.iter_raw()
            first = next(chunks)
            assert 0 < len(first) < len(account.history[0].answer)
            account.streams_open.set()
            assert first + b"".join(chunks) == account.history[0].answer
        again = house.convert(anna, line(1))
        assert again.headers["takevoice-answer"] == "kept"
        assert again.content == account.history[0].answer


def test_one_person_with_many_takes_delays_others_by_about_one(tmp_path: Path, account: PaidAccount) -> None:
    account.slots, account.seconds = 2, (0.1, 0.1)
    with running_house(tmp_path, account, HouseOptions(slots=2)) as house, ThreadPoolExecutor(48) as threads:
        anna, bob = house.keys.add("anna"), house.keys.add("bob")
        many = [threads.submit(house.convert, anna, line(number, 0.3)) for number in range(40)]
        wait_for(lambda: len(house.overview.queue()) >= 30)
        before = len(account.history)
        assert house.convert(bob, line(1000, 0.3)).status_code == 200
        meanwhile = len(account.history) - before
        assert meanwhile <= 8, "two under way, and those that begin before the next turn"
        assert all(each.result().status_code == 200 for each in many)
        assert account.refused == [], "the slots of the account are never exceeded"
        assert account.most == 2, "and none is idle while something waits"


def test_more_stations_than_slots_are_never_refused_by_the_service(tmp_path: Path, account: PaidAccount) -> None:
    account.slots, account.seconds = 5, (0.05, 0.1)
    with running_house(tmp_path, account, HouseOptions(slots=5)) as house, ThreadPoolExecutor(36) as threads:
        keys = [house.keys.add(f"editor{number}") for number in range(6)]
        answers = list(threads.map(lambda number: house.convert(keys[number % 6], line(number, 0.3)), range(36)))
        assert [answer.status_code for answer in answers] == [200] * 36
        assert account.refused == []
        assert account.most == 5, "no slot is idle while something waits"


def test_a_full_queue_asks_to_come_back_and_then_takes_it(tmp_path: Path, account: PaidAccount) -> None:
    account.slots, account.seconds = 1, (0.1, 0.1)
    options = HouseOptions(slots=1, wait=1.0)
    with running_house(tmp_path, account, options) as house, ThreadPoolExecutor(40) as threads:
        anna, bob = house.keys.add("anna"), house.keys.add("bob")
        answers = list(threads.map(lambda number: house.convert(anna, line(number, 0.5)), range(30)))
        full = [answer for answer in answers if answer.status_code == 429]
        assert full
        assert {code_of(answer) for answer in full} == {"house_queue_full"}
        assert all(int(answer.headers["retry-after"]) >= 5 for answer in full)
        assert house.convert(bob, line(1000, 0.5)).status_code == 200, "the queue of one is not full for others"
        for number in range(30):
            assert house.convert(anna, line(number, 0.5)).status_code == 200
        assert account.billed_twice == []


def test_a_client_is_asked_to_come_back_before_its_patience_ends(tmp_path: Path, account: PaidAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "PATIENCE", 0.3)
    account.seconds = (1.0, 1.0)
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        for path in ("", "/stream"):
            early = house.convert(anna, line(1), path=path)
            assert (early.status_code, code_of(early), early.headers["retry-after"]) == (503, "still_converting", "1")
        wait_for(lambda: not house.overview.queue())
        assert house.convert(anna, line(1)).headers["takevoice-answer"] == "kept"
        assert len(account.history) == 1


def test_a_client_that_leaves_costs_nothing_twice(tmp_path: Path, account: PaidAccount) -> None:
    account.seconds = (0.5, 0.5)
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                f"{house.url}/v1/speech-to-speech/{VOICE}", params={"output_format": "pcm_16000"}, headers={"xi-api-key": anna},
                files={"audio": line(1)}, timeout=httpx.Timeout(10, read=0.2),
            )  # fmt: skip
        wait_for(lambda: len(account.history) == 1)
        assert house.convert(anna, line(1)).content == account.history[0].answer
        assert len(account.history) == 1


def test_a_house_without_a_key_converts_by_itself(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        anna = house.keys.add("anna")
        answers = [house.convert(anna, line(1), "george", path=path) for path in ("", "/stream", "")]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert [answer.headers["takevoice-answer"] for answer in answers] == ["made", "kept", "kept"]
        assert len(answers[0].content) == 2 * 16_000
        assert len({answer.content for answer in answers}) == 1
        assert house.convert(anna, line(1), "nobody-knows").status_code == 404
        assert house.convert(anna, b"RIFF and nothing", "george").status_code == 400
        assert house.overview.queue() == []


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


def test_requests_on_many_threads_keep_their_order_in_the_ledger(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        threads = [threading.Thread(target=house.convert, args=(anna, line(number % 6, 0.2))) for number in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(account.history) == 6
        assert house.overview.given()["made"] == 6
        assert sum(house.overview.given().values()) == 24


def test_the_official_sdk_works_with_a_key_of_the_house(tmp_path: Path, account: PaidAccount) -> None:
    from elevenlabs import ElevenLabs
    from elevenlabs.core import ApiError

    with running_house(tmp_path, account) as house, httpx.Client() as http:
        client = ElevenLabs(base_url=house.url, api_key=house.keys.add("anna"), httpx_client=http)
        chunks = client.speech_to_speech.convert(VOICE, audio=line(1), output_format="pcm_16000")
        assert b"".join(chunks) == account.history[0].answer
        streamed = client.speech_to_speech.stream(VOICE, audio=line(1), output_format="pcm_16000", model_id="eleven_english_sts_v2")
        assert b"".join(streamed) == account.history[0].answer
        assert [voice.name for voice in client.voices.search().voices] == ["ada"]
        assert client.user.subscription.get().tier == "pro"
        wrong = ElevenLabs(base_url=house.url, api_key="tvh_wrong", httpx_client=http)
        with pytest.raises(ApiError, match="does not know this key"):
            wrong.voices.search()
        assert len(account.history) == 1

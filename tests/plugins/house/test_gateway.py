"""The house's server as programs see it: each different request is paid once, however often it comes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from plugins.house.conftest import code_of, line
from plugins.house.houses import VOICE, running_house
from plugins.house.paid_account import REAL_KEY, PaidAccount

pytestmark = pytest.mark.service


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

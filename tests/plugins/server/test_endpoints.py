"""What surrounds a conversion: endpoints that are not there, listings as old and new programs read them, upgrades."""

from __future__ import annotations

import json
import logging
import time

import httpx
import pytest

from plugins.server.conftest import wav
from plugins.server.running import Running


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/unheard-of", 404, "not_found"),
        ("GET", "/v1/history/abc", 404, "not_found"),
        ("DELETE", "/v1/history/abc", 404, "not_found"),
        ("POST", "/v1/voices/ada/settings/edit", 404, "not_found"),
        ("DELETE", "/v1/voices/ada", 405, "method_not_allowed"),
        ("GET", "/v1/speech-to-speech/ada", 405, "method_not_allowed"),
        ("PATCH", f"/v1/{'x' * 5000}", 404, "not_found"),
    ],
)
def test_what_the_server_does_not_have_is_an_error_like_any_other(
    running: Running, method: str, path: str, status: int, code: str
) -> None:
    got = httpx.request(method, running.url + path)
    assert got.status_code == status
    detail = got.json()["detail"]
    assert set(detail) == {"type", "code", "message", "status", "request_id"}
    assert (detail["code"], detail["status"]) == (code, code)
    assert detail["request_id"] == got.headers["request-id"]
    assert f"{method} {path[:50]}" in detail["message"]
    assert len(detail["message"]) < 400
    assert (status == 405) == ("allow" in got.headers)


def test_every_voice_says_that_it_is_not_fine_tuned(running: Running) -> None:
    for voice in httpx.get(f"{running.url}/v1/voices").json()["voices"]:
        assert voice["fine_tuning"]["state"] == {}
        assert voice["fine_tuning"]["is_allowed_to_fine_tune"] is False


@pytest.mark.parametrize(
    ("search", "names"), [("George", {"george", "George"}), ("george", {"george"}), ("Rachel", {"Rachel"}), ("rachel", {"Rachel"})]
)
def test_a_documented_voice_is_found_by_its_exact_name(running: Running, search: str, names: set[str]) -> None:
    found = httpx.get(f"{running.url}/v2/voices", params={"search": search}).json()["voices"]
    assert {voice["name"] for voice in found} == names


@pytest.mark.parametrize("path", ["/v1/user/subscription", "/v1/user"])
def test_the_credits_are_renewed_within_a_month(running: Running, path: str) -> None:
    body = httpx.get(running.url + path).json()
    when = body.get("subscription", body)["next_character_count_reset_unix"]
    assert isinstance(when, int)
    assert 0 < when - time.time() <= 31 * 86_400
    assert time.gmtime(when)[2:6] == (1, 0, 0, 0)


def test_empty_values_of_a_search_count_as_not_given(running: Running) -> None:
    names = ("page_size", "next_page_token", "search", "sort", "voice_type", "category", "gender", "include_total_count")
    empty = httpx.get(f"{running.url}/v2/voices", params=dict.fromkeys(names, ""))
    assert empty.status_code == 200, empty.text
    assert empty.json() == httpx.get(f"{running.url}/v2/voices").json()
    assert httpx.get(f"{running.url}/v2/voices?page_size=0").status_code == 422


def test_settings_as_the_server_gives_them_are_not_named_as_ignored(running: Running) -> None:
    given = httpx.get(f"{running.url}/v1/voices/ada/settings").json()
    for settings, ignored in ((given, None), (given | {"new": 1}, "voice_settings.new")):
        got = httpx.post(
            f"{running.url}/v1/speech-to-speech/ada?output_format=pcm_8000",
            files={"audio": wav(0.2)},
            data={"voice_settings": json.dumps(settings)},
        )
        assert got.status_code == 200
        assert got.headers.get("takevoice-ignored") == ignored


def test_a_client_that_would_like_a_websocket_gets_its_answer(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZQ=="}
    with caplog.at_level(logging.DEBUG):
        assert httpx.get(f"{running.url}/v1/models", headers=headers).status_code == 200
    assert "install" not in caplog.text

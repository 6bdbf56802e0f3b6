"""Who may use the page, and what every answer says to the browser."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from plugins.page.world import World
from takevoice import errors
from takevoice_plugins.page.access import LIFE, Access, Address, publish, read_address, token_of
from takevoice_plugins.page.app import create_app
from takevoice_plugins.page.notices import Notices
from takevoice_plugins.page.options import PageOptions, options_from

OPEN = {"/api/enter", "/api/tickets/{name}", "/{path:path}"}


def test_all_of_the_api_needs_the_token(world: World) -> None:
    routes = create_app(world.office, PageOptions(), Access("x"), threading.Event(), Notices()).routes
    for token in ("", "x" * 40):
        client = world.client(token)
        for route in routes:
            if not isinstance(route, APIRoute) or route.path in OPEN:
                continue
            path = route.path.format(job_id=1, which="original", verb="retry")
            for method in route.methods:
                answer = client.request(method, path)
                assert (answer.status_code, answer.json()["code"]) == (401, "token"), f"{method} {path}"


def test_a_code_gives_the_token_once(world: World) -> None:
    code = world.client().post("/api/code").json()["code"]
    stranger = world.client("")
    assert stranger.post("/api/enter", json={"code": "guessed"}).status_code == 403
    assert stranger.post("/api/enter", json={"code": code}).json() == {"token": world.service().address.token}
    assert stranger.post("/api/enter", json={"code": code}).json()["hint"] == "run `takevoice open` again"


def test_a_code_is_good_for_a_minute() -> None:
    now = [0.0]
    access = Access("secret", lambda: now[0])
    early, late = access.new_code(), access.new_code()
    now[0] = LIFE - 1
    assert access.token_for(early) == "secret"
    now[0] = LIFE + 1
    assert access.token_for(late) is None


def test_the_token_is_for_the_user_only_and_survives_a_restart(tmp_path: Path) -> None:
    address = Address("127.0.0.1", 9873, token_of(tmp_path))
    publish(tmp_path, address)
    assert (tmp_path / "page.json").stat().st_mode & 0o777 == 0o600
    assert token_of(tmp_path) == address.token
    assert read_address(tmp_path) == address
    (tmp_path / "page.json").chmod(0o644)  # others may have read it
    assert token_of(tmp_path) != address.token
    (tmp_path / "page.json").write_text("[]")
    assert read_address(tmp_path) is None
    assert os.listdir(tmp_path) == ["page.json"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:9873", "", "[::2]:9873", "127.0.0.1:9873@evil.example", "localhost:x"])
def test_a_name_that_is_not_the_pages_is_refused(world: World, host: str) -> None:
    """DNS rebinding: a site's own name leads to this machine."""
    for path in ("/", "/api/status", "/api/enter"):
        assert world.client().get(path, headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:9873", "LOCALHOST:80", "[::1]:9873", "takes.example.org"])
def test_its_own_names_are_accepted(world: World, host: str) -> None:
    assert world.client(hosts=("takes.example.org",)).get("/api/status", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:8000", "http://localhost:9873"])
def test_another_origin_is_refused(world: World, origin: str) -> None:
    assert world.client().post("/api/jobs/retry", json={"ids": []}, headers={"origin": origin}).status_code == 403


def test_every_answer_has_the_security_headers(world: World) -> None:
    client = world.client()
    paths = ("/", "/main.js", "/page.css", "/api/status", "/api/jobs/99", "/nothing", "/api/jobs?limit=x")
    for answer in [*map(client.get, paths), client.get("/", headers={"host": "evil.example"})]:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "trusted-types 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "access-control-allow-origin" not in answer.headers
        assert "set-cookie" not in answer.headers
    assert client.get("/api/status").headers["cache-control"] == "no-store"


def test_only_the_pages_own_files_are_served(world: World) -> None:
    client = world.client("")
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert client.get("/", headers={"if-none-match": page.headers["etag"]}).status_code == 304
    for path in ("/../app.py", "/%2e%2e/app.py", "/static/../app.py", "//etc/passwd", "/core", "/core/../../app.py"):
        assert client.get(path).status_code == 404, path


def test_large_requests_are_refused_before_they_are_read(world: World) -> None:
    client = world.client()
    answer = client.post("/api/jobs/retry", content=b" " * 2_000_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert client.post("/api/jobs/retry", content=iter([b"{}"])).status_code == 411


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"prot": 1}, "there is no option prot"),
        ({"port": 70_000}, "port is a number"),
        ({"port": True}, "port is a number"),
        ({"enabled": "no"}, "enabled is true or false"),
        ({"hosts": "a"}, "hosts is a list"),
        ({"host": "0.0.0.0"}, "0.0.0.0 can be reached by other machines"),
    ],
)
def test_wrong_options_are_named(table: dict[str, object], says: str) -> None:
    with pytest.raises(errors.ConfigError, match=says):
        options_from(table)


def test_errors_are_json_with_a_code_a_text_and_a_hint(world: World) -> None:
    client = world.client()
    for answer in (client.get("/api/jobs/99"), client.get("/api/jobs?limit=0"), client.put("/api/status"), client.get("/api/x")):
        assert set(json.loads(answer.content)) == {"code", "text", "hint"}
        assert answer.status_code in (404, 405, 422)

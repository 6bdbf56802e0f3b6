"""Requests that no page of ours would send: every answer is one of those described, never a traceback, and nothing is lost."""

from __future__ import annotations

import json
import threading
import warnings
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from plugins.page.world import World
from support import make_take
from takevoice.jobs import State
from takevoice_plugins.page.access import Access
from takevoice_plugins.page.app import create_app
from takevoice_plugins.page.notices import Notices
from takevoice_plugins.page.options import PageOptions

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis

ODD = ("/api/events", "/api/doctor", "/{path}")  # never ends; is a process; files
HOSTILE = ("..\\..\\evil.wav", "a\u202eb.wav", "CON.wav", "<img src=x>.wav", "x" * 300 + ".wav", "a\x00b.wav", ".hidden.wav", "tail .wav")


@pytest.fixture
def filled(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Takes in several states, one of them with a result; no file manager opens."""
    monkeypatch.setattr(webbrowser, "open", lambda _url: True)
    world.done(world.folder / "Anna_1.wav", seconds=0.2)
    world.done(world.folder / "<b>Zoe_1.wav", "bea", track='"; DROP TABLE jobs', seconds=0.2)
    world.planned(make_take(world.folder / "held.wav", 0.2), State.HELD)
    yield world


def description(world: World) -> dict[str, Any]:
    app = create_app(world.office, PageOptions(), Access("x" * 40), threading.Event(), Notices())
    found: dict[str, Any] = json.loads(json.dumps(app.openapi()))
    for operation in (each for path in found["paths"].values() for each in path.values()):
        for parameter in operation.get("parameters", ()):
            if parameter["name"] == "job_id":  # mostly jobs that are there
                parameter["schema"] |= {"minimum": -1, "maximum": 5}
    return found


def operations(world: World) -> list[Any]:
    schema = schemathesis.openapi.from_dict(description(world))
    found = [result.ok() for result in schema.get_all_operations()]
    return [each for each in found if each.path not in ODD and not each.path.startswith("/{")]


def check(answer: httpx.Response | Any, said: set[str]) -> None:
    """An answer is one of those that are described, in its form."""
    assert str(answer.status_code) in said, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.content[:300]!r}"
    assert b"Traceback" not in answer.content
    if answer.status_code >= 400:
        assert set(answer.json()) == {"code", "text", "hint"}, answer.content
    assert answer.headers["content-security-policy"]


def fuzz(world: World, examples: int) -> None:
    for operation in operations(world):
        send_many(world, operation, examples)


def send_many(world: World, operation: Any, examples: int) -> None:
    address = world.service().address
    token, said = {"Authorization": f"Bearer {address.token}"}, set(operation.definition.raw["responses"])

    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def send(case: Any) -> None:
        check(case.call(base_url=address.url, headers=token, timeout=20), said)

    send()


def test_every_answer_is_one_that_is_described(filled: World) -> None:
    kept = {path: path.read_bytes() for path in filled.folder.glob("*.wav")}
    fuzz(filled, 5)
    assert {path: path.read_bytes() for path in kept} == kept
    assert filled.office.status().jobs  # the ledger is whole


@pytest.mark.long
def test_every_answer_is_one_that_is_described_for_longer(filled: World) -> None:
    fuzz(filled, 60)


def test_no_operation_answers_without_the_token(filled: World) -> None:
    client = filled.client("")
    for operation in operations(filled):
        if operation.path in ("/api/enter", "/api/tickets/{name}"):
            continue
        path = operation.path.replace("{job_id}", "1").replace("{which}", "result").replace("{verb}", "retry").replace("{name}", "x")
        answer = client.request(operation.method, path, json={} if operation.method == "post" else None)
        assert (answer.status_code, answer.json()["code"]) == (401, "token"), path


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_in_the_folder_and_overwrite_nothing(filled: World, name: str) -> None:
    before = {path.name: path.read_bytes() for path in filled.folder.iterdir()}
    answer = filled.client().post("/api/files", params={"folder": 0, "name": name}, content=b"RIFF" + bytes(40))
    check(answer, {"200", "422"})
    new = {path.name for path in filled.folder.iterdir()} - set(before)
    assert {path.name: path.read_bytes() for path in filled.folder.iterdir() if path.name in before} == before
    if answer.status_code == 200:
        assert new == {answer.json()["name"]} and Path(answer.json()["path"]).parent == filled.folder
        assert not set(answer.json()["name"]) & set('<>:"/\\|?*\x00\u202e') and not answer.json()["name"].startswith(".")
    assert not [path for path in filled.folder.parent.rglob("*evil*") if path.parent != filled.folder]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "127.0.0.1.evil.example"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:1"}, 403),
        ({"content-length": "2000000"}, 413),
        ({"content-type": "text/plain"}, 422),
    ],
)
def test_requests_of_other_sites_and_sizes_are_refused(filled: World, headers: dict[str, str], status: int) -> None:
    body = bytes(2_000_000) if "content-length" in headers else b'{"ids": [1]}'
    answer = filled.client().post("/api/jobs/retry", headers=headers, content=body)
    check(answer, {str(status)})
    assert filled.office.counts()[State.DONE] == 2

"""Files that are dropped on the page, and those that are taken from it."""

from __future__ import annotations

import os
import sys
import webbrowser

import pytest

from plugins.page.world import World
from support import make_take
from takevoice_plugins.page.files import safe_name


def test_a_dropped_take_is_in_the_folder_under_its_name_and_once(world: World) -> None:
    client = world.client()
    for seed, expected in enumerate(("Anna_03.wav", "Anna_03 2.wav", "Anna_03 3.wav")):
        sound = make_take(world.folder.parent / "Anna_03.wav", 0.2, seed=seed).read_bytes()
        for again in (False, True):
            answer = client.post("/api/files", params={"folder": 0, "name": "Anna_03.wav"}, content=sound).json()
            assert (answer["name"], answer["is_there"], answer["is_numbered"]) == (expected, again, bool(seed) and not again)
        assert (world.folder / expected).read_bytes() == sound
    assert len(list(world.folder.iterdir())) == 3  # no temporary file is left


@pytest.mark.parametrize(
    ("params", "content", "code"),
    [
        ({"folder": 7, "name": "a.wav"}, b"x", "no_folder"),
        ({"folder": 0, "name": "run.exe"}, b"x", "not_audio"),
        ({"folder": 0, "name": "a.wav"}, b"", "empty"),
    ],
)
def test_what_is_no_take_is_refused_and_leaves_nothing(world: World, params: dict[str, object], content: bytes, code: str) -> None:
    answer = world.client().post("/api/files", params=params, content=content)  # type: ignore[arg-type]
    assert answer.json()["code"] == code
    assert list(world.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.wav", "_.._etc_passwd.wav"),
        ("C:\\x\\a.wav", "C__x_a.wav"),
        (".hidden.wav", "hidden.wav"),
        ("a\x00b\n.wav", "a_b_.wav"),
        ("\u202egnp.wav", "_gnp.wav"),
        ("...", "take.wav"),
        ("x" * 400 + ".wav", "x" * 150 + ".wav"),
    ],
)
def test_a_name_never_leads_elsewhere(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_ticket_gives_one_file_without_the_token(world: World) -> None:
    job = world.done(world.folder / "take.wav", seconds=0.2)
    ticket = world.client().post(f"/api/jobs/{job}/ticket/result").json()
    stranger = world.client("")
    assert stranger.get("/api/tickets/guessed").status_code == 404
    client = world.client()
    ticket = client.post(f"/api/jobs/{job}/ticket/result").json()
    client.headers.pop("authorization")
    answer = client.get(ticket["url"])
    assert answer.content == (world.folder / "take.ada.wav").read_bytes()
    assert "take.ada.wav" in answer.headers["content-disposition"]


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux only")
def test_a_file_whose_name_is_no_unicode_is_saved_and_found(world: World) -> None:
    job = world.done(world.folder / os.fsdecode(b"caf\xe9_1.wav"), seconds=0.2)
    client = world.client()
    ticket = client.post(f"/api/jobs/{job}/ticket/result").json()
    answer = client.get(ticket["url"])
    assert (answer.status_code, ticket["name"]) == (200, "caf\ufffd_1.ada.wav")
    assert [each["id"] for each in client.get("/api/jobs", params={"q": "CAF"}).json()["jobs"]] == [job]


def test_the_folder_of_a_file_is_shown_and_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    job = world.done(world.folder / "Anna_1.wav", seconds=0.2)
    shown: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: shown.append(url) or True)
    client = world.client()
    assert client.post(f"/api/jobs/{job}/reveal/result").status_code == 200
    assert shown == [world.folder.as_uri()]
    (world.folder / "Anna_1.ada.wav").unlink()
    assert client.post(f"/api/jobs/{job}/reveal/result").json()["code"] == "sound_missing"
    monkeypatch.setattr(webbrowser, "open", lambda _url: False)
    refused = client.post(f"/api/jobs/{job}/reveal/original")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_file_manager")
    assert str(world.folder) in refused.json()["hint"]  # so it can be found by hand

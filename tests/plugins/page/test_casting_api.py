"""The sheet of characters over HTTP: nothing is written that was not shown first."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from plugins.page.world import World
from support import make_take
from takevoice.jobs import State


def cast(client: httpx.Client) -> dict[str, dict[str, Any]]:
    return {row["character"]: row for row in client.get("/api/casting").json()["rows"]}


def sheet(**values: str) -> list[dict[str, Any]]:
    return [{"character": "Anna", "values": values}]


def test_characters_of_the_config_and_of_takes_are_rows(world: World) -> None:
    sample = world.done(world.folder / "Anna_1.wav", seconds=0.1)
    world.done(world.folder / "Zoe_1.wav", "bea", track="Zoe", seconds=0.1)
    found = cast(world.client())
    assert (found["Anna"]["cells"]["voice"], found["Anna"]["is_cast"], found["Anna"]["takes"]) == ("ada", True, 1)
    assert (found["Anna"]["sample"], found["Anna"]["auditions"]) == (sample, [0, None])
    assert (found["Zoe"]["cells"]["voice"], found["Zoe"]["is_cast"]) == ("", False)
    assert found["Anna"]["in_force"]["candidates"] == 1


def test_what_a_folder_sets_is_in_force_unless_folders_differ(world: World) -> None:
    world.done(world.folder / "Anna_1.wav", seconds=0.1)
    world.configure(world.config.replace("[[watch]]", "[[watch]]\ncandidates = 3\nstability = 0.4"))
    assert cast(world.client())["Anna"]["in_force"] == {"candidates": 3, "stability": 0.4}
    world.configure(world.config + f'\n[[watch]]\nfolder = {json.dumps(str(world.folder / "loud"))}\nstability = 0.9\n')
    assert cast(world.client())["Anna"]["in_force"] == {}


def test_candidates_in_several_voices_are_written(world: World) -> None:
    client = world.client()
    changes = client.post("/api/casting/preview", json={"rows": sheet(candidates="ada, bea")}).json()
    assert 'candidates = [{voice = "ada"}, {voice = "bea"}]' in changes["diff"]


def test_what_is_written_was_shown_first_and_comments_stay(world: World) -> None:
    client = world.client()
    rows = sheet(voice="bea", stability="0,4", state="approved", note="wärmer")
    shown = client.post("/api/casting/preview", json={"rows": rows}).json()
    assert shown["changes"][0]["lines"] == ["voice: ada -> bea", "stability: (not set) -> 0.4", "state: (not set) -> approved", "note: (not set) -> wärmer"]
    assert '-voice = "ada"  # warm' in shown["diff"] and '+voice = "bea"  # warm' in shown["diff"]
    assert 'voice = "ada"' in world.config
    written = client.post("/api/casting/write", json={"rows": rows, "mark": shown["mark"]})
    assert written.json()["changed"] == 1
    assert 'voice = "bea"  # warm' in world.config and "# the cast" in world.config
    anna = cast(client)["Anna"]
    assert (anna["voice"], anna["state"], anna["note"], anna["cells"]["stability"]) == ("bea", "approved", "wärmer", "0.4")


def test_a_config_that_was_changed_meanwhile_stays_as_it_is(world: World) -> None:
    client = world.client()
    mark = client.post("/api/casting/preview", json={"rows": sheet(voice="bea")}).json()["mark"]
    path = world.folder.parent / "takevoice.toml"
    path.write_text(world.config + '[tracks."Zoe"]\nvoice = "bea"\n')
    refused = client.post("/api/casting/write", json={"rows": sheet(voice="bea"), "mark": mark})
    assert (refused.status_code, refused.json()["code"]) == (412, "config_changed")
    assert 'voice = "ada"' in world.config


def test_cells_that_cannot_be_are_named_and_nothing_is_written(world: World) -> None:
    client, before = world.client(), world.config
    refused = client.post("/api/casting/preview", json={"rows": sheet(stability="4", state="great")})
    assert refused.status_code == 422 and "stability" in refused.json()["text"]
    unknown = client.post("/api/casting/preview", json={"rows": sheet(voice="nobody")}).json()["changes"][0]
    assert "nobody" in unknown["problem"]
    assert world.config == before


def test_results_by_another_voice_are_counted_priced_and_converted_again(world: World) -> None:
    for n in range(3):
        world.done(world.folder / f"Anna_{n}.wav", "bea", n, seconds=1.0)
    client = world.client()
    assert cast(client)["Anna"]["stale"] == 3
    found = client.get("/api/casting/stale").json()
    assert (found["jobs"], found["price"]) == (3, "about 3 credits with fake")
    assert found["characters"] == [{"character": "Anna", "voice": "ada", "by": ["bea"], "jobs": 3}]
    refused = client.post("/api/casting/recast", json={"characters": [], "expect": 2})
    assert (refused.status_code, refused.json()["code"]) == (409, "count_changed")
    assert len(client.post("/api/casting/recast", json={"characters": ["Anna"], "expect": 3}).json()["done"]) == 3
    assert world.office.counts() == {State.FOUND: 3}


def test_candidates_by_another_voice_are_no_results(world: World) -> None:
    """A result is by another voice when the take's own is, however many candidates there are."""
    from takevoice.jobs import JobOptions
    from takevoice.ledger.candidates import add_candidates

    path = make_take(world.folder / "Anna_1.wav", 0.2)
    take = world.planned(path, State.QUEUED)
    world.ledger.jobs.update(take, family=take)
    options = [JobOptions(candidate=number) for number in (1, 2)]
    world.ledger.jobs._writer.run(lambda connection: add_candidates(connection, world.ledger.jobs.get(take), options))
    (waiting,) = world.client().get("/api/jobs", params={"candidates": "false"}).json()["jobs"]
    assert (waiting["id"], waiting["candidates"]) == (take, [2, 0, 0.0])
    (world.folder / "candidates").mkdir()
    for number, (job, voice) in enumerate(zip(world.ledger.candidates.of(take), ("ada", "bea"), strict=True), 1):
        world.finish(job.id, path, world.folder / "candidates" / f"Anna_1.{voice}.{number}.wav", voice, number)
    world.finish(take, path, world.folder / "Anna_1.ada.wav", "ada", 1)
    assert cast(world.client())["Anna"]["stale"] == 0
    assert [(track.track, track.stale) for track in world.office.tracks()] == [("Anna", 0)]
    takes = world.client().get("/api/jobs", params={"candidates": "false"}).json()
    assert ([job["id"] for job in takes["jobs"]], takes["counts"]) == ([take], {"done": 1})
    assert world.client().get("/api/jobs").json()["counts"] == {"done": 3}


def test_sheets_of_other_programs_are_read_and_their_columns_named(world: World) -> None:
    client = world.client()
    data = "Rolle;Sprecher\r\nAnna;bea\r\nJürgen;ada\r\n".encode("cp1252")
    found = client.post("/api/casting/sheet", content=data).json()
    assert found["columns"] == {"character": "Rolle", "voice": "Sprecher"}
    assert found["rows"][1] == {"character": "Jürgen", "values": {"voice": "ada"}}
    strange = client.post("/api/casting/sheet", content=b"Who,Talent A\nAnna,bea\n").json()
    assert (strange["rows"], strange["headings"]) == ([], ["Who", "Talent A"])
    named = client.post("/api/casting/sheet", content=b"Who,Talent A\nAnna,bea\n", params={"columns": '{"character": "Who", "voice": "Talent A"}'})
    assert named.json()["rows"] == [{"character": "Anna", "values": {"voice": "bea"}}]
    assert "workbook" in client.post("/api/casting/sheet", content=b"PK\x03\x04" + bytes(50)).json()["text"]
    exported = client.get("/api/casting/export")
    assert exported.content.startswith(b"\xef\xbb\xbfcharacter,voice") and b"Anna,ada" in exported.content


def test_what_osc_has_set_is_moved_into_the_config_or_removed(world: World) -> None:
    client = world.client()
    world.office.set_track("Anna", "voice", "bea", "Anna")
    anna = cast(client)["Anna"]
    assert (anna["voice"], anna["over_osc"], anna["cells"]["voice"]) == ("bea", {"voice": "bea"}, "bea")
    client.post("/api/casting/osc", json={"track": "Anna", "act": "move"})
    assert 'voice = "bea"  # warm' in world.config and cast(client)["Anna"]["over_osc"] == {}
    world.office.set_track("Anna", "voice", "ada", "Anna")
    client.post("/api/casting/osc", json={"track": "Anna", "act": "remove"})
    assert (cast(client)["Anna"]["voice"], cast(client)["Anna"]["over_osc"]) == ("bea", {})


def test_an_audition_names_its_price_and_is_made_once(world: World) -> None:
    world.done(world.folder / "Anna_1.wav", seconds=2.0)
    client = world.client()
    (take,) = client.get("/api/auditions/takes", params={"character": "Anna"}).json()["takes"]
    wanted = {"character": "Anna", "voices": ["ada", "bea"], "take": take["id"]}
    found = client.post("/api/auditions/price", json=wanted).json()
    assert (found["line"], found["price"], found["done"]) == ("Anna_1.wav", "about 4 credits", [])
    refused = client.post("/api/auditions", json={**wanted, "price": "about 2 credits"})
    assert (refused.status_code, refused.json()["code"]) == (409, "price_changed")
    assert world.office.counts() == {State.DONE: 1}
    jobs = client.post("/api/auditions", json={**wanted, "price": found["price"]}).json()["jobs"]
    assert [world.ledger.jobs.get(job).options.overrides["voice"] for job in jobs] == ["ada", "bea"]
    detail = client.get(f"/api/jobs/{jobs[0]}").json()
    assert [(each["voice"], each["state"]) for each in detail["auditions"]] == [("ada", "found"), ("bea", "found")]
    assert cast(client)["Anna"]["auditions"] == [2, jobs[1]]
    nobody = client.post("/api/auditions/price", json={**wanted, "voices": ["nobody"]})
    assert (nobody.status_code, nobody.json()["code"]) == (422, "unknown_voice")


@pytest.mark.parametrize("character", ["Guard *", "[x", "../../etc", "a\x00b", "Ω" * 300])
def test_names_that_are_odd_are_characters_like_any_other(world: World, character: str) -> None:
    client = world.client()
    rows = [{"character": character, "values": {"voice": "bea"}}]
    mark = client.post("/api/casting/preview", json={"rows": rows}).json()["mark"]
    client.post("/api/casting/write", json={"rows": rows, "mark": mark})
    assert cast(client)[character]["cells"]["voice"] == "bea"
    assert client.get("/api/auditions/takes", params={"character": character}).json() == {"takes": []}

"""Lists of jobs, one job, decisions, what is held, money, casting, settings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli.some_jobs import add, hold
from plugins.page.world import World
from support import make_take
from takevoice.holds import HoldReason
from takevoice.jobs import State


def test_pages_of_a_list_follow_each_other(world: World) -> None:
    made = [add(world.ledger, world.folder / f"{n}.wav", State.FAILED) for n in range(5)]
    client = world.client()
    first = client.get("/api/jobs", params={"limit": 2}).json()
    second = client.get("/api/jobs", params={"limit": 2, "before": first["next"]}).json()
    last = client.get("/api/jobs", params={"limit": 2, "before": second["next"]}).json()
    assert [job["id"] for page in (first, second, last) for job in page["jobs"]] == made[::-1]
    assert (first["counts"], last["next"]) == ({"failed": 5}, None)


def test_conditions_restrict_the_list_and_the_counts(world: World) -> None:
    anna = world.done(world.folder / "Anna_1.wav", seconds=0.1)
    guard = world.planned(make_take(world.folder / "Guard_1.wav", 0.1), State.QUEUED, "Guard", "bea")
    client = world.client()

    def found(**conditions: str) -> list[int]:
        return [job["id"] for job in client.get("/api/jobs", params=conditions).json()["jobs"]]

    assert found(state="queued,held") == [guard]
    assert found(q="anna") == found(track="Anna") == found(voice="ada") == [anna]
    assert found(folder=str(world.folder)) == [guard, anna]
    assert client.get("/api/jobs", params={"state": "queued", "q": "wav"}).json()["counts"] == {"done": 1, "queued": 1}
    assert client.get("/api/jobs", params={"state": "melted"}).json()["code"] == "invalid"


HOSTILE = ["<img src=x onerror=alert(1)>.wav", "‮gnp.wav", "a\nb\tc.wav", "日本語 – ü.wav", "&lt;b&gt;'\";--.wav", "x" * 200 + ".wav"]


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_comes_through(world: World, name: str) -> None:
    job = add(world.ledger, world.folder / name, State.FAILED)
    assert world.client().get(f"/api/jobs/{job}").json()["name"] == name


def test_a_name_that_is_no_unicode_comes_through(world: World) -> None:
    path = Path(os.fsdecode(os.fsencode(world.folder) + b"/caf\xe9.wav"))
    add(world.ledger, make_take(path, 0.1), State.FAILED)
    (row,) = world.client().get("/api/jobs").json()["jobs"]
    assert row["name"].startswith("caf")


def test_decisions_by_number_say_what_was_refused(world: World) -> None:
    failed, done = add(world.ledger, world.folder / "a.wav", State.FAILED), add(world.ledger, world.folder / "b.wav", State.QUEUED)
    answer = world.client().post("/api/jobs/retry", json={"ids": [failed, done]}).json()
    assert (answer["done"], [each["code"] for each in answer["refused"]]) == ([failed], ["wrong_state"])


def test_decisions_by_condition_hold_only_for_the_count_that_was_seen(world: World) -> None:
    for n in range(3):
        add(world.ledger, world.folder / f"{n}.wav", State.FAILED)
    client = world.client()
    which = {"filter": {"q": ".wav"}}
    assert client.post("/api/jobs/count?verb=forget", json=which["filter"]).json()["jobs"] == 3
    refused = client.post("/api/jobs/forget", json={**which, "expect": 2})
    assert (refused.status_code, refused.json()["code"]) == (409, "count_changed")
    assert len(client.post("/api/jobs/forget", json={**which, "expect": 3}).json()["done"]) == 3
    assert client.post("/api/jobs/forget", json={}).status_code == 422
    assert client.post("/api/jobs/explode", json={"ids": []}).status_code == 422


def test_what_is_held_has_its_price_and_choices(world: World) -> None:
    hold(world.ledger, world.folder / "old.wav", HoldReason.OLDER)
    held = world.planned(make_take(world.folder / "long.wav", 6.0), State.HELD)
    world.ledger.jobs.update(held, error_code="cap")
    groups = world.client().get("/api/held").json()["groups"]
    assert [(each["code"], each["jobs"], each["price"]) for each in groups] == [("first_look", 1, 0.0), ("cap", 1, 6.0)]


def test_a_detail_lists_what_can_be_compared(world: World) -> None:
    path = world.folder / "Anna_1.wav"
    first = world.done(path, "ada", seconds=0.2)
    second = world.done(path, "bea", 2, seconds=0.2)
    again = world.planned(path, State.FAILED)
    detail = world.client().get(f"/api/jobs/{again}").json()
    assert [(lane["id"], lane["voice"], lane["seed"]) for lane in detail["lanes"]] == [(first, "ada", 1), (second, "bea", 2)]
    assert (detail["frames"], detail["sample_rate"], detail["there"]["original"]) == (9600, 48_000, True)


def test_status_voices_money_and_settings_are_there(world: World) -> None:
    client = world.client()
    assert client.get("/api/status").json()["running"] is False
    assert [voice["name"] for voice in client.get("/api/voices").json()["voices"]] == ["ada", "bea"]
    assert client.get("/api/money", params={"by": "track"}).json() == {"by": "track", "rows": []}
    settings = client.get("/api/settings").json()
    assert settings["folders"] == [str(world.folder)]
    assert {"name": "level", "value": "match", "source": "built in"} in settings["settings"]
    assert client.post("/api/pause").json()["paused"] is True  # kept for the next daemon
    assert client.post("/api/resume").json()["paused"] is False


def test_a_held_take_shows_the_voice_that_it_gets(world: World) -> None:
    """It was planned when it was found; meanwhile, its character was cast."""
    held = world.planned(make_take(world.folder / "Anna.wav", 0.2), State.HELD, voice="bea")
    world.ledger.jobs.update(held, error_code="first_look")
    assert world.client().get("/api/jobs").json()["jobs"][0]["voice"] == "ada"
    world.ledger.jobs.update(held, error_code="not_alike")  # it was converted already
    assert world.client().get("/api/jobs").json()["jobs"][0]["voice"] == "bea"


def test_takes_to_pick_are_counted_and_have_their_candidates_wherever_they_were_converted_before(world: World) -> None:
    before = world.done(world.folder / "Anna_1.wav", seconds=0.3)
    world.done(world.folder / "Anna_2.wav", seconds=0.3)
    more = world.client().get(f"/api/jobs/{before}/prices").json()["more"]
    take = world.client().post(f"/api/jobs/{before}/candidates", json={"count": 3, "price": more}).json()["job"]
    from takevoice.jobs import JobOptions
    from takevoice.ledger.candidates import add_candidates

    world.ledger.jobs.update(take, family=take)
    options = [JobOptions(candidate=number) for number in (1, 2, 3)]
    world.ledger.jobs._writer.run(lambda connection: add_candidates(connection, world.ledger.jobs.get(take), options))
    (world.folder / "candidates").mkdir()
    for number, job in enumerate(world.ledger.candidates.of(take), 1):
        world.finish(job.id, world.folder / "Anna_1.wav", world.folder / "candidates" / f"Anna_1.ada.{number}.wav", "ada", number)
    world.ledger.jobs.change(take, State.HELD, error_code="pick")
    client = world.client()
    listed = client.get("/api/jobs", params={"candidates": False}).json()
    assert (listed["total"], listed["unpicked"], listed["counts"]) == (3, 1, {"held": 1, "done": 2})
    only = client.get("/api/jobs", params={"state": "held", "code": "pick", "candidates": False}).json()
    assert ([each["id"] for each in only["jobs"]], only["total"], only["unpicked"], only["counts"]["done"]) == ([take], 1, 1, 2)
    first = client.get(f"/api/jobs/{before}").json()
    assert (first["family"], len(first["candidates"]), len(first["lanes"])) == (take, 3, 4)
    status = client.get("/api/status").json()
    assert (status["takes"]["done"], status["jobs"]["done"], status["takes"]["held"]) == (2, 5, 1)


def test_of_many_results_those_that_matter_can_be_heard_and_it_is_said_how_many_are_not(world: World) -> None:
    path = make_take(world.folder / "Anna_1.wav", 0.2)
    take = world.planned(path, State.QUEUED)
    world.ledger.jobs.update(take, family=take)
    from takevoice.jobs import JobOptions
    from takevoice.ledger.candidates import add_candidates

    options = [JobOptions(candidate=number) for number in range(1, 28)]
    world.ledger.jobs._writer.run(lambda connection: add_candidates(connection, world.ledger.jobs.get(take), options))
    (world.folder / "candidates").mkdir()
    made = [job.id for job in world.ledger.candidates.of(take)]
    for number, job in enumerate(made[:20], 1):
        world.finish(job, path, world.folder / "candidates" / f"Anna_1.ada.{number}.wav", "ada", number)
    client = world.client()
    some = client.get(f"/api/jobs/{take}").json()
    assert ([lane["id"] for lane in some["lanes"]], some["left_out"]) == (made[:20], 0)
    for number, job in enumerate(made[20:], 21):
        world.finish(job, path, world.folder / "candidates" / f"Anna_1.ada.{number}.wav", "ada", number)
    world.ledger.jobs.change(take, State.HELD, error_code="pick")
    client.post(f"/api/jobs/{made[0]}/mark", json={"stars": 1})
    client.post(f"/api/jobs/{made[9]}/mark", json={"rejected": True})
    many = client.get(f"/api/jobs/{take}").json()
    assert ([lane["id"] for lane in many["lanes"]], many["left_out"]) == ([made[0], *(made[n] for n in range(3, 27) if n != 9)], 3)

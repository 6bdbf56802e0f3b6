"""Requests that are sent again: the same one gets the same answers, another one with its id is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from osc.raw import Raw, message
from pipeline.line import FakeBackend
from service.osc_place import Place, open_place
from support import make_take
from takevoice.jobs import JobOptions, State
from takevoice.pipeline import decisions
from takevoice.service.osc.replies import job_values


@pytest.fixture
def place(tmp_path: Path, backend: FakeBackend) -> Iterator[Place]:
    with open_place(tmp_path / "state", backend, allow=[str(tmp_path)]) as opened:
        yield opened


def test_an_id_is_not_used_again_for_other_settings(place: Place, udp: Raw, folder: Path) -> None:
    path = str(make_take(folder / "take.wav", 0.1))
    assert udp.ask("/takevoice/convert", "sssssf", "r1", path, "candidates", "ada,bea", "stability", 0.3)[:2] == ("/takevoice/accepted", "r1")
    again = ("/takevoice/convert", "ssssss", "r1", path, "stability", "0.3", "candidates", '[{"voice": "ada"}, {"voice": "bea"}]')
    assert udp.ask(*again) == ("/takevoice/accepted", "r1", 1)
    for tags, *given in (("sf", "stability", 0.4), ("ssss", "stability", "0.3", "track", "Bert"), ("",)):
        refused = udp.ask("/takevoice/convert", f"ss{tags}", "r1", path, *given)
        assert refused[:3] == ("/takevoice/fail", "r1", "id_in_use"), given
    # What a person has chosen since is no other request.
    place.session.ledger.jobs.change(1, State.FAILED)
    decisions.retry(place.session.ledger, 1, overrides={"stability": 0.9})
    assert udp.ask(*again) == ("/takevoice/accepted", "r1", 1)


def test_the_candidates_of_a_take_come_again_with_its_result(place: Place, udp: Raw, folder: Path) -> None:
    path, ledger = make_take(folder / "take.wav", 0.1), place.session.ledger
    request = ("/takevoice/convert", "sssi", "r1", str(path), "candidates", 2)
    place.session.events.subscribe(on_changed=place.ends.on_changed)  # as the daemon does
    assert udp.ask(*request) == ("/takevoice/accepted", "r1", 1)
    take = ledger.jobs.change(1, State.QUEUED)
    numbers = [place.job(path, options=JobOptions(candidate=n), family=take.id) for n in (1, 2)]
    for each in numbers:
        for state in (State.QUEUED, State.CONVERTING, State.RESTORING):
            ledger.jobs.change(each.id, state)
        done = ledger.jobs.change(each.id, State.DONE, output=folder / f"take.{each.id}.wav")
        place.session.events.changed(done)
        assert udp.receive()[:4] == ("/takevoice/candidate", "r1", each.id, each.options.candidate)
    ledger.jobs.change(1, State.FOUND)
    place.session.events.changed(ledger.jobs.change(1, State.DONE, output=folder / "take.bea.wav", family=1))
    assert udp.receive()[:3] == ("/takevoice/done", "r1", 1)
    # The reply was lost: all of it comes again.
    udp.send(message(*request))
    assert [udp.receive()[0] for _ in range(4)] == ["/takevoice/accepted", *["/takevoice/candidate"] * 2, "/takevoice/done"]
    # And it is whole, whatever its own progress was.
    assert job_values(ledger.jobs.get(1))[:3] == (1, "done", 1.0)


def test_a_path_that_is_none_is_named(udp: Raw, folder: Path) -> None:
    path = make_take(folder / "take.wav", 0.1)
    for given, text in ((path.as_uri(), "send the file's path"), ("take.wav", "must be absolute")):
        answer = udp.ask("/takevoice/convert", "ss", "r1", given)
        assert answer[:3] == ("/takevoice/fail", "r1", "arguments")
        assert text in answer[3]

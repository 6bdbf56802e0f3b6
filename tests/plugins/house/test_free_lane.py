"""The lane of free conversions: what it believes to be waiting, and threads that live on when the disk is full."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import soundfile

from plugins.house.conftest import line
from plugins.house.houses import running_house
from support import wait_for
from takevoice import ConversionRequest, Take, errors
from takevoice_plugins.house import threads as house_threads
from takevoice_plugins.house.seam import Order
from takevoice_plugins.server.engine import LocalEngine
from takevoice_plugins.server.limits import Limits

pytestmark = pytest.mark.service


def test_what_is_answered_while_the_sweep_looks_does_not_count_as_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a person is asked to come back, one night, with nothing waiting."""
    with running_house(tmp_path) as house:
        anna, lane, looks = house.keys.add("anna"), house.house.free, list[int]()
        loop, farm = house.house.work.pendings._loop, house.house.farm
        assert farm is not None

        def known(keys: Collection[str]) -> set[str]:
            looks.append(len(keys))
            wait_for(lambda: not house.overview.queue())  # they are answered, and the farm has forgotten them
            return set()

        monkeypatch.setattr(farm, "known", known)
        with house.database.write() as db:  # one that waits in the ledger
            db.execute(
                "INSERT INTO requests(content, lane, state, key, project, parameters, streaming, urgent, seconds, credits, sample_rate, frames,"
                " created) VALUES ('c', 'free', 'running', 1, '', '{\"voice_id\": \"george\"}', 0, 0, 100, 0, 16000, 16000, 0)"
            )
        sweep = asyncio.run_coroutine_threadsafe(lane.sweep(), loop)
        wait_for(lambda: looks)
        with house.database.write() as db:
            db.execute("UPDATE requests SET state = 'done'")
        sweep.result(30)
        key = house.keys.find(anna)
        assert key is not None
        wait_for(lambda: lane.wait_of(key.id, 0.0) == 0.0, 10)


def test_orders_for_workers_have_fair_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes first in the queue of the workers, where priorities are all that counts."""
    with running_house(tmp_path) as house, ThreadPoolExecutor(8) as threads:
        anna, bob, farm = house.keys.add("anna"), house.keys.add("bob"), house.house.farm
        assert farm is not None
        orders, submit = list[Order](), farm.submit
        monkeypatch.setattr(farm, "submit", orders.append)
        answers = []
        for number, (key, urgent) in enumerate([(anna, "0")] * 4 + [(bob, "0"), (anna, "1"), (bob, "0")]):
            answers.append(threads.submit(house.convert, key, line(number), "george", headers={"takevoice-urgent": urgent}))
            wait_for(lambda number=number: len(orders) > number)
        first = sorted(range(7), key=lambda number: -orders[number].priority)
        assert first == [5, 0, 4, 1, 6, 2, 3], "the urgent one, then each person in turn"
        for order in orders:
            submit(order)
        assert [each.result().status_code for each in answers] == [200] * 7


def test_a_lease_opens_one_take_and_the_first_answer_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the routes for workers ask the house: whoever has another lease, or comes too late, changes nothing."""
    with running_house(tmp_path) as house, ThreadPoolExecutor(2) as threads:
        anna, farm, office = house.keys.add("anna"), house.house.farm, house.house.office
        assert farm is not None
        orders = list[Order]()
        monkeypatch.setattr(farm, "submit", orders.append)
        answers = []
        for number in range(2):
            answers.append(threads.submit(house.convert, anna, line(number), "george"))
            wait_for(lambda number=number: len(orders) > number)
        mine, other = orders
        assert len(mine.lease) >= 32 and mine.lease != other.lease

        def answered(lease: str, data: bytes) -> bool:
            part = office.new_part(mine.key)
            part.write_bytes(data)
            taken = office.answered(mine.key, lease, part)
            assert not part.exists()
            return taken

        for wrong in (other.lease, "", mine.lease.upper()):
            with pytest.raises(KeyError):
                office.audio(mine.key, wrong)
            assert not answered(wrong, b"of somebody else")
            office.refused(mine.key, wrong, "no", "no", again=False)
        assert not answers[0].done()
        assert soundfile.info(office.audio(mine.key, mine.lease)).frames == mine.frames
        assert answered(mine.lease, b"first")
        assert not answered(mine.lease, b"second, of a worker that was cut off")
        office.refused(mine.key, mine.lease, "no", "too late", again=True)
        with pytest.raises(KeyError):
            office.audio(mine.key, mine.lease)
        office.refused(other.key, other.lease, "invalid_request", "cannot be converted", again=False)
        first, second = (each.result() for each in answers)
        assert (first.status_code, first.content, second.status_code) == (200, b"first", 400)
        assert house.convert(anna, line(0), "george").content == b"first"


def test_an_order_that_is_given_out_again_has_its_lease_still(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the answer of the worker that has it already would be refused, and all of it done twice."""
    with running_house(tmp_path) as house, ThreadPoolExecutor(1) as threads:
        anna, farm, lane = house.keys.add("anna"), house.house.farm, house.house.free
        assert farm is not None
        orders, submit = list[Order](), farm.submit
        monkeypatch.setattr(farm, "submit", orders.append)
        answer = threads.submit(house.convert, anna, line(1), "george")
        wait_for(lambda: orders)
        asyncio.run_coroutine_threadsafe(lane.sweep(), house.house.work.pendings._loop).result(20)  # the farm has lost it
        wait_for(lambda: len(orders) == 2)
        assert orders[0].lease == orders[1].lease
        submit(orders[0])
        assert answer.result().status_code == 200


class Refusing(LocalEngine):
    """Refuses takes to the voice ada."""

    def convert(self, request: ConversionRequest, take: Take) -> Iterator[bytes]:
        if request.voice_id == "ada":
            raise errors.BackendError("cannot be converted")
        return super().convert(request, take)


def test_a_refusal_that_cannot_be_stored_ends_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house_threads, "BUSY", 0.1)
    with running_house(tmp_path, engine=Refusing(tmp_path), limits=Limits(connections=100, uploads=8, conversions=1)) as house:
        requests, failures = house.house.work.requests, [2]
        refuse = requests.refuse

        def failing(*values: object) -> object:
            failures[0] -= 1
            if failures[0] >= 0:
                raise errors.LedgerError("the disk is full")
            return refuse(*values)  # type: ignore[arg-type]

        monkeypatch.setattr(requests, "refuse", failing)
        anna = house.keys.add("anna")
        refused = house.convert(anna, line(1), "ada")
        assert (refused.status_code, refused.json()["detail"]["message"]) == (400, "cannot be converted")
        assert house.convert(anna, line(2), "george").status_code == 200

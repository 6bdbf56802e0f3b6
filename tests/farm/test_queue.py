"""The queue and the house's orders agree, whatever happened to either."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from farm.desk import Desk, submit_unknown
from postgres import Postgres
from support import make_take
from takevoice.errors import ConfigError
from takevoice_plugins.farm import database as queue_database
from takevoice_plugins.farm import farm_on
from takevoice_plugins.farm.queue import LOST, ProcrastinateFarm
from takevoice_plugins.house.seam import FarmUnavailable

pytestmark = pytest.mark.process


def rows(database: str, text: str = "SELECT queueing_lock, status FROM procrastinate_jobs ORDER BY id") -> list[tuple[object, ...]]:
    with psycopg.connect(database, autocommit=True) as connection:
        queue_database.use_tables(connection)
        return connection.execute(text).fetchall()


def run(database: str, text: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        queue_database.use_tables(connection)
        connection.execute(text)


def test_an_order_submitted_twice_waits_once(farm: ProcrastinateFarm, desk: Desk, database: str, tmp_path: Path) -> None:
    order = desk.order(make_take(tmp_path / "a.wav", 0.2))
    assert farm.known([order.key]) == set()
    farm.submit(order)
    farm.submit(order)
    assert farm.known([order.key, "other"]) == {order.key}
    assert len(rows(database)) == 1


def test_a_cancelled_order_is_gone(farm: ProcrastinateFarm, desk: Desk, tmp_path: Path) -> None:
    order = desk.order(make_take(tmp_path / "a.wav", 0.2))
    farm.submit(order)
    farm.cancel(order.key)
    farm.cancel(order.key)
    assert farm.known([order.key]) == set()


def test_the_sweep_removes_what_nobody_waits_for(farm: ProcrastinateFarm, desk: Desk, tmp_path: Path) -> None:
    wanted, other = (desk.order(make_take(tmp_path / f"{n}.wav", 0.2, seed=n)) for n in (1, 2))
    for order in (wanted, other):
        farm.submit(order)
    desk.refused(other.key, other.lease, "cancelled", "", again=False)
    farm.sweep()
    assert farm.known([wanted.key, other.key]) == {wanted.key}


def test_an_emptied_queue_is_filled_from_the_orders(farm: ProcrastinateFarm, desk: Desk, database: str, tmp_path: Path) -> None:
    order = desk.order(make_take(tmp_path / "a.wav", 0.2))
    farm.submit(order)
    run(database, "DELETE FROM procrastinate_jobs")
    submit_unknown(farm, desk)
    assert farm.known([order.key]) == {order.key}


def test_a_queue_whose_tables_are_gone_is_made_again(farm: ProcrastinateFarm, desk: Desk, database: str, tmp_path: Path) -> None:
    """As after the database was made anew, or put back from a copy of another day."""
    order = desk.order(make_take(tmp_path / "a.wav", 0.2))
    farm.submit(order)
    run(database, f"DROP SCHEMA {queue_database.schema()} CASCADE")
    with pytest.raises(FarmUnavailable):
        farm.known([order.key])
    farm.resume()
    submit_unknown(farm, desk)
    assert farm.known([order.key]) == {order.key}


def test_an_older_copy_of_the_queue_brings_nothing_back(farm: ProcrastinateFarm, desk: Desk, database: str, tmp_path: Path) -> None:
    done, waiting = (desk.order(make_take(tmp_path / f"{n}.wav", 0.2, seed=n)) for n in (1, 2))
    farm.submit(done)
    run(database, "CREATE TABLE public.copy AS SELECT * FROM procrastinate_jobs")
    part = desk.new_part(done.key)
    part.write_bytes(b"answer")
    desk.answered(done.key, done.lease, part)
    farm.sweep()
    run(database, "INSERT INTO procrastinate_jobs SELECT * FROM public.copy")
    submit_unknown(farm, desk)
    farm.sweep()
    assert farm.known([done.key, waiting.key]) == {waiting.key}


def test_what_waits_when_a_server_starts_comes_before_what_comes_later(
    farm: ProcrastinateFarm, desk: Desk, database: str, tmp_path: Path
) -> None:
    """The fair shares of the new server begin at 0, those of the earlier one were far beyond."""
    old = [desk.order(make_take(tmp_path / f"{n}.wav", 0.2, seed=n)) for n in range(3)]
    for number, order in enumerate(old):
        farm.submit(replace(order, priority=-50_000 - 10 * number))
    farm.close()
    with closing(ProcrastinateFarm(queue_database.checked(database), desk, sweep=3600)) as following:
        new = [desk.order(make_take(tmp_path / f"{n}.wav", 0.2, seed=n)) for n in range(3, 5)]
        for number, order in enumerate(new):
            following.submit(replace(order, priority=-10 * number))
    order_of = "SELECT queueing_lock FROM procrastinate_jobs ORDER BY priority DESC, id"
    assert [key for (key,) in rows(database, order_of)] == [order.key for order in (*old, *new)]


@pytest.mark.parametrize("left", ["a worker without a sign of life", "no worker at all"])
def test_takes_of_a_worker_that_is_gone_wait_again(left: str, farm: ProcrastinateFarm, desk: Desk, database: str, tmp_path: Path) -> None:
    order = desk.order(make_take(tmp_path / "a.wav", 0.2))
    farm.submit(order)
    run(database, "INSERT INTO procrastinate_workers(last_heartbeat) VALUES (now() - interval '1 minute')")
    worker = "(SELECT id FROM procrastinate_workers)" if left.startswith("a worker") else "NULL"
    run(database, f"UPDATE procrastinate_jobs SET status = 'doing', worker_id = {worker}")
    farm.sweep()
    assert rows(database) == [(order.key, "todo")]


def test_a_take_that_waits_again_already_is_not_there_twice(farm: ProcrastinateFarm, desk: Desk, database: str, tmp_path: Path) -> None:
    order = desk.order(make_take(tmp_path / "a.wav", 0.2))
    farm.submit(order)
    run(database, "UPDATE procrastinate_jobs SET status = 'doing'")
    farm.submit(order)
    farm.sweep()
    assert rows(database) == [(order.key, "todo")]


def test_a_worker_that_works_keeps_its_take(farm: ProcrastinateFarm, desk: Desk, database: str, tmp_path: Path) -> None:
    order = desk.order(make_take(tmp_path / "a.wav", 0.2))
    farm.submit(order)
    run(database, "INSERT INTO procrastinate_workers DEFAULT VALUES")
    run(database, "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM procrastinate_workers)")
    farm.sweep()
    assert rows(database) == [(order.key, "doing")]


def test_a_take_that_ends_every_worker_fails_at_last(farm: ProcrastinateFarm, desk: Desk, database: str, tmp_path: Path) -> None:
    order = desk.order(make_take(tmp_path / "a.wav", 0.2))
    farm.submit(order)
    for _ in range(LOST):
        assert desk.states() == {"queued": 1}
        run(database, "UPDATE procrastinate_jobs SET status = 'doing'")
        farm.sweep()
    assert desk.states() == {"refused": 1}
    assert "workers" in desk.column("message")[0]
    assert rows(database) == []


def test_a_dead_database_is_unavailable_and_then_there_again(
    farm: ProcrastinateFarm, desk: Desk, database_server: Postgres, tmp_path: Path
) -> None:
    order = desk.order(make_take(tmp_path / "a.wav", 0.2))
    farm.submit(order)
    database_server.kill()
    try:
        with pytest.raises(FarmUnavailable):
            farm.known([order.key])
        with pytest.raises(FarmUnavailable):
            farm.submit(order)
        farm.cancel(order.key)  # the sweep does it later
    finally:
        database_server.start()
    farm.resume()
    assert farm.known([order.key]) == {order.key}


def test_two_houses_cannot_share_a_database(farm: ProcrastinateFarm, desk: Desk, database: str, tmp_path: Path) -> None:
    """Each would remove what the other has submitted."""
    order = desk.order(make_take(tmp_path / "a.wav", 0.2))
    farm.submit(order)
    other = farm_on(database)(Desk(tmp_path / "other"), tmp_path)
    with pytest.raises(FarmUnavailable, match="another house"):
        other.submit(order)
    other.close()
    assert farm.known([order.key]) == {order.key}
    farm.close()
    other = farm_on(database)(desk, tmp_path)
    assert other.known([order.key]) == {order.key}
    other.close()


def test_tables_of_another_release_are_replaced(farm: ProcrastinateFarm, database: str) -> None:
    run(database, f"CREATE SCHEMA {queue_database.PREFIX}0123456789ab")
    farm.close()
    queue_database.make_tables(database)
    found = rows(database, f"SELECT nspname FROM pg_namespace WHERE nspname LIKE '{queue_database.PREFIX}%'")
    assert found == [(queue_database.schema(),)]


@pytest.mark.parametrize("address", ["", "nonsense", "postgresql://user:secret@host", "postgresql://user:secret word@host/a", "host=a port="])
def test_a_malformed_address_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(ConfigError) as refused:
        farm_on(address)
    assert "secret" not in str(refused.value)
    assert "postgresql://" in str(refused.value.hint)

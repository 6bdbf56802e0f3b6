"""What a worker says when something is missing, and what it does then."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

import takevoice_plugins.farm.routes as routes
from farm.desk import TOKEN, Desk, application, serving
from farm.workers import worker
from postgres import Postgres
from support import Cli, Command, make_take, wait_for
from takevoice_plugins.farm.queue import ProcrastinateFarm

HERE = "http://127.0.0.1:9"  # a port on which nothing listens


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--house", HERE, "--key", "k"], "there is no database"),
        (["--house", HERE, "--database", "dbname=a"], "there is no key"),
        (["--house", "http://10.0.0.1:9872", "--key", "k", "--database", "dbname=a"], "not encrypted"),
        (["--house", "house", "--key", "k", "--database", "dbname=a"], "not the address of a house"),
        (["--house", HERE, "--key", "k", "--database", "postgresql://u:secret@h"], "the address of the database"),
        (["--house", HERE, "--key", "k", "--database", "dbname=a", "--slots", "0"], "--slots 0"),
        (["--house", "https://a#sha256=ab", "--key", "k", "--database", "dbname=a"], "not the address of a house"),
        (["--house", HERE, "--key", "two words", "--database", "dbname=a"], "characters that no key has"),
    ],
)
def test_what_is_missing_or_wrong_is_said_in_one_line(command: Command, words: list[str], said: str) -> None:
    done = command("worker", *words, check=2)
    assert said in done.stderr
    assert "secret" not in done.stderr


@pytest.mark.parametrize("words", [["worker", "--house", HERE], ["serve", "--house", "--database", "dbname=a"]])
def test_what_is_not_installed_is_named(command: Command, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "procrastinate", None)
    assert 'pip install ".[farm]"' in command(*words, check=2).stderr


@pytest.mark.process
def test_a_house_without_workers_loads_no_client_of_a_database() -> None:
    code = "import sys, takevoice_plugins.house.command; print({'procrastinate', 'psycopg'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_the_check_names_everything_that_is_missing(command: Command) -> None:
    done = command("worker", "--house", HERE, "--key", "k", "--database", "host=/nowhere dbname=queue", "--check", check=1)
    lines = {line.split()[1]: line for line in done.stdout.splitlines()}
    assert lines["house"].startswith("problem") and "cannot be reached" in lines["house"]
    assert lines["database"].startswith("problem") and "queue on /nowhere" in lines["database"]
    assert lines["engine"].startswith("ok") and "times real time" in lines["engine"]


@pytest.mark.process
def test_the_check_finds_all_well(
    command: Command, farm: ProcrastinateFarm, desk: Desk, database: str, database_server: Postgres
) -> None:
    farm.known(["a"])
    with serving(application(farm)) as url:
        words = ["worker", "--house", url, "--database", database_server.database(), "--check", "--key", TOKEN]
        assert "has no queue: start `takevoice serve --house`" in command(*words, check=1).stdout
        words = ["worker", "--house", url, "--database", database, "--check"]
        done = command(*words, "--key", TOKEN)
        assert "knows this worker as studio" in done.stdout
        assert farm.roster.workers() == []
        done = command(*words, "--key", "another", check=1)
        assert "does not know the key" in done.stdout


@pytest.mark.process
def test_a_worker_whose_key_is_revoked_stops(cli: Cli, farm: ProcrastinateFarm, desk: Desk, database: str, tmp_path: Path) -> None:
    with serving(application(farm)) as url, worker(cli, url, database) as running:
        wait_for(lambda: farm.roster.workers())
        desk.tokens.clear()
        farm.submit(desk.order(make_take(tmp_path / "take.wav", 1.0)))
        assert running.process.wait(60) == 2
        assert "does not know this worker's key" in running.log()
        assert "Traceback" not in running.log()
    assert len(farm.known(desk.column("key"))) == 1


@pytest.mark.process
def test_a_worker_of_another_version_takes_nothing(
    cli: Cli, farm: ProcrastinateFarm, desk: Desk, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    farm.submit(desk.order(make_take(tmp_path / "take.wav", 1.0)))
    monkeypatch.setattr(routes, "BUILD", "99.0")
    with serving(application(farm)) as url, worker(cli, url, database) as running:
        wait_for(lambda: "the house 99.0" in running.log())
        wait_for(lambda: farm.roster.workers()[0]["state"].endswith("the house has 99.0"))
        assert desk.states() == {"queued": 1}
        monkeypatch.undo()
        wait_for(lambda: desk.states() == {"done": 1})
        monkeypatch.setattr(routes, "BUILD", "99.1")
        wait_for(lambda: farm.roster.workers()[0]["state"].endswith("the house has 99.1"))
        farm.submit(desk.order(make_take(tmp_path / "another.wav", 1.0, seed=1)))
        assert desk.states() == {"done": 1, "queued": 1}
        assert "ended by itself" not in running.log() and "cannot be used" not in running.log()
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(30) == 0


@pytest.mark.process
def test_routes_open_nothing_without_key_and_lease(farm: ProcrastinateFarm, desk: Desk, tmp_path: Path) -> None:
    import httpx

    order = desk.order(make_take(tmp_path / "take.wav", 0.2))
    take, answer = f"/farm/v1/takes/{order.key}", f"/farm/v1/answers/{order.key}"
    key, lease = {"Authorization": f"Bearer {TOKEN}"}, {"takevoice-lease": order.lease}
    with serving(application(farm)) as url, httpx.Client(base_url=url) as client:
        assert client.get(take, headers=lease).status_code == 401
        assert client.get(take, headers=lease | {"Authorization": f"Basic {TOKEN}"}).status_code == 401
        assert client.get(take, headers=key | {"takevoice-lease": "another"}).status_code == 409
        assert client.get(f"/farm/v1/takes/{'a' * 64}", headers=key | lease).status_code == 409
        assert client.get("/farm/v1/takes/..%2Forders.sqlite3", headers=key | lease).status_code in (404, 422)
        assert client.get(take, headers=key | lease).content == (desk.folder / "takes" / order.key).read_bytes()
        assert client.put(answer, headers=key | {"takevoice-lease": "another"}, content=b"x").status_code == 409
        assert client.put(answer, headers=key | lease, content=b"first").status_code == 204
        assert client.put(answer, headers=key | lease, content=b"second").status_code == 409
        assert client.post("/farm/v1/workers", headers=key, json={"worker": "w"}).status_code == 422
    assert desk.answer(order.key) == b"first"
    assert not list((desk.folder / "parts").iterdir())

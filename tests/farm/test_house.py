"""A house with its database and workers, all as processes, as the page about the farm sets it up."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psycopg
import pytest

from farm.workers import worker
from plugins.house.conftest import account as account
from plugins.house.houses import HouseProcess
from plugins.house.paid_account import REAL_KEY, PaidAccount
from postgres import Postgres
from support import Cli, make_take, wait_for
from takevoice import ConversionRequest, Take
from takevoice_plugins.elevenlabs.pinned import pinned_context
from takevoice_plugins.farm import database as queue_database
from takevoice_plugins.house.certificate import own_certificate
from takevoice_plugins.server.engine import LocalEngine

pytestmark = pytest.mark.process


@pytest.fixture
def house(tmp_path: Path, database_server: Postgres) -> Iterator[HouseProcess]:
    """A house's server, encrypted, with a database for its workers."""
    home = tmp_path / "server"
    home.mkdir()
    server = HouseProcess(home, None, words=("--tls", "--database", database_server.database()))
    server.start()
    yield server
    server.close()


def converted(house: HouseProcess, key: str, take: Path, voice: str = "george") -> bytes:
    """Convert a take as any program would that trusts the house's certificate."""
    answer = httpx.post(
        f"{house.url}/v1/speech-to-speech/{voice}",
        params={"output_format": "pcm_48000"},
        headers={"xi-api-key": key},
        files={"audio": take.read_bytes()},
        timeout=120,
        verify=pinned_context(own_certificate(house.cli.state / "house").path),
    )
    assert answer.status_code == 200, answer.text
    return answer.content


def test_a_house_with_a_worker(house: HouseProcess, cli: Cli, tmp_path: Path) -> None:
    line = next(line for line in house.said if "takevoice worker" in line)
    url, database = re.search(r"--house (\S+) ", line)[1], house.words[-1]  # type: ignore[index]
    assert "#sha256=" in url
    person, machine = (house.cli("house", "add", *words).stdout.strip() for words in (["anna"], ["studio", "--worker"]))
    take = make_take(tmp_path / "take.wav", 2.0, subtype="FLOAT")
    checked = cli("worker", "--house", url, "--key", machine, "--database", database, "--check")
    assert "knows this worker as studio" in checked.stdout

    def listed() -> list[dict[str, object]]:
        return json.loads(house.cli("house", "workers", "--json").stdout)  # type: ignore[no-any-return]

    with worker(cli, url, database, key=machine) as running:
        wait_for(listed)  # a house without a worker takes nothing in
        answer = converted(house, person, take)
        request = ConversionRequest(voice_id="george", output_format="pcm_48000", model_id="eleven_english_sts_v2")
        assert answer == b"".join(LocalEngine().convert(request, Take(take, 96_000, 48_000, 1, "WAV", "FLOAT")))

        wait_for(lambda: any(each["done"] == 1 for each in listed()))
        assert "studio" in house.cli("house", "workers").stdout
        assert "Traceback" not in running.log()
    wrong = url[:-4] + "0000"
    checked = cli("worker", "--house", wrong, "--key", machine, "--database", database, "--check", check=1)
    assert "another certificate" in checked.stdout


def test_an_order_in_the_database_has_no_key(tmp_path: Path, database: str, account: PaidAccount) -> None:
    """While no worker is there yet, all of it can be read."""
    house = HouseProcess(tmp_path, account, 'free = ["local"]\n', words=("--database", database))
    try:
        house.start()
        anna, machine = (house.cli("house", "add", *words).stdout.strip() for words in (["anna"], ["studio", "--worker"]))
        request = threading.Thread(target=lambda: _sent(house, anna, make_take(tmp_path / "take.wav", 1.0)), daemon=True)
        request.start()
        found = wait_for(lambda: _text_of(database))
        assert "george" in found
        for secret in (REAL_KEY, anna, machine):
            assert secret not in found
        assert anna not in (house.cli.home / "house.log").read_text()
    finally:
        house.close()


def _sent(house: HouseProcess, key: str, take: Path) -> None:
    with suppress(httpx.HTTPError):
        httpx.post(f"{house.url}/v1/speech-to-speech/local-george", headers={"xi-api-key": key}, files={"audio": take.read_bytes()}, timeout=60)


def _text_of(database: str) -> str:
    """Return all jobs of the queue as text; "" while there are none."""
    with psycopg.connect(database, autocommit=True) as connection:
        try:
            queue_database.use_tables(connection)
            rows = connection.execute("SELECT jobs::text FROM procrastinate_jobs AS jobs").fetchall()
        except psycopg.Error:
            return ""
    return "\n".join(text for (text,) in rows)

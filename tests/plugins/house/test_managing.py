"""`takevoice house ...` as the house's owner uses it."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from pathlib import Path

import httpx
import pytest

from plugins.house.conftest import line
from plugins.house.houses import running_house
from plugins.house.paid_account import PaidAccount
from support import Cli, Command, wait_for
from takevoice.errors import ConfigError
from takevoice_plugins.house.caps import today
from takevoice_plugins.house.database import Database
from takevoice_plugins.house.keeping import LEDGER, house_folder
from takevoice_plugins.house.keys import Keys
from takevoice_plugins.house.overview import Overview


def test_people_come_and_go(command: Command) -> None:
    secret = command("house", "add", "anna", "--project", "dune", "--cap", 20_000).stdout.strip()
    assert secret.startswith("tvh_")
    assert len(secret) > 40
    assert "anna  person  dune         0  20,000  in use" in command("house", "list").stdout
    assert "anna has a key already" in command("house", "add", "anna", check=2).stderr
    assert "cannot be a name" in command("house", "add", "a b", check=2).stderr
    command("house", "revoke", "anna")
    assert "revoked" in command("house", "list").stdout
    assert "anna has no key in use" in command("house", "revoke", "anna", check=2).stderr
    other = command("house", "add", "anna").stdout.strip()
    assert other != secret
    stored = b"".join(path.read_bytes() for path in command.state.rglob("*") if path.is_file())
    assert secret.encode() not in stored
    assert other.encode() not in stored


def test_a_name_is_a_person_however_it_is_written(command: Command) -> None:
    """Else a new key would be a new cap, and a key that leaked would stay."""
    first = command("house", "add", "Jürg", "--cap", 100).stdout.strip()
    assert "Jürg has a key already" in command("house", "add", "JÜRG", check=2).stderr
    assert "Jürg has a key already" in command("house", "add", unicodedata.normalize("NFD", "jürg"), check=2).stderr
    said = command("house", "change", "jürg", "--cap", 50).stdout
    assert said == "Jürg: no project, up to 50 credits a day; the key stays the same\n"
    assert "50 in use" in " ".join(command("house", "list").stdout.split())
    command("house", "revoke", "JÜRG")
    database = Database(command.state / "house" / "house.sqlite3")
    found = Keys(database).find(first)
    database.close()
    assert found is not None and found.revoked is not None
    command("house", "add", "JÜRG")
    assert command("house", "list").stdout.count("Jürg") == 2


def test_a_decision_that_comes_while_another_is_acted_on_is_not_forgotten(tmp_path: Path) -> None:
    database = Database(tmp_path / "house.sqlite3")
    overview, content = Overview(database), "a" * 64
    with database.write() as db:
        db.execute(
            "INSERT INTO requests(content, lane, state, key, project, parameters, streaming, urgent, seconds, credits, sample_rate, frames, created)"
            " VALUES (?, 'paid', 'held', 1, '', '{}', 0, 0, 1, 17, 16000, 16000, 0)", (content,),
        )  # fmt: skip
    overview.decide("aaa", "release")
    [(number, _, verb)] = overview.decisions()
    overview.decide("aaa", "drop")
    overview.forget_decision(number)
    assert (verb, [(content, verb) for _, content, verb in overview.decisions()]) == ("release", [(content, "drop")])
    database.close()


@pytest.mark.parametrize("start", ["", "b", "bb"])
def test_an_id_that_is_cut_off_decides_nothing(tmp_path: Path, start: str) -> None:
    """`takevoice house release "$ID"` in a script, without an ID, while one request happens to be held."""
    database = Database(tmp_path / "house.sqlite3")
    with database.write() as db:
        held = ("b" * 64, "paid", "held", 1, "", "{}", 0, 0, 1.0, 17, 1, 1, 0.0)
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute(
            "INSERT INTO requests(content, lane, state, key, project, parameters, streaming, urgent, seconds, credits, sample_rate, frames,"
            f" created) VALUES ({', '.join('?' * len(held))})",
            held,
        )
    overview = Overview(database)
    with pytest.raises(ConfigError, match="is no id"):
        overview.decide(start, "release")
    assert overview.decisions() == []
    assert overview.decide("bbb", "release") == "b" * 64
    database.close()


def test_a_cap_is_changed_without_a_new_key(command: Command) -> None:
    folder = command.state / "house"
    folder.mkdir(parents=True)
    (folder / "house.toml").write_text("projects = { dune = 20000 }\n", "utf-8")
    assert "the project is dune in house.toml" in command("house", "add", "anna", "--project", "Dune", check=2).stderr
    command("house", "add", "anna", "--project", "dune", "--cap", 100)
    assert "--project dune" in command("house", "change", "anna", "--project", "DUNE", check=2).stderr
    command("house", "change", "anna", "--cap", 20_000)
    assert "anna  person  dune         0  20,000  in use" in command("house", "list").stdout
    command("house", "change", "anna", "--cap", "none", "--project", "")
    assert "anna  person  -            0    -  in use" in command("house", "list").stdout
    for words, said in ((("anna",), "nothing to change"), (("bob", "--cap", 5), "bob has no key in use"), (("anna", "--cap", "5k"), "--cap must be"), (("anna", "--cap", "nan"), "--cap must be"), (("anna", "--project", "a b"), "cannot be a project")):
        assert said in command("house", "change", *words, check=2).stderr


def test_a_backup_is_a_whole_ledger_and_overwrites_nothing(command: Command, tmp_path: Path) -> None:
    secret = command("house", "add", "anna").stdout.strip()
    target = tmp_path / "Backups" / "h.sqlite3"
    assert "house-" in command("house", "backup", target.parent).stdout
    command("house", "backup", target)
    assert "exists already" in command("house", "backup", target, check=1).stderr
    copy = Database(target)
    found = Keys(copy).find(secret)
    copy.close()
    assert found is not None and found.name == "anna"
    assert [path.suffix for path in target.parent.iterdir()] == [".sqlite3", ".sqlite3"]


def test_wrong_words_are_one_line(command: Command) -> None:
    command("house", "add", "anna")
    for words, said in (
        (("release", "abc"), "no held request begins with 'abc'"),
        (("costs", "--since", "monday"), "is not a day"),
        (("add", "bob", "--cap", -1), "--cap must be"),
    ):
        done = command("house", *words, check=2)
        assert said in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_house_that_paid_before_never_converts_with_another_engine_in_silence(command: Command) -> None:
    command("house", "add", "anna")
    database = Database(command.state / "house" / "house.sqlite3")
    with database.write() as db:
        db.execute("INSERT INTO charges(content, key, project, day, credits, billed, voice) VALUES ('c', 1, '', '2026-01-01', 17, 1, 'v1')")
    database.close()
    assert "no key: set ELEVENLABS_API_KEY" in command("serve", "--house", "--port", 0, check=2, ELEVENLABS_API_KEY="").stderr


@pytest.mark.service
def test_a_command_beside_the_server_removes_nothing_that_it_has_written(cli: Cli) -> None:
    """The server has two connections. A command that took itself for the only user would remove the file where the newest is."""
    ledger = house_folder(cli.state) / LEDGER
    database = Database(ledger)
    Keys(database).add("anna")
    reading = database.another()
    for name in ("bob", "carla"):
        assert "anna" in cli("house", "list").stdout
        Keys(database).add(name)
        assert name in cli("house", "list").stdout, "what the server writes is seen"
    assert len(Keys(reading).all()) == 3
    reading.close()
    database.close()


@pytest.mark.service
def test_costs_and_what_waits_are_shown(command: Command, account: PaidAccount, tmp_path: Path) -> None:
    with running_house(command.state, account) as house:
        anna, bob = house.keys.add("anna", project="dune"), house.keys.add("bob")
        for key, number in ((anna, 1), (anna, 2), (bob, 1), (bob, 3)):
            assert house.convert(key, line(number)).status_code == 200
        account.cut = 1
        url = "v1?output_format=pcm_16000&enable_logging=false"
        post = httpx.post(
            f"{house.url}/v1/speech-to-speech/{url}", headers={"xi-api-key": bob}, files={"audio": line(4)}, timeout=20
        )
        assert post.status_code == 409
        rows = list(csv.reader(io.StringIO(command("house", "costs", "--csv").stdout)))
        assert rows == [["person", "credits", "reserved", "requests"], ["anna", "34", "0", "2"], ["bob", "17", "17", "1"]]
        assert "dune" in command("house", "costs", "--by", "project").stdout
        since = [command("house", "costs", "--csv", "--since", day).stdout.count("anna") for day in (today(), "2999-01-01")]
        assert since == [1, 0]
        [held] = json.loads(command("house", "queue", "--json").stdout)
        assert (held["state"], held["person"], held["seconds"]) == ("held", "bob", 1.0)
        assert "1 held" in command("house").stdout
        assert "4 answers made" not in command("house").stdout
        assert "sent again, for 17 credits or so, by the running server" in command("house", "release", held["id"]).stdout
        wait_for(lambda: json.loads(command("house", "queue", "--json").stdout) == [])
        assert "3 answers made, 1 given again" in command("house").stdout

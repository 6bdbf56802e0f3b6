"""A house at another address than before: encrypted or not, with another certificate. Stations and `join` say what it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins.house.houses import HouseProcess, running_house
from plugins.house.paid_account import PaidAccount
from plugins.house.test_stations import own_environment, station
from support import make_take
from takevoice_plugins.house.certificate import CERTIFICATE, KEY
from takevoice_plugins.house.keys import Keys

__all__ = ["own_environment"]


@pytest.fixture
def process(tmp_path: Path, account: PaidAccount) -> Iterator[HouseProcess]:
    house = HouseProcess(tmp_path / "house", account, words=("--tls",))
    house.start()
    yield house
    house.close()


@pytest.mark.service
def test_help_says_where_the_key_goes_without_a_keyring(tmp_path: Path) -> None:
    said = station(tmp_path / "anna", "")("join", "--help").stdout
    assert "TAKEVOICE_HOUSE_KEY" in said
    assert "ELEVENLABS_API_KEY" not in said


@pytest.mark.service
def test_a_house_that_is_not_encrypted_is_said(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path / "house", account) as house:
        said = station(tmp_path / "anna", "")("join", house.url.replace("http:", "https:") + "#sha256=" + "a" * 64, "any", check=2).stderr
    assert "does not answer encrypted" in said
    assert "is at http:// unless it was started with --tls" in said


@pytest.mark.process
def test_a_renewed_certificate_is_named_and_joined(tmp_path: Path, account: PaidAccount, process: HouseProcess) -> None:
    key = Keys(process.database).add("anna")
    command, take = station(tmp_path / "anna", key), make_take(tmp_path / "take.wav")
    line = process.said[-1].split()[-2]
    plain = command("join", line.partition("#")[0].replace("https:", "http:"), key, check=None)
    assert plain.returncode in (1, 2)
    assert "answers encrypted only: its address begins with https://" in plain.stderr
    assert "billed" not in plain.stderr
    before = sorted(command.config_dir.iterdir())
    assert "does not know this key" in command("join", line, "tvh_wrong", check=1).stderr
    assert sorted(command.config_dir.iterdir()) == before, "nothing is changed"
    command("join", line, key)

    process.kill()
    for name in (CERTIFICATE, KEY):
        (process.cli.state / "house" / name).rename(tmp_path / name)
    process.start()
    renewed = process.said[-1].split()[-2]
    assert renewed != line
    said = command("convert", take, check=1).stderr
    assert f"has another certificate (sha256={renewed.partition('=')[2]}) than the one that was joined" in said
    assert "run `takevoice join` with the new line" in said
    assert "has another certificate than the address says" in command("join", line, key, check=2).stderr
    assert not account.history
    command("join", renewed, key)
    command("convert", take)
    assert len(account.history) == 1

"""What must not be read or used by others: the real key, the keys of the house, its files; and one house a folder."""

from __future__ import annotations

import logging
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from account import Refusal
from plugins.house.conftest import line
from plugins.house.houses import HouseProcess, running_house
from plugins.house.paid_account import REAL_KEY, PaidAccount
from support import Cli, Command, wait_for
from takevoice.process_lock import ProcessLock
from takevoice_plugins.house.certificate import own_certificate
from takevoice_plugins.house.command import certificate_for
from takevoice_plugins.house.options import OPTIONS, HouseOptions, read_options

pytestmark = pytest.mark.service


@pytest.mark.parametrize(("status", "code"), [(400, "invalid_audio"), (401, "invalid_api_key"), (422, "unprocessable"), (429, "too_many_concurrent_requests")])
def test_a_service_that_repeats_the_real_key_does_not_give_it_away(
    tmp_path: Path, account: PaidAccount, caplog: pytest.LogCaptureFixture, status: int, code: str
) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, "takevoice")
    account.refusal, account.echoes, account.lookup_refusal = Refusal(status, code), True, Refusal(400, "nothing_here")
    with running_house(tmp_path, account) as house, ThreadPoolExecutor(1) as threads:
        anna, admin = house.keys.add("anna"), house.keys.add("ada", kind="admin")
        asked = threads.submit(house.convert, anna, line(1))
        wait_for(lambda: account.refused)
        said = [httpx.get(house.url + path, headers={"xi-api-key": admin}) for path in ("/v2/voices", "/house/v1/queue", "/house/v1/overview")]
        account.refusal = None
        said.append(asked.result())
    assert account.keys[0] == REAL_KEY
    assert REAL_KEY not in "".join(answer.text + str(answer.headers) for answer in said)
    assert REAL_KEY not in caplog.text
    assert anna not in caplog.text
    assert REAL_KEY.encode() not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_what_was_accepted_with_a_key_that_is_revoked_is_finished(tmp_path: Path, account: PaidAccount) -> None:
    account.slots, account.seconds = 1, (0.3, 0.3)
    with running_house(tmp_path, account, HouseOptions(slots=1)) as house, ThreadPoolExecutor(3) as threads:
        anna = house.keys.add("anna", cap=60)
        asked = [threads.submit(house.convert, anna, line(number)) for number in range(3)]
        wait_for(lambda: len(house.overview.queue()) == 3)
        house.keys.revoke("anna")
        assert house.convert(anna, line(9)).json()["detail"]["code"] == "key_revoked"
        assert [each.result().status_code for each in asked] == [200] * 3
        again = house.keys.add("anna", cap=60)
        assert house.overview.used_today() == {"anna": sum(each.credits for each in account.history)}
        assert house.convert(again, line(1)).headers["takevoice-answer"] == "kept"
        assert house.convert(again, line(9)).status_code == 402, "what the old key has used counts"


def test_a_key_that_is_revoked_opens_nothing(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account) as house:
        keys = {kind: house.keys.add(kind, kind=kind) for kind in ("person", "admin", "worker")}
        office = house.house.office
        assert [office.worker_of(keys[kind]) for kind in keys] == [None, None, "worker"]
        paths = ("/v2/voices", "/v1/user/subscription", "/house/v1/me", "/house/v1/overview", "/house/v1/costs", "/house/v1/state", "/house/v1/queue")
        for path in paths:
            assert httpx.get(house.url + path, headers={"xi-api-key": keys["admin"]}).status_code == 200
            assert httpx.get(house.url + path, headers={"xi-api-key": keys["worker"]}).status_code == 401
        for kind in keys:
            house.keys.revoke(kind)
        assert office.worker_of(keys["worker"]) is None
        for path in paths:
            assert httpx.get(house.url + path, headers={"xi-api-key": keys["admin"]}).status_code == 403


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_only_the_servers_user_can_read_what_it_keeps(command: Command, account: PaidAccount, tmp_path: Path) -> None:
    folder = command.state / "house"
    with running_house(command.state, account) as house:
        assert house.convert(house.keys.add("anna"), line(1)).status_code == 200
    read_options(folder / OPTIONS)
    own_certificate(folder)
    command("house", "backup", tmp_path / "copy.sqlite3")
    for path in (tmp_path / "copy.sqlite3", folder / OPTIONS, folder / "certificate-key.pem", *folder.glob("house.sqlite3*")):
        assert path.stat().st_mode & 0o077 == 0, path
    for path in (folder, *(path for path in folder.iterdir() if path.is_dir())):
        assert path.stat().st_mode & 0o077 == 0, path


def test_what_other_machines_can_reach_is_encrypted(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.7", "house"):
        assert certificate_for(host, tmp_path, tls=False) is not None
    for host in ("127.0.0.1", "::1", "localhost"):
        assert certificate_for(host, tmp_path, tls=False) is None
        assert certificate_for(host, tmp_path, tls=True) is not None


@pytest.mark.process
def test_a_second_house_with_the_same_state_dir_does_not_start(cli: Cli) -> None:
    """Each would take up what the other has sent, and pay again."""
    folder = cli.state / "house"
    folder.mkdir(parents=True)
    lock = ProcessLock(folder / "house.lock")
    words = [*cli.command, "serve", "--house", "--port", "0"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env={**os.environ, **cli.env, "ELEVENLABS_API_KEY": ""}, cwd=cli.home)
    lock.release()
    assert done.returncode == 2
    assert "another `takevoice serve --house` is running with this state dir" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.process
def test_a_running_house_keeps_others_out(tmp_path: Path, account: PaidAccount) -> None:
    house = HouseProcess(tmp_path, account)
    try:
        house.start()
        assert "the administrator's key, shown only now: tvh_" in "".join(house.said)
        env = {"ELEVENLABS_API_KEY": REAL_KEY}
        assert "is running with this state dir" in house.cli("serve", "--house", "--port", 0, check=2, **env).stderr
        house.kill()
        house.start()  # a kill leaves no lock
        assert "tvh_" not in "".join(house.said)
    finally:
        house.close()

"""A full disk of the house: nothing is paid for without room for its answer, and stations are told to come back."""

from __future__ import annotations

import logging
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from plugins.house.conftest import line
from plugins.house.houses import FORMAT, VOICE, HouseProcess, RunningHouse, running_house
from plugins.house.paid_account import PaidAccount
from support import Command, wait_for
from takevoice_plugins.house.disk import SPARE, Disk
from takevoice_plugins.house.keys import Keys
from takevoice_plugins.server.problems import Problem

pytestmark = pytest.mark.service


class Room:
    """What the system says is free on the disk."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = 10**12
        monkeypatch.setattr("shutil.disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 0, self.free))


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    return Room(monkeypatch)


def refused(house: RunningHouse, key: str, number: int) -> None:
    answer = house.convert(key, line(number))
    assert (answer.status_code, answer.json()["detail"]["code"]) == (503, "no_room")
    assert answer.headers["retry-after"] == "30"


def test_nothing_is_taken_in_and_the_owner_sees_why(
    tmp_path: Path, account: PaidAccount, room: Room, command: Command, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "takevoice.house")
    with running_house(command.state, account) as house:
        anna, admin = house.keys.add("anna"), house.keys.add("ada", kind="admin")
        room.free = 20_000_000
        refused(house, anna, 1)
        refused(house, anna, 2)
        assert not account.history
        assert house.overview.used_today() == {}
        assert "its disk is full (" in command("house").stdout
        for path in ("overview", "state"):
            state = httpx.get(f"{house.url}/house/v1/{path}", headers={"xi-api-key": admin}).json()
            assert state["closed"].startswith("The house's disk is full: its owner has to free some space")
        room.free = 10**12
        assert house.convert(anna, line(1)).status_code == 200
        assert len(account.history) == 1
    said = [record.message for record in caplog.records if "disk" in record.message]
    assert len(said) == 2, "once when it is full, and once when there is room"
    assert "Free some space" in said[0]
    assert "room again" in said[1]


def test_what_waits_is_not_sent_before_there_is_room_for_its_answer(
    tmp_path: Path, account: PaidAccount, room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    account.slots, account.seconds = 1, (0.8, 0.8)
    with running_house(tmp_path, account) as house:
        anna = house.keys.add("anna")
        with ThreadPoolExecutor(3) as threads:
            answers = [threads.submit(house.convert, anna, line(number)) for number in range(3)]
            wait_for(lambda: len(house.overview.queue()) == 3)
            room.free = 1000
            wait_for(lambda: "is full" in caplog.text)
            wait_for(lambda: [row["state"] for row in house.overview.queue()] == ["queued"] * 2)
            time.sleep(0.5)
            assert [row["state"] for row in house.overview.queue()] == ["queued"] * 2
            assert len(account.history) == 1
            room.free = 10**12
            assert [answer.result().status_code for answer in answers] == [200] * 3
        assert len(account.history) == 3
        assert not account.billed_twice


def test_room_that_is_promised_to_one_is_not_promised_to_another(tmp_path: Path, room: Room) -> None:
    disk, room.free = Disk(tmp_path), SPARE + 150
    with disk.promise(100):
        with pytest.raises(Problem) as refused, disk.promise(100):
            pass
        assert refused.value.code == "no_room"
        with disk.promise(50):
            pass
    with disk.promise(150):
        pass


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 60 MB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", place]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small file system")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.process
@pytest.mark.parametrize("paid", [True, False])
def test_a_disk_without_a_byte_left_is_no_fault_of_takevoice(small_disk: Path, account: PaidAccount, paid: bool) -> None:
    house = HouseProcess(small_disk, account if paid else None)
    log = house.cli.home / "house.log"
    voice = VOICE if paid else "george"

    def convert(number: int) -> httpx.Response:
        return httpx.post(
            f"{house.url}/v1/speech-to-speech/{voice}", params={"output_format": FORMAT}, headers={"xi-api-key": anna},
            files={"audio": line(number)}, timeout=60,
        )  # fmt: skip

    try:
        anna = Keys(house.database).add("anna")
        house.start()
        assert convert(1).status_code == 200
        rest = small_disk / "somebody's films"
        with rest.open("wb") as file:
            try:
                while file.write(bytes(1 << 16)):
                    file.flush()
            except OSError:
                pass
        for number in (1, 2, 2):
            answer = convert(number)
            assert (answer.status_code, answer.json()["detail"]["code"]) == (503, "no_room"), log.read_text()
        assert len(account.history) == paid
        rest.unlink()
        assert convert(2).status_code == 200
        assert len(account.history) == 2 * paid
        assert "Traceback" not in log.read_text()
    finally:
        house.close()

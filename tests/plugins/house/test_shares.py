"""Who gets the answers that the house keeps, and whose turn it is."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from plugins.house.conftest import line
from plugins.house.houses import VOICE, RunningHouse, running_house
from plugins.house.paid_account import PaidAccount
from support import wait_for
from takevoice_plugins.house.fair import FairQueue
from takevoice_plugins.house.options import HouseOptions
from takevoice_plugins.server.limits import Limits


@pytest.mark.service
@pytest.mark.parametrize(
    ("share", "given"),
    [("house", "made kept kept kept"), ("project", "made kept made made"), ("key", "made made made made")],
)
def test_kept_answers_are_given_to_those_who_share_them(tmp_path: Path, account: PaidAccount, share: str, given: str) -> None:
    with running_house(tmp_path, account, HouseOptions(share=share)) as house:
        keys = [house.keys.add(name, project=project) for name, project in (("anna", "dune"), ("bob", "dune"), ("eve", "arrakis"), ("zoe", ""))]
        assert " ".join(house.convert(key, line(1)).headers["takevoice-answer"] for key in keys) == given
        assert len(account.history) == given.count("made")
        assert [house.convert(key, line(1)).headers["takevoice-answer"] for key in keys] == ["kept"] * 4, "each has its own again"


@pytest.mark.service
def test_an_answer_under_way_is_joined_only_by_those_who_share_it(tmp_path: Path, account: PaidAccount) -> None:
    account.seconds = (0.4, 0.4)
    with running_house(tmp_path, account, HouseOptions(share="project")) as house, ThreadPoolExecutor(3) as threads:
        keys = [house.keys.add(name, project=project) for name, project in (("anna", "dune"), ("bob", "dune"), ("eve", "arrakis"))]
        answers = list(threads.map(lambda key: house.convert(key, line(1)).headers["takevoice-answer"], keys))
        assert sorted(answers[:2]) == ["joined", "made"]
        assert answers[2] == "made"


@pytest.mark.service
def test_an_idempotency_key_is_the_persons_own(tmp_path: Path, account: PaidAccount) -> None:
    """Two programs may count from 1."""
    with running_house(tmp_path, account) as house:
        for number, name in enumerate(("anna", "bob")):
            assert house.convert(house.keys.add(name), line(number), headers={"Idempotency-Key": "1"}).status_code == 200
        fresh = {"takevoice-fresh": "1", "Idempotency-Key": "1"}
        assert house.convert(house.keys.add("eve"), line(0), headers=fresh).headers["takevoice-answer"] == "made"
        assert house.convert(house.keys.add("zoe"), line(0), headers=fresh).headers["takevoice-answer"] == "made", "another wish"


@pytest.mark.service
def test_slow_uploads_of_one_person_leave_room_for_others(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path, account, limits=Limits(connections=100, uploads=8)) as house, ExitStack() as stack:
        anna, bob = house.keys.add("anna"), house.keys.add("bob")
        for number in range(8):
            stack.enter_context(closing(_slow_upload(house, anna)))
            wait_for(lambda least=number + 1: house.house.gate._uploading.total() >= min(least, 4))
        refused = house.convert(anna, line(1))
        assert (refused.status_code, int(refused.headers["retry-after"]) > 0) == (429, True)
        assert house.convert(bob, line(1)).status_code == 200
    assert account.billed_twice == []


def _slow_upload(house: RunningHouse, key: str) -> socket.socket:
    """A request whose body does not come to its end."""
    address = urlsplit(house.url)
    connection = socket.create_connection((address.hostname, address.port), 20)
    part = b'--x\r\nContent-Disposition: form-data; name="audio"; filename="a.wav"\r\n\r\nRIFF'
    head = f"POST /v1/speech-to-speech/{VOICE} HTTP/1.1\r\nHost: house\r\nxi-api-key: {key}\r\nContent-Length: 100000\r\n"
    connection.sendall(f"{head}Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode() + part)
    return connection


@pytest.mark.service
def test_what_is_urgent_goes_first(tmp_path: Path, account: PaidAccount) -> None:
    account.slots, account.seconds = 1, (0.2, 0.2)
    with running_house(tmp_path, account, HouseOptions(slots=1)) as house, ThreadPoolExecutor(8) as threads:
        anna = house.keys.add("anna")
        many = [threads.submit(house.convert, anna, line(number)) for number in range(6)]
        wait_for(lambda: len(house.overview.queue()) == 6)
        assert house.convert(anna, line(100), headers={"takevoice-urgent": "1"}).status_code == 200
        assert _answered(house) <= 3, "it came before most of what waited"
        assert [each.result().status_code for each in many] == [200] * 6


def _answered(house: RunningHouse) -> int:
    return 7 - len(house.overview.queue())


def test_urgent_takes_of_one_person_do_not_come_before_those_of_others() -> None:
    queue = FairQueue[str]()
    for number in range(4):
        queue.push("anna", f"a{number}", 1.0, urgent=True)
        queue.push("bob", f"b{number}", 1.0)
    assert [queue.pop() for _ in range(9)] == ["a0", "b0", "a1", "b1", "a2", "b2", "a3", "b3", None]


def test_long_takes_cost_their_length_and_a_second_turn_nothing() -> None:
    queue = FairQueue[str]()
    for number in range(2):
        queue.push("anna", f"long{number}", 10.0)
    for number in range(12):
        queue.push("bob", f"short{number}", 1.0)
    order = [queue.pop() for _ in range(13)]
    assert order.index("long1") > order.index("short8")
    queue.push("anna", "long1", 10.0, again=True)  # the service had no room
    assert queue.cost_of("anna") == 0
    for number in range(3):
        queue.push("eve", f"new{number}", 10.0)
    assert [queue.pop() for _ in range(3)] == ["new0", "short11", "long1"], "who comes later has no credit for the time before"

"""Takes that people rename, move, copy, delete and render again while a real daemon converts them for money."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.paid import Shop, results
from support import Daemon, make_take, wait_for

pytestmark = pytest.mark.process

STUCK = """
import time
from pathlib import Path
from takevoice import hookimpl

@hookimpl
def restore_audio(job, take, converted):
    while Path({file!r}).exists():
        time.sleep(0.02)
    return None
"""


@pytest.fixture
def stuck(shop: Shop, folder: Path) -> Path:
    """A file that keeps answers that have come from being published."""
    path = folder.parent / "stuck"
    shop.plugin("stuck", STUCK.format(file=str(path)))
    return path


def renamed(take: Path) -> Path:
    return take.rename(take.with_name("renamed.wav"))


def moved(take: Path) -> Path:
    """To another watched folder."""
    return take.rename(take.parents[2] / "other folder" / "moved.wav")


def in_a_renamed_folder(take: Path) -> Path:
    take.parent.rename(take.parent.with_name("renamed folder"))
    return take.parent.with_name("renamed folder") / take.name


def copied_and_deleted(take: Path) -> Path:
    shutil.copyfile(take, take.with_name("copy.wav"))
    take.unlink()
    return take.with_name("copy.wav")


def made_again(take: Path) -> Path:
    data = take.read_bytes()
    take.unlink()
    take.write_bytes(data)
    return take


Way = Callable[[Path], Path]
WAYS = [renamed, moved, in_a_renamed_folder, copied_and_deleted, made_again]


@pytest.fixture
def world(shop: Shop, folder: Path) -> tuple[Shop, list[Path], Path]:
    """The command line, its watched folders, and where the take is rendered: in a subfolder of the first one."""
    other = folder.parent / "other folder"
    (folder / "scene").mkdir()
    other.mkdir()
    return shop, [folder, other], folder / "scene" / "take.wav"


def hold_back(shop: Shop) -> None:
    """Let no answer come to its end."""
    (shop.here / "gate").unlink()


def let_go(shop: Shop) -> None:
    (shop.here / "gate").touch()


def has_one_result(shop: Shop, folders: list[Path], take: Path) -> None:
    """Wait for the result next to the take; there is no other one, and the take was sent once."""
    result = take.with_name(f"{take.stem}.ada.wav")
    wait_for(result.exists)
    wait_for(lambda: not {"queued", "converting", "restoring", "found", "settling"} & set(shop.states().values()))
    assert len(shop.sent) == 1
    assert [path for folder in folders for path in folder.rglob("*.ada*")] == [result]
    assert [job["state"] for job in shop.jobs() if job["state"] not in ("done", "cancelled")] == []


@pytest.mark.parametrize("way", WAYS)
def test_while_it_waits(world: tuple[Shop, list[Path], Path], way: Way) -> None:
    shop, folders, take = world
    hold_back(shop)
    with shop.daemon(*folders):
        first = make_take(folders[0] / "first.wav", 0.3, seed=5)
        wait_for(lambda: shop.sent == ["first.wav"])
        make_take(take, 0.3)
        wait_for(lambda: shop.states().get("take.wav") == "queued")
        now = way(take)
        let_go(shop)
        wait_for(first.with_name("first.ada.wav").exists)
        first.with_name("first.ada.wav").unlink()
        (shop.here / "sent").write_text("\n".join(shop.sent[1:]) + "\n")
        has_one_result(shop, folders, now)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seen", ["before the answer", "after the answer"])
def test_while_it_is_sent(world: tuple[Shop, list[Path], Path], way: Way, seen: str) -> None:
    shop, folders, take = world
    hold_back(shop)
    with shop.daemon(*folders):
        make_take(take, 0.3)
        wait_for(lambda: shop.sent == ["take.wav"])
        jobs = len(shop.jobs())
        now = way(take)
        if seen == "before the answer":
            wait_for(lambda: len(shop.jobs()) > jobs or now.name in shop.states())
        let_go(shop)
        has_one_result(shop, folders, now)


@pytest.mark.parametrize("way", WAYS)
def test_while_its_answer_is_fitted(world: tuple[Shop, list[Path], Path], stuck: Path, way: Way) -> None:
    shop, folders, take = world
    stuck.touch()
    with shop.daemon(*folders):
        make_take(take, 0.3)
        wait_for(lambda: shop.states() == {"take.wav": "restoring"})
        now = way(take)
        stuck.unlink()
        has_one_result(shop, folders, now)


@pytest.mark.parametrize("way", WAYS)
def test_after_it_is_done_and_its_result_was_removed(world: tuple[Shop, list[Path], Path], way: Way) -> None:
    shop, folders, take = world
    with shop.daemon(*folders):
        make_take(take, 0.3)
        wait_for(lambda: shop.states() == {"take.wav": "done"})
        take.with_name("take.ada.wav").unlink()
        now = way(take)
        if way is made_again:
            return  # it is converted already, and a person has removed the result
        has_one_result(shop, folders, now)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("ledger", ["kept", "lost"])
def test_killed_with_the_answer_there(
    world: tuple[Shop, list[Path], Path], stuck: Path, way: Way, ledger: str
) -> None:
    shop, folders, take = world
    stuck.touch()
    with shop.daemon(*folders) as daemon:
        make_take(take, 0.3)
        wait_for(lambda: shop.states() == {"take.wav": "restoring"})
        daemon.kill()
    stuck.unlink()
    if ledger == "lost":
        shop.money("first_look = false")
        for path in shop.state.glob("ledger*"):
            path.unlink()
    now = way(take)
    with shop.daemon(*folders):
        has_one_result(shop, folders, now)


def test_killed_while_it_was_sent_a_renamed_take_is_in_doubt_once(world: tuple[Shop, list[Path], Path]) -> None:
    shop, folders, take = world
    hold_back(shop)
    with shop.daemon(*folders) as daemon:
        make_take(take, 0.3)
        wait_for(lambda: shop.sent == ["take.wav"])
        daemon.kill()
    let_go(shop)
    renamed(take)
    with shop.daemon(*folders):
        wait_for(lambda: shop.states() == {"renamed.wav": "held"})
        assert shop.sent == ["take.wav"]
        (job,) = shop.jobs()
        shop("release", job["id"])
        wait_for(lambda: shop.states() == {"renamed.wav": "done"})
    assert len(shop.sent) == 2  # as the person wanted
    assert results(take.parent) == ["renamed.ada.wav"]


def osc(daemon: Daemon, shop: Shop, *words: object) -> subprocess.Popen[str]:
    """An OSC client that waits for the end of its request."""
    line = [*shop.command, "osc", "--timeout", "30", *map(str, words)]
    return subprocess.Popen(line, env=os.environ | shop.env, cwd=shop.home, stdout=subprocess.PIPE, text=True)


def test_a_request_is_answered_under_the_new_name(world: tuple[Shop, list[Path], Path]) -> None:
    shop, folders, take = world
    hold_back(shop)
    with shop.daemon(*folders, "--osc-port", 0) as daemon:
        make_take(take, 0.3)
        wait_for(lambda: shop.sent == ["take.wav"])
        with osc(daemon, shop, "/takevoice/convert", "id 1", take) as client:
            wait_for(lambda: any(job["path"] == str(take) for job in shop.jobs()))
            now = renamed(take)
            wait_for(lambda: "renamed.wav" in shop.states())
            let_go(shop)
            told = client.communicate(timeout=30)[0]
        assert f"/takevoice/done id 1" in told.replace('"', "")
        has_one_result(shop, folders, now)
    result = json.loads((shop.state / "results" / "id%201.json").read_text())
    assert (result["state"], result["output"]) == ("done", str(now.with_name("renamed.ada.wav")))


def test_a_request_for_a_take_that_was_deleted_is_told_so(world: tuple[Shop, list[Path], Path]) -> None:
    shop, folders, take = world
    hold_back(shop)
    with shop.daemon(*folders, "--osc-port", 0) as daemon:
        make_take(take, 0.3)
        wait_for(lambda: shop.sent == ["take.wav"])
        with osc(daemon, shop, "/takevoice/rendered", "id 1", take) as client:
            wait_for(lambda: (shop.state / "results").exists() or client.poll() is None)
            daemon.says("converting")
            take.unlink()
            let_go(shop)
            told = client.communicate(timeout=30)[0]
        assert "gone" in told
        daemon.says("it was deleted, renamed or moved before it was converted")
    assert shop.states() == {"take.wav": "cancelled"}


def test_a_request_after_the_folder_pays_nothing(world: tuple[Shop, list[Path], Path]) -> None:
    shop, folders, take = world
    with shop.daemon(*folders, "--osc-port", 0):
        make_take(take, 0.3)
        wait_for(lambda: shop.states() == {"take.wav": "done"})
        take.with_name("take.ada.wav").unlink()  # another one is wanted
        told = shop("osc", "--timeout", 30, "/takevoice/convert", "id", take, "level", "off").stdout
    assert str(take.with_name("take.ada.wav")) in told
    assert len(shop.sent) == 1


def test_a_command_beside_the_daemon_waits_for_its_answer(world: tuple[Shop, list[Path], Path]) -> None:
    """Also with settings that need another result of the same answer."""
    shop, folders, take = world
    hold_back(shop)
    with shop.daemon(*folders):
        make_take(take, 0.3)
        wait_for(lambda: shop.sent == ["take.wav"])
        line = [*shop.command, "convert", str(take), "--set", "level=off"]
        with subprocess.Popen(line, env=os.environ | shop.env, cwd=shop.home, stdout=subprocess.PIPE, text=True) as command:
            wait_for(lambda: len(shop.jobs()) == 2)
            wait_for(lambda: [job["state"] for job in shop.jobs()] == ["converting", "queued"])
            let_go(shop)
            told = command.communicate(timeout=30)[0]
        wait_for(lambda: [job["state"] for job in shop.jobs()] == ["done", "done"])
    assert told.strip() in map(str, take.parent.glob("*.ada*"))
    assert len(shop.sent) == 1
    assert len(results(take.parent)) == 2


def test_a_command_that_is_killed_beside_the_daemon_is_looked_after_at_once(world: tuple[Shop, list[Path], Path]) -> None:
    """Its request is in doubt, and the take that the daemon finds is not sent instead."""
    shop, folders, take = world
    hold_back(shop)
    with shop.daemon(*folders):
        outside = make_take(folders[0].parent / "outside.wav", 0.3)
        line = [*shop.command, "convert", str(outside)]
        with subprocess.Popen(line, env=os.environ | shop.env, cwd=shop.home, stdout=subprocess.DEVNULL) as command:
            wait_for(lambda: shop.sent == ["outside.wav"])
            shutil.copyfile(outside, take)
            wait_for(lambda: shop.states().get("take.wav") == "queued")
            command.kill()
        let_go(shop)
        wait_for(lambda: shop.states() == {"outside.wav": "held", "take.wav": "held"})
    assert shop.sent == ["outside.wav"]

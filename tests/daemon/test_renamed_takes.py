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
from support import make_take, wait_for

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
WAYS: list[Way] = [renamed, moved, in_a_renamed_folder, copied_and_deleted, made_again]


@pytest.fixture
def world(shop: Shop, folder: Path) -> tuple[Shop, list[Path], Path]:
    """The command line, its watched folders, and where the take is rendered: in a subfolder of the first one."""
    other = folder.parent / "other folder"
    (folder / "scene").mkdir()
    other.mkdir()
    return shop, [folder, other], folder / "scene" / "take.wav"


class Scenes:
    """A take for each way, in a folder of its own; all are converted at once."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop, self.folders = shop, [folder, folder.parent / "other folder"]
        self.folders[1].mkdir()
        self.config("first_look = false")
        self.takes = [folder / f"scene {number}" / "take.wav" for number in range(len(WAYS))]

    def config(self, money: str) -> None:
        self.shop.money(money)
        path = self.shop.config_dir / "takevoice.toml"
        text = path.read_text().replace("conversions = 1", f"conversions = {len(WAYS)}")
        path.write_text(f"{text}at_once = {len(WAYS)}\n")

    def render(self, *, until: str) -> None:
        """Render the takes, each with audio of its own, and wait for the state of all."""
        for number, take in enumerate(self.takes):
            take.parent.mkdir()
            make_take(take, 0.3, seed=number)
        self.await_states(until)
        if until == "converting":
            wait_for(lambda: len(self.shop.sent) == len(WAYS))

    def await_states(self, *states: str) -> None:
        wait_for(lambda: len(self.shop.jobs()) >= len(WAYS) and {job["state"] for job in self.shop.jobs()} <= set(states))

    def change(self, ways: list[Way]) -> None:
        """Let a person rename, move or copy each take."""
        self.now = [way(take) for way, take in zip(ways, self.takes, strict=False)]

    def have_one_result_each(self) -> None:
        """Wait for the result next to each take; there is no other one, and each take was sent once."""
        wanted = [take.with_name(f"{take.stem}.ada.wav") for take in self.now]
        wait_for(lambda: all(path.exists() for path in wanted))
        self.await_states("done", "cancelled")
        assert sorted(path for folder in self.folders for path in folder.rglob("*.ada*")) == sorted(wanted)
        assert len(self.shop.sent) == len(WAYS)


@pytest.fixture
def scenes(shop: Shop, folder: Path) -> Scenes:
    return Scenes(shop, folder)


def hold_back(shop: Shop) -> None:
    """Let no answer come to its end."""
    (shop.here / "gate").unlink()


def let_go(shop: Shop) -> None:
    (shop.here / "gate").touch()


def test_while_they_wait(scenes: Scenes) -> None:
    shop = scenes.shop
    (shop.here / "refuse").touch()
    with shop.daemon(*scenes.folders):
        scenes.render(until="queued")
        scenes.change(WAYS)
        (shop.here / "refuse").unlink()
        (shop.here / "sent").unlink()
        scenes.config("first_look = false\nmany = 40")  # a changed config tries at once
        scenes.have_one_result_each()


@pytest.mark.parametrize("seen", ["before the answer", "after the answer"])
def test_while_they_are_sent(scenes: Scenes, seen: str) -> None:
    shop = scenes.shop
    hold_back(shop)
    with shop.daemon(*scenes.folders):
        scenes.render(until="converting")
        scenes.change(WAYS)
        if seen == "before the answer":
            wait_for(lambda: {path.name for path in scenes.now} <= shop.states().keys())
        let_go(shop)
        scenes.have_one_result_each()


def test_while_their_answers_are_fitted(scenes: Scenes, stuck: Path) -> None:
    stuck.touch()
    with scenes.shop.daemon(*scenes.folders):
        scenes.render(until="restoring")
        scenes.change(WAYS)
        stuck.unlink()
        scenes.have_one_result_each()


def test_after_they_are_done_and_their_results_were_removed(scenes: Scenes) -> None:
    with scenes.shop.daemon(*scenes.folders):
        scenes.render(until="done")
        for take in scenes.takes:
            take.with_name("take.ada.wav").unlink()
        scenes.change(WAYS)
        scenes.have_one_result_each()


@pytest.mark.parametrize("ledger", ["kept", "lost"])
def test_killed_with_the_answers_there(scenes: Scenes, stuck: Path, ledger: str) -> None:
    shop = scenes.shop
    stuck.touch()
    with shop.daemon(*scenes.folders) as daemon:
        scenes.render(until="restoring")
        daemon.kill()
    stuck.unlink()
    if ledger == "lost":
        for path in shop.state.glob("ledger*"):
            path.unlink()
    scenes.change(WAYS)
    with shop.daemon(*scenes.folders):
        scenes.have_one_result_each()


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


def osc(shop: Shop, *words: object) -> subprocess.Popen[str]:
    """An OSC client that waits for the end of its request."""
    line = [*shop.command, "osc", "--timeout", "30", *map(str, words)]
    return subprocess.Popen(line, env=os.environ | shop.env, cwd=shop.home, stdout=subprocess.PIPE, text=True)


def test_a_request_is_answered_under_the_new_name(world: tuple[Shop, list[Path], Path]) -> None:
    shop, folders, take = world
    hold_back(shop)
    with shop.daemon(*folders, "--osc-port", 0):
        make_take(take, 0.3)
        wait_for(lambda: shop.sent == ["take.wav"])
        with osc(shop, "/takevoice/convert", "key", take) as client:
            wait_for(lambda: len(shop.jobs()) == 2)
            now = renamed(take)
            wait_for(lambda: "renamed.wav" in shop.states())
            let_go(shop)
            told = client.communicate(timeout=30)[0]
        assert "/takevoice/done key" in told
        wait_for(lambda: set(shop.states().values()) == {"done"})
    result = json.loads((shop.state / "results" / "key.json").read_text())
    assert (result["state"], result["output"]) == ("done", str(now.with_name("renamed.ada.wav")))
    assert results(take.parent) == ["renamed.ada.wav"]
    assert len(shop.sent) == 1


def test_a_request_for_a_take_that_was_deleted_is_told_so(world: tuple[Shop, list[Path], Path]) -> None:
    shop, folders, take = world
    hold_back(shop)
    with shop.daemon(*folders, "--osc-port", 0) as daemon:
        make_take(take, 0.3)
        wait_for(lambda: shop.sent == ["take.wav"])
        with osc(shop, "/takevoice/convert", "key", take) as client:
            wait_for(lambda: len(shop.jobs()) == 2)
            take.unlink()
            let_go(shop)
            told = client.communicate(timeout=30)[0]
        assert "/takevoice/fail key gone" in told
        daemon.says("it was deleted, renamed or moved before it was converted")
        wait_for(lambda: [job["state"] for job in shop.jobs()] == ["cancelled", "cancelled"])


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

"""Two takevoices with state dirs of their own on one machine, in the same folder: nobody has set `shared`."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.paid import Shop, results
from support import BACKENDS, make_take, wait_for

pytestmark = pytest.mark.process


@pytest.fixture
def pair(own_home: Path, tmp_path: Path) -> tuple[Shop, Shop]:
    """Two homes with a paid backend that answers once there is a file `gate`."""
    made = []
    for name in "ab":
        home = own_home / name
        home.mkdir()
        shop = Shop(home)
        shop.here = tmp_path
        shop.plugin(BACKENDS / "paid.py")
        shop.money("first_look = false")
        made.append(shop)
    return made[0], made[1]


def test_a_take_that_was_sent_before_the_other_one_came_is_paid_once(
    pair: tuple[Shop, Shop], folder: Path, tmp_path: Path
) -> None:
    a, b = pair
    link = tmp_path / "link"
    link.symlink_to(folder, target_is_directory=True)
    with a.daemon(folder, "--osc-port", 0) as one:
        make_take(folder / "first.wav", 0.5, seed=1)
        wait_for(lambda: a.sent)
        with b.daemon(link, "--osc-port", 0) as other:
            other.says("another takevoice on this machine works there too")
            one.says("another takevoice on this machine works there too")
            other.says("its result is waited for")
            (tmp_path / "gate").touch()
            for n in range(4):
                make_take(folder / f"{n}.wav", 0.5, seed=10 + n)
            wait_for(lambda: len(results(folder)) == 5)
            wait_for(lambda: {*a.states().values(), *b.states().values()} == {"done"})
    assert sorted(a.sent) == ["0.wav", "1.wav", "2.wav", "3.wav", "first.wav"]
    assert len(results(folder)) == 5
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_convert_with_another_state_dir_waits_for_the_daemon_of_the_folder(
    pair: tuple[Shop, Shop], folder: Path, tmp_path: Path
) -> None:
    a, b = pair
    with a.daemon(folder, "--osc-port", 0) as one:
        take = make_take(folder / "take.wav", 0.5)
        wait_for(lambda: a.sent)
        with b.background("convert", take) as command:
            one.says("another takevoice on this machine works there too")
            (tmp_path / "gate").touch()
            assert command.wait(60) == 0
    assert a.sent == ["take.wav"]
    assert results(folder) == ["take.ada.wav"]


def test_one_that_was_killed_is_no_neighbour(pair: tuple[Shop, Shop], folder: Path, tmp_path: Path) -> None:
    a, b = pair
    (tmp_path / "gate").touch()
    with a.daemon(folder, "--osc-port", 0) as one:
        one.kill()
    with b.daemon(folder, "--osc-port", 0) as other:
        make_take(folder / "take.wav", 0.5)
        wait_for(lambda: results(folder))
    assert "works there too" not in other.log()


def test_a_second_run_is_told_how_the_first_one_watches_more_folders(shop: Shop, folder: Path) -> None:
    with shop.daemon(folder, "--osc-port", 0):
        refused = shop("run", folder, check=None)
    assert refused.returncode != 0
    assert "[[watch]]" in refused.stderr
    assert "--state" not in refused.stderr

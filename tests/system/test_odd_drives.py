"""The main job on drives with the habits of those that users have, by FUSE, with a paid backend: done, and paid for once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import soundfile

from daemon.paid import Shop, results
from drives import mounted, needs_fuse
from support import BACKENDS, make_take, wait_for
from takevoice.service.osc import allowed_paths

DRIVES = {
    "exfat": "no_links,no_modes,any_case,two_seconds",
    "exfat, scanned": "no_links,no_modes,any_case,two_seconds,held",
    "a share": "decomposed,any_case,open_is_held,others,new_inodes",
    "a cloud drive": "no_links,others,no_sync,new_inodes",
}
pytestmark = [pytest.mark.process, needs_fuse]


@pytest.fixture
def shop(own_home: Path, tmp_path: Path) -> Shop:
    shop = Shop(own_home)
    shop.here = tmp_path
    shop.plugin(BACKENDS / "paid.py")
    shop.money("first_look = false")
    (tmp_path / "gate").touch()
    return shop


@pytest.mark.parametrize(
    "habits",
    [
        pytest.param(habits, id=drive, marks=[] if drive == "a cloud drive" else [pytest.mark.long])
        for drive, habits in DRIVES.items()
    ],
)
def test_takes_on_an_odd_drive_are_done_and_paid_for_once(shop: Shop, tmp_path: Path, habits: str) -> None:
    source, drive = tmp_path / "source", tmp_path / "drive"
    source.mkdir()
    drive.mkdir()
    folder = drive / "Exports"
    with mounted(source, drive, habits):
        folder.mkdir()
        (folder / "second.ada.wav").write_bytes(b"somebody's own file")
        with shop.daemon(folder):
            for seed, name in enumerate(("first", "second", "JörgÉ")):
                make_take(folder / f"{name}.wav", 0.5, seed=seed)
            wait_for(lambda: list(shop.states().values()).count("done") >= 3, 40)
            # Rendered again, with other audio.
            time.sleep(2.1)  # FAT's clock
            make_take(folder / "first.wav", 0.5, seed=9)
            wait_for(lambda: shop.sent.count("first.wav") == 2, 40)
            wait_for(lambda: (folder / "first.ada.2.wav").exists(), 40)
    sent = sorted(shop.sent)
    assert len(sent) == 4
    # Mounted again, every file has another inode: nothing is sent again.
    with mounted(source, drive, habits):
        with shop.daemon(folder):
            make_take(folder / "last.wav", 0.5, seed=5)
            wait_for(lambda: shop.states().get("last.wav") == "done", 40)
        assert len(shop.sent) == 5
        assert (folder / "second.ada.wav").read_bytes() == b"somebody's own file"
        made = {"first.ada.wav", "first.ada.2.wav", "second.ada.2.wav", "last.ada.wav"}
        assert made <= set(results(folder))
        assert all(soundfile.info(folder / name).frames == 24_000 for name in made)
        left = [path.name for path in folder.iterdir() if path.name.startswith(".") or not path.stat().st_size]
        assert left == []


def test_a_path_in_another_spelling_is_the_file_on_the_disk(tmp_path: Path) -> None:
    """As scripts send it where names differ in neither case nor normal form: no second result, no refusal."""
    source, drive = tmp_path / "source", tmp_path / "drive"
    (source / "In").mkdir(parents=True)
    drive.mkdir()
    take = make_take(source / "In" / "take é.wav", 0.1)
    with mounted(source, drive, "any_case"):
        folder = drive / "In"
        for spelt in (drive / "in" / "TAKE É.WAV", drive / "In" / "take e\u0301.wav", folder / take.name):
            assert allowed_paths.file(str(spelt), [folder]) == folder / "take é.wav"
        assert allowed_paths.file(str(folder / take.name), [drive / "IN"]).samefile(folder / take.name)

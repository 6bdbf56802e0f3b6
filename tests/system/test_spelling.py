"""How names are spelt on a disk where case and normal form make no difference."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from takevoice.system import current, patience, spelling
from takevoice.system.spelling import below_known, other_spelling


def any_spelling(patch: pytest.MonkeyPatch) -> None:
    """APFS: a name is found in any case and normal form."""
    exists, samefile = Path.exists, Path.samefile

    def key(path: Path) -> str:
        return unicodedata.normalize("NFC", str(path)).casefold()

    def found(path: Path, **options: bool) -> bool:
        return exists(path, **options) or any(key(other) == key(path) for other in path.parent.iterdir())

    patch.setattr(Path, "exists", found)
    patch.setattr(Path, "samefile", lambda a, b: key(a) == key(b) or samefile(a, b))


def test_a_path_is_compared_with_the_listings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_disk = tmp_path / "Exports" / unicodedata.normalize("NFD", "Jörg")
    on_disk.mkdir(parents=True)
    assert other_spelling(on_disk) is None
    assert other_spelling(tmp_path / "missing") is None
    any_spelling(monkeypatch)
    assert other_spelling(tmp_path / "exports" / unicodedata.normalize("NFC", "jÖrg")) == on_disk
    assert other_spelling(on_disk) is None


@pytest.mark.skipif(current.name() == "windows", reason="links need a privilege there")
def test_a_link_is_no_other_spelling(tmp_path: Path) -> None:
    (tmp_path / "Exports").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "Exports")
    assert other_spelling(tmp_path / "link") is None


@pytest.mark.skipif(current.name() == "windows", reason="links need a privilege there")
def test_a_path_begins_as_the_folder_that_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, link = tmp_path / "disk", tmp_path / "link"
    disk.mkdir()
    link.symlink_to(disk)
    (disk / "a.wav").touch()
    known = [tmp_path / "elsewhere", link]
    for other, wanted in ((disk / "a.wav", link / "a.wav"), (disk / "gone.wav", link / "gone.wav"), (disk, link), (tmp_path / "b.wav", tmp_path / "b.wav")):
        assert below_known(other, known) == wanted
    assert below_known(link / "a.wav", [link, disk]) == link / "a.wav"
    assert below_known(link / "a.wav", [disk]) == disk / "a.wav"
    assert below_known(disk / "a.wav", []) == disk / "a.wav"

    def silent(seconds: float, path: Path, call: object) -> Path:
        raise patience.NoAnswer(path)

    monkeypatch.setattr(spelling, "within", silent)
    assert below_known(disk / "a.wav", known) == disk / "a.wav"

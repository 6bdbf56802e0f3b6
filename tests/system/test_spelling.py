"""How names are spelt on a disk where case and normal form make no difference."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from takevoice.system import current
from takevoice.system.spelling import other_spelling


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

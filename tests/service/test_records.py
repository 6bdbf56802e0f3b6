"""What is kept of convert requests in the hand-over folder, and what is removed from there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support import make_take
from takevoice.jobs import SourcePart
from takevoice.service.handover.records import Record, Records
from takevoice.system.fileid import version_of
from takevoice.system.ownership import make_private


@pytest.mark.parametrize("request_id", ["r1", "key 1", "..", "con", "a/../../b", "x" * 200, "ä"])
def test_a_record_is_found_again_whatever_the_id(tmp_path: Path, request_id: str) -> None:
    records = Records(tmp_path)
    record = Record(request_id, "Anna\udcfc", head=0.25, temporary="/a\udcfc.wav", version=(1, 2, 3), told="failed 1")
    records.write(record)
    assert records.read(request_id) == record
    assert list(records.all()) == [record]
    assert records.folder_of(request_id).parent == tmp_path
    records.remove(request_id)
    assert list(tmp_path.iterdir()) == []


def test_folders_and_files_of_others_stay(tmp_path: Path) -> None:
    (tmp_path / "r1").mkdir()
    (tmp_path / "r1" / "take.wav").write_bytes(b"of another script")
    Records(tmp_path).remove("r1")
    assert list(Records(tmp_path).all()) == []
    assert (tmp_path / "r1" / "take.wav").exists()


def test_an_excerpt_has_the_name_of_its_request(tmp_path: Path) -> None:
    source = make_take(tmp_path / "source.wav", 2.0)
    records = Records(tmp_path / "handover")
    (tmp_path / "handover").mkdir()
    path, head = records.excerpt("r1", SourcePart(source, 0.1, 1, 0.5), "Anna.wav")
    assert path == tmp_path / "handover" / "r1" / "Anna.wav"
    assert head == pytest.approx(0.1)
    records.write(Record("r1", "Anna", head, "Anna.wav"))
    result = path.with_name("Anna.ada.wav")
    result.touch()
    records.remove("r1")
    assert list(path.parent.iterdir()) == [result]


@pytest.mark.parametrize("changed", [False, True])
def test_a_temporary_file_is_removed_unless_it_has_changed(tmp_path: Path, changed: bool) -> None:
    made = make_take(tmp_path / "made.wav", 0.1)
    records = Records(tmp_path)
    record = Record("r1", "made", temporary=str(made), version=version_of(made))
    records.write(record)
    if changed:
        os.utime(made, (1, 1))
    records.finish(record)
    assert made.exists() is changed
    assert records.read("r1") is None


def test_the_folder_is_only_the_users(tmp_path: Path) -> None:
    folder = tmp_path / "handover"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    make_private(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(PermissionError):
        make_private(tmp_path / "link")

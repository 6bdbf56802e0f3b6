"""Reading request files: what is wrong is said, and nothing but a regular file of a moderate size is read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from takevoice.service.handover.addresses import BY_ADDRESS, CONVERT, ONLY_FILES, RENDERED
from takevoice.service.handover.answering import Answering
from takevoice.service.handover.request_file import MAX_SIZE, Cut, InvalidRequest, Wanted, read
from takevoice.settings import plain_name

PAGE = (Path(__file__).parents[2] / "docs" / "request-files.md").read_text("utf-8")


def written(folder: Path, content: str | bytes, name: str = "r1.json") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_convert_request_is_read(tmp_path: Path) -> None:
    request = read(
        written(
            tmp_path,
            """{"id": "reaper-8f", "address": "/takevoice/convert", "path": "/abs/source.wav",
            "cut": {"start": 12.25, "length": 3.5, "handle": 0.5, "channels": [2]}, "name": "Anna", "track": "Anna",
            "start": 588000, "settings": {"voice": "ada"}, "folder": "/project/Media", "temporary": true}""",
        )
    )
    assert request.id == "reaper-8f"
    assert request.sound == Wanted(
        path="/abs/source.wav",
        cut=Cut(start=12.25, length=3.5, handle=0.5, channels=(2,)),
        name="Anna",
        track="Anna",
        start="588000",
        settings={"voice": "ada"},
        folder="/project/Media",
        temporary=True,
    )


@pytest.mark.parametrize(
    ("content", "code", "text"),
    [
        ('{"id": "r1", "address": "/takevoice/convert"', "arguments", "is no JSON"),
        ("[" * 50_000, "arguments", "lists in each other, too many"),
        ("[]", "arguments", "must be an object"),
        ('{"id": 7}', "arguments", "id must be text"),
        ('{"id": ""}', "arguments", "id must be text"),
        ('{"id": "a\\udcfc"}', "arguments", "id must be text"),
        ('{"address": "/takevoice/cancel", "request": "a\\udcfc"}', "arguments", "no UTF-8"),
        ('{"id": "r1"}', "arguments", "address is missing"),
        ('{"address": "/takevoice/conver"}', "unknown_address", "did you mean /takevoice/convert"),
        ('{"address": "/takevoice/subscribe"}', "unknown_address", "no address"),
        ('{"address": "/takevoice/convert"}', "arguments", "path is missing"),
        ('{"address": "/takevoice/convert", "path": "a.wav"}', "arguments", "absolute path"),
        ('{"address": "/takevoice/convert", "path": "/a\\u0000.wav"}', "arguments", "absolute path"),
        ('{"address": "/takevoice/convert", "path": "/a\\ud800.wav"}', "arguments", "no path has"),
        ('{"address": "/takevoice/convert", "path": 7}', "arguments", "must be text"),
        ('{"address": "/takevoice/convert", "path": "/a", "folde": "/"}', "arguments", "did you mean folder"),
        ('{"address": "/takevoice/convert", "path": "/a", "cut": {"start": -1, "length": 1}}', "arguments", "[cut] start"),
        ('{"address": "/takevoice/convert", "path": "/a", "cut": {"start": 0, "length": 0}}', "arguments", "above 0"),
        ('{"address": "/takevoice/convert", "path": "/a", "cut": {"start": NaN}}', "arguments", "NaN is no number"),
        ('{"address": "/takevoice/convert", "path": "/a", "cut": {"start": 1e999, "length": 1}}', "arguments", "start"),
        ('{"address": "/takevoice/convert", "path": "/a", "cut": {"start": 0, "length": 1, "channels": []}}', "arguments", "[cut] channels = [] must not be empty"),
        ('{"address": "/takevoice/convert", "path": "/a", "out": "/b"}', "arguments", "the folder for the result is folder"),
        ('{"address": "/takevoice/convert", "path": "/a", "voice": "ada"}', "arguments", "voice is part of settings"),
        ('{"address": "/takevoice/convert", "path": "/a", "start": "now"}', "arguments", "position in samples"),
        ('{"address": "/takevoice/cancel"}', "arguments", "job or request is missing"),
        ('{"address": "/takevoice/cancel", "job": 1, "request": "r0"}', "arguments", "give job or request, not both"),
        ('{"address": "/takevoice/held", "after": 7}', "arguments", "no argument after"),
        (" " * (MAX_SIZE + 1), "arguments", "has more than 65536 bytes"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path: Path, content: str, code: str, text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(written(tmp_path, content))
    assert (caught.value.id, caught.value.code) == ("r1", code)
    assert text in str(caught.value)
    assert "r1.json" in str(caught.value)


def test_a_fault_is_told_once(tmp_path: Path) -> None:
    content = '{"address": "/takevoice/convert", "path": "/a", "cut": {"start": 0, "length": 1, "channels": [0]}}'
    with pytest.raises(InvalidRequest) as caught:
        read(written(tmp_path, content))
    assert caught.value.what == "[cut.channels] entry 1 = 0 must be at least 1"


@pytest.mark.parametrize(
    ("name", "content", "is_under_file_name"),
    [
        ("r1.json", '{"id": ""}', True),
        ("r1.json", '{"id": "%s"}' % ("x" * 121), True),
        ("r1.json", "{", True),
        (".json", '{"address": "/takevoice/sync"}', True),
        ("r1.json", '{"id": "%s"}' % ("x" * 120), False),
    ],
)
def test_an_answer_is_where_it_can_be_found(tmp_path: Path, name: str, content: str, is_under_file_name: bool) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(written(tmp_path, content, name))
    assert caught.value.is_under_file_name is is_under_file_name


def test_the_file_name_is_the_id_of_a_request_without_one(tmp_path: Path) -> None:
    request = read(written(tmp_path, '{"address": "/takevoice/sync"}', "key%201.json"))
    assert request.id == "key 1"


def test_a_job_can_be_named_by_its_request(tmp_path: Path) -> None:
    request = read(written(tmp_path, '{"address": "/takevoice/cancel", "request": "r0"}'))
    assert request.request == "r0"


@pytest.mark.parametrize("escaped", [b"/a\\udcfc.wav", b"/a\xfc.wav"])
def test_a_byte_that_is_no_utf8_reaches_the_path(tmp_path: Path, escaped: bytes) -> None:
    request = read(written(tmp_path, b'{"address": "/takevoice/convert", "path": "' + escaped + b'"}'))
    assert request.sound is not None
    assert os.fsencode(request.sound.path) == b"/a\xfc.wav"


def test_links_pipes_and_folders_are_no_requests(tmp_path: Path) -> None:
    target = written(tmp_path, '{"address": "/takevoice/sync"}', "target")
    (tmp_path / "link.json").symlink_to(target)
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder.json").mkdir()
    for name in ("link", "pipe", "folder"):
        with pytest.raises(InvalidRequest, match="is no regular file"):
            read(tmp_path / f"{name}.json")


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Anna session", "Anna session"),
        ("Szene 3: Größe?", "Szene 3_ Größe_"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("con.1", "_con.1"),
        ("  . ", "take"),
        ("a\nb\udcfc", "a_b_"),
        ("é" * 100, "é" * 60),
    ],
)
def test_a_name_becomes_one_that_every_system_accepts(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_every_address_has_its_handler() -> None:
    answering: Any = Answering(*[None] * 4)  # type: ignore[arg-type]
    handled = {*answering.by_address(), *answering.slow(), CONVERT, RENDERED}
    assert handled == set(BY_ADDRESS)
    assert all(f"`{each.address}`" in PAGE for each in ONLY_FILES)

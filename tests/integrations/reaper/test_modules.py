"""REAPER's own modules, in both Luas, against other implementations of the same formats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage

from integrations.modules import EDITORS, Modules
from takevoice.settings import TrackSettings

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", params=EDITORS["reaper"])
def modules(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Modules:
    folder, state = tmp_path_factory.mktemp("scripts"), Path("/home/me/my state")
    return Modules(folder, "reaper", request.param, state)


@QUICK
@given(arguments=st.lists(TEXT.map(lambda text: text.replace("\0", "")), max_size=8))
def test_osc_messages_are_what_python_osc_reads(modules: Modules, arguments: list[str]) -> None:
    packet = modules.load("osc")("/takevoice/convert", *arguments).encode()
    message = OscMessage(packet)
    assert (message.address, message.params) == ("/takevoice/convert", arguments)


def test_the_dialogs_settings_are_those_of_a_track(modules: Modules) -> None:
    keys = list(modules.load("track_settings").KEYS.values())
    assert len(set(keys)) == len(keys)
    assert set(keys) <= set(TrackSettings.model_fields)


def test_a_free_path_is_one_that_no_other_copy_is_writing(modules: Modules, tmp_path: Path) -> None:
    free_path = modules.load("media_files").free_path
    for taken, expected in (("", "take.wav"), ("take.wav", "take.2.wav"), ("take.2.wav.part", "take.3.wav")):
        if taken:
            (tmp_path / taken).touch()
        assert free_path(str(tmp_path), "take", ".wav") == str(tmp_path / expected)


def test_a_file_is_moved_to_another_disk_in_blocks(modules: Modules, tmp_path: Path) -> None:
    source, target = tmp_path / "a.wav", tmp_path / "b.wav"
    data = np.random.default_rng(0).bytes(1_000_000)
    source.write_bytes(data)
    pauses: list[str] = []
    modules.lua.execute(
        "os.rename = (function(rename) return function(a, b) if a:sub(-5) == '.part' then return rename(a, b) end end end)(os.rename)"
    )
    modules.load("media_files").move(str(source), str(target), pauses.append)
    assert target.read_bytes() == data
    assert not source.exists()
    assert len(pauses) == 4

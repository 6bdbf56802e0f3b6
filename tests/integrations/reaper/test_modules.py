"""REAPER's own modules, in both Luas, against other implementations of the same formats."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage

from integrations.modules import EDITORS, Modules
from takevoice.settings import TrackSettings, check_overrides

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NUMBERS = st.floats(-1, 2).map(str) | st.integers(-3, 10**12).map(str) | st.sampled_from(["0,4", "1e-3", "TRUE", "false", " 1 ", "0x1"])
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


def test_the_settings_of_tracks_and_items_are_those_of_takevoice(modules: Modules) -> None:
    keys = list(modules.load("casting").KEYS.values())
    assert len(set(keys)) == len(keys)
    assert set(keys) <= set(TrackSettings.model_fields)


@QUICK
@given(key=st.sampled_from(["stability", "similarity_boost", "style", "use_speaker_boost", "seed"]), typed=st.text(max_size=8) | NUMBERS)
def test_what_a_dialog_accepts_is_what_takevoice_accepts(modules: Modules, key: str, typed: str) -> None:
    checked = modules.load("casting").checked(key, typed)
    kept = checked[0] if isinstance(checked, tuple) else checked
    if kept:
        check_overrides({key: kept}, "a dialog")
    elif typed.strip():
        assert kept is None
        assert checked[1]


@pytest.mark.parametrize(
    ("key", "typed", "kept"),
    [
        ("candidates", " 3 ", "3"),
        ("candidates", "0", None),
        ("candidates", "2.5", None),
        ("handle", "0,25", "0.25"),
        ("handle", "11", None),
        ("colour", "ff8800", "FF8800"),
        ("colour", "None", "none"),
        ("colour", "red", None),
        ("effects", "Before", "before"),
        ("together", "maybe", None),
    ],
)
def test_preferences_are_checked(modules: Modules, key: str, typed: str, kept: str | None) -> None:
    checked = modules.load("preferences").checked(key, typed)
    assert (checked[0] if isinstance(checked, tuple) else checked) == kept


@QUICK
@given(record=st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), TEXT, max_size=8))
def test_a_record_comes_back_from_the_project_as_it_was(modules: Modules, record: dict[str, str]) -> None:
    store = modules.load("store")
    packed = store.pack(modules.lua.table_from(record))
    assert not set(packed) & set("\r\n\"'` ")
    assert dict(store.unpack(packed)) == record

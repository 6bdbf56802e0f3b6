"""The modules that all editors share, as each editor loads them, against Python's own implementations."""

from __future__ import annotations

import io
import json
import math
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.modules import EDITORS, MODULES, ROOT, SHARED, Modules
from takevoice.service.osc.result_files import result_name

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VALUES = st.recursive(
    TEXT | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LUAS = [(editor, lua) for editor, luas in EDITORS.items() for lua in luas]


@pytest.fixture(scope="module", params=LUAS, ids=lambda each: "-".join(each))
def modules(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Modules:
    editor, lua = request.param
    return Modules(tmp_path_factory.mktemp("scripts"), editor, lua, tmp_path_factory.mktemp("state"))


def plain(value: Any, like: Any) -> Any:
    """A Lua value as Python's; `like` tells an empty list from an empty dictionary."""
    if isinstance(like, list):
        assert len(value) == len(like)
        return [plain(value[i + 1], each) for i, each in enumerate(like)]
    if isinstance(like, dict):
        assert len(list(value)) == len(like)
        return {key: plain(value[key], each) for key, each in like.items()}
    return value


def test_shared_modules_replace_none_of_an_editors_own() -> None:
    for editor, folder in MODULES.items():
        own = {path.name for path in (ROOT / editor / folder).glob("*.lua")}
        assert own & {path.name for path in SHARED} == set()


# JSON.


@QUICK
@given(
    value=st.lists(VALUES, max_size=4) | st.dictionaries(TEXT, VALUES, max_size=4),
    options=st.sampled_from([{}, {"indent": 1}, {"ensure_ascii": False}]),
)
def test_json_is_read_as_python_writes_it(modules: Modules, value: Any, options: dict[str, Any]) -> None:
    assert plain(modules.load("json")(json.dumps(value, **options)), value) == value


NUMBERS = "0 -0 7 -3 0.3 -0.3 12.5e3 1e5 1E+5 2e-3 -1.25E-2 9007199254740993 18446744073709551616 1e-400"


@pytest.mark.parametrize("number", NUMBERS.split())
def test_numbers_are_read_as_python_reads_them(modules: Modules, number: str) -> None:
    read = modules.load("json")(f'{{"a":[{number} ]}}').a[1]
    expected = json.loads(number)
    assert read == expected
    assert math.copysign(1, read) == math.copysign(1, expected) or expected == 0


@pytest.mark.parametrize(
    "text",
    [
        r'{"a": "\u00fc\u20AC \ud83d\ude00 \uD834\udd1e \\ \" \/ \b\f\n\r\t"}',
        '{"a": "ü€ 😀 \x7f"}',
        ' \n\t\r{ "a"\t:\n"b" , "c":{"d":[[],[{}],[1,"2",[true,false]]]} } \n',
        '{"a": 1, "a": 2}',
        '{"\\u006bey": {"nested": {"nested": [1]}}}',
        "[]",
        "{}",
        '["", 0, {"": ""}]',
    ],
)
def test_json_texts_are_read_as_python_reads_them(modules: Modules, text: str) -> None:
    expected = json.loads(text)
    assert plain(modules.load("json")(text), expected) == expected


def test_a_null_leaves_its_place_empty(modules: Modules) -> None:
    read = modules.load("json")('{"a": null, "b": [1, null, 3]}')
    assert read.a is None
    assert (read.b[1], read.b[2], read.b[3]) == (1, None, 3)


def test_a_byte_of_a_name_that_is_not_utf8_comes_back(modules: Modules) -> None:
    name = b"caf\xe9 \xf0\x9f\x98\x80.wav"
    text = json.dumps({"path": name.decode("utf-8", "surrogateescape")})
    assert (
        modules.octets("function(read, text) return read(text).path end", modules.load("json"), text) == name
    )


BROKEN = (
    r"""| { [ } ] null true 1 "a" {} {} |{"a": }|{"a": 1|{"a": "b}|{"a" 1}|{"a": 1,}|{,}|[1,]|[,]|[1 2]|{1: 2}|{a: 1}|[01]|[-]|[1.]"""
    r"""|[.5]|[+1]|[1e]|[0x10]|[NaN]|[Infinity]|[nul]|[True]|["\x41"]|["\u12g4"]|["\u12"]|['a']|[1] x|{"a": [1}|[{"a": 1]"""
).split("|")


@pytest.mark.parametrize("text", [*BROKEN, '["a\nb"]', '["a\tb"]', "[\x0b1]"])
def test_what_is_not_json_is_not_read(modules: Modules, text: str) -> None:
    try:
        assert not isinstance(json.loads(text, parse_constant=int), (dict, list)), "this is JSON"
    except ValueError:
        pass
    assert modules.load("json")(text) is None


# The state dir.


def test_ids_are_unique_and_the_name_of_their_result(modules: Modules) -> None:
    new = modules.load("ids").new
    ids = [new(), new(), new("export"), new("4711"), new("Ünsafe/..")]
    assert len(set(ids)) == len(ids)
    for each in (*ids, f"{ids[0]}-3"):
        assert re.fullmatch(rf"{modules.editor}-[a-z0-9-]+", each)
        assert modules.load("state_dir").result_name(each) == result_name(each) == f"{each}.json"


@QUICK
@given(text=TEXT)
def test_results_of_any_id_have_the_daemons_names(modules: Modules, text: str) -> None:
    request_id = f"{modules.editor}-{text.encode()[:30].decode('utf-8', 'ignore')}"
    assert modules.load("state_dir").result_name(request_id) == result_name(request_id)


def test_results_are_read_and_removed(modules: Modules) -> None:
    state_dir = modules.load("state_dir")
    assert state_dir.result("key-1") is None
    path = modules.state / "results" / "key-1.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"state": "done", "output": "/Größe.wav", "offset_ms": -0.3}, indent=1))
    assert dict(state_dir.result("key-1")) == {"state": "done", "output": "/Größe.wav", "offset_ms": -0.3}
    state_dir.remove_result("key-1")
    assert not path.exists()
    assert Path(state_dir.handover("a.wav")) == modules.state / "handover" / "a.wav"


@pytest.mark.parametrize(
    ("noted", "address"),
    [
        ('{"host": "127.0.0.1", "port": 9870}', ("127.0.0.1", 9870)),
        ('{"host": "0.0.0.0", "port": 9870}', ("127.0.0.1", 9870)),
        ('{"host": "::", "port": 9870}', ("::1", 9870)),
        ('{"host": "127.0.0.1"}', None),
        ('{"host": ', None),
        ("", None),
    ],
)
def test_the_daemons_address(modules: Modules, noted: str, address: tuple[str, int] | None) -> None:
    (modules.state / "osc.json").write_text(noted)
    assert modules.load("state_dir").osc_address() == address


# Records and files.


@QUICK
@given(record=st.dictionaries(TEXT.filter(bool), TEXT, min_size=1), separator=st.sampled_from(["&", "\t"]))
def test_records_survive_being_packed(modules: Modules, separator: str, record: dict[str, str]) -> None:
    records = modules.load("records")
    packed = records.pack(modules.lua.table_from(record), separator)
    assert set(packed) <= set(
        f"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-%={separator}"
    )
    assert dict(records.unpack(packed, separator)) == record


def test_records_leave_out_tables_and_read_what_older_versions_wrote(modules: Modules) -> None:
    records = modules.load("records")
    assert (
        records.pack(modules.lua.table_from({"b": 2, "a": 1, "open": modules.lua.table()}), "&") == "a=1&b=2"
    )
    assert dict(records.unpack("name=Größe %25 %3D(1)\tstate=sent", "\t")) == {
        "name": "Größe % =(1)",
        "state": "sent",
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Lead_03", "Lead_03"),
        ('a/b\\c:d*e?f"g<h>i|j', "a_b_c_d_e_f_g_h_i_j"),
        ("  take. . ", "take"),
        ("", "take"),
        ("...", "take"),
        ("ö" * 60, "ö" * 40),
        ("a" + "ö" * 60, "a" + "ö" * 39),
    ],
)
def test_names_become_file_names(modules: Modules, name: str, expected: str) -> None:
    assert modules.load("files").plain(name) == expected


def test_files_are_written_whole(modules: Modules, tmp_path: Path) -> None:
    files, path = modules.load("files"), tmp_path / "a.json"
    assert files.read(str(path)) is None
    for text in ("one", "two"):
        files.write(str(path), text)
        assert files.read(str(path)) == path.read_text() == text
    assert list(tmp_path.iterdir()) == [path]


# WAV.


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_wav_files_hold_what_was_written(modules: Modules, channels: int) -> None:
    samples = np.random.default_rng(3).uniform(-1.5, 1.5, (5000, channels)).astype("f4")
    data = modules.octets(
        "function(wav, list, channels, rate) return wav.header(channels, rate, #list // channels) .. wav.samples(list) end",
        modules.load("wav"),
        modules.lua.table_from(samples.ravel().tolist()),
        channels,
        96_000,
    )
    read, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    assert rate == 96_000
    np.testing.assert_array_equal(read, samples)


def test_from_4_gb_the_header_is_that_of_rf64(modules: Modules, tmp_path: Path) -> None:
    frames = 3 * 3600 * 96_000
    header = modules.octets(
        "function(wav, frames) return wav.header(2, 96000, frames) end", modules.load("wav"), frames
    )
    path = tmp_path / "long.wav"
    with path.open("wb") as file:  # sparse
        file.write(header)
        file.truncate(len(header) + frames * 8)
    info = soundfile.info(str(path))
    assert (info.frames, info.channels, info.samplerate, info.format) == (frames, 2, 96_000, "RF64")
    assert struct.unpack_from("<Q", header, 20)[0] == path.stat().st_size - 8

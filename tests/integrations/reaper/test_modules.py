"""The shared modules by themselves, in both Luas, against other implementations of the same formats."""

from __future__ import annotations

import io
import json
import shlex
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage

from integrations.reaper.fake import LUAS

SCRIPTS = Path(__file__).parents[3] / "integrations" / "reaper"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
WORDS = st.text("ab \\\"'`$%&\n;ö", max_size=12)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

Load = Callable[[str], Any]


@pytest.fixture(params=sorted(LUAS))
def runtime(request: pytest.FixtureRequest) -> Any:
    return LUAS[request.param].LuaRuntime(unpack_returned_tuples=True)


@pytest.fixture
def load(runtime: Any) -> Load:
    """A module by its name, with those that it needs; none of them calls REAPER."""
    folder = f"{SCRIPTS}/"
    takevoice = runtime.eval(
        "function(folder) return assert(loadfile(folder .. 'api/takevoice.lua'))(folder) end"
    )(folder)
    takevoice.settings = runtime.table(
        state="/home/me/my state", command=runtime.table("/usr/bin/python 3", "-m", "takevoice")
    )
    return lambda name: takevoice.load(name)


@QUICK
@given(
    flat=st.dictionaries(
        TEXT, st.one_of(TEXT, st.integers(-(2**53), 2**53), st.booleans(), st.floats(-1e9, 1e9))
    ),
    indent=st.sampled_from([None, 1]),
)
def test_json_is_read_as_python_writes_it(load: Load, flat: dict[str, Any], indent: int | None) -> None:
    assert dict(load("json")(json.dumps(flat, indent=indent))) == flat


def test_names_that_are_no_utf8_and_broken_json(runtime: Any, load: Load) -> None:
    lua_bytes = runtime.eval("function(read, text) return read(text).path:byte(1, -1) end")
    name = b"caf\xe9.wav"
    assert (
        bytes(lua_bytes(load("json"), json.dumps({"path": name.decode("utf-8", "surrogateescape")}))) == name
    )
    for broken in ("", "{", "[]", '{"a": }', '{"a": 1', '{"a": "b}', '{"a" 1}', "null", '{"a": {}}'):
        assert load("json")(broken) is None, broken


@QUICK
@given(arguments=st.lists(TEXT.map(lambda text: text.replace("\0", "")), max_size=8))
def test_osc_messages_are_what_python_osc_reads(load: Load, arguments: list[str]) -> None:
    packet = load("osc")("/takevoice/convert", *arguments).encode()
    message = OscMessage(packet)
    assert (message.address, message.params) == ("/takevoice/convert", arguments)


@QUICK
@given(words=st.lists(WORDS, min_size=1, max_size=4))
def test_windows_takes_a_command_line_apart_as_meant(load: Load, words: list[str]) -> None:
    quote = load("command").windows_word
    words = [word.replace("\n", " ") for word in words]
    assert " ".join(map(quote, words)) == subprocess.list2cmdline(words)


@QUICK
@given(words=st.lists(WORDS, min_size=1, max_size=4))
def test_a_shell_takes_a_command_line_apart_as_meant(load: Load, words: list[str]) -> None:
    assert shlex.split(" ".join(map(load("command").shell_word, words))) == words


def test_the_helpers_command_line(runtime: Any, load: Load) -> None:
    message = runtime.table("/takevoice/convert", "id-1", "/tmp/a take.wav", "track", "-5 dB")
    command = load("command")
    words = ["/usr/bin/python 3", "-m", "takevoice", "osc", "--strings", "--state", "/home/me/my state"]
    words += ["/takevoice/convert", "--", "id-1", "/tmp/a take.wav", "track", "-5 dB"]
    assert command.line(message, command.windows_word) == subprocess.list2cmdline(words)
    assert shlex.split(command.line(message, command.shell_word)) == words


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_wav_files_hold_what_was_written(runtime: Any, load: Load, channels: int) -> None:
    samples = np.random.default_rng(3).uniform(-1.5, 1.5, (5000, channels)).astype("f4")
    to_bytes = runtime.eval("function(text) return text:byte(1, -1) end")
    wav = load("wav")
    runtime.globals().header = wav.header
    pieces = runtime.eval(
        "function(header, samples, list, channels, rate) local t = header(channels, rate, #list // channels) .. samples(list)\n"
        "local hex = t:gsub('.', function(c) return ('%02x'):format(c:byte()) end) return hex end"
    )
    assert to_bytes("a") == 97
    data = bytes.fromhex(
        pieces(wav.header, wav.samples, runtime.table(*samples.ravel().tolist()), channels, 96_000)
    )
    read, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    assert rate == 96_000
    np.testing.assert_array_equal(read, samples)


def test_beyond_4_gb_the_header_is_that_of_rf64(runtime: Any, load: Load, tmp_path: Path) -> None:
    frames = 3 * 3600 * 96_000
    header = bytes.fromhex(
        runtime.eval(
            "function(header, n) return (header(2, 96000, n):gsub('.', function(c) return ('%02x'):format(c:byte()) end)) end"
        )(load("wav").header, frames)
    )
    path = tmp_path / "long.wav"
    with path.open("wb") as file:  # sparse
        file.write(header)
        file.truncate(len(header) + frames * 8)
    info = soundfile.info(str(path))
    assert (info.frames, info.channels, info.samplerate, info.format) == (frames, 2, 96_000, "RF64")
    assert struct.unpack_from("<Q", header, 20)[0] == path.stat().st_size - 8


@QUICK
@given(record=st.dictionaries(TEXT.filter(bool), TEXT, min_size=1))
def test_records_survive_a_project_file(load: Load, record: dict[str, str]) -> None:
    store = load("store")
    packed = store.pack(SimpleNamespace() if not record else _table(load, record))
    assert set(packed) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-%&=")
    assert dict(store.unpack(packed)) == record


def _table(load: Load, record: dict[str, str]) -> Any:
    table = load("store").unpack("")
    for key, value in record.items():
        table[key] = value
    return table


@pytest.mark.parametrize(
    ("name", "plain"),
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
def test_names_become_names_of_files(load: Load, name: str, plain: str) -> None:
    assert load("files").plain(name) == plain


def test_a_file_is_moved_to_another_disk_in_pieces(runtime: Any, load: Load, tmp_path: Path) -> None:
    source, target = tmp_path / "a.wav", tmp_path / "b.wav"
    data = np.random.default_rng(0).bytes(1_000_000)
    source.write_bytes(data)
    pauses: list[str] = []
    runtime.execute(
        "os.rename = (function(rename) return function(a, b) if a:sub(-5) == '.part' then return rename(a, b) end end end)(os.rename)"
    )
    load("files").move(str(source), str(target), pauses.append)
    assert target.read_bytes() == data
    assert not source.exists()
    assert len(pauses) == 4

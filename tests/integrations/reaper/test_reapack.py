"""The ReaPack repository: the header of the package, the index made of it, and importing that as ReaPack does."""

from __future__ import annotations

import functools
import http.server
import posixpath
import shutil
import threading
import time
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

import takevoice
from integrations.modules import LUAS
from integrations.reaper.reapack_format import problems
from integrations.reaper.reapack_index import CATEGORY, ROOT, SCRIPTS, header, index, package, rtf
from takevoice.cli.install.files import scripts
from takevoice.cli.install.reaper import from_reapack

BASE = "https://example.org/takevoice"
WHEN = 1_764_000_000.0


@pytest.fixture(scope="module")
def made() -> str:
    return index(BASE, takevoice.__version__, WHEN)


@pytest.fixture
def hosted() -> Iterator[str]:
    """The files of this version on a web server."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=ROOT))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_one_script_has_the_packages_header_and_the_others_are_no_packages() -> None:
    """By reapack-index's rules: an action that is no package says so."""
    main, tags = package()
    assert set(tags) == {"description", "version", "author", "changelog", "about", "provides"}
    assert tags["version"] == takevoice.__version__
    for path in (ROOT / SCRIPTS).glob("*.lua"):
        if path != main:
            assert path.read_text("utf-8").startswith("-- @noindex\n"), path.name


def test_headers_are_read_as_reapack_index_reads_them() -> None:
    text = "-- @version 1.0\n-- @about\n--   # Title\n--\n--   Text\n--     more\n-- @noindex\n\n-- @author late\n"
    assert header(text) == {"version": "1.0", "about": "# Title\n\nText\n  more", "noindex": ""}
    assert header("local x = 1\n-- @version 1.0\n") == {}


def test_the_index_keeps_the_rules_and_lists_every_script_once(made: str) -> None:
    assert problems(made) == []
    (pack,) = ET.fromstring(made).iter("reapack")
    files = [source.get("file", pack.get("name")) for source in pack.iter("source")]
    assert sorted(files) == sorted(path.as_posix() for path in scripts("reaper", "api"))
    mains = {source.get("file", pack.get("name")) for source in pack.iter("source") if source.get("main") == "main"}
    assert mains == {path.name for path in (ROOT / SCRIPTS).glob("*.lua")}
    (version,) = pack.iter("version")
    assert version.attrib == {"name": takevoice.__version__, "author": "takevoice", "time": "2025-11-24T16:00:00Z"}


def test_any_set_of_scripts_makes_an_index(tmp_path: Path) -> None:
    """Another action, and modules in folders of their own: the header need not name them."""
    shutil.copytree(ROOT / "integrations", tmp_path / "integrations")
    for name in ("selftest.lua", "api/window/model.lua", "api/window/views/gfx.lua"):
        path = tmp_path / SCRIPTS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("-- @noindex\n")
    made = ET.fromstring(index(BASE, takevoice.__version__, WHEN, tmp_path))
    files = {source.get("file"): source.get("main") for source in made.iter("source")}
    assert files["selftest.lua"] == "main"
    assert files["api/window/model.lua"] is files["api/window/views/gfx.lua"] is None


def test_another_version_than_the_headers_is_refused() -> None:
    with pytest.raises(ValueError, match="has version"):
        index(BASE, "99.0", WHEN)
    with pytest.raises(ValueError, match="no URL"):
        index("ftp://example.org", takevoice.__version__, WHEN)
    with pytest.raises(ValueError, match="no URL"):
        index("https://example.org/a b", takevoice.__version__, WHEN)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('<index version="1"', '<index version="2"', "the version of the format"),
        ('name="takevoice">', 'name="tv">', "name of a repository"),
        ('name="takevoice">', 'name="takevoice.">', "name of a repository"),
        ('name="takevoice">', 'name="take/voice">', "name of a repository"),
        ("<index", "<repository", "no XML"),
        ('<category name="Items Editing">', '<category name="">', "has no name"),
        ("<category name", "<category color='red' name", "no attribute color"),
        ('type="script"', 'type="program"', "no type of a package"),
        ('type="script" ', "", "no type of a package"),
        ("<changelog>", "<changelog>a</changelog><changelog>", "more than one <changelog>"),
        ("<changelog>", "<news>a</news><changelog>", "<news> is unknown"),
        ("{\\rtf1", "rtf", "no RTF"),
        (f'<version name="{takevoice.__version__}"', '<version name="new"', "no version"),
        (f'<version name="{takevoice.__version__}"', '<version name="1.70000"', "no version"),
        ('time="2025-11-24T16:00:00Z"', 'time="yesterday"', "no time"),
        ('main="main" file', 'main="piano_roll" file', "no section"),
        ('file="api/ui.lua"', 'file="../ui.lua"', "leaves its folder"),
        ('file="api/ui.lua"', 'file="api/osc.lua"', "listed twice"),
        ('file="api/ui.lua"', 'file="api/OSC.lua"', "listed twice"),
        ('file="api/ui.lua"', 'file=""', "empty file"),
        ('file="api/ui.lua"', 'file="api/ui.lua" platform="amiga"', "no platform"),
        ('file="api/ui.lua"', 'file="api/ui.lua" type="virus"', "no type"),
        (f"{BASE}/integrations/reaper/api/ui.lua", "", "no URL"),
        (f"{BASE}/integrations/reaper/api/ui.lua", "https://example.org/ü", "no URL"),
        (' main="main"', "", "no script is an action"),
        ("<index", "<!DOCTYPE index><index", "document type"),
    ],
)
def test_the_check_finds_what_reapack_would_refuse_or_drop(made: str, old: str, new: str, reason: str) -> None:
    assert old in made
    assert reason in "; ".join(problems(made.replace(old, new)))


def test_what_others_publish_passes_the_check() -> None:
    """The forms of the fixtures of ReaPack and reapack-index."""
    assert not problems(
        '<?xml version="1.0" encoding="utf-8"?>\n<index version="1" commit="f572d396" name="Hello World">'
        '<category name="Category Name"><reapack name="Hello World.lua" type="script">'
        '<version name="1.0" author="cfillion" time="2016-02-12T01:16:40Z"><changelog><![CDATA[Fixed.]]></changelog>'
        '<source platform="all" main="main midi_editor">https://google.com/Category%20Name/Hello%20World.lua</source>'
        "</version></reapack></category>"
        '<metadata><description>{\\rtf1 x}</description><link rel="website" href="http://cfillion.tk">Me</link></metadata></index>'
    )


def test_a_text_as_rtf() -> None:
    assert rtf("# Über `x`\n\na {b}\nc\\ 🎙").endswith(
        "\\f0 {\\b \\u220?ber x}\\par\\par\na \\{b\\} c\\\\ \\u-10180?\\u-8295?}"
    )


@pytest.mark.parametrize("lua", ["5.3", "5.4"])
def test_importing_the_index_by_url_gives_scripts_that_run(hosted: str, tmp_path: Path, lua: str) -> None:
    """As ReaPack does it: every source of the newest version goes to Scripts/REPOSITORY/CATEGORY/FILE."""
    top = ET.fromstring(index(hosted, takevoice.__version__, time.time()))
    (category,), (pack,) = top.findall("category"), top.iter("reapack")
    base = f"Scripts/{top.get('name')}/{category.get('name')}"
    for source in pack.iter("source"):
        target = tmp_path / posixpath.join(base, source.get("file", pack.get("name", "")))
        target.parent.mkdir(parents=True, exist_ok=True)
        with urllib.request.urlopen(source.text or "") as answer:
            target.write_bytes(answer.read())
    place = tmp_path / base
    assert from_reapack(tmp_path) == place
    assert place.name == CATEGORY
    assert {path.relative_to(place): path.read_bytes() for path in place.rglob("*.lua")} == scripts("reaper", "api")
    runtime = LUAS[lua].LuaRuntime()
    load = runtime.eval("function(folder) return assert(loadfile(folder .. 'api/takevoice.lua'))(folder).load('json') ~= nil end")
    assert load(f"{place}/")

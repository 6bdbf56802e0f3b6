"""Makes the index of a ReaPack repository with one package: all scripts of REAPER.

    python tests/integrations/reaper/reapack_index.py https://example.org/takevoice > index.xml

The URL is that of the repository's files: it must serve `integrations/reaper/...` and `integrations/common/...` as they are in
this version. Users import the URL of the index itself (Extensions > ReaPack > Import repositories).

The package is described by the header of the one action that has a version, as reapack-index reads it (reapack-index wiki,
Packaging Documentation). `reapack_format.py` says what an index may hold.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
import urllib.parse
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))

from integrations.reaper.reapack_format import problems

ROOT = Path(__file__).parents[3]
SCRIPTS = Path("integrations") / "reaper"
NAME, CATEGORY = "takevoice", "Items Editing"
"""They are the folder of the scripts in REAPER, so another name is another package: never change them."""
PROVIDED = re.compile(r"\[(main|nomain)\] (\S+)(?: > (\S+/))?")


class Source(NamedTuple):
    """A file of the package: where it goes, relative to the package, where it is in the tree, and whether it is an action."""

    file: str
    path: str
    main: bool


def header(text: str) -> Mapping[str, str]:
    """Return the tags at the begin of a script; the value of one may go on in indented lines."""
    tags: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        if tag := re.fullmatch(r"-- @(\w+) ?(.*)", line):
            name, tags[name] = tag[1], tag[2]
        elif name:
            tags[name] += "\n" + line[5:] if line.startswith("--   ") else "\n"
    return {name: value.strip() for name, value in tags.items()}


def package(root: Path = ROOT) -> tuple[Path, Mapping[str, str]]:
    """Return the action that has a version in its header, and its header. There must be one."""
    headers = {path: header(path.read_text("utf-8")) for path in sorted((root / SCRIPTS).glob("*.lua"))}
    (main,) = (path for path, tags in headers.items() if "version" in tags)
    return main, headers[main]


def sources(provides: str, root: Path = ROOT) -> Iterator[Source]:
    """Yield the files that a @provides names, each line with a pattern, and maybe another folder."""
    for line in filter(None, provides.splitlines()):
        entry = PROVIDED.fullmatch(line)
        assert entry, f"not understood: {line}"
        kind, pattern, folder = entry.groups()
        found = sorted(os.path.normpath(path) for path in (root / SCRIPTS).glob(pattern))
        assert found, f"no file is called {pattern}"
        for path in map(Path, found):
            file = folder + path.name if folder else path.relative_to(root / SCRIPTS).as_posix()
            yield Source(file, path.relative_to(root).as_posix(), kind == "main")


def rtf(text: str) -> str:
    """Return a text as RTF, which ReaPack shows: paragraphs, headings (#) and words of code (`), as in Markdown."""
    paragraphs = [" ".join(lines.split()) for lines in text.split("\n\n")]
    shown = "\\par\\par\n".join(map(_rtf_paragraph, paragraphs))
    return f"{{\\rtf1\\ansi\\deff0{{\\fonttbl{{\\f0 Helvetica;}}}}\\f0 {shown}}}"


def _rtf_paragraph(text: str) -> str:
    """Return a paragraph; each character beyond ASCII as UTF-16 (Rich Text Format Specification 1.9, Unicode)."""
    octets = text.lstrip("# ").replace("`", "").encode("utf-16-le")
    units = (int.from_bytes(octets[i : i + 2], "little") for i in range(0, len(octets), 2))
    shown = "".join(map(_rtf_unit, units))
    return f"{{\\b {shown}}}" if text.startswith("#") else shown


def _rtf_unit(unit: int) -> str:
    if chr(unit) in "\\{}":
        return "\\" + chr(unit)
    return chr(unit) if unit < 128 else f"\\u{unit - 65536 if unit > 32767 else unit}?"


def index(base: str, version: str, when: float, root: Path = ROOT) -> str:
    """Return the index. `base`: the URL of the files. `when`: the time of the version, in seconds since 1970.

    Raises:
        ValueError: the version is not that of the header, or the index would break a rule.
    """
    main, tags = package(root)
    if tags["version"] != version:
        raise ValueError(f"the header of {main.name} has version {tags['version']}, not {version}")
    top = ET.Element("index", {"version": "1", "name": NAME})
    category = ET.SubElement(top, "category", {"name": CATEGORY})
    pack = ET.SubElement(
        category, "reapack", {"name": main.name, "type": "script", "desc": tags["description"]}
    )
    metadata = ET.SubElement(pack, "metadata")
    ET.SubElement(metadata, "description").text = rtf(tags["about"])
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when))
    release = ET.SubElement(pack, "version", {"name": version, "author": tags["author"], "time": at})
    ET.SubElement(release, "changelog").text = tags["changelog"]
    for source in sources(tags["provides"], root):
        attributes = {"main": "main"} if source.main else {}
        if source.file != main.name:
            attributes["file"] = source.file
        url = f"{base.rstrip('/')}/{urllib.parse.quote(source.path)}"
        ET.SubElement(release, "source", attributes).text = url
    ET.indent(top)
    text = f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(top, "unicode")}\n'
    if wrong := problems(text):
        raise ValueError("; ".join(wrong))
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description="Print the index of a ReaPack repository with the scripts of REAPER.")
    parser.add_argument("url", help="where the files of this version are served, such as https://example.org/takevoice")
    parser.add_argument("--version", default=package()[1]["version"], help="the version that is expected in the header")
    parser.add_argument("--time", type=float, default=time.time(), help="when it was released, in seconds since 1970")
    args = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        print(index(args.url, args.version, args.time), end="")
    except ValueError as error:
        sys.exit(f"reapack_index.py: {error}")


if __name__ == "__main__":
    main()

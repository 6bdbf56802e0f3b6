"""What the index of a ReaPack repository may hold.

From ReaPack's wiki, "Index Format", and from what ReaPack 1.2 accepts (cfillion/reapack: `index_v1.cpp`, `remote.cpp`,
`package.cpp`, `source.cpp`, `version.cpp`, `platform.cpp`, and the fixtures of its tests); stricter where ReaPack silently
drops what it does not know. No schema is published.
"""

from __future__ import annotations

import posixpath
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

ELEMENTS = {
    "index": ({"version", "name", "commit"}, {"category", "metadata"}),
    "category": ({"name"}, {"reapack"}),
    "reapack": ({"name", "type", "desc"}, {"version", "metadata"}),
    "metadata": (set(), {"description", "link"}),
    "description": (set(), set()),
    "link": ({"rel", "href"}, set()),
    "version": ({"name", "author", "time"}, {"source", "changelog"}),
    "changelog": (set(), set()),
    "source": ({"platform", "type", "file", "hash", "main"}, set()),
}
"""Each element: its attributes, and the elements inside."""
ONCE = {"metadata", "description", "changelog"}
TYPES = {
    *("script", "extension", "effect", "data", "theme", "langpack", "webinterface"),
    *("projecttpl", "tracktpl", "midinotenames", "autoitem"),
}
SECTIONS = {
    *("main", "midi_editor", "midi_inlineeditor", "midi_eventlisteditor", "mediaexplorer", "crossfade_editor"),
    "true",
}
PLATFORMS = {
    *("all", "windows", "win32", "win64", "windows-arm64ec", "darwin", "darwin32", "darwin64", "darwin-arm64"),
    *("linux", "linux32", "linux64", "linux-armv7l", "linux-aarch64"),
}
REPOSITORY = re.compile(r'[^*\\:<>?/|"\x00-\x1f]{4,24}')
REFUSED = re.compile(r"[. ].+|.+[. ]|CLOCK\$|COM\d|LPT\d", re.IGNORECASE)
URL = re.compile(r"https?://(?:[a-z0-9._~:/?#[\]@!$&'()*+,;=-]|%[a-f0-9]{2})+", re.IGNORECASE)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def problems(text: str) -> list[str]:
    """Return what is wrong with an index."""
    if "<!DOCTYPE" in text:
        return ["TinyXML reads no document type"]
    try:
        top = ET.fromstring(text)
    except ET.ParseError as error:
        return [f"no XML: {error}"]
    return list(_index(top)) if top.tag == "index" else [f"<{top.tag}> is no index"]


def _index(top: ET.Element) -> Iterator[str]:
    for element in top.iter():
        yield from _element(element)
    if top.get("version") != "1":
        yield "index: the version of the format is 1"
    name = top.get("name", "")
    if not REPOSITORY.fullmatch(name) or REFUSED.fullmatch(name):
        yield f"index: {name!r} cannot be the name of a repository"
    if top.find("category") is None:
        yield "index: there is no category"
    yield from _unique(top, "category")
    targets: list[str] = []
    for category in top.iter("category"):
        yield from _unique(category, "reapack")
        for package in category.iter("reapack"):
            yield from _package(package, f"{name}/{category.get('name')}", targets)


def _element(element: ET.Element) -> Iterator[str]:
    attributes, inside = ELEMENTS.get(element.tag, (set(), set()))
    if element.tag not in ELEMENTS:
        yield f"<{element.tag}> is unknown"
    for name in element.attrib.keys() - attributes:
        yield f"<{element.tag}> has no attribute {name}"
    for tag in {child.tag for child in element}:
        if tag not in inside:
            yield f"<{element.tag}> holds no <{tag}>"
        if tag in ONCE and len(element.findall(tag)) > 1:
            yield f"<{element.tag}> has more than one <{tag}>"
    if inside and (element.text or "").strip():
        yield f"<{element.tag}> holds no text"
    if element.tag in ("category", "reapack", "version") and not element.get("name"):
        yield f"<{element.tag}> has no name"


def _unique(parent: ET.Element, tag: str) -> Iterator[str]:
    names = [child.get("name") for child in parent.findall(tag)]
    if len(set(names)) < len(names):
        yield f"<{parent.tag}> has two <{tag}> of one name"


def _package(package: ET.Element, folder: str, targets: list[str]) -> Iterator[str]:
    kind, name = package.get("type"), package.get("name", "")
    if kind not in TYPES:
        yield f"{name}: no type of a package: {kind}"
    if package.find("version") is None:
        yield f"{name}: there is no version"
    yield from _unique(package, "version")
    description = package.findtext("metadata/description")
    if description is not None and not description.startswith("{\\rtf"):
        yield f"{name}: the description is no RTF"
    for version in package.findall("version"):
        yield from (f"{name}: {each}" for each in _version(version))
        yield from (
            f"{name}: {each}" for each in _sources(version, f"Scripts/{folder}", name, kind or "", targets)
        )


def _version(version: ET.Element) -> Iterator[str]:
    number = version.get("name", "")
    if not re.match(r"\d", number) or any(int(part) > 65535 for part in re.findall(r"\d+", number)):
        yield f"no version: {number}"
    if not TIME.fullmatch(version.get("time", "")):
        yield f"no time in ISO 8601 and UTC: {version.get('time')}"
    if version.find("source") is None:
        yield "there is no source"


def _sources(version: ET.Element, folder: str, package: str, kind: str, targets: list[str]) -> Iterator[str]:
    mains = 0
    for source in version.findall("source"):
        file, url = source.get("file", package), (source.text or "").strip()
        target = posixpath.normpath(f"{folder}/{file}")
        if not URL.fullmatch(url):
            yield f"no URL: {url!r}"
        if not target.startswith(f"{folder}/") or "\\" in file:
            yield f"{file} leaves its folder"
        if target.lower() in targets:
            yield f"{file} is listed twice"
        targets.append(target.lower())
        if source.get("platform", "all") not in PLATFORMS:
            yield f"{file}: no platform: {source.get('platform')}"
        if source.get("type", kind) not in TYPES:
            yield f"{file}: no type: {source.get('type')}"
        if source.get("file") == "":
            yield "a source has an empty file"
        if unknown := set(source.get("main", "main").split(" ")) - SECTIONS:
            yield f"{file}: no section of the action list: {', '.join(sorted(unknown))}"
        mains += "main" in source.attrib
    if kind == "script" and not mains:
        yield "no script is an action"

"""Draws the house: the packages of takevoice as floors, with the imports between them, into docs/pictures/house.svg.

Run it after moving a module: `python tests/house.py`. With `--figures` it prints modules, imports and circles instead.
The floors are those of the import contract "Imports go down only" in pyproject.toml.
"""

from __future__ import annotations

import ast
import html
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import grimp

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "pictures" / "house.svg"
SAYS = {
    "cli": "one module for each command",
    "service": "what runs: threads, folders, OSC",
    "pipeline": "what happens to one take, step by step",
    "plugins": "hooks, and calling plugins",
    "watch": "folders (watchdog)",
    "osc": "OSC over UDP and TCP",
    "api": "the client (httpx)",
    "audio": "files and samples (soundfile)",
    "ledger": "jobs in SQLite: SQL only",
    "settings": "the config, and what holds for a take",
    "system": "what differs between Linux, macOS and Windows",
}
WAY = (
    "The way of a take: watch > folder_jobs > ledger_poll > intake_queue > intake (assessment, planning, hold_policy) > ledger",
    "> worker_pool > conversion (segments, charges) > backend > restoration > publishing > ledger > events > log, table, OSC, plugins",
)
WIDTH, TALL, LOW, GAP, MARGIN, TOP = 1180, 78, 46, 22, 24, 70


class Box(NamedTuple):
    """Where a room is drawn."""

    x: float
    y: float
    width: float
    height: int


def floors() -> list[list[str]]:
    """The layers of the contract, top floor first; each a list of rooms."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["name"] == "Imports go down only")
    return [[room.strip("() ") for room in layer.replace(":", "|").split("|")] for layer in layers]


def room_of(module: str) -> str:
    """The package or module right below `takevoice`."""
    return module.split(".")[1] if "." in module else "takevoice"


def imports() -> dict[tuple[str, str], int]:
    """How many imports lead from one room of the core to another, those for type checking included."""
    graph = grimp.build_graph("takevoice", cache_dir=None)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            pair = room_of(module), room_of(imported)
            if pair[0] != pair[1]:
                counts[pair] += 1
    return dict(counts)


def modules(room: str) -> list[Path]:
    """The modules of a room."""
    folder = ROOT / "daemon" / "takevoice" / room
    if folder.is_dir():
        return sorted(path for path in folder.rglob("*.py") if path.name != "__init__.py")
    return [folder.with_suffix(".py")]


def said_of(room: str) -> str:
    """What a room is for: for a single module the beginning of its docstring."""
    if room in SAYS:
        return SAYS[room]
    text = ast.get_docstring(ast.parse(modules(room)[0].read_text("utf-8"))) or ""
    return re.split(r"[.:;]", text)[0].replace("\n", " ")


def svg() -> str:
    """The picture."""
    boxes: dict[str, Box] = {}
    y = TOP
    for rooms in floors():
        height = TALL if any(len(modules(room)) > 1 for room in rooms) else LOW
        width = (WIDTH - 2 * MARGIN - 12 * (len(rooms) - 1)) / len(rooms)
        for place, room in enumerate(rooms):
            boxes[room] = Box(MARGIN + place * (width + 12), y, width, height)
        y += height + GAP
    parts = [
        _arrow(boxes[above], boxes[below], count)
        for (above, below), count in sorted(imports().items())
        if above in boxes and below in boxes
    ]
    parts += [_drawn(room, box) for room, box in boxes.items()]
    parts += [
        f'<text class="way" x="{MARGIN}" y="{28 + 18 * n}">{html.escape(line)}</text>'
        for n, line in enumerate(WAY)
    ]
    style = (
        "text{font-family:sans-serif;fill:#1d2733} .name{font-size:15px;font-weight:bold} .way{font-size:13px} "
        ".what{font-size:11px} .modules{font-size:10px;fill:#5b6875} rect{fill:#f4f7fa;stroke:#7d8da0}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}">\n'
        f"<style>{style}</style>\n<rect width='100%' height='100%' style='fill:#fff;stroke:none'/>\n"
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _drawn(room: str, box: Box) -> str:
    x, y = box.x + 10, box.y
    names = [path.stem for path in modules(room)]
    text = [f'<text class="name" x="{x:.0f}" y="{y + 20:.0f}">{html.escape(room)}</text>']
    for line in _wrapped(said_of(room).split(" "), " ", max(10, int(box.width / 5.8)), 1):
        text.append(f'<text class="what" x="{x:.0f}" y="{y + 35:.0f}">{html.escape(line)}</text>')
    for n, line in enumerate(
        _wrapped(names, ", ", max(10, int(box.width / 5.4)), 3) if len(names) > 1 else []
    ):
        text.append(f'<text class="modules" x="{x:.0f}" y="{y + 48 + 12 * n:.0f}">{html.escape(line)}</text>')
    rect = f'<rect x="{box.x:.0f}" y="{y:.0f}" width="{box.width:.0f}" height="{box.height}" rx="5"/>'
    return "\n".join([rect, *text])


def _arrow(above: Box, below: Box, count: int) -> str:
    x1, y1 = above.x + above.width / 2, above.y + above.height
    x2, y2 = below.x + below.width / 2, below.y
    color = "#c0392b" if y2 < y1 else "#b9c6d3"  # red: upward
    return (
        f'<path d="M{x1:.0f} {y1:.0f} C{x1:.0f} {y1 + 24:.0f} {x2:.0f} {y2 - 24:.0f} {x2:.0f} {y2:.0f}" '
        f'fill="none" stroke="{color}" stroke-width="{0.6 + min(count, 40) / 16:.1f}"/>'
    )


def _wrapped(words: Sequence[str], between: str, size: int, most: int) -> list[str]:
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + len(word) + len(between) <= size:
            lines[-1] += between + word
        elif len(lines) < most:
            lines.append(word)
        else:
            lines[-1] += " ..."
            break
    return lines


def circles(edges: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Groups of modules that import each other in a circle (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in edges.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = [stack.pop()]
            while group[-1] != node:
                group.append(stack.pop())
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(edges):
        if node not in index:
            visit(node)
    return found


def figures() -> str:
    """Modules, imports and circles, of the core and of the bundled plugins."""
    lines = []
    for package in ("takevoice", "takevoice_plugins"):
        graph = grimp.build_graph(package, cache_dir=None)
        edges = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
        between = sum(len(each) for each in edges.values())
        lines.append(
            f"{package}: {len(edges)} modules, {between} imports, circles: {circles(edges) or 'none'}"
        )
    graph = grimp.build_graph("takevoice", cache_dir=None)
    for room in ("pipeline", "service"):
        inside = {module for module in graph.modules if room_of(module) == room}
        arrows = sum(len(graph.find_modules_directly_imported_by(each) & inside) for each in inside)
        lines.append(f"  {room}: {len(inside)} modules, {arrows} imports among them")
    return "\n".join(lines)


def main() -> None:
    if "--figures" in sys.argv:
        print(figures())
    else:
        PICTURE.write_text(svg(), "utf-8")
        print(f"{PICTURE.relative_to(ROOT)} is drawn")


if __name__ == "__main__":
    sys.setrecursionlimit(10_000)
    main()

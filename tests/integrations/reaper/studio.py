"""A person at REAPER with takevoice's scripts, and a takevoice of a few lines that does what docs/request-files.md says.

Nothing runs beside the test: `Studio.until` lets REAPER's scripts and this takevoice take turns.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from integrations.reaper.standin import Item, Project, Reaper, Take
from takevoice.cli.install.files import scripts

RATE = 48_000
SETTINGS = "return {{ state = {state!r}, command = {{ '/bin/echo', 'takevoice' }} }}\n"


def ramp(path: Path, seconds: float = 2.0, channels: int = 1, rate: int = RATE) -> Path:
    """Write a file whose samples tell their place: the sample at t seconds is t / 4000, on each channel plus 0.1."""
    path.parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(round(seconds * rate)) / rate
    samples = times[:, None] / 4000 + 0.1 * np.arange(channels)
    soundfile.write(path, samples, rate, "FLOAT")
    return path


def place_of(path: str | Path, at: float = 0.0) -> float:
    """Return which second of its original is at a second of a converted file."""
    samples, rate = soundfile.read(path, always_2d=True)
    return float(-samples[round(at * rate), 0] * 4000)


@dataclass
class Office:
    """takevoice as docs/request-files.md has it: it turns the audio upside down."""

    state: Path
    runs: bool = True
    busy: bool = False
    """It takes up nothing, but shows that it is running."""
    gate: bool = True
    """Conversions end only while it is open."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    """Names of takes that wait for a person, and why."""
    failing: dict[str, str] = field(default_factory=dict)
    credits: float = 0
    progress: Any = 0.4
    under_way: dict[str, dict[str, Any]] = field(default_factory=dict)
    done: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.state / "handover").mkdir(parents=True)
        (self.state / "results").mkdir()

    @property
    def conversions(self) -> list[dict[str, Any]]:
        """The requests for conversions, each id once."""
        return list({r["id"]: r for r in self.requests if r["address"] == "/takevoice/convert"}.values())

    def turn(self) -> None:
        """Do what there is to do."""
        if not self.runs:
            return
        if self.busy:
            self._write(self.state / "handover" / "progress.json", {"beat": time.time(), "requests": {}})
            return
        for path in sorted(self.state.glob("handover/*.json"), key=lambda each: (each.stat().st_mtime_ns, each.name)):
            if path.name != "progress.json":
                self._take_up(json.loads(path.read_text("utf-8")))
                path.unlink()
        if self.gate:
            for request in list(self.under_way.values()):
                if request["name"] not in self.held:
                    del self.under_way[request["id"]]
                    self._convert(request)
        self._report()

    def _take_up(self, request: dict[str, Any]) -> None:
        self.requests.append(request)
        verb = request["address"].rpartition("/")[2]
        if verb == "convert":
            if request["id"] in self.done:
                self._answer(request["id"], **self.done[request["id"]])
            else:
                self.under_way[request["id"]] = request
        else:
            self._answer(request["id"], **getattr(self, f"_{verb}")(request))

    def _cancel(self, request: dict[str, Any]) -> dict[str, Any]:
        self.under_way.pop(request["request"], None)
        return {"state": "done"}

    def _drop(self, request: dict[str, Any]) -> dict[str, Any]:
        self.under_way.pop(request["request"], None)
        self._answer(request["request"], state="cancelled", text="a person dropped it", output="")
        return {"state": "done"}

    def _release(self, request: dict[str, Any]) -> dict[str, Any]:
        self.held.pop(self.under_way[request["request"]]["name"])
        return {"state": "done"}

    def _voices(self, _request: dict[str, Any]) -> dict[str, Any]:
        return {"state": "done", "rows": [{"name": name, "id": name, "backend": "local"} for name in ("ada", "bea")]}

    def _hear(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"state": "done", "path": f"/voices/{request['voice']}.wav"}

    def _held(self, _request: dict[str, Any]) -> dict[str, Any]:
        held = [r for r in self.under_way.values() if r["name"] in self.held]
        rows = [{"job": 1, "name": r["name"], "voice": "ada", "text": self.held[r["name"]], "request": r["id"]} for r in held]
        return {"state": "done", "rows": rows}

    def _quote(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"state": "done", "seconds": request["cut"]["length"], "credits": self.credits}

    def _report(self) -> None:
        path = self.state / "handover" / "progress.json"
        if not self.under_way:
            path.unlink(missing_ok=True)
            return
        rows = {id_: self._row(request) for id_, request in self.under_way.items()}
        self._write(path, {"beat": time.time(), "requests": rows})

    def _row(self, request: dict[str, Any]) -> dict[str, Any]:
        name = request["name"]
        row = {"job": 1, "state": "converting", "progress": self.progress, "text": "", "credits": self.credits, "name": name}
        return row | ({"state": "held", "text": self.held[name]} if name in self.held else {})

    def _convert(self, request: dict[str, Any]) -> None:
        if request["name"] in self.failing:
            self._answer(request["id"], state="failed", text=self.failing[request["name"]], output="")
            return
        try:
            samples, rate = soundfile.read(os.fsencode(request["path"]), always_2d=True)
        except soundfile.LibsndfileError as error:
            self._answer(request["id"], state="failed", text=str(error), output="")
            return
        samples, head = cut_out(samples, rate, request["cut"]) if "cut" in request else (samples, 0.0)
        settings = request.get("settings", {})
        stem = re.sub(r"[\x00-\x1f/\\]", "_", f"{request['name']}.{settings.get('voice', 'ada')}")
        output = self._free(Path(request.get("folder", Path(request["path"]).parent)), stem)
        soundfile.write(os.fsencode(output), -samples, rate, "FLOAT", format="WAV")
        if request.get("temporary"):
            Path(request["path"]).unlink()
        self._answer(request["id"], state="done", text="", output=str(output), head=head, voice=settings.get("voice", "ada"))

    @staticmethod
    def _free(folder: Path, stem: str) -> Path:
        names = (f"{stem}.wav" if n == 1 else f"{stem}.{n}.wav" for n in range(1, 999))
        return next(folder / name for name in names if not (folder / name).exists())

    def _answer(self, id_: str, **values: Any) -> None:
        self.done[id_] = values
        self._write(self.state / "results" / f"{id_}.json", {"id": id_, **values})

    @staticmethod
    def _write(path: Path, values: dict[str, Any]) -> None:
        part = path.with_suffix(".part")
        part.write_text(json.dumps(values))
        part.replace(path)


def cut_out(samples: np.ndarray, rate: int, cut: dict[str, Any]) -> tuple[np.ndarray, float]:
    """Return the part of a cut with its handles, and the seconds of the handle in front."""
    first, last = round(cut["start"] * rate), min(len(samples), int(np.ceil((cut["start"] + cut["length"]) * rate - 1e-6)))
    handle = round(cut["handle"] * rate)
    begin, end = max(0, first - handle), min(len(samples), last + handle)
    part = samples[begin:end]
    if cut.get("channels"):
        part = part[:, [number - 1 for number in cut["channels"]]]
    return part, (first - begin) / rate


class Studio:
    """REAPER, a project with one track, and takevoice."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder, self.resources = folder, folder / "REAPER"
        self.office = Office(folder / "state")
        install(self.resources, self.office.state)
        self.project = Project(folder / "Song" / "Media")
        self.track = self.project.track("Anna")
        self._options = options
        self.reaper = Reaper(self.resources, self.project, sockets=False, **options)

    def restart(self) -> None:
        """End REAPER and start it again with the same project."""
        saved = self.project.save()
        self.end()
        name = Path(self.project.file).name
        self.project = Project(self.project.media, name)
        self.project.load(saved)
        self.track = self.project.tracks[0]
        self.reaper = Reaper(self.resources, self.project, sockets=False, **self._options)

    def place(self, name: str = "line", position: float = 0.0, seconds: float = 2.0, channels: int = 1, **options: Any) -> Item:
        """Put an item of a new file on the track, selected."""
        path = ramp(self.project.media / f"{name}.wav", seconds, channels)
        return self.project.place(self.track, path, position, name=name, **options)

    def press(self, action: str = "convert_selected_items") -> None:
        """Start an action, as by its key."""
        self.reaper.run(action)

    def until(self, condition: Callable[[], Any], seconds: float = 15.0) -> Any:
        """Let REAPER and takevoice work until something is so."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.office.turn()
            self.reaper.tick()
            self.reaper.check()
            if found := condition():
                return found
            time.sleep(0.01)
        raise AssertionError(f"waited in vain; boxes {self.reaper.boxes}, console {self.reaper.console}, help {self.reaper.help[-3:]}")

    def work(self, seconds: float = 0.4) -> None:
        """Let them work for a while."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end)

    def finish(self) -> None:
        """Let them work until nothing is under way."""
        self.work(0.15)
        self.until(lambda: not self.project.ext.get("takevoice"))

    @property
    def steps(self) -> list[str]:
        """The undo points since the project was set up."""
        return self.project.history

    @property
    def items(self) -> list[Item]:
        return self.project.items

    def names(self, index: int = 0) -> list[str]:
        """The names of an item's takes."""
        return [take.name for take in self.items[index].takes]

    def left(self) -> list[str]:
        """The files of takevoice that are still in its folders."""
        return sorted(path.name for folder in ("handover", "results") for path in (self.office.state / folder).iterdir())

    def said(self) -> str:
        return "".join(self.reaper.console)

    def end(self) -> None:
        self.reaper.quit()
        self.reaper.check()


def install(resources: Path, state: Path) -> None:
    """Put the scripts where `takevoice install reaper` does."""
    folder = resources / "Scripts" / "takevoice"
    for path, content in scripts("reaper", "api").items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    (folder / "settings.lua").write_text(SETTINGS.format(state=str(state)))


def heard(take: Take, at: float = 0.0) -> float:
    """Return which second of the original a converted take plays at a second of its item."""
    return place_of(take.path, take.values["D_STARTOFFS"] + at * take.values["D_PLAYRATE"])

"""The scripts in the stand-in for REAPER with a running daemon: what REAPER's users and other programs see."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile

from integrations.reaper.standin import Item, Project, Reaper
from integrations.reaper.studio import Studio
from support import BACKENDS, FAST, Cli, wait_for

pytestmark = pytest.mark.editor
CONFIG = 'backend = "gated"\n' + FAST + '[defaults]\nlevel = "off"\n\n[plugins.gated]\ngate = "{gate}"\nsent = "{sent}"\npaid = true\n'
needs_exiftool = pytest.mark.skipif(shutil.which("exiftool") is None, reason="needs exiftool")


class Room(Studio):
    """REAPER beside a real daemon. Its backend turns audio upside down and halves it, once the gate is open."""

    def __init__(self, folder: Path, cli: Cli, *, sockets: bool = True) -> None:
        self.cli, self.gate, self.sent_file = cli, folder / "gate", folder / "sent"
        self.exports = folder / "Exports"
        for path in (folder, self.exports):
            path.mkdir(exist_ok=True)
        cli.plugin(BACKENDS / "gated.py")
        cli.config(CONFIG.format(gate=self.gate, sent=self.sent_file))
        self.gate.touch()
        resources = folder / "REAPER"
        (resources / "Scripts").mkdir(parents=True)
        cli("install", "reaper", "--into", resources)
        self.project = Project(folder / "Song" / "Media")
        self.track = self.project.track("Anna")
        self.reaper = Reaper(resources, self.project, sockets=sockets)

    def turn(self) -> None:
        """takevoice works by itself."""

    @property
    def office(self) -> Room:  # type: ignore[override]
        return self

    def sent(self) -> list[str]:
        """The names of what was sent to the backend."""
        return [line.split(" ", 1)[1] for line in self.sent_file.read_text().splitlines()] if self.sent_file.exists() else []

    def left(self) -> list[str]:
        folders = (self.cli.state / "handover", self.cli.state / "results")
        return sorted(path.name for folder in folders if folder.is_dir() for path in folder.iterdir())


@pytest.fixture
def room(tmp_path: Path, cli: Cli) -> Iterator[Room]:
    made = Room(tmp_path / "room", cli)
    yield made
    made.end()


def test_candidates_of_the_config_are_takes_and_the_one_that_is_kept_is_picked(room: Room) -> None:
    room.cli.config(CONFIG.format(gate=room.gate, sent=room.sent_file).replace("[defaults]\n", '[defaults]\ncandidates = 3\npick = "ask"\n'))
    room.project.place(room.track, voice(room.project.media / "line.wav", 2.0), 0.0, name="line")
    with room.cli.daemon(room.exports, "--osc-port", 0):
        room.press()
        room.finish()
        assert room.names() == ["line", "line.ada.1", "line.ada.2", "line.ada.3"]
        active = room.items[0].active
        assert active and active.name == "line.ada.1"
        room.press("next_candidate")
        room.press("keep_this_candidate")
        assert room.names() == ["line", "line.ada.2"]
        result, kept = room.project.media / "line.ada.wav", room.project.media / "candidates" / "line.ada.2.wav"
        room.until(result.exists)
        assert result.read_bytes() == kept.read_bytes()
        # The scripts' own candidates have a seed each, and are not multiplied.
        room.press("convert_selected_items_3_candidates")
        room.finish()
    assert len(room.names()) == 5
    assert len(room.sent()) <= 6


def voice(path: Path, seconds: float, channels: int = 1, rate: int = 48_000, seed: int = 1) -> Path:
    """Write noise in bursts: its places can be told apart."""
    path.parent.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(seed)
    samples = chance.normal(0, 0.1, (round(seconds * rate), channels))
    samples *= np.sin(np.arange(len(samples)) * 8 / rate)[:, None] ** 2
    soundfile.write(path, samples, rate, "PCM_24")
    return path


def as_heard(item: Item) -> tuple[np.ndarray, np.ndarray]:
    """Return what the item's first take and its active one play, both at full level."""
    rate, parts = 48_000, []
    for take in (item.takes[0], item.active):
        assert take
        samples = soundfile.read(os.fsencode(take.path), always_2d=True)[0]
        first = round(take.values["D_STARTOFFS"] * rate)
        parts.append(samples[first : first + round(item.length * rate)])
    return parts[0], parts[1]


def test_items_come_back_as_takes_to_the_sample(room: Room) -> None:
    path = voice(room.project.media / "scene.wav", 20.0, channels=2)
    for n in range(3):
        room.project.place(room.track, path, 10.0 * n, length=3.0, name=f"line {n}", offset=2.0 + 5.0 * n)
    with room.cli.daemon(room.exports, "--osc-port", 0):
        room.press()
        room.finish()
        wait_for(lambda: room.left() == [])
    assert room.steps == ["takevoice: 3 takes"]
    for n, item in enumerate(room.items):
        before, after = as_heard(item)
        assert np.abs(after + 0.5 * before).max() < 2e-4, n
        assert item.active and Path(item.active.path).name == f"line {n}.ada.wav"
        assert soundfile.info(item.active.path).subtype == "PCM_24"


def test_names_that_no_file_may_have_reach_the_daemon_and_come_back(room: Room) -> None:
    """Names of takes, tracks and folders: quotation marks, new lines, percent signs, bytes that are no UTF-8."""
    room.track.name = 'VO = "Anna"\n[main] 100%d/\\'
    path = voice(room.project.media / "100% café; l'été #1 %s.wav", 20.0)
    names = ["Anna/Bert", "two\nlines", "50%20off %s", 'he said "no"', "..", "CON", "\udce4lter", "x" * 5000, "same", "same"]
    for n, name in enumerate(names):
        room.project.place(room.track, path, 3.0 * n, 1.0, name, 1.5 * n)
    with room.cli.daemon(room.exports, "--osc-port", 0):
        room.press()
        room.finish()
        wait_for(lambda: room.left() == [])
    assert room.said() == ""
    for name, item in zip(names, room.items, strict=True):
        assert len(item.takes) == 2, name
        before, after = as_heard(item)
        assert np.abs(after + 0.5 * before).max() < 2e-4, name
    assert len({item.takes[1].path for item in room.items}) == len(names)


@needs_exiftool
def test_production_metadata_is_kept_and_the_time_reference_is_moved(room: Room) -> None:
    raw = voice(room.exports.parent / "raw.wav", 10.0)
    scene = room.project.media / "SC01_T03.wav"
    tags = ["-metadata", "time_reference=172800000", "-metadata", "description=sSCENE=01", "-metadata", "originator=MixPre"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", raw, "-c", "copy", "-write_bext", "1", *tags, scene], check=True)
    room.project.place(room.track, scene, 3600.0, length=2.0, name="SC01_T03", offset=4.0)
    with room.cli.daemon(room.exports, "--osc-port", 0):
        room.press()
        room.finish()
    take = room.items[0].active
    assert take
    said = json.loads(subprocess.run(["exiftool", "-j", "-s", take.path], capture_output=True, check=True).stdout)[0]
    assert (said["Description"], said["Originator"]) == ("sSCENE=01", "MixPre")
    assert said["TimeReference"] == 172_800_000 + round(3.5 * 48_000)
    assert take.values["D_STARTOFFS"] == pytest.approx(0.5)


def test_requests_wait_for_the_daemon_and_are_converted_when_it_starts(room: Room) -> None:
    room.project.place(room.track, voice(room.project.media / "line.wav", 2.0), name="line")
    room.press()
    room.until(lambda: room.reaper.boxes)
    with room.cli.daemon(room.exports, "--osc-port", 0):
        room.finish()
    assert room.names() == ["line", "line.ada"]


@pytest.mark.parametrize("sockets", [True, False], ids=["LuaSocket", "no LuaSocket"])
def test_a_daemon_that_is_killed_and_started_again_loses_nothing(tmp_path: Path, cli: Cli, *, sockets: bool) -> None:
    room = Room(tmp_path / "room", cli, sockets=sockets)
    for n in range(4):
        room.project.place(room.track, voice(room.project.media / f"{n}.wav", 2.0, seed=n), 5.0 * n, name=f"line {n}")
    room.gate.unlink()
    with room.cli.daemon(room.exports, "--osc-port", 0) as daemon:
        room.press()
        room.until(lambda: room.sent())
        daemon.kill()
    room.work(0.5)
    room.gate.touch()
    with room.cli.daemon(room.exports, "--osc-port", 0):
        # What was with the paid backend when the daemon was killed waits for a person.
        room.until(lambda: "held" in room.reaper.help_line or not room.project.ext.get("takevoice"))
        for job in room.cli.jobs():
            if job["state"] == "held":
                room.cli("release", job["id"])
        room.finish()
    assert [len(item.takes) for item in room.items] == [2] * 4
    room.end()


def test_the_same_item_again_is_not_paid_for_twice(room: Room) -> None:
    room.project.place(room.track, voice(room.project.media / "line.wav", 2.0), name="line")
    with room.cli.daemon(room.exports, "--osc-port", 0):
        for _ in range(2):
            room.press()
            room.finish()
    assert len(room.sent()) == 1
    assert len(room.names()) == 3


def test_the_files_of_the_last_render_are_converted_next_to_themselves(room: Room) -> None:
    """As if they had been dropped there: with the settings of the track that their names have."""
    room.cli.config(CONFIG.format(gate=room.gate, sent=room.sent_file) + '[tracks.mix]\nvoice = "bea"\n')
    renders = room.project.media.parent / "Renders"
    room.project.rendered = [voice(renders / f"{name}.wav", 1.0) for name in ("mix", "stem.v2")]
    with room.cli.daemon(room.exports, "--osc-port", 0):
        room.press("convert_last_render")
        room.finish()
        wait_for(lambda: room.left() == [])
    assert sorted(path.name for path in renders.iterdir()) == ["mix.bea.wav", "mix.wav", "stem.v2.ada.wav", "stem.v2.wav"]
    assert all(f"wrote {renders / name}" in room.said() for name in ("mix.bea.wav", "stem.v2.ada.wav"))
    assert room.steps == []


def test_fifty_items_of_a_minute_from_one_file(room: Room) -> None:
    path = voice(room.project.media / "session.wav", 600.0, rate=8_000)
    for n in range(50):
        room.project.place(room.track, path, 60.0 * n, length=60.0, name="Anna session", offset=10.0 * n)
    with room.cli.daemon(room.exports, "--osc-port", 0):
        room.press()
        room.until(lambda: all(len(item.takes) == 2 for item in room.items), 120)
        room.finish()
    paths = {item.takes[1].path for item in room.items}
    assert len(paths) == 50
    for n, item in enumerate(room.items):
        before, after = (soundfile.read(take.path, 8_000, round(take.values["D_STARTOFFS"] * 8_000))[0] for take in item.takes)
        assert np.abs(after + 0.5 * before).max() < 2e-4, n
        assert soundfile.info(item.takes[1].path).duration >= 60.0
    assert len(room.sent()) == 50
    assert room.steps == ["takevoice: 50 takes"]
    assert room.reaper.console == []


def test_the_windows_questions_are_answered(room: Room) -> None:
    room.track.selected = True
    item = room.project.place(room.track, voice(room.project.media / "line.wav", 2.0), name="line")
    room.project.select(item)
    with room.cli.daemon(room.exports, "--osc-port", 0):
        room.press("window")
        room.work(0.3)
        room.reaper.click("Casting")
        room.reaper.menu = lambda _fields: "bea"
        room.until(lambda: _clicked(room, "Voice:") and "P_EXT:takevoice" in room.track.strings)
        room.reaper.click("Convert")
        room.reaper.click("What do the selected items cost?")
        room.until(lambda: any(text.startswith("1 takes, ") for text in room.reaper.texts))
        room.reaper.click("Selected items")
        room.finish()
    assert room.names() == ["line", "line.bea"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="the daemon is looked for in /proc")
def test_the_window_starts_takevoice_itself(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder to watch: nothing is in the config."""
    for name, value in room.cli.env.items():
        monkeypatch.setenv(name, value)
    room.project.place(room.track, voice(room.project.media / "line.wav", 2.0), name="line")
    room.press()
    room.press("window")
    room.until(lambda: "Start takevoice" in room.reaper.texts)
    room.reaper.click("Start takevoice")
    try:
        room.finish()
    finally:
        for process in processes_with(str(room.cli.state)):
            os.kill(process, signal.SIGTERM)
            wait_for(lambda process=process: not Path(f"/proc/{process}/cmdline").exists())  # type: ignore[misc]
    assert room.names() == ["line", "line.ada"]


def processes_with(word: str) -> list[int]:
    """The processes that have a word in their command line, this one left out."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if word.encode() in path.read_bytes().split(b"\0") and int(path.parent.name) != os.getpid():
                found.append(int(path.parent.name))
    return found


def _clicked(room: Room, label: str) -> bool:
    try:
        room.reaper.click(label)
    except LookupError:  # the voices are not there yet
        return False
    return True

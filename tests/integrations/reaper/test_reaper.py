"""The scripts in a stand-in for REAPER, against a running daemon: items are sent, and come back as takes."""

from __future__ import annotations

import copy
import json
import shlex
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from pydantic import ValidationError
from pythonosc.osc_message import OscMessage

from integrations.reaper.fake import Reaper
from integrations.reaper.model import Item, Project, Source, Take
from support import BACKENDS, FAST, Cli, make_take, wait_for
from takevoice.cli.install.files import put
from takevoice.cli.install.reaper import plan
from takevoice.settings import TrackSettings

GATE = "\n[plugins.gated]\ngate = {gate!r}\n"
CONFIG = 'backend = "gated"\n' + FAST + '[defaults]\nlevel = "off"\n'
pytestmark = pytest.mark.editor

TOLERANCE = 2e-4
"""Between a sample and the result's, which has gone through the placement of the answer."""

Start = Callable[..., Reaper]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    media = tmp_path / "Song" / "Media"
    media.mkdir(parents=True)
    return Project(media)


class House:
    """A running daemon for many tests. Its backend turns audio upside down and halves it, once the gate is open."""

    def __init__(self, cli: Cli, gate: Path) -> None:
        self.state, self.exports, self.gate = cli.state, cli.home / "Exports", gate
        self._cli, self._before = cli, 0

    def jobs(self) -> list[dict[str, Any]]:
        """Those of this test."""
        return [job for job in self._cli.jobs("--state", str(self.state)) if job["id"] > self._before]

    def results(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in (self.state / "results").glob("*.json")]

    def left_over(self) -> list[Path]:
        return [*(self.state / "handover").iterdir(), *(self.state / "results").iterdir()]

    def begin(self) -> None:
        self.gate.touch()
        self._before = max((job["id"] for job in self.jobs()), default=self._before)


def gated(cli: Cli, gate: Path) -> None:
    cli.plugin(BACKENDS / "gated.py")
    cli.config(CONFIG + GATE.format(gate=str(gate)))


def own_cli(tmp_path_factory: pytest.TempPathFactory, patch: pytest.MonkeyPatch) -> Cli:
    """The command line with a home for many tests."""
    home = tmp_path_factory.mktemp("house")
    patch.setenv("HOME", str(home))
    patch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    patch.setenv("TAKEVOICE_STATE", str(home / "state"))
    return Cli(home)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            cli = own_cli(tmp_path_factory, patch)
            house = House(cli, cli.home / "gate")
            house.exports.mkdir()
            gated(cli, house.gate)
            stack.enter_context(cli.daemon(house.exports, "--osc-port", 0))
        yield house
    assert not (house.state / "osc.json").exists(), "scripts would not know that the daemon has ended"


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """What a killed daemon leaves behind."""
    with pytest.MonkeyPatch.context() as patch:
        cli = own_cli(tmp_path_factory, patch)
        (cli.home / "Exports").mkdir()
        with cli.daemon(cli.home / "Exports", "--osc-port", 0) as daemon:
            daemon.kill()
    assert (cli.state / "osc.json").exists()
    return cli


@pytest.fixture
def house(running: House) -> House:
    running.begin()
    return running


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A resource folder with the scripts, for all tests."""
    resources = tmp_path_factory.mktemp("REAPER")
    for _ in put(plan(resources, resources, install=True).files):
        pass
    return resources


@pytest.fixture
def start(
    request: pytest.FixtureRequest, installed: Path, tmp_path: Path, project: Project
) -> Iterator[Start]:
    """Starts REAPER with the project and the scripts as they are installed; in the end nothing must be left open."""
    started: list[Reaper] = []
    owner = next((name for name in ("house", "killed") if name in request.fixturenames), "cli")
    state = request.getfixturevalue(owner).state
    resources = tmp_path / "REAPER"
    place = resources / "Scripts" / "takevoice"
    place.mkdir(parents=True)
    for path in (installed / "Scripts" / "takevoice").iterdir():
        if path.name != "settings.lua":
            (place / path.name).symlink_to(path)
    (place / "settings.lua").write_bytes(plan(resources, state, install=True).files[place / "settings.lua"])

    def starting(with_project: Project = project, **options: Any) -> Reaper:
        started.append(Reaper(resources, with_project, **options))
        return started[-1]

    yield starting
    for each in started:
        each.quit()


def placed(project: Project, seconds: float = 1.0, **options: Any) -> Item:
    path = project.media / "Lead_03.wav"
    if not path.exists():
        make_take(path, min(seconds, 1.0), channels=2)
        if seconds > 1:
            samples, rate = soundfile.read(path)
            soundfile.write(path, np.tile(samples, (round(seconds), 1)), rate, "PCM_24")
    track = next((t for t in project.tracks if t.strings["P_NAME"] == "Lead Vox"), None)
    return project.place(track or project.track("Lead Vox"), path, **options)


def converted(item: Item) -> Take:
    """The item's newest take, which must be a converted one: all there for the user to see and hear."""
    take = item.takes[-1]
    assert take.source
    assert take.values["I_CUSTOMCOLOR"] >= 0x1000000
    assert take.peaks
    return take


def audio(take: Take) -> np.ndarray:
    assert take.source
    return take.source.samples()


@pytest.mark.parametrize("lua", ["5.3", "5.4"])
@pytest.mark.parametrize("sockets", [True, False], ids=["luasocket", "helper"])
def test_a_selected_item_comes_back_as_a_take(
    house: House, project: Project, start: Start, lua: str, sockets: bool
) -> None:
    item = placed(project, position=2.0, name="Strophe: „Größe” $(x) 'y'")
    original = item.active
    assert original
    original.values |= {"D_VOL": 0.7, "D_PAN": -0.25}
    reaper = start(lua=lua, sockets=sockets)
    reaper.run("convert_selected_items")
    reaper.until(lambda: len(item.takes) == 2 and not project.data)
    take = converted(item)
    assert item.active is take
    assert take.name == "Strophe_ „Größe” $(x) 'y'.ada"
    assert take.source and take.source.path and take.source.path.parent == project.media
    np.testing.assert_allclose(audio(take), original.heard() * -0.5, atol=TOLERANCE)
    assert (take.values["D_VOL"], take.values["D_PAN"]) == (0.7, -0.25)
    assert (item.values["D_POSITION"], item.values["D_LENGTH"]) == (2.0, 1.0)
    assert project.undo == ["takevoice: Strophe: „Größe” $(x) 'y'"]
    assert bool(reaper.executed) is not sockets
    (job,) = house.jobs()
    assert job["track"] == "Lead Vox"
    reaper.until(lambda: not house.left_over())
    assert not reaper.boxes + reaper.console
    assert any("converting" in text for text in reaper.help)
    assert reaper.help[-1] == ""


def test_on_windows_each_message_is_a_command_of_its_own(
    house: House, project: Project, start: Start
) -> None:
    item = placed(project, name="-6 dB take")
    reaper = start(sockets=False)
    reaper.os = "Win64"
    reaper.run("convert_selected_items")
    reaper.until(lambda: len(item.takes) == 2)
    words = [shlex.split(line) for line in reaper.executed]
    assert [line[:4] for line in words] == [[sys.executable, "-m", "takevoice", "osc"]] * 2
    assert ["Lead Vox" in line for line in words] == [
        False,
        True,
    ]  # the first asks whether takevoice is there


def test_what_is_heard_is_sent(house: House, project: Project, start: Start) -> None:
    trimmed = placed(project, length=0.4)
    looped = placed(project, length=2.5, position=5.0)
    section = placed(project, length=0.3, position=10.0)
    for item in (trimmed, looped, section):
        assert item.active and item.active.source
    trimmed.takes[0].values["D_STARTOFFS"] = 0.25
    whole = section.takes[0].source
    section.takes[0].strings["P_NAME"] = ""
    assert whole
    section.takes[0].source = Source(None, Source(None, whole, 0.2, 0.5), 0.1, 0.35, reverse=True)
    reaper = start()
    items = [trimmed, looped, section]
    reaper.run("convert_selected_items")
    reaper.until(lambda: all(len(item.takes) == 2 for item in items))
    for item in items:
        np.testing.assert_allclose(audio(converted(item)), item.takes[0].heard() * -0.5, atol=TOLERANCE)
        assert converted(item).values["D_STARTOFFS"] == 0
        assert converted(item).name.startswith("Lead_03.ada")
    assert len(project.undo) == 3
    assert len({each.takes[-1].source.path for each in items if each.takes[-1].source}) == 3


def test_items_with_the_same_audio_all_come_back(house: House, project: Project, start: Start) -> None:
    """The daemon gives them the same answer, and reads it where it gave it first."""
    make_take(project.media / "Lead_03.wav", 2.0, channels=2, seed=int(time.time()))
    items = [placed(project, position=2.0 * n) for n in range(8)]
    reaper = start()
    reaper.run("convert_selected_items")
    reaper.until(lambda: all(len(item.takes) == 2 for item in items))
    assert not reaper.boxes + reaper.console
    assert len({str(converted(item).source) for item in items}) == 8
    reaper.until(lambda: not house.left_over())


@pytest.mark.parametrize(
    "why", ["effects", "D_PLAYRATE", "D_PITCH", "envelopes", "stretch_markers", "I_CHANMODE"]
)
def test_what_reaper_must_render_is_rendered_first(
    house: House, project: Project, start: Start, why: str
) -> None:
    item, other = placed(project, length=0.5), placed(project, length=0.5, position=3.0)
    take = item.takes[0]
    if why in take.values:
        take.values[why] = {"D_PLAYRATE": 0.5, "D_PITCH": 3.0, "I_CHANMODE": 1.0}[why]
    else:
        setattr(take, why, 1)
    heard = take.rendered()
    before = set(project.media.iterdir())
    reaper = start()
    reaper.run("convert_selected_items")
    reaper.until(lambda: len(item.takes) == len(other.takes) == 2 and not project.data)
    np.testing.assert_allclose(audio(converted(item)), heard * -0.5, atol=TOLERANCE)
    assert converted(item).values["D_PLAYRATE"] == 1
    assert (item.selected, other.selected) == (True, True)
    assert project.undo == [f"takevoice: {take.name}"] * 2
    assert len(set(project.media.iterdir()) - before) == 2, "only the converted files are new"


@contextmanager
def played_daemon(state: Path) -> Iterator[Callable[[], str]]:
    """A daemon played by the test, until it ends: gives a function that returns the id of the next request."""
    (state / "results").mkdir(parents=True)
    (state / "handover").mkdir()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(5)
        address = {"host": "127.0.0.1", "port": daemon.getsockname()[1]}
        (state / "osc.json").write_text(json.dumps(address))
        yield lambda: str(OscMessage(daemon.recv(4000)).params[0])
    (state / "osc.json").unlink()


def refuse(state: Path, probe: str) -> None:
    (state / "results" / f"{probe}.json").write_text('{"state": "failed"}')


def test_an_item_may_go_before_it_is_rendered(cli: Cli, project: Project, start: Start) -> None:
    """REAPER renders only once the daemon has answered."""
    item = placed(project)
    item.takes[0].effects = 1
    reaper = start()
    with played_daemon(cli.state) as received:
        reaper.run("convert_selected_items")
        probe = received()
        project.delete(item)
        refuse(cli.state, probe)
        reaper.until(lambda: not project.data)
    assert reaper.console == [
        "takevoice: Lead_03 was not converted: it was removed before it could be read\n"
    ]


def test_three_candidates_are_three_takes_and_three_more_are_others(
    house: House, project: Project, start: Start
) -> None:
    item = placed(project)
    reaper = start()
    for count in (1, 2):
        reaper.run("convert_selected_items_3_candidates")
        reaper.until(lambda n=1 + 3 * count: len(item.takes) == n and not project.data)  # type: ignore[misc]
        item.active = item.takes[0]
    names = [take.name for take in item.takes[1:]]
    assert names == [f"Lead_03.ada.{seed}" for seed in range(1, 7)]
    assert len(project.undo) == 2
    assert sorted(job["settings"]["seed"] for job in house.jobs()) == [1, 2, 3, 4, 5, 6]


def test_a_tracks_settings_are_kept_in_it_and_sent(house: House, project: Project, start: Start) -> None:
    item = placed(project)
    track = item.track
    track.selected = True
    reaper = start()
    asked: list[list[str]] = []

    def typed(captions: list[str], values: list[str]) -> list[str]:
        asked.append(values)
        return ["bea", "", " 0.25 ", "", "", "true", "7"]

    reaper.typed = typed
    reaper.run("track_settings")
    assert project.undo == ["takevoice: settings of Lead Vox"]
    reaper.run("track_settings")
    assert asked == [[""] * 7, ["bea", "", "0.25", "", "", "true", "7"]]
    reaper.run("convert_selected_items")
    reaper.until(lambda: len(item.takes) == 2)
    assert converted(item).name == "Lead_03.bea"
    (job,) = house.jobs()
    assert {key: job["settings"][key] for key in ("voice", "stability", "use_speaker_boost", "seed")} == {
        "voice": "bea",
        "stability": 0.25,
        "use_speaker_boost": True,
        "seed": 7,
    }


@pytest.mark.parametrize("wrong", [(2, "1.5"), (2, "much"), (5, "maybe"), (6, "-1")])
def test_a_wrong_setting_is_refused(project: Project, start: Start, wrong: tuple[int, str]) -> None:
    track = project.track("Lead Vox")
    track.selected = True
    reaper = start()
    reaper.typed = lambda _, values: [wrong[1] if n == wrong[0] else v for n, v in enumerate(values)]
    reaper.run("track_settings")
    assert wrong[1] in reaper.boxes[0]
    assert "Nothing was changed" in reaper.boxes[0]
    assert list(track.strings) == ["P_NAME"]
    assert not project.undo


@pytest.mark.parametrize("key", ["stability", "similarity_boost", "style", "use_speaker_boost", "seed"])
def test_the_dialog_accepts_what_the_config_accepts(project: Project, start: Start, key: str) -> None:
    track = project.track("Lead Vox")
    track.selected = True
    reaper = start()
    for value in ("0", "1", "0.5", "1.5", "-1", "7", "true", "false", "maybe"):
        reaper.typed = lambda captions, values, typed=value: [  # type: ignore[misc]
            typed if caption.lower().replace(" ", "_").startswith(key.removeprefix("use_")) else old
            for caption, old in zip(captions, values, strict=True)
        ]
        reaper.boxes.clear()
        reaper.run("track_settings")
        if key == "use_speaker_boost" and value not in ("true", "false"):
            accepted = False  # pydantic also reads 0 and 1
        else:
            accepted = is_valid(key, value)
        assert bool(reaper.boxes) is not accepted, value


def is_valid(key: str, value: str) -> bool:
    try:
        TrackSettings.model_validate_strings({key: value})
    except ValidationError:
        return False
    return True


def test_with_no_daemon_a_message_says_how_to_start_it(
    cli: Cli, folder: Path, project: Project, start: Start
) -> None:
    placed(project)
    reaper = start()
    reaper.run("convert_selected_items")
    assert "takevoice run FOLDER" in reaper.boxes[0]
    assert not project.data
    assert not reaper.scripts


@pytest.mark.parametrize("sockets", [True, False], ids=["luasocket", "helper"])
def test_with_a_killed_daemon_the_message_comes_within_two_seconds(
    killed: Cli, project: Project, start: Start, sockets: bool
) -> None:
    items = [placed(project), placed(project, position=4.0)]
    reaper = start(sockets=sockets)
    pressed = time.monotonic()
    reaper.run("convert_selected_items")
    reaper.until(lambda: reaper.boxes)
    assert time.monotonic() - pressed < 2
    assert len(reaper.boxes) == 1
    assert "takevoice run FOLDER" in reaper.boxes[0]
    reaper.until(lambda: not project.data)
    assert [len(item.takes) for item in items] == [1, 1]
    assert not list((killed.state / "handover").iterdir())
    assert not project.undo


def test_what_is_under_way_survives_closing_the_project(house: House, project: Project, start: Start) -> None:
    house.gate.unlink()
    placed(project)
    reaper = start()
    reaper.run("convert_selected_items")
    reaper.until(lambda: "state=sent" in "".join(project.data.values()))
    reaper.quit()
    opened = copy.deepcopy(project)  # as read from its file: every handle is another one
    house.gate.touch()
    wait_for(lambda: any(result["state"] == "done" for result in house.results()))
    later = start(opened)
    later.run("listener")
    (item,) = opened.items()
    later.until(lambda: len(item.takes) == 2)
    np.testing.assert_allclose(audio(converted(item)), item.takes[0].heard() * -0.5, atol=TOLERANCE)
    assert not opened.data
    assert not later.boxes + later.console


def test_a_daemon_that_was_away_is_waited_for(cli: Cli, folder: Path, project: Project, start: Start) -> None:
    """The first ends before it has stored the request."""
    gated(cli, cli.home / "gate")
    (cli.home / "gate").touch()
    item = placed(project)
    reaper = start()
    with played_daemon(cli.state) as received:
        reaper.run("convert_selected_items")
        refuse(cli.state, received())
        reaper.until(lambda: "state=sent" in "".join(project.data.values()))
    reaper.until(lambda: "waiting for `takevoice run`" in reaper.help[-1])
    with cli.daemon(folder, "--osc-port", 0):
        reaper.until(lambda: len(item.takes) == 2)
    assert not reaper.boxes + reaper.console


def test_a_result_is_not_brought_in_twice(house: House, project: Project, start: Start) -> None:
    item = placed(project)
    reaper = start()
    reaper.run("convert_selected_items")
    pending = reaper.until(lambda: dict(project.data))
    reaper.until(lambda: len(item.takes) == 2 and not project.data)
    project.data |= pending  # as undo may bring it back; the take is taken away then
    item.takes.pop().dead = True
    reaper.until(lambda: not project.data)
    assert len(item.takes) == 1
    assert not reaper.boxes + reaper.console


def test_an_older_copy_of_the_project_gets_no_second_take(
    house: House, project: Project, start: Start
) -> None:
    item = placed(project)
    reaper = start()
    reaper.run("convert_selected_items")
    pending = reaper.until(lambda: dict(project.data) if "state=sent" in str(project.data) else None)
    reaper.until(lambda: len(item.takes) == 2 and not project.data)
    reaper.quit()
    opened = copy.deepcopy(project)
    opened.data |= pending
    later = start(opened)
    later.run("listener")
    later.until(lambda: not opened.data)
    assert [len(item.takes) for item in opened.items()] == [2]
    assert not later.boxes + later.console
    assert len(house.jobs()) == 1


@pytest.mark.parametrize("state", ["new", "sent"])
def test_a_project_is_closed_and_opened_again_while_reaper_runs(
    house: House, project: Project, start: Start, state: str
) -> None:
    house.gate.unlink()
    item = placed(project, 1.0 if state == "sent" else 20.0)
    reaper = start()
    reaper.run("convert_selected_items")
    reaper.until(lambda: f"state={state}" in str(project.data))
    opened = copy.deepcopy(project)
    project.delete(item)  # so that its handles are of no use any more
    reaper.project = opened
    house.gate.touch()
    (again,) = opened.items()
    reaper.until(lambda: len(again.takes) == 2)
    np.testing.assert_allclose(audio(converted(again)), again.takes[0].heard() * -0.5, atol=TOLERANCE)
    assert not reaper.boxes + reaper.console


def test_an_item_may_go_while_it_is_read(house: House, project: Project, start: Start) -> None:
    item = placed(project, 60.0)
    reaper = start()
    reaper.run("convert_selected_items")
    reaper.until(lambda: "reading" in str(reaper.help))
    project.delete(item)
    reaper.until(lambda: not project.data)
    assert reaper.console == [
        "takevoice: Lead_03 was not converted: it was removed before it could be read\n"
    ]
    assert not list((house.state / "handover").iterdir())


def test_a_held_job_is_told_and_waited_for(house: House, project: Project, start: Start) -> None:
    house.gate.unlink()
    item = placed(project)
    reaper = start()
    reaper.run("convert_selected_items")
    reaper.until(lambda: "state=sent" in str(project.data))
    (request,) = project.data
    result = {"id": request, "state": "held", "text": "outcome unknown; `takevoice held`"}
    (house.state / "results" / f"{request}.json").write_text(json.dumps(result, indent=1))
    reaper.until(lambda: "held" in reaper.help[-1])
    assert reaper.console == [
        "takevoice: Lead_03 waits for your approval: outcome unknown; `takevoice held`\n"
    ]
    house.gate.touch()
    reaper.until(lambda: len(item.takes) == 2)


def test_an_item_that_was_trimmed_meanwhile_stays_in_sync(
    house: House, project: Project, start: Start
) -> None:
    house.gate.unlink()
    item = placed(project)
    reaper = start()
    reaper.run("convert_selected_items")
    reaper.until(lambda: "state=sent" in "".join(project.data.values()))
    item.takes[0].values["D_STARTOFFS"] = 0.3
    item.values |= {"D_LENGTH": 0.5, "D_POSITION": 0.3}
    house.gate.touch()
    reaper.until(lambda: len(item.takes) == 2)
    np.testing.assert_allclose(item.takes[1].heard(), item.takes[0].heard() * -0.5, atol=TOLERANCE)


@pytest.mark.parametrize("yes", [True, False])
def test_a_take_whose_item_is_gone_is_offered_on_a_new_track(
    house: House, project: Project, start: Start, yes: bool
) -> None:
    house.gate.unlink()
    item = placed(project, position=3.0)
    reaper = start()
    reaper.yes = yes
    reaper.run("convert_selected_items")
    reaper.until(lambda: "state=sent" in "".join(project.data.values()))
    project.delete(item)
    house.gate.touch()
    reaper.until(lambda: reaper.boxes and not project.data)
    assert "was deleted" in reaper.boxes[0]
    assert [track.strings["P_NAME"] for track in project.tracks] == [
        "Lead Vox",
        *(["Lead Vox (takevoice)"] if yes else []),
    ]
    for new in project.items():
        assert (new.values["D_POSITION"], new.values["D_LENGTH"]) == (3.0, 1.0)
        assert converted(new).name == "Lead_03.ada"
    assert len(project.items()) == yes
    assert len(project.undo) == yes


def test_while_reaper_records_nothing_is_brought_in(house: House, project: Project, start: Start) -> None:
    item = placed(project)
    project.recording = True
    reaper = start()
    reaper.run("convert_selected_items")
    reaper.until(lambda: "end of the recording" in "".join(reaper.help))
    assert len(item.takes) == 1
    project.recording = False
    reaper.until(lambda: len(item.takes) == 2)


def test_what_cannot_be_converted_is_said(house: House, project: Project, start: Start) -> None:
    reaper = start()
    reaper.run("convert_selected_items")
    assert reaper.boxes == ["Select one or more audio items first."]
    midi, offline, wrong = (
        placed(project, name="Piano"),
        placed(project, name="Away"),
        placed(project, name="Odd"),
    )
    midi.takes[0].midi = True
    offline_source = offline.takes[0].source
    assert offline_source
    empty = project.media / "empty.wav"
    soundfile.write(str(empty), np.zeros((0, 2)), 48_000)
    offline.takes[0].source = Source(empty)
    wrong.track = project.track("Choir")
    wrong.track.items.append(wrong)
    project.tracks[0].items.remove(wrong)
    wrong.track.strings["P_EXT:takevoice"] = "voice=nobody"
    reaper.run("convert_selected_items")
    reaper.until(lambda: len(reaper.console) == 3 and not project.data)
    said = "".join(reaper.console)
    assert "takevoice: Piano is not audio\n" in said
    assert "Away was not converted: it has no audio; is the media offline?\n" in said
    assert "Odd was not converted: " in said
    assert "nobody" in said
    assert [len(item.takes) for item in (midi, offline, wrong)] == [1, 1, 1]
    reaper.until(lambda: not house.left_over())


def test_an_item_under_way_is_not_sent_again(house: House, project: Project, start: Start) -> None:
    house.gate.unlink()
    item = placed(project)
    reaper = start()
    for _ in range(2):
        reaper.run("convert_selected_items")
    assert reaper.console == ["takevoice: Lead_03 is already being converted\n"]
    house.gate.touch()
    reaper.until(lambda: len(item.takes) == 2 and not project.data)
    assert len(house.jobs()) == 1


def test_the_files_of_the_last_render_are_converted_beside_them(
    house: House, project: Project, start: Start
) -> None:
    reaper = start()
    reaper.run("convert_last_render")
    assert "Nothing has been rendered" in reaper.boxes[0]
    project.last_render = [
        make_take(house.exports / "Mix.wav"),
        make_take(house.exports / "Lead Vox.wav", seed=1),
    ]
    reaper.run("convert_last_render")
    reaper.until(lambda: len(reaper.console) == 2)
    assert sorted(reaper.console) == sorted(
        f"takevoice: wrote {house.exports / name}\n" for name in ("Mix.ada.wav", "Lead Vox.ada.wav")
    )
    assert (house.exports / "Mix.wav").exists()
    assert not project.data


def test_a_render_elsewhere_is_refused_with_the_reason(
    house: House, tmp_path: Path, project: Project, start: Start
) -> None:
    project.last_render = [make_take(tmp_path / "Mix.wav")]
    reaper = start()
    reaper.run("convert_last_render")
    reaper.until(lambda: reaper.console)
    assert "Mix.wav was not converted: " in reaper.console[0]
    assert "allow" in reaper.console[0]
    assert (tmp_path / "Mix.wav").exists()


def test_the_listener_is_one_and_starts_with_reaper_if_wanted(project: Project, start: Start) -> None:
    reaper = start()
    mine = reaper.resources / "Scripts" / "__startup.lua"
    mine.write_text("-- mine")
    reaper.run("start_listener_with_reaper")
    assert not list(mine.parent.glob("*copy*"))
    assert len(reaper.scripts) == 1
    assert reaper.toggled
    reaper.tick()
    later = start(project)
    later._start(mine)
    assert [script.path.name for script in later.scripts] == ["takevoice_listener.lua"]
    reaper.run("start_listener_with_reaper")
    assert len(reaper.scripts) == 1, "it ran already"
    assert mine.read_text() == "-- mine"
    assert ["now starts" in reaper.boxes[0], "no longer" in reaper.boxes[1]] == [True, True]


def test_an_older_reaper_does_as_well(house: House, project: Project, start: Start) -> None:
    item = placed(project)
    reaper = start()
    reaper.version = 6
    for count in (2, 3):
        reaper.run("convert_selected_items")
        reaper.until(lambda n=count: len(item.takes) == n and not project.data)  # type: ignore[misc]


def test_the_listener_may_be_started_again(house: House, project: Project, start: Start) -> None:
    item = placed(project, 30.0)
    reaper = start()
    reaper.run("convert_selected_items")
    reaper.until(lambda: "reading" in str(reaper.help))
    reaper.run("listener")
    assert all(each.dead for each in reaper.accessors[:1])
    reaper.until(lambda: len(item.takes) == 2)
    assert not reaper.boxes + reaper.console


def test_reaper_never_waits(house: House, project: Project, start: Start) -> None:
    """Half a minute of stereo, thrice, is read in steps that a user does not feel."""
    house.gate.unlink()
    items = [placed(project, 30.0, position=40.0 * n) for n in range(3)]
    reaper = start()
    pressed = time.monotonic()
    reaper.run("convert_selected_items")
    assert time.monotonic() - pressed < 0.5
    reaper.until(lambda: str(project.data).count("state=sent") == 3, 40)
    assert "takevoice: 1 reading, 2 waiting" in reaper.help
    assert (
        "takevoice: 2 converting, 1 reading" in reaper.help
        or "takevoice: 1 reading, 2 converting" in reaper.help
    )
    assert len(reaper.ticks) > 20
    assert np.quantile(reaper.ticks, 0.9) < 0.1, "0.02 s are meant, but this machine may be busy"
    house.gate.touch()
    reaper.until(lambda: all(len(item.takes) == 2 for item in items), 40)


def test_without_settings_it_is_said_what_to_do(start: Start) -> None:
    reaper = start()
    (reaper.resources / "Scripts" / "takevoice" / "settings.lua").unlink()
    reaper.run("convert_selected_items")
    assert "takevoice install reaper" in reaper.boxes[0]

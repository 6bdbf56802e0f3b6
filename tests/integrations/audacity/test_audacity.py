"""A real Audacity under Xvfb, driven by its script pipe: the selection is converted onto a new track at the same place."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from integrations.ardour.studio import display, stop
from support import BACKENDS, TAKES, Cli, wait_for
from takevoice.cli import main
from takevoice_plugins.audacity import pipes
from takevoice_plugins.audacity.commands import Audacity, connected, quoted, repaired
from takevoice_plugins.audacity.coverage import covered, is_same
from takevoice_plugins.audacity.pipes import AudacityError
from takevoice_plugins.audacity.selection import NotConverted, _convert
from takevoice_plugins.audacity.sound import Envelope, offset_in, write_part

MODULES = [
    Path(f"/usr/lib/{place}audacity/modules/mod-script-pipe.so") for place in ("", "x86_64-linux-gnu/")
]
MODULE = next((path for path in MODULES if path.exists()), None)
PROGRAMS = ("audacity", "Xvfb", "xdotool")
MISSING = MODULE is None or not all(map(shutil.which, PROGRAMS))
pytestmark = pytest.mark.editor
needs_audacity = pytest.mark.skipif(
    MISSING, reason="needs Audacity (apt-get install --no-install-recommends audacity xvfb xdotool)"
)
TAKE = TAKES / "narrator_48k_24bit.flac"
CONFIG = """\
NewPrefsInitialized=1
[Version]
Major=3
Minor=2
Micro=4
[GUI]
ShowSplashScreen=0
[Update]
UpdateNoticeShown=1
DefaultUpdatesChecking=0
[Module]
mod-script-pipe=1
[ModulePath]
mod-script-pipe={path}
[ModuleDateTime]
mod-script-pipe={time}
"""


def pipe_paths() -> list[Path]:
    return [Path(f"/tmp/audacity_script_pipe.{way}.{os.getuid()}") for way in ("to", "from")]


def is_running() -> bool:
    """Whether an Audacity of this user answers; does not wait for one that may be starting."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipes, "OPEN_TIMEOUT", 0)
        try:
            with connected():
                return True
        except AudacityError:
            return False


def has_window(screen: str) -> bool:
    """Whether its window is there; what it is asked before is lost, and asked again a second later."""
    search = ["xdotool", "search", "--onlyvisible", "--class", "audacity"]
    return subprocess.run(search, env={**os.environ, "DISPLAY": screen}, capture_output=True).returncode == 0


def ask(what: Callable[[Audacity], Any]) -> Any:
    """Asks a running Audacity, over a connection of its own."""
    with connected() as running:
        return what(running)


Ask = Callable[[Callable[[Audacity], Any]], Any]


def select(running: Audacity, track: int, start: float, end: float) -> None:
    running.do(f"SelectTime: Start={start} End={end} RelativeTo=ProjectStart")
    running.do(f"SelectTracks: Track={track} TrackCount=1 Mode=Set")


def track_sound(running: Audacity, track: int, path: Path) -> tuple[Any, int]:
    """The samples in the clips of a track from the beginning of the project on, and their rate."""
    select(running, track, 0, 6)
    running.export_sound(path)
    return soundfile.read(path)


def steps(running: Audacity) -> tuple[str, str]:
    """What the Edit menu would undo and redo."""
    labels = [str(each.get("label")) for each in running.info("Menus")]
    undo, redo = (next(label for label in labels if label.startswith(word)) for word in ("Undo", "Redo"))
    return undo, redo


@contextmanager
def alone() -> Iterator[None]:
    """One Audacity at a time: all of a user's share the same pipes."""
    with Path(f"/tmp/takevoice-audacity-tests.{os.getuid()}").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture
def audacity(own_home: Path, tmp_path: Path) -> Iterator[Ask]:
    """A running Audacity with a take on its first track. Each question is a connection of its own, as each command is."""
    assert MODULE is not None
    made = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(MODULE.stat().st_mtime))
    config = own_home / "config" / "audacity" / "audacity.cfg"
    config.parent.mkdir(parents=True)
    config.write_text(CONFIG.format(path=MODULE, time=made))
    (own_home / ".local" / "share" / "audacity").mkdir(parents=True)
    with alone(), display(tmp_path) as screen, (tmp_path / "audacity.log").open("wb") as log:
        if is_running():
            pytest.skip("another Audacity of this user is running")
        for path in pipe_paths():
            path.unlink(missing_ok=True)
        env = {**os.environ, "DISPLAY": screen, "NO_AT_BRIDGE": "1", "GDK_BACKEND": "x11"}
        process = subprocess.Popen(["audacity"], env=env, stdout=log, stderr=log)
        try:
            wait_for(lambda: has_window(screen) or process.poll() is not None, 40)
            wait_for(lambda: is_running() or process.poll() is not None, 40)
            assert process.poll() is None, (tmp_path / "audacity.log").read_text()
            ask(lambda running: running.do(f"Import2: Filename={quoted(TAKE)}"))
            yield ask
        finally:
            process.kill()
            stop(process)
            process.wait()
            for path in pipe_paths():
                path.unlink(missing_ok=True)


@needs_audacity
def test_the_selection_comes_back_on_a_new_track(audacity: Ask, cli: Cli, tmp_path: Path) -> None:
    cli.plugin(BACKENDS / "gated.py")
    cli.config('backend = "gated"\n')
    audacity(lambda running: select(running, 0, 1.2345678, 3.7654321))
    said = cli("audacity", "--voice", "bea").stdout
    assert said == f"converted to the new track {TAKE.stem} (bea)\n"
    original, new = audacity(lambda running: running.info("Tracks"))
    assert new["name"] == f"{TAKE.stem} (bea)"
    assert (new["start"], new["end"]) == pytest.approx((1.23457, 3.76543), abs=2e-5)
    assert original["name"] == TAKE.stem
    assert (original["selected"], new["selected"]) == (1, 0)
    # To the sample: it is the original upside down, and silence before and after.
    (was, rate), (samples, _) = (
        audacity(lambda running, n=n: track_sound(running, n, tmp_path / "out.wav")) for n in (0, 1)
    )
    start, end = round(1.2345678 * rate), round(3.7654321 * rate)
    assert not samples[:start].any() and not samples[end:].any()
    assert np.corrcoef(was[start:end], samples[start:end])[0, 1] == pytest.approx(-1, abs=1e-4)
    # A second time; then with nothing selected, no time selected, and where there is no sound.
    audacity(lambda running: select(running, 0, 0.5, 1.5))
    assert "(ada)" in cli("audacity", "--voice", "ada").stdout
    assert len(audacity(lambda running: running.info("Tracks"))) == 3
    for command, message in (
        ("SelectNone:", "takevoice: no audio track is selected; select part of one audio track in Audacity"),
        ("SelectTracks: Track=0 TrackCount=1 Mode=Set", "takevoice: no time is selected; select part of"),
        ("SelectTime: Start=20 End=21", "takevoice: there is no sound in the selection; select part of"),
    ):
        audacity(lambda running, command=command: running.do(command))
        assert cli("audacity", check=1).stderr.startswith(message)
    assert len(audacity(lambda running: running.info("Tracks"))) == 3
    assert not list(cli.home.rglob("handover/audacity-*"))


@needs_audacity
def test_what_surrounds_the_sound_stays(audacity: Ask, cli: Cli, tmp_path: Path) -> None:
    """A muted track of another rate than the project's, with clips, colours, an envelope, gain and pan."""
    cli.plugin(BACKENDS / "gated.py")
    cli.config('backend = "gated"\n')

    def prepare(running: Audacity) -> None:
        running.do("SetProject: Rate=44100")
        running.do("SelectTracks: Track=0 TrackCount=1 Mode=Set")
        running.do('SetTrack: Name="Anna: \\"Was?\\" / Ä \\\\b" Mute=1 Gain=-6 Pan=-50')
        select(running, 0, 1, 1.5)
        running.do("SplitDelete:")
        select(running, 0, 2, 2.2)
        running.do("Split:")
        running.do("SetClip: At=2.1 Color=Color2")
        select(running, 0, 0.7000043, 4.2)

    audacity(prepare)
    before = audacity(steps)
    assert cli("audacity", "--voice", "bea").stdout.startswith("converted to the new track Anna:")
    tracks = audacity(lambda running: running.info("Tracks"))
    assert tracks[1] == {**tracks[0], "name": 'Anna: "Was?" / Ä \\b (bea)', "selected": 0} | {
        key: tracks[1][key] for key in ("start", "end", "focused")
    }
    assert (tracks[1]["mute"], tracks[1]["pan"]) == (1, -0.5)
    clips = [each for each in audacity(lambda running: running.info("Clips")) if each["track"] == 1]
    assert [(each["start"], each["end"], each["color"]) for each in clips] == [
        (pytest.approx(0.7, abs=2e-5), 1, 0), (1.5, 2, 0), (2, 2.2, 2), (2.2, 4.2, 0),
    ]  # fmt: skip
    (was, rate), (samples, _) = (
        audacity(lambda running, n=n: track_sound(running, n, tmp_path / "out.wav")) for n in (0, 1)
    )
    assert rate == 48_000
    start, end = round(0.7000043 * rate), round(4.2 * rate)
    assert not samples[:start].any() and not samples[end:].any()
    assert np.corrcoef(was[start:end], samples[start:end])[0, 1] == pytest.approx(-1, abs=1e-4)
    # One step takes it back, and forth.
    assert audacity(steps) == ("Undo Duplicate", "Redo")
    audacity(lambda running: running.do("Undo:"))
    assert len(audacity(lambda running: running.info("Tracks"))) == 1
    assert audacity(steps) == (before[0], "Redo Duplicate")
    audacity(lambda running: running.do("Redo:"))
    assert [each["name"] for each in audacity(lambda running: running.info("Tracks"))][1].endswith("(bea)")
    again, _ = audacity(lambda running: track_sound(running, 1, tmp_path / "out.wav"))
    assert np.array_equal(samples, again)


@needs_audacity
def test_an_envelope_is_heard_as_audacity_plays_it(audacity: Ask, cli: Cli, tmp_path: Path) -> None:
    cli.plugin(BACKENDS / "gated.py")
    cli.config('backend = "gated"\n')

    def prepare(running: Audacity) -> None:
        select(running, 0, 0.5, 4)
        running.do("SetEnvelope: Time=1 Value=0.9")
        running.do("SetEnvelope: Time=2 Value=0.1")
        running.do("SetEnvelope: Time=3 Value=0.6")

    def heard(running: Audacity, number: int) -> Any:
        """What Audacity plays of a track: what it exports."""
        path = tmp_path / f"heard{number}.wav"
        select(running, number, 0.5, 4)
        running.do(f"Export2: Filename={quoted(path)} NumChannels=1")
        return soundfile.read(path)[0]

    audacity(prepare)
    cli("audacity", "--voice", "bea")
    before, after = (audacity(lambda running, n=n: heard(running, n)) for n in (0, 1))
    size = min(len(before), len(after))
    assert np.corrcoef(before[:size], after[:size])[0, 1] == pytest.approx(-1, abs=1e-4)


@needs_audacity
def test_a_selection_beyond_its_clip_and_a_clip_before_the_beginning(audacity: Ask, cli: Cli) -> None:
    """Only what has sound is converted, where it is; a solo track has a result that is solo."""
    cli.plugin(BACKENDS / "gated.py")
    cli.config('backend = "gated"\n')
    (take,) = audacity(lambda running: running.info("Clips"))

    def prepare(running: Audacity) -> None:
        select(running, 0, 0, 1)
        running.do("SetTrackAudio: Solo=1")
        running.do("SetClip: At=0.5 Start=-1.5")

    def ends(running: Audacity, track: int) -> list[tuple[float, float]]:
        return [(each["start"], each["end"]) for each in running.info("Clips") if each["track"] == track]

    audacity(prepare)
    end = take["end"] - 1.5
    for number, (start, until, expected) in enumerate((
        (-1.2, -0.4, (-1.2, -0.4)),
        (-5, 1, (-1.5, 1)),
        (end - 1, end + 20, (end - 1, end)),
    ), 1):  # fmt: skip
        audacity(lambda running, start=start, until=until: select(running, 0, start, until))
        assert "(bea)" in cli("audacity", "--voice", "bea").stdout
        assert audacity(lambda running, number=number: ends(running, number)) == [pytest.approx(expected, abs=2e-5)]
    assert [each["solo"] for each in audacity(lambda running: running.info("Tracks"))] == [1] * 4


@needs_audacity
def test_what_was_changed_meanwhile_is_reported(audacity: Ask, cli: Cli, tmp_path: Path) -> None:
    cli.plugin(BACKENDS / "gated.py")
    gate, sent = tmp_path / "gate", tmp_path / "sent"
    cli.config(f'backend = "gated"\n[plugins.gated]\ngate = "{gate}"\nsent = "{sent}"\n')

    def prepare(running: Audacity, end: float) -> None:
        """Another part each time: what was converted before is not sent again."""
        running.do("SelectAll:")
        running.do("RemoveTracks:")
        running.do(f"Import2: Filename={quoted(TAKE)}")
        select(running, 0, 1, end)

    def softer(running: Audacity) -> None:
        select(running, 0, 1.4, 1.5)
        running.nyquist("(mult 0.5 *track*)")

    def shorter(running: Audacity) -> None:
        select(running, 0, 1.4, 1.5)
        running.do("SplitDelete:")

    def elsewhere(running: Audacity) -> None:
        select(running, 0, 0, 1)
        running.do("SetClip: At=0.5 Start=30")

    for number, change in enumerate((softer, shorter, elsewhere)):
        gate.unlink(missing_ok=True)
        sent.unlink(missing_ok=True)
        audacity(lambda running, number=number: prepare(running, 2 + number / 10))
        with cli.background("audacity", "--voice", "bea") as command:
            wait_for(sent.exists)
            audacity(change)
            before = audacity(lambda running: (running.info("Tracks"), running.info("Clips"), steps(running)[0]))
            gate.touch()
            assert command.wait(60) == 1
        message = max(cli.home.glob("command-*.log"), key=lambda path: path.stat().st_mtime_ns).read_text()
        assert "the selected part was changed in Audacity during the conversion; the result is " in message
        result = Path(message.partition("the result is ")[2].strip())
        assert soundfile.info(result).duration == pytest.approx(1 + number / 10)
        after = audacity(lambda running: (running.info("Tracks"), running.info("Clips"), steps(running)[0]))
        assert [each["name"] for each in after[0]] == [each["name"] for each in before[0]]
        assert after[1:] == before[1:]


@pytest.mark.parametrize(
    ("clips", "expected"),
    [
        ([(0, 11)], [(1, 3)]),
        ([(0, 2), (2, 11)], [(1, 3)]),  # split: the sound is the same
        ([(0, 2), (2.5, 11)], [(1, 2), (2.5, 3)]),
        ([(2.5, 11), (-1, 1.2), (2, 2)], [(1, 1.2), (2.5, 3)]),
        ([(3, 11), (0, 1)], []),
        ([], []),
    ],
)
def test_where_a_selection_has_sound(clips: list[tuple[float, float]], expected: list[tuple[float, float]]) -> None:
    entries = [{"track": 4, "start": start, "end": end} for start, end in clips]
    entries.append({"track": 3, "start": 0, "end": 100})
    found = covered(entries, 4, 1.0, 3.0)
    assert found == expected
    assert is_same(found, [(start + 1e-6, end - 1e-6) for start, end in expected])
    assert not is_same(found, [*expected, (5.0, 6.0)])


def test_times_are_as_exact_as_audacity_reports_them() -> None:
    """It has six digits, so less of a second in a long project."""
    assert is_same([(1234.56, 1300)], [(1234.564, 1299.996)])
    assert not is_same([(1234.56, 1300)], [(1234.66, 1300)])
    assert not is_same([(1.2345, 1.3)], [(1.2346, 1.3)])
    short = [{"track": 0, "start": 10_000.0, "end": 10_000.1}]  # all that it reports of a tenth of a second after three hours
    assert covered(short, 0, 9_999.0, 10_001.0) == [(10_000.0, 10_000.1)]


def test_the_part_of_a_clip_is_found_by_its_sound(tmp_path: Path) -> None:
    """Audacity's times are rounded to a microsecond, so the frame can be next to the one they give."""
    take, clip = tmp_path / "take.wav", tmp_path / "clip.wav"
    samples = np.random.default_rng(1).uniform(-1, 1, (20_000, 2)).astype("float32")
    soundfile.write(take, samples, 96_000, "FLOAT")
    soundfile.write(clip, samples[7_001:9_000], 96_000, "FLOAT")
    assert [offset_in(take, clip, near) for near in (6_998, 7_000, 7_001, 7_003)] == [None, 7_001, 7_001, 7_001]
    part = tmp_path / "part.wav"
    write_part(take, 7_001, 1_999, 2.0, Envelope([(2.0, 1.0), (2.0 + 1_998 / 96_000, 0.01)]), part)
    factor = soundfile.read(part)[0] / samples[7_001:9_000]
    assert factor[[0, 999, 1_998], 0] == pytest.approx([1, 0.1, 0.01], rel=1e-3)  # straight in dB


@pytest.mark.parametrize("name", ["a\\b", "\\\\server\\new", "end\\", 'say "no"', 'q"\\te', "tab\there", "C:\\x, \\y"])
def test_names_with_backslashes_are_read_as_audacity_writes_them(name: str) -> None:
    """It escapes the quotes of a name, and nothing else."""
    entry = f'{{ "name":"{name.replace(chr(34), chr(92) + chr(34))}", "focused":0, "kind":"wave" }}'
    assert json.loads(repaired(f"[ {entry} ]"), strict=False) == [{"name": name, "focused": 0, "kind": "wave"}]
    assert json.loads(repaired('[ { "kind":"wave", "name":"end\\" } ]')) == [{"kind": "wave", "name": "end\\"}]


def test_no_audacity_is_reported_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if is_running():
        pytest.skip("an Audacity of this user is running")
    monkeypatch.setattr(pipes, "OPEN_TIMEOUT", 0.1)
    assert main(["audacity"]) == 1
    printed = capsys.readouterr().err
    assert "takevoice: Audacity is not running, or mod-script-pipe is not enabled; start Audacity" in printed


def test_files_in_the_current_folder_are_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_home: Path) -> None:
    """A folder of scripts may have a dis.py or a random.py: it is no part of Python."""
    (tmp_path / "dis.py").write_text("raise SystemExit('the file in the current folder was run')\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotConverted, match=r"missing\.wav"):
        _convert(tmp_path / "missing.wav", "Anna", ())

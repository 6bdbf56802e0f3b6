"""Real folders, real writers, real events."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from support import make_take, wait_for
from takevoice import audio
from takevoice.system.fileid import version_of
from takevoice.watch.hints import Hints
from takevoice.watch.names import is_candidate
from watch.ear import Ear, Start

WRITERS = Path(__file__).parent / "writers.py"
LISTENING = Path(__file__).parent / "listening.py"


def test_a_finished_file_is_found_and_settles(watch: Start, ear: Ear, folder: Path) -> None:
    watch()
    path = make_take(folder / "take.wav")
    wait_for(lambda: ear.heard("settled", path))
    assert ear.events == [("found", path), ("settled", path)]


def test_events_and_not_the_scan_find_it(watch: Start, ear: Ear, folder: Path) -> None:
    watch(interval=3600.0)
    path = make_take(folder / "take.wav")
    wait_for(lambda: ear.heard("settled", path), 3.0)


def test_events_and_not_the_scan_find_a_take_that_is_written_again(
    watch: Start, ear: Ear, folder: Path
) -> None:
    watch(interval=3600.0)
    path = make_take(folder / "take.wav")
    wait_for(lambda: ear.heard("settled", path), 3.0)
    ear.events.clear()
    make_take(path, 0.7)
    wait_for(lambda: ear.heard("settled", path), 3.0)


@pytest.mark.skipif(sys.platform != "linux", reason="only inotify tells reading and writing from closing")
def test_reading_and_each_write_wake_nobody(folder: Path) -> None:
    path = make_take(folder / "take.wav")
    hints = Hints()
    hints.arm([(folder, True)])
    try:
        with path.open("r+b") as file:
            file.read()
            for _ in range(100):
                file.write(b"more")
                file.flush()
            time.sleep(0.3)
            assert hints.take() == (set(), False)
        wait_for(lambda: hints.take() == ({path}, False), 3.0)
    finally:
        hints.disarm()


@pytest.mark.process
@pytest.mark.parametrize(
    "kind",
    [
        "header_at_the_end",
        "preallocated",
        "header_per_block",
        "flac",
        "reopened",
        "dated_first",
        "renamed_first",
    ],
)
@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere nobody can tell whether a file is open for writing"
)
def test_no_slow_writer_is_taken_too_early(watch: Start, ear: Ear, folder: Path, kind: str) -> None:
    """They pause for three times the quiet time."""
    watch(quiet=0.5, give_up=20.0)
    path = folder / ("take.flac" if kind == "flac" else "take.wav")
    done = subprocess.run(
        [sys.executable, WRITERS, kind, path, "1.5"], check=True, capture_output=True, text=True
    )
    wait_for(lambda: ear.heard("settled", path))
    assert ear.settled_at[path] > float(done.stdout)
    assert [kind for kind, _ in ear.events] == ["found", "settled"]
    assert audio.inspect(path).frames == 48_000


@pytest.mark.process
def test_a_file_that_never_gets_its_length_is_finished_when_it_is_given_up(
    watch: Start, ear: Ear, folder: Path
) -> None:
    watch()
    path = folder / "take.wav"
    process = subprocess.Popen([sys.executable, WRITERS, "header_at_the_end", path, "60"])
    wait_for(lambda: version_of(path) and version_of(path).size > 30_000)
    process.kill()
    process.wait()
    wait_for(lambda: ear.heard("settled", path))
    assert not ear.heard("gave up", path)


def test_nested_folders_made_and_filled_at_once(watch: Start, ear: Ear, folder: Path, tmp_path: Path) -> None:
    watch()
    source = make_take(tmp_path / "take.wav", 0.05)
    paths = [folder / f"{n % 7}" / f"{n % 3}" / f"{n}.wav" for n in range(100)]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, path)
    wait_for(lambda: all(ear.heard("settled", path) for path in paths))
    assert len(ear.events) == 200


def test_a_filled_folder_moved_in(watch: Start, ear: Ear, folder: Path, tmp_path: Path) -> None:
    watch()
    (tmp_path / "filled").mkdir()
    make_take(tmp_path / "filled" / "take.wav")
    (tmp_path / "filled").rename(folder / "filled")
    wait_for(lambda: ear.heard("settled", folder / "filled" / "take.wav"))


def test_files_that_were_there_before_are_told_apart(watch: Start, ear: Ear, folder: Path) -> None:
    before = make_take(folder / "before.wav")
    watch()
    after = make_take(folder / "after.wav")
    wait_for(lambda: ear.heard("settled", after))
    assert ear.first == [before]


def test_what_was_dealt_with_is_not_found_again_unless_it_changes(
    watch: Start, ear: Ear, folder: Path
) -> None:
    path = make_take(folder / "take.wav")
    version = version_of(path)
    assert version is not None
    ear.dealt_with[path] = version
    watch()
    assert ear.events == []
    make_take(path, seed=1)
    wait_for(lambda: ear.heard("settled", path))


@pytest.mark.parametrize(
    "name",
    [
        ".take.wav",
        "take.wav.tmp",
        "take.reapeaks",
        "._take.wav",
        "a_music.wav",
        "take.wav.part",
        "notes.txt",
        "take.mp4",
    ],
)
def test_names_that_are_never_takes(name: str) -> None:
    assert not is_candidate(name, audio.SUFFIXES, ["*_music*"])


@pytest.mark.parametrize(
    "name", ["take.wav", "TAKE.WAV", "a.b.flac", "take.aiff", "take.ogg", "new\nline.wav", "🎤.wav"]
)
def test_names_that_may_be_takes(name: str) -> None:
    assert is_candidate(name, audio.SUFFIXES, ["*_music*"])


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_that_loop_do_not_catch_it(watch: Start, ear: Ear, folder: Path) -> None:
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    path = make_take(folder / "take.wav")
    watch()
    wait_for(lambda: ear.heard("settled", path))
    assert len(ear.events) == 2


def test_not_recursive_means_this_folder_only(watch: Start, ear: Ear, folder: Path) -> None:
    (folder / "below").mkdir()
    make_take(folder / "below" / "deep.wav")
    path = make_take(folder / "take.wav")
    watch(recursive=False)
    wait_for(lambda: ear.heard("settled", path))
    assert len(ear.events) == 2


def test_an_announced_file_settles_at_once(watch: Start, ear: Ear, folder: Path) -> None:
    watcher = watch(quiet=3600.0)
    path = make_take(folder / "take.wav")
    watcher.announce(path)
    wait_for(lambda: ear.heard("settled", path))


def test_a_file_that_goes_away_is_forgotten(watch: Start, ear: Ear, folder: Path) -> None:
    watcher = watch(quiet=3600.0)
    path = make_take(folder / "take.wav")
    wait_for(lambda: ear.heard("found", path))
    path.unlink()
    wait_for(lambda: ear.heard("gone", path))
    wait_for(watcher.idle)


def test_a_burst_of_files_loses_none(watch: Start, ear: Ear, folder: Path, tmp_path: Path) -> None:
    """Far more events than watchdog can keep."""
    watch()
    source = make_take(tmp_path / "take.wav", 0.01)
    for n in range(3000):
        os.link(source, folder / f"{n}.wav")
    wait_for(lambda: len(ear.settled_at) == 3000, 40)


def listening(folder: Path, log: Path) -> subprocess.Popen[bytes]:
    """A watcher in a process of its own that is watching already."""
    with log.open("wb") as file:
        process = subprocess.Popen([sys.executable, LISTENING, folder], stdout=file)
    wait_for(lambda: b"ready" in log.read_bytes())
    return process


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals there")
def test_ten_thousand_files_and_a_queue_that_overflows(folder: Path, tmp_path: Path) -> None:
    """The watcher stands still while far more happens than the system keeps events of; then it goes on."""
    log = tmp_path / "log"
    data = make_take(tmp_path / "take.wav", 0.01).read_bytes()
    process = listening(folder, log)
    try:
        process.send_signal(signal.SIGSTOP)
        for n in range(10_000):
            (folder / f"{n}.wav").write_bytes(data)
        process.send_signal(signal.SIGCONT)
        wait_for(lambda: log.read_bytes().count(b"settled") >= 10_000, 60)
        lines = log.read_text().splitlines()
        assert len(lines) == len(set(lines)) == 10_001
    finally:
        process.kill()
        process.wait()


def test_two_names_of_one_file_are_two_takes(watch: Start, ear: Ear, folder: Path) -> None:
    first = make_take(folder / "first.wav")
    os.link(first, folder / "second.wav")
    watch()
    wait_for(lambda: ear.heard("settled", first) and ear.heard("settled", folder / "second.wav"))
    assert len(ear.events) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
@pytest.mark.parametrize("follow_links", [True, False])
def test_a_link_out_of_the_folder_is_followed_only_when_wanted(
    watch: Start, ear: Ear, folder: Path, tmp_path: Path, follow_links: bool
) -> None:
    elsewhere = make_take(tmp_path / "elsewhere.wav")
    (folder / "before.wav").symlink_to(elsewhere)
    watch(follow_links=follow_links)
    (folder / "take.wav").symlink_to(elsewhere)
    (folder / "dangling.wav").symlink_to(tmp_path / "nowhere.wav")
    inside = make_take(folder / "inside.wav", seed=1)
    (folder / "link.wav").symlink_to(inside)
    wait_for(lambda: ear.heard("settled", inside) and ear.heard("settled", folder / "link.wav"))
    if follow_links:
        wait_for(lambda: {folder / "before.wav", folder / "take.wav"} <= ear.settled_at.keys())
    assert ear.heard("found", folder / "before.wav") == ear.heard("found", folder / "take.wav") == follow_links
    assert not ear.heard("found", folder / "dangling.wav")


def test_a_scan_and_a_look_agree_on_the_version(
    habit: Callable[[str], None], watch: Start, ear: Ear, folder: Path
) -> None:
    """Or each scan would take each file for a new version, and a held take would be paid for again and again."""
    habit("scans_without_inodes")
    watch()
    first, second = make_take(folder / "1.wav"), folder / "2.wav"
    wait_for(lambda: ear.heard("settled", first))
    time.sleep(0.5)  # more than one scan
    make_take(second, seed=1)
    wait_for(lambda: ear.heard("settled", second))
    assert [event for event in ear.events if event[1] == first] == [("found", first), ("settled", first)]


def test_an_event_in_the_moment_of_the_stop_is_no_error(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """watchdog logs it as one, now and then: here each time."""
    watchdogs = logging.getLogger("watchdog.observers.inotify")
    hints = Hints()
    hints.arm([(folder, True)])
    observer = hints._observer
    assert observer is not None
    stop = observer.stop

    def stopped_too_late() -> None:
        watchdogs.error("InotifyEmitter.queue_events() called when the thread is inactive")
        watchdogs.error("something else")
        stop()

    observer.stop = stopped_too_late  # type: ignore[method-assign]
    hints.disarm()
    assert [record.getMessage() for record in caplog.records] == ["something else"]

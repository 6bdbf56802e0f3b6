"""Each bad input gives one clear line: what, where, what to do. The daemon lives on, and nothing is half-written."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile

from daemon.paid import sent
from support import BACKENDS, FAST, Command, Daemon, make_take, wait_for

pytestmark = pytest.mark.process

NO_OVERRIDE = (
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search",
    "--inh-caps=-dac_override,-dac_read_search",
)


def unprivileged() -> tuple[str, ...]:
    """A prefix that makes permissions count for root too."""
    if sys.platform == "linux" and os.geteuid() == 0:
        return NO_OVERRIDE
    return ()


class House:
    """A running daemon for many tests, for which permissions count; it converts upside down."""

    def __init__(self, cli: Command, folder: Path, daemon: Daemon) -> None:
        self.cli, self.folder, self.daemon = cli, folder, daemon
        self.good = itertools.count(100)

    def job(self, name: str) -> dict[str, Any]:
        """The job of that file."""
        (job,) = [job for job in self.cli.jobs() if Path(job["path"]).name == name]
        return job

    def logged(self, name: str, *, state: str = "failed") -> str:
        """Wait for the state, and return the one line about the file; a good take is converted afterwards all the same."""
        wait_for(lambda: self.cli.states().get(name) == state)
        number = next(self.good)
        good = make_take(self.folder / f"good {number}.wav", 0.2, seed=number)
        wait_for(good.with_suffix(".ada.wav").exists)
        shown = name.encode("unicode_escape").decode() if "\n" in name else name
        lines = [line for line in self.daemon.log().splitlines() if shown in line]
        lines = [line for line in lines if "error" in line or "warning" in line]
        assert len(lines) <= 1, lines
        left = [
            entry for entry in os.listdir(self.folder) if entry.endswith(".part") or entry.startswith(".tv")
        ]
        assert left == []
        if state == "failed":
            assert lines, "nothing was logged"
            text = self.job(name)["error"]["text"]
            assert text in lines[0]
            assert ascii(str(self.folder))[1:-1] in text
            assert ";" in text, "it does not say what to do"
        return lines[0] if lines else ""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    cli = Command(tmp_path_factory.mktemp("house"))
    folder = cli.home / "Exports"
    folder.mkdir()
    cli.plugin(BACKENDS / "gated.py")
    cli.config(f'backend = "gated"\n{FAST}\n[plugins.gated]\nsent = "{cli.home / "sent"}"\n')
    with cli.daemon(folder, "--osc-port", 0, prefix=unprivileged()) as daemon:
        yield House(cli, folder, daemon)


@pytest.mark.parametrize("size", [0, 100_000])
def test_a_placeholder_is_no_failure_and_is_converted_once_it_has_contents(house: House, size: int) -> None:
    """As browsers and copying programs make them: empty, or of the full size and zeros only."""
    path = house.folder / f"placeholder {size}.wav"
    path.touch()
    os.truncate(path, size)
    wait_for(lambda: f"{path.name} is skipped: it " in house.daemon.log())
    wait_for(lambda: path.name not in house.cli.states())
    make_take(path, 0.3, seed=size)
    wait_for(lambda: house.cli.states().get(path.name) == "done")


def test_a_copy_that_stalls_leaves_no_failure(house: House, tmp_path: Path) -> None:
    data = make_take(tmp_path / "whole.wav", seed=77).read_bytes()
    path = house.folder / "stalled.wav"
    path.write_bytes(data[:60_000])
    wait_for(lambda: house.cli.states().get(path.name) == "failed")
    with path.open("ab") as file:
        file.write(data[60_000:])
    wait_for(lambda: house.cli.states().get(path.name) == "done")
    assert house.job(path.name)["state"] == "done"  # and no other job


def test_a_text_file_named_wav(house: House) -> None:
    (house.folder / "text.wav").write_text("remember the milk\n" * 50)
    assert "is not an audio file" in house.logged("text.wav")


def test_a_truncated_wav(house: House, tmp_path: Path) -> None:
    take = make_take(tmp_path / "truncated.wav")
    os.truncate(take, 60_000)
    take.rename(house.folder / "truncated.wav")
    line = house.logged("truncated.wav")
    assert "was never finished" in line
    assert "render it again" in line


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are another thing there")
def test_a_file_without_the_right_to_read_it(house: House, tmp_path: Path) -> None:
    take = make_take(tmp_path / "unreadable.wav")
    take.chmod(0)
    take.rename(house.folder / "unreadable.wav")
    line = house.logged("unreadable.wav")
    assert "cannot be read: Permission denied; check its owner and permissions" in line


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are another thing there")
def test_a_folder_without_the_right_to_write_it(house: House, tmp_path: Path) -> None:
    made = tmp_path / "closed"
    made.mkdir()
    make_take(made / "closed in.wav")
    made.chmod(0o555)
    closed = made.rename(house.folder / "closed")
    try:
        wait_for(lambda: house.cli.states().get("closed in.wav") == "held")
        house.daemon.says("the folder for its result cannot be written: Permission denied")
    finally:
        closed.chmod(0o755)
    number = house.job("closed in.wav")["id"]
    assert "1 job released" in house.cli("release", number).stdout
    wait_for(lambda: house.cli.states()["closed in.wav"] == "done")
    assert (closed / "closed in.ada.wav").exists()
    assert (house.cli.home / "sent").read_text().count("closed in.wav") == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    place = tmp_path / "small"
    place.mkdir()
    if (
        shutil.which("mount") is None
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], capture_output=True
        ).returncode
    ):
        pytest.skip("needs the right to mount a small file system")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_disk_that_is_full(gated: Command, small_disk: Path) -> None:
    make_take(small_disk / "take.wav", 9.0)  # 1.3 of the 2 MB
    with gated.daemon(small_disk) as daemon:
        wait_for(lambda: gated.states() == {"take.wav": "held"})
        daemon.says("1 file, 9 seconds, held: the disk is full; free some space; `takevoice release")
        assert os.listdir(small_disk) == ["take.wav"]
        # The right thing to do helps.
        subprocess.run(["mount", "-o", "remount,size=8m", small_disk], check=True)
        gated("release", small_disk)
        wait_for((small_disk / "take.ada.wav").exists)
    assert sorted(os.listdir(small_disk)) == ["take.ada.wav", "take.wav"]


def test_a_folder_that_vanishes_and_comes_back(gated: Command, folder: Path) -> None:
    with gated.daemon(folder) as daemon:
        shutil.rmtree(folder)
        wait_for(lambda: "waiting for it to come back" in daemon.log())
        assert f"{folder} does not exist; waiting for it to come back" in gated("status").stdout
        folder.mkdir()
        make_take(folder / "take.wav")
        wait_for((folder / "take.ada.wav").exists)
        daemon.says("is back")
        assert "does not exist" not in gated("status").stdout


def test_a_folder_that_is_not_there_yet(gated: Command, tmp_path: Path) -> None:
    with gated.daemon(tmp_path / "later") as daemon:
        wait_for(lambda: "does not exist yet" in daemon.log())
        assert f"{tmp_path / 'later'} does not exist" in gated("status").stdout
        (tmp_path / "later").mkdir()
        make_take(tmp_path / "later" / "take.wav")
        wait_for((tmp_path / "later" / "take.ada.wav").exists)
    assert "waiting for it to come back" in gated("run", "--once", tmp_path / "never", check=1).stderr


@pytest.mark.parametrize(
    "name",
    [
        "x" * 251 + ".wav",
        "ü" * 125 + ".wav",
        "new\nline\t.wav",
        "🎤 naïve 'quoted\" $HOME.wav",
        " leading and trailing .wav",
        "-rf.wav",
    ],
    ids=["255 bytes", "two-byte letters", "control characters", "emoji", "spaces", "like an option"],
)
@pytest.mark.skipif(sys.platform == "win32", reason="such names are not possible there")
def test_difficult_names(house: House, name: str) -> None:
    make_take(house.folder / name, 0.3)
    house.logged(name, state="done")
    result = Path(house.job(name)["output"])
    assert result.exists()
    assert result.parent == house.folder
    assert len(os.fsencode(result.name)) <= 255
    assert result.name.endswith(".ada.wav")


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no Unicode are possible on Linux only")
def test_a_name_that_is_no_unicode(gated: Command, folder: Path) -> None:
    make_take(Path(os.fsdecode(os.fsencode(folder) + b"/tak\xe9.wav")), 0.3)
    gated("run", "--once", folder)
    assert b"tak\xe9.ada.wav" in os.listdir(os.fsencode(folder))
    assert "done" in gated("jobs").stdout


def test_a_take_of_a_twentieth_of_a_second(house: House) -> None:
    make_take(house.folder / "short.wav", 0.05)
    house.logged("short.wav", state="done")
    assert soundfile.info(house.folder / "short.ada.wav").frames == 2400


def test_a_silent_take_is_not_sent_and_stays_silent(house: House) -> None:
    soundfile.write(house.folder / "silent.wav", [0.0] * 48_000, 48_000, "PCM_24")
    line = house.logged("silent.wav", state="done")
    assert "every sample is zero" in line
    assert "check the track's mute and routing" in line
    assert not soundfile.read(house.folder / "silent.ada.wav")[0].any()
    assert "silent.wav" not in (house.cli.home / "sent").read_text()


def test_a_take_of_eight_channels(house: House) -> None:
    make_take(house.folder / "eight.wav", 0.3, channels=8)
    house.logged("eight.wav", state="done")
    assert soundfile.info(house.folder / "eight.ada.wav").channels == 8


def test_an_unknown_voice(gated: Command, folder: Path) -> None:
    gated.config(f'backend = "gated"\n{FAST}[tracks.take]\nvoice = "baa"\n')
    make_take(folder / "take.wav")
    line = gated("run", "--once", folder, check=1).stderr
    assert 'the backend gated has no voice "baa"; did you mean bea, ada? `takevoice voices` lists all' in line
    # Corrected, it is converted.
    gated.config(f'backend = "gated"\n{FAST}[tracks.take]\nvoice = "bea"\n')
    gated("run", "--once", folder)
    assert (folder / "take.bea.wav").exists()


def test_a_file_that_is_taken_away_while_it_is_converted(gated: Command, gate: Path, folder: Path) -> None:
    take = make_take(folder / "take.wav")
    with gated.daemon(folder) as daemon:
        wait_for(lambda: sent(gate) == ["take.wav"])
        take.unlink()
        gate.touch()
        wait_for(lambda: gated.states() == {"take.wav": "cancelled"})
        daemon.says("it was deleted, renamed or moved before it was converted")

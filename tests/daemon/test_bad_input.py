"""Each bad input gives one clear line: what, where, what to do. The daemon lives on, and nothing is half-written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

from support import FAST, Cli, make_take, wait_for

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


def told(cli: Cli, folder: Path, name: str, *, state: str = "failed", prefix: tuple[str, ...] = ()) -> str:
    """Drops nothing more; runs a daemon beside a good take and returns the one line about the bad one."""
    with cli.daemon(folder, prefix=prefix) as daemon:
        wait_for(lambda: cli.states().get(name) == state)
        # It lives on: a good take is converted after the bad one.
        good = make_take(folder / "good.wav", 0.2, seed=99)
        wait_for(good.with_name("good.ada.wav").exists)
        shown = name.encode("unicode_escape").decode() if "\n" in name else name
        lines = [
            line
            for line in daemon.log().splitlines()
            if shown in line and ("error" in line or "warning" in line)
        ]
    assert len(lines) <= 1, lines
    left = [entry for entry in os.listdir(folder) if entry.endswith(".part") or entry.startswith(".tv")]
    assert left == []
    (job,) = [job for job in cli.jobs() if Path(job["path"]).name == name]
    if state == "failed":
        assert lines, "nothing was said"
        assert job["error"]["text"] in lines[0]
        assert ascii(str(folder))[1:-1] in job["error"]["text"]
        assert ";" in job["error"]["text"], "it does not say what to do"
    return lines[0] if lines else ""


def test_a_zero_byte_file(gated: Cli, folder: Path) -> None:
    (folder / "take.wav").touch()
    line = told(gated, folder, "take.wav")
    assert "is empty (0 bytes); render it again" in line


def test_a_text_file_named_wav(gated: Cli, folder: Path) -> None:
    (folder / "take.wav").write_text("remember the milk\n" * 50)
    line = told(gated, folder, "take.wav")
    assert "is not an audio file" in line


def test_a_truncated_wav(gated: Cli, folder: Path) -> None:
    take = make_take(folder / "take.wav")
    os.truncate(take, 60_000)
    line = told(gated, folder, "take.wav")
    assert "was never finished" in line
    assert "render it again" in line


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are another thing there")
def test_a_file_without_the_right_to_read_it(gated: Cli, folder: Path) -> None:
    make_take(folder / "take.wav").chmod(0)
    line = told(gated, folder, "take.wav", prefix=unprivileged())
    assert "cannot be read: Permission denied; check its owner and permissions" in line


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are another thing there")
def test_a_folder_without_the_right_to_write_it(gated: Cli, folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir()
    make_take(closed / "take.wav")
    closed.chmod(0o555)
    try:
        line = told(gated, folder, "take.wav", prefix=unprivileged())
    finally:
        closed.chmod(0o755)
    assert "cannot be written: Permission denied" in line
    assert "takevoice retry" in line
    # What was converted is kept, and is not converted again.
    assert "starts again" in gated("retry", "--failed").stdout
    gated("run", "--once", folder)
    assert (closed / "take.ada.wav").exists()
    assert gated.states()["take.wav"] == "done"


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


def test_a_disk_that_is_full(gated: Cli, small_disk: Path) -> None:
    make_take(small_disk / "take.wav", 9.0)  # 1.3 of the 2 MB
    with gated.daemon(small_disk) as daemon:
        wait_for(lambda: gated.states() == {"take.wav": "failed"})
        assert "the disk is full" in daemon.log()
        assert "free some space, then `takevoice retry` the job" in daemon.log()
        assert os.listdir(small_disk) == ["take.wav"]
        # The right thing to do helps.
        subprocess.run(["mount", "-o", "remount,size=8m", small_disk], check=True)
        gated("retry", "--failed")
        wait_for((small_disk / "take.ada.wav").exists)
    assert sorted(os.listdir(small_disk)) == ["take.ada.wav", "take.wav"]


def test_a_folder_that_vanishes_and_comes_back(gated: Cli, folder: Path) -> None:
    with gated.daemon(folder) as daemon:
        shutil.rmtree(folder)
        wait_for(lambda: "waiting for it to come back" in daemon.log())
        folder.mkdir()
        make_take(folder / "take.wav")
        wait_for((folder / "take.ada.wav").exists)
        assert "is back" in daemon.log()


def test_a_folder_that_is_not_there_yet(gated: Cli, tmp_path: Path) -> None:
    with gated.daemon(tmp_path / "later") as daemon:
        wait_for(lambda: "not there yet" in daemon.log())
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
def test_difficult_names(gated: Cli, folder: Path, name: str) -> None:
    make_take(folder / name, 0.3)
    told(gated, folder, name, state="done")
    (job,) = [job for job in gated.jobs() if Path(job["path"]).name == name]
    result = Path(job["output"])
    assert result.exists()
    assert result.parent == folder
    assert len(os.fsencode(result.name)) <= 255
    assert result.name.endswith(".ada.wav")


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no Unicode are possible on Linux only")
def test_a_name_that_is_no_unicode(gated: Cli, folder: Path) -> None:
    make_take(Path(os.fsdecode(os.fsencode(folder) + b"/tak\xe9.wav")), 0.3)
    gated("run", "--once", folder)
    assert b"tak\xe9.ada.wav" in os.listdir(os.fsencode(folder))
    assert "done" in gated("jobs").stdout


def test_a_take_of_a_twentieth_of_a_second(gated: Cli, folder: Path) -> None:
    make_take(folder / "take.wav", 0.05)
    told(gated, folder, "take.wav", state="done")
    assert soundfile.info(folder / "take.ada.wav").frames == 2400


def test_a_silent_take_is_not_sent_and_stays_silent(gated: Cli, gate: Path, folder: Path) -> None:
    soundfile.write(folder / "take.wav", [0.0] * 48_000, 48_000, "PCM_24")
    gate.touch()
    line = told(gated, folder, "take.wav", state="done")
    assert "every sample is zero" in line
    assert "check the track's mute and routing" in line
    assert not soundfile.read(folder / "take.ada.wav")[0].any()
    assert "take.wav" not in (gate.parent / "sent").read_text()


def test_a_take_of_eight_channels(gated: Cli, folder: Path) -> None:
    make_take(folder / "take.wav", 0.3, channels=8)
    told(gated, folder, "take.wav", state="done")
    assert soundfile.info(folder / "take.ada.wav").channels == 8


def test_an_unknown_voice(gated: Cli, folder: Path) -> None:
    gated.config(f'backend = "gated"\n{FAST}[tracks.take]\nvoice = "baa"\n')
    make_take(folder / "take.wav")
    line = told(gated, folder, "take.wav")
    assert 'the backend gated has no voice "baa"; did you mean bea, ada? `takevoice voices` lists all' in line
    # Corrected and tried again, it is converted.
    gated.config(f'backend = "gated"\n{FAST}[tracks.take]\nvoice = "bea"\n')
    gated("retry", "--failed")
    gated("run", "--once", folder)
    assert (folder / "take.bea.wav").exists()


def test_a_file_that_is_taken_away_while_it_is_converted(gated: Cli, gate: Path, folder: Path) -> None:
    take = make_take(folder / "take.wav")
    with gated.daemon(folder) as daemon:
        wait_for(lambda: gated.states() == {"take.wav": "converting"})
        take.unlink()
        gate.touch()
        wait_for(lambda: gated.states() == {"take.wav": "failed"})
        assert "is gone; render it again" in daemon.log()


def test_a_backend_that_is_not_there_stops_the_start(cli: Cli, folder: Path) -> None:
    cli.config('backend = "elevenlab"\n')
    assert "did you mean elevenlabs?" in cli("run", folder, check=1).stderr


def test_a_backend_without_its_key_says_where_it_belongs(cli: Cli, folder: Path) -> None:
    cli.config('backend = "elevenlabs"\n')
    assert "ELEVENLABS_API_KEY" in cli("run", folder, check=1).stderr

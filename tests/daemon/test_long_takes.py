"""Takes longer than a backend takes, answers that do not go with their take: as a whole, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from signals import make_speech
from support import BACKENDS, FAST, TAKES, Command, wait_for

pytestmark = pytest.mark.process


@pytest.fixture
def segments(command: Command, tmp_path: Path) -> Command:
    command.plugin(BACKENDS / "segments.py")
    command.config(
        f'backend = "segments"\nconversions = 2\n{FAST}\n[plugins.segments]\nhere = "{tmp_path}"\n'
    )
    return command


def sent(tmp_path: Path) -> list[str]:
    return (tmp_path / "sent").read_text().split()


def long_take(folder: Path, seconds: float = 14.0) -> Path:
    path = folder / "long.wav"
    soundfile.write(path, make_speech(seconds, 16_000) + 1e-5, 16_000, "PCM_24")
    return path


def test_a_long_take_goes_in_pieces_side_by_side(segments: Command, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "together").touch()
    take = long_take(folder)
    said = segments("run", "--once", folder).stderr
    assert "is sent in 5 segments" in said
    assert len(sent(tmp_path)) == 5  # the first waited for the second
    was, now = soundfile.read(take)[0], soundfile.read(folder / "long.ada.wav")[0]
    assert np.abs(was - now).max() < 2e-3


def test_a_piece_that_failed_is_sent_again_alone(segments: Command, folder: Path, tmp_path: Path) -> None:
    long_take(folder)
    segments("run", "--once", folder)
    third = sorted(set(sent(tmp_path)), key=lambda name: int(name.split("-")[1]))[2]
    (folder / "long.ada.wav").unlink()
    (tmp_path / "sent").unlink()
    (tmp_path / f"fail.{third}").touch()
    segments("retry", "1")
    assert "the server is on fire" in segments("run", "--once", folder, check=1).stderr
    assert segments.states() == {"long.wav": "failed"}
    (tmp_path / f"fail.{third}").unlink()
    segments("retry", "--failed")
    segments("run", "--once", folder)
    assert (folder / "long.ada.wav").exists()
    others = [name for name in sent(tmp_path) if name != third]
    assert len(others) == len(set(others)) == 4
    assert sent(tmp_path).count(third) == 2


def test_an_answer_that_does_not_go_with_its_take_is_held(
    segments: Command, folder: Path, tmp_path: Path
) -> None:
    narrator = TAKES / "narrator_48k_24bit.flac"
    samples, rate = soundfile.read(narrator, frames=int(3.9 * 48_000))
    soundfile.write(folder / "take.wav", samples, rate, "PCM_24")
    (tmp_path / "nonsense").touch()
    said = segments("run", "--once", folder, check=1).stderr
    assert "does not resemble the take" in said
    assert "takevoice release 1" in said
    (job,) = segments.jobs()
    assert (job["state"], job["error"]["code"]) == ("held", "not_alike")
    assert job["correlation"] < 0.4
    assert not (folder / "take.ada.wav").exists()
    # A person may have it as it is, without sending it again,
    segments("release", "1")
    segments("run", "--once", folder)
    assert (folder / "take.ada.wav").exists()
    assert len(sent(tmp_path)) == 1
    # or have it made anew.
    (folder / "take.ada.wav").unlink()
    segments("retry", "1")
    segments("run", "--once", folder, check=1)
    assert segments.states() == {"take.wav": "held"}
    (tmp_path / "nonsense").unlink()
    segments("retry", "1")
    segments("run", "--once", folder)
    (job,) = segments.jobs()
    assert job["state"] == "done"
    assert job["correlation"] > 0.9
    assert abs(job["offset_ms"]) < 1
    assert (folder / "take.ada.wav").exists()
    assert segments("release", "1", check=1).stdout .startswith("job 1 is done; only a held job can be released; `takevoice retry 1` makes")


def test_what_came_of_a_long_take_survives_the_end_of_the_daemon(
    segments: Command, folder: Path, tmp_path: Path
) -> None:
    """Two pieces are there when the daemon is killed; only the others are sent by the next one."""
    long_take(folder)
    (tmp_path / "slow").touch()
    with segments.daemon(folder) as daemon:
        wait_for(lambda: sum(bool(path.stat().st_size) for path in segments.state.glob("work/*/received.*.complete")) == 2)
        daemon.kill()
    before = len(sent(tmp_path))
    (tmp_path / "slow").unlink()
    segments("run", "--once", folder)
    assert (folder / "long.ada.wav").exists()
    assert len(sent(tmp_path)) - before == 3
    assert json.loads(segments("jobs", "--json").stdout)[0]["state"] == "done"

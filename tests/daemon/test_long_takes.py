"""Takes longer than a backend takes, answers that do not go with their take: as a whole, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from speech import make_speech
from support import FAST, Cli, wait_for

PICKY = '''
"""A backend that takes 4 seconds at most, notes each piece, and fails or talks nonsense when a file says so."""
import io
import time
from pathlib import Path

import soundfile

from takevoice import Backend, Encoded, Voice, errors, hookimpl

HERE = Path({here!r})
LIMIT = 4.0


@hookimpl
def backends():
    return [Backend("picky", True, "for tests", {paid!r}, max_seconds=LIMIT)]


@hookimpl
def voices(backend):
    return [Voice("ada", "ada", "picky")] if backend == "picky" else None


@hookimpl
def convert(job, request, audio):
    if job.backend != "picky":
        return None
    assert audio.seconds <= LIMIT
    name = audio.path.name.split(".")[1]
    with (HERE / "sent").open("a") as file:
        file.write(f"{{time.monotonic()}} {{name}}\\n")
    if (HERE / f"fail.{{name}}").exists():
        raise errors.BackendError("the server is on fire", hint="try again later")
    while (HERE / "slow").exists() and (HERE / "sent").read_text().count(" ") > 2:
        time.sleep(0.02)
    samples, rate = soundfile.read(audio.path, dtype="float32")
    if (HERE / "nonsense").exists():
        samples = samples[::-1]
    if (HERE / "together").exists():
        with (HERE / "running").open("a") as file:
            file.write("+")
        deadline = time.monotonic() + 10
        while (HERE / "running").stat().st_size < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
    data = io.BytesIO()
    soundfile.write(data, samples, rate, "FLOAT", format="WAV")
    return Encoded(iter([data.getvalue()]))
'''


@pytest.fixture
def picky(cli: Cli, tmp_path: Path) -> Cli:
    cli.plugin("picky", PICKY.format(here=str(tmp_path), paid=False))
    cli.config(f'backend = "picky"\nconversions = 2\n{FAST}')
    return cli


def sent(tmp_path: Path) -> list[str]:
    return [line.split()[1] for line in (tmp_path / "sent").read_text().splitlines()]


def long_take(folder: Path, seconds: float = 14.0) -> Path:
    path = folder / "long.wav"
    soundfile.write(path, make_speech(seconds, 16_000) + 1e-5, 16_000, "PCM_24")
    return path


def test_a_long_take_goes_in_pieces_side_by_side(picky: Cli, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "together").touch()
    take = long_take(folder)
    said = picky("run", "--once", folder).stderr
    assert "goes in 5 pieces" in said
    assert len(sent(tmp_path)) == 5
    assert (tmp_path / "running").stat().st_size >= 2  # the first waited for the second
    was, now = soundfile.read(take)[0], soundfile.read(folder / "long.ada.wav")[0]
    assert np.abs(was - now).max() < 2e-3


def test_a_piece_that_failed_is_sent_again_alone(picky: Cli, folder: Path, tmp_path: Path) -> None:
    long_take(folder)
    picky("run", "--once", folder)
    third = sorted(set(sent(tmp_path)), key=lambda name: int(name.split("-")[1]))[2]
    (folder / "long.ada.wav").unlink()
    (tmp_path / "sent").unlink()
    (tmp_path / f"fail.{third}").touch()
    picky("retry", "1")
    assert "the server is on fire" in picky("run", "--once", folder, check=1).stderr
    assert picky.states() == {"long.wav": "failed"}
    (tmp_path / f"fail.{third}").unlink()
    picky("retry", "--failed")
    picky("run", "--once", folder)
    assert (folder / "long.ada.wav").exists()
    others = [name for name in sent(tmp_path) if name != third]
    assert len(others) == len(set(others)) == 4
    assert sent(tmp_path).count(third) == 2


def test_an_answer_that_does_not_go_with_its_take_is_held(picky: Cli, folder: Path, tmp_path: Path) -> None:
    narrator = Path(__file__).parent.parent / "takes" / "narrator_48k_24bit.flac"
    samples, rate = soundfile.read(narrator, frames=int(3.9 * 48_000))
    soundfile.write(folder / "take.wav", samples, rate, "PCM_24")
    (tmp_path / "nonsense").touch()
    said = picky("run", "--once", folder, check=1).stderr
    assert "does not go with the take" in said
    assert "takevoice release 1" in said
    (job,) = picky.jobs()
    assert (job["state"], job["error"]["code"]) == ("held", "not_alike")
    assert job["correlation"] < 0.4
    assert not (folder / "take.ada.wav").exists()
    # A person may have it as it is, without sending it again,
    picky("release", "1")
    picky("run", "--once", folder)
    assert (folder / "take.ada.wav").exists()
    assert len(sent(tmp_path)) == 1
    # or have it made anew.
    (folder / "take.ada.wav").unlink()
    picky("retry", "1")
    picky("run", "--once", folder, check=1)
    assert picky.states() == {"take.wav": "held"}
    (tmp_path / "nonsense").unlink()
    picky("retry", "1")
    picky("run", "--once", folder)
    (job,) = picky.jobs()
    assert job["state"] == "done"
    assert job["correlation"] > 0.9
    assert abs(job["offset_ms"]) < 1
    assert (folder / "take.ada.wav").exists()
    assert picky("release", "1", check=1).stdout == "job 1 is done; only a held job can be released\n"


def test_what_came_of_a_long_take_survives_the_end_of_the_daemon(
    picky: Cli, folder: Path, tmp_path: Path
) -> None:
    """Two pieces are there when the daemon is killed; only the others are sent by the next one."""
    long_take(folder)
    (tmp_path / "slow").touch()
    with picky.daemon(folder) as daemon:
        wait_for(lambda: len(list(picky.state.glob("work/*/received.*"))) == 2)
        daemon.kill()
    before = len(sent(tmp_path))
    (tmp_path / "slow").unlink()
    picky("run", "--once", folder)
    assert (folder / "long.ada.wav").exists()
    assert len(sent(tmp_path)) - before == 3
    assert json.loads(picky("jobs", "--json").stdout)[0]["state"] == "done"

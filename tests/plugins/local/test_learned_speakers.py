"""What was learned of a speaker is part of what a result is known by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import soundfile

from signals import RATE, man, woman
from support import Command
from takevoice import Job, State, errors
from takevoice_plugins.local.known_speaker import identified, known_speaker


@pytest.fixture
def take(command: Command, tmp_path: Path) -> Path:
    """A take, and recordings from which Anna is learned in two ways."""
    for name, samples in (("low", man(8.0)), ("high", woman(8.0)), ("take", man(2.0, seed=2))):
        soundfile.write(tmp_path / f"{name}.wav", samples, RATE, "PCM_24")
    command("voices", "learn", "Anna", tmp_path / "low.wav")
    return tmp_path / "take.wav"


def convert(command: Command, take: Path) -> str:
    """Ask for the conversion; return what it says on the way."""
    return command("convert", take, "--voice", "june", "--set", "source=Anna").stderr


def results(take: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in take.parent.glob("take.*.wav")}


def learned_again(command: Command, take: Path, name: str) -> None:
    command("voices", "learn", "Anna", take.with_name(name), "--replace")


def test_a_speaker_that_is_learned_again_gives_another_result(command: Command, take: Path) -> None:
    convert(command, take)
    first = results(take)
    assert list(first) == ["take.june.wav"]
    assert "is converted already" in convert(command, take)
    learned_again(command, take, "high.wav")
    assert results(take) == first, "a result changed behind one's back"
    assert "is converted already" not in convert(command, take), "the result of what was known before was the answer"
    assert results(take).keys() == {"take.june.wav", "take.june.2.wav"}
    assert results(take)["take.june.wav"] == first["take.june.wav"]
    assert results(take)["take.june.2.wav"] != first["take.june.wav"]
    learned_again(command, take, "low.wav")
    assert "is converted already" in convert(command, take), "the same recordings teach the same"
    assert len(results(take)) == 2


def test_the_jobs_say_which_profile_it_was(command: Command, take: Path) -> None:
    convert(command, take)
    known = identified(command.state, "Anna")
    assert known is not None
    (job,) = command.jobs()
    assert job["settings"]["source"] == known
    told = json.loads(command("explain", take.with_name("take.june.wav"), "--json").stdout)
    assert known in json.dumps(told), "the result does not say by which profile it was made"


def test_a_queued_take_is_not_converted_with_another_profile(command: Command, take: Path) -> None:
    job = Job(1, take, State.CONVERTING, backend="local", track="Anna")
    planned = identified(command.state, "Anna")
    assert planned is not None
    assert known_speaker(command.state, job, planned)[0] is not None
    learned_again(command, take, "high.wav")
    with pytest.raises(errors.BackendError, match="is not what the take was planned with") as error:
        known_speaker(command.state, job, planned)
    assert "retry the job" in str(error.value)
    assert identified(command.state, "Anna") not in (None, planned)


@pytest.mark.parametrize("source", ["auto", "take", "Bert", "../Anna", "Anna@0123456789ab"])
def test_what_names_no_profile_stays_as_it_is(command: Command, take: Path, source: str) -> None:
    assert identified(command.state, source) is None

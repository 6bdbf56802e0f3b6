"""What is known of a speaker: the sum of what all takes tell, by plain statistics over all of them at once; kept, given and refused."""

import json
import logging
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from signals import RATE, make_speech, man
from support import Command
from takevoice import Job, State, errors
from takevoice_plugins.local import NAME, engine, speaker_store
from takevoice_plugins.local.cloned.learn import learn_speaker
from takevoice_plugins.local.known_speaker import in_words, known_speaker
from takevoice_plugins.local.mel import BANDS
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.source import ArraySource
from takevoice_plugins.local.speaker import ENOUGH, Speaker, measured, to_text
from takevoice_plugins.local.speaker_store import FOLDER, SpeakerStore, learn, read, write
from takevoice_plugins.local.tract import FACTORS, tract_of

JOB = Job(1, Path("/takes/Anna_1.wav"), State.CONVERTING, backend=NAME, track="Anna")


class Sounds:
    """Marks, evidence and spectra of some seconds of a voice."""

    def __init__(self, f0: float, seconds: float, seed: int = 0, unvoiced: int = 30) -> None:
        random = np.random.default_rng(seed)
        self.f0 = f0 * 2 ** (0.1 * random.standard_normal(int(f0 * seconds)))
        self.evidence = -random.uniform(0, 9, len(FACTORS))
        self.voiced, self.unvoiced = (random.standard_normal((count, BANDS)) for count in (len(self.f0), unvoiced))

    def speaker(self) -> Speaker:
        """What these tell."""
        counts = len(self.voiced), len(self.unvoiced)
        return measured(self.f0, self.evidence, self.voiced.mean(axis=0), self.unvoiced.mean(axis=0), counts)


def shape(frames: np.ndarray) -> np.ndarray:
    """The mean of frames without its level."""
    mean = frames.mean(axis=0)
    return mean - mean[:40].mean()


def test_two_takes_tell_what_all_their_sounds_tell() -> None:
    one, two = Sounds(100.0, 1.0, 1, unvoiced=80), Sounds(150.0, 4.0, 2, unvoiced=20)
    both = one.speaker().merged(two.speaker())
    assert both.seconds == pytest.approx(sum((1 / each.f0).sum() for each in (one, two)), abs=0.01)
    np.testing.assert_allclose(both.tract_evidence, one.evidence + two.evidence, atol=1e-3)
    for kind in ("voiced", "unvoiced"):
        together = np.concatenate([getattr(one, kind), getattr(two, kind)])
        assert getattr(both, kind).frames == len(together)
        np.testing.assert_allclose(getattr(both, kind).mean, shape(together), atol=1e-3)


def test_pitch_is_that_of_half_the_time_and_strays_do_not_widen_it() -> None:
    low, high = np.full(300, 100.0), np.full(500, 200.0)  # 3 s and 2.5 s: the higher marks are more, but take less time
    speaker = measured(np.concatenate([low, high]), np.zeros(len(FACTORS)), None, None, (0, 0))
    assert speaker.f0 == pytest.approx(100, rel=0.03)
    lively = Sounds(120.0, 6.0).f0
    plain = measured(lively, np.zeros(len(FACTORS)), None, None, (0, 0))
    assert plain.f0_spread == pytest.approx(np.std(np.log2(lively)), rel=0.06)
    strays = measured(np.concatenate([lively, np.full(60, 720.0)]), np.zeros(len(FACTORS)), None, None, (0, 0))
    assert strays.f0_spread == pytest.approx(plain.f0_spread, rel=0.05)


def test_enough_is_enough_and_next_to_nothing_is_nothing() -> None:
    known = Sounds(120.0, 2.0, 1).speaker()
    assert not known.is_settled
    assert known.merged(Sounds(200.0, 0.1, 2).speaker()) is known, "a word's worth of voice is noise"
    assert known.merged(known) is known, "a take counts once, however often it is converted"
    settled = known.merged(Sounds(120.0, ENOUGH, 3).speaker())
    assert settled.is_settled
    assert settled.merged(Sounds(240.0, 4.0, 4).speaker()) is settled
    given = replace(known, given=True)
    assert given.merged(Sounds(240.0, 4.0, 4).speaker()) is given, "what was learned by a command stays"
    assert given.id == known.id, "the measurements are the same"
    assert replace(known, tract_evidence=settled.tract_evidence).id != known.id


def test_who_said_little_is_assumed_to_be_average() -> None:
    """As Bayes has it: of two normal distributions of the same width, around 1 and around what was heard, the middle."""
    distance = np.log(FACTORS / 1.25) / 0.12
    assert tract_of(np.zeros(len(FACTORS))) == pytest.approx(1, abs=0.001)
    assert tract_of(-0.5 * distance**2) == pytest.approx(np.sqrt(1.25), abs=0.005)
    assert tract_of(-50 * distance**2) == pytest.approx(1.25, abs=0.005)


def test_what_was_given_is_all_that_is_known_however_short(tmp_path: Path) -> None:
    """A shout of somebody with a short profile is a shout, too."""
    path = tmp_path / "usual.wav"
    soundfile.write(path, man(4.0), RATE, "FLOAT")
    store = SpeakerStore(tmp_path / FOLDER)
    store.keep("Anna", learn_speaker([path]))
    known = store.find("anna")
    assert known.seconds < ENOUGH
    loud = ArraySource(make_speech(4.0, RATE, 230.0, 3), RATE)
    assert engine.plan(loud, profile("ada"), EngineParameters(), known).recipe.source_f0 == known.f0


def test_all_recordings_count(tmp_path: Path) -> None:
    """Also those after the first, where that alone would be enough for a track."""
    paths = [tmp_path / "low.wav", tmp_path / "high.wav"]
    soundfile.write(paths[0], make_speech(14.0, RATE, 110.0, 1), RATE, "PCM_16")
    soundfile.write(paths[1], make_speech(22.0, RATE, 165.0, 2), RATE, "PCM_16")
    alone = [learn_speaker([path]) for path in paths]
    assert alone[0].is_settled
    both = learn_speaker(paths)
    assert both.seconds == pytest.approx(alone[0].seconds + alone[1].seconds, rel=0.02)
    assert 150 < both.f0 < 170
    np.testing.assert_allclose(both.tract_evidence, np.add(*(each.tract_evidence for each in alone)), atol=0.01)


def test_learning_is_refused_where_it_cannot_be_right(command: Command, tmp_path: Path) -> None:
    usual, short = tmp_path / "usual.wav", tmp_path / "short.wav"
    soundfile.write(usual, man(4.0), RATE, "PCM_16")
    soundfile.write(short, man(1.0), RATE, "PCM_16")
    assert "is too little" in command("voices", "learn", "Anna", short, check=1).stderr
    assert "no such file" in command("voices", "learn", "Anna", tmp_path / "none.wav", check=2).stderr
    assert f"{tmp_path}: is a folder" in command("voices", "learn", "Anna", tmp_path, check=2).stderr
    command("voices", "learn", "Anna", usual)
    kept = (command.state / FOLDER / "anna.speaker.json").read_bytes()
    assert "use --replace" in command("voices", "learn", "Anna", usual, check=2).stderr
    for name in ("auto", "Take", "../Anna", ""):
        assert "cannot be the name of a speaker" in command("voices", "learn", name, usual, check=2).stderr
    assert [(path.name, path.read_bytes()) for path in (command.state / FOLDER).iterdir()] == [("anna.speaker.json", kept)]
    with pytest.raises(errors.ConfigError, match="already exists"):
        SpeakerStore(command.state / FOLDER).keep("Anna", Sounds(120.0, 2.0).speaker())


def test_explain_and_the_log_say_what_is_known(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = SpeakerStore(tmp_path / FOLDER)
    path = store.of_track(JOB.source.parent, "Anna")
    some, more = Sounds(120.0, 3.0, 1).speaker(), Sounds(122.0, 7.0, 2).speaker()
    learn(path, some)
    assert f"in 1 take: {some.f0:.0f} Hz, formants x{some.tract:.2f} ({some.id}, still learning)" in in_words(tmp_path, JOB, None)
    learn(path, more)
    known = some.merged(more)
    with caplog.at_level(logging.DEBUG, "takevoice_plugins.local.known_speaker"):
        assert known_speaker(tmp_path, JOB, "auto") == (known, None), "nothing is added to what is settled"
        store.keep("Bert", some)
        known_speaker(tmp_path, JOB, "Bert")
        known_speaker(tmp_path, replace(JOB, track="Carl"), None)
    said = f"known from 10 s of voice in 2 takes: {known.f0:.0f} Hz, formants x{known.tract:.2f} ({known.id}, settled)"
    assert in_words(tmp_path, JOB, "auto") == f"the track Anna, {said}"
    assert f"Anna_1.wav: the speaker of the track Anna, {said}" in caplog.text
    assert f"Anna_1.wav: spoken by Bert ({some.id})" in caplog.text
    assert "Anna_1.wav: the speaker of the track Carl, of which no take is known yet" in caplog.text
    assert in_words(tmp_path, JOB, "Bert").startswith("Bert, known from 3.0 s of voice in 1 take: ")
    assert in_words(tmp_path, JOB, "take") == "known from this take alone"
    assert 'no speaker "Eve"; known speakers: bert' in in_words(tmp_path, JOB, "Eve")


def test_a_track_is_that_of_its_folder_and_a_take_looked_at_alone_teaches_nothing(tmp_path: Path) -> None:
    elsewhere = replace(JOB, path=Path("/other/Anna_1.wav"))
    file = known_speaker(tmp_path, JOB, None)[1]
    assert file is not None
    assert known_speaker(tmp_path, elsewhere, None)[1] not in (None, file)
    assert known_speaker(tmp_path, JOB, "take") == (None, None)
    assert known_speaker(tmp_path, replace(JOB, track=""), None) == (None, None)


@pytest.mark.parametrize("text", ["{", "[]", '{"takevoice_speaker": 1}', "7", "[" * 99_999])
def test_a_damaged_profile_of_a_track_is_learned_again(text: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = SpeakerStore(tmp_path).of_track(tmp_path, "Anna")
    take = Sounds(120.0, 3.0).speaker()
    write(path, take)
    later = json.loads(path.read_text("utf-8")) | {"takevoice_speaker": 2}
    for damaged in (text, json.dumps(later)):
        path.write_text(damaged, "utf-8")
        learn(path, take)
        assert read(path) == take
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    assert caplog.text.count("is learned from the beginning") == 2


def test_a_profile_is_private_and_never_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    path = SpeakerStore(tmp_path / FOLDER).of_track(tmp_path, "Anna")
    learn(path, Sounds(120.0, 1.0, 1).speaker())
    if sys.platform != "win32":
        assert path.parent.stat().st_mode & 0o077 == 0
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "replace", full)
    monkeypatch.setattr(Path, "replace", full)
    learn(path, Sounds(125.0, 1.0, 2).speaker())  # costs no take
    assert path.read_bytes() == before
    assert "the speaker of the track is not remembered" in caplog.text
    assert speaker_store.read(path) is not None
    assert len(to_text(Sounds(120.0, 1.0).speaker())) < 20_000

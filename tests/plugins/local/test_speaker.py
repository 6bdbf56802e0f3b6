"""One speaker is mapped alike in all takes, loud or low, long or short; and what is learned of them is kept, shown and can be given."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from signals import RATE, make_speech, man, median_f0
from takevoice import ConversionRequest, Job, State, Take, VoiceSettings, errors
from takevoice_plugins.local import NAME, Local, engine
from takevoice_plugins.local.analysis import analyse
from takevoice_plugins.local.cloned.learn import learn_speaker
from takevoice_plugins.local.contour import Contour
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.recipe import Recipe
from takevoice_plugins.local.source import ArraySource
from takevoice_plugins.local.speaker import Speaker, from_text, to_text

LOW_RATE = 16_000
TAKES = Path(__file__).parents[2] / "takes"


def recipe(samples: np.ndarray, known: Speaker | None = None, voice: str = "ada") -> Recipe:
    return engine.plan(ArraySource(samples, RATE), profile(voice), EngineParameters(), known).recipe


def a_job(path: Path, samples: np.ndarray, track: str = "Anna") -> tuple[Job, Take]:
    soundfile.write(path, samples, RATE, "FLOAT")
    return Job(1, path, State.CONVERTING, backend=NAME, track=track), Take(path, len(samples), RATE, 1, "WAV", "FLOAT")


def converted(local: Local, path: Path, samples: np.ndarray, track: str = "Anna", source: str | None = None) -> np.ndarray:
    job, take = a_job(path, samples, track)
    request = ConversionRequest(voice_id="ada", voice_settings=VoiceSettings(source=source))
    encoded = local.convert(job, request, take)
    assert encoded is not None
    return soundfile.read(io.BytesIO(b"".join(encoded.chunks)))[0]


def shouted(samples: np.ndarray) -> np.ndarray:
    """The same words, with the pitch a fifth higher and the formants where they are."""
    source = ArraySource(samples, RATE)
    from takevoice_plugins.local.engine import ConversionPlan

    plan = ConversionPlan(RATE, Recipe(target_f0=180.0), None, (1.0, 1.0))
    return np.concatenate(list(plan.convert(iter([source.read(0, source.frames)]))))


def whispered(samples: np.ndarray) -> np.ndarray:
    """Noise with the envelope of a take."""
    noise = np.random.default_rng(0).standard_normal(len(samples))
    envelope = np.convolve(np.abs(samples), np.hanning(2001) / 1000, "same")
    return noise * envelope * 0.2


def test_the_vocal_tract_is_that_of_the_spectrum_and_not_of_the_pitch() -> None:
    speech = soundfile.read(TAKES / "narrator_48k_24bit.flac", always_2d=True)[0].mean(axis=1)
    plain, loud = recipe(speech), recipe(shouted(speech))
    assert loud.source_f0 == pytest.approx(1.5 * plain.source_f0, rel=0.05)
    assert loud.formant_factor == pytest.approx(plain.formant_factor, rel=0.06)
    smaller = analyse(speech, round(1.15 * RATE)).tract  # played faster: pitch and formants are higher
    assert smaller == pytest.approx(1.15 * analyse(speech, RATE).tract, rel=0.04)


@pytest.mark.parametrize("mains", [50, 60])
def test_what_hums_in_the_pauses_is_not_the_speakers_pitch(mains: int) -> None:
    speech = soundfile.read(TAKES / "narrator_48k_24bit.flac", always_2d=True)[0].mean(axis=1)
    take = np.concatenate([np.zeros(2 * RATE), speech, np.zeros(3 * RATE)])
    time = np.arange(len(take)) / RATE
    hum = sum(size * np.sin(2 * np.pi * mains * times * time) for times, size in ((1, 1.0), (2, 0.5), (4, 0.6)))
    hum *= 10 ** (-18 / 20) * np.sqrt(np.mean(speech**2) / np.mean(hum**2))
    assert recipe(take + hum).source_f0 == pytest.approx(recipe(speech).source_f0, rel=0.03)


def test_a_shout_a_whisper_and_a_word_of_a_known_speaker_keep_their_distance() -> None:
    speech = man(13.0)
    known = engine.plan(ArraySource(speech, RATE), profile("ada"), EngineParameters()).speaker
    assert known is not None
    assert known.is_settled
    usual = recipe(speech)
    for other in (shouted(speech[: 4 * RATE]), whispered(speech[: 4 * RATE]), speech[: RATE // 2]):
        mapped = recipe(other, known)
        assert 12 * abs(np.log2(mapped.target_f0 / mapped.source_f0 * usual.source_f0 / usual.target_f0)) < 0.1
        assert mapped.formant_factor == pytest.approx(usual.formant_factor, rel=0.01)


def test_the_parts_of_a_take_are_mapped_alike_from_the_second_on() -> None:
    speech, known, moves = man(60.0), None, []
    for part in np.split(speech, 12):
        plan = engine.plan(ArraySource(part, RATE), profile("george"), EngineParameters(), known)
        moves.append((12 * np.log2(plan.recipe.target_f0 / plan.recipe.source_f0), plan.recipe.formant_factor))
        assert plan.speaker is not None
        known = plan.speaker if known is None else known.merged(plan.speaker)
    semitones, factors = np.array(moves).T
    assert np.ptp(semitones) < 1
    assert np.ptp(factors) / np.mean(factors) < 0.03


def test_a_track_learns_and_the_same_take_gives_the_same_result(tmp_path: Path) -> None:
    local = Local(tmp_path / "state")
    loud = shouted(man(3.0, seed=3))
    alone = converted(local, tmp_path / "Anna_1.wav", loud)
    np.testing.assert_array_equal(converted(local, tmp_path / "Anna_1.wav", loud), alone)
    converted(local, tmp_path / "Anna_2.wav", man(13.0))
    after = converted(local, tmp_path / "Anna_1.wav", loud)
    np.testing.assert_array_equal(converted(local, tmp_path / "Anna_1.wav", loud), after)
    # Heard alone, the shout has the voice's usual pitch; beside the rest it is a shout.
    assert median_f0(after) > 1.2 * median_f0(alone)
    # Another track, and a take that is looked at alone, are not touched by that.
    np.testing.assert_array_equal(converted(local, tmp_path / "Bert_1.wav", loud, "Bert"), alone)
    np.testing.assert_array_equal(converted(local, tmp_path / "Anna_3.wav", loud, source="take"), alone)


def test_a_long_take_of_a_known_speaker_is_begun_after_a_short_look() -> None:
    class Counting(ArraySource):
        looked_at = 0

        def read(self, start: int, count: int) -> np.ndarray:
            self.looked_at += count
            return super().read(start, count)

    speech = man(20.0)
    first, second = Counting(speech, RATE), Counting(speech, RATE)
    known = engine.plan(first, profile("ada"), EngineParameters()).speaker
    engine.plan(second, profile("ada"), EngineParameters(), known)
    assert first.looked_at <= 12 * RATE
    assert second.looked_at <= 6 * RATE
    third, little = Counting(speech, RATE), analyse(speech[: 3 * RATE], RATE).own
    engine.plan(third, profile("ada"), EngineParameters(), little)
    assert third.looked_at == 12 * RATE, "a speaker that is hardly known is looked at for as long as an unknown one"


def test_a_long_take_is_looked_at_from_its_start_to_its_end() -> None:
    """Who begins calmly and speaks up is known by most of the take."""
    take = np.concatenate([make_speech(13.0, LOW_RATE, 110.0), make_speech(30.0, LOW_RATE, 165.0)])
    plan = engine.plan(ArraySource(take, LOW_RATE), profile("ada"), EngineParameters())
    assert plan.recipe.source_f0 == pytest.approx(160, rel=0.05)
    assert plan.marks is None
    short = engine.plan(ArraySource(take[: 5 * LOW_RATE], LOW_RATE), profile("ada"), EngineParameters())
    assert short.marks is not None, "what was found in a short take is looked for again"


def test_explain_says_by_whom(tmp_path: Path) -> None:
    local = Local(tmp_path / "state")
    job, _ = a_job(tmp_path / "Anna_1.wav", man(0.5))
    assert local.explain(job) == {"speaker": "the track Anna, of which no take is known yet"}
    converted(local, tmp_path / "Anna_1.wav", man(6.0))
    told = local.explain(job)
    assert told is not None
    assert "1 take" in told["speaker"]
    assert "115 Hz" in told["speaker"] or "116 Hz" in told["speaker"] or "114 Hz" in told["speaker"]


def test_a_named_speaker_is_used_and_an_unknown_one_refused(tmp_path: Path) -> None:
    local = Local(tmp_path / "state")
    path = tmp_path / "usual.wav"
    soundfile.write(path, man(13.0), RATE, "FLOAT")
    from takevoice_plugins.local.speaker_store import FOLDER, SpeakerStore

    store = SpeakerStore(tmp_path / "state" / FOLDER)
    file = store.keep("Anna", learn_speaker([path]))
    loud = shouted(man(4.0))
    known = converted(local, tmp_path / "a.wav", loud, source="Anna")
    assert median_f0(known) > 1.2 * median_f0(converted(local, tmp_path / "a.wav", loud, source="take"))
    with pytest.raises(errors.BackendError, match='no speaker "Bert"'):
        converted(local, tmp_path / "a.wav", loud, source="Bert")
    with pytest.raises(errors.ConfigError, match="cannot be the name"):
        store.named("../Anna")
    file.write_text("{}", encoding="utf-8")
    with pytest.raises(errors.BackendError, match='no speaker "Anna"'):
        converted(local, tmp_path / "a.wav", loud, source="Anna")


def test_what_is_known_survives_its_file() -> None:
    speaker = engine.plan(ArraySource(man(3.0), RATE), profile("ada"), EngineParameters()).speaker
    assert speaker is not None
    assert from_text(to_text(speaker)) == speaker
    damaged = json.loads(to_text(speaker)) | {"f0_seconds": [1.0]}
    with pytest.raises(ValueError, match="damaged"):
        from_text(json.dumps(damaged))


@pytest.mark.parametrize(("keep", "semitones"), [("on", 0.0), ("octaves", 12.0)])
def test_singing_stays_in_tune(keep: str, semitones: float) -> None:
    source = ArraySource(man(4.0), RATE)
    plan = engine.plan(source, profile("ada"), EngineParameters(keep_pitch=keep))
    out = np.concatenate(list(plan.convert(iter([source.read(0, source.frames)]))))
    moved = 12 * np.log2(median_f0(out) / median_f0(source.read(0, source.frames)))
    assert moved == pytest.approx(semitones, abs=0.1)


def test_notes_beyond_the_limits_stay_in_tune() -> None:
    sung = np.array([50.0, 150.0, 440.0, 700.0, 1000.0])
    for moved in (0.5, 1.0, 2.0):
        new = Contour(Recipe(200.0, 200.0 * moved, formant_factor=1.2))(sung, np.arange(5.0))
        octaves = np.log2(new / sung)
        assert np.abs(octaves - np.round(octaves)).max() < 1e-9
        assert new.min() >= 45
        assert new.max() <= 1250

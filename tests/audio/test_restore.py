"""What came back from a backend becomes the take's: length, place, level, channels, silence."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from profiles import examples
from signals import buzz, make_speech
from support import TAKES, make_take
from takevoice import audio
from takevoice.audio.loudness import Meter
from takevoice.audio.segmentation import Segment, Segmentation, segment_take
from takevoice.errors import BadResult
from takevoice.jobs import Take

AS_IT_IS = audio.LevelSettings(level="off")


def take_of(path: Path, samples: np.ndarray, rate: int = 48_000, subtype: str = "FLOAT") -> Take:
    soundfile.write(path, samples, rate, subtype, format="WAV")
    return audio.inspect(path)


def laid_out(take: Take, channels: str | int = "mix", max_seconds: float | None = None) -> Segmentation:
    return segment_take(audio.read_take(take), channels, max_seconds)


def sent(take: Take, segmentation: Segmentation, folder: Path) -> dict[Segment, np.ndarray]:
    """What the backend would get for each segment."""
    return {
        segment: soundfile.read(audio.write_segment(audio.read_take(take), segmentation, segment, folder).path)[0]
        for segment in segmentation.segments
    }


def restored(
    take: Take,
    folder: Path,
    answer: np.ndarray | Path | None = None,
    levels: audio.LevelSettings = AS_IT_IS,
    segmentation: Segmentation | None = None,
    rate: int | None = None,
    name: str = "auto",
) -> tuple[np.ndarray, audio.Restored]:
    """The take restored from an answer; None: the backend gives back what it got."""
    segmentation = segmentation or laid_out(take)
    answers = {}
    for number, (segment, mine) in enumerate(sent(take, segmentation, folder).items()):
        path = answer if isinstance(answer, Path) else folder / f"answer{number}.wav"
        if not isinstance(answer, Path):
            soundfile.write(path, mine if answer is None else answer, rate or take.sample_rate, "FLOAT")
        answers[segment] = (path, name)
    return published(take, segmentation, answers, levels, folder)


def published(
    take: Take,
    segmentation: Segmentation,
    answers: dict[Segment, tuple[Path, str]],
    levels: audio.LevelSettings,
    folder: Path,
) -> tuple[np.ndarray, audio.Restored]:
    """The audio of the result, (frames, channels), and the restored take."""
    with audio.restore(audio.read_take(take), segmentation, answers, levels, folder) as result:
        return np.concatenate(list(result.blocks())).astype(np.float64), result


def lufs(samples: np.ndarray, rate: int = 48_000) -> float:
    meter = Meter(rate, samples.shape[1])
    meter.feed(samples)
    return meter.result().loudness().lufs


def speech(seconds: float, rate: int = 48_000) -> np.ndarray:
    return make_speech(seconds, rate)


# Length.


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize(("container", "subtype"), [("WAV", "FLOAT"), ("FLAC", "PCM_16"), ("OGG", "VORBIS")])
def test_every_answer_becomes_exactly_as_long_as_the_take(
    tmp_path: Path, rate: int, container: str, subtype: str
) -> None:
    take = take_of(tmp_path / "take.wav", buzz(1.0, channels=2)[:30_011])
    answer = tmp_path / "answer"
    soundfile.write(answer, buzz(30_011 / 48_000, rate), rate, subtype, format=container)
    got, result = restored(take, tmp_path, answer)
    assert (result.take.frames, result.take.sample_rate, result.take.channels) == (30_011, 48_000, 2)
    expected = buzz(30_011 / 48_000)[:, 0]
    assert np.corrcoef(expected[2000:-2000], got[2000:-2000, 0])[0, 1] > (0.9 if rate < 16_000 else 0.99)
    assert np.array_equal(got[:, 0], got[:, 1])


@pytest.mark.parametrize(
    ("name", "subtype", "rate"),
    [
        ("pcm_16000", "PCM_16", 16_000),
        ("pcm_44100", "PCM_16", 44_100),
        ("ulaw_8000", "ULAW", 8_000),
        ("alaw_8000", "ALAW", 8_000),
    ],
)
def test_headerless_answers_are_understood_by_their_name(
    tmp_path: Path, name: str, subtype: str, rate: int
) -> None:
    take = take_of(tmp_path / "take.wav", buzz(1.0))
    endian = "LITTLE" if subtype == "PCM_16" else "FILE"
    soundfile.write(tmp_path / "answer", buzz(1.0, rate), rate, subtype, endian, "RAW")
    got, _ = restored(take, tmp_path, tmp_path / "answer", name=name)
    assert np.corrcoef(buzz(1.0)[500:-500, 0], got[500:-500, 0])[0, 1] > 0.9


@pytest.mark.parametrize("seconds", [0.2, 3.0])
def test_an_answer_of_quite_another_length_is_refused(tmp_path: Path, seconds: float) -> None:
    take = take_of(tmp_path / "take.wav", buzz(1.0))
    with pytest.raises(BadResult, match=rf"{seconds:.2f} s of audio for a take of 1.00 s"):
        restored(take, tmp_path, buzz(seconds))


def test_an_answer_that_is_no_audio_is_refused(tmp_path: Path) -> None:
    (tmp_path / "answer").write_text('{"detail": "sorry"}')
    with pytest.raises(BadResult, match="cannot be read as audio"):
        restored(take_of(tmp_path / "take.wav", buzz(0.5)), tmp_path, tmp_path / "answer")


def test_an_answer_with_impossible_samples_is_refused(tmp_path: Path) -> None:
    take = take_of(tmp_path / "take.wav", buzz(1.0))
    with pytest.raises(BadResult, match="not finite numbers"):
        restored(take, tmp_path, np.full(48_000, np.nan))


# Place.


def lag_ms(got: np.ndarray, wanted: np.ndarray, rate: int) -> float:
    """By how much `got` is late, for the same waveform."""
    size = 2 * len(wanted)
    cross = np.fft.irfft(np.fft.rfft(got, size) * np.conj(np.fft.rfft(wanted, size)))
    at = int(cross.argmax())
    return (at - size if at > size // 2 else at) / rate * 1000


@pytest.mark.parametrize(
    ("rate", "shift"),
    [
        (44_100, 333.3),
        *(
            pytest.param(rate, shift, marks=pytest.mark.quality)
            for rate in (16_000, 44_100, 96_000)
            for shift in (-120.0, 25.0, 333.3)
            if (rate, shift) != (44_100, 333.3)
        ),
    ],
)
def test_a_shifted_answer_comes_to_its_place(tmp_path: Path, rate: int, shift: float) -> None:
    wanted = speech(6.0)
    take = take_of(tmp_path / "take.wav", wanted)
    late = round(shift * rate / 1000)
    answer = speech(6.0, rate)
    answer = np.concatenate((np.zeros(late), answer)) if late > 0 else answer[-late:]
    got, result = restored(take, tmp_path, answer, rate=rate)
    assert len(got) == len(wanted)
    assert result.placement is not None
    assert result.placement.offset == pytest.approx(shift, abs=1.0)
    assert abs(lag_ms(got[:, 0], wanted, 48_000)) < 1.0


def test_an_mp3_that_does_not_tell_its_delay_comes_to_its_place(tmp_path: Path) -> None:
    """Piped, LAME writes no tag: decoders give 1105 samples too many at the start."""
    wanted = speech(5.0, 44_100)
    take = take_of(tmp_path / "take.wav", wanted, 44_100)
    encoder = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        take.path,
        "-b:a",
        "192k",
        "-write_xing",
        "0",
        "-id3v2_version",
        "0",
    ]
    try:
        answer = subprocess.run([*encoder, "-f", "mp3", "-"], capture_output=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("needs ffmpeg (apt-get install ffmpeg)")
    (tmp_path / "answer.mp3").write_bytes(answer)
    assert soundfile.info(tmp_path / "answer.mp3").frames > take.frames
    got, result = restored(take, tmp_path, tmp_path / "answer.mp3")
    assert len(got) == take.frames
    assert result.placement is not None
    assert 20 < result.placement.offset < 60
    assert abs(lag_ms(got[:, 0], wanted, 44_100)) < 1.0


@pytest.mark.quality
def test_an_answer_that_gets_later_and_later_is_told_and_not_stretched(tmp_path: Path) -> None:
    take = take_of(tmp_path / "take.wav", speech(20.0))
    slower = speech(20.0, round(48_000 * 1.002))
    _, result = restored(take, tmp_path, slower)
    assert result.placement is not None
    assert result.placement.drift == pytest.approx(
        40 * 12 / 20, abs=8
    )  # 0.2 % of the way between the windows


@pytest.mark.quality
def test_unrelated_audio_does_not_correlate(tmp_path: Path) -> None:
    spoken, rate = soundfile.read(TAKES / "narrator_48k_24bit.flac")
    take = take_of(tmp_path / "take.wav", spoken, rate)
    _, other = restored(take, tmp_path, spoken[::-1].copy())
    _, same = restored(take, tmp_path)
    assert other.placement is not None
    assert same.placement is not None
    assert not other.placement.alike
    assert same.placement.alike
    assert same.placement.correlation > 0.9


@pytest.mark.parametrize(
    "samples", [np.zeros(48_000), buzz(3.0)[:, 0], buzz(0.1)[:, 0]], ids=["silent", "even", "short"]
)
def test_where_nothing_can_be_told_nothing_is_moved(tmp_path: Path, samples: np.ndarray) -> None:
    take = take_of(tmp_path / "take.wav", samples)
    got, result = restored(take, tmp_path)
    assert result.placement is None
    assert np.allclose(got[:, 0], samples, atol=1e-6)


# Channels.


def test_channels_keep_their_level_and_polarity(tmp_path: Path) -> None:
    voice = speech(2.0)
    take = take_of(tmp_path / "take.wav", np.stack([voice, -0.5 * voice, 0 * voice], axis=1))
    got, _ = restored(take, tmp_path)
    assert np.allclose(got, np.stack([voice, -0.5 * voice, 0 * voice], axis=1), atol=2e-3)


def test_channels_that_cancel_out_are_not_sent_as_silence(tmp_path: Path) -> None:
    voice = speech(1.0)
    take = take_of(tmp_path / "take.wav", np.stack([voice, -voice], axis=1))
    (mine,) = sent(take, laid_out(take), tmp_path).values()
    assert np.abs(mine).max() == pytest.approx(np.abs(voice).max(), rel=1e-3)
    assert np.allclose(restored(take, tmp_path)[0], np.stack([voice, -voice], axis=1), atol=2e-3)


def test_each_channel_by_itself_and_twins_only_once(tmp_path: Path) -> None:
    one, two = speech(2.0), buzz(2.0, f0=90)[:, 0]
    samples = np.stack([one, two, -0.25 * one, 0 * one], axis=1)
    take = take_of(tmp_path / "take.wav", samples)
    segmentation = laid_out(take, "each")
    assert len(segmentation.segments) == 2
    got, _ = restored(take, tmp_path, segmentation=segmentation)
    assert np.allclose(got, samples, atol=2e-3)


def test_one_channel_is_chosen(tmp_path: Path) -> None:
    one, two = speech(2.0), buzz(2.0)[:, 0]
    take = take_of(tmp_path / "take.wav", np.stack([two, one], axis=1))
    segmentation = laid_out(take, 2)
    (mine,) = sent(take, segmentation, tmp_path).values()
    assert np.allclose(mine, one, atol=1e-6)
    got, _ = restored(take, tmp_path, segmentation=segmentation)
    assert np.allclose(got[:, 1], one, atol=2e-3)
    with pytest.raises(
        audio.AudioError if hasattr(audio, "AudioError") else Exception, match="has 2 channels"
    ):
        laid_out(take, 3)


# Any duration.


def test_a_long_take_is_cut_in_its_pauses_and_put_together_at_its_place(tmp_path: Path) -> None:
    samples = speech(40.0, 16_000) + 1e-5  # without digital silence, whose edges are faded
    take = take_of(tmp_path / "take.wav", samples, 16_000)
    segmentation = laid_out(take, max_seconds=15.0)
    assert [segment.frames <= 15.0 * 16_000 for segment in segmentation.segments] == [True] * len(
        segmentation.segments
    )
    assert len(segmentation.segments) == 3
    for segment in segmentation.segments[1:]:
        around = samples[segment.start - 1600 : segment.start + 1600]
        assert np.sqrt((around**2).mean()) < 0.3 * np.sqrt((samples**2).mean())
    got, _ = restored(take, tmp_path, segmentation=segmentation)
    assert np.allclose(got[:, 0], samples, atol=1e-5)


@pytest.mark.quality
def test_pieces_that_come_back_longer_do_not_add_up(tmp_path: Path) -> None:
    """Each segment gets 80 ms of silence at its start, and 100 at its end."""
    rate = 16_000
    samples = speech(40.0, rate)
    take = take_of(tmp_path / "take.wav", samples, rate)
    segmentation = laid_out(take, max_seconds=12.0)
    answers = {}
    for number, (segment, mine) in enumerate(sent(take, segmentation, tmp_path).items()):
        path = tmp_path / f"{number}.wav"
        soundfile.write(path, np.concatenate((np.zeros(1280), mine, np.zeros(1600))), rate, "FLOAT")
        answers[segment] = (path, "auto")
    got = published(take, segmentation, answers, AS_IT_IS, tmp_path)[0][:, 0]
    for at in range(0, 36 * rate, 4 * rate):
        assert abs(lag_ms(got[at : at + 4 * rate], samples[at : at + 4 * rate], rate)) < 1.0


def test_long_digital_silence_is_not_sent_and_stays_silence(tmp_path: Path) -> None:
    voice, none = speech(2.0), np.zeros(5 * 48_000)
    samples = np.concatenate((none, voice, none, voice, none))
    take = take_of(tmp_path / "take.wav", samples)
    segmentation = laid_out(take)
    assert len(segmentation.segments) == 2
    assert sum(segment.frames for segment in segmentation.segments) < 5.5 * 48_000
    noisy = {segment: mine + 0.01 for segment, mine in sent(take, segmentation, tmp_path).items()}
    answers = {}
    for segment, mine in noisy.items():
        soundfile.write(tmp_path / f"{segment.name}.wav", mine, 48_000, "FLOAT")
        answers[segment] = (tmp_path / f"{segment.name}.wav", "auto")
    got = published(take, segmentation, answers, AS_IT_IS, tmp_path)[0][:, 0]
    zeros = np.convolve(samples != 0, np.ones(480), "same") == 0
    assert not got[zeros].any()
    assert got[5 * 48_000 + 4800 : 6 * 48_000].any()


def test_a_segmentation_is_stored_with_the_keys_of_older_versions() -> None:
    stored = (
        '{"lanes": [{"weights": [0.5, 0.5], "gains": [1.0, -1.0]}], '
        '"pieces": [{"lane": 0, "start": 48000, "frames": 96000}]}'
    )
    segmentation = Segmentation.of_json(json.loads(stored))
    assert segmentation.segments == (Segment(0, 48_000, 96_000),)
    assert segmentation.segments[0].name == "0-48000-96000"
    assert json.dumps(segmentation.as_json()) == stored


# Level.


@pytest.mark.parametrize("gain", [0.1, 0.5, 3.0])
def test_a_result_is_as_loud_as_its_original(tmp_path: Path, gain: float) -> None:
    voice = 0.1 * speech(5.0)
    take = take_of(tmp_path / "take.wav", voice)
    got, _ = restored(take, tmp_path, gain * voice, audio.LevelSettings())
    assert lufs(got) == pytest.approx(lufs(voice[:, None]), abs=0.05)


def test_a_loudness_in_lufs_is_met(tmp_path: Path) -> None:
    take = take_of(tmp_path / "take.wav", 0.05 * speech(5.0))
    got, _ = restored(take, tmp_path, levels=audio.LevelSettings(level=-30.0))
    assert lufs(got) == pytest.approx(-30, abs=0.05)


def test_no_gain_passes_the_ceiling(tmp_path: Path) -> None:
    take = take_of(tmp_path / "take.wav", 0.2 * speech(5.0))
    got, _ = restored(take, tmp_path, levels=audio.LevelSettings(level=-5.0, true_peak=-3.0))
    meter = Meter(48_000, 1)
    meter.feed(got)
    assert meter.result().loudness().peak == pytest.approx(-3.0, abs=0.05)


# The room.


def test_the_room_stays_between_the_phrases(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    room = 0.002 * random.standard_normal(10 * 48_000)
    voice = np.zeros(10 * 48_000)
    voice[3 * 48_000 : 5 * 48_000] = speech(2.0)
    take = take_of(tmp_path / "take.wav", room + voice)
    got, _ = restored(take, tmp_path, 0.5 * voice, audio.LevelSettings(level="off", room_tone=True))
    assert np.allclose(got[: 2 * 48_000, 0], room[: 2 * 48_000], atol=1e-6)
    assert np.allclose(got[7 * 48_000 :, 0], room[7 * 48_000 :], atol=1e-6)
    middle = slice(int(3.5 * 48_000), int(4.5 * 48_000))
    assert np.allclose(got[middle, 0], 0.5 * voice[middle], atol=1e-6)


# Whatever comes.


@examples(40)
@given(data=st.data())
def test_whatever_the_take_the_result_has_its_shape(tmp_path: Path, data: st.DataObject) -> None:
    rate = data.draw(st.sampled_from([8_000, 11_025, 44_100, 48_000, 96_000]))
    frames = data.draw(st.integers(1, 60_000))
    channels = data.draw(st.integers(1, 4))
    policy = data.draw(st.sampled_from(["mix", "each", 1]))
    answer_rate = data.draw(st.sampled_from([16_000, 44_100, 48_000]))
    limit = data.draw(st.sampled_from([None, 1.0, 20.0]))
    levels = audio.LevelSettings(
        data.draw(st.sampled_from(["off", "match", -23.0])), room_tone=data.draw(st.booleans())
    )
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    samples = (
        random.uniform(-1, 1, (frames, channels))
        * random.integers(0, 2, (frames // 900 + 1, channels)).repeat(900, 0)[:frames]
    )
    subtype = data.draw(st.sampled_from(["PCM_U8", "PCM_16", "PCM_24", "FLOAT", "DOUBLE"]))
    take = take_of(tmp_path / "take.wav", samples, rate, subtype)
    segmentation = laid_out(take, policy, limit)
    answers = {}
    for segment, mine in sent(take, segmentation, tmp_path).items():
        path = tmp_path / f"answer.{segment.name}"
        length = max(1, round(len(mine) / rate * answer_rate))
        soundfile.write(path, np.resize(mine, length), answer_rate, "PCM_16", format="WAV")
        answers[segment] = (path, "auto")
    got, _ = published(take, segmentation, answers, levels, tmp_path)
    assert got.shape == (frames, channels)
    assert np.isfinite(got).all()


def test_a_silent_channel_stays_silent(tmp_path: Path) -> None:
    take = audio.inspect(make_take(tmp_path / "take.wav", 1.0, channels=2))
    samples = soundfile.read(take.path)[0] * [1, 0]
    take = take_of(tmp_path / "half.wav", samples)
    assert not restored(take, tmp_path)[0][:, 1].any()

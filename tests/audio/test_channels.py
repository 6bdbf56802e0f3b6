"""What the channels of a take are to each other decides what is converted, what is put back, and what stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from signals import man, woman
from support import TAKES
from takevoice import audio
from takevoice.audio.segmentation import Segmentation, segment_take
from takevoice.errors import AudioError
from takevoice.jobs import Take

RATE = 48_000
SECONDS = 4.0
A, B = man(SECONDS, seed=1), woman(SECONDS, seed=2)
NOISE = np.random.default_rng(0).standard_normal((6, len(A)))


def late(samples: np.ndarray, frames: int) -> np.ndarray:
    return np.concatenate((np.zeros(frames), samples[: len(samples) - frames]))


def in_a_room(samples: np.ndarray, seed: int, tail: float = 0.3) -> np.ndarray:
    """The samples through a direct path and a tail of decaying noise, 60 dB in `tail` seconds."""
    time = np.arange(round(tail * RATE)) / RATE
    response = 0.02 * np.random.default_rng(seed).standard_normal(len(time)) * 10 ** (-3 * time / tail)
    response[0] = 1.0
    size = len(samples) + len(response)
    return np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(response, size), size)[: len(samples)]


def cut(folder: Path, *channels: np.ndarray) -> tuple[Take, Segmentation]:
    path = folder / "take.wav"
    soundfile.write(path, np.stack(channels, axis=1), RATE, "FLOAT")
    take = audio.inspect(path)
    return take, segment_take(audio.read_take(take), "auto", None)


def result(folder: Path, take: Take, segmentation: Segmentation, factor: float = 1.0) -> np.ndarray:
    """The take restored; the backend gives back what it got, by a factor."""
    answers = {}
    for segment in segmentation.segments:
        sent, rate = soundfile.read(audio.write_segment(audio.read_take(take), segmentation, segment, folder).path)
        path = folder / f"answer.{segment.name}.wav"
        soundfile.write(path, factor * sent, rate, "FLOAT")
        answers[segment] = (path, "auto")
    levels = audio.LevelSettings(level="off")
    with audio.restore(audio.read_take(take), segmentation, answers, levels, folder) as result:
        return np.concatenate(list(result.blocks()))


@pytest.mark.parametrize("gain", [1.0, -1.0, 0.25, -0.5])
@pytest.mark.parametrize("delay", [0, 576, 1800])
def test_copies_are_one_conversion_and_come_back_as_they_were(
    tmp_path: Path, gain: float, delay: int
) -> None:
    take, segmentation = cut(tmp_path, A, gain * late(A, delay))
    assert len(segmentation.buses) == 1
    got = result(tmp_path, take, segmentation)
    assert np.abs(got[:, 0] - A).max() < 1e-3
    assert np.abs(got[:, 1] - gain * late(A, delay)).max() < 1e-3


@pytest.mark.parametrize("level", [0, -6, -20])
def test_two_people_are_two_conversions(tmp_path: Path, level: float) -> None:
    other = B * 10 ** (level / 20)
    take, segmentation = cut(tmp_path, A, other)
    assert len(segmentation.buses) == 2
    assert "2 different voices" in segmentation.found
    assert np.abs(result(tmp_path, take, segmentation) - np.stack((A, other), 1)).max() < 1e-3


def test_people_who_take_turns_are_two_conversions(tmp_path: Path) -> None:
    first = np.arange(len(A)) < len(A) // 2
    noise = 1e-4 * NOISE
    _, segmentation = cut(tmp_path, A * first + noise[0], B * ~first + noise[1])
    assert len(segmentation.buses) == 2


@pytest.mark.parametrize("level", [-18, -24, -30])
def test_bleed_stays_as_it_is(tmp_path: Path, level: float) -> None:
    bleed = 10 ** (level / 20) * in_a_room(late(A, 200), 3) + 1e-4 * NOISE[0]
    take, segmentation = cut(tmp_path, A, bleed)
    assert (len(segmentation.buses), segmentation.kept) == (1, (1,))
    got = result(tmp_path, take, segmentation, factor=-1.0)
    assert np.abs(got[:, 0] + A).max() < 1e-3
    assert np.abs(got[:, 1] - bleed).max() < 1e-3


def test_two_people_who_bleed_into_each_other(tmp_path: Path) -> None:
    first = A + 0.1 * in_a_room(late(B, 300), 4)
    second = B + 0.1 * in_a_room(late(A, 300), 5)
    _, segmentation = cut(tmp_path, first, second)
    assert len(segmentation.buses) == 2


@pytest.mark.parametrize("kind", ["noise", "silence", "hum"])
def test_a_channel_without_a_voice_stays_as_it_is(tmp_path: Path, kind: str) -> None:
    hum = 0.02 * np.sin(2 * np.pi * 50 * np.arange(len(A)) / RATE) + 1e-4 * NOISE[1]
    other = {"noise": 0.01 * NOISE[0], "silence": 0 * A, "hum": hum}[kind]
    _, segmentation = cut(tmp_path, other, A)
    assert (len(segmentation.buses), segmentation.kept) == (1, (0,))


def test_one_voice_at_two_microphones_close_together_is_one_conversion(tmp_path: Path) -> None:
    noise = 1e-4 * NOISE
    close = in_a_room(A, 6, tail=0.05)
    _, segmentation = cut(tmp_path, close + noise[0], 0.7 * late(close, 3) + noise[1])
    assert (len(segmentation.buses), segmentation.kept) == (1, ())


HALF = np.arange(len(A)) < len(A) // 2
LAST = np.arange(len(A)) >= 5 * len(A) // 6
WORD = (np.arange(len(A)) > 1.5 * RATE) & (np.arange(len(A)) < 1.7 * RATE)
LATE = late(A, 288)
PICTURES = {
    "a copy, the last second upside down": (A, np.where(LAST, -A, A)),
    "a copy, but for one word": (A * ~WORD, A * ~WORD + 0.3 * B * WORD),
    "a copy that drops out": (A, A * ~WORD),
    "a copy whose delay changes": (A, np.where(HALF, A, LATE)),
    "two people in turn, as mid and side": (A * HALF + B * ~HALF, A * HALF - B * ~HALF),
    "two people at once, as mid and side": (A + B, A - B),
    "two people at once, panned": (A + 0.4 * B, 0.4 * A + B),
    "two people in turn, hardly panned": (A * HALF + 0.7 * B * ~HALF, 0.7 * A * HALF + B * ~HALF),
    "a boom that hears two people, and a microphone each": (0.5 * late(A, 300) + 0.4 * late(B, 380), A, B),
    "a boom that hears two people, and one microphone": (0.5 * late(A, 300) + 0.4 * late(B, 380), A),
    "a sum of two people, but for one word": (0.7 * A + 0.5 * B * ~WORD, A, B),
}


@pytest.mark.parametrize("picture", PICTURES.values(), ids=list(PICTURES))
def test_what_is_related_on_the_whole_but_not_at_every_moment_loses_nothing(
    tmp_path: Path, picture: tuple[np.ndarray, ...]
) -> None:
    """The backend gives back what it got: so does each channel, at every moment."""
    channels = [0.4 * channel for channel in picture]
    take, segmentation = cut(tmp_path, *channels)
    difference = result(tmp_path, take, segmentation) - np.stack(channels, axis=1)
    # But for a millisecond where a word begins in digital silence.
    assert (np.abs(difference) > 2e-3).mean(axis=0).max() < 5e-4


def test_the_channel_of_a_subwoofer_is_left_as_it_is(tmp_path: Path) -> None:
    rumble = 0.5 * np.sin(2 * np.pi * 40 * np.arange(len(A)) / RATE) * (1 + 0.8 * np.sin(np.arange(len(A)) / 9000))
    _, segmentation = cut(tmp_path, 1e-4 * NOISE[0], 1e-4 * NOISE[1], 0.5 * A, 0.3 * rumble, 0 * A, 0 * A)
    assert (len(segmentation.buses), segmentation.kept) == (1, (0, 1, 3, 4, 5))


def test_a_stereo_recording_of_one_singer_is_one_conversion() -> None:
    take = audio.inspect(TAKES / "singer_44k_stereo.flac")
    assert len(segment_take(audio.read_take(take), "auto", None).buses) == 1


def test_the_mix_of_a_field_recorder_becomes_the_mix_of_the_results(tmp_path: Path) -> None:
    mix = 0.7 * A + 0.5 * B
    take, segmentation = cut(tmp_path, mix, A, B, 1e-3 * NOISE[0])
    assert (len(segmentation.buses), segmentation.kept) == (2, (3,))
    assert np.abs(result(tmp_path, take, segmentation)[:, 0] - mix).max() < 1e-3


def test_a_voice_in_the_centre_of_a_surround_take(tmp_path: Path) -> None:
    zero = 0 * A
    _, segmentation = cut(tmp_path, zero, zero, A, zero, zero, zero)
    assert (len(segmentation.buses), segmentation.kept) == (1, (0, 1, 3, 4, 5))


def test_a_segmentation_with_delays_and_kept_channels_is_stored(tmp_path: Path) -> None:
    _, segmentation = cut(tmp_path, A, late(A, 576), 0 * A)
    assert segmentation.buses[0].delays == (0, 576, 0)
    assert Segmentation.of_json(segmentation.as_json()) == segmentation


IXML = """<?xml version="1.0" encoding="UTF-8"?><BWFXML><TRACK_LIST><TRACK_COUNT>3</TRACK_COUNT>
<TRACK><CHANNEL_INDEX>7</CHANNEL_INDEX><INTERLEAVE_INDEX>1</INTERLEAVE_INDEX><NAME>Boom</NAME></TRACK>
<TRACK><CHANNEL_INDEX>8</CHANNEL_INDEX><INTERLEAVE_INDEX>2</INTERLEAVE_INDEX><NAME>Anna &amp; Co</NAME></TRACK>
<TRACK><CHANNEL_INDEX>9</CHANNEL_INDEX><INTERLEAVE_INDEX>3</INTERLEAVE_INDEX><NAME>Bert</NAME></TRACK>
</TRACK_LIST></BWFXML>"""


def poly(folder: Path, chunk: bytes, content: bytes) -> Take:
    """A field recorder's file: three channels, and the names of its tracks in a chunk of its own."""
    path = folder / "poly.wav"
    soundfile.write(path, np.stack([A, B, 0.3 * A + 0.5 * B[::-1]], axis=1), RATE, "PCM_24")
    data = path.read_bytes() + chunk + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)
    path.write_bytes(data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:])
    return audio.inspect(path)


@pytest.mark.parametrize(
    ("chosen", "sent"),
    [((1, 3), [0, 2]), ((2,), [1]), (("bert", "Anna & Co"), [2, 1]), ("BOOM", [0]), (("Boom", 1), [0])],
)
@pytest.mark.parametrize("described", ["iXML", "bext"])
def test_channels_are_chosen_by_number_or_by_the_name_of_the_track(
    tmp_path: Path, chosen: tuple[int | str, ...] | str, sent: list[int], described: str
) -> None:
    lines = b"zSPEED=025.000-ND\r\nsTRK1=Boom\r\nsTRK2=Anna & Co\r\nsTRK3=Bert\r\n"
    take = poly(tmp_path, *((b"iXML", IXML.encode()) if described == "iXML" else (b"bext", lines.ljust(602, b"\0"))))
    segmentation = segment_take(audio.read_take(take), chosen, None)
    assert [bus.weights.index(1.0) for bus in segmentation.buses] == sent
    got, was = result(tmp_path, take, segmentation, 0.5), soundfile.read(take.path)[0]
    for channel in range(3):
        assert np.allclose(got[:, channel], (0.5 if channel in sent else 1.0) * was[:, channel], atol=1e-3)
    assert np.array_equal(got[:, list(segmentation.kept)], was[:, list(segmentation.kept)])


def test_a_name_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    take = poly(tmp_path, b"iXML", IXML.encode())
    with pytest.raises(AudioError, match="has no channel 'Carl'") as failed:
        segment_take(audio.read_take(take), ("Carl",), None)
    assert failed.value.hint == "set `channels` to one or more of its channels: 1 (Boom), 2 (Anna & Co), 3 (Bert)"

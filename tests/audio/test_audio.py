from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import assume, given
from hypothesis import strategies as st

from profiles import examples
from signals import buzz
from takevoice import audio
from takevoice.audio.sample_formats import to_pcm
from takevoice.errors import AudioError, NotAudio, StorageError, UnsupportedAudio
from takevoice.jobs import Take

NOTE = audio.Provenance("1", "local", "ada", "ada", "model", "hash", 7, {"voice": "ada, <b> & \u00e4"})
SHAPES = [
    (container, subtype, endian)
    for container in ("WAV", "WAVEX", "RF64", "W64", "AIFF", "FLAC", "CAF", "OGG")
    for subtype in soundfile.available_subtypes(container)
    for endian in ("FILE", "LITTLE", "BIG")
    if soundfile.check_format(container, subtype, endian)
    and not subtype.endswith(("ADPCM", "GSM610"))
    and "ADPCM" not in subtype
    and not subtype.startswith(("DWVW", "NMS", "G72", "MPEG"))
]


def write(
    path: Path,
    container: str,
    subtype: str,
    endian: str = "FILE",
    frames: int = 10_007,
    channels: int = 2,
    rate: int = 48_000,
) -> Take:
    with soundfile.SoundFile(str(path), "w", rate, channels, subtype, endian, container) as file:
        file.write(buzz(frames / rate, rate, channels=channels)[:frames])
    return audio.inspect(path)


@pytest.mark.parametrize(("container", "subtype", "endian"), SHAPES)
def test_a_result_has_the_shape_of_its_original(
    tmp_path: Path, container: str, subtype: str, endian: str
) -> None:
    take = write(tmp_path / "take", container, subtype, endian)
    louder = write(tmp_path / "other", "W64", "FLOAT")
    digest = audio.write_like(take, audio.TakeAudio(louder), tmp_path / "result", NOTE)
    result = audio.inspect(tmp_path / "result")
    assert result == Take(tmp_path / "result", 10_007, 48_000, 2, container, subtype, take.endian)
    assert audio.audio_hash(result) == digest
    assert audio.read_provenance(result.path) == NOTE
    assert not audio.has_provenance(take)


@examples(120)
@given(
    kind=st.sampled_from(SHAPES),
    frames=st.integers(1, 5_000),
    rate=st.sampled_from([8_000, 16_000, 22_050, 44_100, 48_000, 88_200, 96_000, 192_000]),
    channels=st.integers(1, 8),
    seed=st.integers(0, 99),
)
def test_whatever_its_length_rate_channels_and_depth(
    tmp_path: Path, kind: tuple[str, str, str], frames: int, rate: int, channels: int, seed: int
) -> None:
    """The result has the take's shape, and its samples are those that were given, to the depth of the take."""
    container, subtype, endian = kind
    assume(soundfile.check_format(container, subtype, endian))
    # Of an odd number of bytes, libsndfile itself counts the padding there: such a take is refused, or a frame longer.
    assume(
        container not in ("AIFF", "RF64")
        or subtype not in ("PCM_S8", "PCM_U8", "ULAW", "ALAW")
        or frames * channels % 2 == 0
    )
    if subtype == "OPUS":
        rate = 48_000
    samples = np.random.default_rng(seed).uniform(-0.9, 0.9, (frames, channels))
    try:
        with soundfile.SoundFile(
            str(tmp_path / "take"), "w", rate, channels, subtype, endian, container
        ) as file:
            file.write(samples[::-1])
    except soundfile.LibsndfileError:
        assume(False)  # a codec that does not take so many channels, or this rate
    soundfile.write(tmp_path / "other", samples, rate, "DOUBLE", format="W64")
    take, given_ = audio.inspect(tmp_path / "take"), audio.inspect(tmp_path / "other")
    audio.write_like(take, audio.TakeAudio(given_), tmp_path / "result", NOTE, dither=False)
    result = audio.inspect(tmp_path / "result")
    shape = ("frames", "sample_rate", "channels", "container", "subtype", "endian")
    assert [getattr(result, name) for name in shape] == [getattr(take, name) for name in shape]
    steps = {
        "PCM_S8": 2**-7,
        "PCM_U8": 2**-7,
        "PCM_16": 2**-15,
        "PCM_24": 2**-23,
        "PCM_32": 2**-31,
        "FLOAT": 2**-24,
        "DOUBLE": 2**-50,
    }
    if subtype in steps:
        written = soundfile.read(result.path, always_2d=True)[0]
        assert np.abs(written - samples).max() <= 0.501 * steps[subtype] + 2**-31


def test_pcm_survives_the_way_through_float_bit_for_bit(tmp_path: Path) -> None:
    for subtype, bits in (("PCM_U8", 8), ("PCM_16", 16), ("PCM_24", 24)):
        path = tmp_path / f"{subtype}.wav"
        random = np.random.default_rng(0).integers(-(2 ** (bits - 1)), 2 ** (bits - 1), 5000) << (32 - bits)
        soundfile.write(path, random.astype(np.int32), 48_000, subtype)
        take = audio.inspect(path)
        assert audio.write_like(take, audio.TakeAudio(take), tmp_path / "copy", NOTE) == audio.audio_hash(take)


def test_too_loud_is_clipped_and_never_wraps() -> None:
    loud = np.array([[1.0], [1.5], [-1.0], [-3.0], [0.99999999]])
    assert (np.asarray(to_pcm(loud, 16)) >> 16).ravel().tolist() == [
        32767,
        32767,
        -32768,
        -32768,
        32767,
    ]


def test_the_hash_is_of_the_audio_and_not_of_the_file(tmp_path: Path) -> None:
    wav = write(tmp_path / "a", "WAV", "PCM_24")
    soundfile.write(
        tmp_path / "b", soundfile.read(wav.path, dtype="int32")[0], 48_000, "PCM_24", format="FLAC"
    )
    flac = audio.inspect(tmp_path / "b")
    assert audio.audio_hash(wav) == audio.audio_hash(flac)
    assert audio.audio_hash(wav) != audio.audio_hash(write(tmp_path / "c", "WAV", "PCM_24", frames=10_006))
    assert audio.audio_hash(wav) != audio.audio_hash(write(tmp_path / "d", "WAV", "PCM_24", rate=44_100))


@pytest.mark.parametrize(
    ("content", "kind", "word"),
    [
        (b"", NotAudio, "empty"),
        (b"these are my notes\n" * 100, NotAudio, "not an audio file"),
        (b"RIFF\x24\x00\x00\x00WAVE", NotAudio, "not an audio file"),
    ],
)
def test_what_is_no_audio_is_said_in_one_line(
    tmp_path: Path, content: bytes, kind: type[AudioError], word: str
) -> None:
    path = tmp_path / "take.wav"
    path.write_bytes(content)
    with pytest.raises(kind, match=word) as caught:
        audio.inspect(path)
    assert str(path) in str(caught.value)
    assert "render it again" in str(caught.value)


@pytest.mark.parametrize("container", ["WAV", "RF64", "W64", "AIFF", "CAF"])
def test_a_cut_off_file_is_incomplete(tmp_path: Path, container: str) -> None:
    take = write(tmp_path / "take", container, "PCM_24")
    os.truncate(take.path, take.path.stat().st_size // 2)
    assert audio.completeness(take.path).complete is False
    with pytest.raises(AudioError, match="render it again"):
        audio.inspect(take.path)


@pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64", "W64", "AIFF", "CAF", "FLAC", "OGG"])
def test_a_whole_file_is_complete(tmp_path: Path, container: str) -> None:
    take = write(tmp_path / "take", container, "VORBIS" if container == "OGG" else "PCM_16")
    assert audio.completeness(take.path).complete is True


def test_an_ogg_without_its_last_page_is_incomplete(tmp_path: Path) -> None:
    take = write(tmp_path / "take", "OGG", "VORBIS")
    os.truncate(take.path, take.path.stat().st_size - 100)
    assert audio.completeness(take.path).complete is False


def test_a_wav_of_over_4_gb_is_refused_with_advice(tmp_path: Path) -> None:
    take = write(tmp_path / "take.wav", "WAV", "PCM_16")
    os.truncate(take.path, (1 << 32) + 100)  # sparse
    with pytest.raises(UnsupportedAudio, match="RF64"):
        audio.inspect(take.path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is gone"):
        audio.inspect(tmp_path / "none.wav")


@given(
    st.binary(max_size=300),
    st.sampled_from(
        [
            b"",
            b"RIFF\0\1\0\0WAVE",
            b"RF64\xff\xff\xff\xffWAVEds64",
            b"FORM\0\0\1\0AIFF",
            b"fLaC\0\0\0\x22",
            b"OggS\0",
            b"caff\0\1\0\0",
            b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0",
        ]
    ),
)
@examples(300)
def test_no_header_breaks_the_look(tmp_path: Path, content: bytes, magic: bytes) -> None:
    path = tmp_path / "fuzz"
    path.write_bytes(magic + content)
    audio.completeness(path)
    with pytest.raises((AudioError, StorageError)):
        audio.inspect(path)


# Publishing.


def test_publishing_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "take.ada.wav").write_text("mine")
    (tmp_path / "temp").write_text("new")
    told: list[Path] = []
    names = [tmp_path / "take.ada.wav", tmp_path / "take.ada.2.wav"]
    assert audio.publish(tmp_path / "temp", names, told.append) == names[1]
    assert [path.read_text() for path in names] == ["mine", "new"]
    assert told == [names[1]]
    assert not (tmp_path / "temp").exists()


def test_a_name_taken_at_the_last_moment_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "temp").write_text("new")
    names = [tmp_path / "a", tmp_path / "b"]

    def be_faster(path: Path) -> None:
        """Somebody takes the name after the look and before the rename."""
        if path.name == "a":
            path.write_text("theirs")

    audio.publish(
        tmp_path / "temp",
        names,
        lambda path: path.write_text("theirs") and None if path.name == "a" else None,
    )
    assert [path.read_text() for path in names] == ["theirs", "new"]


def test_publishing_works_without_the_systems_exclusive_rename(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on file systems that have neither the rename nor links."""
    monkeypatch.setattr(sys, "platform", "another")
    (tmp_path / "temp").write_text("linked")
    assert audio.publish(tmp_path / "temp", [tmp_path / "a"], lambda _: None).read_text() == "linked"

    def no_links(source: object, target: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    (tmp_path / "temp").write_text("copied")
    assert (
        audio.publish(tmp_path / "temp", [tmp_path / "a", tmp_path / "b"], lambda _: None) == tmp_path / "b"
    )
    assert [(tmp_path / n).read_text() for n in "ab"] == ["linked", "copied"]
    assert not (tmp_path / "temp").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no umask")
def test_results_have_the_rights_that_the_users_umask_gives(tmp_path: Path) -> None:
    take = write(tmp_path / "take", "WAV", "PCM_16")
    before = os.umask(0o002)
    try:
        audio.write_like(take, audio.TakeAudio(take), tmp_path / "result", NOTE)
    finally:
        os.umask(before)
    assert (tmp_path / "result").stat().st_mode & 0o777 == 0o664

"""MP3: the length is what ffmpeg decodes, and results keep it, with every tag of the original."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from takevoice import audio
from takevoice.audio.opening import open_audio
from takevoice.errors import IncompleteAudio, UnsupportedAudio

NOTE = audio.Provenance("1", "local", "ada", "ada", "model", "hash")
UNTAGGED = ("-write_xing", "0", "-id3v2_version", "0")
CASES = {
    "LAME tag": ("-b:a", "128k"),
    "variable bit rate": ("-q:a", "4"),
    "no tag": UNTAGGED,
    "no tag, variable bit rate": (*UNTAGGED, "-q:a", "4"),
    "ID3v2.3": ("-metadata", "title=Café", "-id3v2_version", "3"),
    "ID3v2.4 and ID3v1": ("-metadata", "title=Café", "-id3v2_version", "4", "-write_id3v1", "1"),
    "no tag but ID3": ("-metadata", "title=Café", "-write_xing", "0", "-write_id3v1", "1"),
    "MPEG-2": ("-ar", "22050"),
    "MPEG-2.5": ("-ar", "8000"),
    "MPEG-2, no tag": (*UNTAGGED, "-ar", "16000"),
    "stereo": ("-ac", "2", "-ar", "48000"),
    "stereo, no tag": (*UNTAGGED, "-ac", "2", "-ar", "32000"),
}


def encode(path: Path, *options: str) -> Path:
    """Have ffmpeg encode 2.037 s: quiet noise, then a loud tone, which a variable bit rate tells apart."""
    sound = "anoisesrc=d=1:a=0.01:r=44100[a];sine=220:d=1.037:r=44100[b];[a][b]concat=n=2:v=0:a=1"
    line = ["ffmpeg", "-v", "error", "-y", "-filter_complex", sound, *options, str(path)]
    subprocess.run(line, check=True)
    return path


def decoded(path: Path, channels: int) -> npt.NDArray[np.float32]:
    """What ffmpeg decodes, shape (frames, channels)."""
    line = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "f32le", "-"]
    data = subprocess.run(line, check=True, capture_output=True).stdout
    return np.frombuffer(data, "<f4").reshape(-1, channels)


def title(path: Path) -> str:
    line = ["ffprobe", "-v", "error", "-show_entries", "format_tags=title", "-of", "csv=p=0", str(path)]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("case", CASES)
def test_it_is_read_as_ffmpeg_reads_it(tmp_path: Path, case: str) -> None:
    take = audio.inspect(encode(tmp_path / "take.mp3", *CASES[case]))
    theirs = decoded(take.path, take.channels)
    ours = np.concatenate(list(audio.takes.blocks(take)))
    assert take.frames == len(theirs) == len(ours)
    assert np.abs(ours - theirs).max() < 1e-5
    assert (take.container, take.subtype) == ("MP3", "MPEG_LAYER_III")


@pytest.mark.parametrize("case", ["variable bit rate", "no tag, variable bit rate"])
def test_a_jump_leads_to_the_same_samples(tmp_path: Path, case: str) -> None:
    path = encode(tmp_path / "take.mp3", *CASES[case])
    theirs = decoded(path, 1)[:, 0]
    with open_audio(path) as file:
        for place in (60_000, 45_000, 70_001, 0):
            file.seek(place)
            assert file.tell() == place
            assert np.abs(file.read(5000) - theirs[place : place + 5000]).max() < 1e-5


@pytest.mark.parametrize("case", CASES)
def test_a_result_has_the_same_length_for_ffmpeg_and_is_in_place(tmp_path: Path, case: str) -> None:
    take = audio.inspect(encode(tmp_path / "take.mp3", *CASES[case]))
    result = tmp_path / "result.mp3"
    digest = audio.write_like(take, audio.TakeAudio(take), result, NOTE)
    before, after = decoded(take.path, take.channels), decoded(result, take.channels)
    assert len(before) == len(after)
    shifts = {shift: float((np.roll(after, shift, 0) * before).sum()) for shift in (-2, -1, 0, 1, 2)}
    assert max(shifts, key=shifts.__getitem__) == 0
    assert audio.audio_hash(audio.inspect(result)) == digest
    assert audio.read_provenance(result) == NOTE
    assert title(take.path) == title(result)


def test_tags_are_copied_byte_for_byte(tmp_path: Path) -> None:
    take = audio.inspect(encode(tmp_path / "take.mp3", *CASES["ID3v2.4 and ID3v1"]))
    whole, result = take.path.read_bytes(), tmp_path / "result.mp3"
    audio.write_like(take, audio.TakeAudio(take), result, NOTE)
    written = result.read_bytes()
    size = int("".join(f"{byte:07b}" for byte in whole[6:10]), 2)
    assert whole[:3] == b"ID3"
    assert whole[10 : 10 + size] in written
    assert whole[-128:-125] == b"TAG"
    assert written[-128:] == whole[-128:]


def test_the_newest_provenance_is_read(tmp_path: Path) -> None:
    take = audio.inspect(encode(tmp_path / "take.mp3"))
    audio.write_like(take, audio.TakeAudio(take), tmp_path / "one.mp3", NOTE)
    newer = audio.Provenance("2", "local", "bea", "bea", "model", "hash")
    one = audio.inspect(tmp_path / "one.mp3")
    audio.write_like(one, audio.TakeAudio(one), tmp_path / "two.mp3", newer)
    assert audio.read_provenance(tmp_path / "two.mp3") == newer


def test_other_programs_keep_the_provenance(tmp_path: Path) -> None:
    take = audio.inspect(encode(tmp_path / "take.mp3"))
    audio.write_like(take, audio.TakeAudio(take), tmp_path / "result.mp3", NOTE)
    for version in ("3", "4"):
        copy = tmp_path / f"{version}.mp3"
        line = ["ffmpeg", "-v", "error", "-i", tmp_path / "result.mp3", "-c", "copy", "-id3v2_version", version, copy]
        subprocess.run(line, check=True)
        assert audio.read_provenance(copy) == NOTE


@pytest.mark.parametrize(("options", "bit_rate"), [(("-b:a", "192k"), 192_000), (("-b:a", "64k", "-ar", "22050"), 64_000)])
def test_a_result_is_encoded_as_finely(tmp_path: Path, options: tuple[str, ...], bit_rate: int) -> None:
    take = audio.inspect(encode(tmp_path / "take.mp3", *options))
    audio.write_like(take, audio.TakeAudio(take), tmp_path / "result.mp3", NOTE)
    line = ["ffprobe", "-v", "error", "-show_entries", "stream=bit_rate", "-of", "csv=p=0", tmp_path / "result.mp3"]
    assert int(subprocess.run(line, check=True, capture_output=True, text=True).stdout) == bit_rate


def test_a_file_that_is_cut_off_is_not_complete(tmp_path: Path) -> None:
    path = encode(tmp_path / "take.mp3")
    assert audio.completeness(path).complete
    path.write_bytes(path.read_bytes()[:-5000])
    assert audio.completeness(path).complete is False
    with pytest.raises(IncompleteAudio):
        audio.inspect(path)


def test_without_a_tag_the_header_cannot_tell_whether_it_is_complete(tmp_path: Path) -> None:
    path = encode(tmp_path / "take.mp3", *UNTAGGED)
    assert audio.completeness(path).complete is None
    path.write_bytes(path.read_bytes()[:-100])  # the last frame is not whole
    assert audio.inspect(path).frames == len(decoded(path, 1))


def test_several_streams_in_one_file_are_refused(tmp_path: Path) -> None:
    path = encode(tmp_path / "take.mp3", "-id3v2_version", "0")
    path.write_bytes(path.read_bytes() * 2)
    with pytest.raises(UnsupportedAudio, match="several MP3 streams"):
        audio.inspect(path)


def test_an_id3_tag_alone_is_no_audio(tmp_path: Path) -> None:
    (tmp_path / "take.mp3").write_bytes(b"ID3\x03\0\0\0\0\0\x0a" + bytes(10))
    assert audio.completeness(tmp_path / "take.mp3").complete is False


def test_bytes_between_the_tag_and_the_audio_do_not_change_the_length(tmp_path: Path) -> None:
    path = encode(tmp_path / "take.mp3", "-metadata", "title=x")
    whole = path.read_bytes()
    end = 10 + int("".join(f"{byte:07b}" for byte in whole[6:10]), 2)
    path.write_bytes(whole[:end] + bytes(417) + whole[end:])
    take = audio.inspect(path)
    audio.write_like(take, audio.TakeAudio(take), tmp_path / "result.mp3", NOTE)
    assert len(decoded(tmp_path / "result.mp3", 1)) == take.frames


def frames_of(data: bytes) -> list[bytes]:
    """The frames of a stream with nothing around it (ISO 11172-3, 2.4.2.3; MPEG-1 Layer III, no free bit rate)."""
    rates = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
    found, at = [], 0
    while at < len(data):
        size = 144 * rates[data[at + 2] >> 4] * 1000 // 44_100 + (data[at + 2] >> 1 & 1)
        found.append(data[at : at + size])
        at += size
    return found


@pytest.mark.parametrize("encoder", [b"", b"GOGO", b"Xingtool"])
def test_the_delay_counts_only_if_a_known_encoder_tells_it(tmp_path: Path, encoder: bytes) -> None:
    path = encode(tmp_path / "take.mp3", "-id3v2_version", "0")
    tag, *rest = frames_of(path.read_bytes())
    at = max(tag.find(name) for name in (b"LAME", b"Lavf", b"Lavc"))
    kept = tag[at + 9 : at + 36] if encoder == b"GOGO" else bytes(27)
    path.write_bytes(tag[:at] + encoder.ljust(9, b"\0") + kept + tag[at + 36 :] + b"".join(rest))
    take = audio.inspect(path)
    assert take.frames == len(decoded(path, 1)) == 1152 * len(rest)
    audio.write_like(take, audio.TakeAudio(take), tmp_path / "result.mp3", NOTE)
    assert len(decoded(tmp_path / "result.mp3", 1)) == take.frames


def test_a_tag_of_fraunhofer_is_no_audio(tmp_path: Path) -> None:
    path = encode(tmp_path / "take.mp3", *UNTAGGED, "-b:a", "128k")
    frames = frames_of(path.read_bytes())
    head = frames[0][:4] + bytes(32)
    size = sum(map(len, frames))
    vbri = b"VBRI" + bytes([0, 1, 4, 0x51, 0, 75]) + size.to_bytes(4, "big") + len(frames).to_bytes(4, "big")
    path.write_bytes((head + vbri).ljust(len(frames[0]), b"\0") + b"".join(frames))
    assert audio.inspect(path).frames == len(decoded(path, 1)) == 1152 * len(frames)


@pytest.mark.parametrize("rate", ["96k", "160k", "192k", "224k", "320k"])
def test_a_result_is_as_loud_as_what_was_written(tmp_path: Path, rate: str) -> None:
    path = encode(tmp_path / "take.mp3", "-b:a", rate)
    take = audio.inspect(path)
    audio.write_like(take, audio.TakeAudio(take), tmp_path / "result.mp3", NOTE)
    was, now = (np.sqrt((decoded(each, 1)[50_000:] ** 2).mean()) for each in (path, tmp_path / "result.mp3"))
    assert abs(20 * np.log10(now / was)) < 0.05


@pytest.mark.parametrize("kept", [30, 200])
def test_a_last_frame_that_is_cut_off_counts_as_it_does_for_ffmpeg(tmp_path: Path, kept: int) -> None:
    path = encode(tmp_path / "take.mp3", *UNTAGGED, "-b:a", "128k")
    *frames, last = frames_of(path.read_bytes())
    path.write_bytes(b"".join(frames) + last[:kept])
    take = audio.inspect(path)
    ours = np.concatenate(list(audio.takes.blocks(take)))
    assert take.frames == len(ours) == len(decoded(path, 1)) == 1152 * (len(frames) + 1)


def test_more_frames_than_the_tag_states_are_refused(tmp_path: Path) -> None:
    path = encode(tmp_path / "take.mp3", "-id3v2_version", "0", "-b:a", "128k")
    tag, *frames = frames_of(path.read_bytes())
    at = max(tag.find(b"Info"), tag.find(b"Xing"))
    fewer = len(frames) - 20
    flags = (tag[at + 7] & ~2).to_bytes(1, "big")  # the number of bytes is not stated
    stated = tag[: at + 7] + flags + fewer.to_bytes(4, "big") + tag[at + 16 :] + bytes(4)
    path.write_bytes(stated + b"".join(frames))
    with pytest.raises(UnsupportedAudio, match=f"holds {len(frames)} frames, of which its header states {fewer}"):
        audio.inspect(path)

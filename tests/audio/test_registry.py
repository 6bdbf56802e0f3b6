"""Containers are known from one table."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import soundfile

from signals import buzz
from takevoice import audio
from takevoice.audio.containers import registry
from takevoice.audio.containers.wave import Wave

PROVENANCE = audio.Provenance("1", "local", "ada", "ada", "model", "hash")


def test_the_suffixes_of_takes() -> None:
    assert (
        set(".wav .wave .bwf .rf64 .w64 .aif .aiff .aifc .flac .ogg .oga .opus .caf .mp3".split())
        == audio.SUFFIXES
    )


def test_names_and_suffixes_belong_to_one_container_each() -> None:
    names = [name for each in registry.CONTAINERS for name in (each.name, *each.variants)]
    suffixes = [suffix for each in registry.CONTAINERS for suffix in each.suffixes]
    assert len(names) == len(set(names))
    assert len(suffixes) == len(set(suffixes))


@pytest.mark.parametrize("name", ["WAV", "WAVEX", "RF64", "BW64", "W64", "AIFF", "CAF", "FLAC", "OGG", "MP3"])
def test_a_file_is_recognized_by_one_container_that_has_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / "take"
    soundfile.write(path, buzz(0.01), 48_000, format="RF64" if name == "BW64" else name)
    if name == "BW64":
        path.write_bytes(b"BW64" + path.read_bytes()[4:])
    head = path.read_bytes()[:16]
    assert [each for each in registry.CONTAINERS if each.recognizes(head)] == [registry.container_named(name)]
    assert audio.inspect(path).container == name


class Toy(Wave):
    """WAV with other first bytes, which libsndfile cannot read."""

    name = "TOY"
    variants = frozenset()
    stand_in = "WAV"

    def recognizes(self, head: bytes) -> bool:
        return head[:4] == b"TOYS"

    def open_stand_in(self, path: Path) -> io.BytesIO:
        return io.BytesIO(b"RIFF" + path.read_bytes()[4:])


@pytest.mark.parametrize("subtype", ["PCM_24", "ULAW"])
def test_a_new_container_is_a_class_and_an_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subtype: str
) -> None:
    monkeypatch.setattr(registry, "CONTAINERS", (*registry.CONTAINERS, Toy()))
    path, result = tmp_path / "take.toy", tmp_path / "result.toy"
    soundfile.write(path, buzz(0.1), 48_000, subtype, format="WAV")
    path.write_bytes(b"TOYS" + path.read_bytes()[4:])
    take = audio.inspect(path)
    assert (take.container, take.subtype) == ("TOY", subtype)
    assert audio.completeness(path).complete
    audio.write_like(take, audio.TakeAudio(take), result, PROVENANCE, dither=False)
    assert result.read_bytes()[:4] == b"TOYS"
    assert audio.read_provenance(result) == PROVENANCE

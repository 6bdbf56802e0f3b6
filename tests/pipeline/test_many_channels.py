"""What a take with several channels is going to cost is said beforehand: in `explain`, a hold, an OSC quote and the log."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.line import FakeBackend, Line
from signals import man, woman
from support import Command
from takevoice import hookimpl
from takevoice.jobs import Encoded, Job, JobOptions, Take
from takevoice.request import ConversionRequest

RATE, SECONDS = 48_000, 4.0
MAN, WOMAN = man(SECONDS, seed=1), woman(SECONDS, seed=2)
TRACKS = ("Mix", "Boom", "Lav A", "Lav B")
IXML = (
    "<BWFXML><TRACK_LIST>"
    + "".join(
        f"<TRACK><CHANNEL_INDEX>{n}</CHANNEL_INDEX><INTERLEAVE_INDEX>{n}</INTERLEAVE_INDEX><NAME>{name}</NAME></TRACK>"
        for n, name in enumerate(TRACKS, 1)
    )
    + "</TRACK_LIST></BWFXML>"
).encode()


def poly(path: Path) -> Path:
    """A field recorder's file: its mix, two people at two microphones, and a microphone that was off."""
    soundfile.write(path, np.stack([0.7 * MAN + 0.5 * WOMAN, MAN, WOMAN, 0 * MAN], axis=1), RATE, "PCM_24")
    data = path.read_bytes() + b"iXML" + len(IXML).to_bytes(4, "little") + IXML + b"\0" * (len(IXML) % 2)
    path.write_bytes(data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:])
    return path


def test_explain_says_what_becomes_of_each_channel(gated: Command, folder: Path) -> None:
    take = poly(folder / "poly.wav")
    told = json.loads(gated("explain", "--json", take).stdout)
    assert told["channels"] == [
        "1 (Mix): a mix of the conversions 1 and 2",
        "2 (Boom): conversion 1",
        "3 (Lav A): conversion 2",
        "4 (Lav B): left as it is",
    ]
    text = gated("explain", take).stdout
    assert "  channels 1 (Mix): a mix of the conversions 1 and 2\n           2 (Boom): conversion 1\n" in text
    assert "8.0 s in all" in text
    told = json.loads(gated("explain", "--json", take, "--set", 'channels=["Lav A"]').stdout)
    assert told["channels"][2:] == ["3 (Lav A): conversion 1", "4 (Lav B): left as it is"]
    stereo = folder / "stereo.wav"
    soundfile.write(stereo, np.stack([MAN, -0.5 * MAN], axis=1), RATE, "PCM_24")
    told = json.loads(gated("explain", "--json", stereo).stdout)
    assert told["channels"] == ["1: conversion 1", "2: conversion 1, sent from channel 1"]


def test_the_log_says_what_was_found_and_what_it_costs(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    line.drop(poly(line.folder / "poly.wav"))
    with caplog.at_level(logging.INFO):
        line.work_off()
    (told,) = [r.getMessage() for r in caplog.records if "different voices" in r.getMessage()]
    assert told.startswith("poly.wav: 2 different voices or sources, each is converted by itself")
    assert told.endswith("8.0 s in all, about 8 credits")
    assert len(line.backend.sent) == 2


def test_a_hold_says_the_least_and_the_most_that_it_costs(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    line.set("[money]\nfirst_look = true\n")
    take = poly(line.folder / "poly.wav")
    time.sleep(0.02)
    line.look()
    line.drop(take)
    with caplog.at_level(logging.WARNING):
        line.holds.report()
    assert "1 file, 4 seconds, about 4 to 16 credits, held" in caplog.text


def test_an_osc_quote_looks_into_a_short_take(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = line.planner.draft(poly(line.folder / "poly.wav"), JobOptions())
    assert line.planner.credits(draft) == 8.0
    monkeypatch.setattr("takevoice.audio.IN_MEMORY", 1000)
    assert line.planner.credits(draft) == 16.0  # at most


def test_a_chosen_channel_without_sound_is_named_so(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    take = poly(line.folder / "poly.wav")
    line.set("[defaults]\nchannels = [4]\n")
    line.drop(take)
    with caplog.at_level(logging.WARNING):
        line.work_off()
    assert "the channels that are to be converted hold nothing but silence" in caplog.text
    assert "every sample is zero" not in caplog.text
    assert line.backend.sent == []
    assert np.array_equal(soundfile.read(line.folder / "poly.ada.wav")[0], soundfile.read(take)[0])


class Counting(FakeBackend):
    """Notes how many conversions are under way at once."""

    def __init__(self) -> None:
        super().__init__("counting")
        self.now = self.most = 0
        self.lock = threading.Lock()

    @hookimpl
    def convert(self, job: Job, request: ConversionRequest, audio: Take) -> Encoded | None:
        return Encoded(self._counted(job, request, audio)) if job.backend == self.name else None

    def _counted(self, job: Job, request: ConversionRequest, audio: Take) -> Iterator[bytes]:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.1)
        yield from self._chunks(job, request, audio)
        with self.lock:
            self.now -= 1


def test_voices_are_converted_side_by_side_within_the_limit(line: Line) -> None:
    backend = Counting()
    line.plugins.register("counting", backend, "tests")
    line.set('backend = "counting"\n')
    voices = [man(2.0, seed=1), woman(2.0, seed=2), man(2.0, seed=3)[::-1], woman(2.0, seed=4)[::-1]]
    take = line.folder / "four.wav"
    soundfile.write(take, np.stack(voices, axis=1), RATE, "PCM_24")
    line.drop(take)
    line.work_off()
    assert line.states() == {"four.wav": "done"}
    assert len(backend.sent) == 4
    assert backend.most == 2


@pytest.mark.parametrize(("first", "second"), [("auto", "mix"), ("mix", "auto")])
def test_another_way_with_the_channels_is_another_result(line: Line, first: str, second: str) -> None:
    take = poly(line.folder / "poly.wav")
    line.ask(take, overrides={"channels": first})
    line.work_off()
    line.ask(take, overrides={"channels": second})
    line.work_off()
    one, other = (soundfile.read(line.folder / name)[0] for name in ("poly.ada.wav", "poly.ada.2.wav"))
    assert np.abs(one - other).max() > 0.01
    # A take with one channel has the same result in all ways.
    mono = line.folder / "mono.wav"
    soundfile.write(mono, MAN, RATE, "PCM_24")
    line.ask(mono, overrides={"channels": first})
    line.work_off()
    assert line.ask(mono, overrides={"channels": second}) is None


def test_a_take_in_a_folder_that_was_converted_as_a_mix_by_an_older_version_is_left(line: Line) -> None:
    take = poly(line.folder / "poly.wav")
    line.set('[defaults]\nchannels = "mix"\n')
    line.drop(take)
    line.work_off()
    line.set("")
    take.touch()
    assert line.drop(take) == [None]
    assert len(line.backend.sent) == 1

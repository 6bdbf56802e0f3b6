"""The conversion of one file: from its path to encoded bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from takevoice_plugins.local import engine, speaker_store
from takevoice_plugins.local.encode import encode
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.source import FileSource, read_blocks
from takevoice_plugins.local.speaker import Speaker
from takevoice_plugins.local.voice_profile import VoiceProfile


@dataclass(frozen=True)
class ConversionTask:
    """A file to convert, and how. It can be pickled, so that another process can do it."""

    path: Path
    sample_rate: int  # Hz
    frames: int
    parameters: EngineParameters
    output_format: str
    known: Speaker | None = None  # of the speaker, from other takes
    learn_to: Path | None = None  # the file of the speaker, to which this take is added

    @property
    def seconds(self) -> float:
        """The duration of the audio."""
        return self.frames / self.sample_rate


def convert_file(voice: VoiceProfile, task: ConversionTask) -> Iterator[bytes]:
    """Convert a file; yield encoded bytes as soon as they are ready.

    Raises:
        AudioError: the file cannot be read.
    """
    with closing(FileSource(task.path, task.sample_rate, task.frames)) as source:
        plan = engine.plan(source, voice, task.parameters, task.known)
        if task.learn_to is not None and plan.speaker is not None:
            speaker_store.learn(task.learn_to, plan.speaker)
        blocks = plan.convert(read_blocks(source))
        yield from encode(blocks, task.sample_rate, task.frames, task.output_format)

"""The local backend: an engine of our own that gives a take another voice on this machine, offline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from takevoice import Backend, Encoded, Voice, errors, find_voice, hookimpl

if TYPE_CHECKING:
    from takevoice import ConversionRequest, Job, Take

NAME = "local"


@hookimpl
def backends() -> Sequence[Backend]:
    """One backend, which is always ready."""
    return [Backend(NAME, ready=True, detail="built in: works offline, on this machine")]


@hookimpl
def voices(backend: str) -> Sequence[Voice] | None:
    """The designed voices."""
    return _voices() if backend == NAME else None


@hookimpl
def convert(job: Job, request: ConversionRequest, audio: Take) -> Encoded | None:
    """Gives the take in the request's voice.

    Raises:
        UnknownVoice: there is no such voice.
        BackendError: another speed is asked for.
    """
    if job.backend != NAME:
        return None
    voice = find_voice(request.voice_id, _voices(), NAME)
    if request.voice_settings.speed not in (None, 1):
        raise errors.BackendError("a take keeps its timing", hint="leave voice_settings.speed at 1")
    return Encoded(_converted(voice.id, request, audio), request.output_format)


def _voices() -> list[Voice]:
    from takevoice_plugins.local.catalogue import DESIGNED

    return [
        Voice(
            designed.id,
            designed.name,
            NAME,
            description=designed.description,
            labels={"gender": designed.gender, "age": designed.age},
        )
        for designed in DESIGNED
    ]


def _converted(voice: str, request: ConversionRequest, audio: Take) -> Iterator[bytes]:
    # Here, so that listing backends and voices needs no numerical library.
    from contextlib import closing

    from takevoice_plugins.local import engine
    from takevoice_plugins.local.designed import profile
    from takevoice_plugins.local.encode import encode
    from takevoice_plugins.local.parameters import Parameters
    from takevoice_plugins.local.source import FileSource, read_blocks

    with closing(FileSource(audio.path, audio.sample_rate, audio.frames)) as source:
        plan = engine.plan(source, profile(voice), Parameters.of(request))
        blocks = plan.convert(read_blocks(source))
        yield from encode(blocks, audio.sample_rate, audio.frames, request.output_format)

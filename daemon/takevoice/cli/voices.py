"""takevoice voices: what a backend can sound like."""

from __future__ import annotations

import argparse
import dataclasses
import json

from takevoice.backends import choose_backend
from takevoice.cli import FAILED, OK
from takevoice.cli.common import environment_of
from takevoice.errors import TakevoiceError, printable
from takevoice.service.handover.samples import Samples
from takevoice.system.player import play
from takevoice.voices import Backend, Voice


def run(args: argparse.Namespace) -> int:
    """List the voices; the first one is what "auto" means."""
    environment = environment_of(args)
    backend = choose_backend(
        args.backend or environment.config.settings.backend, environment.plugins.backends()
    )
    word = args.search.casefold()
    voices = [
        v
        for v in environment.plugins.voices(backend.name)
        if word in " ".join([v.name, v.description, *v.labels.values()]).casefold()
    ]
    if args.json:
        print(
            json.dumps(
                [dataclasses.asdict(voice) | {"labels": dict(voice.labels)} for voice in voices], indent=2
            )
        )
        return OK
    print(f"{backend.name}: {backend.detail}")
    width = max((len(voice.name) for voice in voices), default=0)
    samples = Samples(environment.state.samples, environment.plugins) if args.play else None
    worst = OK
    for voice in voices:
        identity = f"  {voice.id}" if voice.id != voice.name else ""
        labels = ", ".join(voice.labels.values()) or voice.category
        described = ": ".join(part for part in (labels, voice.description) if part)
        print(f"  {voice.name:<{width}}{identity}  {printable(described)}", flush=True)
        if samples is not None and not _played(voice, backend, samples):
            worst = FAILED
    if not voices:
        print("  no voice fits")
    return worst


def _played(voice: Voice, backend: Backend, samples: Samples) -> bool:
    """Play a sample of a voice; where there is none, say why, and return False."""
    try:
        play(samples.of(voice, backend))
    except TakevoiceError as error:
        print(f"    {error}")
        return False
    return True

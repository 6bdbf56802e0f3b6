"""takevoice voices: what a backend can sound like."""

from __future__ import annotations

import argparse
import dataclasses
import json

from takevoice.backends import choose_backend
from takevoice.cli import OK
from takevoice.cli.common import environment_of
from takevoice.errors import printable


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
    for voice in voices:
        identity = f"  {voice.id}" if voice.id != voice.name else ""
        labels = ", ".join(voice.labels.values()) or voice.category
        described = ": ".join(part for part in (labels, voice.description) if part)
        print(f"  {voice.name:<{width}}{identity}  {printable(described)}")
    if not voices:
        print("  no voice fits")
    return OK

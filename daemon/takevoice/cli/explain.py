"""takevoice explain: the settings in force for a file, nothing converted."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from takevoice import audio
from takevoice.backends import choose_backend
from takevoice.cli import OK
from takevoice.cli.common import add_config, add_request, environment_of
from takevoice.cli.convert import options_from
from takevoice.cli.state import ledger_path
from takevoice.errors import BackendError, printable
from takevoice.jobs import Job, State, Take
from takevoice.ledger.reader import Reader
from takevoice.paths import absolute_path
from takevoice.pipeline.planning import OverOsc, effective_settings
from takevoice.pipeline.publishing import DefaultNames
from takevoice.plugins.manager import Plugins
from takevoice.settings import EffectiveSettings
from takevoice.voices import find_voice


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.epilog = """\
examples:
  takevoice explain take.wav
  takevoice explain take.wav --track "Lead Vox" --set stability=0.4
Nothing is converted. For a result of takevoice, its provenance is shown too."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a take, or a result of takevoice")
    add_request(parser)
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")
    add_config(parser)


def over_osc(ledger: Path) -> OverOsc:
    """What the ledger has for tracks; nothing where there is none yet."""
    try:
        return Reader(ledger).track_settings
    except FileNotFoundError:
        return lambda _track: {}


def _left_alone(plugins: Plugins, take: Take, effective: EffectiveSettings) -> str:
    """Why the file is none of takevoice's business unless somebody asks for it; empty when it is."""
    if audio.has_provenance(take):
        return "it is a result of takevoice"
    if not plugins.accept_file(take.path):
        return "a plugin refuses it"
    return "" if effective["enabled"] else f"the track {effective.track} is not enabled"


def run(args: argparse.Namespace) -> int:
    """Prints every setting, its value, and the place it came from."""
    path = absolute_path(args.file)
    wish = options_from(args)
    environment = environment_of(args)
    take = audio.inspect(path)
    effective = effective_settings(
        environment.loaded, environment.plugins, take, wish, over_osc(ledger_path(args.state))
    )
    made = audio.read_provenance(path)
    wanted = environment.loaded.settings.backend
    try:
        backend = choose_backend(wanted, environment.plugins.backends())
        voice = find_voice(effective["voice"], environment.plugins.voices(backend.name), backend.name)
        chosen = {
            "backend": backend.name,
            "because": backend.detail,
            "voice": voice.name,
            "voice_id": voice.id,
        }
        settings = {**effective.values, **wish.as_settings()}
        environment.plugins.register("default", DefaultNames(), "takevoice")
        chosen["output"] = str(
            environment.plugins.output_path(
                Job(0, path, State.FOUND, track=effective.track, voice=voice.name, settings=settings)
            )
        )
    except BackendError as error:
        chosen = {"problem": str(error)}
    if why := _left_alone(environment.plugins, take, effective):
        chosen["in a watched folder"] = f"left alone: {why}"
    if args.json:
        settings = {
            key: {"value": value, "source": effective.sources[key]} for key, value in effective.values.items()
        }
        facts = {
            "frames": take.frames,
            "sample_rate": take.sample_rate,
            "channels": take.channels,
            "container": take.container,
            "subtype": take.subtype,
        }
        print(
            json.dumps(
                {
                    "path": str(path),
                    "track": effective.track,
                    "take": facts,
                    "made_by": made and asdict(made),
                    **chosen,
                    "settings": settings,
                },
                indent=2,
            )
        )
        return OK
    print(
        f"{printable(path)}\n  {take.container} {take.subtype}, {take.sample_rate} Hz, {take.channels} ch, {take.seconds:.3f} s ({take.frames} frames)"
    )
    if made is not None:
        told = {key: value for key, value in made.settings.items() if value is not None}
        print(
            f"  made by  takevoice {printable(made.version)}, {printable(made.backend)}, voice {printable(made.voice)}, from audio {printable(made.source)}\n"
            f"           with {printable(json.dumps(told))}"
        )
    print(
        f"  track    {printable(effective.track)}\n  config   {printable(environment.loaded.path or 'none: built-in settings')}"
    )
    for key, value in chosen.items():
        print(f"  {key:<8} {printable(value)}")
    print()
    for key, value in effective.values.items():
        shown = "the backend's own" if value is None else json.dumps(value, ensure_ascii=False)
        print(f"  {key:<28} {printable(shown):<30} {effective.sources[key]}")
    return OK

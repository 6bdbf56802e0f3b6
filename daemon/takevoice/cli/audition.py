"""takevoice casting audition: a real line of a character in several voices."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

from takevoice.cli import FAILED, OK, USAGE
from takevoice.cli.common import PlainScreen, start_logging
from takevoice.cli.converting import Converter
from takevoice.cli.question import agrees
from takevoice.errors import ConfigError, TakevoiceError, printable
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.paths import absolute_path
from takevoice.pipeline.price_planner import PricePlanner
from takevoice.service.environment import Environment
from takevoice.service.lookup import Lookup
from takevoice.service.office.auditions import ORIGIN, Audition, AuditionDesk
from takevoice.system.process import until_stopped


def audition(args: argparse.Namespace, environment: Environment) -> int:
    """Convert the liveliest seconds of a take of the character to each voice, after a question where that costs something."""
    if len(args.words) < 2:
        raise ConfigError("name a character, and the voices to try", hint="takevoice casting audition Anna ada george")
    character, voices = args.words[0], list(dict.fromkeys(args.words[1:]))
    folder = absolute_path(Path(args.out)) if args.out else environment.state.auditions
    with closing(Ledger.for_reading(environment.state.ledger)) as ledger:
        desk = AuditionDesk(environment, Lookup(environment, ledger, PricePlanner), ledger, folder, lambda job: job)
        wanted = desk.prepare(character, voices)
    print(f"{printable(character)}: {wanted.line.path.name} from {printable(wanted.line.source)}")
    if wanted.price:
        count = sum(part.done is None for part in wanted.parts)
        print(f"{count} {'voice' if count == 1 else 'voices'}, {wanted.price}")
        if not args.yes and not agrees("Convert it?"):
            print("Nothing is converted; --yes converts it.")
            return USAGE
    return _convert(environment, wanted)


def _convert(environment: Environment, wanted: Audition) -> int:
    """Convert the line to each voice, and print the files, named Role_Voice.wav."""
    start_logging(environment.state, PlainScreen(times=False))
    bad, line = 0, wanted.line
    with until_stopped() as stopped, Converter(environment, stopped) as converter:
        waiting = []
        for part in wanted.parts:
            done = part.done or converter.finished(line.path, part.options)[0]
            if done is not None:
                print(printable(done.output))
            else:
                waiting.append(converter.submit(line.path, part.options, ORIGIN))
        for job in waiting:
            try:
                ended = converter.wait(job)
            except TakevoiceError as error:
                print(error)
                bad += 1
                continue
            bad += ended.state is not State.DONE
            if ended.state is State.DONE:
                print(printable(ended.output))
    return FAILED if bad else OK

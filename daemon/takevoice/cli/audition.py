"""takevoice casting audition: a real line of a character in several voices."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from takevoice import audio
from takevoice.cli import FAILED, OK, USAGE
from takevoice.cli.common import PlainScreen, start_logging
from takevoice.cli.converting import Converter
from takevoice.cli.question import agrees
from takevoice.errors import ConfigError, StorageError, TakevoiceError, printable
from takevoice.files import storage_error
from takevoice.jobs import JobOptions, State
from takevoice.ledger import Ledger
from takevoice.paths import absolute_path
from takevoice.pipeline.planning import PricePlanner
from takevoice.pipeline.prices import price_in_words
from takevoice.pipeline.unmet_takes import unmet_takes
from takevoice.service.environment import Environment
from takevoice.service.lookup import Lookup
from takevoice.settings import plain_name
from takevoice.system.process import until_stopped

LONGEST = 10.0  # seconds


def audition(args: argparse.Namespace, environment: Environment) -> int:
    """Convert the liveliest seconds of a take of the character to each voice, after a question where that costs something."""
    if len(args.words) < 2:
        raise ConfigError("name a character, and the voices to try", hint="takevoice casting audition Anna ada george")
    character, voices = args.words[0], list(dict.fromkeys(args.words[1:]))
    with closing(Ledger.for_reading(environment.state.ledger)) as ledger:
        source = _take_of(ledger, character, environment)
        folder = absolute_path(Path(args.out)) if args.out else environment.state.auditions
        line = _line(source, character, folder)
        cost, names = _cost(environment, ledger, line, character, voices)
    print(f"{printable(character)}: {line.name} from {printable(source)}")
    if cost:
        count = len(voices)
        question = f"{count} {'voice' if count == 1 else 'voices'}, {price_in_words(cost)}"
        print(question)
        if not args.yes and not agrees("Convert it?"):
            print("Nothing is converted; --yes converts it.")
            return USAGE
    return _convert(environment, line, character, names, folder)


def _take_of(ledger: Ledger, character: str, environment: Environment) -> Path:
    """Return the newest take of a character that is still there, or else one that was not met yet; raises StorageError."""
    takes = ledger.casting.takes_of(character)
    found = next((path for path in takes if path.is_file()), None) or _unmet(ledger, character, environment)
    if found is None:
        what = "none of its takes is there any more" if takes else "there is no take of this character in the watched folders"
        raise StorageError(what, where=character, hint="`takevoice casting` lists the characters")
    return found


def _unmet(ledger: Ledger, character: str, environment: Environment) -> Path | None:
    """Return the longest take of a character, by its file, that is in a watched folder and waits to be met."""
    planner = Lookup(environment, ledger, PricePlanner).planner
    takes = unmet_takes(ledger, environment.config.loaded, planner).get(character, ())
    return max((path for path in takes if path.is_file()), key=lambda path: path.stat().st_size, default=None)


def _line(source: Path, character: str, folder: Path) -> Path:
    """Cut the line out of a take, and return its file. Raises TakevoiceError."""
    take = audio.inspect(source)
    length = min(LONGEST, take.seconds)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error("cannot be written", folder, error) from error
    target = folder / f"{plain_name(character)}_original.wav"
    return audio.cut(source, target, start=audio.liveliest_start(take, length), length=length, handle=0.0).path


def _options(character: str, voice: str, output: Path | None = None) -> JobOptions:
    return JobOptions(track=character, overrides={"voice": voice, "candidates": 1, "result_format": "same"}, output=output)


def _cost(
    environment: Environment, ledger: Ledger, line: Path, character: str, voices: Sequence[str]
) -> tuple[float, dict[str, str]]:
    """Return what an audition costs, and the names of the voices. Raises TakevoiceError for one that does not exist."""
    planner = Lookup(environment, ledger, PricePlanner).planner
    drafts = {voice: planner.draft(line, _options(character, voice)) for voice in voices}
    names = {voice: planner.complete(draft).voice.name for voice, draft in drafts.items()}
    return sum(planner.credits(draft) for draft in drafts.values()), names


def _convert(environment: Environment, line: Path, character: str, names: dict[str, str], folder: Path) -> int:
    """Convert the line to each voice, and print the files, named Role_Voice.wav."""
    start_logging(environment.state, PlainScreen(times=False))
    bad = 0
    with until_stopped() as stopped, Converter(environment, stopped) as converter:
        waiting = []
        for voice, name in names.items():
            wanted = folder / f"{plain_name(character)}_{plain_name(name)}.wav"
            options = _options(character, voice, wanted)
            done = converter.finished(line, options)
            if done is not None:
                print(printable(done.output))
            else:
                waiting.append(converter.submit(line, options, "audition"))
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

"""`takevoice voices add`, `voices show` and `voices remove`."""

from __future__ import annotations

import argparse
import datetime
import sys
from pathlib import Path

from takevoice import Commands, errors
from takevoice_plugins.local.cloned.profile import Profile, read_profile
from takevoice_plugins.local.cloned.store import FOLDER, ClonedVoices

NAME = "local"
QUESTION = "Does the speaker of these recordings agree that takes are given this voice? [y/N] "


def register(cli: Commands) -> None:
    """Adds the three."""
    cli.add(
        "voices add", "make a voice for the local engine from recordings of its speaker", _configure_add, _add
    )
    cli.add(
        "voices show", "what is known of a made voice, in numbers and as a picture", _configure_show, _show
    )
    cli.add("voices remove", "remove a made voice", _configure_name, _remove)


def _configure_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the voice's name")


def _configure_add(parser: argparse.ArgumentParser) -> None:
    _configure_name(parser)
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="recordings of one speaker, 5 s to 30 min in all; or the file of a voice made elsewhere",
    )
    parser.add_argument("--consent", action="store_true", help="the speaker agrees; else you are asked")
    parser.add_argument("--replace", action="store_true", help="make a voice of that name anew")


def _configure_show(parser: argparse.ArgumentParser) -> None:
    _configure_name(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="where the picture (SVG) goes; else NAME.svg in this folder"
    )


def _store(args: argparse.Namespace) -> ClonedVoices:
    return ClonedVoices(args.state / FOLDER, NAME)


def _add(args: argparse.Namespace) -> int:
    store = _store(args)
    path = store.path(args.name)
    if path.exists() and not args.replace:
        raise errors.ConfigError(
            f"there is a voice {args.name} already", hint="--replace makes it anew, or take another name"
        )
    if len(args.files) == 1 and args.files[0].suffix.lower() == ".json":
        profile = read_profile(args.files[0]).named(args.name)
    else:
        profile = _learnt(args.name, args.files, args.consent)
    path = store.add(profile, replace=args.replace)
    print(f"{profile.name} is there: {_summary(profile)}")
    print(
        f"kept in {errors.printable(path)} ({path.stat().st_size / 1000:.0f} kB; copy it to use it elsewhere)"
    )
    return 0


def _learnt(name: str, files: list[Path], consent: bool) -> Profile:
    for path in files:
        if not path.is_file():
            raise errors.ConfigError("there is no such file", where=str(path))
    how = _consent(consent)
    # Here, so that the other commands need no numerical library.
    from takevoice_plugins.local.cloned.learn import learn

    return learn(name, files, how)


def _consent(given: bool) -> str:
    """How the consent was told, and when; raises ConfigError without it."""
    today = datetime.date.today().isoformat()
    if given:
        return f"told with --consent on {today}"
    if sys.stdin.isatty() and input(QUESTION).strip().casefold() in ("y", "yes"):
        return f"told at the terminal on {today}"
    raise errors.ConfigError(
        "a voice is made only with its speaker's consent", hint="once you have it, say --consent"
    )


def _show(args: argparse.Namespace) -> int:
    profile = read_profile(_store(args).existing(args.name))
    from takevoice_plugins.local.cloned.picture import draw

    picture = args.out or Path(f"{profile.name}.svg")
    try:
        picture.write_text(draw(profile), encoding="utf-8")
    except OSError as error:
        raise errors.StorageError(f"cannot be written: {error.strerror}", where=str(picture)) from error
    print(f"{profile.name}: {_summary(profile)}")
    for number, (low, middle, high) in enumerate(profile.formants, 1):
        print(f"  F{number} {middle:5.0f} Hz, half of the time {low:.0f} to {high:.0f}")
    print(f"  id {profile.id}, made on {profile.made}; consent: {profile.consent}")
    print(f"  picture: {errors.printable(picture.absolute())}")
    return 0


def _summary(profile: Profile) -> str:
    return (
        f"{profile.seconds:.0f} s of speech, F0 {profile.f0:.0f} Hz "
        f"(spread {12 * profile.f0_spread:.1f} semitones)"
    )


def _remove(args: argparse.Namespace) -> int:
    path = _store(args).existing(args.name)
    try:
        path.unlink()
    except OSError as error:
        raise errors.StorageError(f"cannot be removed: {error.strerror}", where=str(path)) from error
    print(f"{args.name} is removed")
    return 0

"""`takevoice voices add`, `voices show`, `voices learn` and `voices remove`."""

from __future__ import annotations

import argparse
import datetime
import sys
from pathlib import Path

from takevoice import Commands, errors
from takevoice_plugins.local.cloned.profile import Profile, read_profile
from takevoice_plugins.local.cloned.store import FOLDER, ClonedVoices

NAME = "local"
QUESTION = "Does the speaker of these recordings agree to the use of this voice for other takes? [y/N] "
KEEP_QUESTION = "May takevoice keep the recordings too? The neural backend needs them. [y/N] "


def register(cli: Commands) -> None:
    """Add the commands to `cli`."""
    cli.add(
        "voices add",
        "clone a voice for the local engine from recordings of its speaker",
        _configure_add,
        _add,
    )
    cli.add(
        "voices show",
        "show the measurements of a cloned voice, in numbers and as a picture",
        _configure_show,
        _show,
    )
    cli.add(
        "voices learn",
        "learn who speaks in takes from recordings, so that all their takes are converted alike",
        _configure_learn,
        _learn_speaker,
    )
    cli.add("voices remove", "remove a cloned voice", _configure_name, _remove)


def _configure_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the name of the voice")


def _configure_add(parser: argparse.ArgumentParser) -> None:
    _configure_name(parser)
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="recordings of one speaker, 5 s to 30 min in total; or one .voice.json file from another machine",
    )
    parser.add_argument(
        "--consent", action="store_true", help="confirm that the speaker agrees, instead of being asked"
    )
    parser.add_argument(
        "--keep-recordings",
        action="store_true",
        help="keep the recordings, as the neural backend needs them; the speaker must agree to that too",
    )
    parser.add_argument("--replace", action="store_true", help="replace the voice of that name")


def _configure_learn(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help='the name for the setting "source"')
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="recordings of the speaker, the usual way to speak"
    )
    parser.add_argument("--replace", action="store_true", help="replace the speaker of that name")


def _configure_show(parser: argparse.ArgumentParser) -> None:
    _configure_name(parser)
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write the picture (SVG) to this file instead of NAME.svg in this folder",
    )


def _store(args: argparse.Namespace) -> ClonedVoices:
    return ClonedVoices(args.state / FOLDER, NAME)


def _add(args: argparse.Namespace) -> int:
    store = _store(args)
    path = store.path(args.name)
    if path.exists() and not args.replace:
        raise errors.ConfigError(
            f"the voice {args.name} already exists", hint="use --replace, or choose another name"
        )
    if len(args.files) == 1 and args.files[0].suffix.lower() == ".json":
        profile, keep = read_profile(args.files[0]).named(args.name), False
    else:
        profile, keep = _learn(args.name, args.files, args.consent), _may_keep(args)
    path = store.add(profile, replace=args.replace)
    recordings = _renewed_recordings(store, profile, args.files, keep)
    print(f"added {profile.name}: {_summary(profile)}")
    print(
        f"stored in {errors.printable(path)} ({path.stat().st_size / 1000:.0f} kB); "
        "to use the voice on another machine, copy this file"
        + (", or add it there from its recordings for the neural backend, too" if keep else "")
    )
    print(recordings)
    return 0


def _check_files(files: list[Path]) -> None:
    for path in files:
        if path.is_dir():
            raise errors.ConfigError("is a folder", where=str(path), hint="name the recordings in it")
        if not path.is_file():
            raise errors.ConfigError("no such file", where=str(path))


def _learn(name: str, files: list[Path], consent: bool) -> Profile:
    _check_files(files)
    confirmation = _consent(consent)
    # Imported here, so that the other commands need no numerical library.
    from takevoice_plugins.local.cloned.learn import learn

    return learn(name, files, confirmation)


def _learn_speaker(args: argparse.Namespace) -> int:
    # Imported here, so that the other commands need no numerical library.
    from takevoice_plugins.local.cloned.learn import learn_speaker
    from takevoice_plugins.local.speaker_store import FOLDER as SPEAKERS
    from takevoice_plugins.local.speaker_store import SpeakerStore

    store = SpeakerStore(args.state / SPEAKERS)
    path = store.named(args.name)
    if path.exists() and not args.replace:
        raise errors.ConfigError(
            f"the speaker {args.name} already exists", hint="use --replace, or choose another name"
        )
    _check_files(args.files)
    speaker = learn_speaker(args.files)
    path = store.keep(args.name, speaker, replace_it=args.replace)
    print(
        f"learned {args.name}: {speaker.seconds:.0f} s of voice, F0 {speaker.f0:.0f} Hz, formants x{speaker.tract:.2f}"
    )
    print(f'stored in {errors.printable(path)}; use it with source = "{args.name}"')
    return 0


def _consent(given: bool) -> str:
    """Return how and when the consent was confirmed; raises ConfigError if it was not."""
    today = datetime.date.today().isoformat()
    if given:
        return f"confirmed with --consent on {today}"
    if sys.stdin.isatty() and input(QUESTION).strip().casefold() in ("y", "yes"):
        return f"confirmed at the terminal on {today}"
    raise errors.ConfigError(
        "a voice can only be cloned with the consent of its speaker", hint="if you have it, add --consent"
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
        print(f"  F{number} {middle:5.0f} Hz (half of the values from {low:.0f} to {high:.0f})")
    print(f"  id {profile.id}, created on {profile.made}; consent: {profile.consent}")
    kept = _store(args).recordings(profile.name)
    print(f"  recordings: {f'kept in {errors.printable(kept)}' if kept.is_file() else 'not kept'}")
    print(f"  picture: {errors.printable(picture.absolute())}")
    return 0


def _summary(profile: Profile) -> str:
    return (
        f"{profile.seconds:.0f} s of speech, F0 {profile.f0:.0f} Hz "
        f"(spread {12 * profile.f0_spread:.1f} semitones)"
    )


def _remove(args: argparse.Namespace) -> int:
    store = _store(args)
    path = store.existing(args.name)
    _unlink(store.recordings(args.name))
    _unlink(path)
    print(f"removed {args.name}")
    return 0


def _may_keep(args: argparse.Namespace) -> bool:
    """Return whether the speaker agrees that the recordings are kept: as said on the command line, or asked at a terminal."""
    if args.keep_recordings or args.consent or not sys.stdin.isatty():
        return bool(args.keep_recordings)
    try:
        return input(KEEP_QUESTION).strip().casefold() in ("y", "yes")
    except EOFError:
        return False


def _renewed_recordings(store: ClonedVoices, profile: Profile, files: list[Path], keep: bool) -> str:
    """Store the recordings of a voice, or remove those of a voice that is replaced; return what was done."""
    kept = store.recordings(profile.name)
    _unlink(kept)
    if not keep:
        return "its recordings are not kept: the voice is for the local backend only"
    from takevoice_plugins.local.cloned.recordings import keep_recordings

    keep_recordings(files, kept)
    size = kept.stat().st_size / 1e6
    return f"its recordings are kept in {errors.printable(kept)} ({size:.1f} MB), for the neural backend"


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise errors.StorageError(f"cannot be removed: {error.strerror}", where=str(path)) from error

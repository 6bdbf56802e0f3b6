"""takevoice completion: the script with which a shell completes commands, options, choices and file names."""

from __future__ import annotations

import argparse

import shtab

from takevoice.cli import CORE, OK, core, plugin_commands
from takevoice.commands import Command

_FILES = ("FILE", "FOLDER", "PATH", "DIR")


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    print(shtab.complete(whole_parser(), shell=args.shell))
    return OK


def whole_parser() -> argparse.ArgumentParser:
    """Return one parser for all commands, those of plugins too."""
    parser = argparse.ArgumentParser("takevoice", add_help=True)
    parser.add_argument("--version", action="store_true", help="show the version")
    commands = parser.add_subparsers()
    nested: dict[str, argparse._SubParsersAction[argparse.ArgumentParser]] = {}
    all_commands = _commands()
    first_words = {command.name.partition(" ")[0] for command in all_commands if " " in command.name}
    for command in all_commands:
        first, _, second = command.name.partition(" ")
        if second and first not in nested:
            nested[first] = commands.choices[first].add_subparsers()
        added = (nested[first] if second else commands).add_parser(second or first, help=command.help)
        state = added.add_argument("--state", metavar="DIR", help="the state dir")
        command.configure(added)
        if command.name in first_words:  # a word there is completed to a command such as `voices add`
            added._actions[:] = [action for action in added._actions if action.option_strings]
        for action in added._actions:
            _complete(action, is_state=action is state)
    return parser


def _commands() -> list[Command]:
    own = [
        Command(name, text, core(name, "arguments.").configure, lambda _: OK)
        for name, text in CORE.items()
    ]
    added = sorted(plugin_commands().values(), key=lambda command: command.name)
    return [*own, *added]


def _complete(action: argparse.Action, *, is_state: bool) -> None:
    """Have file names completed where an argument is a file or a folder, and choices wherever there are some."""
    if isinstance(action.choices, dict) and not isinstance(action, argparse._SubParsersAction):
        action.choices = list(action.choices)  # shtab takes a dict for subcommands
    names = str(action.metavar or "").split("|")
    if is_state or set(names) & {"FOLDER", "DIR"} == set(names):
        action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
    elif set(names) & set(_FILES):
        action.complete = shtab.FILE  # type: ignore[attr-defined]

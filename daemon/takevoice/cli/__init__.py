"""The command line: a table of commands, each loaded only when it runs, so that quick commands stay quick.

The arguments of the command `x` are in `cli/arguments/x.py`, what it does is in `cli/x.py`, loaded after the arguments are
found to be right. tests/cli/test_startup.py says which libraries a command may load.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import io
import os
import sys

from takevoice.errors import ConfigError, TakevoiceError, printable
from takevoice.lazy import TYPE_CHECKING
from takevoice.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import NoReturn

    from takevoice.cli.arguments import Arguments
    from takevoice.commands import Command

OK, FAILED, USAGE = 0, 1, 2
INTERRUPTED = 130

CORE = {
    "run": "watch folders and convert the takes that arrive in them",
    "convert": "convert files now",
    "demo": "make two short takes and convert them to several voices",
    "explain": "say what became of a file, which settings apply to it, and where each comes from",
    "quote": "estimate the cost of a conversion",
    "voices": "list the voices",
    "status": "show whether takevoice is running, what it is doing, and what needs you",
    "jobs": "list jobs and their states",
    "costs": "add up what was sent to paid backends",
    "play": "play a result, its original, or both",
    "candidates": "list the candidates of takes, make more, or remove those that are not used",
    "pick": "make a candidate the result of its take, or reject one",
    "pause": "start no more conversions until `takevoice resume`",
    "resume": "start conversions again",
    "next": "convert waiting jobs before all others",
    "casting": "list, export and import the voices of characters, audition voices, convert results by another voice again",
    "deliver": "copy the results of a folder that count, and list what is missing",
    "retry": "start jobs again with the current settings",
    "release": "convert held jobs",
    "drop": "end held jobs without converting them",
    "cancel": "cancel jobs",
    "undo": "delete the results of jobs, if they are exactly as takevoice wrote them",
    "forget": "take failed and cancelled jobs off the list",
    "ledger": "back up, check or recover the ledger of all jobs",
    "osc": "send an OSC message to the daemon and print the replies",
    "init": "write a config file that explains every setting",
    "doctor": "check config, folders, permissions, key, port and engine, and suggest fixes",
    "completion": "print the script that completes commands in your shell",
    "plugins": "list the plugins and the hooks they use",
    "install": "install the scripts for a DAW, or start takevoice at login",
}
"""The commands of the core, in the order of the help; each is a module of this package, and one of `arguments`."""

_MODULES = {"next": "put_first"}
"""Commands whose own names would hide something of Python's."""

MATRIX_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""Set to 1 before numpy is loaded: takes go side by side, and threads for each small matrix get in each other's way."""

_NAME_MARK = "\0"  # before a word that begins with - and is none of an option; no word of a command line has it
LIKELY = 0.7  # how alike a mistyped word has to be

OPEN = {"voices"}
"""Those to which plugins may add commands of two words, such as `voices add`; a plugin may do so for its own, too."""

EXAMPLES = """\
examples:
  takevoice run ~/Exports                    convert every take you render to ~/Exports
  takevoice run --once ~/Exports             convert what is there, then stop
  takevoice convert take.wav --voice george
  takevoice explain take.wav
  takevoice demo

`takevoice COMMAND --help` shows the options of a command.
"""


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """As wide as the terminal. argparse asks shutil for that, which loads every kind of compression."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


class Parser(argparse.ArgumentParser):
    """Names the option that was meant, where one is mistyped, and what helps where a file's name looks like one."""

    words: Sequence[str] = ()  # of the command line

    def error(self, message: str) -> NoReturn:
        """Print what is wrong, and exit with code 2."""
        unknown = message.partition("unrecognized arguments: ")[2].split(" ")[0].partition("=")[0]
        if unknown.startswith("--"):
            import difflib

            near = difflib.get_close_matches(unknown, self._option_string_actions, n=1, cutoff=LIKELY)
            message += f"; did you mean {near[0]}?" if near else ""
        if name := next((word for word in self.words if word.startswith("-") and os.path.lexists(word)), ""):
            message += f"; put -- before names that begin with a dash, such as {printable(name)}"
        super().error(message.replace(_NAME_MARK, "").replace(repr(_NAME_MARK)[1:-1], ""))


def _columns() -> int:
    """Return the columns of the terminal, as `shutil.get_terminal_size` does: COLUMNS, else what the terminal says, else 80."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 80


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 all well, 1 something failed, 2 usage or config error."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    gc.disable()  # while modules are loaded, which leaves no garbage: a tenth of the time
    for name in MATRIX_THREADS:
        os.environ.setdefault(name, "1")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name may hold what the terminal cannot show
    try:
        return _run(arguments)
    except ConfigError as error:
        for problem in error.problems:
            print(f"takevoice: {problem}", file=sys.stderr)
        return USAGE
    except TakevoiceError as error:
        print(f"takevoice: {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        # The reader has closed the pipe (`takevoice jobs | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        where = f"{printable(error.filename)}: " if error.filename is not None else ""
        print(f"takevoice: {where}{error.strerror or error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        gc.enable()


def _run(arguments: list[str]) -> int:
    state, arguments = _leading_state(arguments)
    name = next((word for word in arguments if not word.startswith("-")), "")
    after = arguments.index(name) + 1 if name else 0
    bare = name in CORE and (name not in OPEN or after == len(arguments))
    added = {} if bare else plugin_commands()
    if (two := " ".join([name, *arguments[after : after + 1]])) in added:
        name, arguments = two, [*arguments[:after], *arguments[after + 1 :]]
    if name not in CORE and name not in added:
        import difflib

        near = difflib.get_close_matches(name, [*CORE, *added], n=1, cutoff=LIKELY)
        if near:
            print(f"takevoice: there is no command {printable(name)}; did you mean {near[0]}?", file=sys.stderr)
            return USAGE
        parser = _parser(added)
        parser.parse_args(arguments)
        parser.print_help()
        return USAGE
    parser = Parser(
        prog=f"takevoice {name}",
        description=_sentence(added[name].help if name in added else CORE[name]),
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "--state",
        dest="given_state",
        metavar="DIR",
        help="the state dir, with ledger, results and logs (also TAKEVOICE_STATE)",
    )
    parser.epilog = _more(name, added)
    configure = added[name].configure if name in added else core(name, "arguments.").configure
    configure(parser)
    arguments.remove(name.split()[0])
    args = _parsed(parser, [*state, *arguments])
    run: Callable[[Arguments], int] = added[name].run if name in added else core(name).run
    gc.enable()
    return run(args)


def _parsed(parser: Parser, arguments: list[str]) -> Arguments:
    """Return the arguments; a process without a console gets its standard streams with them."""
    from takevoice.cli.arguments import Arguments

    parser.words = arguments
    args = parser.parse_intermixed_args(_marked(arguments), Arguments())
    for name, value in vars(args).items():
        setattr(args, name, [_unmarked(each) for each in value] if isinstance(value, list) else _unmarked(value))
    if sys.stdout is None or sys.stderr is None:
        from takevoice.paths import StateDir
        from takevoice.system.process import give_streams

        args.console = give_streams(StateDir(args.state).logs / "console.log")
    return args


def _marked(arguments: list[str]) -> list[str]:
    """Return the arguments without a --, and marked behind it what argparse would take for an option.

    argparse itself drops the -- where options may be between the other words.
    """
    if "--" not in arguments:
        return arguments
    at = arguments.index("--")
    return [*arguments[:at], *(f"{_NAME_MARK}{word}" if word.startswith("-") else word for word in arguments[at + 1 :])]


def _unmarked(value: object) -> object:
    text = str(value)
    return type(value)(text[len(_NAME_MARK) :]) if text.startswith(_NAME_MARK) else value  # type: ignore[call-arg]


def _leading_state(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Split off a --state before the command."""
    count = {"--state": 2}.get(arguments[0], int(arguments[0].startswith("--state="))) if arguments else 0
    return arguments[:count], arguments[count:]


def _more(name: str, added: dict[str, Command]) -> str | None:
    """Return the commands that begin with this one, for its help."""
    lines = [
        f"  takevoice {other:<14} {c.help}" for other, c in added.items() if other.startswith(f"{name} ")
    ]
    return "\n".join(["more commands:", *lines]) if lines else None


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def core(name: str, place: str = "") -> ModuleType:
    """Return the module of a command; `place` is "arguments." for that of its arguments."""
    return importlib.import_module(f"takevoice.cli.{place}{_MODULES.get(name, name)}")


def plugin_commands() -> dict[str, Command]:
    """Return the commands that plugins add, by name."""
    from takevoice.commands import Commands
    from takevoice.paths import config_dir
    from takevoice.plugins.manager import Plugins

    plugins, commands = Plugins(), Commands()
    plugins.load(config_dir() / "plugins")
    plugins.register_commands(commands)
    return {
        name: command
        for name, command in commands.added.items()
        if name not in CORE and (" " not in name or name.split()[0] in {*OPEN, *commands.added})
    }


def _parser(added: dict[str, Command]) -> argparse.ArgumentParser:
    """Return the parser of the bare command, which only prints help or rejects an unknown command."""
    lines = [
        f"  {name:<13} {text}" for name, text in {**CORE, **{c.name: c.help for c in added.values()}}.items()
    ]
    parser = argparse.ArgumentParser(
        prog="takevoice",
        usage="takevoice COMMAND ...",
        description="Convert takes rendered in your DAW to another voice.\n\ncommands:\n" + "\n".join(lines),
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"takevoice {__version__}")
    parser.add_argument(
        "command", nargs="?", choices=[*CORE, *added], metavar="COMMAND", help=argparse.SUPPRESS
    )
    return parser

"""The house's server: one key of the API, many people; each line is paid once.

`takevoice serve --house` runs it, `takevoice house` manages it where it runs, `takevoice join` connects a station.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from takevoice import hookimpl

if TYPE_CHECKING:
    from takevoice import Commands


@hookimpl
def register_commands(cli: Commands) -> None:
    """Add `takevoice house ...` and `takevoice join`."""
    cli.add("house", "show what the house's server is doing", lambda _: None, _run("show"))
    cli.add("house add", "add a person, and print their key", _configure_add, _run("add"))
    cli.add("house change", "change a person's cap or project", _configure_change, _run("change"))
    cli.add("house list", "list the people of the house", lambda _: None, _run("list_keys"))
    cli.add("house revoke", "end a person's key", _configure_name, _run("revoke"))
    cli.add("house costs", "show what the house has paid for", _configure_costs, _run("costs"))
    cli.add("house queue", "list what waits in the house, and what is held", _configure_queue, _run("queue"))
    cli.add("house release", "send a held request again, or drop it", _configure_release, _run("release"))
    cli.add("house backup", "copy the house's ledger", _configure_backup, _run("backup"))
    cli.add("house prune", "say what kept answers take up, and remove old ones", _configure_prune, _run("prune"))
    cli.add("join", "connect this station to a house", _configure_join, _join)


def _run(name: str) -> Callable[[argparse.Namespace], int]:
    def run(args: argparse.Namespace) -> int:
        # Imported here, so that other commands load no database.
        from takevoice_plugins.house import managing

        return int(getattr(managing, name)(args))

    return run


def _configure_add(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "The key is shown only now: the house stores no more than its hash."
    parser.add_argument("name", help="the person")
    parser.add_argument("--project", default="", help="the project that their takes belong to")
    parser.add_argument("--cap", type=float, metavar="N", help="the most credits that they may use in a day")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--admin", action="store_true", help="a key that may see the queue and the costs of all")
    kind.add_argument("--worker", action="store_true", help="a token for `takevoice worker` on another machine")


def _configure_change(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "The key stays the same; a running server notices at once."
    parser.add_argument("name", help="the person")
    parser.add_argument("--project", help='the project that their takes belong to; "" for none')
    parser.add_argument("--cap", metavar="N", help='the most credits that they may use in a day; "none" for no cap')


def _configure_backup(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Also works while the server is running. The answers are files next to the ledger; copy that folder as well to keep them."
    parser.add_argument("file", metavar="FILE", help="the file of the copy, or a folder for it")


def _configure_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="the person")


def _configure_costs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--by", choices=("person", "project", "voice", "day"), default="person", help="what the lines are for (person)"
    )
    parser.add_argument("--since", metavar="DAY", default="", help="only from this day on, such as 2026-11-01")
    parser.add_argument("--csv", action="store_true", help="print comma-separated values")


def _configure_queue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def _configure_release(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "A request that is sent again costs as much as the first one, which may have been billed, too: `takevoice house queue` says why it is held."
    )
    parser.add_argument("id", nargs="?", default="", help="its id, as `takevoice house queue` shows it")
    parser.add_argument("--all", action="store_true", help="all that are held: says what they cost, and does nothing without --yes")
    parser.add_argument("--drop", action="store_true", help="refuse it instead")
    parser.add_argument("--yes", action="store_true", help="with --all: do it")


def _configure_prune(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "An answer that is removed is paid for again if it is asked for again. The server removes what house.toml says by itself."
    parser.add_argument("--unused-for", type=float, metavar="DAYS", help="those that were not used for so many days (keep_days of house.toml)")
    parser.add_argument("--to", type=float, metavar="GB", help="those that were not used for longest, until the rest takes up no more (keep_gb)")
    parser.add_argument("--yes", action="store_true", help="remove them; without this, they are only counted")


def _configure_join(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "The key is kept in the system keyring; where there is none, set TAKEVOICE_HOUSE_KEY to it where takevoice runs."
    parser.add_argument("url", help="the address that the house's server prints, with #sha256=... where it has one")
    parser.add_argument("key", help="the key that the house's owner gave you")
    parser.add_argument("--config", metavar="FILE", help="the config file to change (the user's own)")


def _join(args: argparse.Namespace) -> int:
    from takevoice_plugins.house.join import join

    return join(args.url, args.key, args.config)

"""`takevoice serve`: an HTTP server that offers an engine of this machine through the speech-to-speech API."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from takevoice import hookimpl

if TYPE_CHECKING:
    from takevoice import Commands

HOST, PORT = "127.0.0.1", 9872
BACKENDS = ("local", "neural")


@hookimpl
def register_commands(cli: Commands) -> None:
    """Add `takevoice serve`."""
    cli.add("serve", "serve an engine of this machine through the speech-to-speech API, over HTTP", _configure, _run)


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Any key is accepted unless --api-key or TAKEVOICE_API_KEY is set. Stop the server with Ctrl-C."
    )
    parser.add_argument(
        "--host",
        default=HOST,
        help=f"the address to listen on ({HOST}); one that other machines can reach requires a key",
    )
    parser.add_argument("--port", type=int, default=PORT, help=f"the port ({PORT}); 0 chooses a free one")
    parser.add_argument(
        "--api-key", metavar="KEY", help="the key that clients must send; TAKEVOICE_API_KEY is safer"
    )
    parser.add_argument(
        "--backend", choices=BACKENDS, default=BACKENDS[0], help="what converts: the local engine (local), or the neural one"
    )
    parser.add_argument(
        "--alias",
        action="append",
        default=[],
        metavar="ID=VOICE",
        help="accept ID as another id of VOICE, as the ids of the official documentation's voices are; can be repeated",
    )
    house = parser.add_argument_group("a server for a house of editors")
    house.add_argument(
        "--house", action="store_true", help="serve many people with keys of their own: one account, each line paid once"
    )
    house.add_argument("--tls", action="store_true", help="encrypt also on this machine's own address, as on all others")
    house.add_argument("--database", metavar="URL", default="", help="the PostgreSQL that workers on other machines share")


def _run(args: argparse.Namespace) -> int:
    # Imported here, so that the command line needs no web framework.
    if args.house:
        from takevoice_plugins.house.command import serve_house

        return serve_house(args.host, args.port, args.state, args.alias, tls=args.tls, database=args.database)
    from takevoice_plugins.server.command import serve

    return serve(args.host, args.port, args.api_key, args.state, args.alias, args.backend)

"""`takevoice serve`: the local engine behind the speech-to-speech API, so that its SDKs and other programs can use it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from takevoice import hookimpl

if TYPE_CHECKING:
    from takevoice import Commands

HOST, PORT = "127.0.0.1", 9872


@hookimpl
def register_commands(cli: Commands) -> None:
    """Adds `takevoice serve`."""
    cli.add("serve", "offer the local engine by the speech-to-speech API, over HTTP", _configure, _run)


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Any key is good unless --api-key or TAKEVOICE_API_KEY is set. Stop it with Ctrl-C."
    parser.add_argument(
        "--host",
        default=HOST,
        help=f"the address to listen at ({HOST}); another than this machine's own wants a key",
    )
    parser.add_argument("--port", type=int, default=PORT, help=f"the port ({PORT}); 0: any free one")
    parser.add_argument(
        "--api-key", metavar="KEY", help="the key that clients must send; better given as TAKEVOICE_API_KEY"
    )


def _run(args: argparse.Namespace) -> int:
    # Here, so that the command line needs no web framework.
    from takevoice_plugins.server.command import serve

    return serve(args.host, args.port, args.api_key, args.state)

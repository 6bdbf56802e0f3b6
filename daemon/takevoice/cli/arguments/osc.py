"""The arguments of `takevoice osc`."""

from __future__ import annotations

import argparse

PORT_VARIABLE = "TAKEVOICE_OSC_PORT"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice osc /takevoice/version v1
  takevoice osc /takevoice/convert key1 /home/me/Exports/take.wav voice george
  takevoice osc --timeout 60 /takevoice/convert key2 /home/me/Exports/take.wav
  takevoice osc --timeout 3600 /takevoice/subscribe me
Exit code 1: the reply was a failure, or there was no reply."""
    parser.add_argument("address", metavar="ADDRESS", help="an OSC address, such as /takevoice/convert")
    parser.add_argument(
        "arguments",
        nargs="*",
        metavar="ARG",
        help="numbers are sent as numbers, everything else as text; put -- before an ARG that starts with -",
    )
    parser.add_argument("-s", "--strings", action="store_true", help="send every ARG as text")
    parser.add_argument(
        "--timeout",
        type=float,
        default=0.0,
        metavar="S",
        help="seconds to wait for further replies, such as the end of a job or its changes (default: 0)",
    )
    parser.add_argument("--host", help="the host of the daemon")
    parser.add_argument("--port", type=int, help=f"the port of the daemon (also {PORT_VARIABLE})")

"""takevoice osc: one message to the daemon, and its replies. A key press waits for it: it imports little."""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any

from takevoice.cli import FAILED, OK
from takevoice.cli.arguments.osc import PORT_VARIABLE
from takevoice.errors import ConfigError, printable
from takevoice.osc.packets import MAX_PACKET, Message, build, read
from takevoice.osc.patterns import is_pattern
from takevoice.paths import state_dir

DEFAULT_WHERE = ("127.0.0.1", 9870)
ANSWER = 2.0  # seconds for the first reply
ROWS = 1.0  # seconds for the replies after the first, where there are several
_LISTS = ("/takevoice/jobs", "/takevoice/held", "/takevoice/voices", "/takevoice/tracks", "/takevoice/candidates")
_GOES_ON = ("/takevoice/accepted", "/takevoice/candidate", "/takevoice/job", "/takevoice/heartbeat")
_FOLLOWED = ("/takevoice/rendered", "/takevoice/subscribe")  # after their ok, more comes


def run(args: argparse.Namespace) -> int:
    """Send, and prints a line for each reply."""
    host, port = where(args)
    packet = packet_of(args.address, args.arguments, strings=args.strings)
    followed = args.address in _FOLLOWED
    answered = False
    several = is_pattern(args.address)
    rows = (f"{args.address}/row", "/takevoice/candidate") if args.address in _LISTS else ()
    for reply in exchange(host, port, packet, max(args.timeout, ROWS) if args.address in _LISTS or several else args.timeout):
        answered = True
        print(line(reply), flush=True)
        if reply.address == "/takevoice/fail":
            return FAILED
        if several or reply.address in rows:
            continue
        more = reply.address in _GOES_ON or (followed and reply.address == "/takevoice/ok")
        if not (args.timeout and more):
            return OK
    if several and answered:
        return OK
    if not answered:
        print(
            f"takevoice: no answer from {host} port {port}; start the daemon with `takevoice run FOLDER`, or name its port with --port",
            file=sys.stderr,
        )
        return FAILED
    if args.address == "/takevoice/subscribe":
        return OK
    print(f"takevoice: not finished after {args.timeout:g} s", file=sys.stderr)
    return FAILED


def packet_of(address: str, arguments: list[str], *, strings: bool) -> bytes:
    """Return the message; raises ConfigError when the arguments cannot be sent."""
    if not address.startswith("/"):
        raise ConfigError("an OSC address begins with /", where=address, hint="such as /takevoice/version")
    values = arguments if strings else [typed(word) for word in arguments]
    try:
        return build(address, *values)
    except (ValueError, OverflowError) as error:
        raise ConfigError(f"cannot be sent: {error}", where=address) from error


def where(args: argparse.Namespace) -> tuple[str, int]:
    """Return the daemon's host and port: given, else from the environment, else as the running daemon wrote them down."""
    host, port = DEFAULT_WHERE
    try:
        noted = json.loads((state_dir(args.state) / "osc.json").read_text("ascii"))
        host, port = str(noted["host"]), int(noted["port"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # no daemon, or an odd file: the usual place will do
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    named = os.environ.get(PORT_VARIABLE, "")
    if args.port is None and named and not named.isdecimal():
        raise ConfigError("is no port", where=f"{PORT_VARIABLE}={named}")
    chosen = args.port if args.port is not None else int(named or port)
    if not 0 < chosen < 65_536:
        raise ConfigError("a port is a number from 1 to 65535", where=str(chosen))
    return args.host or host, chosen


def typed(word: str) -> str | int | float:
    """A number where the word looks like one. Digits with a leading zero, or too many of them, stay text."""
    if re.fullmatch(r"-?(0|[1-9][0-9]{0,8})", word):
        return int(word)
    if re.fullmatch(r"-?(0|[1-9][0-9]*)\.[0-9]+(e-?[0-9]+)?", word) and len(word) < 16:
        return float(word)
    return word


def exchange(host: str, port: int, packet: bytes, timeout: float) -> Iterator[Message]:
    """Send the packet and gives the replies: waits `ANSWER` for the first, then `timeout` seconds for all others."""
    until = time.monotonic() + ANSWER
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, socket.SOCK_DGRAM) as udp:
            udp.connect(address)
            udp.send(packet)
            first = True
            while (left := until - time.monotonic()) > 0:
                udp.settimeout(left)
                answer = udp.recv(MAX_PACKET)
                if first:
                    first, until = False, time.monotonic() + timeout
                yield from (each for each in read(answer) if isinstance(each, Message))
    except TimeoutError:
        return
    except ConnectionRefusedError:
        return  # nothing listens there
    except OSError as error:
        raise ConfigError(f"cannot be reached: {error.strerror}", where=f"{host} port {port}") from error


def line(message: Message) -> str:
    """A reply in one line; text with blanks is quoted."""
    return " ".join([message.address, *(_shown(value) for value in message.arguments)])


def _shown(value: Any) -> str:
    if isinstance(value, str):
        text = printable(value)
        return json.dumps(text, ensure_ascii=False) if not text or " " in text or '"' in text else text
    return f"{value:.7g}" if isinstance(value, float) else str(value)

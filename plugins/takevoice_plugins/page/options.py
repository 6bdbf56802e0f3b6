"""The options of the page, in `[plugins.page]`."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from takevoice import errors

HOST, PORT, MAX_PORT = "127.0.0.1", 9873, 65_535
_WHERE = "[plugins.page]"


@dataclass(frozen=True)
class PageOptions:
    """`hosts` are further names by which the page may be asked for, such as that of a proxy with TLS."""

    enabled: bool = True
    host: str = HOST
    port: int = PORT
    hosts: tuple[str, ...] = ()


def options_from(table: Mapping[str, Any]) -> PageOptions:
    """Return the options in a table of the config.

    Raises:
        ConfigError: an unknown key, a value of another type, or an address that other machines can reach.
    """
    unknown = sorted(set(table) - set(PageOptions.__dataclass_fields__))
    if unknown:
        raise _wrong(f"there is no option {unknown[0]}; there are {', '.join(PageOptions.__dataclass_fields__)}")
    enabled, host, port = table.get("enabled", True), table.get("host", HOST), table.get("port", PORT)
    hosts = table.get("hosts", [])
    if not isinstance(enabled, bool):
        raise _wrong("enabled is true or false")
    if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port <= MAX_PORT:
        raise _wrong("port is a number from 0 to 65535; 0 chooses a free one")
    if not isinstance(hosts, list | tuple) or not all(isinstance(name, str) and name for name in hosts):
        raise _wrong('hosts is a list of names, such as ["takes.example.org"]')
    if not isinstance(host, str) or not is_loopback(host):
        raise _wrong(
            f"{host} can be reached by other machines, and the page has no encryption",
            "omit host, and use `ssh -L`, or a proxy with TLS and its name in hosts",
        )
    return PageOptions(enabled, host, port, tuple(name.lower() for name in hosts))


def is_loopback(host: str) -> bool:
    """Return True for an address that only this machine can reach."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _wrong(what: str, hint: str = "") -> errors.ConfigError:
    return errors.ConfigError(what, where=_WHERE, hint=hint)

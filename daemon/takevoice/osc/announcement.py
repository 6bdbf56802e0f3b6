"""Announces the OSC server in the local network (zeroconf, also known as Bonjour), so that clients can list it."""

from __future__ import annotations

import importlib
import ipaddress
import logging
import socket
import threading
from collections.abc import Iterable, Sequence
from typing import Any

log = logging.getLogger(__name__)

OSC_TYPE, QUERY_TYPE = "_osc._udp.local.", "_oscjson._tcp.local."
TIMEOUT = 10.0  # seconds for the end of the announcement


def is_open_to_others(host: str) -> bool:
    """Return whether other machines can reach a server that listens on `host`."""
    try:
        found = {each[4][0] for each in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return not all(ipaddress.ip_address(str(each).partition("%")[0]).is_loopback for each in found)


class Announcement:
    """The announcement of one OSC server; `start` does not wait for the network."""

    def __init__(self, host: str, port: int, query_port: int | None, name: str, version: str) -> None:
        """`host` is the address that the server listens on, `query_port` that of its description (None: there is none)."""
        self._host, self._name, self._version = host, name, version
        self._ports = {OSC_TYPE: port} | ({QUERY_TYPE: query_port} if query_port is not None else {})
        self._library: Any = None
        self._zeroconf: Any = None
        self._thread = threading.Thread(target=self._announce, name="osc-announce", daemon=True)

    def start(self) -> None:
        """Announce the server in a thread of its own. Raise ImportError if the library is not installed."""
        self._library = importlib.import_module("zeroconf")  # an extra
        self._thread.start()

    def stop(self) -> None:
        """Take the announcement back."""
        self._thread.join(TIMEOUT)
        if self._zeroconf is not None:
            self._zeroconf.unregister_all_services()
            self._zeroconf.close()

    def _announce(self) -> None:
        library = self._library
        try:
            addresses = _addresses(self._host)
            interfaces = library.InterfaceChoice.Default if _is_any(self._host) else addresses
            self._zeroconf = library.Zeroconf(interfaces=interfaces)
            for kind, port in self._ports.items():
                info = library.ServiceInfo(
                    kind,
                    f"{self._name}.{kind}",
                    port=port,
                    parsed_addresses=addresses,
                    properties={"version": self._version, "txtvers": "1"},
                    server=f"{_label(socket.gethostname())}.local.",
                )
                self._zeroconf.register_service(info, allow_name_change=True)
        except (OSError, ValueError, library.Error) as error:
            log.warning("OSC cannot be announced in the network (%s); clients need its address and port", error)
            return
        log.info("OSC is announced in the network as %s", self._name)


def _is_any(host: str) -> bool:
    return host in {"0.0.0.0", "::"}  # noqa: S104  it only compares


def _addresses(host: str) -> Sequence[str]:
    """Return the addresses at which others reach a server that listens on `host`."""
    name = socket.gethostname() if _is_any(host) else host
    found = dict.fromkeys(str(each[4][0]) for each in socket.getaddrinfo(name, None, socket.AF_INET))
    return list(_without_loopback(found)) if _is_any(host) else list(found)


def _without_loopback(addresses: Iterable[str]) -> Iterable[str]:
    outside = [each for each in addresses if not ipaddress.ip_address(each).is_loopback]
    if outside:
        return outside
    # Many systems give their own name a loopback address; the one of the default route is what others use.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # an address for documentation; nothing is sent
        return [str(probe.getsockname()[0])]


def _label(host: str) -> str:
    return host.partition(".")[0] or "takevoice"

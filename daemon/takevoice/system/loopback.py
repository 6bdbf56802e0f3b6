"""Whether a host of a URL or an address to listen on is this machine."""

from __future__ import annotations

import ipaddress
import re
import socket
from contextlib import suppress


def is_loopback(host: str) -> bool:
    """Return True for a host that only this machine can reach: localhost, 127.x.x.x, ::1, however they are written."""
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    if re.fullmatch(r"[0-9a-fx.]+", host):  # 127.1, 0x7f000001: what the system's resolver takes for an address
        with suppress(OSError):
            host = socket.inet_ntoa(socket.inet_aton(host))
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback

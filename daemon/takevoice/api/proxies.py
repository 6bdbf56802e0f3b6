"""Which proxy the requests go through: as the environment says, or the system's settings on Windows and macOS.

The variables are HTTPS_PROXY or HTTP_PROXY, else ALL_PROXY, and NO_PROXY, in capitals or not. Desktops and tools write them
in ways that httpx does not take: `socks://`, or without a scheme.
"""

from __future__ import annotations

import ipaddress
import os
import re
import urllib.request
from contextlib import suppress

import httpx

from takevoice.errors import BackendUnavailable
from takevoice.system.loopback import is_loopback

SCHEMES = ("http", "https", "socks5", "socks5h")
_MEANT = {"socks": "socks5h"}
_NAME = re.compile(r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?P<rest>.*)", re.IGNORECASE)


def proxy_for(base_url: str) -> httpx.Proxy | None:
    """Return the proxy for the address of the API; None if there is none. This machine is never reached through one.

    Raises:
        BackendUnavailable: the proxy cannot be used; the message names the variable, and not its value.
    """
    url = httpx.URL(base_url)
    proxies = urllib.request.getproxies()
    if is_loopback(url.host) or _is_exempt(url, proxies):
        return None
    for kind in (url.scheme, "all"):
        if address := proxies.get(kind, "").strip():
            return _proxy(address, _variable(kind))
    return None


def _is_exempt(url: httpx.URL, proxies: dict[str, str]) -> bool:
    """Return True if NO_PROXY, or the system's list of exceptions, names the host."""
    port = url.port or {"https": 443}.get(url.scheme, 80)
    # Some write *.example.com, and some put spaces between the names.
    entries = [entry.lower() for entry in re.split(r"[,\s]+", proxies.get("no", "")) if entry]
    for host in (f"{url.host}:{port}", url.host):
        if urllib.request.proxy_bypass(host) or any(_names(entry, host) for entry in entries):
            return True
    with suppress(ValueError):  # a name, which is in no network
        address = ipaddress.ip_address(url.host)
        for entry in entries:
            with suppress(ValueError):
                if address in ipaddress.ip_network(entry, strict=False):
                    return True
    return False


def _names(entry: str, host: str) -> bool:
    name = entry.removeprefix("*").lstrip(".")
    return entry == "*" or host == name or bool(name and host.endswith(f".{name}"))


def _variable(kind: str) -> str:
    """Return the name of the variable that holds the proxy."""
    name = f"{kind}_proxy"
    return next((each for each in (name, name.upper()) if os.environ.get(each)), "the system's proxy settings")


def _proxy(address: str, variable: str) -> httpx.Proxy:
    found = _NAME.fullmatch(address)
    scheme = ((found and found["scheme"]) or "http").lower()
    scheme = _MEANT.get(scheme, scheme)
    hint = "set it to a URL such as http://proxy.example:3128 or socks5://127.0.0.1:1080, or list the API's host in NO_PROXY"
    if scheme not in SCHEMES:
        raise BackendUnavailable(f"the proxy in {variable} is of a kind that cannot be used: {scheme}", hint=hint)
    try:
        proxy = httpx.Proxy(f"{scheme}://{found['rest'] if found else ''}")
        usable = bool(proxy.url.host) and (proxy.url.port is None or 0 < proxy.url.port < 65_536)
    except (httpx.InvalidURL, ValueError):
        usable = False
    if not usable:
        raise BackendUnavailable(f"the proxy in {variable} is not a URL", hint=hint)
    return proxy

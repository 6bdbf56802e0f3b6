"""Requests of the daemon other than those of the API: to webhooks, and for previews of voices."""

from __future__ import annotations

import urllib.request
from typing import Any
from urllib.parse import urlsplit

from takevoice.system.loopback import is_loopback


def open_url(request: urllib.request.Request, timeout: float) -> Any:
    """Return the response; through the proxy that the environment names, but never to this machine. `timeout` in seconds.

    Raises:
        OSError: there is no response, or one with an error status.
        ValueError: the address is none.
    """
    host = urlsplit(request.full_url).hostname or ""
    handlers = [urllib.request.ProxyHandler({})] if is_loopback(host) else []
    return urllib.request.build_opener(*handlers).open(request, timeout=timeout)

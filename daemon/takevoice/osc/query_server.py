"""The HTTP server of the description: GET with the address as path, and the name of one attribute as query."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from socket import AF_INET6, getaddrinfo, gethostname
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from takevoice.osc.description import OPTIONAL, READ_AND_WRITE, REQUIRED, Node, find

TIMEOUT = 10  # seconds for a client that connects and sends nothing


class QueryServer:
    """Serves the description of an address space on a port of its own; port 0 stands for any free port."""

    def __init__(self, host: str, port: int, describe: Callable[[], Node], host_info: Node) -> None:
        """Open the socket; `describe` returns the root node as it is now, and is called in several threads.

        Raise OSError or OverflowError if the port is not available.
        """
        family, _, _, _, address = getaddrinfo(host, port)[0]
        self._server = _Server((str(address[0]), port), _handler(describe, host_info), family == AF_INET6)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, name="osc-query", daemon=True)

    def start(self) -> None:
        """Start to reply."""
        self._thread.start()

    def stop(self) -> None:
        """Close the socket."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], v6: bool) -> None:
        if v6:
            self.address_family = AF_INET6
        super().__init__(address, handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is nothing to report."""


def reply(describe: Callable[[], Node], host_info: Node, target: str) -> tuple[HTTPStatus, Node | None]:
    """Return the status and the JSON object for the target of a GET request: a path and perhaps an attribute."""
    url = urlsplit(target)
    attribute = url.query.partition("&")[0].partition("=")[0]
    if attribute == "HOST_INFO":
        return HTTPStatus.OK, host_info
    root = describe()
    # %XX is part of OSC addresses here, and some clients write it as %25XX in a URL.
    node = find(root, url.path) or find(root, unquote(url.path))
    if node is None:
        return HTTPStatus.NOT_FOUND, None
    if not attribute:
        return HTTPStatus.OK, node
    if attribute not in (*REQUIRED, *OPTIONAL):
        return HTTPStatus.BAD_REQUEST, None
    if attribute == "VALUE" and node["ACCESS"] != READ_AND_WRITE:
        return HTTPStatus.NO_CONTENT, None  # as the proposal has it for what cannot be read
    return HTTPStatus.OK, {attribute: node[attribute]} if attribute in node else {}


def is_own_name(host: str) -> bool:
    """Return whether the Host header names this machine; a web page whose name was bound to its address does not."""
    name = urlsplit(f"//{host}").hostname or ""
    try:
        ip_address(name)
    except ValueError:
        own = gethostname().lower()
        return name in {"localhost", own, f"{own}.local", f"{own.partition('.')[0]}.local"}
    return True


def _handler(describe: Callable[[], Node], host_info: Node) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "takevoice", ""
        timeout: ClassVar[int] = TIMEOUT

        def do_GET(self) -> None:
            self._send(with_body=True)

        def do_HEAD(self) -> None:
            self._send(with_body=False)

        def _send(self, with_body: bool) -> None:
            if is_own_name(self.headers.get("Host", "")):
                status, content = reply(describe, host_info, self.path)
            else:
                status, content = HTTPStatus.MISDIRECTED_REQUEST, None
            body = b"" if content is None else json.dumps(content, ensure_ascii=False, default=str).encode()
            self.send_response(status)
            if status != HTTPStatus.NO_CONTENT:
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if with_body and status != HTTPStatus.NO_CONTENT:
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing: requests are not logged."""

    return Handler

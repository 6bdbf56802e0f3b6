"""A worker whose house has another certificate than before says so, also when it could not be reached until then."""

from __future__ import annotations

import http.server
import socket
import ssl
import threading
from pathlib import Path

import pytest

from farm.workers import worker
from support import Cli, wait_for
from takevoice_plugins.house.certificate import own_certificate


@pytest.mark.process
def test_each_reason_for_which_the_house_is_away_is_logged_once(cli: Cli, tmp_path: Path) -> None:
    before, after = own_certificate(tmp_path / "before"), own_certificate(tmp_path / "after")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"https://127.0.0.1:{port}#sha256={before.fingerprint}"
    with worker(cli, url, "host=/nowhere dbname=queue") as running:
        wait_for(lambda: "refused" in running.log())
        with http.server.ThreadingHTTPServer(("127.0.0.1", port), http.server.BaseHTTPRequestHandler) as server:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(after.path, after.key_path)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            threading.Thread(target=lambda: server.serve_forever(0.05), daemon=True).start()
            try:
                wait_for(lambda: "it has another certificate than the address says" in running.log())
            finally:
                server.shutdown()
    said = running.log()
    assert "if the house's owner has renewed it, start this worker with the new address" in said
    assert said.count("cannot be reached") == 2

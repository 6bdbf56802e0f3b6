"""`takevoice open` and `takevoice page`."""

from __future__ import annotations

import _thread
import http.client
import json
import signal
import sys
import threading
import webbrowser
from dataclasses import replace
from pathlib import Path
from types import FrameType

from takevoice import open_office, private_folder
from takevoice_plugins.page.access import Address, read_address
from takevoice_plugins.page.options import options_from
from takevoice_plugins.page.service import PageService

ANSWER = 5.0  # seconds


def open_page(state: Path, *, browser: bool) -> int:
    """Open the page that is being served; return the exit code."""
    address = read_address(state)
    code = _code(address) if address is not None else None
    if address is None or code is None:
        print("takevoice: no page is being served; start `takevoice run`, or `takevoice page`", file=sys.stderr)
        return 1
    _show(f"{address.url}/#enter-{code}", browser=browser)
    return 0


def serve_page(state: Path, config: Path | None, port: int | None, *, browser: bool) -> int:
    """Serve the page until Ctrl-C or SIGTERM; return the exit code. Raises ConfigError."""
    running = read_address(state)
    if running is not None and _code(running) is not None:
        return open_page(state, browser=browser)
    private_folder(state)
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        # The main thread may hold the event's lock just now: the handler would wait for it for ever.
        _thread.start_new_thread(stopped.set, ())

    before = [signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        with open_office(state, config) as office:
            options = options_from(office.environment.config.settings.plugins.get("page", {}))
            if port is not None:
                options = replace(options, port=port)
            _serve(PageService(office, options), stopped, browser=browser)
    finally:
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(number, handler)
    return 0


def _serve(service: PageService, stopped: threading.Event, *, browser: bool) -> None:
    service.start()
    try:
        _show(service.new_address(), browser=browser)
        print("stop it with Ctrl-C", file=sys.stderr, flush=True)
        while not stopped.wait(1.0):
            pass
    finally:
        service.close()


def _show(url: str, *, browser: bool) -> None:
    if not browser or not webbrowser.open(url):
        print(url, flush=True)


def _code(address: Address) -> str | None:
    """Return a code for the browser; None when the page does not answer."""
    connection = http.client.HTTPConnection(address.host, address.port, timeout=ANSWER)
    try:
        connection.request("POST", "/api/code", headers={"Authorization": f"Bearer {address.token}"})
        answer = connection.getresponse()
        return str(json.loads(answer.read())["code"]) if answer.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return None
    finally:
        connection.close()



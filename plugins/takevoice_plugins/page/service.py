"""The page's server, in a thread of its own: it listens at once, and loads the web framework at the first connection."""

from __future__ import annotations

import errno
import logging
import selectors
import socket
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from takevoice import Office, errors
from takevoice_plugins.page.access import Access, Address, publish, read_address, token_of
from takevoice_plugins.page.notices import Notices
from takevoice_plugins.page.options import PageOptions

if TYPE_CHECKING:
    import uvicorn

log = logging.getLogger("takevoice.page")

BACKLOG = 64
CONNECTIONS = 200  # at once; a browser opens up to six
IDLE = 30  # seconds that an idle connection is kept
NEXT = 9  # ports after the one that is taken that are tried
PATIENCE = 2  # seconds that running requests get when the server stops


class PageService:
    """Serves the page until it is closed."""

    def __init__(self, office: Office, options: PageOptions) -> None:
        """Listen at the address of the options; where another program has it, at a free port.

        Raises:
            ConfigError: it is not possible to listen there.
            OSError: the state dir cannot be written.
        """
        self._office, self._options = office, options
        self._listener = _listen(options.host, options.port, _others(options.port, read_address(office.state.path)))
        self._wake, self._woken = socket.socketpair()
        self._closing, self._notices = threading.Event(), Notices()
        self._server: uvicorn.Server | None = None
        self._access = Access(token_of(office.state.path))
        self.address = Address(options.host, self._listener.getsockname()[1], self._access.token)
        publish(office.state.path, self.address)
        self._thread = threading.Thread(target=self._run, name="page", daemon=True)

    @classmethod
    def started(cls, office: Office, options: PageOptions) -> PageService:
        """Start serving, and log where."""
        service = cls(office, options)
        service.start()
        taken = options.port not in (0, service.address.port)
        why = f" (another program has port {options.port})" if taken else ""
        log.info("the page is at %s%s; `takevoice open` opens it", service.address.url, why)
        return service

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def new_address(self) -> str:
        """Return an address that opens the page once."""
        return f"{self.address.url}/#enter-{self._access.new_code()}"

    def say_drained(self, batch: Mapping[str, Any]) -> None:
        """Say on the open pages that a batch is done."""
        self._notices.add(batch)

    def close(self) -> None:
        """End all streams and stop."""
        self._closing.set()
        self._wake.send(b"!")
        if self._server is not None:
            self._server.should_exit = True
        self._thread.join(PATIENCE + 3)
        for each in (self._listener, self._wake, self._woken):
            each.close()

    def _run(self) -> None:
        try:
            if self._is_wanted():
                self._serve()
        except Exception:
            log.exception("the page has stopped")

    def _is_wanted(self) -> bool:
        """Wait for the first connection; False when the service is closed before."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            selector.select()
        return not self._closing.is_set()

    def _serve(self) -> None:
        # Imported now, so that a daemon whose page is not used does without: a third of a second, 27 MB.
        import uvicorn

        from takevoice_plugins.page.app import create_app

        app = create_app(self._office, self._options, self._access, self._closing, self._notices)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            limit_concurrency=CONNECTIONS,
            timeout_keep_alive=IDLE,
            timeout_graceful_shutdown=PATIENCE,
        )
        logging.getLogger("uvicorn").setLevel(logging.WARNING)
        self._server = uvicorn.Server(config)
        try:
            if not self._closing.is_set():
                self._server.run([self._listener])
        finally:
            app.state.open_sounds.close()


def _others(port: int, before: Address | None) -> Sequence[int]:
    """Return what is tried where a port is taken: the one that open pages know from the last start, the next ones, and any."""
    last = [before.port] if before is not None else []
    return [*last, *range(port + 1, min(port + NEXT, 65535) + 1), 0]


def _listen(host: str, port: int, others: Sequence[int]) -> socket.socket:
    """Return a listener on a port; where that is taken, on the first of `others` that is free. 0 is any."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
        # asyncio does not set it for a socket like this one: the body of an answer would wait 40 ms for the browser's ACK of its head.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        if error.errno == errno.EADDRINUSE and port:
            return _listen(host, others[0], others[1:])
        raise errors.ConfigError(
            f"cannot listen on {host}, port {port}: {error.strerror or error}",
            where="[plugins.page]",
            hint="choose another port",
        ) from error

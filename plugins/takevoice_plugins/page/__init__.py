"""The page: see, hear and decide in a browser, inside `takevoice run` or by itself."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from takevoice import hookimpl
from takevoice_plugins.page.options import MAX_PORT, PORT, PageOptions, options_from

if TYPE_CHECKING:
    from takevoice import Commands, Office
    from takevoice_plugins.page.service import PageService


class Page:
    """The plugin: its options, its two commands, and the server that runs together with the daemon."""

    def __init__(self) -> None:
        self._options = PageOptions()
        self._service: PageService | None = None

    @hookimpl
    def configure(self, options: Mapping[str, Mapping[str, Any]]) -> None:
        """Read `[plugins.page]`; raises ConfigError. A change takes effect at the next start."""
        self._options = options_from(options.get("page", {}))

    @hookimpl
    def serve(self, office: Office) -> Any:
        """Serve the page from now on, unless it is switched off."""
        if not self._options.enabled:
            return None
        # Imported here, so that commands load no web server.
        from takevoice_plugins.page.service import PageService

        self._service = PageService.started(office, self._options)
        return self._service

    @hookimpl
    def drained(self, summary: Any) -> None:
        """Say on the open pages that a batch is done."""
        if self._service is not None:
            self._service.say_drained(summary.as_dict())

    @hookimpl
    def register_commands(self, cli: Commands) -> None:
        """Add `takevoice open` and `takevoice page`."""
        cli.add("open", "open the page of the running takevoice in the browser", _configure_open, _open)
        cli.add("page", "serve the page without a daemon, and open it", _configure_page, self._page)

    def _page(self, args: argparse.Namespace) -> int:
        from takevoice_plugins.page.command import serve_page

        return serve_page(args.state, args.config, args.port, browser=not args.print)


def _configure_open(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "The address has a code that works once, within a minute."
    parser.add_argument("--print", action="store_true", help="print the address instead of opening a browser")


def _configure_page(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "What you decide there is carried out by the next `takevoice run`. Stop it with Ctrl-C."
    parser.add_argument("--port", type=_port, help=f"the port ({PORT}, or that of the config); 0 chooses a free one")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the config file")
    parser.add_argument("--print", action="store_true", help="print the address instead of opening a browser")


def _port(word: str) -> int:
    if not word.isascii() or not word.isdigit() or int(word) > MAX_PORT:
        raise argparse.ArgumentTypeError(f"{word} is no port: a number from 0 to {MAX_PORT}")
    return int(word)


def _open(args: argparse.Namespace) -> int:
    from takevoice_plugins.page.command import open_page

    return open_page(args.state, browser=not args.print)

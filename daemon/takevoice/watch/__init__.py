"""Watched folders: the only part of the core that uses watchdog."""

from __future__ import annotations

from takevoice.lazy import TYPE_CHECKING, exports

if TYPE_CHECKING:
    from takevoice.watch.listener import FoundFile as FoundFile
    from takevoice.watch.listener import Listener as Listener
    from takevoice.watch.listener import Root as Root
    from takevoice.watch.scan import candidates as candidates
    from takevoice.watch.watcher import Watcher as Watcher
else:
    __all__, __getattr__ = exports(
        __name__,
        {
            "takevoice.watch.listener": "FoundFile Listener Root",
            "takevoice.watch.scan": "candidates",
            "takevoice.watch.watcher": "Watcher",
        },
    )

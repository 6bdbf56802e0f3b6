"""Watched folders: the only part of the core that uses watchdog."""

from __future__ import annotations

from takevoice.lazy import TYPE_CHECKING, exports

if TYPE_CHECKING:
    from takevoice.watch.listener import FoundFile as FoundFile
    from takevoice.watch.listener import Listener as Listener
    from takevoice.watch.listener import Root as Root
    from takevoice.watch.names import is_skipped as is_skipped
    from takevoice.watch.names import owner_of as owner_of
    from takevoice.watch.scan import candidates as candidates
    from takevoice.watch.watcher import Watcher as Watcher
else:
    __all__, __getattr__ = exports(
        __name__,
        {
            "takevoice.watch.listener": "FoundFile Listener Root",
            "takevoice.watch.names": "is_skipped owner_of",
            "takevoice.watch.scan": "candidates",
            "takevoice.watch.watcher": "Watcher",
        },
    )

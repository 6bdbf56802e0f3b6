"""The watched folders, as the config has them, for the watcher."""

from __future__ import annotations

from takevoice import audio
from takevoice.settings import LoadedConfig, Watch, watch_root
from takevoice.watch import Root


def roots(loaded: LoadedConfig) -> list[Root]:
    """Return the watched folders of a config."""
    return [
        Root(
            watch_root(watch, loaded.path),
            watch.recursive,
            watch.ignore,
            _suffixes(watch),
            watch.poll,
            watch.follow_links,
        )
        for watch in loaded.settings.watch
    ]


def _suffixes(watch: Watch) -> frozenset[str]:
    """Return the suffixes that a watched folder has more than others: those of videos, where they are wanted."""
    return audio.video_suffixes() if watch.videos else frozenset()

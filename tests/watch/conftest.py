from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import wait_for
from takevoice import audio
from takevoice.settled import MOVED
from takevoice.watch import Root, Watcher
from watch.ear import Ear, Start


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def watch(ear: Ear, folder: Path) -> Iterator[Start]:
    started: list[Watcher] = []

    def start(
        quiet: float = 0.1,
        give_up: float = 0.6,
        interval: float = 0.2,
        recursive: bool = True,
        follow_links: bool = False,
        poll: bool | None = None,
        moved: float = MOVED,
    ) -> Watcher:
        watcher = Watcher(
            ear,
            [Root(folder, recursive, ("*_music*",), follow_links=follow_links, poll=poll)],
            suffixes=audio.SUFFIXES,
            completeness=audio.completeness,
            quiet=quiet,
            give_up=give_up,
            interval=interval,
            moved=moved,
        )
        watcher.start()
        started.append(watcher)
        wait_for(watcher.idle)
        return watcher

    yield start
    for watcher in started:
        watcher.stop()

"""The worked episode of the docs, with every command that it names and a real daemon."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from support import Command

sys.path.append(str(Path(__file__).parent.parent / "bench"))


def walked(command: Command, lines: int, seconds: float | None) -> int:
    from episode import Episode

    episode = Episode(command, lines, seconds)
    commands = episode.walk().commands
    delivered = sorted(path.name for path in (command.home / "Delivery" / "Episode3").iterdir())
    assert delivered == sorted(path.name for path in episode._takes)
    return commands


@pytest.mark.process
def test_the_worked_episode_with_two_lines_each(command: Command) -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "episode.md").read_text("utf-8")
    assert f"It takes {walked(command, 36, 0.5)} commands" in page


@pytest.mark.process
@pytest.mark.long
def test_the_worked_episode_with_three_hundred_lines(command: Command) -> None:
    walked(command, 300, None)

"""docs/why-not.md: each situation is made, and the commands say what the page shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support import FAST, Command, make_take
from takevoice.holds import HoldReason
from walked import Walk

PAGE = Path(__file__).parent.parent.parent / "docs" / "why-not.md"


class Desk:
    """Where it all goes wrong."""

    def __init__(self, command: Command) -> None:
        self.command, self.exports = command, command.home / "Exports"
        self.exports.mkdir()
        (command.home / "Desktop").mkdir()
        command.config(f'backend = "local"\n{FAST}\n[[watch]]\nfolder = "{self.exports}"\n[tracks."Off"]\nenabled = false\n')

    def walk(self) -> None:
        steps = {
            "a take on the desktop": lambda: make_take(self.command.home / "Desktop" / "take.wav", 0.3),
            "files that are skipped": self.skipped,
            "a track that is not enabled": lambda: make_take(self.exports / "Off.wav", 0.3),
            "a take that is done": self.done,
            "paused": self.paused,
            "not paused any more": lambda: self.command("resume"),
            "takes that fail": self.fail,
            "a take that was dropped": self.dropped,
        }
        Walk(PAGE, lambda words: self.command(*words, check=None).stdout, self.command.home, steps, same_numbers=False).all()

    def convert(self) -> None:
        self.command("run", "--once", "--osc-port", "0", "--existing", check=None)

    def skipped(self) -> None:
        (self.exports / "film.mp4").write_bytes(b"film")
        make_take(self.exports / ".take.wav", 0.3)

    def done(self) -> None:
        make_take(self.exports / "good.wav", 0.3)
        self.convert()

    def paused(self) -> None:
        self.command("pause")
        self.command("retry", self.command.jobs()[0]["id"])

    def fail(self) -> None:
        self.convert()
        whole = make_take(self.command.home / "whole.wav", 1.86, seed=2).read_bytes()
        (self.exports / "cut.wav").write_bytes(whole[:50_000])
        (self.exports / "fake.wav").write_text("hello")
        self.convert()

    def dropped(self) -> None:
        take = make_take(self.exports / "dropped.wav", 0.3, seed=5)
        self.command("convert", take, "--candidates", "2", "--pick", "ask")
        self.command("drop", take)


@pytest.mark.process
def test_what_the_page_shows_is_what_the_commands_say(command: Command) -> None:
    Desk(command).walk()


def test_the_page_names_every_reason_for_a_hold() -> None:
    table = PAGE.read_text("utf-8").partition("## It is held")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == {reason.code for reason in HoldReason}

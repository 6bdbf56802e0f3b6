"""The worked episode of docs/episode.md as a person would do it: all its commands, a real daemon, three hundred lines.

    python tests/bench/episode.py

prints how many commands there are, and how long they and the conversions took. The tests run it with fewer lines.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent)]

from support import Cli, wait_for
from walked import Walk

PAGE = Path(__file__).parent.parent.parent / "docs" / "episode.md"
OPEN = {"Radio": ("proposed", "like a handset")}


class Episode:
    """A person with an episode: `lines` takes of `seconds` each (None: as long as speech is)."""

    def __init__(self, cli: Cli, lines: int = 300, seconds: float | None = None) -> None:
        from episode_takes import CAST, write_episode, write_line

        self.cli, self.lines, self.seconds = cli, lines, seconds
        self.folder = cli.home / "Dub" / "Episode3"
        self.sheet = cli.home / "cast.csv"
        self.waited: Counter[str] = Counter()
        self._cast, self._write_line, self._write_episode = {each.name: each for each in CAST}, write_line, write_episode
        self._daemon = ExitStack()

    def walk(self) -> Walk:
        """Do all that the page says."""
        steps: dict[str, Callable[[], None]] = {
            "record": lambda: self._made(self._write_episode(self.folder, self.lines, self.seconds)),
            "fill in the sheet": self.fill_in,
            "wait": self.wait,
            "record a retake": lambda: self.retake("Ben", 2 if self.lines < 300 else 7),
            "record a late retake": lambda: self.retake("Mother", 1),
            "recast the radio": self.recast_the_radio,
        }
        walk = Walk(PAGE, self.run, self.cli.home, steps, same_numbers=self.lines == 300)
        with self._daemon:
            walk.all()
        return walk

    def recast_the_radio(self) -> None:
        """Change one cell of the newer sheet, as in a spreadsheet."""
        sheet = self.cli.home / "cast2.csv"
        text = sheet.read_text("utf-8-sig")
        assert "Radio,theo," in text
        sheet.write_text(text.replace("Radio,theo,", "Radio,oscar,"), "utf-8-sig")

    def run(self, words: list[str]) -> str:
        """Run a command as the page has it; what takevoice asks is agreed to, as it has no terminal here."""
        began = time.monotonic()
        try:
            if words == ["run"]:
                # A free port, as other tests run at the same time.
                self._daemon.enter_context(self.cli.daemon("--osc-port", "0"))
                return ""
            asks = words[:2] in (["casting", "import"], ["casting", "recast"], ["casting", "audition"])
            return self.cli(*words, *(["--yes"] if asks else []), TAKEVOICE_PLAYER="true").stdout
        finally:
            self.waited["commands"] += time.monotonic() - began

    def wait(self) -> None:
        """Wait until nothing is left to do."""
        began = time.monotonic()
        wait_for(self._is_idle, 600)
        self.waited["conversions"] += time.monotonic() - began

    def _is_idle(self) -> bool:
        time.sleep(0.2)
        jobs = self.cli.jobs()
        ended = {"done", "failed", "cancelled", "held"}
        met = {job["path"] for job in jobs if job["changed"] >= Path(job["path"]).stat().st_mtime}
        return all(str(path) in met for path in self._takes) and all(job["state"] in ended for job in jobs)

    def _made(self, takes: list[Path]) -> None:
        self._takes = takes

    def fill_in(self) -> None:
        """Fill in the sheet that takevoice has exported, as a spreadsheet would save it."""
        with self.sheet.open(encoding="utf-8-sig", newline="") as file:
            self._rows = [row for row in csv.DictReader(file) if row["character"] != "Guard 2"]
        assert len(self._rows) == len(self._cast) - 1
        for row in self._rows:
            row["character"] = row["character"].replace("Guard 1", "Guard *")
            state, note = OPEN.get(row["character"], ("approved", ""))
            row.update(voice=self._cast[row["character"].replace("*", "1")].voice, state=state, note=note)
        self.write_sheet()

    def write_sheet(self) -> None:
        """Save the sheet with semicolons, as spreadsheets in half of Europe do."""
        with self.sheet.open("w", encoding="cp1252", newline="") as file:
            writer = csv.DictWriter(file, ["character", "voice", "state", "note"], delimiter=";", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(self._rows)

    def retake(self, name: str, number: int) -> None:
        """Render a line again over the old one."""
        self._write_line(self.folder, self._cast[name], number, take=1, seconds=self.seconds)


def main() -> None:
    """Walk through the whole episode, and print the figures."""
    with tempfile.TemporaryDirectory() as home:
        cli = Cli(Path(home))
        episode = Episode(cli)
        walk = episode.walk()
        print(f"{walk.commands} commands: {episode.waited['commands']:.0f} s; waiting for conversions: {episode.waited['conversions']:.0f} s")
        print(f"{len(cli.jobs())} jobs, {len(list(episode.folder.rglob('*.wav')))} files in the folder")


if __name__ == "__main__":
    main()

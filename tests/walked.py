"""Walks through a page of the docs: runs its commands in order, and compares what they print with what the page shows.

A block without a language holds commands, one with `text` what the last block of commands printed; `...` stands for any lines.
A comment such as `<!-- step: wait -->` is something that a person does in between.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_PART = re.compile(r"^```(?P<language>\w*)\n(?P<body>.*?)^```$|^<!-- step: (?P<step>.+?) -->$", re.MULTILINE | re.DOTALL)


@dataclass
class Walk:
    """`run` runs the words of a command, and returns what it printed; `steps` are what a person does, by name.

    `same_numbers` is False where the page speaks of another number of takes.
    """

    page: Path
    run: Callable[[list[str]], str]
    home: Path
    steps: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    same_numbers: bool = True
    commands: int = 0
    printed: str = ""

    def all(self) -> None:
        """Walk to the end of the page."""
        for part in _PART.finditer(self.page.read_text("utf-8")):
            if part["step"]:
                self.steps[part["step"]]()
            elif not part["language"]:
                self.printed = "".join(self._command(line) for line in part["body"].splitlines())
            elif part["language"] == "text":
                self._compare(part["body"])

    def _command(self, line: str) -> str:
        name, *words = shlex.split(line, comments=True)
        assert name == "takevoice", line
        self.commands += 1
        return self.run([re.sub("^~", str(self.home), word) for word in words])

    def _compare(self, shown: str) -> None:
        wanted, said = (self._plain(text) for text in (shown, self.printed))
        expression = re.escape(wanted).replace(re.escape("...\n"), r"(?:.*\n)*?")
        assert re.fullmatch(expression, said), f"the page shows\n{shown}\nand takevoice printed\n{self.printed}"

    def _plain(self, text: str) -> str:
        text = text.replace(str(self.home / "config"), "~/.config").replace(str(self.home), "~")
        if self.same_numbers:
            return text
        # Other numbers mean other plurals, and other names in lists.
        text = re.sub(r": Anna \(.* and 6 more\.", ": N.", text)
        text = re.sub(r" +", " ", re.sub(r"\d+", "N", text).replace("minutes", "seconds"))
        return re.sub(r"\b(N \w+?)s?\b", r"\1", text)

"""What must not be in a report that is pasted into an issue: names of users and files, keys, paths."""

from __future__ import annotations

import contextlib
import getpass
import io
import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from takevoice.errors import printable

_PUBLIC = {"root", "takevoice"}  # user names that say nothing about a person
_QUOTED = re.compile(r"""(['"])(?:(?!\1).)*[/\\](?:(?!\1).)*\1""")
_REST = re.compile(r"\S*[/\\].*", re.DOTALL)


def hider(private: Sequence[Path]) -> Callable[[str], str]:
    """Return a function that takes these paths, the home folder and the user's name out of a text."""
    words = {word for path in (*private, Path.home()) for word in _spellings(path)} - {""}
    patterns = [re.compile(re.escape(word), re.IGNORECASE) for word in sorted(words, key=len, reverse=True)]
    names = [re.compile(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", re.IGNORECASE) for name in _names()]

    def hide(text: str) -> str:
        for pattern in patterns:
            text = pattern.sub("~", text)
        for name in names:
            text = name.sub("USER", text)
        return printable(text)

    return hide


def described(error: BaseException) -> str:
    """Return an error without the names of files: errors of the system end with one, others may have one anywhere.

    A path that is not quoted may contain spaces, so nothing that follows it is kept.
    """
    if isinstance(error, OSError) and error.errno is not None:
        return f"{type(error).__name__}: {error.strerror} ({getattr(error, 'winerror', None) or error.errno})"
    return f"{type(error).__name__}: {_REST.sub('PATH ...', _QUOTED.sub('PATH', str(error)))}"


@contextmanager
def only_the_report() -> Iterator[None]:
    """Keep log lines, warnings and other text for the standard error stream, which name files, from getting in between."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _spellings(path: Path) -> Iterator[str]:
    """Yield a path as the parts of the system spell it; errors of Windows have each backslash twice."""
    for text in (str(path), os.path.realpath(path)):
        if len(text.strip("/\\")) > 1:  # the root is no secret, and everywhere
            yield from (text, text.replace("\\", "\\\\"), text.replace("\\", "/"))


def _names() -> Sequence[str]:
    """Return the user's names: that of the account, and that of the home folder."""
    try:
        account = getpass.getuser()
    except (OSError, KeyError, ImportError):
        account = ""
    found = {account, Path.home().name}
    return sorted(
        (name for name in found if len(name) > 1 and name.lower() not in _PUBLIC), key=len, reverse=True
    )

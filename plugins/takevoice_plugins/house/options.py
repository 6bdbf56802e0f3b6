"""The options of the house's server: house.toml in its state dir."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from takevoice import errors, private_folder, write_atomic

BASE_URL = "https://api.elevenlabs.io"
AUTO, PAID, LOCAL, NEURAL = "auto", "elevenlabs", "local", "neural"
ENGINES = (LOCAL, NEURAL)  # convert for nothing
SHARES = ("house", "project", "key")

TEMPLATE = """\
# The house's server: `takevoice serve --house` reads this file when it starts. A line with # in front is not in force.

# Money. There are no caps unless you set them; these are examples:
# per_day = 500000                              # credits that the house may use in a day
# projects = { dune = 20000, arrakis = 5000 }   # credits that a project may use in a day
# A person's cap is set with the key: takevoice house add NAME --cap N

# Other examples; without these, there is none:
# slots = 15              # most conversions at once at the service; without it, what the service allows
# free = ["local"]        # engines whose voices are offered besides, for nothing: local-george is the local engine's george
# database = "postgresql://house@localhost/house"   # only for workers on other machines

# The rest as it is without a line of yours:
# backend = "auto"        # "elevenlabs", "local", "neural", or "auto": elevenlabs if there is a key for it, else local
# base_url = "https://api.elevenlabs.io"   # the address of the service
# share = "house"         # who gets answers that are kept: all of the "house", those of the same "project" or the same "key"
# keep_days = 30          # how long answers are kept
# keep_gb = 500           # and how much room they may take
# wait = 120              # seconds that a request may wait for its turn; then its station is asked to come back
# history_wait = 30       # seconds until a lost answer that is not in the account's history counts as never made
"""


OPTIONS = "house.toml"


@dataclass(frozen=True)
class HouseOptions:
    """The options; times in seconds, costs in credits."""

    backend: str = AUTO
    free: Sequence[str] = ()
    base_url: str = BASE_URL
    slots: int | None = None
    per_day: float | None = None
    share: str = "house"
    keep_days: float = 30.0
    keep_gb: float = 500.0
    wait: float = 120.0
    history_wait: float = 30.0
    database: str = ""
    projects: Mapping[str, float] = field(default_factory=dict)


def in_force(options: HouseOptions) -> str:
    """Return the caps that are in force, in words."""
    caps = [] if options.per_day is None else [f"{options.per_day:,.0f} credits for the house"]
    caps += [f"{cap:,.0f} for {project}" for project, cap in options.projects.items()]
    return ", ".join(caps) if caps else "none for the house or a project; per_day and projects in house.toml set them"


def read_options(path: Path) -> HouseOptions:
    """Return the options of a file, which is made where there is none.

    Raises:
        ConfigError: lists every invalid key and value.
    """
    try:
        if not path.exists():
            private_folder(path.parent)
            write_atomic(path, TEMPLATE.encode("utf-8"), private=True)  # a database's address may have a password
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise errors.ConfigError(f"is not TOML: {error}", where=str(path)) from None
    problems = [f"{path}: {problem}" for name, value in table.items() if (problem := _problem(name, value))]
    if problems:
        raise errors.ConfigError("; ".join(problems), problems=tuple(problems))
    return HouseOptions(**table)


def _problem(name: str, value: Any) -> str:
    known = [each.name for each in fields(HouseOptions)]
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        return f"{name} is not an option; " + (f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}")
    wrong = _CHECKS[name](value)
    return f"{name} {wrong}" if wrong else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(low: float, high: float) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        return "" if _is_number(value) and low <= value <= high else f"must be a number from {low:g} to {high:g}"

    return check


def _one_of(*names: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        return "" if value in names else f"must be one of {', '.join(names)}"

    return check


def _starts(*starts: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        return "" if isinstance(value, str) and value.startswith(starts) else f"must begin with {' or '.join(starts)}"

    return check


def _slots(value: Any) -> str:
    good = isinstance(value, int) and _is_number(value) and 1 <= value <= 100
    return "" if good else "must be a whole number from 1 to 100"


def _engines(value: Any) -> str:
    good = isinstance(value, list) and all(each in ENGINES for each in value)
    return "" if good else f"must be a list of {' and '.join(ENGINES)}"


def _projects(value: Any) -> str:
    """Return what is wrong; also an option in this table, which was meant for the house: no cap would be in force."""
    if isinstance(value, Mapping):
        options = {_plain(each.name): each.name for each in fields(HouseOptions)}
        for name in value:
            if (option := options.get(_plain(name))) is not None:
                return (
                    f"has {name}, which is the option {option}: TOML reads all lines below [projects] as projects. Write {option} above "
                    "[projects] (a project cannot have the name of an option)"
                )
    good = isinstance(value, Mapping) and all(_is_number(cap) and cap >= 0 for cap in value.values())
    return "" if good else "must be a table of projects and credits a day, such as { dune = 20000 }"


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "").replace("-", "")


_CHECKS: Mapping[str, Callable[[Any], str]] = {
    "backend": _one_of(AUTO, PAID, *ENGINES),
    "free": _engines,
    "base_url": _starts("https://", "http://"),
    "slots": _slots,
    "per_day": _number(0, 1e12),
    "share": _one_of(*SHARES),
    "keep_days": _number(0, 36_500),
    "keep_gb": _number(0, 1e6),
    "wait": _number(1, 3600),
    "history_wait": _number(0, 86_400),
    "database": _starts("postgresql://", "postgres://"),
    "projects": _projects,
}

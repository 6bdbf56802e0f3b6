"""Packages whose names are loaded when they are first used: a command pays only for what it needs.

`typing` itself takes longer to load than everything that `takevoice jobs` needs of takevoice. So modules that quick
commands load import `TYPE_CHECKING` from here; type checkers know the name wherever it comes from.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping

TYPE_CHECKING = False

if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def exports(package: str, modules: Mapping[str, str]) -> tuple[list[str], Callable[[str], Any]]:
    """Return `__all__` and `__getattr__` of a package (PEP 562), for the names that its modules define.

    `modules`: by the full name of a module, the names that it defines, with blanks between them. A name that is the last
    part of its module's name stands for the module itself. Type checkers need imports of the same names behind
    `TYPE_CHECKING`.
    """
    places = {name: module for module, names in modules.items() for name in names.split()}

    def load(name: str) -> Any:
        try:
            place = places[name]
        except KeyError:
            raise AttributeError(f"module {package!r} has no attribute {name!r}") from None
        module = importlib.import_module(place)
        value = module if place.endswith(f".{name}") else getattr(module, name)
        setattr(sys.modules[package], name, value)  # from now on it is found without this function
        return value

    return [*places], load


def load_all(package: ModuleType) -> None:
    """Load every name of a package that `exports` defines."""
    for name in package.__all__:
        getattr(package, name)

"""Starts the program from its folder: `python .../neural/child`, whatever else that Python has installed."""

import importlib
import importlib.util
import sys
from pathlib import Path

NAME = "takevoice_neural_child"
FOLDER = Path(__file__).parent


def start() -> None:
    """Import this folder as a package of its own, and serve until the input ends."""
    spec = importlib.util.spec_from_file_location(NAME, FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)])
    if spec is None or spec.loader is None:
        raise ImportError(f"{FOLDER} cannot be imported")
    sys.modules[NAME] = package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    importlib.import_module(f"{NAME}.serve").main()


if __name__ == "__main__":
    start()

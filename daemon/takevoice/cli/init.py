"""takevoice init: a config with every key, commented."""

from __future__ import annotations

import argparse
from pathlib import Path

from takevoice.cli import FAILED, OK
from takevoice.errors import ConfigError, StorageError, printable
from takevoice.paths import config_dir
from takevoice.settings import CONFIG_NAME, config_template


def run(args: argparse.Namespace) -> int:
    """Write the config; one that is there is never overwritten."""
    path = args.config or config_dir() / CONFIG_NAME
    content = _content(args.folder if args.folder.startswith("~") else str(Path(args.folder).absolute()))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        print(f"{printable(path)} is there already and stays as it is; --config FILE writes another one")
        return FAILED
    except OSError as error:
        raise StorageError(
            f"cannot be written: {error.strerror}",
            where=str(path),
            hint="name another place with --config FILE",
        ) from error
    print(
        f"{printable(path.absolute())} is written. Set what you want in it, then start `takevoice run{'' if args.config is None else f' --config {path}'}`."
    )
    return OK


def _content(folder: str) -> bytes:
    """Return the config; raises ConfigError when it cannot hold the name of the folder, as TOML is UTF-8."""
    try:
        return config_template(folder).encode()
    except UnicodeEncodeError as error:
        raise ConfigError(
            "has bytes in its name that are no UTF-8, which a config cannot hold",
            where=folder,
            hint="rename it, or name it at each start: `takevoice run FOLDER`",
        ) from error

"""takevoice init: a config with every key, commented."""

from __future__ import annotations

import argparse
from pathlib import Path

from takevoice.cli import FAILED, OK
from takevoice.errors import StorageError, printable
from takevoice.paths import config_dir
from takevoice.settings import CONFIG_NAME, config_template


def run(args: argparse.Namespace) -> int:
    """Write the config; one that is there is never overwritten."""
    path = args.config or config_dir() / CONFIG_NAME
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(
                config_template(
                    args.folder if args.folder.startswith("~") else str(Path(args.folder).absolute())
                )
            )
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

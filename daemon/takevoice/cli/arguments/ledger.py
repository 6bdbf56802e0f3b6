"""The arguments of `takevoice ledger`."""

from __future__ import annotations

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice ledger backup ~/Backups
  takevoice ledger check
  takevoice ledger check ~/Backups/takevoice-ledger-2026-11-26.sqlite3
  takevoice ledger recover
  takevoice ledger move /Users/ann/Dub /home/ann/Dub
`backup` also works while takevoice is running, and overwrites nothing; `recover` and `move` need takevoice stopped."""
    parser.add_argument("action", choices=("backup", "check", "recover", "move"), help="what to do")
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="the file of the backup, or a folder for it; for `check`, a backup to check; for `move`, the folder as it was called",
    )
    parser.add_argument("new", nargs="?", type=Path, metavar="NEW", help="with `move`: the folder as it is called now")
    parser.add_argument(
        "--force", action="store_true", help="with `recover`: make a new ledger although the old one is sound"
    )

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
`backup` also works while takevoice is running, and overwrites nothing; `recover` needs takevoice stopped."""
    parser.add_argument("action", choices=("backup", "check", "recover"), help="what to do")
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="the file of the backup, or a folder for it; for `check`, a backup to check",
    )
    parser.add_argument(
        "--force", action="store_true", help="with `recover`: make a new ledger although the old one is sound"
    )

"""takevoice release: convert held jobs."""

from __future__ import annotations

import argparse

from takevoice.cli.held import for_each_held
from takevoice.service.office import Office


def run(args: argparse.Namespace) -> int:
    """Release each job; exit code 1 when one cannot be."""
    return for_each_held(args, Office.release, "released", pays=True)

"""takevoice install audacity: prints how to enable mod-script-pipe. Audacity keeps its own list of modules."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from takevoice.cli.install.plan import Plan

STEPS = (
    "In Audacity, open Edit > Preferences > Modules, set mod-script-pipe to Enabled, and restart Audacity.",
    "Select part of one audio track, and run `takevoice audacity` in a terminal, or assign a desktop shortcut to that command.",
)


def plans(
    into: Sequence[Path],  # noqa: ARG001 - as all targets
    state: Path,  # noqa: ARG001
    *,
    check: bool,  # noqa: ARG001
    install: bool,  # noqa: ARG001
) -> Sequence[Plan]:
    """Return the steps; there are no files."""
    return [Plan({}, STEPS)]

"""takevoice install audacity: prints how to enable mod-script-pipe. Audacity keeps its own list of modules."""

from __future__ import annotations

from pathlib import Path

from takevoice.cli.install.files import Plan

STEPS = (
    "In Audacity, open Edit > Preferences > Modules, set mod-script-pipe to Enabled, and restart Audacity.",
    "Select part of one audio track, and run `takevoice audacity` in a terminal, or assign a desktop shortcut to that command.",
)


def plan(into: Path | None, state: Path, *, install: bool) -> Plan:  # noqa: ARG001 - as all targets
    """Return the steps; there are no files."""
    return Plan({}, STEPS)

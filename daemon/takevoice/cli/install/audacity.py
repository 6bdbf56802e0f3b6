"""takevoice install audacity: nothing to write, for Audacity keeps its own list of modules; the clicks that enable one."""

from __future__ import annotations

from pathlib import Path

from takevoice.cli.install.files import Plan

STEPS = (
    "In Audacity, open Edit > Preferences > Modules, set mod-script-pipe to Enabled, and start Audacity again.",
    "Select a part of one audio track, and run `takevoice audacity` in a terminal, or give that command a key of your desktop.",
)


def plan(into: Path | None, state: Path) -> Plan:  # noqa: ARG001 - as all targets
    """No files, only the steps."""
    return Plan({}, STEPS)

"""What `takevoice doctor` says about the [tracks] of the config: entries that no take matches."""

from __future__ import annotations

from collections.abc import Iterator

from takevoice.cli.finding import Finding
from takevoice.errors import LedgerError
from takevoice.ledger import Ledger
from takevoice.paths import StateDir
from takevoice.pipeline.casting import unmatched
from takevoice.settings import LoadedConfig
from takevoice.settings.editing import table_of

SHOWN = 3  # tracks


def tracks(loaded: LoadedConfig, state: StateDir) -> Iterator[Finding]:
    """Report the entries that no track met so far matches; one that is the beginning of others' names is a mistake."""
    if not loaded.settings.tracks:
        return
    try:
        ledger = Ledger(state.ledger, read_only=True)
    except (FileNotFoundError, LedgerError):
        return  # there are no jobs yet; a damaged ledger has a line of its own
    try:
        met = ledger.casting.met()
    except LedgerError:
        return
    finally:
        ledger.close()
    without = unmatched(loaded, met) if met else {}
    waiting = [table_of(entry) for entry, near in without.items() if not near]
    for entry, near in without.items():
        if near:
            others = f" and {len(near) - SHOWN} more" if len(near) > SHOWN else ""
            yield Finding(
                "tracks",
                False,
                f"no take is of {table_of(entry)}: the tracks met are {', '.join(near[:SHOWN])}{others}",
                f'set `track` in [[watch]], such as "{{track}}_{{take}}", so that the number is no part of the track; or name the table "{entry}*"',
            )
    if waiting:
        yield Finding("tracks", True, f"no take so far is of {', '.join(waiting)}")
    elif not without:
        yield Finding("tracks", True, f"takes were met of all {len(loaded.settings.tracks)} entries of [tracks]" if met else "no take was met yet")

"""The parts that settle with other machines who converts a take of a shared folder, put together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from takevoice.ledger import Ledger
from takevoice.paths import StateDir
from takevoice.pipeline.claim_owner import ClaimOwner
from takevoice.pipeline.claim_waits import ClaimWaits
from takevoice.pipeline.claim_watch import ClaimWatch
from takevoice.pipeline.claims import Claims
from takevoice.pipeline.elsewhere import Elsewhere
from takevoice.pipeline.events import Events
from takevoice.pipeline.planning import Planner
from takevoice.pipeline.shares import Shares
from takevoice.service import claim_keeper
from takevoice.service.claim_keeper import ClaimKeeper


def claim_parts(
    ledger: Ledger,
    events: Events,
    planner: Planner,
    state: StateDir,
    stopping: threading.Event,
    on_lifted: Callable[[int], None],
    is_shared_here: Callable[[Path], bool],
) -> tuple[Elsewhere, ClaimKeeper]:
    """Return what the pipeline asks, and the thread that keeps the claims; `on_lifted` gets jobs that are not held any more.
    `is_shared_here` is True for a folder that another takevoice on this machine works in."""
    owner, watch = ClaimOwner(state.claims), ClaimWatch(claim_keeper.STALE, 2 * claim_keeper.LOOK)
    shares, waits = Shares(planner, is_shared_here), ClaimWaits(watch)
    waits.subscribe(on_lifted=on_lifted)
    claims = Claims(ledger, shares, owner, watch, waits)
    look, beat, idle = claim_keeper.LOOK, claim_keeper.BEAT, claim_keeper.IDLE
    return Elsewhere(ledger, events, planner, shares, claims), ClaimKeeper(claims, stopping, look=look, beat=beat, idle=idle)

"""The tracks that takes were met for, or that the config names, and who speaks them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence, Set

from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.pipeline.folder_voices import settings_in_folders
from takevoice.pipeline.planning import Planner
from takevoice.service.office.views import TrackView
from takevoice.settings import LoadedConfig, each_of
from takevoice.take_settings import AUTO


def track_views(ledger: Ledger, planner: Planner | None, config: LoadedConfig | None, in_config: Collection[str]) -> Sequence[TrackView]:
    """Return all tracks by name; without a planner (the config cannot be used), no voices. `in_config`: exact names."""
    jobs: dict[str, dict[State, int]] = defaultdict(dict)
    seconds, changed = defaultdict[str, float](float), ledger.search.last_changes()
    for each in ledger.search.tracks():
        jobs[each.track][each.state] = each.jobs
        seconds[each.track] += each.seconds
    results: dict[str, list[tuple[set[str], int]]] = defaultdict(list)
    for made in ledger.search.results():
        results[made.track].append(({made.voice.casefold(), made.voice_id.casefold()}, made.results))
    found = []
    for track in sorted({*jobs, *in_config}):
        voice, source, fitting = _voice(planner, config, track)
        others = (count for voices, count in results[track] if voice not in ("", AUTO) and not fitting & voices)
        found.append(TrackView(track, voice, source, jobs[track], seconds[track], sum(others), changed.get(track) or 0.0))
    return found


def _voice(planner: Planner | None, config: LoadedConfig | None, track: str) -> tuple[str, str, Set[str]]:
    """Return the voice in force, where it comes from, and all that a result may be by: a person may pick any candidate."""
    if planner is None or config is None:
        return "", "", frozenset()
    possible = settings_in_folders(planner, config, track)
    voices = {voice.casefold() for one in possible for voice in (one.settings.voice, *(each.voice for each in each_of(one.settings)))}
    return possible[0].settings.voice, possible[0].sources["voice"], voices

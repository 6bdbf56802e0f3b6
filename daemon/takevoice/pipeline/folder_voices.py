"""The settings that a track may have where watched folders have voices of their own."""

from __future__ import annotations

from collections.abc import Sequence

from takevoice.pipeline.planning import Planner
from takevoice.settings import EffectiveSettings, LoadedConfig


def settings_in_folders(planner: Planner, config: LoadedConfig, track: str) -> Sequence[EffectiveSettings]:
    """Return one for each watched folder whose voice counts for the track, after the one for all others, if there are any."""
    anywhere, watched = planner.settings_of_track(track), config.settings.watch
    with_voice = [watch for watch in watched if watch.voice is not None]
    if not with_voice or anywhere.sources["voice"] not in ("built in", f"{config.source} [defaults]"):
        return [anywhere]  # its own voice counts in every folder
    inside = [planner.settings_of_track(track, watch) for watch in with_voice]
    return inside if len(inside) == len(watched) else [anywhere, *inside]

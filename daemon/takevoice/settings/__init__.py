"""Settings: the config file, its checks, and what holds for a take."""

from takevoice.settings.commented import commented_config
from takevoice.settings.load import (
    Loaded,
    check_overrides,
    find_config,
    load,
    osc_folders,
    parse_overrides,
    watch_root,
)
from takevoice.settings.model import BUILT_IN, CONFIG_NAME, Money, Osc, Settings, TrackSettings, Watch
from takevoice.settings.naming import original_name, output_names, safe
from takevoice.settings.resolve import Effective, request_for, request_hash, resolve, settings_hash
from takevoice.settings.tracks import track_from_name

__all__ = [
    "BUILT_IN",
    "CONFIG_NAME",
    "Effective",
    "Loaded",
    "Money",
    "Osc",
    "Settings",
    "TrackSettings",
    "Watch",
    "check_overrides",
    "commented_config",
    "find_config",
    "original_name",
    "load",
    "osc_folders",
    "output_names",
    "parse_overrides",
    "request_for",
    "request_hash",
    "resolve",
    "safe",
    "settings_hash",
    "track_from_name",
    "watch_root",
]

"""Settings: the config file, its checks, and what holds for a take."""

from takevoice.settings.layers import EffectiveSettings, request_for, request_hash, resolve, settings_hash
from takevoice.settings.load import (
    LoadedConfig,
    check_overrides,
    find_config,
    load,
    osc_folders,
    parse_overrides,
    watch_root,
)
from takevoice.settings.model import BUILT_IN, CONFIG_NAME, Money, Osc, Settings, TrackSettings, Watch
from takevoice.settings.naming import original_name, output_names, safe
from takevoice.settings.template import config_template
from takevoice.settings.track_match import track_from_name

__all__ = [
    "BUILT_IN",
    "CONFIG_NAME",
    "EffectiveSettings",
    "LoadedConfig",
    "Money",
    "Osc",
    "Settings",
    "TrackSettings",
    "Watch",
    "check_overrides",
    "config_template",
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

"""Settings: the config file, its validation, and the settings in force for a take."""

from takevoice.settings.layers import (
    EffectiveSettings,
    TrackOverrides,
    answer_key,
    family_hash,
    request_for,
    request_hash,
    resolve,
    settings_hash,
)
from takevoice.settings.load import (
    CurrentConfig,
    LoadedConfig,
    check_overrides,
    find_config,
    load,
    osc_folders,
    parse_overrides,
    request_overrides,
    warn_ignored,
    watch_root,
)
from takevoice.settings.model import CONFIG_NAME, Money, Osc, Settings, TrackSettings, Watch
from takevoice.settings.naming import (
    CANDIDATES,
    RESERVED,
    NameFields,
    original_name,
    output_names,
    plain_name,
    safe,
)
from takevoice.settings.template import config_template
from takevoice.settings.track_match import is_glob, track_from_name
from takevoice.settings.variations import count_of, each_of, pinned

__all__ = [
    "CANDIDATES",
    "CONFIG_NAME",
    "CurrentConfig",
    "EffectiveSettings",
    "LoadedConfig",
    "Money",
    "NameFields",
    "RESERVED",
    "Osc",
    "Settings",
    "TrackOverrides",
    "TrackSettings",
    "Watch",
    "answer_key",
    "request_hash",
    "request_overrides",
    "check_overrides",
    "config_template",
    "count_of",
    "each_of",
    "family_hash",
    "pinned",
    "find_config",
    "is_glob",
    "load",
    "original_name",
    "osc_folders",
    "output_names",
    "parse_overrides",
    "plain_name",
    "request_for",
    "resolve",
    "safe",
    "settings_hash",
    "track_from_name",
    "warn_ignored",
    "watch_root",
]

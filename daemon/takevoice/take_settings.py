"""The settings in force for one take: each with its type and its built-in value.

Plain values that load nothing heavy. Ranges and descriptions are those of `settings.model.TrackSettings`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

AUTO = "auto"
DEFAULT_MODEL = "eleven_multilingual_sts_v2"


@dataclass(frozen=True)
class TakeSettings:
    """Every setting of a take. None leaves the choice to the backend, or to the voice's stored settings."""

    enabled: bool = True
    voice: str = AUTO
    model: str = DEFAULT_MODEL
    output_format: str = AUTO
    stability: float | None = None
    similarity_boost: float | None = None
    style: float | None = None
    use_speaker_boost: bool | None = None
    source: str | None = None
    keep_pitch: str | None = None
    seed: int | None = None
    remove_background_noise: bool = False
    file_format: str = "other"
    enable_logging: bool = True
    optimize_streaming_latency: int | None = None
    channels: int | str | tuple[int | str, ...] = AUTO
    level: float | str = "match"
    true_peak: float = -1.0
    room_tone: bool = False
    keep_tones: bool | str = AUTO
    dither: bool = True
    result_format: str = "same"
    output_folder: str = ""
    output_name: str = "{stem}.{voice}"
    on_rerender: str = "number"
    done_folder: str = ""
    candidates: int | tuple[Mapping[str, Any], ...] = 1
    pick: str = "first"

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> TakeSettings:
        """Return stored settings; one that an older version did not know yet has its built-in value."""
        values: dict[str, Any] = {}
        for name in SETTING_NAMES:
            if name in stored:
                value = stored[name]
                values[name] = tuple(value) if isinstance(value, list) else value
        return cls(**values)

    def as_dict(self) -> dict[str, Any]:
        """Return all settings as plain JSON values, in the order of the fields."""
        return dict(self._values)

    @cached_property
    def _values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in SETTING_NAMES}  # lists need this often, of settings that many jobs share


SETTING_NAMES = tuple(field.name for field in fields(TakeSettings))
BUILT_IN = TakeSettings()
"""The settings of a take where nothing is configured."""

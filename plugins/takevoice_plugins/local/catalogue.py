"""The preset voices, as parameters of fictitious speakers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PresetVoice:
    """A preset voice."""

    id: str
    gender: str
    age: str
    description: str
    f0: float  # Hz, the median
    f0_range: float  # excursions of F0 relative to the source's
    tract: (
        float  # formant factor relative to the average voice; above 1 is a shorter vocal tract, and brighter
    )
    tilt: float  # dB per octave above 1 kHz
    breath: float  # 0 to 1
    signature: int  # seed of the spectral details that distinguish this voice

    @property
    def name(self) -> str:
        """The name, which is also used in the names of results."""
        return self.id


PRESETS = (
    PresetVoice("ada", "female", "adult", "clear and warm, mid register", 198, 1.10, 1.13, 0.3, 0.06, 11),
    PresetVoice("george", "male", "adult", "calm, low register", 106, 1.00, 0.95, -0.3, 0.00, 23),
    PresetVoice("bruno", "male", "adult", "dark bass", 84, 0.95, 0.95, -1.2, 0.00, 37),
    PresetVoice("oscar", "male", "young", "light tenor, lively", 134, 1.15, 0.97, 0.6, 0.00, 41),
    PresetVoice("edgar", "male", "old", "thin and breathy, mid register", 122, 0.85, 0.98, -0.8, 0.30, 59),
    PresetVoice("theo", "male", "young", "bright, near a boy's", 158, 1.10, 0.97, 0.9, 0.05, 67),
    PresetVoice("mara", "female", "adult", "deep and soft", 166, 0.95, 0.96, -0.5, 0.15, 73),
    PresetVoice("vera", "female", "old", "dry and breathy, low register", 178, 0.85, 0.98, -1.0, 0.30, 83),
    PresetVoice("june", "female", "young", "bright and quick, high register", 222, 1.20, 1.18, 0.9, 0.08, 97),
    PresetVoice("iris", "female", "adult", "airy, high register", 212, 1.00, 1.10, -0.2, 0.25, 101),
    PresetVoice("nora", "female", "child", "a girl of about ten", 262, 1.15, 1.26, 0.8, 0.08, 113),
    PresetVoice("pip", "male", "child", "a small boy", 290, 1.20, 1.31, 1.0, 0.05, 127),
)
"""In the order of `takevoice voices`; the first is the default."""

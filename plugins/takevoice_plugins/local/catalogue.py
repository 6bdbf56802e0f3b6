"""The designed voices: parameters of people who do not exist."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DesignedVoice:
    """One voice. `tract` 1.0 is a grown-up of middling size; above is shorter, and brighter."""

    id: str
    gender: str
    age: str
    description: str
    f0: float  # Hz, the median
    f0_range: float  # 1: as lively as the source
    tract: float  # formant factor against the average voice
    tilt: float  # dB per octave above 1 kHz
    breath: float  # 0 to 1
    signature: int  # seed of what makes the spectrum this voice's own

    @property
    def name(self) -> str:
        """The name, as it also stands in the names of results."""
        return self.id


PRESETS = (
    DesignedVoice("ada", "female", "adult", "clear and warm, mid register", 198, 1.10, 1.13, 0.3, 0.06, 11),
    DesignedVoice("george", "male", "adult", "calm, low register", 106, 1.00, 0.95, -0.3, 0.00, 23),
    DesignedVoice("bruno", "male", "adult", "dark bass", 84, 0.95, 0.88, -1.2, 0.00, 37),
    DesignedVoice("oscar", "male", "young", "light tenor, lively", 134, 1.15, 1.02, 0.6, 0.00, 41),
    DesignedVoice("edgar", "male", "old", "thin and breathy, mid register", 122, 0.85, 0.98, -0.8, 0.30, 59),
    DesignedVoice("theo", "male", "young", "bright, near a boy's", 158, 1.10, 1.09, 0.9, 0.05, 67),
    DesignedVoice("mara", "female", "adult", "deep and soft", 166, 0.95, 1.07, -0.5, 0.15, 73),
    DesignedVoice("vera", "female", "old", "dry and breathy, low register", 178, 0.85, 1.04, -1.0, 0.30, 83),
    DesignedVoice(
        "june", "female", "young", "bright and quick, high register", 222, 1.20, 1.18, 0.9, 0.08, 97
    ),
    DesignedVoice("iris", "female", "adult", "airy, high register", 210, 1.00, 1.10, -0.2, 0.25, 101),
    DesignedVoice("nora", "female", "child", "a girl of about ten", 262, 1.15, 1.26, 0.8, 0.08, 113),
    DesignedVoice("pip", "male", "child", "a small boy", 290, 1.20, 1.31, 1.0, 0.05, 127),
)
"""In the order in which they are listed; the first is the default."""

"""Timecode (SMPTE ST 12-1): where a video starts, in seconds since midnight. Pure."""

from __future__ import annotations

import re
from fractions import Fraction

_TIMECODE = re.compile(r"(\d\d):(\d\d):(\d\d)([:;.,])(\d\d\d?)")
_NTSC = 1001


def seconds_of(timecode: str, rate: Fraction) -> Fraction | None:
    """Return the real time of a timecode at `rate` frames per second; None where one of them is not valid.

    Frames are counted at the nominal rate (30 for 29.97) and last 1 / `rate`, so 01:00:00:00 at 29.97 without drop
    frames is 3603.6 s. A separator other than ":" before the frames means drop frames: at 29.97, the numbers 0 and 1 are
    left out at the start of each minute, except each tenth; at 59.94, the numbers 0 to 3.
    """
    found = _TIMECODE.fullmatch(timecode.strip())
    nominal = round(rate) if rate > 0 else 0
    if found is None or not nominal:
        return None
    hours, minutes, seconds, frames = (int(found[group]) for group in (1, 2, 3, 5))
    if minutes > 59 or seconds > 59 or frames >= nominal:
        return None
    number = ((hours * 60 + minutes) * 60 + seconds) * nominal + frames
    if found[4] != ":" and rate.denominator == _NTSC and nominal % 30 == 0:
        minutes += hours * 60
        number -= nominal // 15 * (minutes - minutes // 10)
    return number / rate

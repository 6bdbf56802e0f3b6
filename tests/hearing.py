"""Moved to `signals`."""

from signals import RATE as RATE
from signals import active_level as active_level
from signals import f0_track as f0_track
from signals import log_mel as log_mel
from signals import long_term as long_term
from signals import median_f0 as median_f0

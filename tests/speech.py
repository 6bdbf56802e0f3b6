"""Moved to `signals`."""

from signals import child as child
from signals import f0_contour as f0_contour
from signals import make_speech as make_speech
from signals import man as man
from signals import woman as woman

"""How many examples property tests try: few while one works on the code, all of them when everything is run."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import settings

FEW = 25


def examples(number: int, **options: Any) -> settings:
    """Settings for `number` examples; `FEW` at most unless TAKEVOICE_TESTS is "all", as it is under `pytest -m ''`."""
    everything = os.environ.get("TAKEVOICE_TESTS") == "all"
    return settings(max_examples=number if everything else min(number, FEW), deadline=None, **options)

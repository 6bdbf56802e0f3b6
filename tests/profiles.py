"""How many examples property tests try: few while one works on the code, all of them when everything is run."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings

FEW = 25


def examples(number: int, **options: Any) -> settings:
    """Return settings for `number` examples; `FEW` at most unless TAKEVOICE_TESTS is "all", as it is under `pytest -m ''`.

    Examples may take as long as they need, and share the fixtures of their test, unless `options` say otherwise.
    """
    everything = os.environ.get("TAKEVOICE_TESTS") == "all"
    usual = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}
    return settings(max_examples=number if everything else min(number, FEW), **{**usual, **options})

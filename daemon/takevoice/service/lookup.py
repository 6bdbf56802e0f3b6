"""What would happen to files: the planner and the assessor, put together once for the daemon and the commands."""

from __future__ import annotations

from takevoice.ledger import Ledger
from takevoice.pipeline.assessment import Assessor
from takevoice.pipeline.existing import Existing
from takevoice.pipeline.planning import Planner
from takevoice.service.environment import Environment


class Lookup:
    """Answers questions about files; stores and sends nothing."""

    def __init__(
        self, environment: Environment, ledger: Ledger, planner: type[Planner] = Planner
    ) -> None:
        """`planner`: `PricePlanner` also answers without a key."""
        config, plugins = environment.config, environment.plugins
        self.planner = planner(config, plugins, ledger.tracks.settings)
        self.existing = Existing(ledger, self.planner, plugins)
        self.assessor = Assessor(ledger, self.planner, plugins, self.existing)

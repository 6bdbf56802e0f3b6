"""What takes would cost, also without a key."""

from __future__ import annotations

from collections.abc import Sequence

from takevoice.backends import AUTO
from takevoice.errors import BackendError, BackendUnavailable
from takevoice.pipeline.planning import Planner
from takevoice.plugins import Plugins
from takevoice.settings import CurrentConfig, TrackOverrides
from takevoice.voices import Backend, Voice


class PricePlanner(Planner):
    """Plans as if the paid backend that is set up were ready: what it costs is known without a key.

    It is for one command: a backend is asked for its voices once, however many takes there are and also when it does not answer.
    """

    def __init__(self, config: CurrentConfig, plugins: Plugins, over_osc: TrackOverrides) -> None:
        super().__init__(config, plugins, over_osc)
        self._listed: dict[str, Sequence[Voice] | BackendError] = {}

    def voices(self, backend: str) -> Sequence[Voice]:
        """Return the voices of a backend; raises BackendError when it cannot list them."""
        if backend not in self._listed:
            try:
                self._listed[backend] = super().voices(backend)
            except BackendError as error:
                self._listed[backend] = error
        listed = self._listed[backend]
        if isinstance(listed, BackendError):
            raise listed
        return listed

    def backend(self) -> Backend:
        """Return the backend that converts, or would convert with a key; raises BackendUnavailable."""
        try:
            return super().backend()
        except BackendUnavailable:
            wanted = self._config.settings.backend
            paid = [each for each in self._plugins.backends() if each.paid and wanted in (each.name, AUTO)]
            if not paid:
                raise
            return next((each for each in paid if each.pending), paid[0])

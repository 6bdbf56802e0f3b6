"""What a worker converts with: the local engine, or the neural backend with the model of this machine."""

from __future__ import annotations

from pathlib import Path

from takevoice.errors import BackendUnavailable
from takevoice_plugins.neural import NAME as NEURAL
from takevoice_plugins.neural import NO_VOICES, Neural
from takevoice_plugins.server.engine import LocalEngine, NeuralEngine

Engine = LocalEngine | NeuralEngine


def own_folder(state: Path) -> Path:
    """Return where a worker keeps the house's voices, apart from those of whoever owns the machine."""
    return state / "worker"


def engine_for(backend: str, state: Path) -> Engine:
    """Return the engine of a worker with the state dir `state`."""
    if backend == NEURAL:
        return NeuralEngine(Neural(state, voices_in=own_folder(state)))
    return LocalEngine(own_folder(state))


def check_neural(state: Path) -> str:
    """Return what the neural backend is here.

    Raises:
        BackendUnavailable: it lacks something besides voices, which come with the takes.
    """
    (found,) = Neural(state, voices_in=own_folder(state)).backends()
    if not found.ready and found.detail != NO_VOICES:
        raise BackendUnavailable(found.detail)
    return "neural; its model is here, and is loaded with the first take"

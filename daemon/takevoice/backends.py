"""Choose the backend that converts. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from takevoice.errors import BackendPending, BackendUnavailable
from takevoice.voices import Backend

AUTO = "auto"
_PREFERRED = ("elevenlabs", "local")  # what "auto" takes: the first that is ready


def choose_backend(wanted: str, backends: Sequence[Backend]) -> Backend:
    """Return the backend to use.

    Raises:
        BackendUnavailable: no backend has that name, or it is not ready; the message says what to do.
        BackendPending: it is set up, but not ready yet. No other one is taken in its place.
    """
    by_name = {backend.name: backend for backend in backends}
    if wanted == AUTO:
        usable = [by_name[name] for name in _PREFERRED if name in by_name]
        for backend in usable:
            if backend.ready:
                return backend
            if backend.pending:
                raise _pending(backend)
        raise BackendUnavailable("no backend is ready", hint="see `takevoice plugins` and `takevoice doctor`")
    if wanted not in by_name:
        near = difflib.get_close_matches(wanted, by_name, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(by_name)) or 'none'}"
        raise BackendUnavailable(f'there is no backend "{wanted}"', hint=hint)
    backend = by_name[wanted]
    if backend.pending and not backend.ready:
        raise _pending(backend)
    if not backend.ready:
        raise BackendUnavailable(f"the backend {wanted} is not ready", hint=backend.detail)
    return backend


def _pending(backend: Backend) -> BackendPending:
    return BackendPending(f"the backend {backend.name} is not ready yet", hint=backend.detail)

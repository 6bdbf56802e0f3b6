"""The window a script draws by itself (gfx)."""

from __future__ import annotations

from .part import Part


class Gfx(Part):
    """The functions of gfx."""

    prefix = "gfx."

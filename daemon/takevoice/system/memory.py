"""How this process gives memory back to the system."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from takevoice.system import current

# mallopt(3) of glibc, malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_KEPT, _MAPPED, _ARENAS = 8 << 20, 2 << 20, 2  # bytes that are not given back; bytes from which on each block is


def keep_freed_memory() -> None:
    """Let the blocks of one take be used again for the next one, instead of being given back and asked for each time.

    The system zeroes each page that it hands out, which costs a tenth of the work on a short take.
    """
    _KEEP[current.name()]()


def _glibc() -> None:
    mallopt = getattr(current.c_library(), "mallopt", None)  # musl has none
    if mallopt is not None:
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
        mallopt(_M_MMAP_THRESHOLD, _MAPPED)
        mallopt(_M_ARENA_MAX, _ARENAS)


def _by_itself() -> None:
    pass


_KEEP: Mapping[str, Callable[[], None]] = {"linux": _glibc, "macos": _by_itself, "windows": _by_itself}

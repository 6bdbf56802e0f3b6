"""Processes that get no more than a part of a processor, by the kernel: a control group (Linux, and root)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PERIOD = 20_000  # microseconds
_V1, _V2 = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")


class NoQuota(Exception):
    """This machine has no control groups that can be used."""


@contextmanager
def limited(pids: list[int], percent: float, name: str) -> Iterator[None]:
    """Let these processes, together, have so many hundredths of one processor. Raises NoQuota."""
    is_v1 = (_V1 / "cpu.cfs_quota_us").exists()
    base = _V1 if is_v1 else _V2
    group, quota = base / f"takevoice-bench-{os.getpid()}-{name}", round(PERIOD * percent / 100)
    try:
        if not is_v1:
            (base / "cgroup.subtree_control").write_text("+cpu")
        group.mkdir()
        if is_v1:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            (group / "cpu.max").write_text(f"{quota} {PERIOD}")
        for pid in pids:
            (group / "cgroup.procs").write_text(str(pid))
    except OSError as error:
        raise NoQuota(f"no control group can be made here: {error}; use --share") from error
    try:
        yield
    finally:
        for pid in pids:
            with suppress(OSError):
                (base / "cgroup.procs").write_text(str(pid))
        with suppress(OSError):
            group.rmdir()

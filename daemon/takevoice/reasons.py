"""The stored reason of a job, taken apart: why it waits or has ended, and the commands that decided about it then.

The commands apply while the job is held. It loads nothing, so that a list of jobs stays quick.
"""

from __future__ import annotations

from takevoice.errors import printable


def split(error: str, job_id: int, path: object = "") -> tuple[str, str]:
    """Return the reason without the file's name, and the commands behind it; either may be empty."""
    before, command, after = error.partition(f"`takevoice release {job_id}`")
    why = before.rstrip("; :") if command else before
    return printable(why).removeprefix(f"{printable(path)}: "), command + after

"""A process without a console."""

from __future__ import annotations

import sys
from typing import Any


def no_console(patch: Any) -> None:
    """Give `run` neither standard output nor standard error, as pythonw.exe does.

    Python, sys: "Under some conditions stdin, stdout and stderr ... can be None. It is usually the case for Windows GUI
    apps that aren't connected to a console and Python apps started with pythonw."
    """
    if "run" in sys.argv[1:4]:
        patch.setattr(sys, "stdout", None)
        patch.setattr(sys, "stderr", None)

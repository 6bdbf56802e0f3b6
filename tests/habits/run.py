"""Run a module of Python under habits: `python run.py NAME[,NAME] MODULE ARGUMENT ...`."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from habits import HABITS, WholeProcess

for name in sys.argv[1].split(","):
    HABITS[name](WholeProcess())
del sys.argv[:2]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)

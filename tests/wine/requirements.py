"""Prints what takevoice and its fast tests need on Windows, one requirement in a line.

pip evaluates conditions such as `sys_platform == "win32"` for the machine it runs on, so the packages that others
need only on Windows are named here.
"""

import sys
import tomllib
from pathlib import Path

ONLY_ON_WINDOWS = ["colorama", "pywin32-ctypes", "tzdata"]
FOR_FAST_TESTS = {"hypothesis", "lupa", "pytest", "pytest-xdist", "wavinfo"}

project = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["project"]
# Conditions are for the machine that pip runs on, too; those of the dependencies all hold on Windows on x86_64.
needed = [line.split(";")[0].strip() for line in project["dependencies"]]
tests = [line for line in project["optional-dependencies"]["test"] if line.split(">")[0] in FOR_FAST_TESTS]
print("\n".join([*needed, *tests, *ONLY_ON_WINDOWS]))

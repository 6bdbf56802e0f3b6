"""Checks of the machine: system, Python, libraries, console."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib import metadata

from takevoice.cli.platform_report.checks import Check, Found
from takevoice.system.os_version import os_version
from takevoice.system.python_origin import long_paths, origin
from takevoice.version import __version__

LIBRARIES = ("soundfile", "numpy", "scipy", "watchdog", "psutil", "keyring", "pydantic", "httpx", "python-osc")


def checks() -> Iterator[Check]:
    """Yield the checks."""
    yield Check("takevoice", "a version", lambda: Found(__version__))
    yield Check("system", "Linux, macOS or Windows", _system)
    yield Check("Python", "3.11 or newer, not from the Microsoft Store", _python)
    yield Check("libraries", "all there", _libraries)
    yield Check("libsndfile", "a version", _libsndfile)
    yield Check("resampler", "soxr or the built-in one", _resampler)
    yield Check("console", "", _console)
    yield Check("long paths", "more than 260 characters", _long_paths)


def _system() -> Found:
    return Found(os_version())


def _python() -> Found:
    made_by = origin()
    environment = ", in a virtual environment" if sys.prefix != sys.base_prefix else ""
    text = f"{platform.python_version()} {platform.architecture()[0]} ({made_by}{environment})"
    return Found(text, sys.version_info >= (3, 11) and made_by != "Microsoft Store")


def _libraries() -> Found:
    found, missing = [], []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    return Found(", ".join(found) + (f"; missing: {', '.join(missing)}" if missing else ""), not missing)


def _libsndfile() -> Found:
    from takevoice.audio.opening import libsndfile_version

    return Found(libsndfile_version())


def _resampler() -> Found:
    from takevoice.audio.resampling import has_soxr

    return Found("soxr" if has_soxr() else "built-in")


def _console() -> Found:
    """Look at the streams that Python began with; a process without a console has none."""
    streams = (sys.__stdin__, sys.__stdout__, sys.__stderr__)
    told = [
        "none" if stream is None else f"{stream.encoding}{', terminal' if stream.isatty() else ''}"
        for stream in streams
    ]
    return Found(" / ".join(told))


def _long_paths() -> Found:
    enabled = long_paths()
    return Found({True: "yes", False: "no", None: "not known"}[enabled], enabled is not False)

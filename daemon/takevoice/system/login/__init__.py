"""Start takevoice at login, by each system's own means: systemd, launchd or Task Scheduler.

The implementations read and write no files and start no programs. They return the files to write and the commands to
run, so each can be tested on any system.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from takevoice.system import current
from takevoice.system.login.interface import Answer, Call, LoginService, Runner, Setup, Status, run
from takevoice.system.login.launchd import Launchd
from takevoice.system.login.systemd import Systemd
from takevoice.system.login.task_scheduler import TaskScheduler

if TYPE_CHECKING:
    from takevoice.system.current import System

__all__ = ["Answer", "Call", "LoginService", "Runner", "Setup", "Status", "login_service", "run"]

SERVICES: Mapping[System, Callable[[Setup], LoginService]] = MappingProxyType(
    {"linux": Systemd, "macos": Launchd, "windows": TaskScheduler}
)


def login_service(setup: Setup, system: System | None = None) -> LoginService:
    """Return the login service of a system (None: of this one)."""
    return SERVICES[system or current.name()](setup)

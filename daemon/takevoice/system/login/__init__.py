"""Start takevoice at login, by each system's own means: systemd, launchd or Task Scheduler.

The implementations read and write no files and start no programs. They return the files to write and the commands to
run, so each can be tested on any system.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType

from takevoice.system.login.interface import Answer, Call, LoginService, Runner, Setup, Status, run
from takevoice.system.login.launchd import Launchd
from takevoice.system.login.systemd import Systemd
from takevoice.system.login.task_scheduler import TaskScheduler

__all__ = ["Answer", "Call", "LoginService", "Runner", "Setup", "Status", "login_service", "run"]

SERVICES: Mapping[str, Callable[[Setup], LoginService]] = MappingProxyType(
    {"darwin": Launchd, "win32": TaskScheduler}
)
"""By `sys.platform`; all other systems use systemd."""


def login_service(setup: Setup, platform: str = sys.platform) -> LoginService:
    """Return the login service of a system."""
    return SERVICES.get(platform, Systemd)(setup)

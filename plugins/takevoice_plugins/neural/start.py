"""Starting the child process: enough memory, the model that was fetched, and what the process says about it."""

from __future__ import annotations

import logging
from pathlib import Path

import psutil

from takevoice import errors
from takevoice_plugins.neural.child_process import ChildProcess
from takevoice_plugins.neural.models import FOLDER, OPENVOICE, check, folder_of
from takevoice_plugins.neural.options import Options
from takevoice_plugins.neural.session import RETRY, Facts, NoMemory, refusal

LOG = "neural.log"
log = logging.getLogger(__name__)


def start(state: Path, options: Options) -> ChildProcess:
    """Start the process and have it load the model.

    Raises:
        NoMemory: not enough memory is free for the model at the moment.
        BrokenModel: the model is missing, or has changed since it was fetched.
        BackendError: the process cannot be started, or cannot load the model.
    """
    folder = Path(options.model) if options.model else folder_of(state)
    if not options.program:
        check(folder)
        _require_memory(OPENVOICE.memory)
    child = ChildProcess(options.command, state / FOLDER / LOG)
    try:
        header = {"op": "open", "folder": str(folder), "device": options.device, "threads": options.threads}
        answer, _ = child.exchange(header)
        if not answer.get("ok"):
            raise refusal(answer, own=not options.program)
        Facts.of(answer)
        log.info("the neural backend converts on the device %s", errors.printable(str(answer.get("device"))))
    except errors.BackendError:
        child.end()
        raise
    return child


def _require_memory(needed: int) -> None:
    memory = psutil.virtual_memory()
    if memory.total < needed:
        raise errors.BackendUnavailable(
            f"the neural backend needs {needed / 1e9:.1f} GB of memory, and this machine has {memory.total / 1e9:.1f}"
        )
    if memory.available < needed:
        raise NoMemory(
            f"the neural backend needs {needed / 1e9:.1f} GB of memory, and {memory.available / 1e9:.1f} are free",
            hint="the take waits for it",
            retry_after=RETRY,
        )

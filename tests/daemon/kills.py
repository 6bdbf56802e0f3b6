"""A plugin for tests that ends takevoice in the middle of a request file, as SIGKILL does; `TAKEVOICE_KILL` says where.

It stands in for a power cut or a crash at the worst moments: it replaces functions by ones that end the process.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from takevoice import audio
from takevoice.jobs import State
from takevoice.service.handover.converts import Converts
from takevoice.service.handover.progress_file import ProgressFile
from takevoice.service.handover.records import Records
from takevoice.service.request_ends import RequestEnds


def end(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def half(_source: Path, target: Path, **_: Any) -> None:
    target.write_bytes(b"RIFF, and no more")
    end()


def after(owner: type, name: str) -> None:
    function: Callable[..., Any] = getattr(owner, name)

    def then_end(*args: Any, **options: Any) -> None:
        function(*args, **options)
        end()

    setattr(owner, name, then_end)


def when_done(ends: RequestEnds, job: Any) -> None:
    if job.state is State.DONE:
        end()
    changed(ends, job)


def when_told(file: ProgressFile) -> None:
    write(file)
    if file._path.exists():
        end()


write = ProgressFile.write
changed = RequestEnds.on_changed
WHERE = {
    "cutting": lambda: setattr(audio, "cut", half),
    "cut": lambda: after(Records, "excerpt"),
    "stored": lambda: after(Converts, "settle"),
    "told": lambda: setattr(ProgressFile, "write", when_told),
    "done": lambda: setattr(RequestEnds, "on_changed", when_done),
    "answered": lambda: setattr(Records, "finish", end),
}
where = os.environ.get("TAKEVOICE_KILL")
if where:
    WHERE[where]()

"""Every hook of takevoice, in the order in which they are met. A plugin implements those it wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from takevoice.jobs import Encoded, Job, Take
from takevoice.voices import Backend, Voice

if TYPE_CHECKING:
    from takevoice.commands import Commands
    from takevoice.osc.routes import OscRoutes
    from takevoice.request import ConversionRequest

hookspec = pluggy.HookspecMarker("takevoice")
hookimpl = pluggy.HookimplMarker("takevoice")


@hookspec
def configure(options: Mapping[str, Mapping[str, Any]], state_dir: Path) -> None:
    """Called after loading and whenever the config has changed: its tables `[plugins.NAME]`, by name.

    Raise ConfigError for a value that cannot be used. `state_dir` is the user's, for what has to last.
    """


@hookspec(firstresult=True)
def accept_file(path: Path) -> bool | None:
    """Called when a file has settled. False refuses it; True takes it; None has no opinion."""


@hookspec(firstresult=True)
def track_name(path: Path, info: Take) -> str | None:
    """Called for an accepted take: the name of its track, or None to let others tell."""


@hookspec
def prepare_audio(job: Job, take: Take) -> Take | None:
    """Called before the audio is sent, in order: each gets what the one before returned.

    Return another Take (a new file in the folder of `take.path`), or None to leave it as it is.
    """


@hookspec(firstresult=True)
def convert(job: Job, request: ConversionRequest, audio: Take) -> Encoded | None:
    """The backend: gives the audio in another voice, encoded, as it arrives. None: not my `job.backend`.

    `audio` has one channel. The iterator is closed early when the job is cancelled.
    """


@hookspec
def restore_audio(job: Job, take: Take, converted: Take) -> Take | None:
    """Called after decoding, in order: each gets what the one before returned.

    `converted` is a float32 file that has the frames, the rate and the channels of `take`, the original.
    Return another Take of the same shape (a new file in its folder), or None to leave it as it is.
    """


@hookspec(firstresult=True)
def output_path(job: Job) -> Path | None:
    """Called before publishing: where the result is wanted. A taken name gets .2, .3 ... added."""


@hookspec(firstresult=True)
def write_output(job: Job, converted: Take) -> Path | None:
    """Called last: writes the result for `job.output`, without overwriting anything, and returns its path."""


@hookspec
def job_changed(job: Job) -> None:
    """Called after each change of state has been stored."""


@hookspec
def backends() -> Sequence[Backend]:  # type: ignore[empty-body]
    """Called when a backend is chosen: those that the plugin serves, and whether they are ready."""


@hookspec
def voices(backend: str) -> Sequence[Voice] | None:
    """Called to list the voices of a backend. None: not mine."""


@hookspec
def register_commands(cli: Commands) -> None:
    """Called while the command line is built: `cli.add(name, help, configure, run)`."""


@hookspec
def register_osc(routes: OscRoutes) -> None:
    """Called before OSC starts: `routes.serve(address, arguments, reply, meaning, handler)`."""

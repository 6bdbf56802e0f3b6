"""The hooks of takevoice, in the order in which takevoice calls them. A plugin implements those it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from takevoice.jobs import Encoded, Job, Take
from takevoice.joined_house import JoinedHouse
from takevoice.voices import Backend, Voice

if TYPE_CHECKING:
    from takevoice.commands import Commands
    from takevoice.osc.routes import OscRoutes
    from takevoice.request import ConversionRequest

hookspec = pluggy.HookspecMarker("takevoice")
hookimpl = pluggy.HookimplMarker("takevoice")


@hookspec
def configure(options: Mapping[str, Mapping[str, Any]], state_dir: Path) -> None:
    """Called after loading and whenever the config changes.

    `options` holds the tables `[plugins.NAME]` of the config, by name; `state_dir` is the user's state dir, for
    data that has to persist. Raise ConfigError for an invalid value.
    """


@hookspec(firstresult=True)
def accept_file(path: Path) -> bool | None:
    """Called when a file is finished. Return False to reject it, True to accept it, or None for no opinion."""


@hookspec(firstresult=True)
def track_name(path: Path, info: Take) -> str | None:
    """Called for an accepted take. Return the name of its track, or None to leave it to other plugins."""


@hookspec
def prepare_audio(job: Job, take: Take) -> Take | None:
    """Called before the audio is sent; each plugin receives the take that the one before returned.

    Return another Take (a new file in the folder of `take.path`), or None to keep the take as it is.
    """


@hookspec(firstresult=True)
def convert(job: Job, request: ConversionRequest, audio: Take) -> Encoded | None:
    """Called to convert a take. Return the encoded audio in the new voice, or None if `job.backend` is not yours.

    `audio` has one channel. An AudioError or a StorageError raised here means that nothing was sent. A BackendBusy, also
    from the iterator, means that there is no room now: the take waits. The audio is read from the iterator as it arrives;
    the iterator is closed early if the job is cancelled.
    """


@hookspec
def restore_audio(job: Job, take: Take, converted: Take) -> Take | None:
    """Called after decoding; each plugin receives the audio that the one before returned.

    `converted` is a float32 file with the number of frames, the sample rate and the channels of `take`, the
    original. Return another Take with the same three (a new file in its folder), or None to keep it as it is.
    """


@hookspec(firstresult=True)
def output_path(job: Job) -> Path | None:
    """Called before publishing. Return the path for the result; if that name is taken, .2, .3 ... is added. A path given with the request goes before it."""


@hookspec(firstresult=True)
def write_output(job: Job, converted: Take) -> Path | None:
    """Called last. Write the result for `job.output` without overwriting any file, and return its path."""


@hookspec
def job_changed(job: Job) -> None:
    """Called after a change of state is stored in the ledger."""


@hookspec
def picked(job: Job, before: Path | None) -> None:
    """Called after a person has picked a candidate and it has become the result: `job` is the take's, `job.output` the result, `before` the result before, if there was one."""


@hookspec
def drained(summary: Any) -> None:
    """Called when a batch is done: nothing is left to do. `summary` has `total`, `done`, `failed`, `held`, `need_you` and `text`."""


@hookspec
def serve(office: Any) -> Any:
    """Called once takevoice watches, with its `Office`. Return what runs together with it from now on: its `close()` is called when takevoice stops."""


@hookspec
def backends() -> Sequence[Backend]:  # type: ignore[empty-body]
    """Called to choose a backend. Return the backends of the plugin, and whether each is ready."""


@hookspec
def voices(backend: str) -> Sequence[Voice] | None:
    """Called to list the voices of a backend. Return None if the backend is not yours."""


@hookspec(firstresult=True)
def speaker(backend: str, source: str) -> str | None:
    """Called for a take whose setting `source` is set. Return a value that names what is known of that speaker now, such as "Anna@" and a checksum: it takes the place of the setting, and the take is converted again when it changes. Return None if the backend is not yours, or there is no such speaker."""


@hookspec(firstresult=True)
def joined_house() -> JoinedHouse | None:
    """Called when the page is shown. Return the house that this station has joined, without asking it anything yet; None if there is none."""


@hookspec
def explain(job: Job) -> Mapping[str, str] | None:
    """Called by `takevoice explain`, with the job that a take would have. Return lines about it by name, or None."""


@hookspec
def register_commands(cli: Commands) -> None:
    """Called while the command line is built. Call `cli.add(name, help, configure, run)` for each command."""


@hookspec
def register_osc(routes: OscRoutes) -> None:
    """Called before OSC starts. Call `routes.serve(address, arguments, reply, meaning, handler)` per address."""

"""Finds, loads and calls plugins; no other module uses pluggy's manager.

A plugin that cannot be loaded is reported and switched off. One that raises while a job is processed fails that job
under its own name; one that only observes is logged, and the job continues.
"""

from __future__ import annotations

import inspect
import logging
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from takevoice.errors import BackendUnavailable, PluginError, TakevoiceError, printable
from takevoice.jobs import Encoded, Job, Take
from takevoice.joined_house import JoinedHouse
from takevoice.plugins import hookspecs
from takevoice.plugins.loading import GROUP, PluginSource, installed, single_files
from takevoice.voices import Backend, Voice

if TYPE_CHECKING:
    from takevoice.commands import Commands
    from takevoice.osc.routes import OscRoutes
    from takevoice.request import ConversionRequest

log = logging.getLogger(__name__)
DEFAULT = "default"
"""The name under which takevoice's own implementations are registered."""

@dataclass(frozen=True)
class PluginInfo:
    """A plugin as `takevoice plugins` lists it; `problem` says why it is switched off."""

    name: str
    source: str
    hooks: tuple[str, ...] = ()
    problem: str = ""


@dataclass
class Plugins:
    """All loaded plugins, and a typed method for each hook."""

    infos: list[PluginInfo] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(hookspecs)
        self._versions: dict[str, str] = {}

    def load(self, folder: Path | None, disabled: Collection[str] = ()) -> None:
        """Load the installed plugins (entry points of the group "takevoice"), then the .py files of `folder`."""
        for found in (*installed(), *single_files(folder)):
            if found.name in disabled:
                self._switched_off(found, "disabled in the config")
                continue
            try:
                plugin = found.load()
                self._versions[found.name] = f"{found.name} {found.version()}"
                self.register(found.name, plugin() if inspect.isclass(plugin) else plugin, found.source)
            except (Exception, SystemExit) as error:
                log.debug("plugin %s", found.name, exc_info=True)
                self._switched_off(found, f"{type(error).__name__}: {error}")

    def register(self, name: str, plugin: object, source: str) -> None:
        """Add one plugin.

        Raises:
            PluginError: the name is taken, or a hook is unknown or does not match its specification.
        """
        try:
            self._manager.register(plugin, name)
            self._check(plugin)
        except (ValueError, pluggy.PluginValidationError) as error:
            if self._manager.has_plugin(name) and self._manager.get_plugin(name) is plugin:
                self._manager.unregister(plugin)
            raise PluginError(name, str(error)) from error
        hooks = tuple(sorted(caller.name for caller in self._manager.get_hookcallers(plugin) or ()))
        self.infos.append(PluginInfo(name, source, hooks))

    def _check(self, plugin: object) -> None:
        for caller in self._manager.get_hookcallers(plugin) or ():
            if not caller.has_spec():
                raise ValueError(f"there is no hook {caller.name}")
            if any(
                impl.wrapper or impl.hookwrapper for impl in caller.get_hookimpls() if impl.plugin is plugin
            ):
                raise ValueError(f"{caller.name}: hook wrappers are not supported, use tryfirst or trylast")

    def _switched_off(self, found: PluginSource, problem: str) -> None:
        self.infos.append(PluginInfo(found.name, found.source, (), printable(problem)))
        if problem != "disabled in the config":
            log.warning("plugin %s (%s) is switched off: %s", found.name, found.source, printable(problem))

    def _calls(self, hook: str, **values: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
        """Yield each plugin's implementation, first to last; values that change from call to call are passed by name."""
        for impl in reversed(getattr(self._manager.hook, hook).get_hookimpls()):

            def call(impl: Any = impl, **changed: Any) -> Any:
                given = {**values, **changed}
                return impl.function(*(given[name] for name in impl.argnames))

            yield impl.plugin_name, call

    def uses(self, hook: str) -> bool:
        """Return True when some plugin implements the hook."""
        return bool(getattr(self._manager.hook, hook).get_hookimpls())

    def replaces(self, hook: str) -> bool:
        """Return True when some plugin implements a hook that takevoice implements itself."""
        return any(name != DEFAULT for name, _ in self._calls(hook))

    def audio_plugins(self) -> tuple[str, ...]:
        """Return the plugins, with their versions, that change the audio on its way: they are part of what identifies a result."""
        names = {name for hook in ("prepare_audio", "restore_audio") for name, _ in self._calls(hook)}
        return tuple(sorted(self._versions.get(name, name) for name in names))

    def _first(self, hook: str, **values: Any) -> Any:
        """Return the first answer that is not None. Expected errors pass; any other becomes a PluginError."""
        for name, call in self._calls(hook, **values):
            with attributing_errors(name, hook):
                answer = call()
            if answer is not None:
                return answer
        return None

    def _all(self, hook: str, **values: Any) -> list[tuple[str, Any]]:
        """Return every answer that is not None, with its plugin's name; a plugin that fails is logged and skipped."""
        answers = []
        for name, call in self._calls(hook, **values):
            try:
                answers.append((name, call()))
            except TakevoiceError as error:
                log.warning("plugin %s: %s: %s", name, hook, error)
            except (Exception, SystemExit):
                log.exception("plugin %s failed in %s", name, hook)
        return [(name, answer) for name, answer in answers if answer is not None]

    def _chain(self, hook: str, argument: str, current: Take, **values: Any) -> Take:
        """Pass to each implementation, as `argument`, what the one before returned."""
        for name, call in self._calls(hook, **values):
            with attributing_errors(name, hook):
                current = call(**{argument: current}) or current
        return current

    # One method for each hook.

    def configure(self, options: Mapping[str, Mapping[str, Any]], state_dir: Path) -> None:
        """Hand the plugins their options; raises ConfigError when one of them does."""
        for name, call in self._calls("configure", options=options, state_dir=state_dir):
            with attributing_errors(name, "configure"):
                call()

    def accept_file(self, path: Path) -> bool:
        """Return False when a plugin rejects the file."""
        return self._first("accept_file", path=path) is not False

    def track_name(self, path: Path, info: Take) -> str | None:
        """Return the track that a plugin assigns to the take; None when none does."""
        answer = self._first("track_name", path=path, info=info)
        return None if answer is None else str(answer)

    def prepare_audio(self, job: Job, take: Take) -> Take:
        """Return the take as all plugins in turn have prepared it."""
        return self._chain("prepare_audio", "take", take, job=job)

    def convert(self, job: Job, request: ConversionRequest, audio: Take) -> Encoded:
        """Return the backend's answer; raises BackendUnavailable when no plugin serves `job.backend`."""
        for name, call in self._calls("convert", job=job, request=request, audio=audio):
            with attributing_errors(name, "convert"):
                answer: Encoded | None = call()
            if answer is not None:
                return replace(answer, chunks=checked_chunks(name, answer.chunks))
        raise BackendUnavailable(
            f"no plugin serves the backend {job.backend}", hint="see `takevoice plugins`"
        )

    def restore_audio(self, job: Job, take: Take, converted: Take) -> Take:
        """Return the decoded audio as all plugins in turn have restored it."""
        return self._chain("restore_audio", "converted", converted, job=job, take=take)

    def output_path(self, job: Job) -> Path:
        """Return where the result is wanted: what was given with the request goes before what plugins say.

        That of a candidate is in a folder next to the take's own.
        """
        path = self._output_path(job)
        if not job.is_candidate:
            return path
        # The names of plugins' commands are known without the settings, which take their time to load.
        from takevoice.settings.naming import CANDIDATES, candidate_name

        return path.parent / CANDIDATES / candidate_name(path.name, job.options.candidate)

    def _output_path(self, job: Job) -> Path:
        wanted = job.options.output
        if wanted is not None and not os.path.isdir(wanted):  # noqa: PTH112 - Path raises for a long name
            return wanted
        folder = wanted or job.options.output_folder
        path = Path(self._first("output_path", job=job))
        return path if folder is None else folder / path.name

    def write_output(self, job: Job, converted: Take) -> Path:
        """Write and publish the result; returns the path that it got."""
        return Path(self._first("write_output", job=job, converted=converted))

    def job_changed(self, job: Job) -> None:
        """Notify the plugins of a change of state."""
        self._all("job_changed", job=job)

    def picked(self, job: Job, before: Path | None) -> None:
        """Notify the plugins that a person has picked a candidate of the take whose job this is."""
        self._all("picked", job=job, before=before)

    def drained(self, summary: Any) -> None:
        """Notify the plugins that a batch is done; `summary` is a `BatchSummary`."""
        self._all("drained", summary=summary)

    def serve(self, office: Any) -> list[tuple[str, Any]]:
        """Return what plugins have running from now on, each with its plugin's name; `office` is an `Office`."""
        return self._all("serve", office=office)

    def backends(self) -> list[Backend]:
        """Return all backends of all plugins; a plugin that returns anything else is skipped with a warning."""
        found: list[Backend] = []
        for name, answer in self._all("backends"):
            if isinstance(answer, list | tuple) and all(isinstance(b, Backend) for b in answer):
                found += answer
            else:
                log.warning(
                    "plugin %s: backends() returned %s instead of a list of Backend", name, printable(repr(answer))
                )
        return found

    def voices(self, backend: str) -> list[Voice]:
        """Return the voices of a backend; expected errors pass, so that a wrong key does not look like an empty list."""
        voices: list[Voice] = []
        for name, call in self._calls("voices", backend=backend):
            with attributing_errors(name, "voices"):
                voices += call() or ()
        return voices

    def speaker(self, backend: str, source: str) -> str | None:
        """Return a value of the setting `source` that names what is known of the speaker now; None where no plugin knows one."""
        answer = self._first("speaker", backend=backend, source=source)
        return answer if isinstance(answer, str) else None

    def joined_house(self) -> JoinedHouse | None:
        """Return the house that this station has joined; None if there is none. Nothing is asked of it yet."""
        for name, call in self._calls("joined_house"):
            with attributing_errors(name, "joined_house"):
                house = call()
            if isinstance(house, JoinedHouse):
                return replace(house, overview=_attributed(name, house.overview))
        return None

    def explain(self, job: Job) -> list[Mapping[str, str]]:
        """Return what plugins say about the job that a take would have."""
        return [dict(answer) for _, answer in self._all("explain", job=job)]

    def register_commands(self, cli: Commands) -> None:
        """Let plugins add commands."""
        self._all("register_commands", cli=cli)

    def register_osc(self, routes: OscRoutes) -> None:
        """Let plugins add OSC addresses."""
        self._all("register_osc", routes=routes)


class attributing_errors:  # noqa: N801 - reads as a statement
    """Turn an unexpected exception into the plugin's PluginError; expected ones pass."""

    def __init__(self, plugin: str, hook: str) -> None:
        self.plugin, self.hook = plugin, hook

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        # SystemExit would silently end a thread.
        if isinstance(error, Exception | SystemExit) and not isinstance(error, TakevoiceError):
            log.error("plugin %s failed in %s", self.plugin, self.hook, exc_info=error)
            raise PluginError(
                self.plugin, f"{type(error).__name__} in {self.hook}: {error}", hint="the log has the details"
            ) from error


def _attributed(name: str, overview: Callable[[str], Mapping[str, Any]]) -> Callable[[str], Mapping[str, Any]]:
    def ask(by: str) -> Mapping[str, Any]:
        with attributing_errors(name, "joined_house"):
            return overview(by)

    return ask


def checked_chunks(name: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the chunks; errors between them are attributed to the plugin too."""
    try:
        while True:
            with attributing_errors(name, "convert"):
                chunk = next(chunks, None)
            if chunk is None:
                return
            if not isinstance(chunk, bytes | bytearray | memoryview):
                raise PluginError(name, f"convert yielded {type(chunk).__name__} instead of bytes")
            yield chunk
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()

"""A ledger with takes and results that are there, without a daemon that made them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from cli.some_jobs import add
from ledger.counted import check_counts
from pipeline.line import FakeBackend
from support import make_take
from takevoice import Office, audio
from takevoice.jobs import JobOptions, State
from takevoice.ledger import Ledger
from takevoice.ledger.candidates import add_candidates
from takevoice.paths import StateDir
from takevoice.pipeline.planning import Planner
from takevoice.pipeline.publishing import DefaultNames
from takevoice.plugins import Plugins
from takevoice.service.environment import Environment
from takevoice.settings import CurrentConfig
from takevoice.settings.load import load
from takevoice.system.fileid import version_of
from takevoice.take_settings import TakeSettings
from takevoice_plugins.page.options import PageOptions
from takevoice_plugins.page.service import PageService

CONFIG = """
backend = "fake"

[[watch]]
folder = {folder}

# the cast
[tracks."Anna"]
voice = "ada"  # warm
"""


@dataclass
class World:
    """An office with one watched folder, and a client of its page."""

    office: Office
    folder: Path
    current: CurrentConfig
    services: dict[PageOptions, PageService] = field(default_factory=dict)
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def config(self) -> str:
        """The text of the config."""
        return (self.folder.parent / "takevoice.toml").read_text("utf-8")

    def configure(self, text: str) -> None:
        """Save another config, and have it in force."""
        path = self.folder.parent / "takevoice.toml"
        path.write_text(text, "utf-8")
        self.current.loaded = load(path)

    @property
    def ledger(self) -> Ledger:
        return self.office.ledger

    def service(self, **options: object) -> PageService:
        """The page, served with these options."""
        wanted = PageOptions(port=0, **options)  # type: ignore[arg-type]
        if wanted not in self.services:
            self.services[wanted] = PageService.started(self.office, wanted)
        return self.services[wanted]

    def client(self, token: str | None = None, **options: object) -> httpx.Client:
        """A client over HTTP; `token` None: the right one, "": none."""
        address = self.service(**options).address
        given = address.token if token is None else token
        headers = {"authorization": f"Bearer {given}"} if given else {}
        self.clients.append(httpx.Client(base_url=address.url, headers=headers, trust_env=False, timeout=20))
        return self.clients[-1]

    def close(self) -> None:
        for each in (*self.clients, *self.services.values()):
            each.close()
        self.ledger.close()
        check_counts(self.office.state.ledger)

    def planned(self, path: Path, state: State, track: str = "Anna", voice: str = "ada", seed: int | None = None) -> int:
        """A job that has its settings; the take is measured, if it is there."""
        number = add(self.ledger, path, state)
        self._plan(number, path, track, voice, seed)
        return number

    def _plan(self, number: int, path: Path, track: str, voice: str, seed: int | None) -> None:
        take, key = audio.inspect_hashed(path)
        fields = {
            "settings": TakeSettings(voice=voice, seed=seed),
            "voice_id": f"id-{voice}",
            "audio_plugins": (),
            "settings_hash": f"{voice} {seed}",
            "audio_hash": key,
            "frames": take.frames,
            "sample_rate": take.sample_rate,
            "channels": take.channels,
        }
        self.ledger.jobs.update(number, **fields, track=track, voice=voice, backend="fake", version=version_of(path))

    def done(self, path: Path, voice: str = "ada", seed: int = 1, track: str = "Anna", **shape: object) -> int:
        """A take with its result, as long and at the same rate."""
        if not path.exists():
            make_take(path, **shape)  # type: ignore[arg-type]
        number = self.planned(path, State.DONE, track, voice, seed)
        self._record(number, path.with_name(f"{path.stem}.{voice}{path.suffix}"), seed, shape)
        return number

    def family(self, name: str, count: int, voice: str = "ada") -> list[int]:
        """A take with candidates that are done; returns its number, and theirs."""
        path = make_take(self.folder / f"{name}.wav", 1.0)
        take = self.planned(path, State.QUEUED, voice=voice)
        self.ledger.jobs.update(take, family=take)
        options = [JobOptions(candidate=number) for number in range(1, count + 1)]
        self.ledger.jobs._writer.run(lambda connection: add_candidates(connection, self.ledger.jobs.get(take), options))
        made = [job.id for job in self.ledger.candidates.of(take)]
        (self.folder / "candidates").mkdir(exist_ok=True)
        for number, job in enumerate(made, 1):
            self.finish(job, path, self.folder / "candidates" / f"{name}.{voice}.{number}.wav", voice, number)
        return [take, *made]

    def finish(self, number: int, path: Path, result: Path, voice: str, seed: int) -> None:
        """Have a job that is there be done with this result."""
        job = self.ledger.jobs.get(number)
        for each in (State.QUEUED, State.CONVERTING, State.RESTORING, State.DONE):
            if job.state is State.FOUND or each is not State.QUEUED:
                job = self.ledger.jobs.change(number, each)
        self._plan(number, path, "Anna", voice, seed)
        self._record(number, result, seed, {"seconds": job.seconds or 1.0})

    def _record(self, number: int, result: Path, seed: int, shape: dict[str, object]) -> None:
        if not result.exists():
            make_take(result, **{**shape, "seed": seed})  # type: ignore[arg-type]
        version = version_of(result)
        assert version is not None
        self.ledger.outputs.record(self.ledger.jobs.get(number), result, version, audio.inspect_hashed(result)[1])


def make_world(home: Path) -> World:
    """Return a world in a folder."""
    folder = home / "Exports"
    folder.mkdir(parents=True)
    plugins = Plugins()
    plugins.register("fake", FakeBackend(), "tests")
    config = home / "takevoice.toml"
    config.write_text(CONFIG.format(folder=json.dumps(str(folder))), "utf-8")
    current = CurrentConfig(load(config))
    plugins.register("default", DefaultNames(Planner(current, plugins, lambda _: {}).names), "takevoice")
    environment = Environment(current, plugins, StateDir(home / "state"))
    ledger = Ledger(environment.state.ledger)
    return World(Office(ledger, environment.state, lambda: environment), folder, current)

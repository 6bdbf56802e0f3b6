"""The way of a take without threads: a real ledger in a folder, a backend that is a class, a clock that is passed in."""

from __future__ import annotations

import io
import threading
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import soundfile

from ledger.counted import check_counts
from takevoice import Backend, ConversionRequest, Encoded, Take, Voice, hookimpl
from takevoice.jobs import Job, JobOptions, State
from takevoice.ledger import Ledger
from takevoice.pipeline import decisions
from takevoice.pipeline.ahead import WorkAhead
from takevoice.pipeline.assessment import Assessor
from takevoice.pipeline.charges import Charges
from takevoice.pipeline.circuit import CircuitBreaker
from takevoice.pipeline.claim_owner import ClaimOwner
from takevoice.pipeline.claim_waits import ClaimWaits
from takevoice.pipeline.claim_watch import ClaimWatch
from takevoice.pipeline.claims import Claims
from takevoice.pipeline.conversion import Conversion
from takevoice.pipeline.elsewhere import Elsewhere
from takevoice.pipeline.ending import JobEnding
from takevoice.pipeline.events import Events, Withdrawal
from takevoice.pipeline.existing import Existing
from takevoice.pipeline.families import Families
from takevoice.pipeline.hold_policy import HoldPolicy
from takevoice.pipeline.intake import Intake
from takevoice.pipeline.ledger_retry import LedgerRetry
from takevoice.pipeline.pace import Pace
from takevoice.pipeline.pacing import Pacing
from takevoice.pipeline.planning import Planner
from takevoice.pipeline.problems import Problems
from takevoice.pipeline.publishing import DefaultPublishing
from takevoice.pipeline.readings import Readings
from takevoice.pipeline.recovery import Recovery
from takevoice.pipeline.restoration import Restoration
from takevoice.pipeline.room import Room
from takevoice.pipeline.segments import SegmentConverter, Slots, Stop
from takevoice.pipeline.shares import Shares
from takevoice.pipeline.workdir import WorkDir
from takevoice.plugins import Plugins
from takevoice.settings import CurrentConfig, LoadedConfig, Settings
from takevoice.system.fileid import version_of

GO_ON = Stop(before_next=lambda: False, while_waiting=lambda: False)


class FakeBackend:
    """A backend at one credit a second. It answers with the take at half its level, or reversed, or with an error."""

    def __init__(self, name: str = "fake", *, paid: bool = True, max_seconds: float | None = None) -> None:
        self.name, self.paid, self.max_seconds = name, paid, max_seconds
        self.sent: list[str] = []
        self.errors: list[Exception | None] = []  # one for each request to come; None: it succeeds
        self.reverse, self.ready = False, True
        self.account = ""  # the ids of its voices begin so
        self.credits: float | None = None
        self.saved = 0.0  # what it reports about the cost of an answer
        self.on_sent: Callable[[], object] = lambda: None

    @hookimpl
    def backends(self) -> Sequence[Backend]:
        return [Backend(self.name, self.ready, "for tests", self.paid, 60.0, self.max_seconds)]

    @hookimpl
    def voices(self, backend: str) -> Sequence[Voice] | None:
        return [Voice(self.account + n, n, self.name) for n in ("ada", "bea")] if backend == self.name else None

    @hookimpl
    def convert(self, job: Job, request: ConversionRequest, audio: Take) -> Encoded | None:
        if job.backend != self.name:
            return None
        return Encoded(self._chunks(job, request, audio), credits=self.credits, saved=self.saved)

    def _chunks(self, job: Job, request: ConversionRequest, audio: Take) -> Iterator[bytes]:
        self.sent.append(f"{job.path.name} {request.voice_id}")
        self.on_sent()
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        samples, rate = soundfile.read(str(audio.path), dtype="float32")
        file = io.BytesIO()
        soundfile.write(file, 0.5 * (samples[::-1] if self.reverse else samples), rate, "FLOAT", format="WAV")
        yield file.getvalue()


class Line:
    """Every step of a take, to be called one after the other."""

    def __init__(
        self, folder: Path, state: Path, *, paid: bool = True, asked_for: bool = False, existing_too: bool = False
    ) -> None:
        self.folder, self.state, self.now = folder, state, 1000.0
        self._began = time.monotonic()
        self.backend = FakeBackend(paid=paid)
        self.config = CurrentConfig(LoadedConfig(Settings()))
        self.set("")
        self.plugins = Plugins()
        self.plugins.register("fake", self.backend, "tests")
        self.ledger = Ledger(state / "ledger.sqlite3")
        self.events, self.withdrawn = Events(), list[Withdrawal]()
        self.events.subscribe(on_withdrawn=self.withdrawn.append)
        self.planner = Planner(self.config, self.plugins, self.ledger.tracks.settings)
        self.existing = Existing(self.ledger, self.planner, self.plugins)
        self.assessor = Assessor(self.ledger, self.planner, self.plugins, self.existing)
        self.holds = HoldPolicy(
            self.ledger,
            self.config,
            self.planner,
            asked_for=asked_for,
            existing_too=existing_too,
            clock=lambda: self.now,
        )
        self.problems = Problems()
        self.work, self.breaker = WorkDir(state / "work"), CircuitBreaker(self.problems, lambda: self.now)
        self.pacing = Pacing(
            self.planner.backend_named, self.problems, self._passing, lambda: Pace(lambda: 0.5)
        )
        retry_write = LedgerRetry(threading.Event(), pause=0.01)
        self.charges = Charges(self.ledger, self.config, self.planner, self.work, retry_write, run="r")
        self.watch = ClaimWatch(stale=60.0, most=10.0)
        self.waits = ClaimWaits(self.watch, lambda: self.now)
        self.waits.subscribe(on_lifted=lambda job: decisions.lift(self.ledger, job) and None)
        shares, self.owner = Shares(self.planner), ClaimOwner(state / "claims")
        self.claims = Claims(self.ledger, shares, self.owner, self.watch, self.waits, lambda: self.now)
        self.elsewhere = elsewhere = Elsewhere(self.ledger, self.events, self.planner, shares, self.claims)
        publishing = DefaultPublishing(self.ledger, state, self.planner.names, elsewhere.on_taken)
        self.plugins.register("default", publishing, "takevoice")
        segments = SegmentConverter(
            self.ledger,
            self.plugins,
            self.work,
            self.charges,
            self.breaker,
            self.events,
            Slots(2),
            self.pacing,
            elsewhere,
            room := Room(state / "work"),
        )
        readings = Readings()
        self.conversion = Conversion(
            self.ledger, self.events, self.planner, self.work, segments, readings, elsewhere, retry_write, room
        )
        self.ahead = WorkAhead(
            self.ledger,
            self.plugins,
            self.planner,
            self.assessor,
            self.holds,
            self.work,
            readings,
            segments,
            self.breaker,
            self.pacing,
        )
        self.restoration = Restoration(
            self.ledger, self.events, self.plugins, self.work, readings, publishing, elsewhere, retry_write
        )
        self.recovery = Recovery(
            self.ledger, self.events, self.charges, self.work, publishing, self.plugins, elsewhere
        )
        self.ending = JobEnding(
            self.ledger,
            self.events,
            self.charges,
            self.work,
            self.breaker,
            self.claims,
            retry_write,
            self.holds.held,
            self.planner,
            wait_when_unavailable=True,
        )
        self.intake = Intake(
            self.ledger,
            self.events,
            self.planner,
            self.assessor,
            self.existing,
            self.holds,
            self.work,
            self.breaker,
            self.pacing,
            Families(self.ledger, self.events, self.planner, self.plugins),
            wait_when_unavailable=True,
        )

    def set(self, config: str) -> None:
        """Use another config, in TOML. Takes that were there before are held only where it says so."""
        data = {"backend": "fake", **tomllib.loads(config)}
        data["money"] = {"first_look": False, **data.get("money", {})}
        self.config.loaded = LoadedConfig(Settings.model_validate(data))

    def look(self, volume: str = "disk:1") -> None:
        """A look at the folder, as it is now."""
        versions = {str(path): version_of(path) for path in self.folder.rglob("*") if path.is_file()}
        self.holds.on_root_seen(self.folder, volume, {path: version for path, version in versions.items() if version})

    def find(self, *paths: Path) -> Sequence[Job]:
        """Files that are in the folder, and have not settled."""
        found = [(path, self.folder, version) for path in paths if (version := version_of(path))]
        jobs = self.ledger.jobs.add_found(found, "daemon")
        self.holds.on_found(jobs)
        return jobs

    def drop(self, *paths: Path) -> list[Job | None]:
        """Files that settled in the folder: each as far as the intake brings it."""
        return [self.intake.take_up(job) for job in self.find(*paths)]

    def do_ahead(self, *paths: Path) -> Sequence[Job]:
        """Files that are likely to be finished: what is done for them while they settle."""
        jobs = self.find(*paths)
        for job in jobs:
            self.ahead.run(job, GO_ON)
        return jobs

    def settle(self, job: Job) -> Job | None:
        """A file has settled: its job as far as it gets."""
        ready = self.intake.take_up(job)
        self.ahead.claimed(job.id)
        self.work_off()
        return ready

    def ask(self, path: Path, **options: object) -> Job | None:
        """A request over OSC."""
        job = self.ledger.jobs.add(path, State.FOUND, origin="osc", options=JobOptions(**options))  # type: ignore[arg-type]
        return self.intake.take_up(job)

    def _passing(self) -> float:
        """The time for those that wait for a turn in a thread: it does not stand still meanwhile."""
        return self.now + time.monotonic() - self._began

    def work_off(self) -> None:
        """Convert and restore everything that is queued, and take up what waits for the intake."""
        for number in self.ledger.jobs.found("daemon"):
            ready = self.intake.take_up(self.ledger.jobs.get(number))
            if ready is not None and ready.state is State.RESTORING:
                self.step(ready, self.restoration.run)
        while (job := self._claim()) is not None:
            converted = self.step(job, lambda each: self.conversion.run(each, GO_ON))
            if converted is not None:
                self.step(converted, self.restoration.run)

    def finish(self) -> None:
        """Work everything off, the takes whose candidates have ended included."""
        while self.ledger.jobs.found("daemon") or self.ledger.jobs.has_queued("daemon"):
            self.work_off()
        for number in self.ledger.candidates.due("daemon"):
            self.ledger.jobs.change(number, State.FOUND)
        self.work_off()

    def _claim(self) -> Job | None:
        return self.ledger.jobs.claim("daemon", not_for=self._unready(), not_these=self.waits.jobs())

    def _unready(self) -> list[str]:
        return [*self.breaker.open_backends(), *self.pacing.without_room()]

    def step(self, job: Job, run: object) -> Job | None:
        """One step of a job, with what follows from an error."""
        try:
            done: Job | None = run(job)  # type: ignore[operator]
        except Exception as error:
            self.ending.end(job, error, cancel_requested=False)
            return None
        return done

    def release(self, job: int) -> None:
        """A person releases a job; what can go on goes on."""
        decisions.release(self.ledger, job)
        self.work_off()

    @property
    def job(self) -> Job:
        """The only job."""
        (job,) = self.ledger.jobs.select()
        return job

    def states(self) -> dict[str, str]:
        """The newest state by the take's name."""
        return {job.path.name: job.state.value for job in self.ledger.jobs.select()}

    def close(self) -> None:
        """Close the ledger, whose counts are right whatever happened."""
        self.ledger.close()
        if (self.state / "ledger.sqlite3").exists():
            check_counts(self.state / "ledger.sqlite3")

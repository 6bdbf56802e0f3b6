"""Ledgers with planned and paid jobs, for commands that list and count."""

from __future__ import annotations

from pathlib import Path

from cli.some_jobs import add
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.ledger.charges import Budget, Charge, Received, Request
from takevoice.pipeline.charges import day_began
from takevoice.take_settings import TakeSettings

PAID = """
from takevoice import Backend, Voice, hookimpl

@hookimpl
def backends():
    return [Backend("fake", ready=True, detail="for tests", paid=True, credits_per_minute=1000)]
"""
"""A plugin with a backend that costs 1000 credits a minute."""


def planned(
    ledger: Ledger,
    path: Path,
    state: State,
    track: str = "",
    voice: str = "ada",
    *,
    seconds: float = 6.0,
    backend: str = "fake",
    seed: int | None = None,
) -> int:
    """A job with a track, a backend, a voice and a length."""
    number = add(ledger, path, state)
    ledger.jobs.update(
        number,
        settings=TakeSettings(voice=voice, seed=seed),
        voice_id=f"id-{voice}",
        audio_plugins=(),
        settings_hash="some",
        track=track,
        voice=voice,
        backend=backend,
        frames=round(seconds * 48_000),
        sample_rate=48_000,
        channels=1,
    )
    return number


def send(ledger: Ledger, job: int, credits_: float, track: str = "", *, answered: bool = True) -> None:
    """Have a paid request been sent for a job, today."""
    budget = Budget(day_began(), "run", track)
    ledger.charges.reserve(job, "key", [Charge("one", 6.0, credits_)], budget, lambda *_: None, send=True)
    if answered:
        ledger.charges.mark_received(job, Received(Request("key", "one")))


def took(ledger: Ledger, job: int, seconds: float) -> None:
    """Have a job's conversion have taken so long."""
    began = next(change.at for change in ledger.jobs.history(job) if change.state is State.CONVERTING) - seconds

    def write(connection: object) -> None:
        sql = "UPDATE history SET at = ? WHERE job = ? AND state = 'converting'"
        connection.execute(sql, (began, job))  # type: ignore[attr-defined]
        connection.execute("UPDATE jobs SET changed = ? WHERE id = ?", (began + seconds, job))  # type: ignore[attr-defined]

    ledger.jobs._writer.run(write)

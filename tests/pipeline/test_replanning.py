"""What is queued follows the settings: those in force when a take begins are the ones it gets."""

from __future__ import annotations

import logging

import pytest

from pipeline.line import GO_ON, FakeBackend, Line
from support import make_take
from takevoice import hookimpl
from takevoice.errors import UnknownVoice
from takevoice.jobs import State
from takevoice.pipeline.replanning import Replanning


def plan_again(line: Line) -> int:
    return len(Replanning(line.ledger, line.planner, line.work, "daemon").run())


def queue(line: Line, *names: str) -> None:
    line.drop(*(make_take(line.folder / f"{name}.wav", 0.5, seed=seed) for seed, name in enumerate(names)))


def test_a_changed_config_reaches_everything_that_is_queued(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    queue(line, "anna", "bert", "carl")
    line.set('[defaults]\nvoice = "bea"\n[tracks.carl]\nvoice = "ada"\n')
    with caplog.at_level(logging.INFO):
        assert plan_again(line) == 3
    assert "3 takes in the queue get the new settings, 2 of them another voice" in caplog.text
    line.work_off()
    assert sorted(line.backend.sent) == ["anna.wav bea", "bert.wav bea", "carl.wav ada"]
    assert set(line.states().values()) == {"done"}
    assert plan_again(line) == 0


def test_a_track_that_is_no_longer_enabled_is_not_converted(line: Line) -> None:
    queue(line, "anna", "bert")
    line.set("[tracks.anna]\nenabled = false\n")
    assert plan_again(line) == 1
    line.work_off()
    assert line.states() == {"bert.wav": "done"}


def test_what_was_set_over_osc_reaches_the_queue_too(line: Line) -> None:
    queue(line, "anna", "bert")
    line.ledger.tracks.set("anna", "voice", "bea")
    assert plan_again(line) == 1
    line.work_off()
    assert sorted(line.backend.sent) == ["anna.wav bea", "bert.wav ada"]


def test_a_speaker_that_is_learned_again_reaches_the_queue(line: Line) -> None:
    """And only those takes that are by this speaker."""
    known = {"Anna": "1"}

    class Knowing:
        @hookimpl
        def speaker(self, backend: str, source: str) -> str | None:
            return f"{source}@{known[source]}" if backend == "fake" and source in known else None

    line.plugins.register("knowing", Knowing(), "tests")
    line.set('[tracks.anna]\nsource = "Anna"\n[tracks.bert]\nsource = "Bert"\n')
    queue(line, "anna", "bert", "carl")
    assert plan_again(line) == 0
    known["Anna"] = "2"
    assert plan_again(line) == 1
    line.work_off()
    made = {job.path.name: job.settings.source for job in line.ledger.jobs.select()}
    assert made == {"anna.wav": "Anna@2", "bert.wav": "Bert", "carl.wav": None}


def test_a_held_take_names_the_voice_that_a_release_converts_it_to(line: Line) -> None:
    line.set("[money]\nper_day = 0.001\n")
    queue(line, "anna")
    line.work_off()
    (held,) = line.ledger.jobs.select((State.HELD,))
    assert (held.error_code, held.voice) == ("cap", "ada")
    for voice in ("bea", "ada", "bea"):
        line.set(f'[money]\nper_day = 0.001\n[tracks.anna]\nvoice = "{voice}"\n')
        assert plan_again(line) == 0
        assert line.ledger.jobs.get(held.id).voice == voice
    assert line.ledger.jobs.get(held.id).state is State.HELD


def test_what_was_asked_for_with_a_request_stays(line: Line) -> None:
    take = make_take(line.folder / "anna.wav", 0.5)
    line.ask(take, overrides={"voice": "ada"}, track="bert")
    line.set('[defaults]\nvoice = "bea"\n')
    assert plan_again(line) == 0
    line.set('[defaults]\nvoice = "bea"\n[tracks.bert]\nlevel = "off"\n')
    assert plan_again(line) == 1
    line.work_off()
    assert line.backend.sent == ["anna.wav ada"]


def test_a_take_that_has_begun_keeps_its_settings(line: Line) -> None:
    queue(line, "anna")
    job = line.ledger.jobs.claim("daemon")
    assert job is not None
    line.conversion.run(job, GO_ON)
    line.ledger.jobs.change(job.id, State.QUEUED)  # takevoice was stopped
    line.set('[defaults]\nvoice = "bea"\n')
    assert plan_again(line) == 0
    line.work_off()
    assert line.backend.sent == ["anna.wav ada"]
    assert (line.folder / "anna.ada.wav").exists()


def test_takes_that_now_go_to_a_paid_backend_are_held_as_if_they_had_just_been_found(line: Line) -> None:
    free = type(line.backend)("free", paid=False)
    line.plugins.register("free", free, "tests")
    line.set('backend = "free"\n')
    takes = [make_take(line.folder / f"{name}.wav", 0.5) for name in ("anna",)]
    line.look()
    line.drop(*takes)
    line.set('backend = "fake"\n[money]\nfirst_look = true\n')
    assert plan_again(line) == 1
    line.work_off()
    assert line.states() == {"anna.wav": "held"}
    assert line.backend.sent == []


@pytest.mark.parametrize("backend", ["auto", "local"])
def test_a_key_that_was_forgotten_is_said_where_another_backend_takes_over(
    line: Line, caplog: pytest.LogCaptureFixture, backend: str
) -> None:
    """Only where takevoice chooses: who names a backend wants it."""
    line.plugins.register("local", FakeBackend("local", paid=False), "tests")
    for number in range(2):
        line.drop(make_take(line.folder / f"{number}.wav", 0.5, seed=number))
    line.backend.ready = False
    line.set(f'backend = "{backend}"')
    Replanning(line.ledger, line.planner, line.work, "daemon").run()
    warned = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    expected = "2 takes in the queue, planned for fake, are converted with local: for tests. "
    assert warned == ([f'{expected}Set `backend = "fake"` to have takes wait for it'] if backend == "auto" else [])


def test_a_voice_that_has_another_id_now_is_found_by_its_name_and_nothing_is_held(line: Line) -> None:
    queue(line, "anna", "bert")
    line.backend.account = "new-"  # another account is behind the backend
    line.backend.errors = [UnknownVoice("no such voice")] * 2
    line.work_off()
    assert line.states() == {"anna.wav": "found", "bert.wav": "found"}
    line.work_off()
    assert line.backend.sent[2:] == ["anna.wav new-ada", "bert.wav new-ada"]
    assert set(line.states().values()) == {"done"}


def test_a_voice_that_is_listed_and_yet_refused_is_not_asked_for_for_ever(line: Line) -> None:
    queue(line, "anna")
    line.backend.errors = [UnknownVoice("no such voice")]
    line.work_off()
    assert line.states() == {"anna.wav": "held"}

"""Two machines on one share: each take is converted by one and paid once, whatever happens to the other."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.line import GO_ON, Line
from support import make_take
from takevoice import claim_files
from takevoice.errors import BackendError
from takevoice.jobs import Disposition, Job, State
from takevoice.pipeline import decisions
from takevoice.pipeline.claim_owner import Spot

SHARED = """
[[watch]]
folder = '{folder}'
shared = {shared}
"""


class Refused(BackendError):
    code = "refused"


class Unclear(BackendError):
    code = "connection_lost"
    billed = None


class Machine(Line):
    """A line with a state dir of its own, on a folder that others use too."""

    def __init__(self, folder: Path, state: Path, *, paid: bool = True, shared: str = "true") -> None:
        super().__init__(folder, state, paid=paid)
        self.set(SHARED.format(folder=folder, shared=shared))

    def pass_time(self, seconds: float) -> None:
        """Look at the claims of others for so long."""
        for _ in range(int(seconds // 2)):
            self.now += 2.0
            self.waits.look(self.folder)

    def begin(self) -> Job:
        """Begin the next take, and stand still before anything is sent."""
        job = self.ledger.jobs.claim("daemon", not_these=self.waits.jobs())
        assert job is not None
        self.claims.begin(job)
        return job

    def restart(self) -> None:
        """Recover as the next start of a process that was killed does."""
        to_restore = self.recovery.run("daemon")
        self.claims.adopt("daemon", lambda _: False, lambda _: False)
        for job in to_restore:
            self.step(job, self.restoration.run)


@pytest.fixture
def pair(folder: Path, tmp_path: Path) -> Iterator[tuple[Machine, Machine]]:
    machines = Machine(folder, tmp_path / "a"), Machine(folder, tmp_path / "b")
    yield machines
    for machine in machines:
        machine.close()


def results(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if ".ada" in path.name)


def sent(*machines: Machine) -> int:
    return sum(len(machine.backend.sent) for machine in machines)


def litter(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_one_converts_and_the_other_has_its_result(pair: tuple[Machine, Machine], folder: Path) -> None:
    a, b = pair
    take = make_take(folder / "take.wav")
    a.drop(take)
    b.drop(take)
    job = a.begin()
    b.work_off()
    assert b.job.state is State.QUEUED
    assert b.waits.jobs() == {b.job.id}
    converted = a.step(job, lambda each: a.conversion.run(each, GO_ON))
    assert converted is not None
    b.pass_time(30)
    b.work_off()
    assert (b.job.state, sent(b)) == (State.QUEUED, 0)
    a.step(converted, a.restoration.run)
    b.pass_time(2)
    b.work_off()
    assert (a.job.state, b.job.state) == (State.DONE, State.DONE)
    assert b.job.output == folder / "take.ada.wav"
    assert results(folder) == ["take.ada.wav"]
    assert sent(a, b) == 1
    a.claims.own.tidy(folder)
    b.claims.own.tidy(folder)
    assert litter(folder) == []


def test_a_folder_of_ones_own_gets_no_files_of_claims(folder: Path, tmp_path: Path) -> None:
    machine = Machine(folder, tmp_path / "a", shared="false")
    machine.drop(make_take(folder / "take.wav"))
    machine.begin()
    assert litter(folder) == []
    machine.close()


def test_who_was_suspended_after_the_second_look_does_not_pay_what_another_one_has_paid(
    pair: tuple[Machine, Machine], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It began, was suspended until the other one took the claim over, and goes on where it stood."""
    a, b = pair
    take = make_take(folder / "take.wav")
    a.drop(take)
    b.drop(take)
    suspended = a.begin()
    b.work_off()
    b.pass_time(100)
    b.work_off()
    assert (b.job.state, sent(b)) == (State.DONE, 1)
    with monkeypatch.context() as patch:
        patch.setattr(a.elsewhere, "begin", lambda _: None)
        a.step(suspended, lambda each: a.conversion.run(each, GO_ON))
    assert (a.job.state, sent(a)) == (State.QUEUED, 0)
    a.pass_time(2)
    a.work_off()
    assert (a.job.state, sent(a)) == (State.DONE, 0)
    assert results(folder) == ["take.ada.wav"]


@pytest.mark.parametrize("how_far", ["sent", "done"])
def test_who_was_suspended_just_before_it_may_send_does_not_send_what_another_one_has_sent(
    pair: tuple[Machine, Machine], folder: Path, monkeypatch: pytest.MonkeyPatch, how_far: str
) -> None:
    """Its second look is over; then it stands still, and the other one takes over and sends, and publishes, perhaps."""
    a, b = pair
    take = make_take(folder / "take.wav")
    a.drop(take)
    b.drop(take)
    converted: list[Job | None] = []
    create = claim_files.create

    def suspended(path: Path, note: claim_files.Note) -> bool:
        if note.owner == a.owner.id and path.suffix == ".sent" and not converted:
            b.pass_time(100)
            job = b.ledger.jobs.claim("daemon")
            assert job is not None
            converted.append(b.conversion.run(job, GO_ON))
            if how_far == "done":
                b.restoration.run(converted[0])
        return create(path, note)

    job = a.begin()
    b.work_off()
    with monkeypatch.context() as patch:
        patch.setattr(claim_files, "create", suspended)
        a.step(job, lambda each: a.conversion.run(each, GO_ON))
    assert (sent(a), sent(b)) == (0, 1)
    if how_far == "sent":
        assert a.job.state is State.QUEUED
        assert converted[0] is not None
        b.restoration.run(converted[0])
    a.pass_time(2)
    a.work_off()
    assert (a.job.state, b.job.state) == (State.DONE, State.DONE)
    assert (results(folder), sent(a, b)) == (["take.ada.wav"], 1)
    for machine in pair:
        machine.claims.own.tidy(folder)
    assert litter(folder) == []


def test_a_claim_that_changes_while_it_is_taken_over_stays(pair: tuple[Machine, Machine], folder: Path) -> None:
    """Two look at the same time whether it is stale, and the second one has seen what the first one has removed."""
    a, b = pair
    a.drop(make_take(folder / "take.wav"))
    spot = Spot.of(a.begin())
    seen = claim_files.read(spot.claim)
    assert seen is not None
    a.claims.own.renew(folder)
    now = claim_files.read(spot.claim)
    assert not claim_files.displace(spot.claim, seen, b.owner.id)
    assert claim_files.read(spot.claim) == now
    assert not claim_files.rewrite(spot.claim, b.owner.note(a.job))
    assert now is not None
    assert claim_files.displace(spot.claim, now, b.owner.id)
    assert [path.name for path in spot.folder.iterdir()] == []


def test_what_killed_processes_left_half_done_is_removed(folder: Path) -> None:
    claims, us, others = folder / claim_files.FOLDER, "0" * 16, "1" * 16
    claims.mkdir()
    ours, theirs = (claims / f".tv-{owner}-01234567.part" for owner in (us, others))
    ours.touch()
    theirs.touch()
    claim_files.remove_folder(claims, us)
    assert [path.name for path in claims.iterdir()] == [theirs.name]
    os.utime(theirs, (1.0, 1.0))
    claim_files.remove_folder(claims, us)
    assert not claims.exists()


@pytest.mark.parametrize("comes_back", ["in doubt", "with its answer"])
def test_what_a_machine_that_is_gone_may_have_paid_is_held(
    pair: tuple[Machine, Machine], folder: Path, comes_back: str
) -> None:
    a, b = pair
    take = make_take(folder / "take.wav")
    a.drop(take)
    b.drop(take)
    job = a.begin()
    converted = a.conversion.run(job, GO_ON)  # and then it is killed
    assert converted is not None
    b.work_off()
    b.pass_time(100)
    b.work_off()
    assert (b.job.state, b.job.error_code, sent(b)) == (State.HELD, "elsewhere", 0)
    assert "may have sent and paid for it; `takevoice release 1` converts it here" in b.job.error
    if comes_back == "with its answer":
        a.restart()
        assert a.job.state is State.DONE
        b.pass_time(2)
        b.work_off()
        assert b.ledger.jobs.select() == []  # nothing was left to do
        assert b.withdrawn[-1].disposition is Disposition.ALREADY_CONVERTED
        assert (results(folder), sent(a, b)) == (["take.ada.wav"], 1)
    else:
        b.release(b.job.id)
        assert (b.job.state, sent(a, b)) == (State.DONE, 2)
        a.restart()
        assert (a.job.state, a.job.output) == (State.DONE, folder / "take.ada.wav")
        assert results(folder) == ["take.ada.wav"]


def test_nothing_is_written_where_a_share_was_mounted(pair: tuple[Machine, Machine], folder: Path, tmp_path: Path) -> None:
    a, _ = pair
    a.backend.errors = [Unclear("the connection broke")]
    a.drop(make_take(folder / "take.wav"))
    a.work_off()
    assert a.job.state is State.HELD
    folder.rename(tmp_path / "server")
    folder.mkdir()
    b = Machine(folder, a.state)  # the next start
    b.claims.claim_in_hand("daemon", lambda _: True)
    assert list(folder.iterdir()) == []
    b.release(b.job.id)
    assert (list(folder.iterdir()), sent(a, b)) == ([], 1)
    b.close()


def test_what_is_held_in_doubt_is_held_on_every_machine(pair: tuple[Machine, Machine], folder: Path) -> None:
    a, b = pair
    take = make_take(folder / "take.wav")
    a.backend.errors = [Unclear("the connection broke")]
    a.drop(take)
    b.drop(take)
    a.work_off()
    b.work_off()
    b.pass_time(2)
    b.work_off()
    assert (a.job.error_code, b.job.error_code) == ("connection_lost", "elsewhere")
    assert sent(a, b) == 1
    a.release(a.job.id)
    assert (a.job.state, sent(a, b)) == (State.DONE, 2)
    b.pass_time(2)
    b.work_off()
    assert (results(folder), sent(a, b)) == (["take.ada.wav"], 2)


def test_what_is_dropped_on_one_machine_is_not_sent_by_another_without_a_word(
    pair: tuple[Machine, Machine], folder: Path
) -> None:
    a, b = pair
    take = make_take(folder / "take.wav")
    a.backend.errors = [Unclear("the connection broke")]
    a.drop(take)
    a.work_off()
    decisions.drop(a.ledger, a.job.id)
    b.drop(take)
    b.work_off()
    assert (b.job.state, sent(b)) == (State.HELD, 0)
    b.release(b.job.id)
    assert (b.job.state, sent(b)) == (State.DONE, 1)
    b.claims.own.tidy(folder)
    assert litter(folder) == []


def test_what_was_refused_to_one_machine_is_converted_by_the_other(pair: tuple[Machine, Machine], folder: Path) -> None:
    a, b = pair
    take = make_take(folder / "take.wav")
    a.backend.errors = [Refused("no such voice here")]
    a.drop(take)
    b.drop(take)
    job = a.begin()
    b.work_off()
    a.step(job, lambda each: a.conversion.run(each, GO_ON))
    assert a.job.state is State.FAILED
    b.pass_time(2)
    b.work_off()
    assert (b.job.state, sent(b)) == (State.DONE, 1)


def test_a_start_with_a_lost_ledger_leaves_marked_what_may_be_paid(
    pair: tuple[Machine, Machine], folder: Path, tmp_path: Path
) -> None:
    a, b = pair
    take = make_take(folder / "take.wav")
    a.drop(take)
    b.drop(take)
    a.conversion.run(a.begin(), GO_ON)
    a.ledger.close()
    (a.state / "ledger.sqlite3").unlink()
    again = Machine(folder, a.state)
    again.restart()
    b.work_off()
    b.pass_time(100)
    b.work_off()
    assert (b.job.state, sent(b)) == (State.HELD, 0)
    again.drop(take)
    again.work_off()
    assert (again.job.state, sent(again)) == (State.DONE, 0)  # its answer is there
    b.pass_time(2)
    b.work_off()
    assert (results(folder), sent(b)) == (["take.ada.wav"], 0)
    again.close()


def test_two_free_conversions_of_a_suspended_machine_and_another_one_make_one_result(
    folder: Path, tmp_path: Path
) -> None:
    a, b = (Machine(folder, tmp_path / name, paid=False) for name in "ab")
    take = make_take(folder / "take.wav")
    a.drop(take)
    b.drop(take)
    converted = a.conversion.run(a.begin(), GO_ON)
    assert converted is not None
    b.work_off()
    b.pass_time(100)
    b.work_off()
    assert (b.job.state, sent(b)) == (State.DONE, 1)
    a.step(converted, a.restoration.run)
    assert (a.job.state, a.job.output) == (State.DONE, folder / "take.ada.wav")
    assert results(folder) == ["take.ada.wav"]
    a.close()
    b.close()


def test_a_name_that_the_other_machine_takes_at_the_last_moment_is_not_counted_up(
    pair: tuple[Machine, Machine], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked, and nothing was there; then both publish."""
    a, b = pair
    take = make_take(folder / "take.wav")
    a.drop(take)
    b.drop(take)
    converted = a.conversion.run(a.begin(), GO_ON)
    assert converted is not None
    b.work_off()
    b.pass_time(100)
    b.work_off()
    b.release(b.job.id)
    monkeypatch.setattr("takevoice.pipeline.elsewhere.adjacent_result_of", lambda *_: None)
    a.step(converted, a.restoration.run)
    assert (a.job.state, results(folder)) == (State.DONE, ["take.ada.wav"])


def test_a_person_gets_another_result_by_a_retry(pair: tuple[Machine, Machine], folder: Path) -> None:
    a, b = pair
    take = make_take(folder / "take.wav")
    a.drop(take)
    b.drop(take)
    a.work_off()
    b.work_off()
    decisions.retry(b.ledger, b.job.id)
    b.work_off()
    assert results(folder) == ["take.ada.2.wav", "take.ada.wav"]


def test_a_request_is_answered_by_the_result_of_the_other_machine(pair: tuple[Machine, Machine], folder: Path) -> None:
    a, b = pair
    take = make_take(folder / "take.wav")
    a.drop(take)
    a.work_off()
    b.ask(take)
    b.work_off()
    assert (b.job.state, b.job.output, sent(b)) == (State.DONE, folder / "take.ada.wav", 0)


def test_a_copy_of_a_take_is_made_from_the_result_of_the_other_machine(pair: tuple[Machine, Machine], folder: Path) -> None:
    a, b = pair
    take = make_take(folder / "take.wav")
    copy = folder / "copy.wav"
    copy.write_bytes(take.read_bytes())
    a.drop(take)
    b.drop(take, copy)
    job = a.begin()
    b.work_off()
    converted = a.step(job, lambda each: a.conversion.run(each, GO_ON))
    assert converted is not None
    a.step(converted, a.restoration.run)
    b.pass_time(2)
    b.work_off()
    assert results(folder) == ["copy.ada.wav", "take.ada.wav"]
    assert sent(a, b) == 1


def test_other_settings_are_another_take(pair: tuple[Machine, Machine], folder: Path) -> None:
    a, b = pair
    b.set(SHARED.format(folder=folder, shared="true") + 'voice = "bea"\n')
    take = make_take(folder / "take.wav")
    a.drop(take)
    b.drop(take)
    a.begin()
    b.work_off()
    assert b.job.state is State.DONE


def test_a_claim_says_whose_it_is(pair: tuple[Machine, Machine], folder: Path) -> None:
    a, _ = pair
    a.drop(make_take(folder / "take.wav"))
    job = a.begin()
    spot = Spot.of(job)
    said = json.loads(spot.claim.read_text())
    assert (said["take"], said["job"], said["state"]) == ("take.wav", job.id, "working")
    assert len(spot.claim.name) < 48
    assert spot.claim.name.isascii()
    before = spot.claim.read_bytes()
    a.claims.own.renew(folder)
    assert spot.claim.read_bytes() != before
    assert len(spot.claim.read_bytes()) == len(before)
    seen = claim_files.read(spot.claim)
    assert seen is not None
    assert seen.is_of(a.owner.id)


def test_a_folder_that_cannot_be_written_is_gone_through_without_claims(
    pair: tuple[Machine, Machine], folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    a, _ = pair
    take = make_take(folder / "take.wav")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "not allowed")

    monkeypatch.setattr("takevoice.claim_files.create", refuse)
    monkeypatch.setattr("takevoice.pipeline.claims.place.try_create", refuse)
    a.drop(take)
    job = a.begin()
    a.claims.begin(job)
    assert caplog.text.count("cannot be written") == 1



@pytest.mark.parametrize("way", ["another voice", "another folder"])
def test_the_mark_of_a_held_take_goes_when_it_is_released_as_another_conversion(
    pair: tuple[Machine, Machine], folder: Path, way: str
) -> None:
    """Others would hold the take for what a person has decided about, and the files would stay for ever."""
    a, _ = pair
    take = make_take(folder / "take.wav")
    a.drop(take)
    a.backend.errors = [Unclear("broke off")]
    a.work_off()
    assert (a.job.state, sorted(path.suffix for path in (folder / ".takevoice").iterdir())) == (State.HELD, [".sent"])
    if way == "another voice":
        a.set(SHARED.format(folder=folder, shared="true") + "[defaults]\nvoice = 'bea'\n")
    else:
        (folder / "scene").mkdir()
        take = take.rename(folder / "scene" / "take.wav")
        a.drop(take)
    a.release(a.job.id)
    assert a.job.state is State.DONE
    a.claims.own.tidy(folder)
    assert litter(folder) + litter(take.parent) == []


@pytest.mark.parametrize("since", ["after a pause", "with another voice before"])
def test_a_result_of_the_other_machine_is_used_when_its_take_is_renamed(
    pair: tuple[Machine, Machine], folder: Path, since: str
) -> None:
    """The second machine was not running, or made a result of its own, when the take was converted."""
    a, b = pair
    take = make_take(folder / "take.wav")
    a.drop(take)
    a.work_off()
    if since == "with another voice before":
        b.set(SHARED.format(folder=folder, shared="true") + "[defaults]\nvoice = 'bea'\n")
        b.drop(take)
        b.work_off()
        b.set(SHARED.format(folder=folder, shared="true"))
    assert b.drop(folder / "take.ada.wav") == [None]
    paid = sent(a, b)
    (folder / "scene").mkdir()
    b.drop(take.rename(folder / "scene" / "renamed.wav"))
    b.work_off()
    assert results(folder / "scene") == ["renamed.ada.wav"]
    assert (folder / "scene" / "renamed.ada.wav").read_bytes()[-2000:] == (folder / "take.ada.wav").read_bytes()[-2000:]
    assert sent(a, b) == paid


def test_a_result_of_the_other_machine_that_was_changed_since_is_not_used(pair: tuple[Machine, Machine], folder: Path) -> None:
    a, b = pair
    take = make_take(folder / "take.wav")
    a.drop(take)
    a.work_off()
    result = folder / "take.ada.wav"
    b.drop(result)
    data = bytearray(result.read_bytes())
    data[-30_000:-20_000] = bytes(10_000)
    result.write_bytes(data)
    b.drop(take.rename(folder / "renamed.wav"))
    b.work_off()
    assert sent(a, b) == 2


def test_a_copy_of_a_take_that_is_held_does_not_let_another_machine_pay(pair: tuple[Machine, Machine], folder: Path) -> None:
    """The mark is that of the first job; the second one, which was not sent, leaves it there."""
    a, b = pair
    take = make_take(folder / "take.wav")
    a.backend.errors = [Unclear("broke off")]
    a.drop(take)
    a.work_off()
    copy = folder / "copy.wav"
    copy.write_bytes(take.read_bytes())
    a.drop(copy)
    a.work_off()
    assert {job.state for job in a.ledger.jobs.select()} == {State.HELD}
    b.drop(take)
    b.work_off()
    b.pass_time(2)
    b.work_off()
    assert (b.job.state, b.job.error_code) == (State.HELD, "elsewhere")
    assert sent(a, b) == 1
    first, second = (job.id for job in a.ledger.jobs.select())
    a.release(second)
    a.release(first)
    b.pass_time(4)
    b.work_off()
    assert {job.state for job in [*a.ledger.jobs.select(), *b.ledger.jobs.select()]} == {State.DONE}
    assert sent(a, b) == 2
    a.claims.own.tidy(folder)
    b.claims.own.tidy(folder)
    assert litter(folder) == []

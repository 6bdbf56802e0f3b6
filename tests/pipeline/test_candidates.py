"""Takes with candidates: what is made, what becomes the result, and what is never overwritten or paid twice."""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import soundfile

from pipeline.line import Line
from support import make_take
from takevoice.audio import read_provenance
from takevoice.errors import BackendError, SpendingLimitExceeded, StorageError, UnknownJob, WrongState
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.ledger.candidates import Mark
from takevoice.pipeline import decisions
from takevoice.pipeline.picking import Picking

THREE = "[defaults]\ncandidates = 3\n"
ASK = THREE + 'pick = "ask"\n'


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def candidates(line: Line, take: Job | None = None) -> list[Job]:
    number = take.id if take else next(job.id for job in line.ledger.jobs.select() if job.has_candidates)
    return list(line.ledger.candidates.of(number))


def head(line: Line) -> Job:
    return [job for job in line.ledger.jobs.select() if job.has_candidates][-1]


def picking(line: Line) -> Picking:
    return Picking(line.ledger, line.plugins.output_path)


def converted(line: Line, config: str = THREE, name: str = "take.wav") -> Path:
    line.set(config)
    take = make_take(line.folder / name)
    line.drop(take)
    line.finish()
    return take


def test_a_take_gets_three_candidates_and_a_copy_of_the_first_one_as_its_result(line: Line) -> None:
    converted(line)
    assert names(line.folder) == [
        "candidates/take.ada.1.wav", "candidates/take.ada.2.wav", "candidates/take.ada.3.wav", "take.ada.wav", "take.wav",
    ]
    first, second, _ = (line.folder / "candidates" / f"take.ada.{n}.wav" for n in (1, 2, 3))
    assert (line.folder / "take.ada.wav").read_bytes() == first.read_bytes()
    assert [read_provenance(path).seed for path in (first, second)] == [1, 2]
    assert len(line.backend.sent) == 3
    done = head(line)
    assert (done.state, done.output) == (State.DONE, line.folder / "take.ada.wav")


def test_seeds_count_up_from_the_one_that_is_set(line: Line) -> None:
    converted(line, THREE + "seed = 7\n")
    assert [job.settings.seed for job in candidates(line)] == [7, 8, 9]


def test_variations_are_made_with_their_own_settings(line: Line) -> None:
    converted(line, '[defaults]\ncandidates = [{voice = "ada"}, {voice = "bea", stability = 0.3}]\n')
    assert sorted(line.backend.sent) == ["take.wav ada", "take.wav bea"]
    assert names(line.folder)[:2] == ["candidates/take.ada.1.wav", "candidates/take.bea.2.wav"]
    assert candidates(line)[1].settings.stability == 0.3


def test_a_take_that_is_converted_already_is_not_paid_again(line: Line) -> None:
    take = converted(line)
    os.utime(take)
    assert line.drop(take) == [None]
    line.finish()
    assert len(line.backend.sent) == 3


def test_a_lost_ledger_pays_for_nothing_again_and_knows_which_one_was_picked(line: Line, tmp_path: Path) -> None:
    take = converted(line)
    picking(line).pick(candidates(line)[1].id, "me")
    again = Line(line.folder, tmp_path / "other")
    again.set(THREE)
    assert again.drop(take) == [None]  # all of them are there
    (line.folder / "candidates" / "take.ada.3.wav").unlink()
    os.utime(take)
    again.drop(take)
    again.finish()
    assert len(again.backend.sent) == 1
    assert names(line.folder) == [
        "candidates/take.ada.1.wav", "candidates/take.ada.2.wav", "candidates/take.ada.3.wav", "take.ada.wav", "take.wav",
    ]
    assert again.ledger.candidates.pick(head(again).id).job == candidates(again)[1].id
    again.close()


def test_results_in_the_folder_of_candidates_are_no_takes(line: Line) -> None:
    converted(line)
    every = list((line.folder / "candidates").iterdir())
    assert line.drop(*every) == [None] * 3


@pytest.mark.parametrize("config", ["", THREE])
def test_a_lost_ledger_leaves_a_take_alone_whose_result_was_picked(line: Line, tmp_path: Path, config: str) -> None:
    converted(line)
    picking(line).pick(candidates(line)[1].id, "me")
    there = names(line.folder)

    again = Line(line.folder, tmp_path / "again")
    again.set(config)
    again.drop(line.folder / "take.wav")
    again.finish()
    assert (again.backend.sent, names(line.folder)) == ([], there)
    forecast = again.assessor.forecast(line.folder / "take.wav")
    assert forecast.adjacent == line.folder / "take.ada.wav", "the pick is handed over, and not the first candidate"
    assert read_provenance(forecast.adjacent).seed == 2
    again.close()


def test_the_newest_of_several_results_counts_where_the_ledger_is_lost(line: Line, tmp_path: Path) -> None:
    take = make_take(line.folder / "take.wav", 0.3)
    line.drop(take)
    line.work_off()
    decisions.retry(line.ledger, line.job.id)
    line.work_off()
    for number, name in enumerate(("take.ada.wav", "take.ada.2.wav")):
        os.utime(line.folder / name, (1e9 + number, 1e9 + number))
    again = Line(line.folder, tmp_path / "again")
    assert again.assessor.forecast(take).adjacent == line.folder / "take.ada.2.wav"
    again.close()


def test_picking_another_replaces_the_result(line: Line) -> None:
    converted(line)
    second = candidates(line)[1]
    result, before = line.folder / "take.ada.wav", (line.folder / "take.ada.wav").read_bytes()
    take, earlier = picking(line).pick(second.id, "me")
    assert (take.output, earlier) == (result, result)
    assert result.read_bytes() == second.output.read_bytes() != before
    assert names(line.folder).count("take.ada.wav") == 1 and not (line.folder / "take.ada.2.wav").exists()


def test_an_edited_result_stays_and_the_picked_one_gets_a_number(line: Line) -> None:
    converted(line)
    result = line.folder / "take.ada.wav"
    with result.open("ab") as file:
        file.write(b"note")  # what an editor adds at the end
    edited = result.read_bytes()
    take, _ = picking(line).pick(candidates(line)[1].id, "me")
    assert result.read_bytes() == edited
    assert take.output == line.folder / "take.ada.2.wav"


def test_a_result_stays_when_its_own_candidate_is_gone(line: Line) -> None:
    converted(line)
    first, second, _ = candidates(line)
    kept = first.output.read_bytes()
    first.output.unlink()
    take, _ = picking(line).pick(second.id, "me")
    assert (line.folder / "take.ada.wav").read_bytes() == kept
    assert take.output == line.folder / "take.ada.2.wav"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_in_place_of_the_result_is_not_followed(line: Line, tmp_path: Path) -> None:
    converted(line)
    result, elsewhere = line.folder / "take.ada.wav", tmp_path / "elsewhere.wav"
    result.rename(elsewhere)
    result.symlink_to(elsewhere)
    kept = elsewhere.read_bytes()
    take, _ = picking(line).pick(candidates(line)[1].id, "me")
    assert elsewhere.read_bytes() == kept and take.output == line.folder / "take.ada.2.wav"


def test_someone_elses_file_of_that_name_stays(line: Line) -> None:
    other = line.folder / "take.ada.wav"
    other.write_bytes(b"mine")
    converted(line)
    assert other.read_bytes() == b"mine"
    assert head(line).output == line.folder / "take.ada.2.wav"


def test_a_pick_whose_candidate_is_gone_is_refused(line: Line) -> None:
    converted(line)
    second = candidates(line)[1]
    second.output.unlink()
    with pytest.raises(StorageError, match="retry"):
        picking(line).pick(second.id, "me")


def test_only_candidates_can_be_picked(line: Line) -> None:
    converted(line)
    with pytest.raises(WrongState, match="no candidate"):
        picking(line).pick(head(line).id, "me")
    with pytest.raises(UnknownJob):
        picking(line).pick(99, "me")


def test_a_person_is_asked_and_picks(line: Line) -> None:
    converted(line, ASK)
    waiting = head(line)
    assert (waiting.state, waiting.error_code) == (State.HELD, "pick")
    assert "3 candidates are there" in waiting.error
    assert not (line.folder / "take.ada.wav").exists()
    take, before = picking(line).pick(candidates(line)[2].id, "me")
    assert take.state is State.DONE and before is None
    assert (line.folder / "take.ada.wav").read_bytes() == (line.folder / "candidates" / "take.ada.3.wav").read_bytes()


def test_release_uses_the_first_and_drop_none(line: Line) -> None:
    converted(line, ASK)
    decisions.release(line.ledger, head(line).id)
    line.finish()
    assert (line.folder / "take.ada.wav").read_bytes() == (line.folder / "candidates" / "take.ada.1.wav").read_bytes()
    converted(line, ASK, "other.wav")
    decisions.drop(line.ledger, head(line).id)
    assert head(line).state is State.CANCELLED and not (line.folder / "other.ada.wav").exists()
    picking(line).pick(candidates(line, head(line))[0].id, "me")  # the person thinks better of it
    assert head(line).state is State.DONE and (line.folder / "other.ada.wav").exists()


def test_the_closest_is_the_one_with_the_highest_correlation(line: Line) -> None:
    line.set(THREE + 'pick = "closest"\n')
    line.drop(make_take(line.folder / "take.wav"))
    for _ in candidates(line):
        line.work_off()
    for job, correlation in zip(candidates(line), (0.7, 0.9, 0.8), strict=True):
        line.ledger.jobs.update(job.id, correlation=correlation)
    line.finish()
    assert line.ledger.candidates.pick(head(line).id).job == candidates(line)[1].id


def test_a_rejected_one_is_never_chosen_and_no_file_moves(line: Line) -> None:
    converted(line, ASK)
    first = candidates(line)[0]
    line.ledger.candidates.mark(first.id, Mark(rejected=True))
    decisions.release(line.ledger, head(line).id)
    line.finish()
    assert line.ledger.candidates.pick(head(line).id).job == candidates(line)[1].id
    assert first.output.exists()


def test_one_that_fails_leaves_the_others(line: Line) -> None:
    line.backend.errors = [BackendError("no")]
    converted(line)
    states = [job.state for job in candidates(line)]
    assert sorted(states) == ["done", "done", "failed"] and head(line).state is State.DONE


def test_a_retry_repeats_the_candidates_that_failed_with_their_own_seeds(line: Line) -> None:
    line.backend.errors = [BackendError("no")] * 3
    converted(line)
    assert head(line).state is State.FAILED
    assert "3 failed" in head(line).error
    decisions.retry(line.ledger, head(line).id)
    line.finish()
    assert [(job.state, job.settings.seed) for job in candidates(line)] == [(State.DONE, seed) for seed in (1, 2, 3)]
    assert head(line).output == line.folder / "take.ada.wav"


def test_a_retry_of_one_candidate_repeats_that_candidate(line: Line) -> None:
    converted(line)
    second = candidates(line)[1]
    decisions.retry(line.ledger, second.id)
    line.finish()
    again = line.ledger.jobs.get(second.id)
    assert (again.settings.seed, again.output) == (2, line.folder / "candidates" / "take.ada.2.2.wav")
    assert (line.folder / "take.ada.wav").read_bytes() == (line.folder / "candidates" / "take.ada.1.wav").read_bytes()


def test_a_retry_of_a_finished_take_makes_further_ones_and_keeps_the_result(line: Line) -> None:
    converted(line)
    kept = (line.folder / "take.ada.wav").read_bytes()
    decisions.retry(line.ledger, head(line).id)
    line.finish()
    assert [job.settings.seed for job in candidates(line)] == [1, 2, 3, 4, 5, 6]
    assert (line.folder / "take.ada.wav").read_bytes() == kept
    assert head(line).state is State.DONE and not (line.folder / "take.ada.2.wav").exists()


def test_a_limit_holds_candidates_and_the_take_has_its_result_all_the_same(line: Line) -> None:
    converted(line, THREE + "[money]\nper_day = 2.5\n")  # each is one credit
    assert sorted(job.state for job in candidates(line)) == ["done", "done", "held"]
    assert head(line).state is State.DONE
    held = next(job for job in candidates(line) if job.state is State.HELD)
    decisions.release(line.ledger, held.id)
    line.finish()
    assert line.ledger.jobs.get(held.id).state is State.DONE


def test_a_take_of_which_all_candidates_are_held_is_held_and_released_with_them(line: Line) -> None:
    converted(line, THREE + "[money]\nper_day = 0.5\n")
    assert (head(line).state, head(line).error_code) == (State.HELD, SpendingLimitExceeded.code)
    decisions.release(line.ledger, head(line).id)
    line.finish()
    assert head(line).state is State.DONE and len(line.backend.sent) == 3


def test_a_held_take_says_what_all_its_candidates_cost_and_sends_nothing(line: Line) -> None:
    line.set(THREE + "[money]\nmany = 1\n")
    take, other = (make_take(line.folder / f"{name}.wav", 10.0, seed=seed) for seed, name in enumerate("ab"))
    line.drop(take, other)
    job = line.ledger.jobs.newest(take)
    assert job.state is State.HELD and "3 candidates, about 30 credits" in job.error
    assert not candidates_of(line) and not line.backend.sent
    decisions.release(line.ledger, job.id)
    line.finish()
    assert len(line.backend.sent) == 3


def test_candidates_count_where_too_many_takes_at_once_are_held(line: Line) -> None:
    line.set(THREE + "[money]\nmany = 5\n")
    one, two = (make_take(line.folder / f"{name}.wav", seed=seed) for seed, name in enumerate("ab"))
    assert [job.state for job in line.drop(one, two) if job] == [State.HELD] * 2  # 6 conversions


def test_of_two_who_pick_at_once_the_later_choice_is_the_result(line: Line) -> None:
    converted(line, ASK)
    _, second, third = candidates(line)
    earlier = picking(line).intend(head(line), second, "one process")
    picking(line).pick(third.id, "another")
    picking(line).place(earlier)
    assert (line.folder / "take.ada.wav").read_bytes() == third.output.read_bytes()
    assert line.ledger.candidates.pick(head(line).id).job == third.id


def test_quick_choices_of_one_process_are_all_carried_out_and_the_last_one_is_the_result(line: Line) -> None:
    """A key that is held down, or two windows: each choice comes in a thread of its own."""
    converted(line, ASK)
    made = candidates(line)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda job: picking(line).pick(job.id, "me"), made * 8))
    last = line.ledger.candidates.pick(head(line).id)
    chosen = line.ledger.jobs.get(last.job).output
    assert (line.folder / "take.ada.wav").read_bytes() == chosen.read_bytes()
    assert names(line.folder)[3:] == ["take.ada.wav", "take.wav"]
    assert head(line).state is State.DONE


def test_what_a_killed_process_was_copying_is_removed(line: Line) -> None:
    converted(line)
    left = line.folder / f".tv-pick-{head(line).id}-99999.part"
    left.write_bytes(b"half")
    os.utime(left, (1, 1))
    picking(line).pick(candidates(line)[1].id, "me")
    assert not left.exists() and not list(line.folder.glob(".tv-*"))


def candidates_of(line: Line) -> list[Job]:
    return [job for job in line.ledger.jobs.select() if job.is_candidate]


def test_cancelling_a_take_cancels_its_candidates(line: Line) -> None:
    line.set(THREE)
    line.drop(make_take(line.folder / "take.wav"))
    decisions.cancel(line.ledger, head(line).id)
    line.finish()
    assert {job.state for job in line.ledger.jobs.select()} == {State.CANCELLED} and not line.backend.sent


def test_a_request_that_names_a_seed_gets_the_one_result_that_it_gives(line: Line) -> None:
    line.set(THREE)
    line.ask(make_take(line.folder / "take.wav"), overrides={"seed": 5})
    line.finish()
    assert names(line.folder) == ["take.ada.wav", "take.wav"] and len(line.backend.sent) == 1


def test_what_was_made_before_is_not_paid_again_as_a_candidate(line: Line) -> None:
    line.ask(make_take(line.folder / "take.wav"), overrides={"seed": 2})
    line.finish()
    line.ask(line.folder / "take.wav", overrides={"candidates": 3, "pick": "ask"})
    line.finish()
    assert len(line.backend.sent) == 3
    assert "candidates/take.ada.2.wav" in names(line.folder)


def test_an_older_result_becomes_a_candidate_when_another_is_picked(line: Line) -> None:
    take = make_take(line.folder / "take.wav")
    line.drop(take)
    line.finish()
    older = line.ledger.jobs.newest(take)
    before = (line.folder / "take.ada.wav").read_bytes()
    line.ask(take, overrides={"candidates": 2, "pick": "ask"})
    line.finish()
    assert (line.folder / "take.ada.wav").read_bytes() == before
    picking(line).pick(candidates(line)[0].id, "me")
    assert (line.folder / "take.ada.wav").read_bytes() == (line.folder / "candidates" / "take.ada.1.wav").read_bytes() != before
    assert (line.folder / "candidates" / "take.ada.3.wav").read_bytes() == before
    picking(line).pick(older.id, "me")
    assert (line.folder / "take.ada.wav").read_bytes() == before


def test_a_choice_that_was_stored_is_carried_out_after_a_kill(line: Line) -> None:
    converted(line, ASK)
    second = candidates(line)[1]
    picking(line).intend(head(line), second, "me")  # and here the process is killed
    decisions.release(line.ledger, head(line).id)
    line.finish()
    assert (line.folder / "take.ada.wav").read_bytes() == second.output.read_bytes()


def test_a_rename_takes_the_candidates_along(line: Line) -> None:
    line.set(THREE)
    line.drop(make_take(line.folder / "take.wav"))
    (line.folder / "take.wav").rename(line.folder / "new.wav")
    line.drop(line.folder / "new.wav")
    line.finish()
    assert len(line.backend.sent) == 3
    assert "new.ada.wav" in names(line.folder) and not [name for name in names(line.folder) if "take" in name]


def test_a_long_name_keeps_its_number(line: Line) -> None:
    converted(line, name="x" * 240 + ".wav")
    assert [name for name in names(line.folder / "candidates") if name.endswith(".3.wav")]
    assert head(line).state is State.DONE


def test_candidates_are_as_long_as_their_take(line: Line) -> None:
    take = converted(line)
    assert {soundfile.info(str(job.output)).frames for job in candidates(line)} == {soundfile.info(str(take)).frames}


def test_older_ledgers_get_the_new_tables(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    assert ledger.candidates.pick(1) is None and not ledger.candidates.marks([1])
    ledger.close()


def test_two_machines_on_one_share_pay_for_each_candidate_once(line: Line, tmp_path: Path) -> None:
    config = f'[[watch]]\nfolder = {json.dumps(str(line.folder))}\nshared = true\n{THREE}'
    other = Line(line.folder, tmp_path / "other")
    for machine in (line, other):
        machine.set(config)
    take = make_take(line.folder / "take.wav")
    for machine in (line, other):
        machine.drop(take)
        for number in machine.ledger.jobs.found("daemon"):
            machine.intake.take_up(machine.ledger.jobs.get(number))  # all are queued, on both
    line.finish()
    result = (line.folder / "take.ada.wav").stat()
    other.finish()
    assert (len(line.backend.sent), len(other.backend.sent)) == (3, 0)
    assert names(line.folder) == [
        "candidates/take.ada.1.wav", "candidates/take.ada.2.wav", "candidates/take.ada.3.wav", "take.ada.wav", "take.wav",
    ]
    assert head(other).output == line.folder / "take.ada.wav"
    now = (line.folder / "take.ada.wav").stat()
    assert (now.st_ino, now.st_mtime_ns) == (result.st_ino, result.st_mtime_ns)  # it was not even written again
    other.close()

"""OSC as controllers use it, with a session, a ledger and sockets, and a backend that costs money but nothing is sent to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from osc.raw import Raw, message, raw
from pipeline.line import FakeBackend
from service.osc_place import Place, held, open_place
from support import make_take, wait_for
from takevoice.errors import BackendUnavailable
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.osc.peers import UdpPeer
from takevoice.paths import StateDir
from takevoice.pipeline import decisions
from takevoice.settings import LoadedConfig

STABILITY = "/takevoice/track/Anna/stability"


def test_a_fader_sets_and_reads_a_setting(udp: Raw) -> None:
    assert udp.ask(STABILITY) == (STABILITY, "")
    assert udp.ask(STABILITY, "f", 0.4) == (STABILITY, 0.4)
    assert udp.ask(STABILITY) == (STABILITY, 0.4)
    assert udp.ask("/takevoice/track/get", "sss", "id", "Anna", "stability") == (
        "/takevoice/track", "id", "Anna", "stability", 0.4,
    )  # fmt: skip
    assert udp.ask(STABILITY, "N") == (STABILITY, "")
    assert udp.ask(STABILITY, "s", "0.25") == (STABILITY, 0.25)
    assert udp.ask(STABILITY, "s", "") == (STABILITY, "")


def test_a_switch_is_1_or_0_and_a_menu_is_text(udp: Raw) -> None:
    assert udp.ask("/takevoice/track/Anna/enabled", "F") == ("/takevoice/track/Anna/enabled", 0)
    assert udp.ask("/takevoice/track/Anna/enabled", "f", 1.0) == ("/takevoice/track/Anna/enabled", 1)
    assert udp.ask("/takevoice/track/Anna/voice", "s", "ada") == ("/takevoice/track/Anna/voice", "ada")
    assert udp.ask("/takevoice/track/Anna/channels", "[ii]", 2, 4) == ("/takevoice/track/Anna/channels", "2,4")


@pytest.mark.parametrize(
    ("key", "tags", "given", "reason"),
    [
        ("stabilty", "f", [0.4], "stabilty = 0.4 is no known key; did you mean stability?"),
        ("stabilty", None, [], "did you mean stability?"),
        ("stability", "f", [4.0], "stability = 4.0 must be at most 1"),
        ("stability", "f", [float("nan")], "stability = NaN must be"),
        ("stability", "s", ["0,4"], 'stability = "0,4" must be a number'),
        ("seed", "f", [7.5], "seed = 7.5 must be a whole number"),
    ],
)
def test_a_fault_is_named_with_key_and_value(udp: Raw, key: str, tags: str | None, given: list[Any], reason: str) -> None:
    for address, id_, words in (
        (f"/takevoice/track/Anna/{key}", "", []),
        ("/takevoice/track/set", "id", ["id", "Anna", key]),
    ):
        if words and tags is None:
            continue
        answer = udp.ask(address, "s" * len(words) + tags if tags else None, *words, *given)
        assert answer[:3] == ("/takevoice/fail", id_, "config")
        assert reason in answer[3]
        assert address in answer[3] or not words or tags is None


def test_a_name_that_no_track_can_have_is_refused(place: Place, udp: Raw) -> None:
    """A NUL ends a text in OSC, so nothing could show or remove what was set for it."""
    for answer in (
        udp.ask("/takevoice/track/%00/stability", "f", 0.5),
        udp.ask("/takevoice/track/set", "sssf", "id", " ", "stability", 0.5),
    ):
        assert answer[2] == "config"
        assert "is no name of a track" in answer[3]
    assert udp.ask("/takevoice/track/%00/stability", "N") == ("/takevoice/track/%00/stability", "")  # one of before can be removed
    assert list(place.session.ledger.tracks.names()) == []


@pytest.mark.parametrize(("tags", "given"), [("F", []), ("i", [0]), ("f", [0.0])])
def test_a_button_that_is_let_go_of_does_nothing(udp: Raw, tags: str, given: list[Any]) -> None:
    """A switch that is bound to the address of the pause would pause when it is switched off."""
    for name in ("pause", "resume"):
        answer = udp.ask(f"/takevoice/{name}", tags, *given)
        assert answer[:3] == ("/takevoice/fail", "0" if given else "", "arguments")
        assert "a button that was let go of, and does nothing" in answer[3]
    assert udp.ask("/takevoice/paused") == ("/takevoice/paused", 0)
    assert udp.ask("/takevoice/ping", "i", 0) == ("/takevoice/ok", "0")
    assert udp.ask("/takevoice/pause", "s", "0") == ("/takevoice/ok", "0")


def test_without_an_id_the_reply_port_is_none(place: Place, udp: Raw) -> None:
    for tags in ("si", "Isi", "Tsi"):
        assert udp.ask("/takevoice/ping", tags, "reply_port", udp.port) == ("/takevoice/ok", "")


def test_a_decision_that_is_sent_again_changes_nothing(place: Place, udp: Raw, folder: Path) -> None:
    job = held(place, folder)
    for _ in range(2):
        assert udp.ask("/takevoice/drop", "si", "d", job.id)[2:3] in ((), ("wrong_state",))
        assert place.session.ledger.jobs.get(job.id).state is State.CANCELLED
    for _ in range(2):
        assert udp.ask("/takevoice/forget", "si", "f", job.id)[2:3] in ((), ("unknown_job",))


def test_another_surface_sees_each_change_and_the_one_that_made_it_gets_one_answer(place: Place, udp: Raw) -> None:
    with raw(place.port) as other:
        for each in (udp, other):
            assert each.ask("/takevoice/subscribe", "s", "id") == ("/takevoice/ok", "id")
            assert each.receive() == ("/takevoice/paused", 0)
        assert udp.ask(STABILITY, "f", 0.4) == (STABILITY, 0.4)
        assert other.receive() == (STABILITY, 0.4)
        assert udp.ask("/takevoice/paused", "i", 1) == ("/takevoice/paused", 1)
        assert other.receive() == ("/takevoice/paused", 1)
        other.send(message("/takevoice/resume", "s", "go"))
        assert {other.receive(), other.receive()} == {("/takevoice/ok", "go"), ("/takevoice/paused", 0)}
        assert udp.receive() == ("/takevoice/paused", 0)
        other.send(message("/takevoice/track/set", "sssf", "set", "Lead Vox", "style", 0.5))
        assert {other.receive()[0], other.receive()[0]} == {"/takevoice/ok", "/takevoice/track/Lead%20Vox/style"}
        assert udp.receive() == ("/takevoice/track/Lead%20Vox/style", 0.5)
        assert udp.ask("/takevoice/ping") == ("/takevoice/ok", "")


def test_a_changed_config_moves_the_faders(place: Place, udp: Raw) -> None:
    udp.send(message("/takevoice/subscribe", "s", "id"))
    udp.until("/takevoice/paused")
    settings = place.settings({}, defaults={"style": 0.3})
    place.config.loaded = LoadedConfig(settings)
    place.session.events.settings_changed()
    assert udp.receive() == ("/takevoice/track/Anna/style", 0.3)


def test_two_programs_that_answer_each_other_stop(place: Place, udp: Raw) -> None:
    udp.send(message(STABILITY, "fsi", 0.4, "reply_port", place.port))
    wait_until_quiet(place, udp)


def test_a_held_job_is_dropped_forgotten_and_taken_off_every_surface(place: Place, udp: Raw, folder: Path) -> None:
    job = held(place, folder)
    assert udp.ask("/takevoice/forget", "si", "f", job.id)[:3] == ("/takevoice/fail", "f", "wrong_state")
    assert udp.ask("/takevoice/drop", "si", "d", job.id) == ("/takevoice/ok", "d")
    udp.send(message("/takevoice/subscribe", "s", "me"))
    udp.until("/takevoice/paused")
    udp.send(message("/takevoice/forget", "sf", "f", float(job.id)))
    replies = {udp.receive(), udp.receive()}
    assert replies == {("/takevoice/ok", "f"), ("/takevoice/job", "me", job.id, "removed", 0.0, str(job.path))}
    assert udp.ask("/takevoice/jobs") == ("/takevoice/end", "", "jobs", "", 0)


def test_a_held_job_is_released(place: Place, udp: Raw, folder: Path) -> None:
    job = held(place, folder)
    assert udp.ask("/takevoice/release", "si", "r", job.id) == ("/takevoice/ok", "r")
    assert place.session.ledger.jobs.get(job.id).state is State.FOUND
    assert udp.ask("/takevoice/release", "si", "other", job.id)[:3] == ("/takevoice/fail", "other", "wrong_state")
    assert udp.ask("/takevoice/release", "si", "r", 99)[:3] == ("/takevoice/fail", "r", "unknown_job")


@pytest.mark.parametrize("address", ["/takevoice/*", "/takevoice/re*", "/takevoice/{retry,release}", "/*/[a-z]*"])
def test_a_pattern_starts_and_ends_nothing(place: Place, udp: Raw, folder: Path, address: str) -> None:
    """It would pay for a take again, or drop it, where somebody wants to see what there is."""
    waiting = held(place, folder)
    done = place.job(make_take(folder / "done.wav", 0.1), State.DONE, voice="bea", backend="fake")
    for job in (waiting, done):
        udp.send(message(address, "si", "id", job.id))
        udp.send(message("/takevoice/sync", "s", "end"))
        assert udp.until("/takevoice/synced")
    states = [place.session.ledger.jobs.get(job.id).state for job in (waiting, done)]
    assert states == [State.HELD, State.DONE]


def test_a_pattern_for_what_has_to_be_named_is_answered(udp: Raw) -> None:
    answer = udp.ask("/takevoice/re*", "si", "id", 1)
    assert answer[:3] == ("/takevoice/fail", "id", "not_allowed")
    assert "a pattern does not reach /takevoice/rendered, /takevoice/retry, /takevoice/release, /takevoice/resume" in answer[3]


@pytest.mark.parametrize("verb", ["release", "retry"])
def test_another_machine_releases_paid_takes_only_if_the_config_says_so(
    tmp_path: Path, folder: Path, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for paid, remote, here, allowed in (
        (True, False, False, False), (True, True, False, True), (False, False, False, True), (True, False, True, True),
    ):  # fmt: skip
        state = tmp_path / f"{paid}{remote}{here}"
        monkeypatch.setattr(UdpPeer, "is_local", here)
        with open_place(state, FakeBackend(paid=paid), remote_release=remote) as place, raw(place.port) as udp:
            job = held(place, folder)
            answer = udp.ask(f"/takevoice/{verb}", "si", "r", job.id)
            assert (answer[0] == "/takevoice/ok") is allowed
            assert allowed or (answer[2] == "not_allowed" and "remote_release" in answer[3])
            assert (place.session.ledger.jobs.get(job.id).state is State.FOUND) is allowed


def test_a_client_of_this_machine_is_told_from_others() -> None:
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        assert UdpPeer(own, ("127.0.0.1", 9)).is_local
        assert not UdpPeer(own, ("192.0.2.1", 9)).is_local  # TEST-NET-1, which nobody has


def test_lists_come_in_parts(place: Place, udp: Raw, folder: Path) -> None:
    jobs = [place.job(folder / f"{n}.wav") for n in range(45)]
    newest = [job.id for job in reversed(jobs)]
    replies = udp_list(udp, "jobs", "s", "all")
    assert [row[2] for row in replies[:-1]] == newest[:20]
    assert replies[-1] == ("/takevoice/end", "all", "jobs", str(newest[19]), 45)
    place.job(folder / "new.wav")  # what is added meanwhile moves nothing
    replies = udp_list(udp, "jobs", "ssi", "next", replies[-1][3], 5)
    assert [row[2] for row in replies[:-1]] == newest[20:25]
    replies = udp_list(udp, "jobs", "si", "last", jobs[5].id)
    assert replies[0] == ("/takevoice/jobs/row", "last", jobs[4].id, "found", 0.0, str(folder / "4.wav"), "", "", "", "")
    assert replies[-1] == ("/takevoice/end", "last", "jobs", "", 46)
    assert udp_list(udp, "jobs", "si", "beyond", 1) == [("/takevoice/end", "beyond", "jobs", "", 46)]
    assert udp_list(udp, "jobs", "sii", "from the start", 0, 1)[-1][3] == str(newest[0] + 1)
    assert udp_list(udp, "voices", "ssi", "one", "", 1)[-1] == ("/takevoice/end", "one", "voices", "ada", 2)
    bea, end = udp_list(udp, "voices", "ss", "two", "ada")
    assert (bea[2], end) == ("bea", ("/takevoice/end", "two", "voices", "", 2))


@pytest.mark.parametrize(
    ("name", "tags", "given"),
    [("jobs", "sii", [0, 101]), ("jobs", "sii", [0, 0]), ("jobs", "si", [-1]), ("jobs", "ss", ["new"]), ("voices", "ss", ["zoe"])],
)
def test_a_part_that_cannot_be_is_refused(udp: Raw, name: str, tags: str, given: list[Any]) -> None:
    assert udp.ask(f"/takevoice/{name}", tags, "x", *given)[:3] == ("/takevoice/fail", "x", "arguments")


def udp_list(udp: Raw, name: str, tags: str, *arguments: Any) -> list[tuple[Any, ...]]:
    udp.send(message(f"/takevoice/{name}", tags, *arguments))
    return udp.until("/takevoice/end")


def test_held_jobs_voices_and_tracks_are_listed(place: Place, udp: Raw, folder: Path) -> None:
    job = held(place, folder)
    (row, end) = udp_list(udp, "held", "s", "h")
    assert row[:4] == ("/takevoice/held/row", "h", job.id, "cap")
    assert row[5:8] == (str(job.path), "Anna", "bea")
    assert end[2:] == ("held", "", 1)
    (ada, bea, end) = udp_list(udp, "voices", "s", "v")
    assert (ada, bea[2]) == (("/takevoice/voices/row", "v", "ada", "ada", "premade", "fake"), "bea")
    assert end == ("/takevoice/end", "v", "voices", "", 2)
    udp.ask("/takevoice/track/Lead Vox/enabled", "i", 0)
    assert udp_list(udp, "tracks", "s", "t") == [
        ("/takevoice/tracks/row", "t", "Anna", "bea", 1),
        ("/takevoice/tracks/row", "t", "Lead Vox", "auto", 0),
        ("/takevoice/end", "t", "tracks", "", 2),
    ]


def test_a_list_with_the_longest_names_fits_into_its_messages(place: Place, udp: Raw, folder: Path) -> None:
    job = place.job(folder / ("é" * 120 + ".wav"))
    place.session.ledger.jobs.change(job.id, State.HELD, error="x" * 9000, error_code="cap", track="ü" * 2000)
    for name in ("jobs", "held"):
        udp.send(message(f"/takevoice/{name}"))
        packet = udp.socket.recv(65_535)
        assert len(packet) <= 4000
        udp.until("/takevoice/end")


def test_a_backend_without_voices_is_answered(place: Place, udp: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Any:
        raise BackendUnavailable("no network")

    monkeypatch.setattr(place.office.planner, "backend", fails)
    answer = udp.ask("/takevoice/voices", "s", "v")
    assert answer == ("/takevoice/fail", "v", "backend_unavailable", "no network")


def test_a_pause_outlasts_a_restart(tmp_path: Path, backend: FakeBackend, caplog: pytest.LogCaptureFixture) -> None:
    with open_place(tmp_path, backend) as place, raw(place.port) as udp:
        assert udp.ask("/takevoice/pause") == ("/takevoice/ok", "")
    with open_place(tmp_path, backend) as place, raw(place.port) as udp:
        assert place.session.pool.paused.is_set()
        status = udp.ask("/takevoice/status")
        assert status[2] == "paused"
        assert "conversions are paused since" in status[-1]
        assert "takevoice resume" in caplog.text
        assert udp.ask("/takevoice/paused", "f", 0.0) == ("/takevoice/paused", 0)
    with open_place(tmp_path, backend) as place, raw(place.port) as udp:
        assert udp.ask("/takevoice/paused") == ("/takevoice/paused", 0)


@pytest.mark.parametrize(("tags", "given"), [("s", ["maybe"]), ("f", [0.5]), ("i", [7])])
def test_what_neither_pauses_nor_resumes_is_refused(udp: Raw, tags: str, given: list[Any]) -> None:
    assert udp.ask("/takevoice/paused", tags, *given)[:3] == ("/takevoice/fail", "", "arguments")


@pytest.mark.parametrize("name", ["version", "status", "ping", "paused"])
def test_replies_sent_to_takevoice_itself_do_not_go_round(place: Place, udp: Raw, name: str) -> None:
    udp.send(message(f"/takevoice/{name}", "ssi" if name != "paused" else "si", *["id"][name == "paused" :], "reply_port", place.port))
    wait_until_quiet(place, udp)


def wait_until_quiet(place: Place, udp: Raw) -> None:
    """Wait until no more messages come but those of this test."""

    def is_quiet() -> bool:
        before = place.messages
        for _ in range(10):  # one that goes round may be under way during one of these
            assert udp.ask("/takevoice/sync", "s", "now") == ("/takevoice/synced", "now")
        return place.messages == before + 10

    wait_for(is_quiet, 10)


def test_what_other_processes_decide_is_seen_on_every_surface(
    place: Place, udp: Raw, folder: Path, tmp_path: Path
) -> None:
    """`takevoice drop` writes to the ledger, and nothing else."""
    job = held(place, folder)
    udp.send(message("/takevoice/subscribe", "s", "me"))
    udp.until("/takevoice/paused")
    wait_for(lambda: place.osc._foreign._version is not None)
    other = Ledger(StateDir(tmp_path / "state").ledger)
    try:
        decisions.drop(other, job.id)
        assert udp.receive() == ("/takevoice/job", "me", job.id, "cancelled", 0.0, str(job.path))
        decisions.forget(other, job.id)
        assert udp.receive() == ("/takevoice/job", "me", job.id, "removed", 0.0, "")
    finally:
        other.close()


def test_what_this_process_reports_is_not_reported_twice(place: Place, udp: Raw, folder: Path) -> None:
    job = held(place, folder)
    udp.send(message("/takevoice/subscribe", "s", "me"))
    udp.until("/takevoice/paused")
    wait_for(lambda: place.osc._foreign._version is not None)
    told = [udp.ask("/takevoice/drop", "si", "d", job.id), udp.ask("/takevoice/forget", "si", "f", job.id)]
    wait_for(lambda: job.id not in place.osc._foreign._known)  # noted a moment after the answer; looks are half a second apart
    for _ in range(3):
        place.osc._foreign.look()
    udp.send(message("/takevoice/ping", "s", "end"))
    while (reply := udp.receive()) != ("/takevoice/ok", "end"):
        told.append(reply)
    assert [each[3] for each in told if each[0] == "/takevoice/job"] == ["cancelled", "removed"]


def test_a_refused_request_has_its_reason_in_the_result_file_too(place: Place, udp: Raw, tmp_path: Path) -> None:
    handover = tmp_path / "state" / "handover"
    handover.mkdir(exist_ok=True)
    take = make_take(handover / "take.wav", 0.1)
    answer = udp.ask("/takevoice/convert", "sssf", "k1", str(take), "stabilty", 0.4)
    assert answer[:3] == ("/takevoice/fail", "k1", "config")
    assert "stabilty = 0.4 is no known key; did you mean stability?" in answer[3]
    written = tmp_path / "state" / "results" / "k1.json"
    wait_for(written.exists, 10)
    result = json.loads(written.read_text())
    assert (result["code"], result["text"]) == answer[2:]

"""Candidates as clients see them: over OSC and in request files, while the command line picks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from daemon.asking import Asking, cut
from osc.clients import Client, client
from support import FAST, Command, make_take, wait_for

pytestmark = pytest.mark.process


def port_of(command: Command) -> int:
    """The port that the running daemon listens on for OSC."""
    (path,) = wait_for(lambda: list(command.state.glob("osc*.json")))
    return int(json.loads(path.read_text())["port"])


def rows(osc: Client, job: int) -> list[tuple[object, ...]]:
    """The candidates of a take, as a client is told them."""
    osc.seen.clear()
    osc.send("/takevoice/candidates", "list", job)
    osc.until("/takevoice/end", "list")
    return [tuple(message.arguments[1:]) for message in osc.seen if message.address == "/takevoice/candidate"]


def test_scripts_get_candidates_and_pick(gated: Command, folder: Path, asking: Asking) -> None:
    session = folder.parent / "Session"
    session.mkdir()
    gated.config(f'backend = "gated"\n{FAST}[osc]\nallow = ["{session}"]\n')
    take = make_take(session / "Anna_03.wav", 0.3)
    result, files = session / "Anna_03.ada.wav", [session / "candidates" / f"Anna_03.ada.{n}.wav" for n in (1, 2, 3)]
    with gated.daemon(folder, "--osc-port", 0), client(port_of(gated)) as osc:
        # One request: each candidate is reported, and the end once, with the result, for clients that know no candidates.
        osc.send("/takevoice/convert", "c1", str(take), "candidates", 3)
        done = osc.until("/takevoice/done", "c1", 60.0)
        head = done[1]
        assert done[2] == str(result)
        told = {message.arguments[3] for message in osc.seen if message.address == "/takevoice/candidate"}
        assert told == {str(path) for path in files}
        ended = asking.ended("c1")
        assert [each["path"] for each in ended["candidates"]] == [str(path) for path in files]
        assert [each["picked"] for each in ended["candidates"]] == [1, 0, 0]

        # Subscribers are told what another process picks.
        listed = rows(osc, head)
        assert [row[1:6] for row in listed] == [
            (n, str(path), "done", int(n == 1), 0) for n, path in enumerate(files, 1)
        ]
        printed = gated("osc", "/takevoice/candidates", "l1", head).stdout.splitlines()
        assert [line.split()[0] for line in printed] == ["/takevoice/candidate"] * 3 + ["/takevoice/end"]
        osc.send("/takevoice/subscribe", "s1")
        osc.until("/takevoice/ok", "s1")
        gated("pick", files[2])
        while (told_of := osc.until("/takevoice/picked", "s1"))[1] != listed[2][0]:
            assert told_of[1] == listed[0][0]  # what takevoice had picked by itself
        assert told_of[2] == str(result)
        assert result.read_bytes() == files[2].read_bytes()

        # A client picks; what cannot be picked is refused.
        osc.send("/takevoice/pick", "p1", listed[1][0])
        osc.until("/takevoice/ok", "p1")
        assert result.read_bytes() == files[1].read_bytes()
        osc.send("/takevoice/pick", "p2", head)
        assert osc.until("/takevoice/fail", "p2")[1] == "wrong_state"

        # A take that waits for a pick: whoever picks, the client that wanted it gets its result.
        osc.send("/takevoice/convert", "c2", str(take), "candidates", 2, "pick", "ask", "stability", 0.3)
        assert osc.until("/takevoice/fail", "c2", 60.0)[1] == "pick"
        waiting = asking.ended("c2")
        assert (waiting["state"], waiting["code"]) == ("held", "pick")
        gated("pick", waiting["candidates"][1]["job"])
        assert osc.until("/takevoice/done", "c2")[1] == waiting["job"]
        wait_for(lambda: (asking.result("c2") or {}).get("state") == "done")

        # The same by request files, for a part of a file too.
        assert asking.ask("f1", "/takevoice/pick", job=listed[0][0])["state"] == "done"
        assert result.read_bytes() == files[0].read_bytes()
        got = asking.ask("f2", "/takevoice/candidates", job=head)["rows"]
        assert [row["picked"] for row in got] == [1, 0, 0]
        part = asking.ask("f3", path=take, cut=cut(0.05, 0.1), settings={"candidates": 2}, name="Line 7")
        assert part["state"] == "done", part
        assert Path(part["output"]).exists()
        assert len(part["candidates"]) == 2 and all(Path(each["path"]).exists() for each in part["candidates"])

    # What is picked while nothing runs is in the results once it runs again.
    gated("pick", files[2])
    assert [each["picked"] for each in asking.ended("c1")["candidates"]] == [1, 0, 0]
    with gated.daemon(folder, "--osc-port", 0):
        wait_for(lambda: [each["picked"] for each in asking.ended("c1")["candidates"]] == [0, 0, 1])


def test_a_kill_in_the_middle_loses_no_candidate_and_makes_none_twice(gated: Command, folder: Path, tmp_path: Path) -> None:
    gate, sent = tmp_path / "gate", tmp_path / "sent"
    gated.config(f'backend = "gated"\nconversions = 2\n{FAST}[defaults]\ncandidates = 3\n[plugins.gated]\ngate = "{gate}"\nsent = "{sent}"\n')
    with gated.daemon(folder, "--osc-port", 0) as daemon:
        make_take(folder / "take.wav", 0.3)
        wait_for(lambda: sent.exists() and len(sent.read_text().splitlines()) == 2)
        daemon.kill()
    gate.touch()
    with gated.daemon(folder, "--osc-port", 0):
        wait_for(lambda: [job["state"] for job in gated.jobs()] == ["done"] * 4)
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert files == [*(f"candidates/take.ada.{n}.wav" for n in (1, 2, 3)), "take.ada.wav", "take.wav"]

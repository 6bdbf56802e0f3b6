"""A running daemon that is asked over OSC, by the command that scripts use."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from support import FAST, TAKES, Command

pytestmark = pytest.mark.process


def test_a_file_that_is_said_to_be_complete_need_not_be_quiet(command: Command, folder: Path) -> None:
    command.config(f'backend = "local"\n{FAST}[tracks.Anna]\nvoice = "george"\n'.replace("quiet = 0.2", "quiet = 3000"))
    with command.daemon(folder, "--osc-port", 0):
        take = Path(shutil.copy(TAKES / "narrator_48k_24bit.flac", folder / "take.flac"))
        command("osc", "--timeout", 60, "/takevoice/rendered", "done", take, "96000")
        stem = Path(shutil.copy(TAKES / "narrator_48k_24bit.flac", folder / "export 1.flac"))
        command("osc", "--timeout", 60, "/takevoice/rendered", "stem", stem, "0", "Anna")
        # Too late: it is a take of another track. What takevoice skips, and what it has for that track, is answered at once.
        late = command("osc", "/takevoice/rendered", "late", take, "0", "Anna", check=1).stdout
        assert f'wrong_state "{take}: job 1 is done, as a take of the track take; send /takevoice/convert with the pair track, Anna"' in late
        assert "/takevoice/done again 2 " in command("osc", "--timeout", 60, "/takevoice/rendered", "again", stem, "0", "Anna").stdout
        for name in ("notes.txt", ".hidden.flac"):
            (folder / name).write_bytes(take.read_bytes())
            skipped = command("osc", "/takevoice/rendered", name, folder / name, check=1).stdout
            assert f'left_alone "{folder / name}: is skipped in watched folders' in skipped
    result = json.loads((command.state / "results" / "done.json").read_text())
    assert (result["state"], result["start"]) == ("done", "96000")
    result = json.loads((command.state / "results" / "stem.json").read_text())
    assert (result["track"], Path(result["output"]).name) == ("Anna", "export 1.george.flac")


def test_a_take_is_converted_and_its_place_is_told(command: Command, folder: Path) -> None:
    command.config(f'backend = "local"\n{FAST}')
    take = Path(shutil.copy(TAKES / "narrator_48k_24bit.flac", folder / "take.flac"))
    with command.daemon(folder, "--osc-port", 0):
        told = command("osc", "--timeout", 60, "/takevoice/convert", "key 1", take, "voice", "george").stdout
    accepted, done = (line.split() for line in told.splitlines())
    assert accepted[0] == "/takevoice/accepted"
    assert done[0] == "/takevoice/done"
    result = json.loads((command.state / "results" / "key%201.json").read_text())
    assert result["output"] == str(folder / "take.george.flac")
    assert Path(result["output"]).exists()
    (job,) = [job for job in command.jobs() if job["voice"] == "george"]
    for name in ("offset_ms", "drift_ms", "correlation"):
        assert result[name] == job[name]
    assert abs(result["offset_ms"]) < 3
    assert result["correlation"] > 0.7
    assert [float(value) for value in done[-3:]] == pytest.approx(
        [job["offset_ms"], job["drift_ms"], job["correlation"]], abs=1e-3
    )


def test_a_take_that_was_converted_before_the_drive_was_mounted_again_is_told_at_once(
    command: Command, folder: Path, habit: Callable[[str], None]
) -> None:
    """Some drives give their files other inodes at each mount."""
    command.config(f'backend = "local"\n{FAST}')
    habit("new_mounts")
    take = Path(shutil.copy(TAKES / "narrator_48k_24bit.flac", folder / "take.flac"))
    for request in ("first", "again"):
        with command.daemon(folder, "--osc-port", 0):
            command("osc", "--timeout", 60, "/takevoice/rendered", request, take)
    assert [json.loads((command.state / "results" / f"{n}.json").read_text())["job"] for n in ("first", "again")] == [1, 1]

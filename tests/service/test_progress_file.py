"""What scripts read about takevoice while it has taken up nothing yet."""

from __future__ import annotations

import json
import time
from pathlib import Path

from support import wait_for
from takevoice.service.handover.progress_file import ProgressFile


def test_a_sign_of_life_is_there_while_the_first_request_is_still_being_taken_up(tmp_path: Path) -> None:
    file = ProgressFile(tmp_path, dict)
    file.start()
    path = tmp_path / "progress.json"
    assert not path.exists()
    with file.taking_up():
        said = json.loads(path.read_text())
        assert said["requests"] == {}
        assert abs(said["beat"] - time.time()) < 5
    wait_for(lambda: not path.exists())
    file.join()

"""A running daemon that is asked by files."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile

from daemon.asking import Asking
from support import Command, make_take, wait_for

pytestmark = pytest.mark.process


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """The media folder of a project, which is not watched."""
    path = tmp_path / "Session" / "Media"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def asking(command: Command) -> Asking:
    return Asking(command.state)


def cut(start: float, length: float, handle: float = 0.0, **more: object) -> dict[str, object]:
    return {"start": start, "length": length, "handle": handle, **more}


def test_a_part_of_a_file_is_cut_converted_and_put_where_it_is_wanted(
    gated: Command, folder: Path, media: Path, asking: Asking
) -> None:
    source = make_take(media / "long.wav", 4.0, channels=2)
    with gated.daemon(folder, "--osc-port", 0):
        result = asking.ask(
            "r1",
            path=source,
            cut=cut(0.25, 1.0, 0.5, channels=[2]),
            name="Anna: session",
            track="Anna",
            start="588000",
            settings={"voice": "bea", "seed": "7"},
            folder=media,
        )
        wait_for(lambda: asking.left() == [])
    output = Path(result["output"])
    assert output == media / "Anna_ session.bea.wav"
    assert (result["state"], result["track"], result["start"]) == ("done", "Anna", "588000")
    assert (result["head"], result["seed"], result["credits"]) == (0.25, 7, 0)
    samples, rate = soundfile.read(output)
    original, _ = soundfile.read(source)
    assert samples.shape == (round(1.75 * rate),)
    assert samples == pytest.approx(original[: round(1.75 * rate), 1] * -1, abs=0.2)
    assert sorted(path.name for path in media.iterdir()) == ["Anna_ session.bea.wav", "long.wav"]


def test_a_whole_file_is_converted_next_to_itself(
    gated: Command, folder: Path, media: Path, asking: Asking
) -> None:
    take = make_take(media / "take.wav", 0.5)
    with gated.daemon(folder, "--osc-port", 0):
        result = asking.ask("r1", path=take)
        again = asking.ask("r2", path=take)
        elsewhere = asking.ask("r3", path=take, folder=folder)
    assert result["output"] == again["output"] == str(media / "take.ada.wav")
    assert elsewhere["output"] == str(folder / "take.ada.wav")
    assert "head" not in result

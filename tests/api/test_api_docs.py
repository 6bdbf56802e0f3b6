"""docs/api-client.md says what the code does."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from api.capture import WAV, CaptureServer, page
from api.conftest import KEY
from takevoice.api import errors
from takevoice.api.base import Settings
from takevoice.api.retry import Retry
from takevoice.api.wire import Parameters

PAGE = Path(__file__).parents[2] / "docs" / "api-client.md"
TEXT = PAGE.read_text(encoding="utf-8")


def section(title: str) -> list[list[str]]:
    """The rows of the table below a heading."""
    text = TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    rows = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip().strip("`") for cell in row.strip("|").split("|")] for row in rows]


def test_the_examples_run(
    server: CaptureServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("take.wav").write_bytes(WAV)
    voices = [{"voice_id": "g1", "name": "George"}]
    server.pages["/v2/voices"] = page(200, {"voices": voices, "has_more": False})
    names = {"API_KEY": KEY, "BASE_URL": server.url}
    for example in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        exec(compile(example, str(PAGE), "exec"), names)
    assert Path("take.george.wav").read_bytes() == WAV
    assert capsys.readouterr().out.startswith("wav_48000")
    assert [seen.path for seen in server.conversions] == [
        "/v1/speech-to-speech/g1",
        "/v1/speech-to-speech/JBFqnCBsd6RMkjVDRZzb/stream",
    ]


def test_the_table_of_exceptions_is_that_of_the_code() -> None:
    kinds = [
        kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, errors.ApiError)
    ]
    assert section("Exceptions") == [
        [
            kind.__name__,
            kind.code,
            kind.__bases__[0].__name__,
            "yes" if kind("x").retryable else "no",
            (kind.__doc__ or "").splitlines()[0].rstrip("."),
        ]
        for kind in kinds
    ]


def test_every_parameter_is_described() -> None:
    assert [row[0] for row in section("The parameters of a conversion")] == [
        "audio",
        *Parameters.__annotations__,
    ]
    assert [row[0] for row in section("The client")] == ["api_key", *Settings.__annotations__, "transport"]


def test_the_figures_of_the_retries_are_those_of_the_code() -> None:
    retries = " ".join(TEXT.partition("## Retries")[2].split())
    told = Retry()
    assert f"waits {told.first_delay} s, doubled each time up to {told.longest_delay:.0f} s" in retries
    assert f"Retry-After of up to {told.longest_asked:.0f} s" in retries
    assert f"After {told.times} retries" in retries

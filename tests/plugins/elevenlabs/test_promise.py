"""How a station names its requests to a house: the same wish has the same name, whatever happens in between, and another one has not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from takevoice import ConversionRequest, Job, Take
from takevoice.holds import HoldReason
from takevoice.jobs import JobOptions, State
from takevoice_plugins.elevenlabs.promise import REQUEST, headers_for

WISH = "Idempotency-Key"


def headers(options: JobOptions | None = None, attempt: int = 1, name: str = "take.wav", **request: object) -> dict[str, str]:
    path = Path(name)
    job = Job(7, path, State.CONVERTING, backend="elevenlabs", attempt=attempt, options=options or JobOptions())
    wanted = ConversionRequest(voice_id="v1", **request)  # type: ignore[arg-type]
    return dict(headers_for(job, wanted, Take(path, 10, 10, 1, "WAV", "PCM_16")))


def test_a_release_wishes_for_the_same_and_a_retry_for_another() -> None:
    wish = JobOptions(new_answer=True)
    first = headers(wish)
    assert headers(replace(wish, releases=1), attempt=2) == first
    again = headers(replace(wish, releases=1), attempt=3)
    assert again[WISH] != first[WISH]
    assert again[REQUEST] != first[REQUEST]


def test_other_settings_are_another_wish() -> None:
    """They may change between a request whose answer was lost and the next one: the house refuses one name for two wishes."""
    wish = JobOptions(new_answer=True)
    assert headers(wish, seed=1) == headers(wish, seed=1)
    assert headers(wish, seed=1)[WISH] != headers(wish, seed=2)[WISH]
    assert WISH not in headers()


@pytest.mark.parametrize("name", ["a\nb.wav", "take .wav", " take.wav", "Türen\t1.wav", "\x7f.wav", "x" * 300 + ".wav"])
def test_any_file_name_can_be_sent(name: str) -> None:
    found = headers(JobOptions(new_answer=True), name=name)
    transport = httpx.HTTPTransport()
    with httpx.Client(transport=transport) as client, pytest.raises(httpx.ConnectError):
        client.get("http://127.0.0.1:9/", headers=found)  # a header that cannot be sent would be another error
    assert all(" " <= character <= "~" for value in found.values() for character in value)
    assert all(value == value.strip() for value in found.values())


def test_a_release_is_counted_in_the_ledger(tmp_path: Path) -> None:
    from takevoice.pipeline.decisions import _released

    held = Job(7, tmp_path / "take.wav", State.HELD, error_code=HoldReason.OUTCOME_UNKNOWN.code)
    revision = _released(held, "me")
    assert revision.fields is not None
    assert revision.fields["options"].releases == 1

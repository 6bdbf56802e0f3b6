"""Whether a body is audio, however it is cut into chunks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles import examples
from takevoice.api.body import AudioBody
from takevoice.api.errors import NotAudioAnswer, StreamFailed

MESSAGE = b'{"detail": {"code": "internal_error", "message": "sorry"}}'
cuts = st.lists(st.integers(1, 300), max_size=12)


def chunks(body: bytes, sizes: list[int]) -> list[bytes]:
    found = []
    for size in sizes:
        found.append(body[:size])
        body = body[size:]
    return [chunk for chunk in [*found, body] if chunk]


def through(body: bytes, sizes: list[int], content_type: str = "audio/mpeg") -> tuple[bytes, AudioBody]:
    checked = AudioBody(content_type, 200, "")
    return b"".join(checked.feed(chunk) for chunk in chunks(body, sizes)), checked


@examples(100)
@given(
    st.binary(max_size=900).filter(lambda body: MESSAGE[:9] not in body),
    cuts,
    st.sampled_from([b"", b"{", b"<\n"]),
)
def test_audio_comes_through_unchanged(body: bytes, sizes: list[int], start: bytes) -> None:
    body = start + b"\xff" + body
    audio, checked = through(body, sizes)
    assert audio + checked.end() == body


@examples(100)
@given(st.binary(max_size=600).filter(lambda body: MESSAGE[:9] not in body), cuts)
def test_a_message_after_audio_is_told_and_not_handed_out(body: bytes, sizes: list[int]) -> None:
    body = b"\xff" + body.rstrip(b"{")
    audio, checked = through(body + MESSAGE, sizes)
    assert audio == body
    with pytest.raises(StreamFailed, match="sorry"):
        checked.end()


@examples(100)
@given(st.sampled_from([MESSAGE, b"  [1, 2]", b"<!doctype html>" + b"x" * 999, b"{"]), cuts)
def test_text_in_place_of_audio_is_told_and_not_handed_out(text: bytes, sizes: list[int]) -> None:
    audio, checked = through(text, sizes)
    assert audio == b""
    with pytest.raises(NotAudioAnswer):
        checked.end()


@examples(100)
@given(
    st.binary(min_size=1, max_size=400),
    cuts,
    st.sampled_from(["application/json; charset=utf-8", "text/plain"]),
)
def test_what_calls_itself_text_is_no_audio(body: bytes, sizes: list[int], content_type: str) -> None:
    audio, checked = through(body, sizes, content_type)
    assert audio == b""
    with pytest.raises(NotAudioAnswer):
        checked.end()

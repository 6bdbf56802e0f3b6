"""Voices, models and the plan; and what a model that converts no voices meets."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.capture import WAV, Answer, CaptureServer, Handler, drop, page, stall
from api.conftest import KEY, VOICE
from takevoice.api import AsyncSpeechToSpeech, Model, Retry, SpeechToSpeech, errors
from takevoice.errors import UnknownVoice
from takevoice.voices import Voice, find_voice

NAMES = ["Ada", "Adam", "George", "Grace"]
MODELS = [
    {"model_id": "eleven_multilingual_sts_v2", "name": "STS", "can_do_voice_conversion": True,
     "languages": [{"language_id": "en", "name": "English"}]},
    {"model_id": "eleven_v3", "name": "v3", "can_do_voice_conversion": False},
]  # fmt: skip


def pages(*names: str) -> Answer:
    """The voices, two on a page."""

    def answer(handler: Handler) -> None:
        query = handler.server.seen[-1].query
        first = int(query.get("next_page_token", "0"))
        found = [name for name in names if query.get("search", "").lower() in name.lower()]
        voices = [
            {"voice_id": f"id-{name}", "name": name, "labels": None} for name in found[first : first + 2]
        ]
        more = first + 2 < len(found)
        token = str(first + 2) if more else None
        page(200, {"voices": voices, "has_more": more, "next_page_token": token})(handler)

    return answer


@pytest.fixture(autouse=True)
def listed(server: CaptureServer) -> None:
    server.pages |= {"/v2/voices": pages(*NAMES), "/v1/models": page(200, MODELS)}


def test_all_pages_of_voices_are_listed(server: CaptureServer, client: SpeechToSpeech) -> None:
    assert [voice.name for voice in client.voices()] == NAMES
    assert [voice.id for voice in client.voices(search="ad")] == ["id-Ada", "id-Adam"]
    assert {seen.query["page_size"] for seen in server.seen} == {"100"}
    assert client.voices()[0].backend == "elevenlabs"


def test_the_async_client_lists_the_same(server: CaptureServer, client: SpeechToSpeech) -> None:
    server.pages["/v1/voices/id-Ada"] = page(200, {"voice_id": "id-Ada", "name": "Ada"})
    server.pages["/v1/user/subscription"] = page(200, {"tier": "pro"})

    async def run() -> list[Any]:
        async with AsyncSpeechToSpeech(KEY, base_url=server.url) as tasks:
            found = [await tasks.voices(), await tasks.models(), await tasks.subscription()]
            return [*found, await tasks.voice("id-Ada"), await tasks.find_voice("geo")]

    assert asyncio.run(run()) == [
        client.voices(), client.models(), client.subscription(), client.voice("id-Ada"), client.find_voice("geo"),
    ]  # fmt: skip


def test_a_listing_that_never_ends_ends(server: CaptureServer, client: SpeechToSpeech) -> None:
    server.pages["/v2/voices"] = page(200, {"voices": [], "has_more": True, "next_page_token": "again"})
    assert client.voices() == []
    assert len(server.seen) == 2


def test_a_voice_is_found_by_name(client: SpeechToSpeech) -> None:
    assert client.find_voice("Ada").id == "id-Ada"
    assert client.find_voice("geo").id == "id-George"
    with pytest.raises(UnknownVoice, match=r"Ada.*Adam"):
        client.find_voice("ad")
    with pytest.raises(UnknownVoice, match="did you mean George"):
        client.find_voice("gorge")


def test_a_list_of_voices_says_that_there_are_more() -> None:
    voices = [Voice(f"v{n}", f"v{n}", "local") for n in range(12)]
    with pytest.raises(UnknownVoice, match=r"it has v0, .*, v7 and 4 more;"):
        find_voice("quite another", voices, "local")
    with pytest.raises(UnknownVoice, match=r"could be any of v0 .* and 6 more"):
        find_voice("v", voices, "local")


def test_one_voice_by_its_id(server: CaptureServer, client: SpeechToSpeech) -> None:
    server.pages["/v1/voices/abc"] = page(
        200, {"voice_id": "abc", "name": "Abe", "category": "cloned", "labels": {"accent": "irish"}}
    )
    voice = client.voice("abc")
    assert (voice.name, voice.category, voice.labels) == ("Abe", "cloned", {"accent": "irish"})


@pytest.mark.parametrize("voice_id", ["../user", "a/b", "", "a?b"])
def test_the_id_of_a_voice_cannot_lead_elsewhere(
    server: CaptureServer, client: SpeechToSpeech, voice_id: str
) -> None:
    with pytest.raises(errors.InvalidParameter, match="voice_id"):
        client.voice(voice_id)
    assert server.seen == []


@pytest.mark.parametrize("path", ["v1/user", "@example.invalid/v1/user", ":1/v1/user", ""])
def test_a_path_cannot_lead_elsewhere(server: CaptureServer, client: SpeechToSpeech, path: str) -> None:
    with pytest.raises(errors.InvalidParameter, match="must begin with /"):
        client.get_json(path)
    assert not server.seen


@pytest.mark.parametrize("port", [0, 65_536, 99_999])
def test_a_port_that_is_none_is_refused_at_once(port: int) -> None:
    with pytest.raises(errors.InvalidParameter, match=f"port {port}; use 1 to 65535"):
        SpeechToSpeech("key", base_url=f"http://127.0.0.1:{port}")


def test_the_models_and_what_they_can_do(client: SpeechToSpeech) -> None:
    assert client.models() == [
        Model("eleven_multilingual_sts_v2", "STS", True, ("en",)),
        Model("eleven_v3", "v3", False),
    ]


def test_the_plan(server: CaptureServer, client: SpeechToSpeech) -> None:
    server.pages["/v1/user/subscription"] = page(
        200, {"tier": "creator", "status": "active", "character_count": 5, "character_limit": 100,
              "next_character_count_reset_unix": 1_800_000_000},
    )  # fmt: skip
    plan = client.subscription()
    assert (plan.tier, plan.status, plan.credits_used, plan.credits_limit) == ("creator", "active", 5, 100)
    assert plan.resets == 1_800_000_000


@pytest.mark.parametrize(
    "answer", [page(200, b"<html>"), page(200, {"models": []}), page(200, [7]), page(200, b"")]
)
def test_an_answer_of_another_kind_is_named(
    server: CaptureServer, client: SpeechToSpeech, answer: Answer
) -> None:
    server.pages["/v1/models"] = answer
    with pytest.raises(errors.UnexpectedAnswer, match="/v1/models"):
        client.models()


def test_a_listing_is_asked_for_again_when_the_connection_breaks(
    server: CaptureServer, client: SpeechToSpeech
) -> None:
    del server.pages["/v1/models"]
    server.answers = [drop, page(200, MODELS)]
    assert len(client.models()) == 2


def test_a_model_that_is_known_to_convert_no_voices_is_refused_before_the_upload(
    server: CaptureServer, client: SpeechToSpeech
) -> None:
    client.models()
    with pytest.raises(errors.ModelCannotConvert, match="eleven_multilingual_sts_v2"):
        list(client.convert(VOICE, audio=WAV, model_id="eleven_v3"))
    assert server.conversions == []
    list(client.convert(VOICE, audio=WAV, model_id="a_new_model"))


def test_a_listing_that_stalls_ends(server: CaptureServer, make_client: Any) -> None:
    server.pages["/v1/models"] = stall
    with pytest.raises(errors.OutcomeUnknown):
        make_client(timeout=0.2, retry=Retry(times=0)).models()


@pytest.mark.parametrize("answer", [drop, page(504, b"gateway")])
def test_a_list_that_does_not_come_was_not_billed(server: CaptureServer, make_client: Any, answer: Any) -> None:
    server.pages["/v1/models"] = answer
    with pytest.raises(errors.NoResponse) as caught:
        make_client(retry=Retry(times=0)).models()
    assert "billed" not in str(caught.value)
    assert (caught.value.billed, caught.value.blocks) == (False, True), "takes wait, and none is held as if it were paid for"

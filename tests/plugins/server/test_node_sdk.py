"""The listings as the official Node SDK reads them: its own types are the measure, and its own client the reader."""

from __future__ import annotations

import json
from typing import Any

import pytest

from npm import Node, node_with
from plugins.server.running import Running

pytestmark = pytest.mark.service
BODIES = {
    "/v1/voices": "GetVoicesResponse",
    "/v2/voices?page_size=3": "GetVoicesV2Response",
    "/v1/voices/JBFqnCBsd6RMkjVDRZzb": "Voice",
    "/v1/voices/george/settings": "VoiceSettings",
    "/v1/voices/settings/default": "VoiceSettings",
    "/v1/models": "Model",
    "/v1/user": "User",
    "/v1/user/subscription": "Subscription",
    "/v1/history": "GetSpeechHistoryResponse",
}
"""The type of each body, by the SDK's names; that of the models is a list."""
# Its types are checked here without what its client forgives: unknown values of an enumeration, missing fields.
BY_TYPES = """
const types = require("@elevenlabs/elevenlabs-js/serialization");
const [url, bodies] = process.argv.slice(1);
const strict = { unrecognizedObjectKeys: "passthrough", allowUnrecognizedEnumValues: false, allowUnrecognizedUnionMembers: false };
const fields = async (type) => (await type._getRawProperties?.()) ?? [];
(async () => {
  for (const [path, name] of Object.entries(JSON.parse(bodies))) {
    const body = [await (await fetch(url + path)).json()].flat();
    for (const each of body) {
      const read = await types[name].parse(each, strict);
      const missing = (await fields(types[name])).filter((field) => !(field in each));
      console.log(JSON.stringify({ path, items: body.length, errors: read.errors ?? [], missing }));
    }
  }
})();
"""
BY_CLIENT = """
const { ElevenLabsClient } = require("@elevenlabs/elevenlabs-js");
const client = new ElevenLabsClient({ apiKey: "any", baseUrl: process.argv[1], maxRetries: 0 });
(async () => {
  const tried = async (what) => { try { return await what(); } catch (error) { return [error.statusCode, error.body?.detail?.code]; } };
  const all = (await client.voices.getAll()).voices;
  const page = await client.voices.search({ pageSize: 5, includeTotalCount: true });
  const next = await client.voices.search({ pageSize: 100, nextPageToken: page.nextPageToken });
  const user = await client.user.get();
  const answer = {
    voices: all.map((voice) => voice.voiceId),
    paged: [...page.voices, ...next.voices].map((voice) => voice.voiceId),
    total: page.totalCount,
    found: (await client.voices.search({ search: "George" })).voices.map((voice) => voice.name),
    state: all[0].fineTuning.state,
    settings: (await client.voices.settings.get("george")).similarityBoost,
    able: (await client.models.list()).filter((model) => model.canDoVoiceConversion).map((model) => model.modelId),
    tier: user.subscription.tier,
    same: user.subscription.tier === (await client.user.subscription.get()).tier,
    history: await client.history.list(),
    gone: [
      await tried(() => client.history.get("abc")),
      await tried(() => client.history.delete("abc")),
      await tried(() => client.voices.get("nobody")),
      await tried(() => client.voices.delete("george")),
    ],
  };
  console.log(JSON.stringify(answer));
})();
"""


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """Node.js with the SDK."""
    return node_with(tmp_path_factory, "npm-sdk", ("@elevenlabs/elevenlabs-js",))


def test_every_body_has_all_fields_of_its_type(node: Node, running: Running) -> None:
    found: list[dict[str, Any]] = node.run(BY_TYPES, running.url, json.dumps(BODIES))
    assert {each["path"] for each in found} == set(BODIES)
    assert [each for each in found if each["errors"] or each["missing"]] == []


def test_its_client_lists_what_there_is(node: Node, running: Running) -> None:
    (got,) = node.run(BY_CLIENT, running.url)
    assert len(got["voices"]) == got["total"] == 12
    assert got["paged"] == got["voices"]
    assert "George" in got["found"]
    assert (got["state"], got["settings"]) == ({}, 0.75)
    assert got["able"] == ["eleven_multilingual_sts_v2", "eleven_english_sts_v2"]
    assert (got["tier"], got["same"]) == ("enterprise", True)
    assert (got["history"]["history"], got["history"]["hasMore"]) == ([], False)
    assert got["gone"] == [[404, "not_found"], [404, "not_found"], [404, "voice_not_found"], [405, "method_not_allowed"]]

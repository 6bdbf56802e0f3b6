"""What a document does not say, or only in prose: which voices there are, what audio is, ranges, refusals."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import strategies as st

from plugins.server.conftest import wav

SAID_IN_PROSE: dict[str, dict[str, Any]] = {
    "voice_id": {"enum": ["ada", "george"]},
    "enable_logging": {"type": ["boolean", "integer"], "enum": [True, False, 0, 1]},
    "remove_background_noise": {"type": ["boolean", "integer"], "enum": [True, False, 0, 1]},
    "optimize_streaming_latency": {"minimum": 0, "maximum": 4},
    "model_id": {"enum": ["eleven_english_sts_v2", "eleven_multilingual_sts_v2", ""]},
    "voice_settings": {"enum": ["{}", '{"stability": 0.5, "style": 1, "use_speaker_boost": true}']},
    "seed": {"minimum": 0, "maximum": 4_294_967_295},
}

schemathesis.openapi.format("binary", st.just(wav(0.2, 8_000)))


@schemathesis.hook
def before_load_schema(context: object, raw_schema: dict[str, Any]) -> None:
    _mend(raw_schema)
    for operations in raw_schema["paths"].values():
        if "post" in operations:
            operations["post"]["requestBody"]["required"] = True
            for status in ("400", "404"):
                operations["post"]["responses"].setdefault(status, {"description": "A refusal"})


def _mend(node: object) -> None:
    if isinstance(node, list):
        for entry in node:
            _mend(entry)
    if not isinstance(node, dict):
        return
    for parameter in node.get("parameters", ()):
        parameter["schema"].update(SAID_IN_PROSE.get(parameter["name"], {}))
    form = node.get("properties", {})
    if "audio" in form:
        for name in form:
            form[name].update(SAID_IN_PROSE.get(name, {}))
    for entry in node.values():
        _mend(entry)

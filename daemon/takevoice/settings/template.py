"""The config that `takevoice init` writes: every key with its description, in the order of the model."""

from __future__ import annotations

import json
import textwrap
from typing import Any

from pydantic import BaseModel

from takevoice.request import VoiceSettings
from takevoice.settings.model import Money, Notices, Osc, Settings, Settle, TrackSettings, Watch
from takevoice.take_settings import BUILT_IN

_HEAD = """\
# takevoice.toml: what takevoice does with the takes in your folders.
# A key behind a # is not set; the value shown there is the default, or an example.
# It is read again whenever it changes. `takevoice explain FILE` shows what holds for a take.
"""


def _lines(model: type[BaseModel], values: dict[str, Any], live: tuple[str, ...] = ()) -> list[str]:
    lines = []
    for name, field in model.model_fields.items():
        if name not in values:
            continue
        lines += textwrap.wrap(field.description or "", 98, initial_indent="# ", subsequent_indent="# ")
        value = json.dumps(values[name], ensure_ascii=False)
        lines.append(f"{name} = {value}" if name in live else f"#{name} = {value}")
    return lines


def config_template(folder: str, track: str | None = None) -> str:
    """Return the text of a new config that watches `folder`; `track`: the pattern of the names that are there."""
    examples = {**VoiceSettings.api_defaults().given(), "seed": 7, "optimize_streaming_latency": 0}
    examples |= {"source": "Anna", "keep_pitch": "octaves"}
    defaults = {key: examples.get(key, value) for key, value in BUILT_IN.as_dict().items()}
    top = {"backend": "auto", "conversions": 2, "order": "newest", "scan": 5.0, "disabled_plugins": ["a_plugin"]}
    watch = {
        "folder": folder,
        "recursive": True,
        "track": track or "{track}_{take}",
        "poll": True,
        "videos": True,
        "ignore": ["*_music*"],
        "shared": True,
        "follow_links": True,
    }
    settle = Settle()
    money = Money(per_day=60000, per_run=30000, per_track=10000).model_dump()
    notices = Notices().model_dump() | {"webhook": "https://chat.example/hook"}
    osc = Osc(allow=("~/Music/Session",), query_port=9871).model_dump()
    parts = [
        [_HEAD.rstrip()],
        _lines(Settings, top, ("backend",)),
        ["[[watch]]", *_lines(Watch, watch, ("folder", "recursive", *(["track"] if track else [])))],
        ["# Settings of all tracks.", "[defaults]", *_lines(TrackSettings, defaults)],
        [
            "# Settings of one track, by its exact name, or of several by a glob.",
            '#[tracks."Lead Vox"]',
            '#voice = "george"',
            "#stability = 0.4",
            "#seed = 7",
        ],
        ["[settle]", *_lines(Settle, settle.model_dump())],
        [
            "# Spending limits, where conversions cost money; what exceeds them waits for your approval.",
            "[money]",
            *_lines(Money, money),
        ],
        ["# Notices that a batch is done.", "[notices]", *_lines(Notices, notices)],
        ["# OSC, for scripts and editors.", "[osc]", *_lines(Osc, osc)],
        [
            "# Options of plugins, one table each; `takevoice plugins` lists the plugins.",
            "#[plugins.elevenlabs]",
            '#base_url = "https://api.elevenlabs.io"',
        ],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"

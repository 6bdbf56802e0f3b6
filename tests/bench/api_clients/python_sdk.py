"""The official Python SDK: python python_sdk.py URL TAKE."""

import sys
from pathlib import Path

from elevenlabs import ElevenLabs

url, take = sys.argv[1:]
client = ElevenLabs(api_key="any", base_url=url)
with Path(take).open("rb") as audio:
    assert b"".join(client.speech_to_speech.convert("JBFqnCBsd6RMkjVDRZzb", audio=audio, model_id="eleven_multilingual_sts_v2"))
with Path(take).open("rb") as audio:
    assert b"".join(client.speech_to_speech.stream("JBFqnCBsd6RMkjVDRZzb", audio=audio))
assert client.voices.search().voices
assert client.voices.get_all().voices
assert client.models.list()
assert client.user.get().subscription.tier
assert client.history.list().history == []

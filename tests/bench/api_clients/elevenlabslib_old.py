"""elevenlabslib, which knows no other address than the service's: python elevenlabslib_old.py URL TAKE."""

import sys
from pathlib import Path
from unittest import mock

# It opens the sound card when it is imported, which is not what is tried here.
sys.modules["sounddevice"] = mock.MagicMock()
import elevenlabslib  # noqa: E402
from elevenlabslib import helpers  # noqa: E402

url, take = sys.argv[1:]
helpers.api_endpoint = f"{url}/v1"
user = elevenlabslib.User("any")
assert user.get_all_voices()
voice = user.get_voice_by_ID("JBFqnCBsd6RMkjVDRZzb")
assert user.get_models()
with Path(take).open("rb") as audio:
    # As `Voice.generate_audio_v3` sends it, which then takes the audio for JSON, whatever server it is from.
    path = f"/speech-to-speech/{voice.voiceID}/stream"
    payload = {"model_id": "eleven_multilingual_sts_v2"}
    assert helpers._api_multipart(path, user.headers, data=payload, filesData={"audio": audio}).content

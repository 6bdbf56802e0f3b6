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
options = elevenlabslib.GenerationOptions(model="eleven_multilingual_sts_v2", output_format="pcm_24000")
with Path(take).open("rb") as audio:
    future, _ = voice.generate_audio_v3(audio, options)
assert future.result()

"""eledubby's client: python eledubby_client.py URL TAKE."""

import sys
import tempfile
from pathlib import Path

from elevenlabs.environment import ElevenLabsEnvironment

url, take = sys.argv[1:]
ElevenLabsEnvironment.PRODUCTION._value_ = url
from eledubby.api.elevenlabs_client import ElevenLabsClient  # noqa: E402

target = Path(tempfile.mkdtemp(), "out.mp3")
ElevenLabsClient(api_key="any", max_retries=1).speech_to_speech(take, "JBFqnCBsd6RMkjVDRZzb", str(target))
assert target.stat().st_size

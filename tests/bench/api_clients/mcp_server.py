"""elevenlabs-mcp's tool, with its default voice: python mcp_server.py URL TAKE."""

import os
import sys
import tempfile

url, take = sys.argv[1:]
os.environ |= {"ELEVENLABS_API_KEY": "any", "ELEVENLABS_MCP_BASE_PATH": tempfile.mkdtemp()}
from elevenlabs.environment import ElevenLabsEnvironment  # noqa: E402

ElevenLabsEnvironment.PRODUCTION._value_ = url
from elevenlabs_mcp import server  # noqa: E402

server.speech_to_speech(take)
server.search_voices()
server.list_models()
server.check_subscription()

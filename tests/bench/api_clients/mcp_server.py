"""elevenlabs-mcp's tool, with its default voice: python mcp_server.py URL TAKE."""

import os
import shutil
import sys
import tempfile

url, take = sys.argv[1:]
folder = tempfile.mkdtemp()
take = shutil.copy(take, folder)
os.environ |= {"ELEVENLABS_API_KEY": "any", "ELEVENLABS_MCP_BASE_PATH": folder}
from elevenlabs_mcp import utils  # noqa: E402

utils.parse_location = lambda _: url  # it knows no other addresses than the service's
from elevenlabs_mcp import server  # noqa: E402

server.speech_to_speech(take)
server.search_voices()
server.get_voice("george")
server.list_models()
server.check_subscription()

"""The client of the speech-to-speech API: `SpeechToSpeech` for threads and `AsyncSpeechToSpeech` for asyncio."""

from takevoice.api import errors
from takevoice.api.async_client import AsyncAudioStream, AsyncSpeechToSpeech
from takevoice.api.base import BASE_URL
from takevoice.api.client import AudioStream, SpeechToSpeech
from takevoice.api.exchange import Timeouts
from takevoice.api.flows import HistoryItem, Model, Subscription
from takevoice.api.retry import Retry

__all__ = [
    "BASE_URL",
    "AsyncAudioStream",
    "AsyncSpeechToSpeech",
    "AudioStream",
    "HistoryItem",
    "Model",
    "Retry",
    "SpeechToSpeech",
    "Subscription",
    "Timeouts",
    "errors",
]

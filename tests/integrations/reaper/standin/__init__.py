"""A stand-in for REAPER, written from the API's documents and from what others measured; see README.md."""

from .interface import Box
from .model import Effect, Envelope, Item, Take, Track
from .project import Project
from .reaper import Misuse, Reaper
from .sources import FileSource, MidiSource, SectionSource

__all__ = [
    "Box",
    "Effect",
    "Envelope",
    "FileSource",
    "Item",
    "MidiSource",
    "Misuse",
    "Project",
    "Reaper",
    "SectionSource",
    "Take",
    "Track",
]

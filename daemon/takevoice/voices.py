"""Backends and their voices as values, and how a name finds a voice."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from takevoice.errors import UnknownVoice
from takevoice.take_settings import AUTO


@dataclass(frozen=True)
class Voice:
    """A voice of one backend. The first one that a backend lists is its default."""

    id: str
    name: str
    backend: str
    category: str = "premade"  # premade, cloned, generated, professional ...
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)  # gender, age, accent ...
    preview_url: str = ""  # where the backend offers a sample of it
    free: bool = False  # converting to it costs nothing, although the backend is a paid one


@dataclass(frozen=True)
class Backend:
    """A conversion backend: can it be used now, and if not, why and what to do."""

    name: str
    ready: bool
    detail: str = ""  # one line for people: where the key came from, what is missing
    paid: bool = False  # True when conversions cost money
    credits_per_minute: float = 0.0  # what a minute of audio costs
    max_seconds: float | None = None  # of one request; longer takes are cut, and put together again
    max_concurrent: int | None = None  # conversions at once, where that is known or configured
    pending: bool = False  # not ready yet, such as a locked keyring: takes wait for it, and no other backend is taken
    warning: str = ""  # one line: it works, but a person should change something
    idempotent: bool = False  # it promises: a request that is sent again is neither done nor billed twice
    free_voices: frozenset[str] = frozenset()  # ids and names of voices to which it converts for nothing, as far as they are known

    def for_voices(self, *voices: str) -> Backend:
        """Return the backend with its price for these voices, by id or name: 0 if it converts to all of them for nothing."""
        if self.free_voices and voices and self.free_voices.issuperset(voices):
            return replace(self, credits_per_minute=0.0)
        return self


def _listed(names: Sequence[str], most: int = 8) -> str:
    """Return names in a list, not too many of them, and how many others there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def find_voice(wanted: str, voices: Sequence[Voice], backend: str) -> Voice:
    """Return the voice of that id or name: an exact match, else the only voice whose name begins so, in any case.

    "auto" is the backend's first voice.

    Raises:
        UnknownVoice: none matches, or several do; the message lists the closest.
    """
    if not voices:
        raise UnknownVoice(f"the backend {backend} lists no voices", hint="see `takevoice doctor`")
    if wanted == AUTO:
        return voices[0]
    for voice in voices:
        if wanted in (voice.id, voice.name):
            return voice
    folded = wanted.casefold()
    begins = [voice for voice in voices if voice.name.casefold().startswith(folded)]
    exact = [voice for voice in begins if voice.name.casefold() == folded]
    if len(exact or begins) == 1:
        return (exact or begins)[0]
    if begins:
        names = _listed([f"{voice.name} ({voice.id})" for voice in begins], 6)
        raise UnknownVoice(f'voice "{wanted}" could be any of {names}', hint="give the whole name or the id")
    names_by_fold = {voice.name.casefold(): voice.name for voice in voices}
    near = difflib.get_close_matches(folded, names_by_fold, n=3, cutoff=0.6)
    shown = ", ".join(names_by_fold[name] for name in near) or _listed([voice.name for voice in voices])
    raise UnknownVoice(
        f'the backend {backend} has no voice "{wanted}"',
        hint=f"{f'did you mean {shown}?' if near else f'it has {shown};'} `takevoice voices` lists all",
    )

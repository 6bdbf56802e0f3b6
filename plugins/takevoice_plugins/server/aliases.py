"""Other ids for voices: those of the official documentation's voices stand for the designed voices nearest to them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from takevoice import Voice, errors, find_voice

_DOCUMENTED = """
21m00Tcm4TlvDq8ikWAM Rachel ada
2EiwWnXFnvU5JabPnv8n Clyde bruno
5Q0t7uMcjvnagumLfvZi Paul george
9BWtsMINqrJLrRacOk9x Aria ada
AZnzlk1XvdvUeBnXmlld Domi june
CYw3kZ02Hs0563khs1Fj Dave oscar
CwhRBWXzGAHq8TQ4Fs17 Roger george
D38z5RcWu1voky8WS1ja Fin edgar
EXAVITQu4vr4xnSDxMaL Sarah ada
ErXwobaYiN019PkySvjV Antoni oscar
FGY2WhTYpPnrIDTdsKH5 Laura june
GBv7mTt0atIp3Br8iCZE Thomas george
IKne3meq5aSn9XLyUdCD Charlie oscar
IRHApOXLvnW57QJPQH2P Adam - Brooding, Dark, Tough American bruno
JBFqnCBsd6RMkjVDRZzb George george
LcfcDJNUP1GQjzkHn1xP Emily iris
MF3mGyEYCl7XYWbV9V6O Elli june
N2lVS1w4EtoT3dr4eOWO Callum edgar
ODq5zmih8GrVes37Dizd Patrick bruno
SAz9YHcvj6GT2YYXdXww River mara
SOYHLrjzK2X1ezoPC6cr Harry oscar
TX3LPaxmHKxFdv7VOQHJ Liam oscar
ThT5KcBeYPX3keUQqHPh Dorothy iris
TxGEqnHWrfWFTfGW9XjX Josh george
VR6AewLTigWG4xSOukaG Arnold bruno
XB0fDUnXU5powFXDhCwa Charlotte mara
Xb7hH8MSUJpSbSDYk0k2 Alice ada
XrExE9yKIg1WjnnlVkGX Matilda mara
ZQe5CZNOzWyzPSCn5a3c James edgar
Zlb1dXrM653N07WRdFW3 Joseph george
bIHbv24MWmeRgasZH58o Will theo
bVMeCyTHy58xNoL34h3p Jeremy oscar
cgSgspJ2msm6clMCkdW9 Jessica june
cjVigY5qzO86Huf0OWal Eric george
eLDc7xhWxG2FElT3kUTj Janet ada
flq6f7yk4E4fJM5XTYuZ Michael edgar
g5CIjZEefAph4nQFvHAz Ethan theo
iP95p4xoKVk53GoZ742B Chris oscar
jBpfuIE2acCO8z3wKNLl Gigi nora
jsCqWAovK2LkecY7zXl4 Freya ada
nPczCjzI2devNBz1zQrb Brian bruno
oWAxZDx7w5VEj9dCyTzz Grace iris
onwK4e9ZLuTAKqWW03F9 Daniel george
pFZP5JQG7iQjIQuC4Bku Lily mara
pMsXgVXv3BLzUgSXRplE Serena ada
pNInz6obpgDQGcFmaJgB Adam bruno
piTKgcLEGmPE4e6mEKli Nicole iris
pqHfZKP75CvOlQylNhV4 Bill edgar
t0jbNlBVZ17f02VDIeMI Jessie edgar
yoZ06aMxZJJ28mfd3POQ Sam oscar
z9fAnlkpzviPz146aGWa Glinda vera
zcAOhNBS3c14rBihAFp1 Giovanni oscar
zrHiDhphv9ZnVXBqCLjz Mimi nora
"""


class Alias(NamedTuple):
    """Another id for the voice `voice`; `name` is what clients call it."""

    id: str
    name: str
    voice: str


def _alias(line: str) -> Alias:
    voice_id, rest = line.split(" ", 1)
    return Alias(voice_id, *rest.rsplit(" ", 1))


DOCUMENTED = tuple(_alias(line) for line in _DOCUMENTED.strip().split("\n"))
"""The voices in the samples of the official documentation and in its libraries' defaults: ids and names, no recordings."""


class Aliases:
    """Finds the voice for an id; an id that a voice has itself is never an alias."""

    def __init__(self, aliases: Iterable[Alias] = DOCUMENTED) -> None:
        self._by_id = {alias.id: alias for alias in aliases}

    def find(self, voice_id: str, voices: Sequence[Voice]) -> Voice | None:
        """Return the voice with this id, or the one that it is an alias of; None if there is none."""
        by_id = {voice.id: voice for voice in voices}
        alias = self._by_id.get(voice_id)
        return by_id.get(voice_id) or (by_id.get(alias.voice) if alias else None)

    def named(self, name: str, voices: Sequence[Voice]) -> Iterator[Voice]:
        """Yield the voices that have this name only by an alias, under the alias's id and name.

        A voice whose name differs from it by case only comes before such an alias, unless the name is just the alias's:
        programs compare the names of what they find with what they have searched for.
        """
        by_id = {voice.id: voice for voice in voices}
        taken = any(voice.name.casefold() == name.casefold() for voice in voices)
        for alias in self._by_id.values():
            alike = alias.name == name if taken else alias.name.casefold() == name.casefold()
            if alike and alias.voice in by_id and alias.name != by_id[alias.voice].name:
                yield under_alias(by_id[alias.voice], alias.id, alias.name)

    def shown(self, voice_id: str, voices: Sequence[Voice]) -> Voice | None:
        """Return what `find` returns, under the id and the name that the client knows."""
        voice, alias = self.find(voice_id, voices), self._by_id.get(voice_id)
        return voice if voice is None or alias is None else under_alias(voice, alias.id, alias.name)


def under_alias(voice: Voice, voice_id: str, name: str) -> Voice:
    """Return the voice under another id and name."""
    return voice if voice.id == voice_id else dataclasses.replace(voice, id=voice_id, name=name)


def with_given(given: Mapping[str, str], voices: Sequence[Voice]) -> Aliases:
    """Return the documented aliases and those of `--alias`, id to the id or name of a voice, which win.

    Raises:
        ConfigError: there is no such voice.
    """
    more = []
    for voice_id, wanted in given.items():
        try:
            voice = find_voice(wanted, voices, "local")
        except errors.UnknownVoice as error:
            raise errors.ConfigError(f"--alias {voice_id}={wanted}: {error.what}", hint=error.hint) from None
        more.append(Alias(voice_id, voice.name, voice.id))
    return Aliases([*DOCUMENTED, *more])

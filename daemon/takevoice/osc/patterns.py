"""Address patterns of OSC 1.0, part by part: ? * [] and {}. Pure; the time is bounded by the lengths, whatever the pattern."""

from __future__ import annotations

from collections.abc import Iterator

_SPECIAL = frozenset("?*[]{}")


def is_pattern(address: str) -> bool:
    """Return True if the address has characters that are special in patterns."""
    return not _SPECIAL.isdisjoint(address)


def matches(pattern: str, name: str) -> bool:
    """Return True if the pattern of a part of an address matches the whole name. An unfinished [ or { matches nothing."""
    reached = {0}
    for kind, token in _tokens(pattern):
        if not reached:
            return False
        if kind == "*":
            reached = set(range(min(reached), len(name) + 1))
        elif kind == "{":
            alternatives = token.split(",")
            reached = {at + len(each) for at in reached for each in alternatives if name.startswith(each, at)}
        else:
            reached = {at + 1 for at in reached if at < len(name) and _has(kind, token, name[at])}
    return len(name) in reached


def _tokens(pattern: str) -> Iterator[tuple[str, str]]:
    """Yield ("*", ""), ("?", ""), ("[", set), ("{", alternatives) and ("", character); ("!", "") matches nothing."""
    position = 0
    while position < len(pattern):
        kind = pattern[position]
        end = position
        if kind in "[{":
            end = pattern.find("]" if kind == "[" else "}", position + 1)
            if end < 0:
                yield "!", ""
                return
            yield kind, pattern[position + 1 : end]
        elif kind in "*?":
            yield kind, ""
        else:
            yield "", kind
        position = end + 1


def _has(kind: str, token: str, character: str) -> bool:
    if kind == "[":
        return _in_set(token, character)
    return kind == "?" or (kind == "" and token == character)


def _in_set(characters: str, one: str) -> bool:
    """Return True if a character is in a set such as a-z or !a-z; a minus or exclamation mark elsewhere is itself."""
    if characters.startswith("!"):
        return not _in_set(characters[1:], one) if len(characters) > 1 else True
    position = 0
    while position < len(characters):
        if characters[position + 1 : position + 2] == "-" and position + 2 < len(characters):
            low, high = sorted((characters[position], characters[position + 2]))
            if low <= one <= high:
                return True
            position += 3
        else:
            if characters[position] == one:
                return True
            position += 1
    return False

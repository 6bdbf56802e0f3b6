"""Reads the arguments of OSC messages: lenient where the meaning is clear, strict otherwise. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from takevoice.errors import TakevoiceError
from takevoice.osc.addresses import MAX_PORT, MAX_SECONDS, Address, Argument, Kind
from takevoice.osc.messages import Unusable

MAX_ID = 200  # characters
REPLY_PORT = "reply_port"
_POSITION = re.compile(r"-?[0-9]{1,18}")


class BadArguments(TakevoiceError):
    """The arguments do not match the address."""

    code: ClassVar[str] = "arguments"


class RequestRejected(TakevoiceError):
    """The daemon rejects the request; `code` is one of `addresses.CODES`."""

    def __init__(self, code: str, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what, where=where, hint=hint)
        self.code = code  # type: ignore[misc]


def text(value: Any, name: str) -> str:
    """Return text; a number becomes its digits."""
    value = _single(value)
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadArguments(f"{name} must be text")
    return f"{value:.7g}" if isinstance(value, float) else str(value)


def number(value: Any, name: str, least: int = 1, most: int = (1 << 63) - 1) -> int:
    """Return an integer from an int, a float without a fraction, or digits."""
    value = _single(value)
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value.strip()):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        limits = f"{least} or more" if most > MAX_PORT else f"{least} to {most}"
        raise BadArguments(f"{name} must be an integer, {limits}")
    return value


def seconds(value: Any, name: str) -> float:
    """Return seconds, from 0 to a day, from a number or text."""
    value = _single(value)
    try:
        given = -1.0 if isinstance(value, bool) or value is None else float(value)
    except ValueError:
        given = -1.0
    if not 0 <= given <= MAX_SECONDS:
        raise BadArguments(f"{name} must be seconds, 0 to {MAX_SECONDS:.0f}")
    return given


def value(given: Any, name: str) -> Any:
    """Return text, a number, a Boolean, or a list of these. A 32-bit float becomes the decimal number it stands for: 0.4, not 0.4000000059."""
    if given is None:
        raise BadArguments(f"{name} has no value")
    given = _single(given)
    if isinstance(given, tuple):
        return tuple(value(each, name) for each in given)
    return float(f"{given:.7g}") if isinstance(given, float) else given


def position(given: Any, name: str) -> str:
    """Return a position in samples as text, from digits or an integer; 32 bits would hold only half a day."""
    given = _single(given)
    if isinstance(given, float) and given.is_integer() and abs(given) < 1 << 53:
        given = int(given)
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    if not isinstance(given, str) or not _POSITION.fullmatch(given.strip()):
        raise BadArguments(f"{name} must be a position in samples, as text or an integer")
    return str(int(given))


def port(given: Any, name: str) -> int:
    """Return a port, 0 to 65535; 0 stands for the port that the message came from."""
    return number(given, name, 0, MAX_PORT)


def _single(given: Any) -> Any:
    """Return the only element of an array; anything else as it is."""
    return given[0] if isinstance(given, tuple) and len(given) == 1 else given


def _check_usable(given: Sequence[Any], usage: str) -> None:
    for each in given:
        if isinstance(each, Unusable):
            raise BadArguments(f"{each.what} cannot be used; send text or numbers", hint=usage)
        if isinstance(each, tuple):
            _check_usable(each, usage)


_KINDS: dict[Kind, Callable[[Any, str], Any]] = {
    "position": position,
    "text": text,
    "number": number,
    "port": port,
    "seconds": seconds,
    "value": value,
}


def request_id(given: Sequence[Any]) -> str:
    """Return the request id at the start of a message; "" if it is missing or invalid."""
    try:
        found = text(given[0], "id") if given else ""
    except BadArguments:
        return ""
    return found if len(found) <= MAX_ID else ""


def without_reply_port(given: Sequence[Any]) -> tuple[list[Any], int | None]:
    """Return the arguments without the pair `reply_port`, N; and N, or None if there is no such pair."""
    rest = list(given)
    if len(rest) > 1 and rest[-1] == REPLY_PORT and REPLY_PORT not in rest[:-1]:
        raise BadArguments(f"{REPLY_PORT} has no value")
    for index in range(len(rest) - 1):
        if rest[index] == REPLY_PORT:
            port = number(rest[index + 1], REPLY_PORT, 1, MAX_PORT)
            del rest[index : index + 2]
            return rest, port
    return rest, None


def read_arguments(address: Address, given: Sequence[Any]) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    """Return the arguments after the request id by name, and the pairs of keys and values.

    Raises:
        BadArguments: the arguments do not match the address; the hint shows its usage.
    """
    usage = f"{address.address} takes {address.usage}" if address.usage else f"{address.address} takes no arguments"
    _check_usable(given, usage)
    rest = _after_id(address, given, usage) if address.takes_id else list(given)
    named: dict[str, Any] = {}
    for argument in address.arguments:
        if rest:
            found = rest.pop(0)
            if found is None and argument.optional:
                if argument.kind == "value":
                    named[argument.name] = None  # nil: the value is taken away
                continue
            named[argument.name] = _read(argument, found, usage)
        elif not argument.optional:
            raise BadArguments(f"{argument.name} is missing", hint=usage)
    if not address.pairs and rest:
        raise BadArguments("there are too many arguments", hint=usage)
    if len(rest) % 2:
        raise BadArguments("the last key has no value", hint=usage)
    return named, [
        (text(key, "key"), value(given, str(key))) for key, given in zip(rest[::2], rest[1::2], strict=True)
    ]


def _after_id(address: Address, given: Sequence[Any], usage: str) -> list[Any]:
    """Return the arguments after the request id. A button needs none: what it sends when it is pressed is no id."""
    if not address.needs_arguments and (not given or given[0] is True or given[0] is None):
        return list(given[1:])
    if given and _is_let_go(address, given[0]):
        raise BadArguments(f"{'F' if given[0] is False else 0} is a button that was let go of, and does nothing", hint=usage)
    if not request_id(given):
        raise BadArguments(f"the first argument must be a request id of 1 to {MAX_ID} characters", hint=usage)
    return list(given[1:])


def _is_let_go(address: Address, first: Any) -> bool:
    """Return True for what a button sends when it is let go of. Where something is done, that is the number 0 too, which a switch
    for both would send."""
    if address.needs_arguments:
        return False
    return first is False or (address.access == "w" and not address.arguments and not isinstance(first, str) and first == 0)


def read_named(address: Address, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments that are given by name, read as those of messages.

    Raises:
        BadArguments: the arguments do not match the address; the hint shows its usage.
    """
    names = [argument.name for argument in address.arguments]
    usage = f"{address.address} takes {', '.join(f'[{a.name}]' if a.optional else a.name for a in address.arguments) or 'no arguments'}"
    unknown = [name for name in given if name not in names]
    if unknown:
        raise BadArguments(f"there is no argument {unknown[0][:100]}", hint=usage)
    named: dict[str, Any] = {}
    for argument in address.arguments:
        if given.get(argument.name) is not None:
            named[argument.name] = _read(argument, given[argument.name], usage)
        elif not argument.optional:
            raise BadArguments(f"{argument.name} is missing", hint=usage)
    return named


def _read(argument: Argument, given: Any, usage: str) -> Any:
    try:
        if argument.least is not None:
            found = argument.least if given == "" else number(given, argument.name, argument.least)
        else:
            found = _KINDS[argument.kind](given, argument.name)
        if argument.most is not None and found > argument.most:
            raise BadArguments(f"{argument.name} must be at most {argument.most}")
        return found
    except BadArguments as error:
        raise BadArguments(error.what, hint=usage) from None

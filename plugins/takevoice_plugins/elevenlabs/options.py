"""The options of this plugin: the table `[plugins.elevenlabs]` of the config."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from takevoice import errors, is_loopback
from takevoice_plugins.elevenlabs.keys import ENVIRONMENT, SERVICE, USER
from takevoice_plugins.elevenlabs.pinned import pinned_context

WHERE = "[plugins.elevenlabs]"
_SECRETS = {"apikey", "key", "xiapikey", "token", "secret", "password", "elevenlabsapikey"}


@dataclass(frozen=True)
class Options:
    """The options; None means the default of the client."""

    base_url: str | None = None
    timeout: float | None = None  # seconds to wait for the server in each read or write
    max_concurrent: int | None = None  # 1 to 100 conversions at once
    house: bool = False  # base_url is a house's server: it has a key of its own, and bills nothing twice
    certificate: str | None = None  # a PEM file: the only certificate that is trusted
    paid: bool = True  # False: a house whose conversions are free

    def for_client(self) -> dict[str, Any]:
        """Return the options of the client that are set. Raises ConfigError: the certificate cannot be read."""
        values: dict[str, Any] = {"base_url": self.base_url, "timeout": self.timeout}
        if self.certificate is not None:
            values["certificates"] = pinned_context(Path(self.certificate).expanduser())
        return {name: value for name, value in values.items() if value is not None}

    @property
    def warning(self) -> str:
        """What a person should change: a key that the network can read; "" if nothing."""
        parts = urlsplit(self.base_url or "")
        if parts.scheme != "http" or is_loopback(parts.hostname or ""):
            return ""
        return f"the key and the takes are sent to {parts.hostname} unencrypted: use an https:// address as base_url"

    @classmethod
    def of(cls, table: object) -> Options:
        """Return the options in a table.

        Raises:
            ConfigError: lists every invalid key and value.
        """
        if not isinstance(table, Mapping):
            raise errors.ConfigError(f"{WHERE} must be a table")
        problems = [problem for name, value in table.items() if (problem := _problem(name, value))]
        if not problems and table.get("house") and _is_service(table.get("base_url")):
            problems = [f"{WHERE} house = true needs the base_url of your house: the real service bills what is sent twice"]
        if problems:
            raise errors.ConfigError("; ".join(problems), problems=tuple(problems))
        return cls(**table)


def _problem(name: str, value: Any) -> str:
    """Return the problem with a key or its value; "" if there is none."""
    if name.lower().replace("_", "").replace("-", "") in _SECRETS:
        return (
            f"{WHERE} {name}: a key does not belong in the config; "
            f"set {ENVIRONMENT}, or store it with `keyring set {SERVICE} {USER}`"
        )
    known = [field.name for field in fields(Options)]
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        return f"{WHERE} {name} is not a known option; " + (
            f"did you mean {near[0]}?" if near else f"known options: {', '.join(known)}"
        )
    wrong = _CHECKS[name](value)
    return f"{WHERE} {name} {wrong}" if wrong else ""


def _base_url(value: Any) -> str:
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        good = parts.scheme in ("http", "https") and parts.hostname and parts.username is None and parts.port != 0
    except ValueError:
        good = False
    if good and not (parts.query or parts.fragment):
        return ""
    return 'must be a URL such as "https://api.elevenlabs.io", without user name or password'


def _is_service(base_url: Any) -> bool:
    """Return True for the real service, also when there is no base_url."""
    host = urlsplit(base_url or "https://api.elevenlabs.io").hostname or ""
    return host == "elevenlabs.io" or host.endswith(".elevenlabs.io")


def _bool(value: Any) -> str:
    return "" if isinstance(value, bool) else "must be true or false"


def _certificate(value: Any) -> str:
    return "" if isinstance(value, str) and value else "must be the path of a PEM file"


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _timeout(value: Any) -> str:
    return (
        ""
        if _number(value) and 0 < value <= 3600
        else "must be a number of seconds, above 0 and at most 3600"
    )


def _max_concurrent(value: Any) -> str:
    return (
        ""
        if _number(value) and isinstance(value, int) and 1 <= value <= 100
        else "must be a whole number from 1 to 100"
    )


_CHECKS = {
    "base_url": _base_url,
    "timeout": _timeout,
    "max_concurrent": _max_concurrent,
    "house": _bool,
    "certificate": _certificate,
    "paid": _bool,
}

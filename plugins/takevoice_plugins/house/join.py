"""`takevoice join`: connects this station to a house. The config and the keyring change only after the house has answered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from takevoice import SpeechToSpeech, config_dir, errors, write_atomic
from takevoice_plugins.elevenlabs.house_address import explained
from takevoice_plugins.elevenlabs.keys import HOUSE_ENVIRONMENT, HOUSE_USER, SERVICE
from takevoice_plugins.elevenlabs.pinned import Address, fetch_certificate, parse_address, pinned_context

CONFIG = "takevoice.toml"
PATIENCE = 15.0  # seconds


@dataclass(frozen=True)
class House:
    """What a house says about itself and a key."""

    name: str
    project: str
    cap: float | None
    paid: bool


def join(url: str, key: str, config: str | None) -> int:
    """Connect this station; return the exit code.

    Raises:
        ConfigError: the address, the key or the config cannot be used; nothing is changed.
        BackendError: the house does not answer, or refuses the key.
    """
    address = parse_address(url)
    path = Path(config).expanduser().absolute() if config else config_dir() / CONFIG
    document = _read(path)
    pem = fetch_certificate(address) if address.fingerprint else ""
    certificate = path.with_name(f"house-{address.fingerprint[:12]}.pem") if pem else None
    path.parent.mkdir(parents=True, exist_ok=True)
    was_there = certificate is not None and certificate.exists()
    if certificate is not None:
        write_atomic(certificate, pem.encode("ascii"))
    try:
        house = _ask(address, key, certificate)
    except errors.TakevoiceError:
        if certificate is not None and not was_there:
            certificate.unlink(missing_ok=True)
        raise
    stored = _store(key)
    _change(document, address, certificate, paid=house.paid)
    write_atomic(path, tomlkit.dumps(document).encode("utf-8"))
    cap = f", up to {house.cap:,.0f} credits a day" if house.cap is not None else ""
    project = f", project {house.project}" if house.project else ""
    print(f"joined the house at {address.url} as {house.name}{project}{cap}; written to {path}")
    if not stored:
        print(f"there is no system keyring: set {HOUSE_ENVIRONMENT} to the key where takevoice runs, and start it again if it is running")
    return 0


def _read(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_text("utf-8"))
    except FileNotFoundError:
        return tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise errors.ConfigError(f"is not TOML: {error}", where=str(path), hint="mend it first") from None


def _ask(address: Address, key: str, certificate: Path | None) -> House:
    context = pinned_context(certificate) if certificate is not None else None
    with SpeechToSpeech(key, base_url=address.url, timeout=PATIENCE, certificates=context) as client:
        try:
            answer = client.get_json("/house/v1/me")
        except errors.BackendError as error:
            if error.code in ("not_found", "unexpected_answer"):
                raise errors.ConfigError(
                    f"{address.url} is not a house", hint="its server is started with `takevoice serve --house`"
                ) from None
            raise explained(error, address.url, None) from None
    if not isinstance(answer, dict) or "name" not in answer:
        raise errors.ConfigError(f"{address.url} is not a house", hint="its server is started with `takevoice serve --house`")
    cap = answer.get("cap")
    return House(
        str(answer["name"]), str(answer.get("project") or ""), float(cap) if cap is not None else None, answer.get("paid") is not False
    )


def _store(key: str) -> bool:
    """Store the key in the system keyring; return False if there is none."""
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(SERVICE, HOUSE_USER, key)
        return keyring.get_password(SERVICE, HOUSE_USER) == key
    except (KeyringError, RuntimeError):
        return False


def _change(document: tomlkit.TOMLDocument, address: Address, certificate: Path | None, *, paid: bool) -> None:
    """Set the backend and `[plugins.elevenlabs]`; all else stays as it is.

    The backend is named: with "auto", a station whose key is missing would convert with another engine.
    """
    document["backend"] = "elevenlabs"
    plugins: Any = document.setdefault("plugins", tomlkit.table(is_super_table=True))
    table: Any = plugins.setdefault("elevenlabs", tomlkit.table())
    values = {"base_url": address.url, "house": True, "certificate": str(certificate) if certificate else None}
    values["paid"] = None if paid else False
    for name, value in values.items():
        if value is None:
            table.pop(name, None)
        else:
            table[name] = value

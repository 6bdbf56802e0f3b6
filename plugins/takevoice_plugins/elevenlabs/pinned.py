"""The address of a house with the fingerprint of its certificate, and connections that trust this certificate alone."""

from __future__ import annotations

import hashlib
import re
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from takevoice import errors, is_loopback

PATIENCE = 10.0  # seconds
_PIN = re.compile(r"sha256=([0-9a-fA-F]{64})")


@dataclass(frozen=True)
class Address:
    """Where a house is; `fingerprint` is the SHA-256 of its certificate, "" for one that the system trusts."""

    url: str  # without the fingerprint
    host: str
    port: int
    fingerprint: str = ""

    @property
    def encrypted(self) -> bool:
        """True for https."""
        return self.url.startswith("https:")


def fingerprint_of(pem: str) -> str:
    """Return the SHA-256 of a certificate in PEM, as 64 hexadecimal digits. Raises ValueError."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.strip() + "\n")).hexdigest()


def parse_address(text: str) -> Address:
    """Return an address such as https://house:9872#sha256=...

    Raises:
        ConfigError: it is not one; or its connections would not be encrypted.
    """
    hint = "copy the whole line that the house's server printed when it started"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    pin = _PIN.fullmatch(parts.fragment) if parts.fragment else None
    wrong = parts.scheme not in ("http", "https") or not host or parts.username is not None or parts.query
    if wrong or (parts.fragment and not pin):
        raise errors.ConfigError(f"{text!r} is not the address of a house", hint=hint)
    if parts.scheme == "http" and not is_loopback(host):
        raise errors.ConfigError(f"{text!r} is not encrypted: the network could read the key and the takes", hint=hint)
    url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
    return Address(url, host, port or (443 if parts.scheme == "https" else 80), pin[1].lower() if pin else "")


def fetch_certificate(address: Address) -> str:
    """Return the certificate of a house as PEM, after comparing its fingerprint.

    Raises:
        ConfigError: it is another one than the address says; or the house cannot be reached.
    """
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # compared by its fingerprint below; nothing is sent over this connection
    try:
        with (
            socket.create_connection((address.host, address.port), PATIENCE) as connection,
            context.wrap_socket(connection, server_hostname=address.host) as encrypted,
        ):
            der = encrypted.getpeercert(binary_form=True) or b""
    except ssl.SSLError as error:
        raise errors.ConfigError(
            f"{address.url} does not answer encrypted ({error.reason or error})",
            hint="a house on 127.0.0.1 is at http:// unless it was started with --tls; copy the whole line that it printed",
        ) from None
    except (OSError, ValueError) as error:
        raise errors.ConfigError(
            f"{address.url} cannot be reached: {error}", hint="is the house's server running, and the address right?"
        ) from None
    pem = ssl.DER_cert_to_PEM_cert(der)
    if fingerprint_of(pem) != address.fingerprint:
        raise errors.ConfigError(
            f"{address.url} has another certificate than the address says (sha256={fingerprint_of(pem)})",
            hint="ask the house's owner for its line: it changes when the certificate is renewed; else this may be another machine",
        )
    return pem


def pinned_context(path: Path) -> ssl.SSLContext:
    """Return a context that trusts the certificate in a PEM file and no other, whatever name the house has.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=str(path))
    except (OSError, ssl.SSLError) as error:
        raise errors.ConfigError(f"cannot be read as a certificate: {error}", where=str(path)) from None
    context.check_hostname = False  # the certificate itself is what is trusted
    return context

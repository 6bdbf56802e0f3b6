"""Why a house does not answer at its address: encryption, or another certificate than the one that was joined."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from takevoice import errors
from takevoice_plugins.elevenlabs.pinned import fingerprint_of

PATIENCE = 5.0  # seconds
_TLS_WORDS = ("SSL", "CERTIFICATE", "certificate")
_BROKEN = ("no_response", "outcome_unknown", "upload_interrupted")
RENEWED = "if its owner has renewed it, run `takevoice join` with the new line; else another machine may pose as the house"


class WrongAddress(errors.BackendUnavailable):
    """The house does not answer at this address, and why."""

    code = "wrong_address"


def explained(error: errors.BackendError, url: str, certificate: str | None) -> errors.BackendError:
    """Return the error of a request to a house, or in its place what is wrong with the address; this may ask the house.

    `certificate`: the path of the PEM file that is trusted.
    """
    encrypted = url.startswith("https:")
    worth_asking = any(word in str(error) for word in _TLS_WORDS) if encrypted else error.code in _BROKEN
    why = reason(url, certificate) if worth_asking else ""
    return WrongAddress(why, hint=RENEWED if "another certificate" in why else _COPY) if why else error


_COPY = "copy the whole line that the house's server printed when it started"


def reason(url: str, certificate: str | None) -> str:
    """Return what is wrong with the address of a house, by a connection of its own; "" where that is not the reason."""
    encrypted = url.startswith("https:")
    try:
        shown = _shown(url)
    except ssl.SSLError:
        return f"the house at {url} does not answer encrypted: its address may begin with http://" if encrypted else ""
    except (OSError, ValueError):
        return ""
    if not encrypted:
        return f"the house at {url} answers encrypted only: its address begins with https://"
    if certificate is None:
        return ""
    try:
        joined = fingerprint_of(Path(certificate).expanduser().read_text("ascii"))
    except (OSError, ValueError):
        return ""
    found = fingerprint_of(shown)
    return "" if found == joined else f"the house at {url} has another certificate (sha256={found}) than the one that was joined"


def _shown(url: str) -> str:
    """Return the certificate that is shown at an address, as PEM. Raises OSError; SSLError: it does not answer encrypted."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # compared above; nothing is sent over this connection
    with socket.create_connection((host, port), PATIENCE) as plain, context.wrap_socket(plain, server_hostname=host) as connection:
        return ssl.DER_cert_to_PEM_cert(connection.getpeercert(binary_form=True) or b"")

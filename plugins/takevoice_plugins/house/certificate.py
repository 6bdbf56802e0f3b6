"""The house's own certificate: made at the first start, and recognised by its fingerprint."""

from __future__ import annotations

import datetime
import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path

from takevoice import errors, private_folder, write_atomic
from takevoice_plugins.elevenlabs.pinned import fingerprint_of

YEARS = 10
CERTIFICATE, KEY = "certificate.pem", "certificate-key.pem"


@dataclass(frozen=True)
class Certificate:
    """A certificate and its private key."""

    path: Path
    key_path: Path

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the certificate (DER), as 64 hexadecimal digits."""
        return fingerprint_of(self.path.read_text("ascii"))


def own_certificate(folder: Path) -> Certificate:
    """Return the certificate in a folder, made where there is none.

    Raises:
        ConfigError: the Python package `cryptography` is missing.
        OSError: it cannot be written.
    """
    certificate = Certificate(folder / CERTIFICATE, folder / KEY)
    if not (certificate.path.exists() and certificate.key_path.exists()):
        pem, key = _make()
        private_folder(folder)
        write_atomic(certificate.key_path, key, durable=True, private=True)
        write_atomic(certificate.path, pem, durable=True)
    return certificate


def _make() -> tuple[bytes, bytes]:
    """Return a new self-signed certificate (RFC 5280) of this machine and its private key, both as PEM."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import NameOID
    except ImportError:
        raise errors.ConfigError(
            "the package cryptography is missing, which makes the certificate",
            hint="`pip install cryptography`, or listen on 127.0.0.1 behind a proxy with TLS",
        ) from None
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "takevoice house")])
    now = datetime.datetime.now(datetime.UTC)
    names: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    host = socket.gethostname()
    if host.isascii() and host != "localhost":
        names.append(x509.DNSName(host))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365 * YEARS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), private

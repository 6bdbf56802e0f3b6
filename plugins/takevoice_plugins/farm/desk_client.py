"""The house's server as a worker reaches it: takes come from it, and answers go to it, over HTTP."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

from takevoice.errors import ConfigError
from takevoice_plugins.elevenlabs.pinned import parse_address

CHUNK = 1 << 17
TIMEOUT = 30.0  # seconds without a byte


class Unreachable(Exception):
    """The house's server does not answer now, or cannot do it now."""


class NotWanted(Exception):
    """The house does not need the take converted: it has the answer, or gave it up."""


class OtherCertificate(OSError):
    """The server has another certificate than the worker's address says."""

    def __str__(self) -> str:
        return (
            "it has another certificate than the address says; if the house's owner has renewed it, start this worker with the new "
            "address, else another machine may pose as the house"
        )


class BadKey(Exception):
    """The house does not know the worker's key."""


class DeskClient:
    """The house's server, at https://HOST:PORT#sha256=FINGERPRINT.

    The fingerprint is that of the server's certificate (64 hexadecimal digits); without one, the certificate must be
    one that this machine trusts.

    Raises:
        ConfigError: the address or the key cannot be used.
    """

    def __init__(self, address: str, key: str, timeout: float = TIMEOUT) -> None:
        self._house = parse_address(address)
        if not key or not all(33 <= ord(c) < 127 for c in key):
            raise ConfigError(
                "the worker's key is empty or has characters that no key has",
                hint="`takevoice house add NAME --worker` makes one",
            )
        self.url = self._house.url
        self._headers, self._timeout = {"Authorization": f"Bearer {key}"}, timeout

    def sign(self, sign: Mapping[str, Any]) -> dict[str, Any]:
        """Give a sign of life; return what the house says of itself: `version`, `name`."""
        with self._answer("POST", "/farm/v1/workers", json.dumps(sign).encode(), {"Content-Type": "application/json"}) as answer:
            said = json.loads(answer.read())
        return said if isinstance(said, dict) else {}

    def fetch(self, key: str, lease: str, path: Path) -> None:
        """Write the take of an order to `path`."""
        with self._answer("GET", f"/farm/v1/takes/{key}", headers=_lease(lease)) as answer:
            _save(answer, path)

    def voice(self, voice_id: str) -> bytes:
        """Return the file of a cloned voice. Raises NotWanted: there is none."""
        with self._answer("GET", f"/farm/v1/voices/{voice_id}") as answer:
            return answer.read()

    def recordings(self, voice_id: str, path: Path) -> None:
        """Write the recordings of a cloned voice to `path`. Raises NotWanted: there are none."""
        with self._answer("GET", f"/farm/v1/voices/{voice_id}/recordings") as answer:
            _save(answer, path)

    def deliver(self, key: str, lease: str, path: Path) -> None:
        """Send an answer."""
        with path.open("rb") as file:
            headers = {**_lease(lease), "Content-Length": str(path.stat().st_size)}
            with self._answer("PUT", f"/farm/v1/answers/{key}", file, headers):
                pass

    def refuse(self, key: str, lease: str, code: str, message: str, *, again: bool) -> None:
        """Report that a take cannot be converted."""
        body = json.dumps({"code": code, "message": message[:500], "again": again}).encode()
        with self._answer("POST", f"/farm/v1/refusals/{key}", body, {**_lease(lease), "Content-Type": "application/json"}):
            pass

    @contextmanager
    def _answer(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        """Yield the response to a request that succeeded. Raises Unreachable, NotWanted, BadKey."""
        connection = self._connection()
        try:
            connection.connect()
            self._check_certificate(connection)
            with suppress(BrokenPipeError, ConnectionResetError):  # it may have answered before it had all of the body
                connection.request(method, path, body, {**self._headers, **(headers or {})})
            answer = connection.getresponse()
            _check(answer)
            yield answer
        except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
            raise Unreachable(str(error) or type(error).__name__) from error
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        house = self._house
        if not house.encrypted:
            return http.client.HTTPConnection(house.host, house.port, timeout=self._timeout)
        context = ssl.create_default_context()
        if house.fingerprint:  # the certificate is the house's own; that it is this one is checked before anything is sent
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection(house.host, house.port, timeout=self._timeout, context=context)

    def _check_certificate(self, connection: http.client.HTTPConnection) -> None:
        if not self._house.fingerprint or not isinstance(connection.sock, ssl.SSLSocket):
            return
        shown = connection.sock.getpeercert(binary_form=True) or b""
        if not hmac.compare_digest(hashlib.sha256(shown).hexdigest(), self._house.fingerprint):
            raise OtherCertificate


def _save(answer: http.client.HTTPResponse, path: Path) -> None:
    """Write a response to a file. Raises IncompleteRead: the connection ended early, which `read` with a size does not tell."""
    with path.open("wb") as file:
        while chunk := answer.read(CHUNK):
            file.write(chunk)
    if answer.length:  # bytes that did not come
        raise http.client.IncompleteRead(b"", answer.length)


def _check(answer: http.client.HTTPResponse) -> None:
    if answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return
    said = answer.read(10_000)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        raise BadKey
    if answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.GONE):
        raise NotWanted
    try:
        message = str(json.loads(said)["detail"]["message"])
    except (ValueError, KeyError, TypeError):
        message = ""
    raise Unreachable(f"the house answered {answer.status}{': ' if message else ''}{message[:200]}")


def _lease(lease: str) -> dict[str, str]:
    return {"takevoice-lease": lease}

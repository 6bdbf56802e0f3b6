"""The house's server as a worker reaches it: takes come from it, and answers go to it, over HTTP."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from takevoice import is_loopback
from takevoice.errors import ConfigError

CHUNK = 1 << 17
TIMEOUT = 30.0  # seconds without a byte


class Unreachable(Exception):
    """The house's server does not answer now, or cannot do it now."""


class NotWanted(Exception):
    """The house does not need the take converted: it has its answer, or nobody waits for it."""


class BadToken(Exception):
    """The house does not know the worker's token."""


class DeskClient:
    """The house's server.

    `pin`: the SHA-256 of its certificate (64 hexadecimal digits); without it, a certificate must be one that this
    machine trusts.
    """

    def __init__(self, url: str, token: str, pin: str = "", timeout: float = TIMEOUT) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ConfigError(f"{url} is not the address of a house", hint="it is of the form https://HOST:9872")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ConfigError(
                f"{url} is not encrypted: others in the network could read the token and the takes",
                hint="use https://; http:// is for the house's own machine",
            )
        pin = pin.replace(":", "").lower()
        if pin and (len(pin) != 64 or set(pin) - set("0123456789abcdef")):
            raise ConfigError("the fingerprint is not 64 hexadecimal digits", hint="the house prints it when it starts")
        try:
            self._port = parts.port
        except ValueError:
            raise ConfigError(f"{url} has no valid port") from None
        self._host, self._encrypted, self._pin, self._timeout = parts.hostname, parts.scheme == "https", pin, timeout
        self._headers = {"Authorization": f"Bearer {token}"}
        if not token or not all(33 <= ord(c) < 127 for c in token):
            raise ConfigError("the worker's token is empty or has characters that no token has", hint="`takevoice house add NAME --worker` makes one")
        self.url = url.rstrip("/")

    def sign(self, sign: Mapping[str, Any]) -> dict[str, Any]:
        """Give a sign of life; return what the house says of itself: `version`, `name`."""
        with self._answer("POST", "/farm/v1/workers", json.dumps(sign).encode(), {"Content-Type": "application/json"}) as answer:
            said = json.loads(answer.read())
        return said if isinstance(said, dict) else {}

    def fetch(self, key: str, lease: str, path: Path) -> None:
        """Write the take of an order to `path`."""
        with self._answer("GET", f"/farm/v1/takes/{key}", headers=_lease(lease)) as answer, path.open("wb") as file:
            while chunk := answer.read(CHUNK):
                file.write(chunk)

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
        """Yield the response to a request that succeeded. Raises Unreachable, NotWanted, BadToken."""
        connection = self._connection()
        try:
            connection.connect()
            self._check_pin(connection)
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
        if not self._encrypted:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        context = ssl.create_default_context()
        if self._pin:  # the certificate is the house's own; that it is this one is checked before anything is sent
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout, context=context)

    def _check_pin(self, connection: http.client.HTTPConnection) -> None:
        if not self._pin or not isinstance(connection.sock, ssl.SSLSocket):
            return
        shown = connection.sock.getpeercert(binary_form=True) or b""
        if not hmac.compare_digest(hashlib.sha256(shown).hexdigest(), self._pin):
            raise ssl.SSLError("the server has another certificate than the house's")


def _check(answer: http.client.HTTPResponse) -> None:
    if answer.status < 300:
        return
    said = answer.read(10_000)
    if answer.status == 401:
        raise BadToken
    if answer.status in (404, 409, 410):
        raise NotWanted
    try:
        message = str(json.loads(said)["detail"]["message"])
    except (ValueError, KeyError, TypeError):
        message = ""
    raise Unreachable(f"the house answered {answer.status}{': ' if message else ''}{message[:200]}")


def _lease(lease: str) -> dict[str, str]:
    return {"takevoice-lease": lease}

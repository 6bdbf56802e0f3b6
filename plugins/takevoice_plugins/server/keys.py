"""The check of the API key in the request header."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Annotated

from fastapi import Header

from takevoice_plugins.server.problems import Problem

HEADER = "xi-api-key"


def key_check(key: str | None) -> Callable[[str | None], None]:
    """Return a dependency that rejects requests without `key`; None accepts all requests."""

    def check(given: Annotated[str | None, Header(alias=HEADER)] = None) -> None:
        if key is None:
            return
        if given is None:
            raise Problem(
                401,
                "authentication_error",
                "needs_authorization",
                f"There is no API key in the header {HEADER}; send the key of this server.",
            )
        if not hmac.compare_digest(given.encode(), key.encode()):
            raise Problem(401, "authentication_error", "invalid_api_key", "Invalid API key")

    return check

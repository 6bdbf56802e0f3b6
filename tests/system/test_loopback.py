"""Which hosts are this machine, however they are written."""

from __future__ import annotations

import pytest

from takevoice.system.loopback import is_loopback


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST.", "x.localhost", "127.0.0.1", "127.9.9.9", "127.1", "0x7f000001", "::1", "[::1]",
     "::ffff:127.0.0.1"],
)  # fmt: skip
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "192.168.1.2", "10.1", "example.org", "", "127.0.0.1.example.org", "localhost.example.org",
     "::ffff:10.0.0.1", "fe"],
)  # fmt: skip
def test_no_loopback(host: str) -> None:
    assert not is_loopback(host)

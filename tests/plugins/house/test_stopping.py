"""A house that is told to stop."""

from __future__ import annotations

import signal
import ssl
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from plugins.house.houses import HouseProcess
from plugins.house.paid_account import PaidAccount
from takevoice_plugins.house.certificate import CERTIFICATE
from takevoice_plugins.house.keeping import house_folder
from takevoice_plugins.house.keys import Keys


@pytest.mark.service
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_an_encrypted_house_does_not_wait_for_idle_clients(tmp_path: Path, account: PaidAccount) -> None:
    """They would have to answer that the connection ends, and stations and workers read nothing between two requests."""
    with closing(HouseProcess(tmp_path / "house", account, words=("--tls",))) as house:
        house.start()
        trusted = ssl.create_default_context(cafile=str(house_folder(house.cli.state) / CERTIFICATE))
        key = {"xi-api-key": Keys(house.database).add("anna")}
        with httpx.Client(base_url=house.url, verify=trusted, headers=key) as client:
            assert client.get("/house/v1/me").json()["name"] == "anna"
            assert house.process is not None
            house.process.send_signal(signal.SIGTERM)
            house.process.communicate(timeout=30)
        assert house.process.returncode == 0
        log = (house.cli.home / "house.log").read_text()
        assert log.endswith("stopped\n")
        assert "exceeded" not in log, "the last resort after five seconds"

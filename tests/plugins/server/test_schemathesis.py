"""schemathesis finds no answer that the API's description does not allow: its own, and the service's where it is at hand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from plugins.server.running import Running

TESTS = Path(__file__).parents[2]
SEEDS = "TAKEVOICE_SEEDS"
"""Names a folder with texts about the service; the description is in the first that has an OpenAPI document in it."""


def run(description: str, running: Running, cwd: Path, *options: str) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "run", description, "--url", running.url]
    fixed = ["--seed", "1", "--generation-database", "none", "--no-color", "--warnings", "off"]
    hooks = {"SCHEMATHESIS_HOOKS": "plugins.server.schemathesis_hooks", "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path[1:]])}
    done = subprocess.run(
        [*command, *fixed, *options], cwd=cwd, env=os.environ | hooks, capture_output=True, timeout=60
    )
    told = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert done.returncode == 0, told
    assert "No issues found" in told
    assert int(re.findall(r"(\d+) generated", told)[-1]) > 80


def test_its_own_description(running: Running, tmp_path: Path) -> None:
    run(f"{running.url}/openapi.json", running, tmp_path, "--phases", "fuzzing", "--max-examples", "8")


def test_its_own_description_of_a_stream_at_all_edges(running: Running, tmp_path: Path) -> None:
    path = "/v1/speech-to-speech/{voice_id}/stream"
    run(f"{running.url}/openapi.json", running, tmp_path, "--phases", "coverage", "--include-path", path)


def test_the_services_description(running: Running, tmp_path: Path) -> None:
    if SEEDS not in os.environ:
        pytest.skip(f"{SEEDS} names no folder with the service's description")
    texts = (path.read_text("utf-8") for path in sorted(Path(os.environ[SEEDS]).iterdir()))
    found = [block[1] for text in texts if (block := re.search(r"```yaml\n(openapi:.*?)```", text, re.S))]
    description = tmp_path / "service.yaml"
    description.write_text(found[0], "utf-8")
    run(str(description), running, tmp_path, "--phases", "fuzzing,coverage", "--max-examples", "20")

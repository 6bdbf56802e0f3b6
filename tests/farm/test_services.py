"""The compose file and the systemd unit: their commands and variables are the ones that takevoice knows."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from support import Command
from takevoice_plugins.farm import DATABASE_VARIABLE, KEY_VARIABLE
from takevoice_plugins.house import command as house_command

FOLDER = Path(__file__).parents[2] / "integrations" / "house"
READ = {DATABASE_VARIABLE, KEY_VARIABLE, house_command.DATABASE_VARIABLE, "ELEVENLABS_API_KEY", "TAKEVOICE_STATE"}
FINGERPRINT = "#sha256=" + "a" * 64


def filled(text: str, **values: str) -> str:
    """Replace ${NAME}, ${NAME:-default} and ${NAME:?message} as compose does; what is needed must be given."""

    def value(found: re.Match[str]) -> str:
        name, kind, rest = found[1], found[2], found[3] or ""
        return values.get(name) or (rest if kind == ":-" else values[name])

    return re.sub(r"\$\{(\w+)(?:(:-|:\?)([^}]*))?\}", value, text)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    text = filled((FOLDER / "compose.yaml").read_text("utf-8"), DATABASE_PASSWORD="secret", HOUSE=f"https://server:9872{FINGERPRINT}", WORKER_KEY="k")
    return yaml.safe_load(text)["services"]  # type: ignore[no-any-return]


def options_of(command: Command, *words: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", command(*words, "--help").stdout))


@pytest.mark.parametrize("name", ["server", "worker"])
def test_the_commands_of_the_compose_file_exist(name: str, services: dict[str, Any], command: Command) -> None:
    words, service = services[name]["command"], services[name]
    assert {word for word in words if word.startswith("--")} <= options_of(command, words[0])
    assert set(service["environment"]) <= READ
    assert set(service["depends_on"]) <= set(services)
    assert (FOLDER / service["build"]["context"]).resolve() == FOLDER.parents[1]
    assert (FOLDER / service["build"]["context"] / service["build"]["dockerfile"]).exists()


def test_a_worker_of_the_compose_file_is_one_that_would_run(services: dict[str, Any], command: Command) -> None:
    """It gets as far as an address that leads nowhere, with everything else accepted."""
    environment = services["worker"]["environment"]
    assert environment["TAKEVOICE_DATABASE"] == services["server"]["environment"]["TAKEVOICE_DATABASE"]
    database = services["database"]["environment"]
    address = f"postgresql://{database['POSTGRES_USER']}:secret@database/{database['POSTGRES_DB']}"
    assert environment["TAKEVOICE_DATABASE"] == address
    environment = environment | {"TAKEVOICE_DATABASE": "host=/nowhere dbname=takevoice"}
    words = [word.replace("https://server:9872", "https://127.0.0.1:9") for word in services["worker"]["command"]]
    done = command(*words, "--check", check=1, **environment)
    assert "cannot be reached at https://127.0.0.1:9" in done.stdout
    assert "takevoice on /nowhere" in done.stdout


def test_the_image_installs_what_workers_need() -> None:
    text = (FOLDER / "Dockerfile").read_text("utf-8")
    assert '"/source[farm]"' in text
    assert re.search(r"^ENTRYPOINT \[\"takevoice\"\]$", text, re.MULTILINE)
    assert "TAKEVOICE_STATE=/state" in text


def test_the_unit_starts_a_worker(command: Command) -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(FOLDER / "takevoice-worker.service")
    words = unit["Service"]["ExecStart"].split()
    assert words[1:] == ["worker", "--house", "${TAKEVOICE_HOUSE}"]
    page = (FOLDER.parents[1] / "docs" / "farm.md").read_text("utf-8")
    shown = page.partition(unit["Service"]["EnvironmentFile"])[2].partition("```\n")[2].partition("```")[0]
    assert re.findall(r"^(\w+)=", shown, re.MULTILINE) == ["TAKEVOICE_HOUSE", KEY_VARIABLE, DATABASE_VARIABLE]


@pytest.mark.process
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    program = tmp_path / "takevoice"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    text = (FOLDER / "takevoice-worker.service").read_text("utf-8").replace("/opt/takevoice/bin/takevoice", str(program))
    (tmp_path / "takevoice-worker.service").write_text(text)
    done = subprocess.run(["systemd-analyze", "verify", tmp_path / "takevoice-worker.service"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_page_names_every_option_of_a_worker(command: Command) -> None:
    page = (FOLDER.parents[1] / "docs" / "farm.md").read_text("utf-8")
    table = page.partition("| option | meaning |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(--[a-z]+)`", table, re.MULTILINE)) == options_of(command, "worker") - {"--state", "--help", "--worker"}

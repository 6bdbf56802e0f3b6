"""What users and scripts rely on, frozen in `tests/contract/`: help, JSON, result files, OSC, the config, the exports,
the login service.

A wanted change is written there with `python tests/test_contract.py`, and shows in the diff.
"""

from __future__ import annotations

import codecs
import inspect
import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import takevoice  # noqa: E402
from support import BACKENDS, FAST, Cli, Command, make_take  # noqa: E402
from system.login_setups import service  # noqa: E402
from takevoice import errors  # noqa: E402
from takevoice.cli import CORE  # noqa: E402
from takevoice.osc.addresses import ADDRESSES, CODES, REPLIES  # noqa: E402
from takevoice.plugins import hookspecs  # noqa: E402
from takevoice.settings import config_template  # noqa: E402

FROZEN = HERE / "contract"


def neutral(text: str, folder: Path) -> str:
    """The text without what differs from run to run: paths, times, hashes."""
    text = text.replace(str(folder), "FOLDER")
    text = re.sub(r'"(audio_hash|settings_hash)": "[0-9a-f]+"', r'"\1": "HASH"', text)
    text = re.sub(r'"(created|changed|at)": [0-9.]+', r'"\1": 0.0', text)
    return re.sub(r"(\d{4}-\d\d-\d\d )?\b\d\d:\d\d:\d\d\b", "TIME", text)


def helped(cli: Cli, folder: Path) -> str:
    """Every `--help`."""
    wide = {"COLUMNS": "120"}
    parts = [cli("--help", **wide).stdout]
    parts += [
        cli(*name.split(), "--help", **wide).stdout for name in (*CORE, "serve", "audacity", "voices add")
    ]
    return "\n".join(parts)


def told(cli: Cli, folder: Path) -> str:
    """What commands say in JSON of a take that was converted, one that failed and one that is held."""
    cli.plugin(BACKENDS / "gated.py")
    cli.config(
        f'backend = "gated"\n{FAST}[money]\nper_day = 1\n[plugins.gated]\npaid = true\n[tracks.b]\nseed = 3\n'
    )
    make_take(folder / "a.wav", 0.5)
    cli("convert", folder / "a.wav", "--voice", "bea", "--set", "level=off")
    make_take(folder / "b.wav", 0.5, seed=1)
    cli("run", "--once", "--osc-port", "0", folder)
    (folder / "c.wav").write_bytes(b"nothing")
    cli("run", "--once", "--osc-port", "0", folder, check=1)
    parts = [cli("jobs", "--json").stdout, cli("explain", "--json", folder / "b.wav").stdout]
    parts += [cli("quote", "--json", folder).stdout, cli("jobs", "2").stdout, cli("jobs").stdout]
    return "\n".join(parts)


def answered(cli: Cli, folder: Path) -> str:
    """Replies and result files of OSC requests: done, refused, failed."""
    cli.plugin(BACKENDS / "gated.py")
    asked = folder.parent / "Asked"
    asked.mkdir()
    cli.config(f'backend = "gated"\n{FAST}[osc]\nallow = ["{asked}"]\n')
    make_take(asked / "a.wav", 0.5)
    (asked / "c.wav").write_bytes(b"nothing")
    lines = []
    with cli.daemon("--osc-port", "0", folder):
        for words in (
            ("/takevoice/convert", "r1", asked / "a.wav", "voice", "bea", "start", "480", "seed", "5"),
            ("/takevoice/convert", "r2", asked / "c.wav"),
            ("/takevoice/convert", "r3", folder.parent / "else.wav"),
            ("/takevoice/quote", "r4", asked / "a.wav"),
            ("/takevoice/track/set", "r5", "a", "seed", "5"),
            ("/takevoice/track/get", "r6", "a"),
            ("/takevoice/status", "r7"),
        ):
            lines.append(cli("osc", "--timeout", "10", *words, check=None).stdout)
    files = sorted((cli.state / "results").glob("*.json"))
    return "".join([*lines, *(f"{path.name}\n{path.read_text()}" for path in files)])


def osc_table(cli: Cli, folder: Path) -> str:
    """Addresses, replies and codes."""
    rows = [f"{a.address} {a.usage} -> {a.reply}" for a in ADDRESSES]
    return "\n".join([*rows, "", *(f"{k} {v}" for k, v in REPLIES.items()), "", *sorted(CODES)]) + "\n"


def config(cli: Cli, folder: Path) -> str:
    """What `init` writes."""
    return config_template("~/Exports")


def interfaces(cli: Cli, folder: Path) -> str:
    """Exports for plugins, the hooks' signatures, and the codes of errors."""
    lines = [*takevoice.__all__, ""]
    for name, function in vars(hookspecs).items():
        if getattr(function, "takevoice_spec", None) is not None:
            lines.append(f"{name}({', '.join(inspect.signature(function).parameters)})")
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.TakevoiceError)
    ]
    return "\n".join([*lines, "", *sorted({kind.code for kind in kinds})]) + "\n"


def login(cli: Cli, folder: Path) -> str:
    """The files and commands of the login service on each system."""
    lines = []
    for platform in ("linux", "macos", "windows"):
        made = service(platform, folder)
        for path, octets in made.files().items():
            encoding = "utf-16" if octets.startswith(codecs.BOM_UTF16_LE) else "utf-8"
            lines += [f"== {path.name}", octets.decode(encoding).replace("\r\n", "\n")]
        lines += [made.line(call.argv) for call in (*made.install(), *made.remove(), *made.after_removal())]
    return "\n".join(lines) + "\n"


CONTRACT: dict[str, Callable[[Cli, Path], str]] = {
    "help.txt": helped,
    "commands.txt": told,
    "osc_answers.txt": answered,
    "osc_table.txt": osc_table,
    "config.toml": config,
    "interfaces.txt": interfaces,
    "login.txt": login,
}


CONVERTING = ("commands.txt", "osc_answers.txt")
PARAMETERS = [
    pytest.param(name, marks=pytest.mark.process if name in CONVERTING else ()) for name in CONTRACT
]


@pytest.mark.parametrize("name", PARAMETERS)
def test_what_scripts_rely_on_stays(name: str, command: Command, folder: Path) -> None:
    assert neutral(CONTRACT[name](command, folder), folder.parent) == (FROZEN / name).read_text("utf-8")


def main() -> None:
    for name, make in CONTRACT.items():
        with tempfile.TemporaryDirectory() as place:
            home, folder = Path(place) / "home", Path(place) / "Exports"
            home.mkdir()
            folder.mkdir()
            os.environ.pop("ELEVENLABS_API_KEY", None)
            (FROZEN / name).write_text(neutral(make(Command(home), folder), folder.parent), "utf-8")


if __name__ == "__main__":
    main()

"""takevoice doctor: is everything ready, and if not, what to do."""

from __future__ import annotations

import argparse
import contextlib
import errno
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from takevoice import audio
from takevoice.backends import choose_backend
from takevoice.cli import FAILED, OK, platform_report
from takevoice.cli.common import add_config, environment_of
from takevoice.cli.osc import exchange
from takevoice.errors import ConfigError, LedgerError, TakevoiceError, printable
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.osc.packets import build
from takevoice.osc.server import probe
from takevoice.paths import StateDir, absolute_path
from takevoice.pipeline.charges import day_began
from takevoice.pipeline.decisions import DAEMON
from takevoice.process_lock import is_locked
from takevoice.request import ConversionRequest
from takevoice.service.environment import Environment
from takevoice.settings import LoadedConfig, watch_root
from takevoice.system.access import advice
from takevoice.system.python_origin import redirected_to
from takevoice.system.spelling import as_on_disk
from takevoice.system.volumes import volume_of
from takevoice.voices import find_voice
from takevoice.watch.names import is_candidate
from takevoice.watch.scan import scan

VERSION = "/takevoice/version"
LOW_SPACE = 1 << 30  # bytes


@dataclass(frozen=True)
class Finding:
    """One line of the report; `advice` says what to do when something is wrong."""

    what: str
    well: bool
    detail: str
    advice: str = ""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice doctor
  takevoice doctor ~/Exports
  takevoice doctor --platform ~/Exports
Exit code 1: something is wrong."""
    parser.add_argument(
        "folders",
        nargs="*",
        type=Path,
        metavar="FOLDER",
        help="a folder to check (default: those of the config)",
    )
    parser.add_argument(
        "--platform",
        action="store_true",
        help="compare the system with what takevoice expects of it, to be pasted into an issue: no names, no key",
    )
    add_config(parser)


def run(args: argparse.Namespace) -> int:
    """Print a line for each check; exit code 1 when something has to be done."""
    if args.platform:
        return _report_platform(args)
    findings = []
    for finding in examine(args):
        print(f"{'ok  ' if finding.well else 'FAIL'}  {finding.what:<10} {printable(finding.detail)}")
        if not finding.well and finding.advice:
            print(f"      {'':<10} -> {finding.advice}")
        findings.append(finding)
    return OK if all(finding.well for finding in findings) else FAILED


def _report_platform(args: argparse.Namespace) -> int:
    folders = [absolute_path(folder) for folder in args.folders]
    with contextlib.suppress(TakevoiceError):  # a faulty config is for the other report
        loaded = environment_of(args, folders).config.loaded
        folders = [watch_root(watch, loaded.path) for watch in loaded.settings.watch]
    well = True
    for line in platform_report.report(args.state, folders):
        print(line, flush=True)
        well = well and line.well is not False
    print(platform_report.LAST_LINE)
    return OK if well else FAILED


def examine(args: argparse.Namespace) -> Iterator[Finding]:
    """Yield the results of all checks."""
    try:
        environment = environment_of(args, [absolute_path(folder) for folder in args.folders])
    except ConfigError as error:
        for problem in error.problems:
            yield Finding(
                "config",
                False,
                f"{error.where}: {problem}" if error.where else problem,
                "correct it; `takevoice init --config FILE` shows every key",
            )
        return
    yield Finding("config", True, str(environment.config.loaded.path or "none: built-in settings"))
    yield from _plugins(environment)
    yield from _state(environment.state)
    yield from _folders(environment)
    yield _port(environment)
    yield from _backend(environment)


def _plugins(environment: Environment) -> Iterator[Finding]:
    for info in environment.plugins.infos:
        if info.problem and info.name not in environment.config.settings.disabled_plugins:
            yield Finding(
                "plugin",
                False,
                f"{info.name}: {info.problem}",
                f"correct or remove it ({info.source}), or disable it in the config",
            )


def _state(state: StateDir) -> Iterator[Finding]:
    try:
        state.path.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=state.path) as file:
            redirected = redirected_to(Path(file.name))
    except OSError as error:
        yield Finding(
            "state dir",
            False,
            f"{state.path}: {error.strerror}",
            f"{advice(error)}, or give another one with --state DIR or TAKEVOICE_STATE",
        )
        return
    if redirected is not None:
        yield Finding(
            "state dir",
            False,
            f"{state.path} is private to the Microsoft Store's Python, and REAPER and Ardour do not see it",
            "install Python from python.org, or by uv, and takevoice with it",
        )
    yield Finding("state dir", True, f"{state.path}, {_space(state.path)}")
    try:
        ledger = Ledger(state.ledger, read_only=True)
        check = ledger.check()
        yield Finding(
            "ledger",
            check == "ok",
            f"{sum(ledger.jobs.counts().values())} jobs, integrity {check}",
            "move the ledger away; takevoice starts a new one",
        )
        ledger.close()
    except FileNotFoundError:
        yield Finding("ledger", True, "none yet")
    except LedgerError as error:
        yield Finding("ledger", False, str(error), "move it away; takevoice starts a new one")


def _space(folder: Path) -> str:
    return f"{shutil.disk_usage(folder).free / 1e9:.1f} GB free"


def _folders(environment: Environment) -> Iterator[Finding]:
    loaded = environment.config.loaded
    if not loaded.settings.watch and is_locked(environment.state.owner_lock(DAEMON)):
        yield Finding("folder", True, "none in the config; the takevoice that runs was given its own")
    elif not loaded.settings.watch:
        yield Finding(
            "folder", False, "no folder is watched", "`takevoice run FOLDER`, or `takevoice init FOLDER`"
        )
    for watch in loaded.settings.watch:
        yield from _folder(watch_root(watch, loaded.path), loaded)


def _folder(folder: Path, loaded: LoadedConfig) -> Iterator[Finding]:
    """Check a watched folder as a user of it does: by reading, and by writing a hidden file."""
    if not folder.is_dir():
        yield Finding("folder", False, f"{folder} is not there", "make it, or correct the config")
        return
    try:
        found = list(scan(folder, recursive=True, wanted=lambda name: is_candidate(name, audio.SUFFIXES, ())))
    except OSError as error:
        yield Finding("folder", False, f"{folder} cannot be read: {error.strerror}", advice(error))
        return
    try:
        with tempfile.NamedTemporaryFile(prefix=".tv-doctor-", dir=folder):
            pass
    except OSError as error:
        yield Finding(
            "folder", False, f"{folder} cannot be written: {error.strerror}", f"results go next to the takes: {advice(error)}"
        )
        return
    if shutil.disk_usage(folder).free < LOW_SPACE:
        yield Finding("folder", False, f"{folder} has only {_space(folder)}", "make room")
        return
    remote = f", on a share: looked at every {loaded.settings.scan:g} s" if volume_of(folder).remote else ""
    yield Finding("folder", True, f"{folder}, {_space(folder)}{remote}")
    cloud_only = sum(version is None for _, version in found)
    if cloud_only:
        yield Finding(
            "cloud", True, f"{cloud_only} takes in {folder} are in the cloud only; keep them on this device to have them converted"
        )
    listed = as_on_disk(folder)
    if listed.name != folder.name and unicodedata.normalize("NFC", listed.name.casefold()) == unicodedata.normalize(
        "NFC", folder.name.casefold()
    ):
        yield Finding("spelling", True, f"the config says {folder.name}, and the disk {listed.name}: the same folder here")


def _port(environment: Environment) -> Finding:
    osc = environment.config.settings.osc
    place = f"OSC: {osc.host} port {osc.port}"
    if not osc.enabled:
        return Finding("port", True, "OSC is not enabled")
    if osc.port == 0:
        return Finding("port", True, "OSC takes any free port")
    try:
        probe(osc.host, osc.port)
    except OSError as error:
        answer = next(exchange(osc.host, osc.port, build(VERSION, "doctor"), timeout=0.0), None)
        if answer is not None and answer.address == VERSION:
            return Finding("port", True, f"{place}: takevoice {answer.arguments[-1]} is listening")
        whose = "another program has it: " if error.errno == errno.EADDRINUSE else ""
        advice = f"{whose}choose another [osc] host or port in the config"
        return Finding("port", False, f"{place} cannot be used: {error.strerror}", advice)
    return Finding("port", True, f"{place} is free")


def _backend(environment: Environment) -> Iterator[Finding]:
    backends = environment.plugins.backends()
    for backend in backends:
        state = "" if backend.ready else "not ready yet: " if backend.pending else "not set up: "
        yield Finding(
            "backend",
            not backend.pending,
            f"{backend.name}: {state}{backend.detail}",
            "answer the keyring's dialog, if there is one, and run this again",
        )
    try:
        chosen = choose_backend(environment.config.settings.backend, backends)
        wanted = environment.config.settings.defaults.voice or "auto"
        voices = environment.plugins.voices(chosen.name)
        voice = find_voice(wanted, voices, chosen.name)
        for place, name in _voices_named(environment.config.loaded):
            find_voice(name, voices, f"{chosen.name} ({place})")
    except TakevoiceError as error:
        yield Finding("voices", False, str(error), "see `takevoice voices`")
        return
    yield Finding(
        "voices", True, f"{chosen.name} is used and lists {len(voices)}; the default is {voice.name}"
    )
    if chosen.paid:
        yield from _money(environment)
    else:
        yield _engine(environment, chosen.name, voice.id)


def _voices_named(loaded: LoadedConfig) -> Iterator[tuple[str, str]]:
    """Return each voice that the config names, with its place."""
    tables = [("[defaults]", loaded.settings.defaults)]
    tables += [(f'[[watch]] "{watch.folder}"', watch) for watch in loaded.settings.watch]
    tables += [(f'[tracks."{name}"]', table) for name, table in loaded.settings.tracks.items()]
    return ((place, table.voice) for place, table in tables if table.voice)


def _money(environment: Environment) -> Iterator[Finding]:
    """Compare the credits sent today with the config's limit."""
    try:
        ledger = Ledger(environment.state.ledger, read_only=True)
    except (FileNotFoundError, LedgerError):
        return
    spent, cap = ledger.charges.credits_since(day_began()), environment.config.settings.money.per_day
    held = ledger.jobs.counts().get(State.HELD, 0)
    ledger.close()
    limit = "no limit a day" if cap is None else f"the limit is {cap:,.0f} a day"
    waiting = f"; {held} held (`takevoice jobs --held`)" if held else ""
    yield Finding("money", True, f"{spent:,.0f} credits sent today, {limit}{waiting}")


def _engine(environment: Environment, backend: str, voice_id: str) -> Finding:
    """Convert a fraction of a second: the surest check that costs nothing."""
    with tempfile.TemporaryDirectory() as folder:
        take = audio.write_test_tone(Path(folder) / "take.wav")
        job = Job(0, take.path, State.CONVERTING, backend=backend)
        try:
            answer = environment.plugins.convert(job, ConversionRequest(voice_id=voice_id), take)
            size = sum(len(chunk) for chunk in answer.chunks)
        except TakevoiceError as error:
            return Finding("engine", False, str(error), "see the log")
    return Finding("engine", True, f"{backend} converts ({size} bytes for {take.seconds} s)")

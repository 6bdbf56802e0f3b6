"""takevoice doctor: is everything ready, and if not, what to do."""

from __future__ import annotations

import argparse
import errno
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from takevoice import audio
from takevoice.backends import choose_backend
from takevoice.cli import FAILED, OK, doctor_casting, doctor_folders, doctor_reaper
from takevoice.cli.common import environment_of
from takevoice.cli.finding import Finding
from takevoice.cli.osc import exchange
from takevoice.cli.platform_report import LAST_LINE, report
from takevoice.cli.platform_report.checks import Check, Found
from takevoice.cli.platform_report.privacy import only_the_report
from takevoice.errors import ConfigError, LedgerError, TakevoiceError, printable
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.osc.packets import build
from takevoice.osc.server import probe
from takevoice.paths import absolute_path, config_dir
from takevoice.pipeline.charges import day_began
from takevoice.request import ConversionRequest
from takevoice.service.environment import Environment, watching
from takevoice.settings import LoadedConfig, find_config, load, watch_root
from takevoice.system.folders import settings_folder
from takevoice.voices import find_voice

VERSION = "/takevoice/version"


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
    """Print the report on the system; exit code 1 when something differs."""
    given = [absolute_path(folder) for folder in args.folders]
    well = True
    with only_the_report():
        folders, config = _watched_folders(args, given)
        places = {"config dir": config_dir(), "REAPER": settings_folder() / "REAPER"}
        others = {name: path for name, path in places.items() if path.is_dir()}
        for line in report(args.state, folders, others, [Check("config", "can be used", lambda: config)]):
            print(line, flush=True)
            well = well and line.well is not False
    print(LAST_LINE)
    return OK if well else FAILED


def _watched_folders(args: argparse.Namespace, given: Sequence[Path]) -> tuple[Sequence[Path], Found]:
    """Return the watched folders, and what the config says; those given if it cannot be used. No plugin is loaded."""
    ignored: list[Path] = []
    try:
        path = find_config(args.config, given, config_dir(), on_ignored=ignored.append)
        loaded = watching(load(path), given)
        folders = [watch_root(watch, loaded.path) for watch in loaded.settings.watch]
    except (TakevoiceError, OSError) as error:
        return given, Found(f"cannot be used ({type(error).__name__}); `takevoice doctor` says why", None)
    place = "none" if path is None else "in a watched folder" if path.parent in folders else "can be used"
    return folders, Found(f"{place}{'; one in a watched folder is ignored' if ignored else ''}")


def examine(args: argparse.Namespace) -> Iterator[Finding]:
    """Yield the results of all checks."""
    ignored: list[Path] = []
    try:
        folders = [absolute_path(folder) for folder in args.folders]
        environment = environment_of(args, folders, on_ignored=ignored.append)
    except ConfigError as error:
        for problem in error.problems:
            yield Finding(
                "config",
                False,
                f"{error.where}: {problem}" if error.where else problem,
                "correct it; `takevoice init --config FILE` shows every key",
            )
        return
    yield from doctor_folders.config(environment.config.loaded, ignored)
    yield from _plugins(environment)
    yield from doctor_folders.state_dir(environment.state)
    yield from doctor_folders.watched_folders(environment)
    yield from doctor_casting.tracks(environment.config.loaded, environment.state)
    yield _formats()
    yield _port(environment)
    yield from _backend(environment)
    yield from doctor_reaper.reaper(environment.state)


def _plugins(environment: Environment) -> Iterator[Finding]:
    for info in environment.plugins.infos:
        if info.problem and info.name not in environment.config.settings.disabled_plugins:
            yield Finding(
                "plugin",
                False,
                f"{info.name}: {info.problem}",
                f"correct or remove it ({info.source}), or disable it in the config",
            )


def _formats() -> Finding:
    """Report whether compressed takes can be read; takevoice does without."""
    if not audio.is_available():
        what = "m4a, wma, amr, mp4 and other compressed takes are skipped: they need ffmpeg"
        return Finding("formats", True, f"{what}, {audio.how_to_get_it()}")
    return Finding("formats", True, f"compressed takes and videos are read with ffmpeg {audio.program_version()}")


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
        if backend.ready and backend.warning:
            yield Finding("backend", False, f"{backend.name}: {backend.warning}")
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
    spent, money = ledger.charges.credits_since(day_began()), environment.config.settings.money
    held = ledger.jobs.counts().get(State.HELD, 0)
    ledger.close()
    limit = f"the limit is {money.unattended_per_day:,.0f} in 24 hours for takes from folders"
    if money.per_day is not None:
        limit = f"the limit is {money.per_day:,.0f} a day"
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

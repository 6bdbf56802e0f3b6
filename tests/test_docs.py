"""The pages say what the code does: every key, hook, command and option, and the examples work."""

from __future__ import annotations

import inspect
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import soundfile
from pydantic import BaseModel

import takevoice
from support import FAST, Command, make_take
from takevoice.cli import CORE
from takevoice.holds import HoldReason
from takevoice.jobs import State
from takevoice.plugins import hookspecs
from takevoice.settings import Osc, Settings, TrackSettings, Watch
from takevoice.settings.model import Money, Settle
from takevoice.take_settings import BUILT_IN

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
IN_ORDER = ("prepare_audio", "restore_audio")


def page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page(name), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text("utf-8")):
        file, _, anchor = target.partition("#")
        if "://" in file:
            continue
        linked = path.parent / file if file else path
        assert linked.exists(), target
        headings = re.findall(r"^#+ (.+)$", linked.read_text("utf-8"), re.MULTILINE) if anchor else []
        slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert not anchor or anchor in slugs, target


# Settings.


def default_of(model: type[BaseModel], name: str) -> str:
    field = model.model_fields[name]
    if field.is_required():
        return "(needed)"
    value = getattr(BUILT_IN, name) if model is TrackSettings else field.default
    return "" if value is None or value == {} or isinstance(value, BaseModel) else f"`{json.dumps(value)}`"


@pytest.mark.parametrize("model", [Settings, TrackSettings, Watch, Settle, Money, Osc])
def test_every_key_of_the_config_is_documented(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        if model is Watch and name in TrackSettings.model_fields:
            continue
        row = f"| `{name}` | {default_of(model, name)} | {field.description} |"
        assert row in page("docs/configuration.md")


@pytest.mark.parametrize("name", ["README.md", "docs/configuration.md"])
def test_configs_shown_are_valid(name: str) -> None:
    examples = [text for text in blocks(name, "toml") if "[[watch]]" in text]
    assert examples
    for text in examples:
        Settings.model_validate(tomllib.loads(text))


# Commands.


def test_every_command_has_a_chapter(command: Command) -> None:
    listed = re.findall(r"^  ([a-z]\S*) ", command("--help").stdout.partition("commands:")[2], re.MULTILINE)
    bundled = [name for name in listed if name != "takevoice"]
    assert set(CORE) <= set(bundled)
    chapters = re.findall(r"^## takevoice (.+)$", page("docs/commands.md"), re.MULTILINE)
    assert [name for name in bundled if name not in chapters] == []
    assert [name for name in chapters if name.split()[0] not in bundled] == []


@pytest.mark.parametrize("name", sorted(CORE))
def test_the_options_of_a_command_are_in_its_chapter(command: Command, name: str) -> None:
    help_text = command(name, "--help").stdout.partition("options:")[2].partition("examples:")[0]
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", help_text)) - {"--help", "--state", "--config"}
    chapter = page("docs/commands.md").partition(f"## takevoice {name}\n")[2].partition("\n## ")[0]
    assert {option for option in options if option not in chapter} == set()
    usage = chapter.partition("```\n")[2].partition("```")[0]
    assert set(re.findall(r"--[a-z][a-z-]*", usage)) <= options | {"--config"}


def test_every_field_of_a_job_is_documented(command: Command, folder: Path) -> None:
    command("convert", make_take(folder / "take.wav", 0.3))
    (job,) = command.jobs()
    table = page("docs/commands.md").partition("| field | meaning |")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(\w+)`", table)) - {"folder", "command", "osc", "code", "text", "at", "detail"}
    assert set(job) - {"folder"} == named - {"folder"}


def test_every_state_is_documented() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", page("docs/how-it-works.md"), re.MULTILINE)
    assert rows == [state.value for state in State]


def test_every_reason_for_a_hold_is_documented() -> None:
    table = page("docs/money.md").partition("## Why a job is held")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| .* \| (.*) \|$", table, re.MULTILINE)
    assert {code for code, _ in rows} == {reason.code for reason in HoldReason}
    for code, released in rows:
        assert f"`takevoice release 7` {released}" in HoldReason.of(code).hint(7)


# Hooks.


def specifications() -> dict[str, str]:
    rows = {}
    for name, function in vars(hookspecs).items():
        options = getattr(function, "takevoice_spec", None)
        if options is None:
            continue
        kind = "first result" if options["firstresult"] else "all, in order" if name in IN_ORDER else "all"
        arguments = ", ".join(inspect.signature(function).parameters)
        rows[name] = f"| `{name}({arguments})` | {kind} | {' '.join(inspect.getdoc(function).split())} |"
    return rows


@pytest.mark.parametrize("name", specifications())
def test_every_hook_is_documented_as_it_is(name: str) -> None:
    assert specifications()[name] in page("docs/plugins.md")


def test_what_plugins_may_import_is_documented() -> None:
    line = (
        page("docs/plugins.md").partition("import these names from `takevoice`: ")[2].partition(". Anything")[0]
    )
    assert set(re.findall(r"`(\w+)`", line)) == {n for n in takevoice.__all__ if not n.startswith("_")}


@pytest.mark.process
def test_the_plugins_shown_work(command: Command, folder: Path) -> None:
    naming, mixing, mirror = blocks("docs/plugins.md", "python")
    for name, text in (("house", naming), ("mix", mixing), ("mirror", mirror)):
        command.plugin(name, text)
    command.config('backend = "mirror"\n' + FAST)
    take = make_take(folder / "Anna.wav", 0.5)
    make_take(folder / "Anna_music.wav", 0.5)
    command("run", "--once", folder)
    original, _ = soundfile.read(take)
    result, _ = soundfile.read(folder / "converted" / "Anna.wav")
    assert abs(result - 1.25 * original).max() < 1e-5
    assert sorted(command.states()) == ["Anna.wav"]


# Fidelity.


def test_the_table_of_containers_is_what_its_script_finds(tmp_path: Path) -> None:
    sys.path.insert(0, str(ROOT / "tests" / "bench"))
    import fidelity_table

    for number, kind in enumerate(fidelity_table.KINDS):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert fidelity_table.compared(folder, *kind)[0] in page("docs/fidelity.md")


# Contributing.


def test_the_files_that_the_contributors_page_names_are_there() -> None:
    bases = [ROOT, ROOT / "daemon" / "takevoice", ROOT / "daemon" / "takevoice" / "pipeline"]
    bases += [ROOT / "daemon" / "takevoice" / "audio" / "containers", ROOT / "integrations" / "reaper" / "api"]
    named = set(re.findall(r"`([\w/]+\.(?:py|lua|toml))`", page("docs/contributing.md"))) - {"takevoice.toml"}
    assert len(named) > 20
    assert [name for name in named if not any((base / name).exists() for base in bases)] == []


@pytest.mark.lint
def test_the_picture_of_the_house_is_of_today() -> None:
    """`python tests/house.py` draws it."""
    import house

    assert house.svg() == house.PICTURE.read_text("utf-8")


@pytest.mark.lint
def test_there_is_no_circle_of_imports() -> None:
    import house

    assert "circles: [" not in house.figures()


# README.


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_continuous_integration_uses_the_command_of_the_readme() -> None:
    setup, tests = blocks("README.md", "sh")
    script = ROOT / ".ci" / "run"
    for command in (setup, tests):
        assert command.count("\n") == 1, "one line to paste"
    assert tests.endswith(" -m 'not long'\n"), "not only the quick tests"
    # It takes the commands out of the README itself: no copy that could differ.
    shown = subprocess.run(
        ["bash", str(script), "--show"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert shown.splitlines() == [setup.strip(), tests.strip()]


def test_the_commands_of_the_readme_exist(command: Command) -> None:
    text = page("README.md")
    for words in re.findall(r"(?<!set )takevoice ([a-z]+)(?= FILE| FOLDER|`| ~)", text):
        assert words in command("--help").stdout, words
    for line in blocks("README.md", "sh"):
        assert shlex.split(line)


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(page("pyproject.toml"))
    wanted = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["test"]]
    wanted += project["build-system"]["requires"]
    reasons = page("README.md").partition("## What it is built on")[2]
    for requirement in wanted:
        name = re.split(r"[><=\[; ]", requirement)[0]
        assert re.search(rf"[| ]{name}[ ,]", reasons), name


@pytest.mark.process
def test_takevoice_is_a_module_too() -> None:
    shown = subprocess.run([sys.executable, "-m", "takevoice", "--version"], capture_output=True, text=True)
    assert shown.stdout == f"takevoice {takevoice.__version__}\n"


def test_the_changelog_has_one_place_for_what_is_new() -> None:
    assert page("CHANGELOG.md").count("## Unreleased") == 1


def test_the_scripts_that_pages_name_are_there() -> None:
    named = {name for path in PAGES for name in re.findall(r"tests/bench/\w+\.py", path.read_text("utf-8"))}
    assert len(named) > 5
    assert [name for name in named if not (ROOT / name).exists()] == []

from __future__ import annotations

from pathlib import Path

import pytest

from takevoice.errors import ConfigError
from takevoice.settings import (
    LoadedConfig,
    config_template,
    find_config,
    load,
    parse_overrides,
    resolve,
    watch_root,
)
from takevoice.settings.model import Settings, Settle, TrackSettings, Watch
from takevoice.take_settings import BUILT_IN


def loaded(tmp_path: Path, text: str) -> LoadedConfig:
    path = tmp_path / "takevoice.toml"
    path.write_text(text, "utf-8")
    return load(path)


def problems(tmp_path: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    return caught.value.problems


def test_every_fault_is_told_at_once_with_place_value_and_advice(tmp_path: Path) -> None:
    told = problems(
        tmp_path,
        """
        backend = 3
        conversion = 2
        [[watch]]
        folder = "a"
        [[watch]]
        foldr = "b"
        track = "{trk}"
        [defaults]
        stability = 1.4
        seed = 1.5
        output_format = "mp3_1"
        output_name = "{stem}"
        enabled = "yes please"
        [tracks."Lead Vox"]
        voise = "ada"
        """,
    )
    assert len(told) == 11
    text = "\n".join(told)
    for piece in (
        "takevoice.toml: backend = 3 must be text in quotes",
        "conversion = 2 is no known key; did you mean conversions?",
        "[[watch]] number 2: folder is missing",
        '[[watch]] number 2: foldr = "b" is no known key; did you mean folder?',
        '[[watch]] number 2: track = "{trk}" must contain {track}',
        "[defaults] stability = 1.4 must be at most 1",
        "[defaults] seed = 1.5 must be a whole number",
        '[defaults] output_format = "mp3_1" is not an output format; use auto or one of alaw_8000',
        '[defaults] output_name = "{stem}" must differ from the original\'s name',
        '[defaults] enabled = "yes please" must be true or false',
        '[tracks."Lead Vox"] voise = "ada" is no known key; did you mean voice?',
    ):
        assert piece in text


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("channels = [1, [2]]", "channels = [1, [2]] must be a whole number or text in quotes or a list; entry 2 of the list is wrong"),
        ("channels = 1.5", "channels = 1.5 must be a whole number or text in quotes or a list"),
        ("level = []", "level = [] must be a number or text in quotes"),
        ("keep_tones = 3", 'keep_tones = 3 must be true or false or "auto"'),
        ("candidates = [1]", "candidates = [1] must be a number from 1 to 9, or a list of variations"),
        ("candidates = inf", "candidates = Infinity must be a number from 1 to 9"),
    ],
)
def test_a_key_of_several_types_has_one_line(tmp_path: Path, line: str, told: str) -> None:
    (said,) = problems(tmp_path, f"[tracks.channels]\n{line}\n")
    assert f"[tracks.channels] {told}" in said


def test_broken_toml_names_line_and_column(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, "backend = \n")
    assert "takevoice.toml" in line
    assert "line 1" in line


def test_a_missing_config_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="takevoice init"):
        find_config(tmp_path / "none.toml", [], tmp_path)


def test_the_config_is_found_in_the_folder_before_the_users_dir(tmp_path: Path) -> None:
    for name in ("folder", "user"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "takevoice.toml").write_text("")
    assert (
        find_config(None, [tmp_path / "folder"], tmp_path / "user") == tmp_path / "folder" / "takevoice.toml"
    )
    assert find_config(None, [tmp_path / "other"], tmp_path / "user") == tmp_path / "user" / "takevoice.toml"
    assert find_config(None, [], tmp_path / "other") is None


LAYERED = """
[[watch]]
folder = "in"
style = 0.2
seed = 2
[defaults]
voice = "ada"
stability = 0.1
style = 0.1
seed = 1
[tracks."Vox*"]
seed = 3
voice = "bea"
[tracks."Vox Lead*"]
seed = 4
[tracks."Vox Lead 1"]
seed = 5
"""


@pytest.mark.parametrize(
    ("track", "seed", "source"),
    [
        ("Guitar", 2, "takevoice.toml [[watch]] in"),
        ("Vox 2", 3, 'takevoice.toml [tracks."Vox*"]'),
        ("Vox Lead 2", 4, 'takevoice.toml [tracks."Vox Lead*"]'),
        ("Vox Lead 1", 5, 'takevoice.toml [tracks."Vox Lead 1"]'),
    ],
)
def test_the_nearest_table_wins_and_says_so(tmp_path: Path, track: str, seed: int, source: str) -> None:
    config = loaded(tmp_path, LAYERED)
    effective = resolve(config, config.settings.watch[0], track, {})
    assert (effective.settings.seed, effective.sources["seed"]) == (seed, source)
    assert (effective.settings.stability, effective.sources["stability"]) == (0.1, "takevoice.toml [defaults]")
    assert (effective.settings.model, effective.sources["model"]) == (BUILT_IN.model, "built in")
    assert (effective.settings.style, effective.settings.output_name) == (0.2, "{stem}.{voice}")


def test_the_request_wins_over_all(tmp_path: Path) -> None:
    config = loaded(tmp_path, LAYERED)
    effective = resolve(config, None, "Vox Lead 1", {"seed": 9})
    assert (effective.settings.seed, effective.sources["seed"]) == (9, "given with the request")


def test_only_the_most_specific_glob_counts(tmp_path: Path) -> None:
    config = loaded(tmp_path, LAYERED)
    assert resolve(config, None, "Vox Lead 2", {}).settings.voice == "ada"


def test_a_track_is_found_however_its_accents_are_written(tmp_path: Path) -> None:
    config = loaded(tmp_path, '[tracks."Zoë"]\nseed = 6\n')
    assert resolve(config, None, "Zoe\u0308", {}).settings.seed == 6


def test_overrides_are_checked_like_the_config() -> None:
    assert parse_overrides(["stability=0.4", "seed=7", "voice=Lead Man", "enabled=false", 'model="x"']) == {
        "stability": 0.4, "seed": 7, "voice": "Lead Man", "enabled": False, "model": "x",
    }  # fmt: skip
    with pytest.raises(ConfigError) as caught:
        parse_overrides(["stability=4", "sed=1"])
    assert caught.value.problems == (
        "--set: stability = 4 must be at most 1.0",
        "--set: sed = 1 is no known key; did you mean seed?",
    )
    with pytest.raises(ConfigError, match="is not key=value"):
        parse_overrides(["stability"])


def test_the_written_config_is_valid_and_names_every_key(tmp_path: Path) -> None:
    text = config_template("~/Exports")
    config = loaded(tmp_path, text)
    assert config.settings == Settings(watch=(Watch(folder="~/Exports"),))
    uncommented = "\n".join(
        line.removeprefix("#") if line.startswith("#") and not line.startswith("# ") else line
        for line in text.splitlines()
    )
    (tmp_path / "all").mkdir()
    everything = loaded(tmp_path / "all", uncommented)
    assert everything.settings.tracks["Lead Vox"].voice == "george"
    for model in (Settings, Watch, TrackSettings, Settle):
        for name in model.model_fields:
            assert f"{name} = " in text or f"[{name}" in text, name


def test_folders_start_at_home_or_at_the_config(tmp_path: Path, own_home: Path) -> None:
    config = tmp_path / "takevoice.toml"
    assert watch_root(Watch(folder="~/x"), config) == own_home / "x"
    assert watch_root(Watch(folder="x"), config) == tmp_path / "x"
    assert watch_root(Watch(folder="/x"), config) == Path(tmp_path.anchor, "x")


def test_a_wrong_override_names_itself_in_one_line() -> None:
    """As OSC clients get it."""
    with pytest.raises(ConfigError, match=r"stability = 9 must be at most 1\.0; .*did you mean seed\?"):
        parse_overrides(["stability=9", "sed=1"])


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("[2, 4]", (2, 4)), ("2,4", (2, 4)), ("2", 2), ("Anna", "Anna"), ('["Anna", 2]', ("Anna", 2)), ("Anna, Bert", ("Anna", "Bert"))],
)
def test_channels_are_given_as_a_list_in_any_way(given: str, wanted: object) -> None:
    assert parse_overrides([f"channels={given}"])["channels"] == wanted


@pytest.mark.parametrize("given", ["0", "[]", '["each", 2]', "2.5", "''"])
def test_channels_that_cannot_be(given: str) -> None:
    with pytest.raises(ConfigError, match="channels"):
        parse_overrides([f"channels={given}"])


def test_a_slip_in_the_toml_shows_its_line(tmp_path: Path) -> None:
    (told,) = problems(tmp_path, 'scan = 5.0\n[defaults]\nvoice = "ada\n')
    assert 'line 3 is voice = "ada; is a quote, a bracket or an = missing there?' in told
    (told,) = problems(tmp_path, "scan = 5.0\nplugins = {\n\n")
    assert "line 2 is plugins = {" in told or "line 4" in told


def test_a_name_of_results_with_a_folder_says_where_folders_are_named(tmp_path: Path) -> None:
    (told,) = problems(tmp_path, '[defaults]\noutput_name = "converted/{stem}"\n')
    assert "must be a name without folders; `output_folder` says where results go" in told
    (told,) = problems(tmp_path, '[defaults]\noutput_name = "{stem}?"\n')
    assert "not every system allows in a file name: ?" in told

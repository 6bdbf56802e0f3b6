"""What every command that converts needs: the config in force, the plugins it allows, and the state dir."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from takevoice.paths import StateDir, config_dir
from takevoice.plugins import Plugins
from takevoice.service.distinct_folders import distinct
from takevoice.settings import CurrentConfig, LoadedConfig, Watch, find_config, load, warn_ignored, watch_root
from takevoice.system.patience import NoAnswer, within

PROMPT = 3.0  # seconds within which a watched folder has to answer at the start


@dataclass(frozen=True)
class Environment:
    """The config in force and where it came from, the plugins, and the state dir."""

    config: CurrentConfig
    plugins: Plugins
    state: StateDir
    folders: Sequence[Path] = ()  # given on the command line

    def config_path(self) -> Path | None:
        """Return the config in use, or one that has appeared since."""
        return self.config.loaded.path or find_config(
            None, self.folders, config_dir(), on_ignored=lambda _: None
        )

    def reload(self) -> None:
        """Read the config again; raises ConfigError when it cannot be used, and then nothing has changed."""
        loaded = distinct(watching(load(self.config_path()), self.folders))
        self.plugins.configure(loaded.settings.plugins, self.state.path)
        self.config.loaded = loaded


def watching(loaded: LoadedConfig, folders: Sequence[Path]) -> LoadedConfig:
    """Return the config with just these folders watched, each by its own [[watch]] table if there is one.

    Without folders, all tables stay.
    """
    if not folders:
        return loaded
    tables = {watch_root(watch, loaded.path): watch for watch in loaded.settings.watch}
    chosen = tuple(tables.get(folder, Watch(folder=str(folder))) for folder in folders)
    return replace(loaded, settings=loaded.settings.model_copy(update={"watch": chosen}))


def load_environment(
    *,
    state: Path,
    config: Path | None = None,
    folders: Sequence[Path] = (),
    on_ignored: Callable[[Path], None] = warn_ignored,
) -> Environment:
    """Find and read the config, and load the plugins. `on_ignored` gets a config in a folder that is not the user's own.

    Raises:
        ConfigError: the config, or a plugin's part of it, cannot be used.
    """
    path = find_config(config, folders, config_dir(), on_ignored, _is_file)
    loaded = distinct(watching(load(path), folders))
    plugins = Plugins()
    plugins.load(plugin_folder(path, folders), loaded.settings.disabled_plugins)
    plugins.configure(loaded.settings.plugins, state)
    return Environment(CurrentConfig(loaded), plugins, StateDir(state), folders)


def plugin_folder(config: Path | None, watched: Sequence[Path]) -> Path:
    """Return the folder of single-file plugins: next to the config, but never in a watched folder, where others may drop files."""
    if config is None or config.parent in watched:
        return config_dir() / "plugins"
    return config.absolute().parent / "plugins"


def _is_file(path: Path) -> bool:
    """Return True for a file; False for a folder that does not answer: it may have a config, which is found later."""
    try:
        return within(PROMPT, path, path.is_file)
    except NoAnswer:
        return False

"""What every command that converts needs: the state dir, the settings, the plugins, the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from takevoice.paths import config_dir
from takevoice.plugins.manager import Plugins
from takevoice.settings import LoadedConfig, Watch, find_config, load, watch_root


@dataclass
class Environment:
    """The settings in force, where they came from, and the plugins that they allow."""

    loaded: LoadedConfig
    plugins: Plugins
    state: Path
    folders: Sequence[Path] = ()  # given on the command line

    def config(self) -> Path | None:
        """The config in use, or one that has appeared since."""
        return self.loaded.path or find_config(None, self.folders, config_dir(), refused=lambda _: None)

    def reload(self) -> LoadedConfig:
        """The config read again; raises ConfigError when it cannot be used, and then nothing has changed."""
        loaded = watching(load(self.config()), self.folders)
        self.plugins.configure(loaded.settings.plugins, self.state)
        self.loaded = loaded
        return loaded


def watching(loaded: LoadedConfig, folders: Sequence[Path]) -> LoadedConfig:
    """The settings with just these folders watched, each by its own [[watch]] table if there is one. None given: all tables."""
    if not folders:
        return loaded
    tables = {watch_root(watch, loaded.path): watch for watch in loaded.settings.watch}
    chosen = tuple(tables.get(folder, Watch(folder=str(folder))) for folder in folders)
    return replace(loaded, settings=loaded.settings.model_copy(update={"watch": chosen}))


def load_environment(*, state: Path, config: Path | None = None, folders: Sequence[Path] = ()) -> Environment:
    """Finds and reads the config and loads the plugins.

    Raises:
        ConfigError: the config, or a plugin's part of it, cannot be used.
    """
    path = find_config(config, folders, config_dir())
    loaded = watching(load(path), folders)
    plugins = Plugins()
    plugins.load(plugin_folder(path, folders), loaded.settings.disabled_plugins)
    plugins.configure(loaded.settings.plugins, state)
    return Environment(loaded, plugins, state, folders)


def plugin_folder(config: Path | None, watched: Sequence[Path]) -> Path:
    """The folder of single-file plugins: beside the config, but never in a watched folder, where anybody may drop files."""
    if config is None or config.parent in watched:
        return config_dir() / "plugins"
    return config.absolute().parent / "plugins"

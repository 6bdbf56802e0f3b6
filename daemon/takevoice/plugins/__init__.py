"""Plugins: the hooks, and the only part of takevoice that uses pluggy."""

from takevoice.plugins.manager import PluginInfo, Plugins

__all__ = ["PluginInfo", "Plugins"]

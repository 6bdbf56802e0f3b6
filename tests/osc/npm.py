"""OSC and Bonjour clients from npm."""

from __future__ import annotations

import pytest

from npm import Node, node_with

PACKAGES = ("osc@2.4.5", "node-osc@11.7.1", "bonjour-service@1.3.0")


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """Node.js with the packages."""
    return node_with(tmp_path_factory, "npm", PACKAGES)

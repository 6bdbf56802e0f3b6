from __future__ import annotations

import pytest

from takevoice_plugins.house.file_limit import raise_file_limit

resource = pytest.importorskip("resource")


def test_a_house_may_have_more_connections_than_a_program_at_first() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 500), hard))
        raise_file_limit(700)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 700
        raise_file_limit(600)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 700
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

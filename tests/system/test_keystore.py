"""How often the keyring of the system is read."""

import pytest
from keyring.errors import NoKeyringError

from takevoice.system.keystore import STANDS, KeyState, Keystore


@pytest.mark.parametrize("is_there", [True, False])
def test_a_keyring_without_a_secret_is_not_read_again_for_each_of_many_jobs(is_there: bool) -> None:
    now, reads = [0.0], []

    def read() -> None:
        reads.append(now[0])
        if not is_there:
            raise NoKeyringError

    store = Keystore(read, clock=lambda: now[0])
    for _ in range(100):
        assert store.find().state is KeyState.NONE
    assert len(reads) == 1
    now[0] = STANDS
    store.find()
    assert len(reads) == 2

"""Makes what Wine 8 only pretends to do fail, as Windows makes it fail for most users."""

import os
from typing import NoReturn

PRIVILEGE_NOT_HELD = 1314


def symlink(
    src: object, dst: object, target_is_directory: bool = False, *, dir_fd: object = None
) -> NoReturn:
    """Raise what Windows raises without developer mode; Wine's CreateSymbolicLinkW reports success and makes none."""
    raise OSError(
        22, "A required privilege is not held by the client", str(src), PRIVILEGE_NOT_HELD, str(dst)
    )


os.symlink = symlink

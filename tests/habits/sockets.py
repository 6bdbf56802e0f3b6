"""Habits of macOS' sockets."""

from __future__ import annotations

import errno
import socket
from typing import Any

MAX_SOCKET_BUFFER = 8 << 20  # kern.ipc.maxsockbuf on a new macOS
MCLBYTES, MSIZE = 2048, 256  # sizes of a cluster and of an mbuf, in bytes
LARGEST = MAX_SOCKET_BUFFER * MCLBYTES // (MSIZE + MCLBYTES)


def small_buffers(patch: Any) -> None:
    """Refuse large socket buffers instead of granting less.

    xnu, bsd/kern/uipc_socket2.c: sbreserve() fails above sb_max * MCLBYTES / (MSIZE + MCLBYTES), and setsockopt(2)
    then fails with ENOBUFS. It has no SO_RCVBUFFORCE.
    """

    class MacSocket(socket.socket):
        def setsockopt(self, level: int, name: int, *value: Any) -> None:
            if level == socket.SOL_SOCKET:
                if name in (socket.SO_RCVBUF, socket.SO_SNDBUF) and value[0] > LARGEST:
                    raise OSError(errno.ENOBUFS, "No buffer space available")
                if name == 33:
                    raise OSError(errno.ENOPROTOOPT, "Protocol not available")
            super().setsockopt(level, name, *value)

    patch.setattr(socket, "socket", MacSocket)

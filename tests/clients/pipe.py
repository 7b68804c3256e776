"""Carries bytes between the standard streams and a socket until either side ends: a server's process, without its cost.

It stands for a server that ends (with status 1) where the other side of the socket does. It connects when it is first
spoken to, so that nothing over there begins before its client waits for an answer.
"""

import os
import select
import socket
import sys


def main() -> int:
    """Carry."""
    select.select([0], [], [])
    line = socket.socket(socket.AF_UNIX)
    line.connect(sys.argv[1])
    while True:
        ready, _, _ = select.select([0, line.fileno()], [], [])
        if line.fileno() in ready:
            data = line.recv(65_536)
            if not data:
                return 1
            os.write(1, data)
        if 0 in ready:
            data = os.read(0, 65_536)
            if not data:
                return 0
            line.sendall(data)


if __name__ == "__main__":
    sys.exit(main())

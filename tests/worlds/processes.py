"""Processes that a test started, and whatever these started in turn; a free port for those that serve."""

import os
import socket
import time
import uuid
from pathlib import Path

_NAME = "OPSIM_TEST_FAMILY"


class Family:
    """All processes with a mark in their environment, which children inherit; on Linux only."""

    def __init__(self) -> None:
        self._mark = uuid.uuid4().hex
        self.environment = os.environ | {_NAME: self._mark}

    def alive(self) -> dict[int, str]:
        """Return the command of each process of the family by its number."""
        wanted = f"{_NAME}={self._mark}".encode()
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if wanted in (folder / "environ").read_bytes().split(b"\0"):  # empty once it has ended
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:  # ended this moment, or somebody else's
                continue
        return found

    def workers(self) -> list[int]:
        """Return the numbers of the worker processes."""
        return [process for process, command in self.alive().items() if "popen_loky" in command]

    def left_after(self, seconds: float = 5.0) -> dict[int, str]:
        """Wait until the family has ended; return who is left after so many seconds of an idle machine."""
        busy = os.getloadavg()[0] / (os.cpu_count() or 1) if hasattr(os, "getloadavg") else 1.0
        end = time.monotonic() + seconds * max(1.0, busy)
        while (left := self.alive()) and time.monotonic() < end:
            time.sleep(0.05)
        return left


def free_port() -> int:
    """Return the number of a port at which nobody serves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

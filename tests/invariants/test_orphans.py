"""Nobody stays behind: what a process has started ends with it, however it ends."""

import multiprocessing
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from multiprocessing.connection import Connection

import pytest
from worlds.processes import Family

from sim.studies.workers import end_with

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

# --- the rule, on every system ----------------------------------------------------------------------------


def watching(lifeline: Connection, parent: int) -> "queue.Queue[int]":
    """Watch a parent in a thread; return where it says that this process is to end."""
    ended: queue.Queue[int] = queue.Queue()
    arguments = (lifeline, parent, ended.put, 0.05)
    threading.Thread(target=end_with, args=arguments, daemon=True).start()
    return ended


def test_worker_ends_when_the_pipe_of_its_parent_is_closed():
    reader, writer = multiprocessing.Pipe(duplex=False)
    ended = watching(reader, os.getppid())
    with pytest.raises(queue.Empty):
        ended.get(timeout=0.3)
    writer.close()  # as any system does when its owner is killed
    assert ended.get(timeout=5) == 1
    reader.close()


def test_worker_ends_when_the_pipe_was_closed_before_it_looked():
    reader, writer = multiprocessing.Pipe(duplex=False)
    writer.close()
    assert watching(reader, os.getppid()).get(timeout=5) == 1
    reader.close()


@pytest.mark.skipif(os.name == "nt", reason="a process keeps its first parent there")
def test_worker_ends_when_it_has_another_parent_though_somebody_holds_the_pipe():
    reader, writer = multiprocessing.Pipe(duplex=False)
    assert watching(reader, os.getppid() + 1).get(timeout=5) == 1
    writer.close()
    reader.close()


# --- and with real processes --------------------------------------------------------------------------

COMPUTES = """
import sys, time
from sim.studies.workers import worker_pool
pool = worker_pool(2)
for _ in range(60):
    pool.submit({work})
print("begun", flush=True)
time.sleep(600)
"""
SLEEPS = "time.sleep, 600"
WRITES = "bytes, 50_000_000"  # more than a pipe holds, and nobody takes it out any more


@linux
@pytest.mark.usefixtures("hangs_up")
@pytest.mark.parametrize(
    ("work", "number", "wait"),
    [
        (SLEEPS, signal.SIGKILL, 1.0),
        pytest.param(WRITES, signal.SIGKILL, 3.0, marks=pytest.mark.slow),
        pytest.param(SLEEPS, signal.SIGHUP, 3.0, marks=pytest.mark.slow),
        pytest.param(SLEEPS, signal.SIGKILL, 0.0, marks=pytest.mark.slow),
    ],
)
def test_no_worker_and_no_tracker_outlives_the_process_that_started_them(work: str, number: int, wait: float):
    family = Family()
    command = [sys.executable, "-c", COMPUTES.format(work=work)]
    with subprocess.Popen(
        command, env=family.environment, start_new_session=True, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"begun\n"
        assert len(family.workers()) == 2 and len(family.alive()) == 5, "two workers, two trackers"
        time.sleep(wait)
        os.kill(process.pid, number)
    assert not family.left_after()

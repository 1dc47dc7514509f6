"""The app under strangers: it answers everybody, shows no error box, and talks to nobody else."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from worlds.links import hostile
from worlds.processes import Family, free_port
from worlds.visitors import RefusedError, Visitor, errors_in

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[2]

WATCHED = """
import sys
log = open(sys.argv.pop(1), "a", buffering=1)
sockets = ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname")
sys.addaudithook(lambda event, arguments: event in sockets and log.write(f"{event} {arguments}\\n"))
from sim.__main__ import main
main()
"""


def is_well(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=30):
            return True
    except OSError:
        return False


@contextmanager
def served(*command: str, family: Family) -> Iterator[subprocess.Popen[bytes]]:
    """Serve the app; end it, and whatever it has started."""
    process = subprocess.Popen(
        [sys.executable, *command], cwd="/", env=family.environment | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


def wait_until_well(port: int) -> None:
    end = time.monotonic() + 120
    while not is_well(port):
        assert time.monotonic() < end, "the app did not start within two minutes"
        time.sleep(0.2)


def visited(port: int, link: str) -> list[str]:
    """Open a page; return what its error boxes say."""
    with Visitor(port, timeout=240) as visitor:
        visitor.open(link)
        return errors_in(visitor.messages_of_a_page())


def test_ten_visitors_with_hostile_links_are_answered_and_so_is_everybody_else():
    family, port = Family(), free_port()
    with served("-m", "sim", "app", "--port", str(port), family=family):
        wait_until_well(port)
        boxes: list[str] = []
        answered: list[int] = []

        def come(number: int) -> None:
            luck = random.Random(number)
            links = ["n=000000001000000", "keep1=n%3D000000001000000", f"n={'9' * 5000}"]
            links += [urlencode(hostile(luck), errors="replace") for _ in range(3)]
            for link in luck.sample(links, 4):
                boxes.extend(visited(port, link))
                answered.append(number)

        hosts = [threading.Thread(target=come, args=(number,)) for number in range(10)]
        for host in hosts:
            host.start()
        while any(host.is_alive() for host in hosts):
            assert is_well(port), "it does not answer any more"
            time.sleep(0.5)
        assert len(answered) == 40
        assert not boxes
        assert not visited(port, "")
    assert not family.left_after(5)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.usefixtures("hangs_up")
@pytest.mark.parametrize(
    ("how", "number"),
    [
        (("sim", "app", "--port"), signal.SIGKILL),
        (("sim", "app", "--port"), signal.SIGHUP),
        (("streamlit", "run", str(ROOT / "app.py"), "--server.port"), signal.SIGKILL),
    ],
)
def test_nobody_outlives_the_server_of_the_app(how: tuple[str, ...], number: int):
    family, port = Family(), free_port()
    with served("-m", *how, str(port), family=family) as process:
        wait_until_well(port)
        assert not visited(port, "a.layers=7")  # somebody who asks for runs, so that workers are started
        end = time.monotonic() + 120
        while len(family.workers()) < 1:
            assert time.monotonic() < end, "no worker was started"
            time.sleep(0.1)
        os.kill(process.pid, number)
        assert not family.left_after(5)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_nothing_leaves_the_machine_not_even_for_a_foreign_origin(tmp_path: Path, host: str):
    family, port, log = Family(), free_port(), tmp_path / "sockets"
    command = ("-c", WATCHED, str(log), "app", "--port", str(port), "--host", host)
    with served(*command, family=family):
        wait_until_well(port)
        for origin in ("http://evil.example", "https://checkip.amazonaws.com", "http://8.8.8.8", "null"):
            with pytest.raises(RefusedError, match="403"):
                Visitor(port, origin)
        assert not visited(port, "")
        with pytest.raises(RefusedError, match="403"):
            Visitor(port, "http://evil.example")
    assert [
        line for line in log.read_text().splitlines() if "127.0.0.1" not in line and host not in line
    ] == []

"""How long visitors of the app wait for a lever that nobody moved before, and is what they are told right?

    uv run python -m benchmarks.visitors                  twenty visitors within 20 s, then all at one instant
    uv run python -m benchmarks.visitors --visitors 5

Serves the app and speaks to it as browsers do: sessions over a socket that move sliders and poll what is to
be polled. What a browser itself takes to draw is not in it. Also: what an untouched page costs after its
answer, and what memory falls back to once everybody is gone.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.measuring import Row, show
from tests.worlds.processes import Family, free_port
from tests.worlds.visitors import RefusedError, Visitor

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 120.0
"""Seconds after which somebody gives up."""


class Session(Visitor):
    """A visitor who moves levers, notes what the page says, and lets it look again as often as it wants."""

    def __init__(self, port: int) -> None:
        super().__init__(port, timeout=600)
        self._one_at_a_time = threading.Lock()
        self._timers: dict[str, threading.Timer] = {}
        self._levers: dict[str, Any] = {}
        self._is_finished = threading.Event()
        self.moved = self.told_at = self.answered = self.told = 0.0  # the first three: when
        self.pairs = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def come(self) -> None:
        """Open the first page and wait until it is drawn."""
        self._ask()
        self._is_finished.wait(LONGEST)

    def move(self, number: int) -> None:
        """Move one of the levers in sight, each number another one or to another value."""
        lever = list(self._levers.values())[number % len(self._levers)]
        at = int(lever.default[0])
        steps = 1 + number // len(self._levers)
        self.moved, self.answered, self.told_at, self.told, self.pairs = time.monotonic(), 0.0, 0.0, 0.0, 0
        to = lever.options[at + steps if at + steps < len(lever.options) else max(at - steps, 0)]
        self._ask(lever.id, to)

    def _ask(self, lever: str = "", value: str = "", fragment: str = "") -> None:
        message = BackMsg()
        message.rerun_script.widget_states.SetInParent()
        if lever:
            message.rerun_script.widget_states.widgets.add(id=lever).string_array_value.data.append(value)
        if fragment:
            message.rerun_script.fragment_id, message.rerun_script.is_auto_rerun = fragment, True
        with self._one_at_a_time:
            self._send(message.SerializeToString())

    def _listen(self) -> None:
        try:
            while True:
                message = ForwardMsg()
                message.ParseFromString(self._receive())
                self._take(message)
        except (OSError, RefusedError, ValueError):
            return  # it is over

    def _take(self, message: Any) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session" and not message.metadata.run.fragment_ids:
            for timer in self._timers.values():
                timer.cancel()
            self._timers.clear()
        elif kind == "script_finished":
            self._is_finished.set()
        elif kind == "auto_rerun":
            self._look_again(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._note(message.delta.new_element)

    def _look_again(self, fragment: str, seconds: float) -> None:
        def look() -> None:
            if self._timers.get(fragment) is timer:
                self._look_again(fragment, seconds)
                self._ask(fragment=fragment)

        timer = threading.Timer(seconds, look)
        timer.daemon = True
        self._timers[fragment] = timer
        timer.start()

    def _note(self, element: Any) -> None:
        kind, now = element.WhichOneof("type"), time.monotonic()
        if kind == "slider":
            self._levers[element.slider.label.partition(" (now")[0]] = element.slider
        elif kind == "alert" and (found := re.search(r"result in about ([\d.]+) s", element.alert.body)):
            if not self.told_at:
                self.told_at, self.told = now, float(found[1])
        elif kind == "markdown" and not self.pairs:
            text = element.markdown.body
            if text.startswith("With **"):
                self.answered = now
            elif self.answered and (found := re.match(r"(\d+) (?:of \d+ )?paired runs", text)):
                self.pairs = int(found[1])

    def leave(self) -> None:
        """Close the page."""
        for timer in self._timers.values():
            timer.cancel()
        self.__exit__(None, None, None)


class Served:
    """The app in a process of its own, with all that it starts."""

    def __init__(self) -> None:
        self._family, self.port = Family(), free_port()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.headless", "true",
             "--server.port", str(self.port)],
            env=self._family.environment | {"PYTHONPATH": str(ROOT)},
            cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while self._process.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_stcore/health", timeout=2).close()
                return
            except OSError:
                time.sleep(0.2)

    def cpu(self) -> float:
        """Return the CPU seconds of everybody so far."""
        ticks = 0
        for process in self._family.alive():
            fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Return what everybody holds in memory, in MB."""
        pages = 0
        for process in self._family.alive():
            pages += int(Path(f"/proc/{process}/statm").read_text("utf-8").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def rest(self) -> None:
        """Wait until nothing is computed."""
        before = -1.0
        while self.cpu() - before > 0.2:
            before = self.cpu()
            time.sleep(3)

    def end(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(60)


def crowd(
    name: str, sessions: list[Session], first: int, window: float, goals: tuple[float, float]
) -> list[Row]:
    """Let everybody move another lever within so many seconds; return what became of them."""
    luck = random.Random(1)
    for wait, (number, session) in sorted(
        (luck.uniform(0, window), one) for one in enumerate(sessions, start=first)
    ):
        threading.Timer(wait, session.move, (number,)).start()
    ends = time.monotonic() + window + LONGEST
    time.sleep(window + 0.5)
    while time.monotonic() < ends and not all(session.pairs for session in sessions):
        time.sleep(0.1)
    there = [session for session in sessions if session.pairs]
    waits = [session.answered - session.moved for session in there] or [LONGEST]
    told = [(s.answered - s.told_at) / s.told for s in there if s.told]
    factors = [max(ratio, 1 / ratio) for ratio in told]
    median, worst = statistics.median(waits), max(waits)
    n_right = sum(factor <= 1.5 for factor in factors)
    found = [
        Row(f"{name}: worst", f"< {goals[1]:g} s", f"{worst:.2f} s", worst < goals[1]),
        Row(f"{name}: fewest pairs", ">= 5", str(min((session.pairs for session in there), default=0))),
        Row(f"{name}: answered", str(len(sessions)), str(len(there)), len(there) == len(sessions)),
        Row(f"{name}: told within a factor of 1.5", str(len(factors)), str(n_right), n_right == len(factors)),
    ]
    if goals[0]:
        found.insert(0, Row(f"{name}: median", f"< {goals[0]:g} s", f"{median:.2f} s", median < goals[0]))
    return found


def rows(n: int = 20) -> list[Row]:
    served = Served()
    try:
        sessions = [Session(served.port)]
        sessions[0].come()
        before = served.cpu()
        served.rest()
        found = [
            Row(
                "an untouched page after its answer, workers started",
                "<= 10",
                f"{served.cpu() - before:.1f} CPU-s",
            )
        ]
        alone = served.memory()
        sessions += [Session(served.port) for _ in range(n - 1)]
        for session in sessions[1:]:
            session.come()
        served.rest()
        found += crowd(f"{n} visitors within 20 s", sessions, 0, 20.0, (2.0, 6.0))
        served.rest()
        found += crowd(f"{n} visitors at one instant", sessions, n, 0.0, (0.0, 12.0))
        served.rest()
        most = served.memory()
        for session in sessions:
            session.leave()
        time.sleep(60)
        found.append(
            Row(
                "memory: one visitor, after the crowd, a minute later", "falls",
                f"{alone:.0f}, {most:.0f}, {served.memory():.0f} MB",
            )
        )  # fmt: skip
        return found
    finally:
        served.end()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--visitors", type=int, default=20)
    show(rows(parser.parse_args().visitors))

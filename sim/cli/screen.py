"""What is not a result: progress, warnings and errors on stderr; and streams that fail without a crash."""

from __future__ import annotations

import io
import os
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from sim.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


@dataclass(frozen=True, slots=True)
class Screen:
    """Where everything goes that is not a result: stderr, unless it is to be quiet."""

    is_quiet: bool = False
    verbosity: int = 0
    no_color: bool = False

    def say(self, text: str) -> None:
        """Write a line for whoever watches."""
        if not self.is_quiet:
            print(text, file=sys.stderr, flush=True)

    def warn(self, text: str) -> None:
        """Write a warning."""
        self.say(f"{self.label('warning:', 33)} {text}")

    def error(self, text: str) -> None:
        """Write what went wrong; that is never suppressed."""
        print(f"{self.label('error:', 31)} {text}", file=sys.stderr, flush=True)

    def label(self, text: str, color: int) -> str:
        """Return text in an ANSI colour, or plain where nobody would see it or wants it."""
        is_plain = self.no_color or os.environ.get("NO_COLOR") or not sys.stderr.isatty()
        return text if is_plain else f"\033[{color}m{text}\033[0m"

    @contextmanager
    def progress(self) -> Generator[Callable[[int, int], None]]:
        """Give what is to be called with (runs finished, runs in all)."""
        if self.is_quiet:
            yield lambda done, total: None
        elif sys.stderr.isatty():
            with self._bar() as advance:
                yield advance
        else:
            yield Lines(self.say)

    @contextmanager
    def _bar(self) -> Generator[Callable[[int, int], None]]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("runs"),
            TimeRemainingColumn(compact=True),
            TextColumn("left"),
        )
        console = Console(stderr=True, no_color=self.no_color or None)
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("", total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


class Lines:
    """Progress as plain lines: one every 10 %, but not more than one a second; and one every 10 seconds.

    How long it takes is reckoned from the first runs that came in: before them, workers start.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._last = time.monotonic()
        self._first: tuple[float, int] | None = None  # when, and how many had come in
        self._tenths = 0

    def __call__(self, done: int, total: int) -> None:
        """Say how far it is, if it is time to."""
        now = time.monotonic()
        began, done_then = self._first = self._first or (now, done)
        tenths = 10 * done // total
        is_due = tenths > self._tenths and now - self._last >= 1
        if done < total and (is_due or now - self._last >= 10):
            text = f"run {done}/{total}  {100 * done // total} %"
            if done > done_then:
                text += f"  {(now - began) / (done - done_then) * (total - done):.0f} s left"
            self._say(text)
            self._last, self._tenths = now, tenths


class _Results(io.FileIO):
    """Standard output that is no terminal: what cannot be written there is said in a sentence."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())  # nothing more is tried
            raise OutputError(
                f"the result cannot be written to standard output: {error.strerror}. Nothing is wrong with "
                "it; send it to another place."
            ) from error


class _Remarks(io.FileIO):
    """Standard error: what cannot be written there is lost, and nothing else is."""

    def write(self, data: Any) -> int:
        with suppress(OSError):
            return super().write(data)
        return len(data)


def guard_streams() -> None:
    """Let a full or closed stream be no fault of the program, and a character it lacks be a question mark."""
    if sys.stderr is None:  # print would take standard output in its place
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for as long as we run
    sys.stdout, sys.stderr = _guarded(sys.stdout, _Results), _guarded(sys.stderr, _Remarks)


def _guarded(stream: Any, kind: type[io.FileIO]) -> Any:
    """Return a stream of the system with another way to write to it; a stream of somebody else as it is."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    stream.reconfigure(errors="replace")
    if stream.isatty() or type(getattr(stream.buffer, "raw", stream.buffer)) is not io.FileIO:
        return stream
    is_unbuffered = not hasattr(stream.buffer, "raw")  # then each line goes out at once
    buffer = io.BufferedWriter(kind(stream.fileno(), "wb", closefd=False))
    by_line = is_unbuffered or stream.line_buffering
    return io.TextIOWrapper(buffer, stream.encoding, "replace", line_buffering=by_line)


def screen_for(context: typer.Context, quiet: bool = False) -> Screen:
    """Return where a command writes what is not its result."""
    said = context.meta
    return Screen(quiet, said.get("verbosity", 0), said.get("no_color", False))

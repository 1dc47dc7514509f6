"""What every command has in common: streams, options, exit codes, and how errors are said.

Results go to stdout, everything else to stderr.
"""

from __future__ import annotations

import io
import math
import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from sim import __version__
from sim.errors import (
    SHOWN_PROBLEMS,
    OutputError,
    RunError,
    ScenarioError,
    SimError,
    number_hint,
    quote,
    visible,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

INTERRUPTED = 130
STRICT = 4
WORKER_DIED = "a worker process ended in mid-work, perhaps for lack of memory"

# --- streams -------------------------------------------------------------------------------------------


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
        self.say(f"{self._label('warning:', 33)} {text}")

    def error(self, text: str) -> None:
        """Write what went wrong; that is never suppressed."""
        print(f"{self._label('error:', 31)} {text}", file=sys.stderr, flush=True)

    def _label(self, text: str, color: int) -> str:
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
            yield _Lines(self.say)

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


class _Lines:
    """Progress as plain lines: one every 10 %, but not more than one a second; and one every 10 seconds.

    How long it takes is reckoned from the first runs that came in: before them, workers start.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._last = time.monotonic()
        self._first: tuple[float, int] | None = None  # when, and how many had come in
        self._tenths = 0

    def __call__(self, done: int, total: int) -> None:
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


def _note(name: str) -> Callable[[typer.Context, Any], Any]:
    """Return a callback that keeps an option's value for whoever reports errors."""

    def keep(context: typer.Context, value: Any) -> Any:
        if value:
            context.meta[name] = value
        return value

    return keep


class _Stop:
    """Whether somebody asked to stop: with Ctrl-C, or as whoever ends processes does (SIGTERM)."""

    def __init__(self) -> None:
        self.is_requested = False
        self.has_lost_workers = False  # whoever waits for them would wait for ever

    @contextmanager
    def listening(self) -> Generator[None]:
        """Raise KeyboardInterrupt on both, so that what is finished is kept."""
        self.is_requested = self.has_lost_workers = False
        before = {number: signal.signal(number, self._request) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _request(self, *_: object) -> None:
        self.is_requested = True
        raise KeyboardInterrupt


STOP = _Stop()


def number(
    least: float = -math.inf, most: float = math.inf, *, is_whole: bool = True
) -> Callable[[str], Any]:
    """Return what reads a number that was typed, and says in plain words what is wrong with it."""

    def read(text: str) -> float | int:
        try:
            value = int(text) if is_whole else float(text)
            is_right = least <= value <= most
        except ValueError:
            kind = "a whole number" if is_whole else "a number"
            hint = number_hint(text, is_whole=is_whole)
            raise typer.BadParameter(f"must be {kind} (found {quote(text)}){hint}") from None
        if not is_right:
            allowed = f"{least:,.0f} or more" if most == math.inf else f"{least:,.0f} to {most:,.0f}"
            raise typer.BadParameter(f"must be {allowed} (found {quote(text)})")
        return value

    return read


# --- options that several commands share ---------------------------------------------------------------

Source = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A shipped scenario (opsim list) or a YAML file.")
]
Sources = Annotated[
    list[str],
    typer.Argument(metavar="SCENARIO...", help="Shipped scenarios (opsim list) or YAML files."),
]
Models = Annotated[
    str | None,
    typer.Option(metavar="A,B", help="Only these operating models; the first is the baseline."),
]
Replications = Annotated[
    str | None, typer.Option(metavar="N", help="Simulated histories of each operating model.")
]
Seed = Annotated[str | None, typer.Option(metavar="S", help="Which luck: any whole number from 0.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change a setting (opsim describe --fields) or a lever, as in a sweep (requests, "
        "industrial.layers); may be given several times.",
    ),
]
Without = Annotated[
    list[str] | None,
    typer.Option(
        metavar="MECHANISM",
        help="Switch a mechanism off (opsim describe --mechanisms), in one operating model: "
        "industrial.approval; may be given several times.",
    ),
]
Workers = Annotated[str, typer.Option(metavar="N|auto", help="Processes that compute.")]
Cluster = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="A running Dask scheduler instead, such as tcp://host:8786."),
]
Kept = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Keep every run in this folder and compute only what is not there; to resume, the same again.",
    ),
]
Precise = Annotated[
    list[str] | None,
    typer.Option(
        "--precision",
        metavar="MEASURE=HALFWIDTH",
        help="Go on until this sure, in the measure's unit or as a share (5%) of the baseline's value; may "
        "be given several times.",
    ),
]
Most = Annotated[
    int,
    typer.Option(
        "--most", metavar="N", parser=number(1, 100_000), help="With --precision: stop here at last."
    ),
]
ShownAs = Literal["table", "csv", "json"]
Format = Annotated[
    ShownAs | None,
    typer.Option(
        "--format", help="How the result is shown.", show_default="table on a terminal, csv otherwise"
    ),
]
Listed = Annotated[ShownAs, typer.Option("--format", help="How it is shown.")]
Out = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Write everything that happened into this folder."),
]
Force = Annotated[bool, typer.Option("--force", help="Replace an earlier result in that folder.")]
Strict = Annotated[bool, typer.Option("--strict", help=f"Exit with code {STRICT} if there was a warning.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show only results and errors.")]
Verbose = Annotated[
    int,
    typer.Option(
        "--verbose",
        "-v",
        count=True,
        show_default=False,
        callback=_note("verbosity"),
        help="Say more; twice: show where an error arose.",
    ),
]
NoColor = Annotated[
    bool, typer.Option("--no-color", callback=_note("no_color"), help="No colours (also NO_COLOR).")
]

# --- errors --------------------------------------------------------------------------------------------


# Older typers do not name what they raise for wrong usage: it is what their public BadParameter is a case of.
_WrongUsage: type[Exception] = typer.BadParameter.__bases__[0]


GROUPS = {
    "looking": "Scenarios",
    "running": "Compare",
    "deciding": "Why, and which is best",
    "exploring": "When each one wins, and what matters",
    "planning": "Plan and keep",
    "claiming": "Claims and proof",
    "proving": "Claims and proof",
    "serving": "App and set-up",
}
"""What the commands of each module of this folder are called together, in ``opsim --help``."""


class _Commands(TyperGroup):
    """All commands; turns what they raise into a message and an exit code."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)  # as a newcomer needs them, not by the alphabet

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands in groups, by what people come for."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for name, command in self.commands.items():
            module = command.callback.__module__.rpartition(".")[2]
            row = (name, command.get_short_help_str(limit=formatter.width))
            groups.setdefault(GROUPS.get(module, "More"), []).append(row)
        widest = max(map(len, self.commands))
        for title, rows in groups.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(widest), text) for name, text in rows])

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except _WrongUsage as error:
            if isinstance(message := getattr(error, "message", None), str):
                vars(error)["message"] = message.removeprefix("Value error, ")  # pydantic's words in typer
            raise
        except (typer.Exit, typer.Abort):
            raise
        except BrokenPipeError:  # whoever reads has had enough, as in `opsim list | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except (KeyboardInterrupt, Exception) as error:
            screen = screen_for(ctx)
            if screen.verbosity > 1:
                import traceback

                traceback.print_exc()
            raise typer.Exit(_report(error, screen)) from None
        return result


def _report(error: BaseException, screen: Screen) -> int:
    """Say what went wrong; return the exit code."""
    from concurrent.futures import BrokenExecutor

    match error:
        case KeyboardInterrupt():
            screen.error("interrupted before anything was finished.")
            return INTERRUPTED
        case ScenarioError():
            show_problems(error, screen)
            return error.exit_code
        case SimError():
            screen.error(str(error))
            return error.exit_code
        case BrokenExecutor():
            STOP.has_lost_workers = True
            screen.error(f"{WORKER_DIED}. Try --workers 1.")
            return RunError.exit_code
        case MemoryError():
            screen.error("there is not enough memory. Lower --replications or run.horizon_weeks.")
            return RunError.exit_code
        case _:
            try:
                details = f"{_write_traceback(error)}, which holds the details"
            except OSError as full:
                reason = full.strerror or type(full).__name__
                details = f"what the same command with -vv shows (no file could be written: {reason})"
            screen.error(
                f"opsim failed unexpectedly ({type(error).__name__}). That is a fault of the program: please "
                f"report it with {details}."
            )
            return 1


def show_problems(error: ScenarioError, screen: Screen) -> None:
    """Show what is wrong with a scenario, as much as can be read at once."""
    for problem in error.problems[:SHOWN_PROBLEMS]:
        screen.error(str(problem))
    if len(error.problems) > 1:
        print(str(error).rpartition("\n")[2], file=sys.stderr)


def _write_traceback(error: BaseException) -> str:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="opsim-error-", suffix=".log", delete=False) as log:
        log.write(f"opsim {__version__}, Python {sys.version}, {sys.platform}\n")
        log.write(f"{' '.join(map(visible, sys.argv[1:]))}\n\n")
        log.writelines(traceback.format_exception(error))
    return log.name


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Simulate what the way we organise does to how long things take, and what comes of them.",
    epilog="Exit codes: 0 done, 1 a fault of the program, 2 wrong usage, 3 scenario invalid, 4 --strict and "
    "there was a warning, or verify found theory outside, 5 output exists or cannot be written, 6 optional "
    "package missing, 130 interrupted (what was finished is kept).",
)


def _show_version(value: bool) -> None:
    if value:
        print(f"opsim {__version__}")
        raise typer.Exit


@app.callback()
def _every_command(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    pass

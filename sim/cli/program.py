"""The program ``opsim``: its commands in groups, and what becomes of what they raise."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from sim import __version__
from sim.cli.interruption import INTERRUPTED, STOP, WORKER_DIED
from sim.cli.options import NoColor, Verbose
from sim.cli.screen import Screen, screen_for
from sim.errors import SHOWN_PROBLEMS, RunError, ScenarioError, SimError, visible

# Older typers do not name what they raise for wrong usage: it is what their public BadParameter is a case of.
_WrongUsage: type[Exception] = typer.BadParameter.__bases__[0]


GROUPS: dict[str, tuple[str, ...]] = {
    "Scenarios": ("list", "new", "check", "describe", "diff"),
    "Compare": ("demo", "compare", "run"),
    "Why, and which is best": ("why", "factorial", "rank"),
    "When each one wins, and what matters": (
        *("sweep", "break-even", "map", "sensitivity", "robust", "regret"),
    ),
    "On the way": ("transition", "shock"),
    "Plan and keep": ("forecast", "warm-up", "studies"),
    "Hand over": ("report",),
    "Claims and proof": ("claims", "cases", "verify"),
    "App and set-up": ("app", "schema", "engine", "doctor"),
}
"""All commands, as a newcomer needs them: what ``opsim --help`` shows, in its order."""


class _Commands(TyperGroup):
    """All commands; turns what they raise into a message and an exit code."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [name for names in GROUPS.values() for name in names]  # not by the alphabet

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands in groups, by what people come for."""
        widest = max(map(len, self.commands))
        for title, names in GROUPS.items():
            with formatter.section(title):
                texts = (self.commands[name].get_short_help_str(limit=formatter.width) for name in names)
                formatter.write_dl(
                    [(name.ljust(widest), text) for name, text in zip(names, texts, strict=True)]
                )

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


# --- the commands ----------------------------------------------------------------------------------------

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

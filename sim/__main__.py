"""The command line: ``opsim``, or ``python -m sim``.

Results go to stdout, everything else to stderr. What a command needs is imported when it runs, so that
``opsim --help`` answers at once.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer
from typer.core import TyperGroup

from sim import __version__
from sim.errors import (
    SHOWN_PROBLEMS,
    MissingExtraError,
    OutputError,
    RunError,
    ScenarioError,
    SimError,
    nearest,
    quote,
    visible,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from sim.experiment import Contender, Study
    from sim.scenario import Scenario

INTERRUPTED = 130
STRICT = 4
SCENARIO_VARIABLE = "OPSIM_SCENARIO"
"""Environment variable in which ``opsim app`` names the scenario that the app begins with."""

_EXTRAS = {
    "kaleido": "figures as PNG and SVG",
    "pptx": "slides",
    "xlsxwriter": "Excel files",
    "SALib": "sensitivity",
    "distributed": "computing on a cluster",
}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge", "firefox")
_MOST_WORKERS = 256
_WORKER_DIED = "a worker process ended in mid-work, perhaps for lack of memory"


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
    """Progress as plain lines: one every 10 %, but not more than one a second; and one every 10 seconds."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._began = self._last = time.monotonic()
        self._tenths = 0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        tenths = 10 * done // total
        is_due = tenths > self._tenths and now - self._last >= 1
        if done < total and (is_due or now - self._last >= 10):
            left = (now - self._began) / done * (total - done)
            self._say(f"run {done}/{total}  {100 * done // total} %  {left:.0f} s left")
            self._last, self._tenths = now, tenths


def _screen(context: typer.Context, quiet: bool = False) -> Screen:
    said = context.meta
    return Screen(quiet, said.get("verbosity", 0), said.get("no_color", False))


def _note(name: str) -> Callable[[typer.Context, Any], Any]:
    """Return a callback that keeps an option's value for whoever reports errors."""

    def keep(context: typer.Context, value: Any) -> Any:
        if value:
            context.meta[name] = value
        return value

    return keep


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
        help="Change a setting (opsim describe --fields); may be given several times.",
    ),
]
Workers = Annotated[str, typer.Option(metavar="N|auto", help="Processes that compute.")]
ShownAs = Literal["table", "csv", "json"]
Format = Annotated[
    ShownAs | None,
    typer.Option(
        "--format", help="How the result is shown.", show_default="table on a terminal, csv otherwise"
    ),
]
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


class _Commands(TyperGroup):
    """All commands; turns what they raise into a message and an exit code."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)  # as a newcomer needs them, not by the alphabet

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except (typer.Exit, typer.Abort, _WrongUsage):
            raise
        except BrokenPipeError:  # whoever reads has had enough, as in `opsim list | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except (KeyboardInterrupt, Exception) as error:
            screen = _screen(ctx)
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
            _show_problems(error, screen)
            return error.exit_code
        case SimError():
            screen.error(str(error))
            return error.exit_code
        case BrokenExecutor():
            _stop.has_lost_workers = True
            screen.error(f"{_WORKER_DIED}. Try --workers 1.")
            return RunError.exit_code
        case MemoryError():
            screen.error("there is not enough memory. Lower --replications or run.horizon_weeks.")
            return RunError.exit_code
        case _:
            log = _write_traceback(error)
            screen.error(
                f"opsim failed unexpectedly ({type(error).__name__}). That is a fault of the program: please "
                f"report it with {log}, which holds the details."
            )
            return 1


def _show_problems(error: ScenarioError, screen: Screen) -> None:
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
    "there was a warning, 5 output exists or cannot be written, 6 optional package missing, 130 interrupted "
    "(what was finished is kept).",
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


# --- looking -------------------------------------------------------------------------------------------


@app.command()
def demo(
    context: typer.Context,
    workers: Workers = "auto",
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Compare two ways to organise an online shop, in 30 seconds."""
    from sim.experiment import contenders_of
    from sim.results import time_as_bars
    from sim.sentences import caption, headline

    screen = _screen(context, quiet)
    contenders = contenders_of(_loaded(["digital_retailer"], [], None, None))
    study, _ = _simulated(screen, contenders, workers)
    print("\n".join([headline(study), "", *time_as_bars(study, _bar_character()), "", f"{caption(study)}."]))
    screen.say("\nNext: opsim compare digital_retailer, or opsim app")
    _end(study, screen)


def _bar_character() -> str:
    try:
        "█".encode(sys.stdout.encoding or "utf-8")
    except UnicodeError:
        return "#"
    return "█"


@app.command("list")
def list_scenarios(context: typer.Context, verbose: Verbose = 0) -> None:
    """List the shipped scenarios and operating models."""
    from sim.describe import aligned
    from sim.reading import read_yaml_file
    from sim.scenario_files import scenario_cards, shipped

    def about(name: str, story: str) -> str:
        return visible(f"{name}: {' '.join(story.split())}", 10_000 if verbose else 100)

    rows = [(card.key, about(card.name, card.story)) for card in scenario_cards()]
    print("\n".join(["Scenarios", *aligned(rows, indent=2)]))
    models = {
        path: read_yaml_file(path).data
        for path in sorted(shipped("scenarios/operating_models").glob("*.yaml"))
    }
    rows = [
        (path.stem, about(str(data.get("name", "")), str(data.get("story", ""))))
        for path, data in models.items()
    ]
    print("\n".join(["", "Operating models (use: NAME in a scenario)", *aligned(rows, indent=2)]))


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the scenario is called.")],
    preset: Annotated[
        str | None,
        typer.Option("--from", metavar="PRESET", help="Shipped scenario to begin with (opsim list)."),
    ] = None,
    verbose: Verbose = 0,
) -> None:
    """Write a scenario file with comments, to be edited."""
    import json

    from sim.describe import SCHEMA_FILE, schema, template
    from sim.reading import read_yaml_file
    from sim.results import safe_file_name
    from sim.scenario_files import find, load

    tree: dict[str, Any] = {}
    if preset is not None:
        path = find(preset)
        load(path)  # say now what would be wrong with the copy
        tree = dict(read_yaml_file(path).data)
        _hold_trace(tree, path.parent)
    _refuse_as_name(name)
    stem = safe_file_name(name)
    if not stem:
        raise ScenarioError.of("", f"{quote(name)} has no letter or digit to name a file with.", "NAME")
    file = Path(f"{stem}.yaml")
    text = template(tree, name.strip(), file.name)
    _write_new(file, text)
    print(file)
    with suppress(OutputError):  # one that is there already serves as well
        _write_new(Path(SCHEMA_FILE), json.dumps(schema(), indent=1) + "\n")


def _refuse_as_name(name: str) -> None:
    """Refuse what no scenario may be called."""
    import json

    from sim.reading import parse_value
    from sim.scenario import checked

    parse_value(json.dumps(name, ensure_ascii=False), "NAME")  # hidden characters stop here
    checked({"name": name, "operating_models": {"any": {}}}, {}, "NAME")


def _hold_trace(tree: dict[str, Any], folder: Path) -> None:
    """Make the path of a trace independent of where the scenario file stands."""
    arrivals = ((tree.get("situation") or {}).get("demand") or {}).get("arrivals")
    if isinstance(arrivals, dict) and isinstance(arrivals.get("file"), str):
        arrivals["file"] = str((folder / arrivals["file"]).resolve())


def _write_new(path: Path, text: str) -> None:
    """Write a file that must not exist, whole or not at all."""
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            try:
                file.write(text)
            except BaseException:
                path.unlink()
                raise
    except FileExistsError:
        raise OutputError(
            f"{path.name} exists already; choose another name, or move the file away."
        ) from None
    except OSError as error:
        raise OutputError(f"{path.name} cannot be written: {error.strerror}.") from error


@app.command()
def check(
    context: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Scenario files or shipped names.")],
    strict: Strict = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Check scenario files; show all problems with their lines."""
    from sim.capacity import warnings
    from sim.scenario_files import load

    screen = _screen(context)
    n_invalid = n_warnings = 0
    for file in files:
        try:
            scenario = load(file)
        except ScenarioError as error:
            _show_problems(error, screen)
            n_invalid += 1
            continue
        print(f"ok  {visible(Path(file).name, 80)}: {_expected_work(scenario)}")
        notes = [f"{key}: {note}" for key in scenario.models for note in scenario.teams(key)[1]]
        found = warnings(scenario)
        n_warnings += len(found)
        print(
            "".join([*(f"    warning: {text}\n" for text in found), *(f"    note: {n}\n" for n in notes)]),
            end="",
        )
    if n_invalid:
        raise typer.Exit(ScenarioError.exit_code)
    if strict and n_warnings:
        raise typer.Exit(STRICT)


def _expected_work(scenario: Scenario) -> str:
    from sim.environment import expected_items
    from sim.scenario import EVENTS_PER_SECOND

    runs = scenario.run.replications * len(scenario.models)
    items = expected_items(scenario.situation.demand.arrivals, scenario.run.horizon)
    events = scenario.expected_events()
    return (
        f"{len(scenario.models)} operating models x {scenario.run.replications} replications, each of about "
        f"{items:,.0f} requests and {events:,.0f} events; about {events * runs / EVENTS_PER_SECOND:,.0f} s "
        "of computing"
    )


@app.command()
def describe(
    source: Annotated[
        str | None,
        typer.Argument(metavar="SCENARIO", help="A shipped scenario or a YAML file.", show_default=False),
    ] = None,
    shown_as: Annotated[
        Literal["text", "md", "json"], typer.Option("--format", help="How it is shown.")
    ] = "text",
    all_fields: Annotated[
        bool, typer.Option("--fields", help="Instead: every setting with unit, range, default and source.")
    ] = False,
    settings: Settings = None,
    verbose: Verbose = 0,
) -> None:
    """Show an organisation in words, with units and sources."""
    import json

    from sim import describe as words

    if all_fields:
        print(words.fields_as(shown_as))
        return
    if source is None:
        raise typer.BadParameter("give a scenario, or --fields", param_hint="SCENARIO")
    [scenario] = _loaded([source], settings or [], None, None)
    match shown_as:
        case "text":
            print(words.as_text(scenario))
        case "md":
            print(words.as_markdown(scenario))
        case "json":
            print(json.dumps(words.describe(scenario), indent=2, ensure_ascii=False))


# --- running -------------------------------------------------------------------------------------------


@app.command()
def compare(
    context: typer.Context,
    sources: Sources,
    models: Models = None,
    replications: Replications = None,
    seed: Seed = None,
    settings: Settings = None,
    workers: Workers = "auto",
    shown_as: Format = None,
    out: Out = None,
    force: Force = False,
    strict: Strict = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Compare operating models on the same requests and luck."""
    from sim.results import study_as_text

    screen = _screen(context, quiet)
    contenders = _contenders(_loaded(sources, settings or [], replications, seed), models)
    study, folder = _simulated(screen, contenders, workers, out, force)
    _show(study, shown_as, study_as_text)
    if folder is not None:
        screen.say(f"Everything that happened is in {visible(str(folder), 200)}")
    _end(study, screen, strict)


@app.command()
def run(
    context: typer.Context,
    source: Source,
    models: Models = None,
    replications: Replications = None,
    seed: Seed = None,
    settings: Settings = None,
    workers: Workers = "auto",
    shown_as: Format = None,
    out: Out = None,
    force: Force = False,
    strict: Strict = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Run a scenario; show every measure, or write everything."""
    from sim.results import measures_as_text

    screen = _screen(context, quiet)
    contenders = _contenders(_loaded([source], settings or [], replications, seed), models)
    study, folder = _simulated(screen, contenders, workers, out, force)
    if folder is None or shown_as is not None:
        _show(study, shown_as, measures_as_text)
    else:
        print(folder)
    _end(study, screen, strict)


def _loaded(
    sources: Sequence[str], settings: Sequence[str], replications: str | None, seed: str | None
) -> list[Scenario]:
    from sim.reading import parse_value
    from sim.scenario_files import load

    changes: dict[str, Any] = {}
    for setting in settings:
        path, sign, text = setting.partition("=")
        if not sign or not path.strip():
            raise typer.BadParameter(f"{quote(setting)} is not PATH=VALUE", param_hint="--set")
        changes[path.strip()] = parse_value(text, f"--set {visible(path.strip(), 80)}")
    if replications is not None:
        changes["run.replications"] = parse_value(replications, "--replications")
    if seed is not None:
        changes["run.seed"] = parse_value(seed, "--seed")
    return [load(source, changes, "command line") for source in sources]


def _contenders(scenarios: Sequence[Scenario], models: str | None) -> tuple[Contender, ...]:
    from sim.experiment import contenders_of

    seeds = {scenario.run.seed for scenario in scenarios}
    if len(seeds) > 1:
        raise ScenarioError.of(
            "run.seed",
            f"differs between the scenarios ({', '.join(map(str, sorted(seeds)))}), so they would not meet "
            "the same luck; pass --seed",
        )
    names = None if models is None else list(dict.fromkeys(name.strip() for name in models.split(",")))
    for scenario in scenarios:
        for name in names or ():
            if name not in scenario.models:
                known = ", ".join(scenario.models)
                raise ScenarioError.of(
                    "",
                    f"{quote(name)} is no operating model of {visible(scenario.name, 80)}; it has {known}."
                    f"{nearest(name, scenario.models)}",
                    "--models",
                )
    return contenders_of(scenarios, names)


def _simulated(
    screen: Screen,
    contenders: Sequence[Contender],
    workers: str,
    out: Path | None = None,
    force: bool = False,
) -> tuple[Study, Path | None]:
    """Say what will be done, do it, and return the study and the folder it was written into."""
    from sim import capacity
    from sim.experiment import sensible_workers
    from sim.results import write_results

    scenarios = list({id(contender.scenario): contender.scenario for contender in contenders}.values())
    processes = _number_of_workers(workers) or sensible_workers(scenarios)
    # After Ctrl-C we leave at once; loky's helper then tidies up, and need not complain about it.
    os.environ.setdefault("PYTHONWARNINGS", "ignore:resource_tracker:UserWarning")
    wanted = min(scenario.run.replications for scenario in scenarios)
    horizon = max(scenario.run.horizon_weeks for scenario in scenarios)
    screen.say(
        f"{len(contenders)} operating models x {wanted} replications x {horizon:g} weeks on "
        f"{processes} worker{'s' if processes > 1 else ''}"
    )
    models = list(dict.fromkeys(contender.model for contender in contenders))
    warnings = [text for scenario in scenarios for text in capacity.warnings(scenario, models)]
    for text in warnings:
        screen.warn(text)
    with screen.progress() as show:

        def progress(done: int, total: int) -> None:
            if _stop.is_requested:  # Python loses an exception that a signal raises while it tidies up
                raise KeyboardInterrupt
            show(done, total)

        if out is not None:
            command = " ".join(["opsim", *sys.argv[1:]])
            written = write_results(
                contenders,
                out,
                force=force,
                executor=processes,
                progress=progress,
                command=command,
                warnings=warnings,
            )
            study, folder = written.study, written.folder
        else:
            study, folder = _study_of(contenders, processes, progress), None
    if not study.replications:
        raise KeyboardInterrupt
    if screen.verbosity:
        rate = study.events / max(study.seconds, 1e-9)
        screen.say(f"{study.events:,} events in {study.seconds:.1f} s, {rate:,.0f} a second")
    return replace(study, warnings=tuple(warnings)), folder


def _study_of(contenders: Sequence[Contender], processes: int, progress: Callable[[int, int], None]) -> Study:
    """Return what ``experiment.compare`` returns, or what was finished when it was stopped."""
    from concurrent.futures import BrokenExecutor

    from sim.experiment import Outcome, Study, in_order, run_unit, units_of

    wanted = min(contender.scenario.run.replications for contender in contenders)
    outcomes: list[Outcome] = []
    began = time.perf_counter()
    try:
        for found in in_order(units_of(contenders, range(wanted)), run_unit, processes):
            outcomes += found
            progress(len(outcomes), wanted * len(contenders))
    except (KeyboardInterrupt, BrokenExecutor):
        if not outcomes:
            raise
    return Study.of(contenders, outcomes, seconds=time.perf_counter() - began, wanted=wanted)


def _number_of_workers(text: str) -> int | None:
    if text == "auto":
        return None
    if not text.isdecimal() or not 1 <= int(text[:9]) <= _MOST_WORKERS:
        raise typer.BadParameter(
            f"{quote(text)} is neither auto nor a number from 1 to {_MOST_WORKERS}", param_hint="--workers"
        )
    return int(text)


def _show(study: Study, shown_as: ShownAs | None, as_text: Callable[[Study], str]) -> None:
    import json

    from sim.results import study_as_csv, study_as_json

    match shown_as or ("table" if sys.stdout.isatty() else "csv"):
        case "table":
            print(as_text(study))
        case "csv":
            print(study_as_csv(study), end="")
        case "json":
            print(json.dumps(study_as_json(study), indent=2, ensure_ascii=False))


def _end(study: Study, screen: Screen, strict: bool = False) -> None:
    """Leave with the exit code that says how it went."""
    if not study.is_complete:
        _stop.has_lost_workers = True
        done, wanted = len(study.replications), study.wanted_replications
        what = "interrupted" if _stop.is_requested else _WORKER_DIED
        screen.error(
            f"{what}: the result holds the {done} of {wanted} replications that were finished. For "
            f"exactly these again: --replications {done}; for all {wanted}, the same command."
        )
        raise typer.Exit(INTERRUPTED if _stop.is_requested else RunError.exit_code)
    if strict and (study.warnings or any(study.is_growing(model) for model in study.models)):
        screen.error("--strict: there were warnings, or an operating model cannot keep up.")
        raise typer.Exit(STRICT)


# --- the app, and what is installed --------------------------------------------------------------------


@app.command("app")
def open_app(
    source: Annotated[
        str | None,
        typer.Argument(metavar="SCENARIO", help="A shipped scenario or a YAML file.", show_default=False),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=65_535, help="By default the first free one from 8501."),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(metavar="H", help="Who may connect: by default only this machine (127.0.0.1)."),
    ] = None,
    verbose: Verbose = 0,
) -> None:
    """Open the app in a browser."""
    import subprocess
    from importlib.util import find_spec

    from sim.scenario_files import find, load, shipped

    page = shipped("app.py")
    if not page.exists():
        raise MissingExtraError("app.py is not installed; install opsim again, or start from a checkout.")
    if find_spec("streamlit") is None:
        raise MissingExtraError("the package streamlit is not installed; install opsim again.")
    environment = dict(os.environ)
    if source is not None:
        path = find(source)
        load(path)  # say here what is wrong with it, not in the browser
        environment[SCENARIO_VARIABLE] = (
            source if path == shipped("scenarios") / f"{source}.yaml" else str(path.resolve())
        )
    command = [
        *(sys.executable, "-m", "streamlit", "run", str(page)),
        f"--server.headless={'false' if _has_display() else 'true'}",
        "--server.showEmailPrompt=false",
        "--browser.gatherUsageStats=false",
        *([] if port is None else [f"--server.port={port}"]),
        *([] if host is None else [f"--server.address={host}"]),
    ]
    server = subprocess.Popen(command, env=environment)
    try:
        code = server.wait()
    except KeyboardInterrupt:  # from the terminal the server gets it too; otherwise it is told here
        server.terminate()
        server.wait()
        raise typer.Exit(0) from None
    raise typer.Exit(code)


def _has_display() -> bool:
    """Return whether a browser could be shown to somebody."""
    if sys.platform.startswith(("win", "darwin")):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    import json

    from sim.describe import schema

    print(json.dumps(schema(), indent=2))


@app.command()
def doctor(context: typer.Context, verbose: Verbose = 0, no_color: NoColor = False) -> None:
    """Show what is installed and allowed, and test the simulator."""
    import platform
    import shutil
    import tempfile
    from importlib.util import find_spec

    from sim.describe import aligned
    from sim.results import PACKAGES, package_version

    screen = _screen(context)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    browser = next((found for name in _BROWSERS if (found := shutil.which(name))), "none found")
    rows = [
        ("opsim", __version__),
        ("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        *((name, package_version(name)) for name in PACKAGES),
        ("cores", f"{cores} of {os.cpu_count()} may be used"),
        *(
            (f"optional: {name}", f"{'installed' if find_spec(name) else 'not installed'} ({what})")
            for name, what in _EXTRAS.items()
        ),
        ("browser for images", browser),
        ("display", "yes" if _has_display() else "no: opsim app prints the address to open"),
        ("writing here", "yes" if os.access(Path.cwd(), os.W_OK) else "no: pass --out DIR elsewhere"),
        ("temporary folder", tempfile.gettempdir()),
    ]
    print("\n".join(aligned(rows)), flush=True)
    began = time.perf_counter()
    failures = _self_test()
    seconds = time.perf_counter() - began
    if failures:
        for failure in failures:
            screen.error(f"self-test: {failure}")
        raise typer.Exit(1)
    print(f"self-test: a queue agrees with theory, and the same seed gives the same result ({seconds:.1f} s)")


def _self_test() -> list[str]:
    """Return what does not agree when one desk of three people is simulated; nothing if all is well."""
    from sim.experiment import compare
    from sim.scenario import Scenario
    from sim.theory import mmc_mean_wait_days, queue_load

    tree = {
        "situation": {
            "people": {"service": 3},
            "demand": {
                "arrivals": {"kind": "poisson", "per_week": 12},
                "work": [
                    {
                        "activity": "serve",
                        "skill": "service",
                        "effort_days": {"kind": "exponential", "mean": 1},
                    }
                ],
            },
        },
        "operating_models": {"one team": {}},
        "run": {"horizon_weeks": 300, "warm_up_weeks": 40, "tail_weeks": 10, "replications": 10},
    }
    scenario = Scenario.model_validate(tree)
    first, again = (compare(scenario, keep_items=False) for _ in range(2))
    failures = []
    if first.values("lead_time_p85", "one team") != again.values("lead_time_p85", "one team"):
        failures.append("the same seed gave two results")
    expected = mmc_mean_wait_days(queue_load(12 / 5, 1.0, 3), 1.0, 3)
    simulated = first.estimate("time_queue", "one team")
    if not simulated.low <= expected <= simulated.high:
        failures.append(
            f"three people wait {simulated.estimate:.2f} days ({simulated.low:.2f} to {simulated.high:.2f}), "
            f"theory says {expected:.2f}"
        )
    return failures


# --- the entry -----------------------------------------------------------------------------------------


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


_stop = _Stop()


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # pyright: ignore[reportAttributeAccessIssue]
    with _stop.listening():
        code = _run(arguments)
    if _stop.is_requested or _stop.has_lost_workers:
        with suppress(OSError):
            sys.stdout.flush()
        os._exit(code)
    sys.exit(code)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        app(arguments, prog_name="opsim")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


if __name__ == "__main__":
    main()

"""Hold the order of the rooms: knowledge goes one way, and each library stays where it belongs.

The table below is the design: `ls sim/` shows the same names, and each room says in its docstring what comes
in, what goes out and what it may know. A new file belongs into a room; a new room needs a line here. Imports
inside functions count like any other; those under ``if TYPE_CHECKING:`` do not, because they never run.

    uv run python tests/docs/test_architecture.py    counts files, arrows between them and circles
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from networkx import DiGraph, strongly_connected_components

ROOT = Path(__file__).resolve().parents[2]
TABLE = "tests/docs/test_architecture.py"

# Earliest first. What is in a room may import from rooms above its own, never from those below and never from
# a neighbour on its line. Inside a room files import each other freely, as long as no circle arises.
ROOMS: tuple[tuple[str, ...], ...] = (
    ("errors", "streams"),  # ground: what may go wrong; luck by address
    ("scenario",),  # what is asked
    ("world",),  # what happens
    ("measures",),  # what of it counts
    ("studies",),  # the same dice many times
    ("experiments", "trust"),  # what is asked of many studies; whether it is right
    ("findings",),  # what it came to
    ("ui",),  # surfaces: the app, and the command line, which starts it
    ("cli",),
    ("__main__",),
    ("app",),  # app.py, beside the package
)

# Files that see less than their room may: measures come from journals, not from a live model, and statistics
# are of tables, whatever the rows are about.
SEES_ONLY: dict[str, set[str]] = {
    "sim/measures/books.py": {"sim.scenario.spec", "sim.world.journal"},
    "sim/measures/ledger.py": {
        *("sim.scenario.spec", "sim.world.journal"),
        *("sim.measures.books", "sim.measures.unfinished"),
    },
    "sim/measures/metrics.py": {
        *("sim.errors", "sim.scenario.spec", "sim.world.journal"),
        "sim.measures.ledger",
    },
    "sim/measures/statistics.py": {"sim.errors"},
    "sim/measures/unfinished.py": {"sim.errors", "sim.measures.statistics"},
    "sim/measures/stopping.py": {"sim.errors", "sim.measures.statistics"},
}

# Libraries with a home: nobody else may import them.
HOMES: dict[str, set[str]] = {
    "distributed": {"sim/studies/cluster.py"},
    "mesa": {"sim/world/"},
    "llvmlite": {"sim/world/engine/machine/"},
    "numba": {"sim/world/engine/machine/build.py"},
    "SALib": {"sim/experiments/"},
    "kaleido": {"sim/findings/charts/"},
    "plotly": {"sim/findings/charts/"},
    "pptx": {"sim/findings/report/"},
    "starlette": {"sim/ui/first_visit.py"},
    "xlsxwriter": {"sim/findings/report/"},
    "streamlit": {"sim/ui/", "app.py"},
}

# Where the name to import is not the name to install, and what a declared requirement promises to bring.
IMPORT_NAMES: dict[str, str] = {
    "ruamel.yaml": "ruamel", "ipython": "IPython", "SALib": "SALib", "python-pptx": "pptx",
}  # fmt: skip
BRINGS: dict[str, set[str]] = {
    "mesa[network]": {"networkx"},
    "pydantic": {"pydantic_core"},
    "streamlit": {"starlette"},
}

FLOOR_OF = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}


# --- reading imports ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Import:
    """One imported name, in full: ``from mesa import Model`` is ``mesa.Model``."""

    target: str
    line: int
    in_function: bool

    @property
    def library(self) -> str:
        return self.target.partition(".")[0]


@cache
def imports_of(source: str, package: str = "") -> list[Import]:
    """List what a source text imports; ``package`` is where its relative imports start."""
    return list(_imports_under(ast.parse(source), package, in_function=False))


def _imports_under(node: ast.AST, package: str, in_function: bool) -> Iterator[Import]:
    match node:
        case ast.Import(names=names, lineno=line):
            yield from (Import(alias.name, line, in_function) for alias in names)
        case ast.ImportFrom(names=names, lineno=line):
            origin = _origin(node, package)
            yield from (Import(f"{origin}.{alias.name}", line, in_function) for alias in names)
        case ast.Call(
            func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
            args=[ast.Constant(value=str(name)), *_],
            lineno=line,
        ):
            yield Import(name, line, in_function)
        case _:
            pass
    children = node.orelse if isinstance(node, ast.If) and _is_for_types(node) else ast.iter_child_nodes(node)
    in_function = in_function or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    for child in children:
        yield from _imports_under(child, package, in_function)


def _origin(node: ast.ImportFrom, package: str) -> str:
    """Return the absolute module that a ``from`` import names."""
    if not node.level:
        return node.module or ""
    folders = package.split(".")
    start = folders[: len(folders) - node.level + 1]
    return ".".join([*start, *([node.module] if node.module else [])])


def _is_for_types(node: ast.If) -> bool:
    """Return whether this is ``if TYPE_CHECKING:``, whose body never runs."""
    return ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


# --- judging them ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """A file of the package or ``app.py``; ``name`` is its entry in the table."""

    path: str
    text: str

    @property
    def name(self) -> str:
        return Path(self.path).parts[1 if self.path.startswith("sim/") else 0].removesuffix(".py")

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def package(self) -> str:
        return ".".join(Path(self.path).parent.parts)

    @property
    def imports(self) -> list[Import]:
        return imports_of(self.text, self.package)


def sources() -> list[Source]:
    files = [*sorted(ROOT.glob("sim/**/*.py")), *ROOT.glob("app.py")]
    return [Source(file.relative_to(ROOT).as_posix(), file.read_text("utf-8")) for file in files]


def room_problems(source: Source) -> list[str]:
    """Name every import of ours that the table forbids."""
    if source.name == "__init__":
        return [
            f"{source.path}:{found.line} imports {found.target} as soon as the package is imported, which "
            "makes `opsim --help` slow: import it inside the function that looks public names up."
            for found in source.imports
            if not found.in_function and found.library not in sys.stdlib_module_names
        ]
    if source.name not in FLOOR_OF:
        return [f"{source.path} is in no room ({source.name!r}): move it into one of ROOMS in {TABLE}."]
    problems = [
        f"{source.path}:{found.line} imports {found.target.rpartition('.')[0] or found.target}, but {rule}."
        for found in source.imports
        if found.library in ("sim", "app") and (rule := _broken_rule(source, found.target))
    ]
    return list(dict.fromkeys(problems))  # one sentence for `from sim.world.model import A, B, C`


def _broken_rule(source: Source, target: str) -> str | None:
    who, whom = source.name, _room(target)
    if whom == "__version__":
        return None
    seen = SEES_ONLY.get(source.path)
    if seen is not None and not any(target.startswith(f"{name}.") for name in seen):
        return f"it sees only {', '.join(sorted(seen))} (SEES_ONLY in {TABLE})"
    if who == whom:
        return None
    if whom not in FLOOR_OF:
        if who == "app":
            return None  # the public names of sim are made for callers like app.py
        return (
            f"{whom or 'the whole package'!r} is no room of the table: import a name from the file that "
            f"defines it (ROOMS in {TABLE})"
        )
    if FLOOR_OF[whom] > FLOOR_OF[who]:
        return f"{whom} comes after {who} and imports go one way (ROOMS in {TABLE})"
    if FLOOR_OF[whom] == FLOOR_OF[who]:
        return f"{who} and {whom} are neighbours: neither knows the other (ROOMS in {TABLE})"
    return None


def _room(target: str) -> str:
    """Return the room that an imported name belongs to; empty for ``import sim`` itself."""
    library, _, rest = target.partition(".")
    return library if library == "app" else rest.partition(".")[0]


def home_problems(source: Source) -> list[str]:
    """Name every import of a library outside its home."""
    return [
        f"{source.path}:{found.line} imports {found.library}, but only "
        f"{', '.join(sorted(HOMES[found.library]))} may (HOMES in {TABLE})."
        for found in source.imports
        if found.library in HOMES and not source.path.startswith(tuple(HOMES[found.library]))
    ]


def arrows(files: list[Source]) -> dict[str, set[str]]:
    """Return which file imports which when the package runs, by module name; ``sim`` itself aside."""
    names = {source.module for source in files}
    found: dict[str, set[str]] = {source.module: set() for source in files if source.module != "sim"}
    for source in files:
        for one in source.imports:
            target = one.target
            while target and target not in names:
                target = target.rpartition(".")[0]
            if source.module in found and target in found and target != source.module:
                found[source.module].add(target)
    return found


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of files that import each other, however long the way round."""
    return [sorted(group) for group in strongly_connected_components(DiGraph(graph)) if len(group) > 1]


def declared_libraries(*, with_dev_group: bool) -> set[str]:
    """Return the names that may be imported because ``pyproject.toml`` asks for what provides them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    requirements = list(project["project"]["dependencies"])
    for extra in project["project"].get("optional-dependencies", {}).values():
        requirements += extra
    if with_dev_group:
        requirements += [entry for entry in project["dependency-groups"]["dev"] if isinstance(entry, str)]
    libraries: set[str] = set()
    for requirement in requirements:
        wanted = re.match(r"[\w.-]+(\[[\w,-]+\])?", requirement)
        assert wanted, f"pyproject.toml: cannot read the requirement {requirement!r}"
        name = wanted[0].partition("[")[0]
        libraries |= {IMPORT_NAMES.get(name, name.lower().replace("-", "_")), *BRINGS.get(wanted[0], set())}
    return libraries


def undeclared_problems(source: Source, declared: set[str], where: str) -> list[str]:
    """Name every import of a library that ``pyproject.toml`` does not ask for."""
    return [
        f"{source.path}:{found.line} imports {found.library}, but pyproject.toml does not declare it: "
        f"add it to {where} with a lower and an upper bound."
        for found in source.imports
        if found.library not in sys.stdlib_module_names | declared | {"sim", "app"}
    ]


def borrowing_problems(source: Source, tests: set[str]) -> list[str]:
    """Name every import of a file of tests, whatever it is imported by."""
    return [
        f"{source.path}:{found.line} imports {part}, but no test imports a test: what several share stands "
        "in tests/worlds, fixtures in a conftest.py."
        for found in source.imports
        for part in found.target.split(".")
        if part in tests
    ]


# --- the project holds the table ---------------------------------------------------------------------


def test_package_imports_go_one_way():
    problems = [problem for source in sources() for problem in room_problems(source)]
    assert not problems, "\n" + "\n".join(problems)


def test_no_files_import_each_other_in_a_circle():
    assert circles(arrows(sources())) == []


def test_only_the_way_knows_the_agents():
    """Of the world outside their folder; what agents see of it does not name them even for types."""
    knows = [
        name
        for name, targets in arrows(sources()).items()
        if name.startswith("sim.world.") and not name.startswith("sim.world.agents")
        if any(target.startswith("sim.world.agents") for target in targets)
    ]
    assert knows == ["sim.world.way"]
    for seen in ("clock", "organisation", "journal", "requests", "moments"):
        assert "world.agents" not in (ROOT / f"sim/world/{seen}.py").read_text("utf-8"), seen


def test_libraries_stay_in_their_homes():
    problems = [problem for source in sources() for problem in home_problems(source)]
    assert not problems, "\n" + "\n".join(problems)


def test_package_imports_only_declared_libraries():
    declared = declared_libraries(with_dev_group=False)
    problems = [
        problem
        for source in sources()
        for problem in undeclared_problems(source, declared, "[project] dependencies")
    ]
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.parametrize("folder", ["tests", "benchmarks", "notebooks"])
def test_everything_around_the_package_imports_only_declared_libraries(folder: str):
    files = sorted((ROOT / folder).glob("**/*.py"))
    ours = {part.removesuffix(".py") for file in files for part in file.relative_to(ROOT).parts}
    # the benchmarks' organisation with every mechanism serves tests, too, and the tests' visitors a benchmark
    declared = declared_libraries(with_dev_group=True) | ours | {"benchmarks", "tests"}
    problems = [
        problem
        for file in files
        for problem in undeclared_problems(
            Source(file.relative_to(ROOT).as_posix(), file.read_text("utf-8")), declared, "the dev group"
        )
    ]
    assert not problems, "\n" + "\n".join(problems)


def test_no_test_imports_a_test():
    files = sorted((ROOT / "tests").glob("**/*.py"))
    tests = {file.stem for file in files if file.name.startswith("test_")}
    problems = [
        problem
        for file in files
        for problem in borrowing_problems(
            Source(file.relative_to(ROOT).as_posix(), file.read_text("utf-8")), tests
        )
    ]
    assert not problems, "\n" + "\n".join(problems)


def test_every_entry_of_the_tables_has_a_file():
    rooms = [room for line in ROOMS for room in line]
    assert len(rooms) == len(set(rooms)), f"named twice in ROOMS: {sorted(rooms)}"
    places = {f"sim/{room}.py" for room in ROOMS[0]}
    places |= {f"sim/{room}/__init__.py" for line in ROOMS[1:-2] for room in line}
    places |= set(SEES_ONLY) | {home for homes in HOMES.values() for home in homes}
    missing = sorted(place for place in places if not (ROOT / place).exists())
    assert not missing, f"in a rule but not on the disc: {missing}"


def test_every_room_says_what_comes_in_and_what_goes_out():
    for room in (room for line in ROOMS[1:-2] for room in line):
        said = ast.get_docstring(ast.parse((ROOT / f"sim/{room}/__init__.py").read_text("utf-8"))) or ""
        assert "In come" in said and "out go" in said, (
            f"sim/{room}/__init__.py: say what comes in and goes out"
        )


# --- and the test would notice if it did not ---------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("sim/scenario/spec.py", "from sim.world.model import History", "world comes after scenario"),
        ("sim/scenario/spec.py", "from sim.world import model", "world comes after scenario"),
        ("sim/scenario/spec.py", "import sim.ui.views", "ui comes after scenario"),
        (
            "sim/scenario/spec.py",
            "def late():\n    from sim.world.agents import team",
            "sim/scenario/spec.py:2 imports sim.world.agents, but world comes after scenario",
        ),
        (
            "sim/scenario/spec.py",
            "from importlib import import_module\nimport_module('sim.world.model')",
            "world comes after",
        ),
        (
            "sim/scenario/policies/approval.py",
            "from ...world.agents.team import Team",
            "world comes after scenario",
        ),
        ("sim/streams.py", "from . import errors", "streams and errors are neighbours"),
        ("sim/trust/theory.py", "from sim.experiments import why", "trust and experiments are neighbours"),
        ("sim/measures/metrics.py", "from sim.world.model import History", "sees only sim.errors"),
        ("sim/measures/statistics.py", "from sim.measures.metrics import METRICS", "sees only sim.errors"),
        (
            "sim/scenario/spec.py",
            "from sim.world.model import A, B, C",
            "sim/scenario/spec.py:1 imports sim.world.model, but",
        ),
        ("sim/studies/run.py", "from sim import load", "'load' is no room of the table"),
        ("sim/studies/run.py", "import sim", "the whole package"),
        ("sim/ui/views.py", "import app", "app comes after ui"),
        ("sim/novelty.py", "", "in no room"),
        ("sim/novelty/__init__.py", "", "in no room"),
        ("sim/__init__.py", "from sim.world.model import History", "as soon as the package is imported"),
        ("sim/__init__.py", "import numpy", "as soon as the package is imported"),
    ],
)
def test_room_problems_finds_a_forbidden_import(path: str, text: str, message: str):
    problems = room_problems(Source(path, text))
    assert len(problems) == 1, f"expected one problem with {message!r}, found {problems}"
    assert message in problems[0]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "sim/world/model.py",
            "from sim.world.agents.team import Team\nfrom sim.errors import RunError",
        ),
        ("sim/world/agents/__init__.py", "from .team import Team\nfrom sim.world.agents import handoff"),
        ("sim/cli/app.py", "from sim.ui.server import serve"),
        (
            "sim/scenario/spec.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from sim.world.agents import team",
        ),
        (
            "sim/__init__.py",
            "def __getattr__(name):\n    from sim.studies.run import compare\n    return compare",
        ),
        ("sim/__main__.py", "from sim import __version__"),
        ("app.py", "from sim import load\nfrom sim.ui import frame"),
    ],
)
def test_room_problems_passes_an_allowed_import(path: str, text: str):
    assert room_problems(Source(path, text)) == []


def test_circles_finds_the_long_way_round():
    files = [
        Source("sim/world/a.py", "from sim.world import b"),
        Source("sim/world/b.py", "def late():\n    from sim.world.c import name"),
        Source("sim/world/c.py", "import sim.world.a"),
        Source("sim/world/d.py", "import sim.world.a"),
    ]
    assert circles(arrows(files)) == [["sim.world.a", "sim.world.b", "sim.world.c"]]


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("sim/studies/run.py", "from mesa import Model", "only sim/world/ may"),
        ("sim/ui/views.py", "import plotly.graph_objects as go", "only sim/findings/charts/ may"),
        ("sim/findings/charts/why.py", "def show():\n    import streamlit as st", "only app.py, sim/ui/ may"),
    ],
)
def test_home_problems_finds_a_library_away_from_home(path: str, text: str, message: str):
    problems = home_problems(Source(path, text))
    assert len(problems) == 1, f"expected one problem with {message!r}, found {problems}"
    assert message in problems[0]


@pytest.mark.parametrize(
    ("path", "text"),
    [("sim/world/agents/team.py", "from mesa import Agent"), ("app.py", "import streamlit as st")],
)
def test_home_problems_passes_a_library_at_home(path: str, text: str):
    assert home_problems(Source(path, text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "from test_cli import opsim",
        "import test_cli as cli",
        "def test():\n    from surfaces.test_cli import a",
    ],
)
def test_borrowing_problems_finds_a_test_that_imports_a_test(text: str):
    source = Source("tests/surfaces/test_bad_input.py", text)
    problems = borrowing_problems(source, {"test_cli", "test_bad_input"})
    assert len(problems) == 1, problems
    assert "imports test_cli, but no test imports a test" in problems[0]
    assert borrowing_problems(Source(source.path, "from worlds.commands import opsim"), {"test_cli"}) == []


def test_undeclared_problems_finds_a_library_nobody_asked_for():
    declared = declared_libraries(with_dev_group=False)
    source = Source(
        "sim/findings/charts/why.py",
        "import os\nimport ruamel.yaml\nimport networkx\nimport matplotlib.pyplot",
    )
    problems = undeclared_problems(source, declared, "[project] dependencies")
    assert len(problems) == 1, problems
    assert (
        "sim/findings/charts/why.py:4 imports matplotlib, but pyproject.toml does not declare it"
        in problems[0]
    )


def test_dev_group_does_not_count_for_the_package():
    assert "simpy" in declared_libraries(with_dev_group=True)
    assert "simpy" not in declared_libraries(with_dev_group=False)


if __name__ == "__main__":
    graph = arrows(sources())
    climbing = {(_room(a), _room(b)) for a, targets in graph.items() for b in targets} - {
        (room, room) for line in ROOMS for room in line
    }
    print(f"{len(graph)} files, {sum(map(len, graph.values()))} arrows, {len(circles(graph))} circles")
    print(f"{len({_room(name) for name in graph})} rooms, {len(climbing)} arrows between them")

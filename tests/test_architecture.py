"""Hold the import table: knowledge goes one way, and each library stays where it belongs.

The table below is the design. To add a module, put its name in the layer it belongs to; to allow one more
import, add one line and say why. Imports inside functions count like any other; imports under
``if TYPE_CHECKING:`` do not, because they never run.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TABLE = "tests/test_architecture.py"

# Earliest first. A module may import the layers above it, never those below and never its neighbours.
# A folder (agents, policies, report, ui) is one name: inside it, files import each other freely.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("spec", "streams", "journal", "reading", "tables", "csv_rows"),
    ("distributions", "work_item", "changes", "office"),
    ("traces",),
    ("policies", "environment", "validation", "helping"),
    ("agents", "workload", "intake"),
    ("scenario",),
    ("acting",),  # what can do nothing in a scenario
    ("scenario_files", "levers", "capacity", "mechanisms", "fingerprint", "fields"),
    ("model", "describe", "drafts", "writing"),
    ("metrics", "output_analysis", "theory", "workers"),
    ("experiment", "series", "waits", "watching"),
    ("store", "cluster", "stored", "lessons", "verification"),
    ("experiments",),  # what is asked of many studies: which change, where, how sure
    ("claims",),
    ("charts", "sentences", "report", "results", "organisation_map"),
    ("findings", "sweep_files", "showing", "model_description"),
    ("commands", "ui"),
    ("__main__",),
    ("app",),  # app.py, beside the package
)

# Imports between neighbours that are allowed all the same: (who, whom).
NEIGHBOURS: set[tuple[str, str]] = {
    ("changes", "distributions"),  # a number may be short for one, and a path may lead into it
    ("metrics", "output_analysis"),  # a quantile over items that may be unfinished is Kaplan-Meier's
    ("charts", "sentences"),  # the text read aloud for a chart is one of the sentences
    ("report", "charts"),
    ("report", "results"),
    ("report", "sentences"),
    ("commands", "ui"),  # opsim app is the app's server
    ("results", "sentences"),  # the command line speaks with the words of the app
}

# Modules that see less than their layer would allow.
SEES_ONLY: dict[str, set[str]] = {
    "metrics": {
        "errors",
        "spec",
        "journal",
        "output_analysis",
    },  # measures come from journals, not from a live model
    "output_analysis": {"errors"},  # statistics of tables, whatever the rows are about
}

# Libraries with a home: nobody else may import them.
HOMES: dict[str, set[str]] = {
    "distributed": {"cluster"},
    "mesa": {"agents", "model"},
    "SALib": {"experiments"},
    "plotly": {"charts"},
    "streamlit": {"ui", "app"},
}

# Where the name to import is not the name to install, and what a declared requirement promises to bring.
IMPORT_NAMES: dict[str, str] = {"ruamel.yaml": "ruamel", "ipython": "IPython", "SALib": "SALib"}
BRINGS: dict[str, set[str]] = {"mesa[network]": {"networkx"}, "pydantic": {"pydantic_core"}}

LAYER_OF = {module: number for number, layer in enumerate(LAYERS) for module in layer}


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
    def package(self) -> str:
        return ".".join(Path(self.path).parent.parts)

    @property
    def imports(self) -> list[Import]:
        return imports_of(self.text, self.package)


def sources() -> list[Source]:
    files = [*sorted(ROOT.glob("sim/**/*.py")), *ROOT.glob("app.py")]
    return [Source(file.relative_to(ROOT).as_posix(), file.read_text("utf-8")) for file in files]


def layer_problems(source: Source) -> list[str]:
    """Name every import of ours that the table forbids."""
    if source.name == "__init__":
        return [
            f"{source.path}:{found.line} imports {found.target} as soon as the package is imported, which "
            "makes `opsim --help` slow: import it inside the function that looks public names up."
            for found in source.imports
            if not found.in_function and found.library not in sys.stdlib_module_names
        ]
    if source.name not in LAYER_OF:
        return [f"{source.path} is in no layer ({source.name!r}): add it to the table LAYERS in {TABLE}."]
    problems = [
        f"{source.path}:{found.line} imports {'.'.join(found.target.split('.')[:2])}, but {rule}."
        for found in source.imports
        if found.library in ("sim", "app") and (rule := _broken_rule(source.name, found.target))
    ]
    return list(dict.fromkeys(problems))  # one sentence for `from sim.model import A, B, C`


def _broken_rule(who: str, target: str) -> str | None:
    whom = _entry(target)
    if who == whom or whom == "__version__":
        return None
    if whom not in LAYER_OF:
        if who == "app":
            return None  # the public names of sim are made for callers like app.py
        return (
            f"{whom or 'the whole package'!r} is no module of the table: import a name from the module that "
            f"defines it, and add a new module to LAYERS in {TABLE}"
        )
    if who in SEES_ONLY and whom not in SEES_ONLY[who]:
        return f"{who} sees only {', '.join(sorted(SEES_ONLY[who]))} (SEES_ONLY in {TABLE})"
    if LAYER_OF[whom] > LAYER_OF[who]:
        return f"{whom} comes after {who} and imports go one way (LAYERS in {TABLE})"
    if LAYER_OF[whom] == LAYER_OF[who] and (who, whom) not in NEIGHBOURS:
        return f"{who} and {whom} are neighbours in one layer and not a listed pair (NEIGHBOURS in {TABLE})"
    return None


def _entry(target: str) -> str:
    """Return the entry of the table that an imported name belongs to; empty for ``import sim`` itself."""
    library, _, rest = target.partition(".")
    return library if library == "app" else rest.partition(".")[0]


def home_problems(source: Source) -> list[str]:
    """Name every import of a library outside its home."""
    return [
        f"{source.path}:{found.line} imports {found.library}, but only "
        f"{', '.join(sorted(HOMES[found.library]))} may (HOMES in {TABLE})."
        for found in source.imports
        if found.library in HOMES and source.name not in HOMES[found.library]
    ]


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


# --- the project holds the table ---------------------------------------------------------------------


def test_package_imports_go_one_way():
    problems = [problem for source in sources() for problem in layer_problems(source)]
    assert not problems, "\n" + "\n".join(problems)


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
    # the benchmarks' organisation with every mechanism serves tests too
    declared = declared_libraries(with_dev_group=True) | ours | {"benchmarks"}
    problems = [
        problem
        for file in files
        for problem in undeclared_problems(
            Source(file.relative_to(ROOT).as_posix(), file.read_text("utf-8")), declared, "the dev group"
        )
    ]
    assert not problems, "\n" + "\n".join(problems)


def test_layers_name_every_module_once():
    names = [module for layer in LAYERS for module in layer]
    assert len(names) == len(set(names)), f"named twice in LAYERS: {sorted(names)}"
    mentioned = {name for pair in NEIGHBOURS for name in pair} | set(SEES_ONLY)
    mentioned |= {name for homes in HOMES.values() for name in homes}
    mentioned |= {name for seen in SEES_ONLY.values() for name in seen}
    assert mentioned <= set(names), f"in a rule but in no layer: {sorted(mentioned - set(names))}"


# --- and the test would notice if it did not ---------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("sim/spec.py", "from sim.model import OrganisationModel", "model comes after spec"),
        ("sim/spec.py", "from sim import model", "model comes after spec"),
        ("sim/spec.py", "import sim.ui.views", "ui comes after spec"),
        (
            "sim/spec.py",
            "def late():\n    from sim.agents import team",
            "sim/spec.py:2 imports sim.agents, but agents comes after spec",
        ),
        (
            "sim/spec.py",
            "from importlib import import_module\nimport_module('sim.model')",
            "model comes after",
        ),
        ("sim/policies/approval.py", "from ..agents.team import Team", "agents comes after policies"),
        ("sim/agents/team.py", "from sim.model import OrganisationModel", "model comes after agents"),
        ("sim/streams.py", "from . import journal", "streams and journal are neighbours"),
        (
            "sim/metrics.py",
            "from sim.model import OrganisationModel",
            "metrics sees only errors",
        ),
        ("sim/spec.py", "from sim.model import A, B, C", "sim/spec.py:1 imports sim.model, but"),
        ("sim/experiment.py", "from sim import load", "'load' is no module of the table"),
        ("sim/experiment.py", "import sim", "the whole package"),
        ("sim/ui/views.py", "import app", "app comes after ui"),
        ("sim/novelty.py", "", "add it to the table"),
        ("sim/__init__.py", "from sim.model import OrganisationModel", "as soon as the package is imported"),
        ("sim/__init__.py", "import numpy", "as soon as the package is imported"),
    ],
)
def test_layer_problems_finds_a_forbidden_import(path: str, text: str, message: str):
    problems = layer_problems(Source(path, text))
    assert len(problems) == 1, f"expected one problem with {message!r}, found {problems}"
    assert message in problems[0]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("sim/model.py", "from sim.agents.team import Team\nfrom sim.errors import RunError"),
        ("sim/agents/__init__.py", "from .team import Team\nfrom sim.agents import handoff"),
        ("sim/levers.py", "from sim.scenario import Scenario"),
        (
            "sim/work_item.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from sim.agents import team",
        ),
        (
            "sim/__init__.py",
            "def __getattr__(name):\n    from sim.experiment import compare\n    return compare",
        ),
        ("sim/__main__.py", "from sim import __version__"),
        ("app.py", "from sim import load\nfrom sim.ui import frame"),
    ],
)
def test_layer_problems_passes_an_allowed_import(path: str, text: str):
    assert layer_problems(Source(path, text)) == []


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("sim/experiment.py", "from mesa import Model", "only agents, model may"),
        ("sim/ui/views.py", "import plotly.graph_objects as go", "only charts may"),
        ("sim/charts.py", "def show():\n    import streamlit as st", "only app, ui may"),
    ],
)
def test_home_problems_finds_a_library_away_from_home(path: str, text: str, message: str):
    problems = home_problems(Source(path, text))
    assert len(problems) == 1, f"expected one problem with {message!r}, found {problems}"
    assert message in problems[0]


@pytest.mark.parametrize(
    ("path", "text"), [("sim/agents/team.py", "from mesa import Agent"), ("app.py", "import streamlit as st")]
)
def test_home_problems_passes_a_library_at_home(path: str, text: str):
    assert home_problems(Source(path, text)) == []


def test_undeclared_problems_finds_a_library_nobody_asked_for():
    declared = declared_libraries(with_dev_group=False)
    source = Source(
        "sim/charts.py", "import os\nimport ruamel.yaml\nimport networkx\nimport matplotlib.pyplot"
    )
    problems = undeclared_problems(source, declared, "[project] dependencies")
    assert len(problems) == 1, problems
    assert "sim/charts.py:4 imports matplotlib, but pyproject.toml does not declare it" in problems[0]


def test_dev_group_does_not_count_for_the_package():
    assert "simpy" in declared_libraries(with_dev_group=True)
    assert "simpy" not in declared_libraries(with_dev_group=False)

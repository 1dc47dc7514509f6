# ruff: noqa: E501 - a line of a table or of running text is a line of the document
"""Write the documents that say what the code knows: the model, the public names, the shipped scenarios.

    uv run python docs/pages.py

writes them all; a test holds them in step. The model is described as ODD (Grimm et al., JASSS 23(2) 7, 2020) and
STRESS (Monks et al., Journal of Simulation 13(1), 2019) ask for it.
"""

from __future__ import annotations

import inspect
import pkgutil
import re
import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sim
from sim.errors import counted
from sim.findings.fields import fields_as
from sim.findings.tables import markdown_table
from sim.measures.metrics import METRICS, Metric
from sim.scenario import policies
from sim.scenario.fields import DISTRIBUTIONS
from sim.scenario.files.load import scenario_cards
from sim.scenario.mechanisms import MECHANISMS, mechanisms_as
from sim.scenario.policies.approval import GATE_PLACES
from sim.scenario.scenario import RunSettings
from sim.trust.closed_forms import FORMS
from sim.trust.forms import FEWEST_REPLICATIONS, LEVEL
from sim.world import agents, moments

sys.path.insert(0, str(Path(__file__).parent))
import calibration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sim.measures.statistics import Interval

ROOT = Path(__file__).resolve().parents[1]

_PER_CENT = re.compile(r"\d+ %")
_ANNOTATION = re.compile(r": '([^']*)'")  # as written: annotations are kept as text
_GENERATED = "<!-- Written by `uv run python docs/pages.py`; change the code it reads, not this. -->"


def model_text() -> str:
    """Return the description of the model after the ODD protocol."""
    run = RunSettings()
    return f"""{_GENERATED}

# The model (ODD)

After Grimm et al. (2020), *The ODD protocol for describing agent-based and other simulation models*, JASSS 23(2) 7.

## 1. Purpose and patterns

The model compares operating models: ways to organise the same people who meet the same requests. It shows what teams, approval, funding,
releases, decision rights and feedback do to how long requests take, what they cost and what comes of them. It is for learning and for
comparing, not for predicting an organisation's numbers. Patterns by which it is judged: {len(FORMS)} closed forms of
{len({form.mechanism for form in FORMS})} mechanisms, each inside its {LEVEL:.1%} interval (`opsim verify`), Little's law as arithmetic in
every run, and the conservation of every working day of every request.

## 2. Entities, state variables and scales

{_agents_table()}

*Requests* flow between them: product, class of service, effort of each activity, value, whether the idea is good, where the request is
and since when. *Scales*: time is continuous, in working days of eight hours, five to a week; by default {run.horizon_weeks:g} weeks, of
which the first {run.warm_up_weeks:g} and the last {run.tail_weeks:g} are not measured. There is no space; the teams, layers and ways
between them are the topology.

## 3. Process overview and scheduling

Discrete events: nothing happens between them. A request passes, in this order: the gate before funding, the funding round, the
portfolio, the gate before start, discovery, then each activity with its gate, handoff, questions, dependencies and checks, the gate
before release, the release, and what becomes known afterwards. Gates stand before {", ".join(GATE_PLACES)} or any activity. What falls on
the same instant happens in this order, and within one kind in the order in which it was scheduled:

{_moments_list()}

## 4. Design concepts

- **Basic principles.** Queues before people and bodies; waiting for occasions; rework; information lost from layer to layer; needs that end.
- **Emergence.** Lead times, load, work in progress and value come from the interaction of rules; none of them is set.
- **Adaptation.** People take the next request by the team's rule of selection; leaders add controls after incidents (drift) and take them away at reviews.
- **Objectives.** None are optimised by agents; ranks (value, cost of delay) order what waits.
- **Learning.** Teams get faster with tenure; the share of good ideas rises with outcomes that become known, and fades.
- **Prediction.** Experiments and layers judge ideas, with a chance of error; nobody forecasts.
- **Sensing.** Agents know what is in front of them: their queue, its priorities and ages. Answers may be out of date.
- **Interaction.** Through requests handed over, papers, questions, calls on other teams, and shared bodies.
- **Stochasticity.** Every draw is addressed by seed, replication, purpose, request and occurrence, so operating models are compared on the same dice.
- **Names and orders.** What skills, teams, products, classes, operating models and files are called changes no record, nor does the order of the keys of `people` or of the operating models behind the first: people are numbered and dealt by the first use of their skill in `work`. The purpose of a draw may name an activity or an approval layer: called otherwise they meet other luck of the same law. The order of products and classes has a meaning: remainders of people are dealt in the order of products, and requests draw product and class by shares in their order.
- **Collectives.** Teams, projects (requests funded and released together), release trains.
- **Observation.** A journal with one row per stay; the measures below are computed from it alone.

### Measures

Times are working days: eight hours, five to a week.

{_measures_table()}

## 5. Initialisation

Organisations begin empty on day 0; the warm-up is not measured (`opsim warm-up` checks its length by MSER-5).

## 6. Input data

Optionally a list of requests (`arrivals: {{kind: trace, file: items.csv}}`): commas between cells, UTF-8, a column `arrived` with day
numbers or timestamps and, where known, product, class and efforts (`build_days`). `office: {{zone: Europe/Amsterdam, opens_hour: 9,
closes_hour: 17}}` says how timestamps become working days. Everything that uses the list says how many rows it read and used, and why not
the rest. Nothing else changes from outside during a run.

## 7. Submodels

Every mechanism, its rule, its settings, the values with which it is off, and the kinds of time it books.

{mechanisms_as("md")}

### Rules by kind

What may stand for a layer, a funding, a release and so on, each with its rule.

{_kinds_list()}

### Distributions

{_distributions_list()}

### Parameters

{fields_as("md")}
"""


def stress_text() -> str:
    """Return the STRESS checklist for discrete-event and agent-based models, filled in."""
    rows = [("item", "answer"), *((item, answer) for item, answer in _stress())]
    return f"""{_GENERATED}

# STRESS-DES and STRESS-ABS checklist

After Monks et al. (2019), *Strengthening the reporting of empirical simulation studies: introducing the STRESS guidelines*, Journal of
Simulation 13(1), 55-67. Where the two lists differ both are answered. [model.md](model.md) has the details.

{_table(rows)}
"""


def _stress() -> Iterator[tuple[str, str]]:
    run = RunSettings()
    books = sum(bool(mechanism.books) for mechanism in MECHANISMS.values())
    shipped = ", ".join(f"`{card.key}`" for card in scenario_cards())
    yield "1.1 Purpose", "Compare operating models on the same requests, people and luck; see model.md, 1."
    yield (
        "1.2 Outputs",
        f"{len(METRICS)} measures, each with unit and definition; see model.md, 4, *Observation*.",
    )
    yield (
        "1.3 Aims of experimentation",
        f"Comparison, attribution, factorial switches, ranking, break-even, maps, sensitivity, robustness. Shipped: {shipped}.",
    )
    yield (
        "2.1 Overview diagram",
        "The app draws the organisation of every scenario; `opsim describe SCENARIO` says it in words.",
    )
    yield "2.2 Base model logic", "Model.md, 3: the way of a request, and the order of events at one instant."
    yield (
        "2.3 Scenario logic",
        "A scenario file holds one situation and several operating models; `opsim diff A B` says what differs.",
    )
    yield (
        "2.4 Algorithms",
        f"{len(MECHANISMS)} mechanisms, {books} of which book time of their own; model.md, 7.",
    )
    yield "2.5 Components: entities", "Requests (work items), papers, questions, tasks for other teams."
    yield (
        "2.5 Components: activities",
        "Those that the situation lists, reviews, revisions, repairs, experiments, deploying, restoring, upkeep.",
    )
    yield "2.5 Components: resources and agents", "People in teams, approvers, boards; model.md, 2."
    yield (
        "2.5 Components: queues",
        "One for each skill of a team and one for each desk, by priority, then the rule of selection; boards by priority, then order.",
    )
    yield (
        "2.5 Components: entry and exit",
        "By the arrivals of the situation; out when live and no longer followed, refused or dropped.",
    )
    yield (
        "2.5 Components: environment and topology (ABS)",
        "Situation (demand, products, needs, ideas, risks); teams and layers, no space.",
    )
    yield "3.1 Data sources", "Beside each parameter in model.md, 7; *assumption* where we chose."
    yield "3.2 Pre-processing", "None, except that lists of requests are given in working days."
    yield "3.3 Input parameters", "Model.md, 7: unit, range, default, source."
    yield "3.4 Assumptions", "The rules in model.md, 7; what the model leaves out is in the README."
    yield (
        "4.1 Initialisation",
        f"Empty; {counted(run.warm_up_weeks, 'week')} of warm-up by default, checked by MSER-5.",
    )
    yield (
        "4.2 Run length",
        f"{counted(run.horizon_weeks, 'week')} by default, the last {run.tail_weeks:g} of which bring no measured requests.",
    )
    yield (
        "4.3 Estimation",
        f"{counted(run.replications, 'replication')} by default, t intervals over replications, paired differences on common random numbers; "
        f"verification: {LEVEL:.1%} intervals over at least {FEWEST_REPLICATIONS} replications.",
    )
    yield (
        "5.1 Software",
        "Python with Mesa; versions in `pyproject.toml`, and those used with every result that is written.",
    )
    yield (
        "5.2 Random sampling",
        "Philox, keyed by seed, replication and purpose; inverse distribution functions.",
    )
    yield (
        "5.3 Model execution",
        "Event list; replications in processes or on a Dask cluster, with the same numbers whoever computes them.",
    )
    yield "5.4 System specification", "Any with Python; `opsim check` says how long a scenario takes."
    yield (
        "6.1 Sharing",
        "Source, scenarios and tests in this repository, under the licence in LICENSE; cite CITATION.cff.",
    )


def _agents_table() -> str:
    """Return every agent with the first line of its docstring."""
    rows = [("agent", "what it does")]
    for module in sorted(found.name for found in pkgutil.iter_modules(agents.__path__)):
        for name, kind in inspect.getmembers(import_module(f"sim.world.agents.{module}"), inspect.isclass):
            is_here = kind.__module__ == f"sim.world.agents.{module}"
            if is_here and not name.startswith("_") and kind.__doc__:
                rows.append((f"`{name}`", inspect.cleandoc(kind.__doc__).partition("\n")[0]))
    return _table(rows)


def _moments_list() -> str:
    order = sorted((value, name) for name, value in vars(moments).items() if name.isupper())
    return "\n".join(f"{place + 1}. {name.replace('_', ' ').lower()}" for place, name in order)


def _measures_table() -> str:
    """Return every measure; those that differ in a percentage only share a row."""
    rows: dict[str, list[Metric]] = {}
    for measure in METRICS.values():
        rows.setdefault(_PER_CENT.sub("that share", measure.definition, count=1), []).append(measure)
    head = ("measure", "in words", "unit", "better", "definition")
    return _table([head, *(_measures_row(definition, alike) for definition, alike in rows.items())])


def _measures_row(definition: str, alike: list[Metric]) -> tuple[str, ...]:
    first = alike[0]
    names = ", ".join(f"`{measure.name}`" for measure in alike)
    if len(alike) == 1:
        return names, first.label, first.unit, str(first.better), first.definition
    shares = [found[0] for measure in alike if (found := _PER_CENT.search(measure.label))]
    label = first.label.replace(shares[0], ", ".join(shares))
    return names, label, first.unit, str(first.better), definition.replace("that share", "a share", 1)


def _kinds_list() -> str:
    """Return the rule of every policy that is one of several kinds, from its docstring."""
    lines = []
    for module in sorted(found.name for found in pkgutil.iter_modules(policies.__path__)):
        for name, spec in inspect.getmembers(import_module(f"{policies.__name__}.{module}"), inspect.isclass):
            if spec.__module__.endswith(f".{module}") and "kind" in getattr(spec, "model_fields", {}):
                rule = " ".join(inspect.cleandoc(spec.__doc__ or "").split()).replace("``", "`")
                lines.append(f"- **{name}** (`{module}.py`): {rule}")
    return "\n".join(lines)


def _distributions_list() -> str:
    first_lines = ((kind, inspect.cleandoc(kind.__doc__ or "").partition("\n")[0]) for kind in DISTRIBUTIONS)
    return "\n".join(f"- **{kind.__name__}**: {line}" for kind, line in first_lines)


def _table(rows: list[tuple[str, ...]]) -> str:
    """Return rows as a table; names in code keep one backtick, as Markdown has it."""
    return markdown_table(rows, is_markup=True).replace("``", "`")


# --- the shipped scenarios ------------------------------------------------------------------------------


def scenarios_text() -> str:
    """Return who is in each shipped scenario, and what it asks."""
    rows = [("name", "who", "question")]
    rows += [
        (f"[`{card.key}`]({card.key}.yaml)", _first_sentence(card.story), card.question)
        for card in scenario_cards()
    ]
    return f"""{_GENERATED}

# Shipped scenarios

`opsim describe NAME` says everything that one of them assumes, with units and sources; `opsim compare NAME` answers its question.

{_table(rows)}
"""


def _first_sentence(text: str) -> str:
    return text.split(". ")[0].rstrip(".") + "."


# --- levels -----------------------------------------------------------------------------------------------


def calibration_text() -> str:
    """Return the levels that organisations are held to, with what they were and what they are."""
    data = calibration.written()
    keys = data["scenarios"]
    rows: list[tuple[str, ...]] = [("number", "of", "band", *keys, "source (strength)")]
    for level, kind in calibration.bands():
        number = level["number"]
        before = level.get(f"before_{kind}", [None] * len(keys))
        cells = [
            f"{_short(old)} → {_found_text(calibration.found(key, kind, number))}"
            + ("" if calibration.why_missed(key, kind, number) is None else " *missed*")
            for key, old in zip(keys, before, strict=True)
        ]
        of = "better model" if kind == "better" else kind
        rows.append(
            (f"`{number}`: {level['clock']}", of, _band_text(level[kind]), *cells, _with_strength(level))
        )
    inputs: list[tuple[str, ...]] = [("given to the scenario", "setting", "band", "source (strength)")]
    for level in data["inputs"]:
        given = [
            f"{kind}: {_band_text(level[key])}" if kind else _band_text(level[key])
            for key, kind in (
                ("band", ""),
                ("regulated", "bank, agency"),
                ("industrial", "industrial"),
                ("product", "product"),
            )
            if key in level
        ]
        inputs.append((level["number"], f"`{level['path']}`", "; ".join(given), _with_strength(level)))
    missed = "\n".join(
        f"- `{entry['number']}`, {entry['model']}, {', '.join(entry['scenarios'])}: {entry['why']}"
        for entry in data["missed"]
    )
    outside = "\n".join(f"- `{key}`: {why}" for key, why in (data["no_band"] | data["also"]).items())
    return f"""{_GENERATED}

# Levels

Each operating model of {counted(len(keys), "scenario")} is held to levels that are published, alone: never to a difference between two. The bands were written
down before any value was moved to meet them ([calibration.yaml](calibration.yaml)); `tests/statistics/test_calibration.py` holds them. Before: version 0.3.0.
Now: the stored results, with 95 % intervals. Where the source is weak (C, or an assumption) the band is weak, too.

{_table(rows)}

{_table(inputs)}

## Bands that are missed

{missed or "None."}

## Scenarios without bands

{outside}
"""


def _short(number: float | None) -> str:
    return "-" if number is None else f"{number:.3g}"


def _found_text(found: Interval) -> str:
    text = _short(found.estimate)
    return text if found.low != found.low else f"{text} ({_short(found.low)} to {_short(found.high)})"


def _band_text(band: list[float]) -> str:
    return f"{band[0]:g} to {band[1]:g}"


def _with_strength(level: dict[str, Any]) -> str:
    return f"{level['source']} ({level['strength']})"


# --- the public names -----------------------------------------------------------------------------------


def reference_text() -> str:
    """Return every public name of ``sim`` with its signature and docstring."""
    parts = [part for name in sorted(sim.__all__, key=str.lower) for part in _about(name, getattr(sim, name))]
    return (
        "\n\n".join(
            [
                _GENERATED,
                "# The public names",
                "What `import sim` offers; everything else may change without a word. Times are working days.",
                *parts,
            ]
        )
        + "\n"
    )


def _about(name: str, what: Any) -> Iterator[str]:
    yield f"## `sim.{name}`"
    if not callable(what):
        yield f"Every measure by name ({len(what)} of them), with label, unit and definition: see [the model](model.md#measures)."
        return
    if inspect.isfunction(what):
        yield _signature(name, what)
    yield _as_markdown(inspect.getdoc(what) or "")
    if inspect.isclass(what):
        members = [_member(key, member) for key, member in _members(what)]
        if members:
            yield "\n".join(members)


def _signature(name: str, what: Any) -> str:
    parameters = [_ANNOTATION.sub(r": \1", str(one)) for one in inspect.signature(what).parameters.values()]
    is_short = len(parameters) < 3
    inside = ", ".join(parameters) if is_short else "\n" + "".join(f"    {one},\n" for one in parameters)
    return f"```python\n{name}({inside})\n```"


def _members(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield what a class of ours defines itself and shows, in the order of the source."""
    for owner in reversed(kind.__mro__):
        if owner.__module__.startswith("sim."):
            yield from ((key, member) for key, member in vars(owner).items() if not key.startswith("_"))


def _member(key: str, member: Any) -> str:
    what = getattr(member, "func", getattr(member, "fget", getattr(member, "__func__", member)))
    called = f"{key}()" if inspect.isfunction(member) or isinstance(member, classmethod) else key
    line = (inspect.getdoc(what) or "").partition("\n")[0] if inspect.isroutine(what) else ""
    return f"- `{called}`" + (f": {line.replace('``', '`')}" if line else "")


def _as_markdown(docstring: str) -> str:
    """Return a docstring in NumPy's form as Markdown: sections in bold, parameters as a list."""
    lines: list[str] = []
    in_list = False
    for line, after in pairwise([*docstring.splitlines(), ""]):
        if set(line) == {"-"}:
            continue
        if after and set(after) == {"-"}:
            in_list = line in ("Parameters", "Attributes", "Raises")
            lines += [f"**{line}**", ""]
        elif in_list and line and not line.startswith(" "):
            lines.append(f"- `{line}`")
        else:
            lines.append(line)
    return "\n".join(lines).replace("``", "`").strip()


PAGES: dict[Path, Callable[[], str]] = {
    ROOT / "docs" / "model.md": model_text,
    ROOT / "docs" / "stress.md": stress_text,
    ROOT / "docs" / "reference.md": reference_text,
    ROOT / "scenarios" / "README.md": scenarios_text,
    ROOT / "docs" / "calibration.md": calibration_text,
}


if __name__ == "__main__":
    for place, text in PAGES.items():
        place.write_text(text(), encoding="utf-8", newline="\n")

# ruff: noqa: E501 - a line of a table or of running text is a line of the document
"""The model described as ODD and STRESS ask for it; what code knows is read from code.

``uv run python -m sim.findings.model_description`` writes ``docs/model.md`` and ``docs/stress.md``; a test holds them
in step. ODD: Grimm et al., JASSS 23(2) 7 (2020). STRESS: Monks et al., Journal of Simulation 13(1) (2019).
"""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import counted
from sim.findings.fields import fields_as
from sim.measures.metrics import METRICS
from sim.scenario.fields import DISTRIBUTIONS
from sim.scenario.files.load import scenario_cards
from sim.scenario.mechanisms import MECHANISMS, mechanisms_as
from sim.scenario.scenario import GATE_PLACES, RunSettings
from sim.trust.verification import FEWEST_REPLICATIONS, FORMS, LEVEL
from sim.world import agents
from sim.world.agents import moments

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).resolve().parents[2] / "docs"

_GENERATED = "<!-- Written by `uv run python -m sim.findings.model_description`; change the code it reads, not this. -->"


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

{_measures_table()}

## 5. Initialisation

Organisations begin empty on day 0; the warm-up is not measured (`opsim warm-up` checks its length by MSER-5).

## 6. Input data

Optionally a list of requests with day, product and effort (`arrivals: {{kind: trace}}`). Nothing else changes from outside during a run.

## 7. Submodels

Every mechanism, its rule, its settings, the values with which it is off, and the kinds of time it books.

{mechanisms_as("md")}

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
    rows = [("measure", "unit", "better", "definition")]
    rows += [(f"`{m.name}`", m.unit, str(m.better), m.definition) for m in METRICS.values()]
    return _table(rows)


def _distributions_list() -> str:
    first_lines = ((kind, inspect.cleandoc(kind.__doc__ or "").partition("\n")[0]) for kind in DISTRIBUTIONS)
    return "\n".join(f"- **{kind.__name__}**: {line}" for kind, line in first_lines)


def _table(rows: list[tuple[str, ...]]) -> str:
    """Return rows as a table; names in code keep one backtick, as Markdown has it."""
    head, *others = ["| " + " | ".join(row).replace("``", "`") + " |" for row in rows]
    return "\n".join([head, "|" + " --- |" * len(rows[0]), *others])


def write() -> None:
    """Write both documents."""
    for file, text in (("model.md", model_text()), ("stress.md", stress_text())):
        (DOCS / file).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write()

"""A scenario: a situation, the operating models that meet it, and how it is run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ValidationError, model_validator

from sim.errors import ScenarioError, counted, nearest, quote, visible
from sim.scenario.absence import changes_per_week
from sim.scenario.arrivals import BatchArrivals, TraceArrivals
from sim.scenario.capacity.computing import events_per_item
from sim.scenario.changes import Path, apply_changes, differences
from sim.scenario.consistency import endless_loops, impossible, teams_of
from sim.scenario.files.complaints import problems_of
from sim.scenario.files.logs import MOST_ITEMS
from sim.scenario.motion import Change, Phase, complaints, phases
from sim.scenario.over_time import on_average
from sim.scenario.policies.approval import Board, Desk
from sim.scenario.policies.capability import Capability
from sim.scenario.policies.dependencies import COUPLED, Dependencies, IgnoreDependencies, ManageDependencies
from sim.scenario.policies.funding import Continuous, Funding, Portfolio, Rounds
from sim.scenario.policies.governance import Governance
from sim.scenario.policies.handoffs import Handoffs
from sim.scenario.policies.learning import Discovery, Learning
from sim.scenario.policies.release import OnDemand, Release, Train
from sim.scenario.policies.structure import Structure, TeamPlan
from sim.scenario.policies.technology import Technology
from sim.scenario.situation import Situation, expected_items
from sim.scenario.spec import DAYS_PER_WEEK, Count, FrozenMap, Name, Number, Spec, Text, quantity, slug, weeks
from sim.scenario.turnover import comings_per_week

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RELEASE = "release"
"""What a release train's departure is called among the rhythms of an operating model."""

_TEAMS_OWN = ("iteration", "transfer")  # rhythms of teams
EVENTS_PER_SECOND = 120_000
"""Of one core, measures included: only for saying how long something takes."""

MOST_REPLICATIONS = 100_000
"""Of each operating model in one study."""

MOST_EVENTS = 1_600_000_000
"""What one command may ask for: some four hours of one core."""


class OperatingModel(Spec):
    """How work is organised: a set of lever values. No code looks at its name."""

    name: Name = Field(default="Operating model", description="What the operating model is called.")
    story: Text = Field(default="", description="How it works, in a sentence for people.")
    structure: Structure = Structure()
    capability: Capability = Capability()
    handoffs: Handoffs = Handoffs()
    dependencies: Annotated[Dependencies, COUPLED] = IgnoreDependencies()
    governance: Governance = Governance()
    funding: Funding = Continuous()
    portfolio: Portfolio = Portfolio()
    release: Release = OnDemand()
    technology: Technology = Field(default_factory=Technology)
    discovery: Discovery | None = Field(
        default=None, description="Experiments before the work begins; without it every idea is built."
    )
    learning: Learning = Learning()
    timeline: Annotated[tuple[Change, ...], Field(max_length=100)] = Field(
        default=(), description="Dates on which the organisation changes how it works."
    )


class RunSettings(Spec):
    """How long and how often to simulate.

    Requests are measured that arise after the warm-up and before the tail, so that those measured see a
    running organisation and most of them are live before the horizon.
    """

    horizon_weeks: Number = weeks(156.0, "Simulated weeks.")
    warm_up_weeks: Number = weeks(26.0, "Weeks at the beginning that are not measured.", least=0)
    tail_weeks: Number = weeks(26.0, "Weeks at the end whose new requests are not measured.", least=0)
    replications: Count = quantity(
        30, "runs", "Simulated histories of each operating model.", ge=1, le=MOST_REPLICATIONS
    )
    seed: Count = quantity(1, "", "Which luck: any whole number from 0.", ge=0)

    @model_validator(mode="after")
    def _something_to_measure(self) -> RunSettings:
        left = self.horizon_weeks - self.warm_up_weeks - self.tail_weeks
        if left <= 0:
            raise ValueError(
                f"warm_up_weeks ({self.warm_up_weeks:g}) and tail_weeks ({self.tail_weeks:g}) leave "
                f"{max(left, 0):g} of {counted(self.horizon_weeks, 'week')} to measure; "
                "shorten them or lengthen the horizon"
            )
        return self

    @property
    def horizon(self) -> float:
        """Simulated working days."""
        return self.horizon_weeks * DAYS_PER_WEEK

    @property
    def measured(self) -> tuple[float, float]:
        """First and last working day of arrival that is measured."""
        return self.warm_up_weeks * DAYS_PER_WEEK, (self.horizon_weeks - self.tail_weeks) * DAYS_PER_WEEK


class Scenario(Spec):
    """One organisation: what it meets (situation), how it works (operating models), how it is run."""

    name: Name = Field(default="My organisation", description="What the scenario is called.")
    story: Text = Field(default="", description="Who this is, for people.")
    question: Text = Field(default="", description="What one would like to know.")
    situation: Situation = Field(default_factory=Situation)
    operating_models: FrozenMap[OperatingModel] = Field(
        min_length=1, max_length=12, description="The operating models to compare; the first is the baseline."
    )
    run: RunSettings = RunSettings()

    @model_validator(mode="after")
    def _fits_together(self) -> Scenario:
        called = [slug(key) for key in self.operating_models]
        for key, name in zip(self.operating_models, called, strict=True):
            if not name:
                raise ValueError(
                    f"operating_models::has a key without a letter or digit: {quote(key)}; settings are "
                    "named by it, so give it one"
                )
            if called.count(name) > 1:
                raise ValueError(
                    f"operating_models::has several keys that read {quote(name)} where settings are named; "
                    "tell them apart by more than capitals and punctuation"
                )
        for key, model in self.operating_models.items():
            for complaint in impossible(self.situation, model):
                raise ValueError(f"operating_models.{key}.{complaint}")
            for complaint in endless_loops(self.situation, model):
                raise ValueError(complaint)
        for key in self.operating_models:
            for complaint in complaints(self, key):
                raise ValueError(f"operating_models.{key}.{complaint}")
        return self

    # --- what people ask of a scenario ---------------------------------------------------------------

    def teams(self, model: str) -> tuple[list[TeamPlan], list[str]]:
        """Return the teams of an operating model, and notes on remainders and idle people."""
        return teams_of(self.situation, self.operating_models[model])

    def phases(self, model: str) -> tuple[Phase, ...]:
        """Return what holds for each product of an operating model from which date on, in order."""
        return phases(self, model)

    def with_changes(self, changes: Mapping[str, Any]) -> Scenario:
        """Return a copy with some settings changed.

        Parameters
        ----------
        changes
            New values by dotted path, for instance ``{"run.seed": 2, "industrial.funding.every_weeks": 4}``
            (an operating model's name may stand for ``operating_models.<name>``).

        Raises
        ------
        ScenarioError
            If a path does not exist or a value is not allowed; all problems at once.
        """
        tree = self.model_dump(mode="json")
        origins: dict[Path, str] = {}
        apply_changes(tree, changes, "", origins)
        return checked(tree, origins, "")

    def on_average(self, since: float | None = None, until: float | None = None) -> Scenario:
        """Return a scenario whose world never changes and is as this one is on average (``over_time``).

        Parameters
        ----------
        since, until
            Working days; by default the measured window.
        """
        begin, end = self.run.measured
        days = (begin if since is None else since, end if until is None else until)
        situation = on_average(self.situation, *days)
        return self if situation is self.situation else self.model_copy(update={"situation": situation})

    def diff(self, other: Scenario) -> list[str]:
        """Return what differs from another scenario, a line each, such as 'run.seed: 1 -> 2'."""
        return [
            f"{path}: {_shown(before)} -> {_shown(after)}"
            for path, before, after in differences(
                self.model_dump(mode="json"), other.model_dump(mode="json")
            )
        ]

    def to_json(self) -> str:
        """Return the whole scenario as canonical JSON: equal scenarios give equal text."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))

    @staticmethod
    def from_json(text: str) -> Scenario:
        """Return the scenario that ``to_json`` wrote."""
        return Scenario.model_validate_json(text)

    def expected_events(self) -> float:
        """Return roughly how many events one replication has, on average over the operating models."""
        items = expected_items(self.situation, self.run.horizon) + self.situation.n_open
        each = [self._events_per_item(key) for key in self.operating_models]
        people = sum(self.situation.people.values())
        comings = changes_per_week(self.situation.absence) + comings_per_week(self.situation)
        return items * sum(each) / len(each) + people * comings * self.run.horizon_weeks

    def _events_per_item(self, model: str) -> float:
        """Return roughly how many events one request causes, on average over the run."""
        horizon, total = self.run.horizon_weeks, 0.0
        stages = self.phases(model)
        begins = [min(phase.at.average + phase.after, horizon) for phase in stages]
        for phase, begin, end in zip(stages, begins, (*begins[1:], horizon), strict=True):
            specs = {id(spec): spec for spec in phase.specs}.values()
            events = [
                events_per_item(self.situation, spec, teams_of(self.situation, spec)[0]) for spec in specs
            ]
            total += (end - begin) / horizon * sum(events) / len(events)
        return total

    @property
    def models(self) -> tuple[str, ...]:
        """Keys of the operating models, baseline first."""
        return tuple(self.operating_models)

    def known_models(
        self, named: Iterable[str] | None = None, path: str = "models", where: str = ""
    ) -> tuple[str, ...]:
        """Return the operating models that are meant: those named, or all, baseline first.

        Parameters
        ----------
        named
            Keys of operating models; by default all.
        path, where
            What named them, for the complaint: as in ``Problem``.

        Raises
        ------
        ScenarioError
            If the scenario has no operating model of one of these names.
        """
        meant = self.models if named is None else tuple(named)
        for model in meant:
            if model not in self.operating_models:
                raise ScenarioError.of(
                    path,
                    f"names no operating model: {quote(model)}; {visible(self.name, 80)} has "
                    f"{', '.join(self.models)}.{nearest(model, self.models)}",
                    where,
                )
        return meant

    def label(self, model: str) -> str:
        """Return what an operating model is called, with its key where another has the same name."""
        name = self.operating_models[model].name
        is_alone = [spec.name for spec in self.operating_models.values()].count(name) == 1
        return name if is_alone else f"{name} ({model})"

    def longest_rhythm_days(self, model: str) -> float:
        """Return the working days between two of what comes round least often; 0 if nothing does.

        What teams do within their own work, iterations and transfers, does not count here. Where the
        operating model changes, what comes round at any time does.
        """
        specs = {id(spec): spec for phase in self.phases(model) for spec in phase.specs}
        found = [self._rhythms_of(spec) for spec in specs.values()]
        return max(
            (rhythms[name] for rhythms in found for name in rhythms if name not in _TEAMS_OWN), default=0.0
        )

    def rhythms(self, model: str) -> dict[str, float]:
        """Return what comes round in an operating model: the working days from one to the next, by name.

        Where it changes on dates, as it is at first.
        """
        return self._rhythms_of(self.operating_models[model])

    def _rhythms_of(self, spec: OperatingModel) -> dict[str, float]:
        arrivals = self.situation.demand.arrivals
        rhythms = {
            f"meeting of {layer.name}": layer.every_days
            for layer in spec.governance.layers.values()
            if isinstance(layer, Board)
        }
        rhythms |= {
            f"time of {layer.name}": layer.looks_every_days
            for layer in spec.governance.layers.values()
            if isinstance(layer, Desk) and layer.looks_every_days is not None
        }
        if isinstance(spec.funding, Rounds):
            rhythms["funding round"] = spec.funding.every_days
        if isinstance(spec.release, Train):
            rhythms[RELEASE] = spec.release.every_days
        if isinstance(spec.dependencies, ManageDependencies) and spec.dependencies.planning_every_weeks:
            rhythms["planning"] = spec.dependencies.planning_every_weeks * DAYS_PER_WEEK
        if isinstance(arrivals, BatchArrivals):
            rhythms["batch of requests"] = arrivals.every_weeks * DAYS_PER_WEEK
        for name, every_weeks in zip(
            _TEAMS_OWN, (spec.structure.iteration_weeks, spec.handoffs.every_weeks), strict=True
        ):
            if every_weeks is not None:
                rhythms[name] = every_weeks * DAYS_PER_WEEK
        return rhythms


def _shown(value: Any) -> str:
    return "none" if value is None else json.dumps(value, ensure_ascii=False)


def checked(tree: Any, origins: Mapping[Path, str], otherwise: str) -> Scenario:
    """Turn a tree of plain values into a scenario that can be run.

    Raises
    ------
    ScenarioError
        With everything that is wrong with it, each with its place (``origins``, else ``otherwise``).
    """
    try:
        scenario = Scenario.model_validate(tree)
    except ValidationError as error:
        raise ScenarioError(problems_of(error, Scenario, tree, origins, otherwise)) from None
    arrivals = scenario.situation.demand.arrivals
    if isinstance(arrivals, TraceArrivals):
        arrivals.read(scenario.situation.known)
    scenario.situation.open_items()
    scenario.situation.effort_rows()
    _refuse_the_endless(scenario)
    return scenario


def _refuse_the_endless(scenario: Scenario) -> None:
    items = expected_items(scenario.situation, scenario.run.horizon)
    if items > MOST_ITEMS:
        raise ScenarioError.of(
            "situation.demand.arrivals",
            f"would make about {items:,.0f} items in {counted(scenario.run.horizon_weeks, 'week')}; at most "
            f"{MOST_ITEMS:,} fit into one replication. Lower the rate or shorten run.horizon_weeks",
        )
    events = scenario.expected_events() * scenario.run.replications * len(scenario.operating_models)
    if events > MOST_EVENTS:
        hours = events / EVENTS_PER_SECOND / 3600
        length = f"{hours:,.0f} hours" if hours < 9000 else f"{hours / 8766:,.0f} years"
        raise ScenarioError.of(
            "run.replications",
            f"{counted(scenario.run.replications, 'replication')} x about {items:,.0f} items would take "
            "about "
            f"{length} of computing; at most {MOST_EVENTS / EVENTS_PER_SECOND / 3600:.0f} hours are allowed. "
            "Lower run.replications, run.horizon_weeks or the arrival rate",
        )

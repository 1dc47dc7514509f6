"""Which settings can do nothing in a scenario, and what would make them act.

Fields say themselves when they act (``spec.ActsWhen``, in their annotation); here they are asked, for whoever
checks a scenario, describes it, or is about to move something.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.errors import ScenarioError
from sim.scenario.arrivals import PastWeeks, PoissonArrivals, TraceArrivals
from sim.scenario.changes import apply_changes, entry_name
from sim.scenario.consistency import teams_of
from sim.scenario.files.complaints import origin_of
from sim.scenario.over_time import is_changing
from sim.scenario.situation import expected_items
from sim.scenario.spec import ActsWhen, Spec, slug

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pydantic.fields import FieldInfo

    from sim.scenario.changes import Path
    from sim.scenario.files.logs import Trace
    from sim.scenario.motion import Phase
    from sim.scenario.policies.structure import TeamPlan
    from sim.scenario.scenario import OperatingModel, RunSettings, Scenario
    from sim.scenario.situation import Activity, Situation


_NONE = object()
"""The default of what has none."""

_LABELS = {"name", "story", "question"}
"""Fields that are for people."""


class Organisation:
    """One operating model in its situation, in some phase: all that decides whether a setting can act."""

    def __init__(self, scenario: Scenario, model: str, spec: OperatingModel | None = None) -> None:
        self.situation: Situation = scenario.situation
        self.model: OperatingModel = scenario.operating_models[model] if spec is None else spec
        self.run: RunSettings = scenario.run
        self._scenario, self._key = scenario, model

    @cached_property
    def teams(self) -> list[TeamPlan]:
        """Its teams."""
        return teams_of(self.situation, self.model)[0]

    @cached_property
    def phases(self) -> tuple[Phase, ...]:
        """What holds from which date on."""
        return self._scenario.phases(self._key)

    @cached_property
    def trace(self) -> Trace | None:
        """The list of requests that is replayed, if one is."""
        arrivals = self.situation.demand.arrivals
        if isinstance(arrivals, TraceArrivals):
            with suppress(ScenarioError):  # a list that cannot be read is refused elsewhere, with its reason
                return arrivals.read(self.situation.known)
        return None

    @cached_property
    def most_requests(self) -> int:
        """The most requests that can arise in the run; of chance ones, so many that more are not seen."""
        arrivals = self.situation.demand.arrivals
        expected = expected_items(self.situation, self.run.horizon)
        with suppress(ScenarioError):  # as above
            expected += self.situation.n_open
        is_chance = isinstance(arrivals, PoissonArrivals | PastWeeks) or is_changing(self.situation)
        if is_chance:  # Bernstein: more in one of 10^10 runs at most
            return math.ceil(expected + 7 * math.sqrt(expected) + 20)
        return math.ceil(expected)

    def owner(self, skill: str, product: str) -> int:
        """Return the number of the team that does the work that needs a skill, for a product; -1 for none."""
        return next((number for number, plan in enumerate(self.teams) if plan.can_do(skill, product)), -1)

    def is_needed(self, step: Activity) -> bool:
        """Return whether some request may need an activity."""
        if self.trace is not None and step.activity in self.trace.efforts:
            return bool(self.trace.efforts[step.activity].any())
        demand, name = self.situation.demand, step.activity
        may_grow = self.situation.may_change("demand.work.<activity>.effort_days")
        own = (demand.effort_of(step, service) for service in demand.classes)
        together, start = demand.drawn_together, demand.open_at_start
        return (
            any(share > 0 and (effort.average > 0 or may_grow) for effort, share in own)
            or any(row.efforts.get(name, 0.0) > 0 for row in together.rows)
            or any(item.needs(name) for item in start.items)
            or not (together.file is None and start.file is None)
        )


@dataclass(frozen=True, slots=True)
class Here:
    """Where a field stands: what its declaration may look at.

    Attributes
    ----------
    organisation
        The operating model, in its situation.
    holder
        The spec that has the field.
    name
        The field, or the entry of a mapping.
    value
        What is set there.
    """

    organisation: Organisation
    holder: Any
    name: str
    value: Any

    @property
    def situation(self) -> Situation:
        """What the organisation meets."""
        return self.organisation.situation

    @property
    def model(self) -> OperatingModel:
        """How it works."""
        return self.organisation.model

    @property
    def run(self) -> RunSettings:
        """How long it is simulated."""
        return self.organisation.run


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of a scenario, and whether it can act.

    Attributes
    ----------
    path
        Its dotted path, as in ``--set``.
    address
        Its path by exact keys and by positions in lists.
    holder, name
        The spec that has it and the name of its field.
    value, is_set
        What is there, and whether it was put there: it is not the default.
    acts_only_when
        What is not the case, for people: "it acts only when ..."; empty where it can act.
    """

    path: str
    address: Path
    holder: type[Spec]
    name: str
    value: Any
    is_set: bool
    acts_only_when: str


@dataclass(frozen=True, slots=True)
class _Declared:
    condition: ActsWhen
    holder: Spec
    name: str
    value: Any

    def unmet(self, organisation: Organisation) -> str:
        here = Here(organisation, self.holder, self.name, self.value)
        condition = self.condition
        if condition.holds(here):
            return ""
        return (
            condition.words
            if condition.detail is None
            else f"{condition.words}; here {condition.detail(here)}"
        )


class Acting:
    """What can act in a scenario, and what cannot."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._organisations = {key: list(_organisations_of(scenario, key)) for key in scenario.models}
        self._organisations_later = {key: self._later(key) for key in scenario.models}
        self._unmet: dict[tuple[int, int, str, int], str] = {}

    @cached_property
    def settings(self) -> list[Setting]:
        """Every value of the scenario, in the order of a file."""
        return list(self._below(self._scenario, None, "", (), ()))

    @property
    def idle(self) -> list[Setting]:
        """What was set and can do nothing."""
        return [setting for setting in self.settings if setting.is_set and setting.acts_only_when]

    def idle_for(self, models: Collection[str]) -> list[Setting]:
        """Return what was set and can do nothing, in the situation and in some operating models."""
        return [
            setting
            for setting in self.idle
            if setting.address[0] != "operating_models" or setting.address[1] in models
        ]

    def of_path(self, dotted: str) -> str:
        """Return what a setting, or all that is below a path, waits for; empty where something can act."""
        try:
            [address] = apply_changes(self._scenario.model_dump(mode="json"), {dotted: None}, "", {})
        except ScenarioError:
            return ""
        return _all_idle(
            setting
            for setting in self.settings
            if setting.address[: len(address)] == address[: len(setting.address)]
        )

    def of_field(self, holder: type[Spec], name: str, model: str = "") -> str:
        """Return what a field waits for wherever it is in an operating model, or in the situation."""
        where = ("operating_models", model) if model else ("situation",)
        return _all_idle(
            setting
            for setting in self.settings
            if setting.name == name
            and issubclass(setting.holder, holder)
            and setting.address[: len(where)] == where
        )

    def sentences(self, written: Mapping[Path, str] | None = None) -> list[str]:
        """Return what was set and can do nothing, a sentence for each reason and place.

        Parameters
        ----------
        written
            Where each setting was written (``load.places``), to be named, too.
        """
        by_reason: dict[tuple[str, str], list[str]] = {}
        places: dict[tuple[str, str], str] = {}
        for setting in self.idle:
            above, _, last = setting.path.removeprefix("operating_models.").rpartition(".")
            by_reason.setdefault((setting.acts_only_when, above), []).append(last)
            place = origin_of(setting.address, written or {})
            places.setdefault((setting.acts_only_when, above), f"{place}: " if place else "")
        return [
            f"{places[reason, above]}{above}.{last[0]} can do nothing here: it acts only when {reason}."
            if len(last) == 1
            else f"{places[reason, above]}{above}: {', '.join(last[:-1])} and {last[-1]} can do nothing "
            f"here: they act only when {reason}."
            for (reason, above), last in by_reason.items()
        ]

    # --- the walk ------------------------------------------------------------------------------------

    def _below(
        self, spec: Spec, usual: Any, path: str, address: Path, above: tuple[list[_Declared], ...]
    ) -> Iterator[Setting]:
        for name, field in type(spec).model_fields.items():
            if name in _LABELS:
                continue
            if type(usual) is type(spec):
                default = getattr(usual, name)
            else:
                default = _NONE if field.is_required() else field.get_default(call_default_factory=True)
            inner = f"{path}.{name}" if path else name
            yield from self._within(
                spec, field, name, name, getattr(spec, name), default, inner, (*address, name), above
            )

    def _within(
        self,
        holder: Spec,
        field: FieldInfo,
        name: str,
        key: str,
        value: Any,
        default: Any,
        path: str,
        address: Path,
        above: tuple[list[_Declared], ...],
    ) -> Iterator[Setting]:
        if isinstance(value, Mapping):
            for entry, inner in value.items():
                usual = default.get(entry, _NONE) if isinstance(default, Mapping) else _NONE
                called = entry if "." in entry else slug(entry)  # a path in itself, in a timeline
                at = (f"{path}.{called}", (*address, entry))
                yield from self._within(holder, field, name, entry, inner, usual, *at, above)
            return
        declared = [
            _Declared(condition, holder, key, value)
            for condition in field.metadata
            if isinstance(condition, ActsWhen)
        ]
        if declared:
            above = (*above, declared)
        match value:
            case Spec() if not hasattr(value, "quantile"):
                yield from self._below(value, default, path, address, above)
            case tuple() if value and all(isinstance(entry, Spec) for entry in value):
                for position, entry in enumerate(value):
                    called = entry_name(dict(entry), position)
                    at = (f"{path}.{called}", (*address, str(position)))
                    yield from self._below(entry, None, *at, above)
            case _:
                reason = self._why_not(address, above)
                yield Setting(path, address, type(holder), name, value, value != default, reason)

    def _why_not(self, address: Path, declared: tuple[list[_Declared], ...]) -> str:
        """Return what is not the case; what all operating models meet acts if it does so in one of them."""
        if not declared:
            return ""
        if address[0] == "operating_models":
            unmet = [self._unmet_in(address[1], address[2], declared)]
        else:
            everywhere = [one for organisations in self._organisations.values() for one in organisations]
            unmet = [self._unmet_then(organisation, declared) for organisation in everywhere]
        return " and ".join(unmet[0]) if all(unmet) else ""

    def _later(self, model: str) -> list[Organisation]:
        """Return the organisations besides an operating model as it is at first that it has a part in."""
        with_it = [
            key
            for key, spec in self._scenario.operating_models.items()
            if key != model and any(change.other == model for change in spec.timeline)
        ]
        others = [organisation for key in with_it for organisation in self._organisations[key]]
        return [*self._organisations[model][1:], *others]

    def _unmet_in(self, model: str, part: str, declared: tuple[list[_Declared], ...]) -> list[str]:
        """Return what is not met at any time at which a part of an operating model holds.

        A part of which a date changes something may act: nothing is said then.
        """
        unmet = self._unmet_then(self._organisations[model][0], declared)
        held = [getattr(spec, part) for spec in self._scenario.operating_models.values()]
        mine = getattr(self._scenario.operating_models[model], part)
        for organisation in () if part == "timeline" else self._organisations_later[model]:
            then = getattr(organisation.model, part)
            if then is mine:
                unmet = unmet if self._unmet_then(organisation, declared) else []
            elif not any(then is other for other in held):
                return []
        return unmet

    def _unmet_then(self, organisation: Organisation, declared: tuple[list[_Declared], ...]) -> list[str]:
        """Return what is not met where it is declared first: nothing below that can act."""
        for level in declared:
            found = []
            for one in level:
                key = (id(one.condition), id(one.holder), one.name, id(organisation))
                if key not in self._unmet:
                    self._unmet[key] = one.unmet(organisation)
                found += [self._unmet[key]] if self._unmet[key] else []
            if found:
                return found
        return []


def _organisations_of(scenario: Scenario, model: str) -> Iterator[Organisation]:
    """Yield what an operating model is at some time, first as it is at first."""
    specs = {id(spec): spec for phase in scenario.phases(model) for spec in phase.specs}
    yield from (Organisation(scenario, model, spec) for spec in specs.values())


def acts_when(field: FieldInfo) -> list[str]:
    """Return when a field acts whatever its value, in the words of its declaration."""
    declared = (condition for condition in field.metadata if isinstance(condition, ActsWhen))
    return [condition.words for condition in declared if not condition.is_about_value]


def without_settings(reason: str) -> str:
    """Return what is waited for in words alone, for somebody who sees levers and no file."""
    return re.sub(r" \([^()]*\)", "", reason)


def _all_idle(settings: Iterable[Setting]) -> str:
    """Return what the first of some settings waits for, if none of them can act."""
    reasons = [setting.acts_only_when for setting in settings]
    return reasons[0] if reasons and all(reasons) else ""

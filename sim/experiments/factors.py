"""Factors: which settings of a scenario can be varied, between which limits, and what is uncertain in it.

A *factor* is what is varied: a setting by its dotted path, or a lever by its key (``requests`` for a lever of
the situation, ``industrial.board`` for one of an operating model; where a lever's key is also a field's
name, the lever is meant, and ``operating_models.industrial.funding`` is the field).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, get_args

from sim.errors import ScenarioError, nearest, visible
from sim.experiments.ranges import Range, refuse_too_many
from sim.scenario.acting import Acting
from sim.scenario.changes import entry_name
from sim.scenario.levers.lever import NOT_HERE, Lever
from sim.scenario.levers.table import LEVERS
from sim.scenario.spec import Spec, slug

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from sim.experiments.ranges import Values
    from sim.scenario.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Factor:
    """What is varied: a lever or a setting of a scenario.

    Attributes
    ----------
    name
        How it is addressed.
    label
        How people call it; two settings may be called the same.
    unit
        Of its values; empty if it has none.
    own
        Its value in the scenario; ``None`` also where the path leads to nothing yet.
    is_whole
        Whether its values are whole numbers.
    limits
        The smallest and the largest number that make sense; NaN where there is none.
    lever, model
        The lever it is, if it is one, and whose.
    """

    name: str
    label: str
    unit: str
    own: Any
    is_whole: bool = False
    limits: tuple[float, float] = (math.nan, math.nan)
    lever: Lever | None = None
    model: str = ""

    def words(self, value: Any) -> str:
        """Return a value for people, with its unit."""
        value = _sayable(value)
        if self.lever is not None:
            return self.lever.words(value)
        if isinstance(value, float | int) and not isinstance(value, bool):
            is_share = self.unit.startswith("share") or self.unit == "chance"
            return f"{100 * value:.3g} %" if is_share else f"{value:g} {self.unit}".rstrip()
        return "none" if value is None else visible(json.dumps(value, ensure_ascii=False), 60)

    def value(self, values: Values, position: float) -> Any:
        """Return the value at a position from 0 to 1 along a range or a list."""
        if isinstance(values, Range):
            return values.at(position, is_whole=self.is_whole)
        return values[min(int(position * len(values)), len(values) - 1)]


def _sayable(value: Any) -> Any:
    """Round what has more than three digits, unless it is whole."""
    is_long = isinstance(value, float) and not value.is_integer()
    return float(f"{value:.3g}") if is_long else value


def why_idle(scenario: Scenario, name: str, acting: Acting | None = None) -> str:
    """Return what is not the case for a factor to act: "it acts only when ..."; empty where it can act."""
    owner, _, key = name.rpartition(".")
    lever = LEVERS.get(key)
    if lever is not None and owner in (("",) if lever.belongs_to == "situation" else scenario.models):
        return lever.why_idle(scenario, owner, acting)
    return (acting or Acting(scenario)).of_path(name)


def factor(scenario: Scenario, name: str) -> Factor:
    """Return the factor that a name stands for in a scenario.

    Raises
    ------
    ScenarioError
        If the name is neither a lever with something to move nor a path, or a model has to be named.
    """
    owner, _, key = name.rpartition(".")
    lever = LEVERS.get(key)
    if lever is not None and owner == "" and lever.belongs_to == "model":
        names = ", ".join(f"{model}.{key}" for model in scenario.models)
        raise ScenarioError.of(
            name, f"is a lever of an operating model; say whose: {names}. Write it like that"
        )
    if lever is not None and owner in (("",) if lever.belongs_to == "situation" else scenario.models):
        return _lever_factor(scenario, name, lever, owner)
    if "." not in name:
        known = [lever.key for lever in LEVERS.values() if lever.belongs_to == "situation"]
        raise ScenarioError.of(
            visible(name),
            f"is neither a lever ({', '.join(known)}; of an operating model: MODEL.LEVER) nor a dotted path "
            f"such as situation.need.half_life_weeks.{nearest(name, LEVERS)}",
        )
    return _path_factor(_Same(scenario), name)


@dataclass(frozen=True, eq=False, slots=True)
class _Same:
    """A scenario that is equal to nothing but itself: comparing all it says would take longer."""

    scenario: Scenario

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.scenario is other.scenario

    def __hash__(self) -> int:
        return id(self.scenario)


@lru_cache(maxsize=500)  # designs ask for each of them at every point
def _path_factor(same: _Same, name: str) -> Factor:
    path = _whole_path(same.scenario, name)
    if (setting := _by_path(same).get(path)) is None:
        return Factor(name, name, "", None)
    info, value = setting
    unit = str(_extra(info).get("unit", ""))
    label = _in_words(same.scenario, path)
    return Factor(name, label, unit, value, _is_whole(info, value), limits_of(info))


@lru_cache(maxsize=8)
def _by_path(same: _Same) -> dict[str, tuple[FieldInfo, Any]]:
    return {path: (info, value) for path, info, value in settings_of(same.scenario)}


def _in_words(scenario: Scenario, path: str) -> str:
    """Return what a path is called for people, such as ``handoffs: return chance in Industrial``."""
    *_, owner, last = path.split(".")
    words = f"{owner}: {last}".replace("_", " ")
    if not path.startswith("operating_models."):
        return words
    names = {slug(model): scenario.label(model) for model in scenario.models}
    return f"{words} in {names[path.split('.')[1]]}"


def _lever_factor(scenario: Scenario, name: str, lever: Lever, model: str) -> Factor:
    own = lever.get(scenario, model)
    if own == NOT_HERE:
        raise ScenarioError.of(
            name,
            f"has nothing to move in {visible(scenario.name, 80)}: it acts only when {lever.acts_when}",
        )
    offered = [value for value in lever.values(own) if isinstance(value, float | int)]
    is_whole = all(isinstance(value, int) for value in offered)
    limits = (float(min(offered)), float(max(offered))) if offered else (math.nan, math.nan)
    where = f" in {scenario.label(model)}" if model else ""
    unit = str(_extra(lever.field[0].model_fields[lever.field[1]]).get("unit", ""))
    return Factor(name, f"{lever.label}{where}", unit, own, is_whole, limits, lever, model)


def _whole_path(scenario: Scenario, name: str) -> str:
    parts = [slug(part) for part in name.split(".")]
    if parts[0] in map(slug, scenario.models):
        parts.insert(0, "operating_models")
    return ".".join(parts)


# --- the stretch of a factor that is looked along -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of a factor's numbers, addressed by position: 0 is the low end, 1 the high end."""

    factor: Factor
    range: Range

    @property
    def is_logarithmic(self) -> bool:
        """Whether even steps are steps in the logarithm."""
        return self.range.is_wide and not self.factor.is_whole

    def value(self, position: float) -> float:
        """Return the value at a position; a whole number where the factor has only these."""
        place = self.place(position)
        return round(place) if self.factor.is_whole else place

    def place(self, position: float) -> float:
        """Return where on the axis a position is, between whole numbers too."""
        if self.factor.is_whole:
            return self.range.low + position * (self.range.high - self.range.low)
        return self.range.at(position)

    def position(self, value: float) -> float:
        """Return the position of a value; outside 0 to 1 where the value is outside the range."""
        low, high = self.range.low, self.range.high
        if self.is_logarithmic:
            return math.log(value / low) / math.log(high / low) if value > 0 else -math.inf
        return (value - low) / (high - low)

    def even(self, n: int) -> list[float]:
        """Return n evenly spaced values, ends included; fewer if there are not so many whole numbers.

        Raises
        ------
        ScenarioError
            If so many are asked for that no design could hold them; none is made then.
        """
        refuse_too_many(n, self.factor.name)
        return list(dict.fromkeys(self.value(step / (n - 1)) for step in range(n)))


def axis(scenario: Scenario, name: str, low: float | None = None, high: float | None = None) -> Axis:
    """Return the axis of a factor between two numbers, by default its limits.

    Raises
    ------
    ScenarioError
        If the factor is a choice between words, or has no limit on a side that was left out.
    """
    found = factor(scenario, name)
    if found.lever is not None and found.lever.is_choice:
        raise ScenarioError.of(
            name, f"is a choice between {', '.join(map(str, found.lever.values(found.own)))}, not a number"
        )
    ends = [limit if end is None else end for end, limit in zip((low, high), found.limits, strict=True)]
    if any(map(math.isnan, ends)):
        raise ScenarioError.of(
            name,
            "has no natural range; say from where to where (break-even: low and high; map: across_range and "
            "up_range)",
        )
    return Axis(found, Range(ends[0], ends[1]))


# --- the settings of a scenario -----------------------------------------------------------------------


def settings_of(scenario: Scenario) -> Iterator[tuple[str, FieldInfo, Any]]:
    """Yield every setting of a scenario that is a single value: dotted path, declaration, value.

    The mean of a distribution carries the declaration of the setting that is the distribution.
    """
    yield from _settings(scenario, "")


def _settings(
    spec: Spec, above: str, parent: FieldInfo | None = None
) -> Iterator[tuple[str, FieldInfo, Any]]:
    is_distribution = hasattr(spec, "quantile")
    for name, info in type(spec).model_fields.items():
        path = f"{above}.{name}" if above else name
        value = getattr(spec, name)
        if is_distribution and parent is not None and name in ("mean", "value"):
            yield path, parent, value
        else:
            yield from _below(path, info, value)


def _below(path: str, info: FieldInfo, value: Any) -> Iterator[tuple[str, FieldInfo, Any]]:
    match value:
        case Spec():
            yield from _settings(value, path, info)
        case Mapping():
            for key, inner in value.items():
                yield from _below(f"{path}.{slug(str(key))}", info, inner)
        case tuple():
            for number, inner in enumerate(value):
                tree = inner.model_dump(mode="json") if isinstance(inner, Spec) else inner
                yield from _below(f"{path}.{entry_name(tree, number)}", info, inner)
        case _:
            yield path, info, value


def _extra(info: FieldInfo) -> dict[str, Any]:
    return info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}


def limits_of(info: FieldInfo) -> tuple[float, float]:
    """Return the smallest and the largest number that a field allows; NaN where there is no limit."""
    found = {
        side: float(getattr(entry, side))
        for entry in info.metadata
        for side in ("ge", "gt", "le")
        if getattr(entry, side, None) is not None
    }
    return found.get("ge", found.get("gt", math.nan)), found.get("le", math.nan)


def _is_whole(info: FieldInfo, value: Any) -> bool:
    if value is not None:
        return isinstance(value, int) and not isinstance(value, bool)
    return int in _types(info.annotation)


def _types(annotation: Any) -> set[Any]:
    return {annotation}.union(*(_types(inner) for inner in get_args(annotation)))


def plausible_ranges(scenario: Scenario) -> tuple[dict[str, Range], tuple[str, ...]]:
    """Return what is uncertain in a scenario: the plausible range of each such setting.

    A setting whose value lies outside its plausible range was switched off or put there on purpose: it is
    kept, and named in the second part of the answer.
    """
    ranges: dict[str, Range] = {}
    kept = []
    for path, info, value in settings_of(scenario):
        plausible = _extra(info).get("plausible")
        if not isinstance(plausible, list) or not isinstance(value, float | int):
            continue
        low, high = float(plausible[0]), float(plausible[1])
        short = path.removeprefix("operating_models.")
        if low <= value <= high:
            ranges[short] = Range(low, high)
        else:
            kept.append(short)
    return ranges, tuple(kept)

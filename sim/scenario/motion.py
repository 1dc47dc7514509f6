"""An operating model's timeline: how the organisation changes on dates, at once, by waves or in part."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, JsonValue, ValidationError, create_model, model_validator

from sim.errors import ScenarioError, counted, nearest, quote
from sim.scenario.changes import apply_changes, entry_name, value_at
from sim.scenario.consistency import endless_loops, impossible
from sim.scenario.distributions import AnyDistribution, Distribution, Exponential, Fixed, Gamma, Lognormal
from sim.scenario.distributions import in_words as distribution_in_words
from sim.scenario.files.complaints import problems_of
from sim.scenario.policies.governance import bodies, describe_once
from sim.scenario.spec import (
    HOURS_PER_WEEK,
    ActsWhen,
    FrozenMap,
    Name,
    Number,
    Spec,
    days,
    quantity,
    weeks,
)
from sim.scenario.turnover import has_turnover

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.acting import Here
    from sim.scenario.scenario import OperatingModel, Scenario

LABELS = ("name", "story", "timeline")
"""Fields of an operating model that are no part of how it works at one time."""

BEGINS = ActsWhen(
    "it begins before the run ends (at_week below run.horizon_weeks)",
    lambda here: span(here.holder)[0] < here.run.horizon_weeks,
)
CHANGES = ActsWhen(
    "what holds from then on differs from what held before",
    lambda here: any(phase.change is here.holder for phase in here.organisation.phases),
)
SETS = ActsWhen("it sets values (set)", lambda here: bool(here.holder.set))
TRAINS_FOR_WEEKS = ActsWhen(
    "training lasts some weeks (training_weeks above 0)", lambda here: here.holder.training_weeks > 0
)
TRAINS_SOME_HOURS = ActsWhen(
    "training takes some hours (training_hours_per_week above 0)",
    lambda here: here.holder.training_hours_per_week > 0,
)


def _ends_a_gate(here: Here) -> bool:
    """Return whether some approval would end on the date."""
    phases = here.organisation.phases
    for before, after in pairwise(phases):
        if after.change is here.holder and any(
            both_hold(old, new) != new.governance for old, new in _moves(before, _last_of(phases, after))
        ):
            return True
    return False


SOME_APPROVAL_ENDS = ActsWhen("some approval ends on the date", _ends_a_gate)


class _Dated(Spec):
    name: Name | None = Field(default=None, description="What happens, for people.")
    at_week: Distribution = Field(
        description="The week at whose beginning the organisation changes; a distribution: drawn once a run, "
        "alike for all operating models.",
        json_schema_extra={"unit": "weeks", "source": "assumption"},
    )
    becomes: Annotated[Name | None, BEGINS] = Field(
        default=None, description="Key of the operating model that it becomes."
    )
    take: Annotated[tuple[Name, ...], BEGINS, Field(max_length=50)] = Field(
        default=(), description="Parts that it takes from another operating model, such as structure."
    )


_Taking = create_model(  # no field of a class can be written so: "from" is a word of Python's own
    "_Taking",
    __base__=_Dated,
    **{
        "from": (
            Annotated[Name | None, BEGINS],
            Field(default=None, description="Key of the operating model that the parts are taken from."),
        )
    },  # pyright: ignore[reportArgumentType, reportCallIssue]
)


class Change(_Taking):  # pyright: ignore[reportUntypedBaseClass]
    """On a date the organisation changes how it works: all of it, some parts, or some settings.

    From the first day of a week on, before work ends on it, the products concerned are worked on as another
    operating model says (``becomes``), with some parts of another (``take`` and ``from``), or with other
    values (``set``). Waves change product after product until all have changed. Before the date nothing
    differs from an organisation that does not change, and a change to what is there already changes nothing.
    New rhythms count from day 0, as all do. With ``over_weeks`` a number that is set has from the beginning
    of each week on what a straight line has at its end.

    What a request has been granted stays granted. A place that ceases lets what waits in it go on to the next
    place of the new way. People move when what they have in hand is done; with ``hand_over`` they move at
    once, and hand it to whoever owns it now.
    """

    set: Annotated[FrozenMap[JsonValue], BEGINS] = Field(
        default={},
        max_length=500,
        description="New values by path within the operating model, such as funding.every_weeks.",
        json_schema_extra={"unit": "that of the path", "source": "assumption"},
    )
    products: Annotated[tuple[Name, ...] | None, BEGINS, CHANGES] = Field(
        default=None,
        min_length=1,
        max_length=5000,
        description="Products that change on the date; without it all that have not changed yet.",
    )
    over_weeks: Annotated[Number, BEGINS, CHANGES, SETS] = weeks(
        0.0, "Weeks over which numbers that are set move in a straight line, in steps of a week.", least=0
    )
    in_flight: Annotated[Literal["finish", "hand_over"], BEGINS, CHANGES] = Field(
        default="finish",
        description="Whether people finish what they have in hand, or hand it to whoever owns it now.",
    )
    change_days: Annotated[Number, BEGINS, CHANGES] = days(
        0.0, "Working days that each person concerned spends on the change.", plausible=(0.0, 10.0)
    )
    training_hours_per_week: Annotated[Number, BEGINS, CHANGES, TRAINS_FOR_WEEKS] = quantity(
        0.0,
        "hours per week",
        "Time that each person concerned spends on training.",
        ge=0,
        le=HOURS_PER_WEEK - 1,
        plausible=(0.0, 8.0),
    )
    training_weeks: Annotated[Number, BEGINS, CHANGES, TRAINS_SOME_HOURS] = weeks(
        0.0, "Weeks of training from the date on.", least=0, plausible=(0.0, 26.0)
    )
    double_running_weeks: Annotated[Number, BEGINS, CHANGES, SOME_APPROVAL_ENDS] = weeks(
        0.0,
        "Weeks from the date on in which old and new approvals both hold.",
        least=0,
        plausible=(0.0, 26.0),
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> Change:
        if self.taken_from is not None and not self.take:
            raise ValueError("take::is missing: the parts that are taken, such as [structure, handoffs]")
        said = [name for name in ("becomes", "take", "set") if getattr(self, name)]
        if len(said) != 1:
            found = " and ".join(said) or "none of them"
            raise ValueError(
                "says what changes by exactly one of becomes (an operating model), take with from (parts of "
                f"one) or set (values by path); found {found}"
            )
        if self.take and self.taken_from is None:
            raise ValueError("from::is missing: the key of the operating model that the parts are taken from")
        return self

    @property
    def taken_from(self) -> str | None:
        """Key of the operating model that parts are taken from."""
        return getattr(self, "from")

    @property
    def other(self) -> str | None:
        """Key of the operating model that the change looks at, if it does."""
        return self.becomes or self.taken_from

    @property
    def aim(self) -> tuple[object, ...]:
        """What it changes to: waves have one aim."""
        return self.becomes, self.taken_from, frozenset(self.take), dict(self.set)

    @property
    def training_share(self) -> float:
        """Share of their time that people train, for ``training_weeks``."""
        return self.training_hours_per_week / HOURS_PER_WEEK if self.training_weeks else 0.0

    @property
    def lasts_weeks(self) -> float:
        """Weeks from its date until all that it brings holds."""
        return max(self.over_weeks if self.set else 0.0, self.double_running_weeks)


@dataclass(frozen=True, slots=True)
class Phase:
    """What holds for each product from a date on.

    Attributes
    ----------
    change
        What brought it; none for the first, which is the operating model as it stands.
    number
        Position of the change in the timeline as it is written, which addresses the draw of its date; -1 for
        the first phase.
    after
        Weeks after the date of the change: above 0 where double running ends, or values go a step further.
    is_first
        Whether it is the first that its change brings: then what the change costs comes with it.
    specs
        The operating model by product, without timelines. Products that are alike share one object, and so do
        phases. At any time there are two at most.
    """

    change: Change | None
    number: int
    after: float
    is_first: bool
    specs: tuple[OperatingModel, ...]

    @property
    def at(self) -> AnyDistribution:
        """The week of the change; the phase begins ``after`` weeks later."""
        return Fixed(value=0.0) if self.change is None else self.change.at_week

    @property
    def date(self) -> str:
        """When it begins, in words: 'week 104', or 'the week that is drawn (uniform, 90 to 120)'."""
        if isinstance(self.at, Fixed):
            return f"week {self.at.value + self.after:g}"
        more = f" and {counted(self.after, 'week')}" if self.after else ""
        return f"the week that is drawn ({distribution_in_words(self.at)}){more}"


def phases(scenario: Scenario, model: str) -> tuple[Phase, ...]:
    """Return what holds for each product of an operating model from which date on, in order.

    A change to equal values is no phase at all.
    """
    own = scenario.operating_models[model]
    products = [product.name for product in scenario.situation.products]
    if not own.timeline:
        return (Phase(None, -1, 0.0, True, (own,) * len(products)),)
    now: list[OperatingModel] = [own.model_copy(update={"timeline": ()})] * len(products)
    found = [Phase(None, -1, 0.0, True, tuple(now))]
    left = set(products)
    for number, change in _in_order(own.timeline):
        concerned = left & set(change.products or left)
        old = next(spec for spec, product in zip(now, products, strict=True) if product in concerned)
        is_first = True
        for after, done in _steps(change):
            new = _after(scenario, old, change, after, done)
            new = next((spec for spec in now if spec == new), new)
            now = [new if product in concerned else spec for spec, product in zip(now, products, strict=True)]
            if now != list(found[-1].specs):
                found.append(Phase(change, number, after, is_first, tuple(now)))
                is_first = False
        left = left - concerned or set(products)
    return tuple(found)


def with_model(scenario: Scenario, model: str, spec: OperatingModel) -> Scenario:
    """Return a scenario in which an operating model is another one, unchecked: what holds in some phase."""
    models = MappingProxyType({**scenario.operating_models, model: spec})
    return scenario.model_copy(update={"operating_models": models})


def span(change: Change) -> tuple[float, float]:
    """Return the first and the last week that may be the date of a change."""
    match change.at_week:
        case Exponential() | Lognormal() | Gamma():
            return 0.0, math.inf
        case spread:
            import numpy as np

            first, last = spread.quantile(np.array([0.0, 1.0]))
            return float(first), float(last)


def both_hold(old: OperatingModel, new: OperatingModel) -> Any:
    """Return a new governance in whose gates the old approvals hold, too.

    A gate of both has the old layers, then those that are new, and is needed by whoever needed either: one
    after the other unless both ask all at once, with as many yes as the stricter one. A layer of both is as
    the new one describes it.
    """
    before, after = (model.governance.model_dump(mode="json") for model in (old, new))
    known = bodies(before) | bodies(after)
    gates = {gate["before"]: gate for gate in before["gates"]}
    for gate in after["gates"]:
        gates[gate["before"]] = _joined(gates[gate["before"]], gate) if gate["before"] in gates else gate
    joined = {**after, "gates": list(gates.values())}
    describe_once(joined, known)
    return _sharing(new.governance, type(new.governance).model_validate(joined))


def _joined(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    layers = {layer["name"]: layer for layer in (*old["layers"], *new["layers"])}
    orders = {old["order"], new["order"]}
    needed = [old["yes_needed"], new["yes_needed"]]
    return {
        **new,
        "order": "parallel" if orders == {"parallel"} else "sequence",
        "needed_by": _either_needs(old["needed_by"], new["needed_by"]),
        "yes_needed": None if None in needed else max(needed),
        "layers": list(layers.values()),
    }


def _either_needs(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    if old["kind"] != new["kind"]:
        return {"kind": "all"}
    match new["kind"]:
        case "share":
            return {**new, "share": max(old["share"], new["share"])}
        case "effort_above":
            return {**new, "days": min(old["days"], new["days"])}
        case _:
            return new


# --- what is wrong with a timeline -------------------------------------------------------------------


def complaints(scenario: Scenario, model: str) -> Iterator[str]:
    """Yield what is wrong with the timeline of an operating model, as ``path::text`` within it.

    Only the first is shown: the others may follow from it.
    """
    spec = scenario.operating_models[model]
    if not spec.timeline:
        return
    if has_turnover(scenario.situation):
        yield (
            "timeline::cannot be followed where people leave or join (situation.turnover.leaving_per_year "
            "above 0, or situation.timeline sets people): it moves those who are there from the first day "
            "on. Let nobody leave or join, or leave this timeline out"
        )
    named = {
        id(change): f"timeline.{entry_name(dict(change), at)}" for at, change in enumerate(spec.timeline)
    }
    names = list(named.values())
    for name in names:
        if names.count(name) > 1:
            yield f"{name}::stands there twice; give each change a name of its own"
    for change in spec.timeline:
        for complaint in _in_what_it_names(scenario, model, change):
            yield f"{named[id(change)]}.{complaint}"
    in_order = [change for _, change in _in_order(spec.timeline)]
    for earlier, later in pairwise(in_order):
        if complaint := _at_one_time(earlier, later):
            yield f"{named[id(later)]}.at_week::{complaint}"
    for change, complaint in _in_waves(scenario, in_order):
        yield f"{named[id(change)]}.{complaint}"
    yield from _in_phases(scenario, model, named)


def _in_what_it_names(scenario: Scenario, model: str, change: Change) -> Iterator[str]:
    """Yield where a change names what is not there."""
    if change.other is not None:
        field = "becomes" if change.becomes is not None else "from"
        others = [key for key in scenario.models if key != model]
        way_out = f"; there are {', '.join(others)}" if others else "; there is no other one"
        if change.other == model:
            yield f"{field}::is the operating model itself{way_out}"
        elif change.other not in scenario.operating_models:
            yield (
                f"{field}::is {quote(change.other)}, which is no operating model of this scenario{way_out}."
                f"{nearest(change.other, others)}"
            )
        elif scenario.operating_models[change.other].timeline:
            yield (
                f"{field}::is {quote(change.other)}, which has a timeline itself. Name one that has none, or "
                "write its changes here, each with its date"
            )
    parts = [name for name in type(scenario.operating_models[model]).model_fields if name not in LABELS]
    for part in change.take:
        if part not in parts:
            yield (
                f"take::names {quote(part)}, which is no part of an operating model; expected some of "
                f"{', '.join(parts)}.{nearest(part, parts)}"
            )
        elif change.take.count(part) > 1:
            yield f"take::names {quote(part)} twice"
    products = [product.name for product in scenario.situation.products]
    for product in change.products or ():
        if product not in products:
            yield (
                f"products::names {quote(product)}, which is no product; there are {', '.join(products)}."
                f"{nearest(product, products)}"
            )
        elif (change.products or ()).count(product) > 1:
            yield f"products::names {quote(product)} twice"


def _at_one_time(earlier: Change, later: Change) -> str:
    """Return why one change cannot come after another; empty if it can."""
    last = span(earlier)[1]
    until = last + earlier.lasts_weeks
    first = span(later)[0]
    if first > until:
        return ""
    is_drawn = last > span(earlier)[0] or span(later)[1] > first
    said = _said(earlier)
    if math.isinf(last):
        return (
            f"comes after the change{said}, and that week may be any. Draw it between two weeks (uniform or "
            "triangular), or let nothing come after it"
        )
    text = f"may be week {first:g}" if is_drawn else f"is {first:g}"
    if until > last:
        return f"{text}, when the change{said} goes on until week {until:g}; set a date after that week"
    may_be = "may come as late as" if is_drawn else "comes in"
    return f"{text}, and the change{said} {may_be} week {last:g}; set a date after that week"


def _said(change: Change) -> str:
    if change.name is not None:
        return f" of {quote(change.name)}"
    when = distribution_in_words(change.at_week)
    return f" of week {when}" if isinstance(change.at_week, Fixed) else f" of a week that is drawn ({when})"


def _in_waves(scenario: Scenario, in_order: list[Change]) -> Iterator[tuple[Change, str]]:
    """Yield where waves contradict each other or leave a product out, with the change that does."""
    products = [product.name for product in scenario.situation.products]
    waves: list[Change] = []
    changed: dict[str, Change] = {}
    for change in in_order:
        left = [product for product in products if product not in changed]
        if waves and change.aim != waves[0].aim:
            yield (
                change,
                f"at_week::comes while other waves are under way: {', '.join(left)} "
                f"{'has' if len(left) == 1 else 'have'} not changed as the change{_said(waves[0])} says. Let "
                "all products change to one thing first, and set this date after them",
            )
            return
        for product in change.products or ():
            if product in changed:
                yield (
                    change,
                    f"products::names {quote(product)}, which changes with the change"
                    f"{_said(changed[product])} already; take it out of one of the two",
                )
                return
        waves.append(change)
        changed |= dict.fromkeys(change.products or left, change)
        is_last = len(changed) == len(products)
        if len(waves) > 1 and not is_last and change.lasts_weeks:
            field = "double_running_weeks" if change.double_running_weeks else "over_weeks"
            yield (
                change,
                f"{field}::makes three ways of working side by side: this is neither the first nor the last "
                "of some waves. Leave it out here",
            )
        if is_last:
            waves, changed = [], {}
    if waves:
        left = [product for product in products if product not in changed]
        yield (
            waves[-1],
            f"products::leaves {', '.join(left)} as {'it is' if len(left) == 1 else 'they are'} for ever: "
            "name them, too, or add a last wave without products, which takes all that are left",
        )


def _in_phases(scenario: Scenario, model: str, named: dict[int, str]) -> Iterator[str]:
    """Yield where the organisation would be impossible from some date on."""
    try:
        found = phases(scenario, model)
    except _NotAllowed as problem:
        yield f"{named[id(problem.change)]}.{problem}"
        return
    met = {id(spec) for spec in found[0].specs}
    for phase in found[1:]:
        for spec in dict.fromkeys(id(spec) for spec in phase.specs if id(spec) not in met):
            met.add(spec)
            whole = next(one for one in phase.specs if id(one) == spec)
            change = named[id(phase.change)]
            for wrong in impossible(scenario.situation, whole):
                path, _, text = wrong.partition("::")
                since = f"makes the organisation impossible from {phase.date} on: {path} {text}"
                yield f"{_which_sets(phase.change, change, path)}::{since}"
            for wrong in endless_loops(scenario.situation, whole):
                path, _, text = wrong.partition("::")
                yield f"{change}::makes work endless from {phase.date} on: {path} {text}"


def _which_sets(change: Change | None, at: str, path: str) -> str:
    """Return which of the values that a change sets a complaint is about, or the change."""
    assert change is not None
    for written in change.set:
        if _overlap(path, written):
            return f"{at}.set.{written}"
    return at


def _overlap(one: str, other: str) -> bool:
    """Return whether one of two paths leads to the other."""
    one, other = f"{one}.", f"{other}."
    return one.startswith(other) or other.startswith(one)


# --- how one phase follows from another ---------------------------------------------------------------


def _in_order(timeline: tuple[Change, ...]) -> list[tuple[int, Change]]:
    """Return changes with their positions, by date."""
    return sorted(enumerate(timeline), key=lambda entry: span(entry[1])[0])


def _steps(change: Change) -> Iterator[tuple[float, float]]:
    """Yield the weeks after the date at which something holds anew, and what share of the way is gone."""
    over = change.over_weeks if change.set else 0.0
    n_steps = max(math.ceil(over), 1)
    for week in sorted({*map(float, range(n_steps)), change.double_running_weeks}):
        yield week, min((math.floor(week) + 1) / over, 1.0) if over else 1.0


def works_alike(old: OperatingModel, new: OperatingModel) -> bool:
    """Return whether two operating models work alike, whatever they are called."""
    return old is new or old.model_copy(update={label: getattr(new, label) for label in LABELS}) == new


class _NotAllowed(ValueError):
    """A change sets what may not be set: ``path::text``, the path within the change."""

    def __init__(self, change: Change, text: str) -> None:
        super().__init__(text)
        self.change = change


def _after(
    scenario: Scenario, old: OperatingModel, change: Change, after: float, done: float
) -> OperatingModel:
    """Return what an operating model is some weeks after a change, with a share of the way gone.

    Raises
    ------
    _NotAllowed
        If a value may not be set.
    """
    if change.set:
        new = _with_values(old, change, done)
    elif change.becomes is not None:
        new = scenario.operating_models[change.becomes]
    else:
        other = scenario.operating_models[str(change.taken_from)]
        new = old.model_copy(update={part: getattr(other, part) for part in change.take})
    if works_alike(old, new):
        return old
    if after < change.double_running_weeks:
        governance = both_hold(old, new)
        new = new if governance == new.governance else new.model_copy(update={"governance": governance})
    return new


def _with_values(old: OperatingModel, change: Change, done: float) -> OperatingModel:
    """Return an operating model with a share of the way gone to some values."""
    tree = old.model_dump(mode="json")
    for path, value in change.set.items():
        if path.partition(".")[0] in LABELS:
            raise _NotAllowed(change, f"set.{path}::is no part of how work is organised, and stays as it is")
        try:
            _set_in(tree, path, value, done, over_weeks=change.over_weeks)
        except ScenarioError as error:
            raise _NotAllowed(change, f"set.{path}::{error.problems[0].text}") from None
    try:
        new = type(old).model_validate(tree)
    except ValidationError as error:
        problem = problems_of(error, type(old), tree, {}, "")[0]
        written = next((path for path in change.set if _overlap(problem.path, path)), "")
        if not written:
            about = problem.path or "the organisation"
            raise _NotAllowed(change, f"set::makes {about} impossible: {problem.text}") from None
        below = problem.path.removeprefix(written).lstrip(".") if problem.path != written else ""
        text = f"{below} {problem.text}" if below else problem.text
        raise _NotAllowed(change, f"set.{written}::{text}") from None
    return _sharing(old, new)


def _set_in(tree: dict[str, Any], path: str, value: Any, done: float, over_weeks: float) -> None:
    found = value_at(tree, path)
    if over_weeks and found != value:
        if any(isinstance(one, bool) or not isinstance(one, int | float) for one in (found, value)):
            raise ScenarioError.of(
                path, f"cannot move in a straight line from {_shown(found)} to {_shown(value)}: both must be "
                "numbers. Leave over_weeks out",
            )  # fmt: skip
        on_the_way = found + (value - found) * done
        value = round(on_the_way) if isinstance(found, int) else float(on_the_way)
    apply_changes(tree, {path: value}, "", {})


def _shown(value: Any) -> str:
    return "none" if value is None else quote(value)


def _sharing(old: Any, new: Any) -> Any:
    """Return the new spec with the parts of the old one that are equal: what stays is the same object."""
    if old == new:
        return old
    if isinstance(new, Spec) and type(old) is type(new):
        parts = {name: _sharing(getattr(old, name), getattr(new, name)) for name in type(new).model_fields}
        return new.model_copy(update=parts)
    if isinstance(new, tuple) and isinstance(old, tuple) and len(old) == len(new):
        return tuple(_sharing(*pair) for pair in zip(old, new, strict=True))
    return new


def _moves(before: Phase, after: Phase) -> list[tuple[OperatingModel, OperatingModel]]:
    pairs = {(id(old), id(new)): (old, new) for old, new in zip(before.specs, after.specs, strict=True)}
    return [(old, new) for old, new in pairs.values() if old is not new]


def _last_of(phases: tuple[Phase, ...], phase: Phase) -> Phase:
    """Return the last phase that the change of a phase brings."""
    return [one for one in phases if one.change is phase.change][-1]

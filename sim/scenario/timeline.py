"""The world's timeline: values of a situation that change on dates, whatever anybody here does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Discriminator, Field, Tag, ValidationError

from sim.errors import counted, nearest, quote
from sim.scenario.changes import apply_changes, entry_name
from sim.scenario.course import Course, Piece
from sim.scenario.distributions import AnyDistribution, Fixed
from sim.scenario.files.complaints import problems_of
from sim.scenario.spec import DAYS_PER_WEEK, ActsWhen, FrozenMap, Name, Number, Spec, slug, weeks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from sim.scenario.acting import Here
    from sim.scenario.situation import Situation

    type Value = float | AnyDistribution | None

PATHS: dict[str, str] = {
    "demand.arrivals.per_week": "how many requests arise from then on",
    "people.<skill>": "how many people of a skill there are from then on, in each operating model",
    "products.<product>.share": "which product requests are about that arise from then on",
    "demand.classes.<class>.share": "which class requests are in that arise from then on",
    "demand.work.<activity>.effort_days": "the work on requests that arise from then on",
    "need.half_life_weeks": "how fast needs end from then on, also those that have begun",
    "need.value_per_week": "what requests earn that arise from then on; the others earn what they did",
    "ideas.good_share": "how good the ideas are behind requests that arise from then on",
    "ideas.harmful_share": "how many of the ideas do harm behind requests that arise from then on",
    "risks.release_failure_chance": "how likely a request breaks a release that goes out from then on",
    "risks.failure_chance_of_a_release": "how likely a release fails by itself that goes out from then on",
    "demand.coupling.other_products": "what requests touch whose core activity comes up from then on",
    "demand.outside.<delay>.chance": "how many requests wait that come to the delay from then on",
}
"""What may change in the world, and what it is about from then on."""

_IS_BUILT_FOR = {
    "risks": lambda situation: situation.risks.releases_fail,
    "ideas": lambda situation: situation.ideas.good_share < 1 or situation.ideas.harmful_share > 0,
    "demand.coupling": lambda situation: situation.demand.coupling.other_products > 0,
}
"""What cannot come on in mid-run, and whether it is on: an organisation without it is built differently."""

_LISTED = {
    "products.<product>.share": lambda columns: columns.product is not None,
    "demand.classes.<class>.share": lambda columns: columns.item_class is not None,
    "demand.work.<activity>.effort_days": lambda _: True,
}
"""What a list of requests may say itself, and whether it does, by its columns."""


def _in_time(here: Here) -> bool:
    return here.holder.at_week < here.run.horizon_weeks


BEGINS = ActsWhen("it begins before the run ends (at_week below run.horizon_weeks)", _in_time)
ENDS = ActsWhen(
    "it ends before the run does (until_week below run.horizon_weeks)",
    lambda here: here.holder.until_week is None or here.holder.until_week < here.run.horizon_weeks,
    is_about_value=True,
)


def _form(value: Any) -> str:
    if value is None:
        return "none"
    return "distribution" if isinstance(value, Mapping | Spec) else "number"


NewValue = Annotated[
    Annotated[Number, Tag("number")]
    | Annotated[AnyDistribution, Tag("distribution")]
    | Annotated[None, Tag("none")],
    Discriminator(_form),
]
"""What may be set: a number, a distribution, or none."""


class Change(Spec):
    """On a date the world changes: what customers ask for, what it is worth, what can go wrong.

    From the first day of a week (week 0 is the beginning of the run, before everything else on that day) each
    path has its new value; with ``over_weeks`` it goes there in a straight line, and a distribution as much
    of the way in each of its draws. With ``until_week`` everything is then at once as it was before. It is
    the same for every operating model, and the dice stay the same: before the date nothing differs from a
    world without it, and a change to what is there already changes nothing.

    Requests arise when the rate, added up over time, reaches what it would have reached without the change. A
    request has product, class, work, value and idea of the day on which it arises. Needs end at the rate of
    each day, so what is left of a life that has begun is stretched or shortened. Releases fail, requests
    touch other products and wait for somebody outside by the value of the day on which that comes up.

    Where there are more people of a skill, new ones join on that day, as ``joining`` says, each the team that
    has fewest people of the skill, of equals the first. They can do their own skill; in a pool of
    generalists everything. Where there are fewer, those with the highest numbers leave, what they have in
    hand goes back into line as under ``turnover``, and nobody follows.
    """

    name: Name | None = Field(default=None, description="What happens, for people.")
    at_week: Number = weeks(..., "The week at whose beginning the world changes.", least=0)
    until_week: Annotated[Number | None, BEGINS, ENDS] = weeks(
        None, "Week at whose beginning it is as it was before; without it the change lasts."
    )
    over_weeks: Annotated[Number, BEGINS] = weeks(
        0.0, "Weeks over which it changes in a straight line; 0: at once.", least=0
    )
    set: Annotated[FrozenMap[NewValue], BEGINS] = Field(
        min_length=1,
        max_length=500,
        description="New values by path within the situation: " + ", ".join(PATHS) + ".",
        json_schema_extra={"unit": "that of the path", "source": "assumption"},
    )

    @property
    def at(self) -> float:
        """The working day on which it begins."""
        return self.at_week * DAYS_PER_WEEK

    @property
    def reached(self) -> float:
        """The working day on which the new values are there."""
        return (self.at_week + self.over_weeks) * DAYS_PER_WEEK

    @property
    def until(self) -> float | None:
        """The working day on which everything is as it was; none if it stays."""
        return None if self.until_week is None else self.until_week * DAYS_PER_WEEK


# --- what a timeline says of a path ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stage:
    """A value goes from one to another between two days, or at once where they are the same."""

    day: float
    reached: float
    before: Value
    after: Value

    def done(self, days: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what share of the way has been gone on days that are not before its own."""
        import numpy as np

        lasts = self.reached - self.day
        return np.ones_like(days) if lasts <= 0 else np.clip((days - self.day) / lasts, 0.0, 1.0)


def stages(situation: Situation, path: str, value: Value) -> list[Stage]:
    """Return how what is first a value changes over time, in order; what changes nothing is left out."""
    if not situation.timeline:
        return []
    now = value
    found: list[Stage] = []
    for change in sorted(situation.timeline, key=lambda change: change.at_week):
        for written, set_to in change.set.items():
            if known_path(situation, written)[1] != path:
                continue
            new = _as_kind(set_to, now)
            ways = [Stage(change.at, change.reached, now, new)]
            if change.until is not None:
                ways.append(Stage(change.until, change.until, new, now))
            else:
                now = new
            found += [way for way in ways if way.before != way.after]
    return found


def _as_kind(value: Value, like: Value) -> Value:
    """Return a number as the distribution that it stands for, where a distribution is meant."""
    if isinstance(value, float) and isinstance(like, Spec):
        return Fixed(value=value)
    return value


def stages_of(
    situation: Situation, path: str, entries: Sequence[Spec], number: int, field: str, value: Value
) -> list[Stage]:
    """Return how a field of one entry of a list changes over time, as ``stages`` does."""
    if not situation.timeline:
        return []
    names = [entry_name(dict(entry), at) for at, entry in enumerate(entries)]
    if names.index(names[number]) != number:  # the first entry of a name is the one that is meant
        return []
    return stages(situation, f"{path}.{names[number]}.{field}", value)


def course(situation: Situation, path: str) -> Course:
    """Return a number of a situation over time; its path leads into no list."""
    value = value_at(situation, path)
    assert isinstance(value, int | float)
    return course_of(float(value), stages(situation, path, value))


def course_of(value: float, ways: list[Stage]) -> Course:
    """Return a number that begins with a value and goes through some stages."""
    pieces = [Piece(0.0, value)]
    for way in ways:
        before, after, lasts = way.before, way.after, way.reached - way.day
        assert isinstance(before, float | int)
        assert isinstance(after, float | int)
        if lasts > 0:
            pieces.append(Piece(way.day, before, (after - before) / lasts))
        pieces.append(Piece(way.reached, after))
    return Course(pieces)


def sets_any(situation: Situation, pattern: str) -> bool:
    """Return whether some change sets what one of ``PATHS`` stands for."""
    return any(
        known_path(situation, path)[0] == pattern for change in situation.timeline for path in change.set
    )


# --- paths -------------------------------------------------------------------------------------------


def pattern_of(path: str) -> str | None:
    """Return which of ``PATHS`` a path is spelled like; None if the world cannot change there."""
    parts = path.split(".")
    for pattern in PATHS:
        wanted = pattern.split(".")
        if len(wanted) == len(parts) and all(
            want.startswith("<") or want == part for want, part in zip(wanted, parts, strict=True)
        ):
            return pattern
    return None


def known_path(situation: Situation, path: str) -> tuple[str, str]:
    """Return which of ``PATHS`` a path is, and the path in its usual spelling.

    Raises
    ------
    ValueError
        If the world cannot change there.
    """
    pattern = pattern_of(path)
    if pattern is None:
        raise ValueError(
            f"is nothing that may change in the world; that may {', '.join(PATHS)}.{nearest(path, PATHS)}"
        )
    node: Any = situation
    usual: list[str] = []
    for part in path.split("."):
        if isinstance(node, tuple):
            names = [entry_name(dict(entry), number) for number, entry in enumerate(node)]
            if slug(part) not in names:
                raise ValueError(
                    f"names no entry of {'.'.join(usual)}: {quote(part)}; there are "
                    f"{', '.join(names) or 'none'}.{nearest(part, names)}"
                )
            node = node[names.index(slug(part))]
            usual.append(slug(part))
        elif isinstance(node, Mapping):
            names = [slug(name) for name in node]
            if slug(part) not in names:
                raise ValueError(
                    f"names no entry of {'.'.join(usual)}: {quote(part)}; there are "
                    f"{', '.join(node) or 'none'}.{nearest(part, node)}"
                )
            usual.append(list(node)[names.index(slug(part))])
            node = node[usual[-1]]
        elif part not in type(node).model_fields:
            raise ValueError(f"is not there: {'.'.join(usual)} of kind {node.kind} has no {part}")
        else:
            node = getattr(node, part)
            usual.append(part)
    return pattern, ".".join(usual)


def value_at(situation: Situation, path: str) -> Value:
    """Return what a path of a situation is at the beginning."""
    node: Any = situation
    for part in path.split("."):
        if isinstance(node, tuple):
            names = [entry_name(dict(entry), number) for number, entry in enumerate(node)]
            node = node[names.index(part)]
        else:
            node = node[part] if isinstance(node, Mapping) else getattr(node, part)
    if node is None and path.startswith("products."):
        return 1 / len(situation.products)
    return node


# --- what is wrong with a timeline -------------------------------------------------------------------


def complaint(situation: Situation) -> str:
    """Return what is wrong with the timeline of a situation, as ``path::text``; empty if nothing is."""
    return next(_complaints(situation), "")


def _complaints(situation: Situation) -> Iterator[str]:
    by_path: dict[str, list[tuple[Change, str]]] = {}
    for number, change in enumerate(situation.timeline):
        at = f"timeline.{entry_name(dict(change), number)}"
        if change.until_week is not None and change.until_week < change.at_week + change.over_weeks:
            yield (
                f"{at}.until_week::is {change.until_week:g}; it must not be before the change is there, in "
                f"week {change.at_week + change.over_weeks:g} (at_week and over_weeks)"
            )
        elif change.until_week == change.at_week:
            yield f"{at}.until_week::is {change.until_week:g}; it must be after at_week ({change.at_week:g})"
        for path, value in change.set.items():
            try:
                pattern, usual = known_path(situation, path)
            except ValueError as problem:
                yield f"{at}.set.{path}::{problem}"
                return
            if wrong := _wrong_here(situation, pattern, usual, value, change):
                yield f"{at}.set.{path}::{wrong}"
            by_path.setdefault(usual, []).append((change, f"{at}.set.{path}"))
    for changes in by_path.values():
        yield from _at_one_time(changes)
    yield from _impossible_worlds(situation)


def _wrong_here(situation: Situation, pattern: str, path: str, value: Value, change: Change) -> str:
    """Return why a path may not be set to a value in this situation."""
    arrivals = situation.demand.arrivals
    is_listed = _LISTED.get(pattern)
    if arrivals.kind == "trace" and is_listed is not None and is_listed(arrivals.columns):
        return "cannot change: the list of requests says it for each of them"
    is_built_for = _IS_BUILT_FOR.get(path.rpartition(".")[0])
    if is_built_for is not None and not is_built_for(situation):
        return (
            f"cannot come on in mid-run: at first everything about it is off (situation.{path} is "
            f"{value_at(situation, path):g}), and an organisation without it is built differently. Begin "
            "with a value that is nearly off instead"
        )
    if pattern == "people.<skill>":
        return _wrong_number(value, value_at(situation, path), change)
    is_none = value is None or value_at(situation, path) is None
    if is_none and pattern == "need.half_life_weeks" and change.over_weeks:
        return "cannot change in a straight line from or to none; leave over_weeks out"
    return ""


def _wrong_number(value: Value, now: Value, change: Change) -> str:
    """Return why a skill may not have so many people from a date on."""
    if not isinstance(value, float) or not value.is_integer() or value < 0:
        return "is no number of people; give a whole number"
    if now == 0:
        return "cannot change: at first nobody has this skill, so no team could take anybody in"
    if change.over_weeks:
        return "cannot change in a straight line; give a date for each step and leave over_weeks out"
    return ""


def _at_one_time(changes: list[tuple[Change, str]]) -> Iterator[str]:
    """Yield where two changes set one path at one time."""
    in_order = sorted(changes, key=lambda entry: entry[0].at_week)
    for (earlier, _), (later, where) in pairwise(in_order):
        over = earlier.at_week + earlier.over_weeks if earlier.until_week is None else earlier.until_week
        if later is earlier or later.at_week < over or later.at_week == earlier.at_week:
            said = "" if later is earlier else f" of {quote(earlier.name)}" if earlier.name else ""
            until = f"until week {over:g}" if over > earlier.at_week else f"in week {earlier.at_week:g}"
            yield (
                f"{where}::is set twice at one time: the change{said} in week {earlier.at_week:g} sets it "
                f"{until}, and this one in week {later.at_week:g}"
            )


def _impossible_worlds(situation: Situation) -> Iterator[str]:
    """Yield where the world would be impossible from some date on."""
    tree = situation.model_dump(mode="json")
    changes = [
        (change, entry_name(dict(change), number), _whole_people(changed["set"]))
        for number, (change, changed) in enumerate(zip(situation.timeline, tree["timeline"], strict=True))
    ]
    plain = {**tree, "timeline": []}
    if any(path.startswith("products.") for change in situation.timeline for path in change.set):
        for product, share in zip(plain["products"], situation.product_shares, strict=True):
            product["share"] = share
    days = {change.reached for change, _, _ in changes} | {change.until for change, _, _ in changes}
    for day in sorted(day for day in days if day is not None):
        world = type(situation).model_validate(plain).model_dump(mode="json")
        latest: tuple[str, str] = ("", "")
        for change, name, values in sorted(changes, key=lambda entry: entry[0].at_week):
            if change.reached <= day and (change.until is None or day < change.until):
                apply_changes(world, values, "", {})
                latest = (name, next(iter(values)))
        try:
            type(situation).model_validate(world)
        except ValidationError as error:
            problem = problems_of(error, type(situation), world, {}, "")[0]
            where = _where_set(changes, day, problem.path) or f"timeline.{'.set.'.join(latest)}"
            text = problem.text
            if not problem.path or not where.endswith(problem.path):
                text = f"makes the world impossible from week {day / DAYS_PER_WEEK:g} on: " + (
                    f"{problem.path} {text}" if problem.path else text
                )
            yield f"{where}::{text}"
            return


def _whole_people(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return new values with numbers of people as whole numbers."""
    return {
        path: int(value) if path.startswith("people.") and isinstance(value, float) else value
        for path, value in values.items()
    }


def _where_set(changes: list[tuple[Change, str, Any]], day: float, path: str) -> str:
    """Return which change set a path last, before or on a day."""
    for change, name, values in sorted(changes, key=lambda entry: -entry[0].at_week):
        for written in values:
            if change.reached <= day and slug(path.replace(".", " ")).startswith(
                slug(written.replace(".", " "))
            ):
                return f"timeline.{name}.set.{written}"
    return ""


def in_words(change: Change) -> str:
    """Return when a change holds: 'In week 60, until week 73'."""
    text = f"From week {change.at_week:g}"
    if change.over_weeks:
        text += f", over {counted(change.over_weeks, 'week')}"
    return text if change.until_week is None else f"{text}, until week {change.until_week:g}"

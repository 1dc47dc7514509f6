"""What else moved when something was changed in an organisation: at most two things, surely and by enough.

The same requests and the same luck with and without the change, so every number is a difference replication
by replication. Only what is clear with all measures of all organisations together is said, and only what
matters; if that is nothing, nothing is said. Two things stand side by side with *and*. *So* is said of one
pair only: where fewer requests (or more) end at a no, and the work of the teams moves as the number of those
that are left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sim.findings.wording import PLAIN, Style, ends_text, number, with_unit
from sim.measures.metrics import METRICS
from sim.measures.statistics import mean_interval, paired_difference
from sim.studies.fingerprint import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sim.measures.statistics import Interval
    from sim.scenario.scenario import Scenario
    from sim.studies.contenders import Contender
    from sim.studies.study import Study

MOST_SAID = 2
"""Things that are said of one organisation."""

FEWEST_RUNS = 4
"""Replications with and without the change, below which nothing is sure enough to be said (assumption)."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A measure that surely moved, by enough to matter.

    Attributes
    ----------
    before, after
        Its mean without and with the change.
    change
        The paired difference, with all measures of all organisations together at 95 %; of a relative change
        in shares of the value before.
    size
        The change over the least that matters.
    """

    measure: str
    before: float
    after: float
    change: Interval
    size: float


@dataclass(frozen=True, slots=True)
class _About:
    """The organisation that is spoken of: are ideas tested, does it keep up, is all of its work required."""

    is_tested: bool
    keeps_up: bool
    is_required: bool


@dataclass(frozen=True, slots=True)
class _Side:
    """A measure that may move along: the least change that matters, and how it is said (assumptions).

    ``least`` is in the measure's unit, or a share of the value before where the change is ``relative``.
    """

    measure: str
    least: float
    is_relative: bool
    words: Callable[[Moved, _About], str]


def _instead(what: str) -> Callable[[Moved, _About], str]:
    """Say a share: '5 % of requests are refused instead of 10 %'."""

    def words(moved: Moved, about: _About) -> str:
        before, after = (
            with_unit(value, METRICS[moved.measure].unit) for value in (moved.before, moved.after)
        )
        return f"{what.format(after)} instead of {before} ({_points(moved.change)})"

    return words


def _points(change: Interval) -> str:
    size = f"{number(abs(change.estimate), 'share')} points {'more' if change.estimate > 0 else 'fewer'}"
    return ", ".join(filter(None, (size, _ends(change))))


def _per_cent(moved: Moved, more: str, less: str) -> str:
    """Say a relative change: '11 % more (95 % interval 9.8 to 12)'."""
    change = moved.change
    ends = f" ({found})" if (found := _ends(change)) else ""
    return f"{number(abs(change.estimate), 'share')} % {more if change.estimate > 0 else less}{ends}"


def _ends(change: Interval) -> str:
    return "" if change.low == change.high else f"95 % interval {ends_text(change.low, change.high, 'share')}"


def _refusals(moved: Moved, about: _About) -> str:
    no = "dropped or refused" if about.is_tested else "refused"
    if moved.after == 0.0:
        return f"nothing is {no} any more (before: {with_unit(moved.before, 'share')} of requests)"
    if moved.before == 0.0:
        return f"{with_unit(moved.after, 'share')} of requests are {no} (before: none)"
    return _instead(f"{{}} of requests are {no}")(moved, about)


def _work(moved: Moved, about: _About) -> str:
    verb, end = ("have", " to do") if about.keeps_up else ("work", "")
    if not about.is_required:
        end += " that is required" if about.keeps_up else " on what is required"
    return f"teams {verb} {_per_cent(moved, f'more{end}', f'less{end}')}"


def _finished(moved: Moved, about: _About) -> str:
    more, less = (f"{word} requests are finished a week" for word in ("more", "fewer"))
    return _per_cent(moved, more, less)


def _value(moved: Moved, about: _About) -> str:
    return f"what is delivered earns {_per_cent(moved, 'more', 'less')}"


def _incidents(moved: Moved, about: _About) -> str:
    return f"there are {_per_cent(moved, 'more incidents', 'fewer incidents')}"


_REFUSED, _WORK, _FINISHED = "stopped_share", "people_busy", "throughput"

_SIDES = (
    _Side(_REFUSED, 0.01, False, _refusals),
    _Side("expired_share", 0.01, False, _instead("{} of requests are given up because their need has ended")),
    _Side(_WORK, 0.02, True, _work),
    _Side(_FINISHED, 0.02, True, _finished),
    _Side("rework_share", 0.01, False, _instead("{} of the work is done again")),
    _Side("incidents", 0.10, True, _incidents),
    _Side("missed_goal", 0.01, False, _instead("{} of what is delivered misses the goal")),
    _Side("missed_need", 0.01, False, _instead("{} of what is delivered misses the need")),
    _Side("value_per_week", 0.05, True, _value),
)

_OF_DELIVERED = ("rework_share", "missed_goal", "missed_need")
"""Shares of what is delivered: where not everything is, they tell of the first requests only."""


def side_effects(before: Study, after: Study, *, style: Style = PLAIN) -> list[str]:
    """Return what a change did besides what was asked for, a sentence for each organisation it concerns.

    Parameters
    ----------
    before, after
        The organisations without and with the change. Those with the same key are compared, over the
        replications that both studies have; nothing is said unless both met the same luck in the same weeks.
    """
    pairs = list(_pairs(before, after))
    level = 1.0 - 0.05 / max(len(pairs) * len(_SIDES), 1)
    is_required = not any(study.scenario.situation.demand.has_optional for study in (before, after))
    sentences = []
    for key, replications in pairs:
        keeps_up = not before.is_growing(key) and not after.is_growing(key)
        moved = _moved(before, after, key, replications, level)
        if not keeps_up:
            moved = {name: one for name, one in moved.items() if name not in _OF_DELIVERED}
        if said := _said(moved, _About(_is_tested(before, after, key), keeps_up, is_required)):
            name = style.name(after.label(key))
            sentences.append(f"In {name} {said}.")
    return sentences


def changed_of(before: Iterable[Contender], after: Iterable[Contender]) -> tuple[Contender, ...]:
    """Return those of before that were changed and can be compared with what they are after it."""
    later = {contender.key: contender for contender in after}
    return tuple(
        contender
        for contender in before
        if (other := later.get(contender.key)) is not None
        and _is_same_luck(contender.scenario, other.scenario)
        and fingerprint(contender.scenario, contender.model) != fingerprint(other.scenario, other.model)
    )


def _pairs(before: Study, after: Study) -> Iterator[tuple[str, list[int]]]:
    """Yield the organisations that changed, with the replications that can be compared."""
    for contender in changed_of(before.contenders, after.contenders):
        known = before.outcomes[contender.key]
        replications = [number for number in after.replications if number in known]
        if len(replications) >= FEWEST_RUNS:
            yield contender.key, replications


def _is_same_luck(one: Scenario, other: Scenario) -> bool:
    """Return whether two scenarios are simulated for the same weeks, with the same luck."""
    return one.run.model_dump(exclude={"replications"}) == other.run.model_dump(exclude={"replications"})


def _is_tested(before: Study, after: Study, key: str) -> bool:
    """Return whether ideas are tested in one of the two: what is dropped then counts as refused."""
    return any(
        contender.scenario.operating_models[contender.model].discovery is not None
        for contender in (before.contender(key), after.contender(key))
    )


def _moved(
    before: Study, after: Study, key: str, replications: Sequence[int], level: float
) -> dict[str, Moved]:
    found = {}
    for side in _SIDES:
        if side.measure == _WORK and not _are_as_many(before, after, key):
            continue  # how busy people are does not say how much they work
        values = [
            [study.outcomes[key][number].measures[side.measure] for number in replications]
            for study in (before, after)
        ]
        change = paired_difference(values[0], values[1], level)
        first, second = map(mean_interval, values)
        if not math.isfinite(change.estimate) or (side.is_relative and not first.estimate > 0):
            continue
        scale = 1.0 / first.estimate if side.is_relative else 1.0
        ends = {name: getattr(change, name) * scale for name in ("estimate", "low", "high")}
        change = replace(change, **ends)
        size = abs(change.estimate) / side.least
        if change.excludes_zero and size >= 1.0:
            found[side.measure] = Moved(side.measure, first.estimate, second.estimate, change, size)
    return found


def _are_as_many(before: Study, after: Study, key: str) -> bool:
    """Return whether there are the same people as often with and without the change."""
    one, other = (study.contender(key).scenario.situation for study in (before, after))
    return one.people == other.people and one.absence == other.absence


def _said(moved: dict[str, Moved], about: _About) -> str:
    """Return the largest changes in words, in the order in which they come about."""
    told = set(moved)
    if _FINISHED in told and told & {_REFUSED, _WORK}:
        told.remove(_FINISHED)  # what is let through, or worked on, is what is finished
    chosen = set(sorted(told, key=lambda name: -moved[name].size)[:MOST_SAID])
    if {_REFUSED, _WORK} <= told and moved[_REFUSED].change.estimate * moved[_WORK].change.estimate < 0.0:
        chosen = {_REFUSED, _WORK}
    is_forced = chosen == {_REFUSED, _WORK} and _follows(moved[_REFUSED], moved[_WORK])
    parts = [side.words(moved[side.measure], about) for side in _SIDES if side.measure in chosen]
    return (", so " if is_forced else ", and ").join(parts)


def _follows(refused: Moved, work: Moved) -> bool:
    """Return whether the work moved as the number of requests that are not refused did."""
    left = (1.0 - refused.after) / (1.0 - refused.before) - 1.0 if refused.before < 1.0 else math.nan
    low, high = work.change.ends
    return low <= left <= high

"""The order of activities: which come after which, which run side by side, and what is done again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from sim.errors import nearest, quote
from sim.scenario.spec import ActsWhen, Name, Number, Spec, quantity, share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.scenario.situation import Activity, Demand

GOES_BACK = ActsWhen("some requests go back (chance above 0)", lambda here: here.holder.chance > 0)


class GoBack(Spec):
    """A chance that a request goes back to an earlier activity, once this one is done.

    Then that activity and all that follow it up to this one are done again, each with a share of its work,
    and booked as rework; gates and waits outside that it has passed are not passed again. After that it may
    go back again: with a chance p it does so p / (1 - p) times on average. One number decides each time, the
    same in every operating model.
    """

    to: Name = Field(description="The activity it goes back to: one that comes before.")
    chance: Number = quantity(
        0.1, "share 0-1", "Chance that a request goes back, each time that it has been here.", ge=0, le=0.95
    )
    work_share: Annotated[Number, GOES_BACK] = share(0.5, "Share of their work that is done again.")


def ancestors(work: Sequence[Activity]) -> list[frozenset[int]]:
    """Return by activity all those that must be done before it."""
    names = [step.activity for step in work]
    found: list[frozenset[int]] = []
    for at, step in enumerate(work):
        direct = [at - 1] if step.after is None and at else [names.index(name) for name in step.after or ()]
        found.append(frozenset(direct).union(*(found[number] for number in direct)))
    return found


def sections(work: Sequence[Activity]) -> list[range]:
    """Return the stretches of the list whose activities are not all one after another."""
    if all(step.after is None for step in work):
        return []
    earlier, n = ancestors(work), len(work)
    is_alone = [
        len(earlier[at]) == at and all(at in earlier[later] for later in range(at + 1, n)) for at in range(n)
    ]
    found = []
    first: int | None = None
    for at in range(n + 1):
        if at < n and not is_alone[at]:
            first = at if first is None else first
        elif first is not None:
            found.append(range(first, at))
            first = None
    return found


def redone(work: Sequence[Activity], activity: int) -> list[int]:
    """Return the activities that are done again when a request goes back from one."""
    back = work[activity].goes_back
    if back is None:
        return []
    earlier = ancestors(work)
    to = [step.activity for step in work].index(back.to)
    return [at for at in range(to, activity + 1) if at == to or to in earlier[at]
            if at == activity or at in earlier[activity]]  # fmt: skip


def work_again(work: Sequence[Activity]) -> list[float]:
    """Return by activity how much of its work is done again on average, by requests that need all activities.

    A request comes to the end of an activity once, and once more for each time that it goes back over it, so
    the mean numbers of visits are linear in each other.
    """
    n = len(work)
    if all(step.goes_back is None for step in work):
        return [0.0] * n
    chances = np.array([0.0 if step.goes_back is None else step.goes_back.chance for step in work])
    shares = np.array([0.0 if step.goes_back is None else step.goes_back.work_share for step in work])
    over = np.zeros((n, n))  # over[a, g]: going back from g does a again
    for goer in range(n):
        over[redone(work, goer), goer] = 1.0
    visits = np.linalg.solve(np.eye(n) - over * chances, np.ones(n))
    return (over @ (visits * chances * shares)).tolist()


def wrong_order(demand: Demand) -> Iterator[str]:
    """Yield what is wrong with the order of the activities, as ``path::text``."""
    work = demand.work
    names = [step.activity for step in work]
    for at, step in enumerate(work):
        for name in step.after or ():
            if name not in names[:at]:
                earlier = ", ".join(names[:at]) or "none"
                yield (
                    f"work.{step.activity}.after::names {quote(name)}, which is not listed before it; before "
                    f"it come: {earlier}.{nearest(name, names[:at])}"
                )
                return
    earlier = ancestors(work)
    beside = {at for section in sections(work) for at in section}
    for at, step in enumerate(work):
        where = f"work.{step.activity}"
        back = step.goes_back
        known = [names[number] for number in sorted(earlier[at])]
        if back is not None and back.to not in known:
            yield (
                f"{where}.goes_back.to::is {quote(back.to)}, which need not be done before it; expected one "
                f"of {', '.join(known) or 'none'}.{nearest(back.to, known)}"
            )
        if at in beside and (wrong := _too_much_beside_others(demand, at)):
            yield f"{where}::is done beside others, and {wrong}, which is not supported there"


def _too_much_beside_others(demand: Demand, at: int) -> str:
    """Return what an activity that others run beside may not have; empty if nothing."""
    step, work = demand.work[at], demand.work
    if step.question_chance:
        return "has questions (question_chance)"
    if step.defect_chance or step.checks or any(step.activity in other.checks for other in work):
        return "makes defects, or checks, or is checked (defect_chance, checks)"
    if step.ends:
        return "requests may end at it (ends)"
    if step.goes_back is not None:
        return "requests may go back from it (goes_back)"
    if any(delay.before == step.activity for delay in demand.outside):
        return "a delay outside comes before it (outside)"
    if demand.coupling.other_products and demand.core_activity == at:
        return "is the core activity of requests that touch other products (core, coupling)"
    if any(row.ends_after == step.activity for row in demand.drawn_together.rows):
        return "rows end at it (drawn_together)"
    return ""

"""Which request in a line is taken first.

Class priority comes first under every rule, and order of joining the line breaks ties.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sim.scenario.spec import ActsWhen

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.scenario.acting import Here
    from sim.world.work_item import WorkItem

Selection = Literal["fifo", "value", "cost_of_delay", "shortest", "due_date", "belief"]

_RULES: dict[str, Callable[[WorkItem], float]] = {
    # first come, first served: order of joining the line decides
    "fifo": lambda item: 0.0,
    # the most valuable first
    "value": lambda item: -item.value_per_week,
    # cost of delay divided by duration (CD3, Reinertsen 2009): value per week over the work left
    "cost_of_delay": lambda item: -item.value_per_week / max(item.work_left, 1e-9),
    # the least work left first
    "shortest": lambda item: item.work_left,
    # the earliest due date first; requests without one come last
    "due_date": lambda item: item.deadline,
    # the most value expected from what is known about the product's ideas (Laplace's rule of succession)
    "belief": lambda item: -item.value_per_week * item.belief,
}


def _deadlines_differ(here: Here) -> bool:
    return any(service.deadline_weeks is not None for service in here.situation.demand.classes)


def _values_differ(here: Here) -> bool:
    others_stand_in_line = here.situation.demand.coupling.other_products > 0 and (
        here.model.dependencies.turn == "in_line"
    )  # what is done for another team has no value of its own
    own_differ = here.situation.need.value_per_week.variation > 0
    return own_differ or here.situation.may_change("need.value_per_week") or others_stand_in_line


def _beliefs_differ(here: Here) -> bool:
    return here.model.learning.is_on(here.situation.ideas)


DEADLINES = ActsWhen(
    "some class has a deadline (deadline_weeks)",
    lambda here: here.value != "due_date" or _deadlines_differ(here),
    is_about_value=True,
)
VALUES = ActsWhen(
    "requests differ in value (need.value_per_week is not fixed, or changes on a date)",
    lambda here: here.value != "value" or _values_differ(here),
    is_about_value=True,
)
BELIEFS = ActsWhen(
    "requests differ in value (need.value_per_week is not fixed, or changes on a date), or outcomes become "
    "known (ideas that are not all good, or learning)",
    lambda here: here.value != "belief" or _values_differ(here) or _beliefs_differ(here),
    is_about_value=True,
)
RANKS = (DEADLINES, VALUES, BELIEFS)
"""What tells requests apart, by the rules that need it; without it a rule is *fifo* by another name."""


def selection_rule(name: Selection) -> Callable[[WorkItem], float]:
    """Return the rule: a request's rank in the line, lowest first."""
    return _RULES[name]

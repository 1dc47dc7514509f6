"""Dependencies: what an organisation does about work that touches other teams' products (claims C10-C13)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from sim.scenario.spec import ActsWhen, Number, Spec, days, quantity, share, weeks

if TYPE_CHECKING:
    from sim.scenario.acting import Here

Turn = Literal["behind", "in_line", "first"]


def _requests_touch_other_products(here: Here) -> bool:
    return here.situation.demand.coupling.other_products > 0 and len(here.situation.products) > 1


def _teams_own_code(here: Here) -> bool:
    demand = here.situation.demand
    skill = demand.work[demand.core_activity].skill
    return len({here.organisation.owner(skill, product.name) for product in here.situation.products}) > 1


COUPLED = ActsWhen(
    "requests touch other products (demand.coupling.other_products above 0, and several products)",
    _requests_touch_other_products,
)
SEVERAL_OWNERS = ActsWhen("different teams own the code of different products", _teams_own_code)


def _turn(default: Turn) -> Any:
    return Field(
        default=default,
        description="Where another team's request stands in a team's line: behind its own work, in line with "
        "it, or first.",
    )


class IgnoreDependencies(Spec):
    """A request to another team waits behind that team's own work."""

    kind: Literal["ignore"] = "ignore"
    turn: Annotated[Turn, SEVERAL_OWNERS] = _turn("behind")


class ManageDependencies(Spec):
    """Requests to other teams are planned together and go first; planning costs hours for ever.

    A request is committed at the next planning round, on days T, 2T, ..., and then goes before the other
    team's own work. Each pair of teams that can depend on each other costs both of them these hours a week.
    """

    kind: Literal["manage"]
    turn: Annotated[Turn, SEVERAL_OWNERS] = _turn("first")
    planning_every_weeks: Annotated[Number | None, SEVERAL_OWNERS] = weeks(
        None, "Weeks between two planning rounds; without it a request is committed at once."
    )
    hours_per_pair: Annotated[Number, SEVERAL_OWNERS] = quantity(
        1.0, "hours per week", "Coordination that each of the two teams spends on the other.", ge=0, le=40
    )


class RemoveDependencies(Spec):
    """Products are taken apart once; afterwards fewer requests touch other products.

    From day 0 each team that owns code works off its redesign before anything else. When the last team is
    done, coupling is what is left of it.
    """

    kind: Literal["remove"]
    turn: Annotated[Turn, SEVERAL_OWNERS] = _turn("in_line")
    redesign_days: Number = days(40.0, "Working days of redesign for each team that owns code.")
    left: Number = share(0.2, "Share of the coupling that is left afterwards.")


Dependencies = Annotated[
    IgnoreDependencies | ManageDependencies | RemoveDependencies, Field(discriminator="kind")
]

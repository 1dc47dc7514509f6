"""Funding: when a request gets the money to start, alone or in a project (claims C22, C35, C36)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sim.scenario.policies.approval import fewer_than_arise
from sim.scenario.policies.selection import RANKS, Selection
from sim.scenario.spec import DAYS_PER_WEEK, ActsWhen, Count, Number, Spec, days, quantity, weeks

if TYPE_CHECKING:
    from sim.scenario.acting import Here


def _most_projects(here: Here) -> int:
    projects = here.model.portfolio.projects
    return here.organisation.most_requests // (1 if projects is None else projects.items)


def _how_many(here: Here) -> str:
    projects = here.model.portfolio.projects
    if projects is None:
        return f"at most {_most_projects(here):,} requests arise in the run"
    return f"at most {_most_projects(here):,} projects of {projects.items} requests come together in the run"


BINDS = ActsWhen(
    "more can be in progress than that",
    lambda here: here.value is None or here.value < _most_projects(here),
    _how_many,
    is_about_value=True,
)


class Continuous(Spec):
    """Teams are funded; a request waits for nothing."""

    kind: Literal["continuous"] = "continuous"


class Rounds(Spec):
    """Requests wait for the next funding round, on days T, 2T, ...

    In a round each is accepted with a chance, and of the accepted the budget funds the first by rank; the
    others wait for the next round. Requests not above the free pool's limit are funded at once. Without a
    budget limit the mean wait is T/2 + T (1 - a) / a.
    """

    kind: Literal["rounds"]
    every_weeks: Number = weeks(
        13.0,
        "Weeks between two funding rounds.",
        source="docs/parameters.md: quarterly or annual",
        typical="13 or 52",
    )
    acceptance: Number = quantity(
        1.0, "chance", "Chance that a request is accepted in a round.",
        ge=0.01, le=1, source="docs/parameters.md: 50 % of business cases accepted",
    )  # fmt: skip
    budget_items: Annotated[Count | None, fewer_than_arise("more can wait for a round")] = quantity(
        None, "items", "Requests a round can fund; without it all that are accepted.", ge=1, le=100_000
    )
    rank_by: Annotated[Selection, *RANKS] = Field(
        default="fifo", description="Who comes first when the budget does not reach."
    )
    free_pool_below_days: Number | None = days(
        None, "Requests with at most this whole effort need no round; without it there is no free pool."
    )

    @property
    def every_days(self) -> float:
        """Working days between two rounds."""
        return self.every_weeks * DAYS_PER_WEEK


Funding = Annotated[Continuous | Rounds, Field(discriminator="kind")]


class Projects(Spec):
    """Funded requests of a product are bundled; a project forms its team, then its requests flow.

    A request waits until as many of its product are funded, then the forming weeks. With
    ``release_together`` its requests wait for each other before release. When the last one is live or
    refused the project ends, and what the teams had learnt about the product starts anew.
    """

    items: Count = quantity(8, "items", "Requests in one project.", ge=1, le=10_000)
    forming_weeks: Number = weeks(0.0, "Weeks in which a project finds its people.", least=0)
    release_together: bool = Field(
        default=False, description="Whether a project's requests go live together."
    )


class Portfolio(Spec):
    """What is in progress at once across the organisation, and in what bundles."""

    projects: Projects | None = Field(
        default=None, description="How requests are bundled into projects; without it they flow alone."
    )
    limit: Annotated[Count | None, BINDS] = quantity(
        None, "items", "Projects (without projects: requests) in progress at most, first come first served "
        "within priority; without it there is no limit.", ge=1, le=100_000,
    )  # fmt: skip

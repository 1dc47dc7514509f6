"""Team topology: who works with whom, and which team does what for which product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from sim.errors import counted
from sim.scenario.absence import ANYBODY_AWAY, PASSED_ON
from sim.scenario.policies.limit_review import LimitReview
from sim.scenario.policies.multitasking import SwitchingLoss, productive_share
from sim.scenario.policies.ranks import Reprioritise
from sim.scenario.policies.selection import RANKS, Selection
from sim.scenario.policies.swarming import TWO_WHO_CAN, Swarming
from sim.scenario.spec import (
    HOURS_PER_WEEK,
    ActsWhen,
    Count,
    FrozenMap,
    Name,
    Number,
    Spec,
    days,
    quantity,
    share,
    weeks,
)

if TYPE_CHECKING:
    from sim.scenario.acting import Here


def _teams_are_mixed(here: Here) -> bool:
    return any(len({person.main_skill for person in plan.people}) > 1 for plan in here.organisation.teams)


def _somebody_is_versatile(here: Here) -> bool:
    is_pool = isinstance(here.model.structure.teams, Generalist)
    people = (person for plan in here.organisation.teams for person in plan.people)
    return not is_pool and any(len(person.factors) > 1 for person in people)


def _some_team_has_no_limit_of_its_own(here: Here) -> bool:
    teams = here.model.structure.teams
    return not isinstance(teams, Listed) or any(team.wip_limit_items is None for team in teams.teams)


def _some_team_is_limited(here: Here) -> bool:
    return any(plan.wip_limit is not None for plan in here.organisation.teams)


MIXED = ActsWhen(
    "some team has people of several skills (structure.teams of kind by_product or listed)", _teams_are_mixed
)
LARGE_ENOUGH = ActsWhen(
    "the share makes at least one person of a team",
    lambda here: here.value == 0 or _somebody_is_versatile(here),
    is_about_value=True,
)
VERSATILE = ActsWhen(
    "somebody is cross-skilled (structure.cross_skilled_share above 0, in teams of several skills)",
    _somebody_is_versatile,
)
LIMITED_TEAMS = ActsWhen("some team has a WIP limit", _some_team_is_limited)
UNLIMITED_TEAMS = ActsWhen(
    "not every team is listed with a limit of its own", _some_team_has_no_limit_of_its_own
)
SEVERAL_OPEN = ActsWhen(
    "people have several items open (structure.items_per_person above 1)",
    lambda here: here.model.structure.items_per_person > 1 or productive_share(here.value, 1) < 1,
    is_about_value=True,
)


IN_ITERATIONS = ActsWhen(
    "teams work in iterations (structure.iteration_weeks)",
    lambda here: here.model.structure.iteration_weeks is not None,
)


class BySkill(Spec):
    """One functional team per skill; each serves all products."""

    kind: Literal["by_skill"] = "by_skill"


class ByProduct(Spec):
    """People of every skill dealt to product teams as evenly as possible.

    A skill with fewer people than there are products becomes a shared specialist team.
    """

    kind: Literal["by_product"]


class Generalist(Spec):
    """One pool in which anyone does anything, each activity at the cost of a penalty."""

    kind: Literal["generalist"]
    penalty: Number = quantity(
        0.0, "share of effort", "What it costs that nobody is a specialist: effort times (1 + penalty).",
        ge=0, le=10, typical="0.14 is the break-even of claim C53 at load 0.85",
    )  # fmt: skip


class ListedTeam(Spec):
    """One team written out."""

    name: Name = Field(description="What the team is called.")
    type: Literal["functional", "stream_aligned", "platform", "enabling", "complicated_subsystem"] = Field(
        default="stream_aligned", description="Team type, in the manner of Team Topologies."
    )
    products: tuple[Name, ...] | None = Field(
        default=None, description="The products it serves; without it all."
    )
    people: FrozenMap[Count] = Field(
        min_length=1,
        description="People by main skill.",
        json_schema_extra={"unit": "people", "source": "assumption"},
    )
    wip_limit_items: Count | None = quantity(
        None, "items", "Started items in this team; without it the structure's limit holds.", ge=1, le=100_000
    )
    hours_per_week: Number = quantity(
        HOURS_PER_WEEK, "hours per week", "Hours that somebody in this team works a week; who works part of "
        "the week, so much of it.", gt=0, le=80, plausible=(35, 40),
    )  # fmt: skip


class Listed(Spec):
    """Every team written out; the first listed team with the skill serves a product."""

    kind: Literal["listed"]
    teams: Annotated[tuple[ListedTeam, ...], Field(min_length=1, max_length=5000)]

    @model_validator(mode="after")
    def _named_apart(self) -> Listed:
        names = [team.name for team in self.teams]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two teams are called '{name}'; names must differ")
        for team in self.teams:
            if sum(team.people.values()) < 1 or min(team.people.values()) < 0:
                raise ValueError(
                    f"teams.{team.name}.people is {dict(team.people)}; a team needs at least 1 person. "
                    "Remove the team or give it people"
                )
        return self


Topology = Annotated[BySkill | ByProduct | Generalist | Listed, Field(discriminator="kind")]


GoesOn = Literal["own_work_first", "always"]
"""What people do who can do more than their own skill, between one piece of work and the next.

*Own work first.* After an activity somebody goes on with the same item if its next activity is of their own
skill. Otherwise they go on only if nothing of their own skill waits in the team that they could take, and
nobody whose own skill it is is free; else the item goes into the team's line and they are free. A free person
takes what has the highest class priority; within one priority their own skill first, then of the other skills
that they can do the one whose first in line joined the line earliest; within a skill by the selection rule.
Going on is decided at the end of an instant, when everything of it is in line and before any of it is taken.

*Always.* Somebody goes on with the same item whenever they can, even while a specialist is free or their own
work waits; a free person takes the first in line of all that they can do, by priority and selection rule.

Under both, of several free people those go first whose own skill it is. Whoever can do only their own skill,
and a pool of generalists, whose people own every skill, do the same under both.
"""

Skills = Annotated[tuple[Name, ...], Field(min_length=1, max_length=500)]


class Structure(Spec):
    """Teams, and how people in them take up work.

    Talking with each other takes c x n x n of the time for planned work where n people are there, days off,
    absence and empty positions apart; at most what leaves a twentieth of it.

    With swarming, whoever has nothing in hand and nothing to take joins in what a colleague has in hand.

    With iterations, all of which begin and end on the same days, what is new to a team is taken up when the
    next one begins. What a team has taken up may come back to it at any time; with protected iterations it
    waits for the next one, too, if it was elsewhere meanwhile: at another team, a handoff, a gate. What goes
    on in the team, also after an answer, does not wait; nor do deployments, failed releases and incidents.

    With a review, what has been through its last activity waits for the end of the iteration and is looked
    at before anything else. Of what misses the goal or the need a share is caught. That misses nothing any
    more; the team that owns the product's code does a share of its work on it again, and it is reviewed again
    when that iteration ends. Where nothing is to be done again it goes on at once.
    """

    teams: Topology = BySkill()
    selection: Annotated[Selection, *RANKS] = Field(
        default="fifo", description="Which request a free person takes first."
    )
    cross_skilled_share: Annotated[Number, MIXED, LARGE_ENOUGH] = share(
        0.0,
        "Share of each team whose people can also do other skills of the team: in each skill in proportion, "
        "and whoever can at a smaller share can at a larger one.",
    )
    cross_skills: Annotated[Literal["next", "all"] | FrozenMap[Skills], VERSATILE] = Field(
        default="next",
        description="What cross-skilled people learn, of what somebody in the team can do. next: one skill, "
        "the next needier by work for each head (the neediest learn the least needy, which closes the ring). "
        "all: everything. Or a mapping from a skill to those that its people learn.",
        json_schema_extra={
            "unit": "skills",
            "source": "a closed ring of two skills each comes close to full pooling "
            "(Jordan and Graves, 1995; Hopp, Tekin and Van Oyen, 2004)",
        },
    )
    cross_skill_penalty: Annotated[Number, VERSATILE] = quantity(
        0.0, "share of effort", "Extra effort of a cross-skilled person outside the main skill.",
        ge=0, le=10, source="docs/parameters.md: T-shaped people are about 15 % slower", typical="0.15",
        plausible=(0.1, 1.0),  # a pace of .9 to .5 in the second skill
    )  # fmt: skip
    goes_on: Annotated[GoesOn, VERSATILE] = Field(
        default="own_work_first",
        description="What cross-skilled people do when an item needs another skill next. own_work_first: "
        "leave it while work of their own skill waits, or somebody is free whose own skill it is; and take "
        "their own skill first. always: go on with it, and take whatever is first in line.",
        json_schema_extra={
            "source": "one's own skill first, others where it has nothing to do (Wallace and Whitt, 2004)",
        },
    )
    wip_limit_items: Annotated[Count | None, UNLIMITED_TEAMS] = quantity(
        None, "items", "Started items at most in each team; without it work is pushed.", ge=1, le=100_000
    )
    limit_review: Annotated[LimitReview | None, LIMITED_TEAMS] = Field(
        default=None,
        description="How leaders move the limits by what they see; without it, limits stay as they are.",
    )
    swarming: Annotated[Swarming, TWO_WHO_CAN] = Field(
        default=(),
        description="What the second, third ... person on one activity adds to its pace; without entries "
        "people with nothing to take wait.",
        json_schema_extra={
            "unit": "share of a person's pace",
            "source": "assumption: the second .5 to .7, the third .2 to .4; nobody has measured it",
            "typical": "[0.6, 0.3]",
        },
    )
    items_per_person: Count = quantity(
        1, "items", "Items a person keeps open at most, sharing the time equally among them.",
        ge=1, le=1000, source="docs/parameters.md: 3 in the industrial, 1.3 in the product archetype",
    )  # fmt: skip
    switching_loss: Annotated[SwitchingLoss, SEVERAL_OPEN] = Field(
        default="none",
        description="What is lost when several items are open: none, measured, weinberg, or a list with the "
        "productive share at 1, 2, 3 ... open items.",
        json_schema_extra={"unit": "share 0-1", "source": "docs/parameters.md: Tregubov 2017, Weinberg 1992"},
    )
    focus_share: Number = quantity(
        1.0, "share 0-1", "Share of the week that people have for planned work.",
        gt=0, le=1, source="docs/parameters.md: meetings and e-mail take two working days a week",
    )  # fmt: skip
    communication_loss: Number = quantity(
        0.0, "share of time", "Share c of everybody's time that talking with each other takes in a team of n "
        "who are there: c x n x n, of the time for planned work; 0: none.",
        ge=0, le=0.1, source="Madachy (2008) after Abdel-Hamid: .0006", typical="0.0006",
        plausible=(0.0, 0.0006),
    )  # fmt: skip
    reprioritise: Reprioritise | None = Field(
        default=None, description="How the order of a line changes while requests wait; without it, never."
    )
    iteration_weeks: Number | None = weeks(
        None, "A request new to a team is taken up when its next iteration begins; without iterations, "
        "whenever someone is free.",
    )  # fmt: skip
    when_absent: Annotated[Literal["waits", "passed_on"], ANYBODY_AWAY] = Field(
        default="waits",
        description="What becomes of work in the hands of somebody who is away. waits: until they are back. "
        "passed_on: back into the team's line, as a handoff, if somebody else in the team can do it.",
        json_schema_extra={"source": "assumption"},
    )
    pass_on_after_days: Annotated[Number, ANYBODY_AWAY, PASSED_ON] = days(
        5.0, "Working days in absent hands after which work is passed on."
    )
    review_catches_share: Annotated[Number, IN_ITERATIONS] = share(
        0.0, "Share of requests that miss the goal or the need which a review at the end of the iteration "
        "catches; 0: no review, and no wait for it.",
        source="assumption: nothing was measured; inspections find about .6 of defects (Boehm and Basili "
        "2001)", plausible=(0.3, 0.6),
    )  # fmt: skip
    protected_iterations: Annotated[bool, IN_ITERATIONS] = Field(
        default=False,
        description="Whether what comes back to a team during an iteration waits for the next one, like what "
        "is new to it.",
        json_schema_extra={"unit": "yes or no", "source": "assumption"},
    )


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """What a person can do: effort is multiplied by the factor of the skill."""

    main_skill: str
    factors: Mapping[str, float]
    week: float = 1.0
    """Share of a full week for which they work."""


@dataclass(frozen=True, slots=True)
class TeamPlan:
    """A team before anybody starts working."""

    name: str
    type: str
    products: frozenset[str] | None  # None: all of them
    people: tuple[PersonPlan, ...]
    wip_limit: int | None

    def can_do(self, skill: str, product: str) -> bool:
        """Return whether this team serves the product and somebody in it has the skill."""
        serves = self.products is None or product in self.products
        return serves and any(skill in person.factors for person in self.people)


def does_own_work_first(structure: Structure, plan: TeamPlan) -> bool:
    """Return whether somebody in a team has to choose between their own work and other."""
    is_pool = isinstance(structure.teams, Generalist)
    is_asked = structure.goes_on == "own_work_first" and not is_pool
    return is_asked and any(len(person.factors) > 1 for person in plan.people)


def hours_of_team(structure: Structure, number: int) -> float:
    """Return the share of a full week that people in a team work who work all of it."""
    teams = structure.teams
    return teams.teams[number].hours_per_week / HOURS_PER_WEEK if isinstance(teams, Listed) else 1.0


def works_other_hours(structure: Structure) -> bool:
    """Return whether some team works more or fewer hours than a full week."""
    teams = structure.teams
    return isinstance(teams, Listed) and any(
        hours_of_team(structure, number) != 1.0 for number in range(len(teams.teams))
    )


def plan_teams(
    structure: Structure,
    people: Mapping[str, int],
    products: tuple[str, ...],
    ring: tuple[str, ...] = (),
) -> tuple[list[TeamPlan], list[str]]:
    """Return the teams, and notes on what a reader would not expect (remainders, idle people).

    People without a team in a listed topology stay idle, and a note says so.

    Parameters
    ----------
    people
        By skill, in an order that depends on nobody's spelling (``Situation.people_in_order``): remainders
        are dealt and people numbered in it.
    ring
        The skills that work needs, from the least needy to the neediest (``Situation.skill_ring``).
    """
    notes: list[str] = []

    def team(
        name: str,
        kind: str,
        serves: frozenset[str] | None,
        by_skill: Mapping[str, int],
        limit: int | None = None,
    ) -> TeamPlan:
        limit = structure.wip_limit_items if limit is None else limit
        return TeamPlan(name, kind, serves, _people(structure, by_skill, ring), limit)

    match structure.teams:
        case BySkill():
            plans = [
                team(skill, "functional", None, {skill: number}) for skill, number in people.items() if number
            ]
        case Generalist(penalty=penalty):
            everything = {skill: 1.0 + penalty for skill in people}
            pool = (PersonPlan("anything", everything),) * sum(people.values())
            plans = [TeamPlan("pool", "stream_aligned", None, pool, structure.wip_limit_items)]
        case ByProduct():
            dealt, shared = _deal(people, products, notes)
            plans = [
                team(product, "stream_aligned", frozenset([product]), by_skill)
                for product, by_skill in dealt.items()
                if by_skill
            ]
            plans += [
                team(f"{skill} (shared)", "functional", None, {skill: number})
                for skill, number in shared.items()
            ]
        case Listed(teams=teams):
            plans = [
                team(
                    listed.name,
                    listed.type,
                    None if listed.products is None else frozenset(listed.products),
                    {skill: listed.people[skill] for skill in people if listed.people.get(skill)},
                    listed.wip_limit_items,
                )
                for listed in teams
            ]
            for skill, number in people.items():
                idle = number - sum(listed.people.get(skill, 0) for listed in teams)
                if idle > 0:
                    notes.append(
                        f"{idle} of {counted(number, 'person', 'people')} with skill {skill} are in no "
                        "listed team."
                    )
    return plans, notes


def _deal(
    people: Mapping[str, int], products: tuple[str, ...], notes: list[str]
) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """Deal people to products; the remainder of each skill goes to the products next in turn."""
    dealt: dict[str, dict[str, int]] = {product: {} for product in products}
    shared: dict[str, int] = {}
    turn = 0
    for skill, number in people.items():
        if number == 0:
            continue
        each, over = divmod(number, len(products))
        if each == 0:
            shared[skill] = number
            notes.append(
                f"Only {number} people have skill {skill}, fewer than the "
                f"{counted(len(products), 'product')}: "
                "they form a shared specialist team."
            )
            continue
        lucky = [products[(turn + i) % len(products)] for i in range(over)]
        turn += over
        for product in products:
            dealt[product][skill] = each + (product in lucky)
        if over:
            notes.append(
                f"{counted(number, 'person', 'people')} with skill {skill} do not divide by "
                f"{counted(len(products), 'product')}: "
                f"{', '.join(lucky)} {'gets' if len(lucky) == 1 else 'get'} one more."
            )
    return dealt, shared


def _people(
    structure: Structure, by_skill: Mapping[str, int], ring: tuple[str, ...]
) -> tuple[PersonPlan, ...]:
    learnt = {skill: _learnt(structure, skill, by_skill, ring) for skill in by_skill}
    learners = {skill: number for skill, number in by_skill.items() if learnt[skill]}
    crossed = _seats(learners, int(structure.cross_skilled_share * sum(learners.values()) + 1e-9))
    more = 1.0 + structure.cross_skill_penalty
    return tuple(
        PersonPlan(
            skill,
            {skill: 1.0}
            | (dict.fromkeys(learnt[skill], more) if i >= number - crossed.get(skill, 0) else {}),
        )
        for skill, number in by_skill.items()
        for i in range(number)
    )


def _learnt(
    structure: Structure, skill: str, by_skill: Mapping[str, int], ring: tuple[str, ...]
) -> tuple[str, ...]:
    """Return what cross-skilled people of a skill learn, of what somebody in the team can do."""
    others = tuple(other for other, number in by_skill.items() if number and other != skill)
    match structure.cross_skills:
        case "all":
            return others
        case "next":
            at = (
                ring.index(skill) if skill in ring else -1
            )  # who has a skill that no work needs stands before all
            in_turn = (*ring[at + 1 :], *ring[: max(at, 0)])
            return next(((other,) for other in in_turn if other in others), ())
        case chosen:
            wanted = chosen.get(skill, ())
            return tuple(other for other in others if other in wanted)


def _seats(heads: Mapping[str, int], seats: int) -> dict[str, int]:
    """Deal seats to skills in proportion to their heads by Webster's rule; more seats never take one away.

    Of equal claims the skill that comes first has the first seat. No skill gets more seats than heads.
    """
    claims = sorted(
        ((2 * seat + 1) / number, order, skill)
        for order, (skill, number) in enumerate(heads.items())
        for seat in range(number)
    )
    dealt = dict.fromkeys(heads, 0)
    for _, _, skill in claims[:seats]:
        dealt[skill] += 1
    return dealt

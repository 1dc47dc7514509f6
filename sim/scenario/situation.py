"""The situation: people, products, demand and need.

Everything here is the same for every operating model that is compared. The requests of a
replication are drawn from it by the world.

It is one file, above the usual length, because the parts are checked against each other: skills of the work
against people, checks against earlier activities, what acts against all of them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field, model_validator

from sim.errors import ScenarioError, nearest, quote
from sim.scenario.absence import Absence, DaysOff
from sim.scenario.arrivals import (
    Arrivals,
    Backlog,
    BatchArrivals,
    PoissonArrivals,
    RateArrivals,
    TraceArrivals,
)
from sim.scenario.distributions import AnyDistribution, Distribution, Exponential, Fixed
from sim.scenario.files.logs import Known
from sim.scenario.money import Money
from sim.scenario.open_at_start import RELEASE, OpenAtStart, OpenItem
from sim.scenario.order import GoBack, wrong_order
from sim.scenario.outside import OutsideDelay
from sim.scenario.over_time import is_changing, rate_by_product
from sim.scenario.routing import ClassWork, DrawnTogether, EffortRow, End
from sim.scenario.spec import (
    DAYS_PER_WEEK,
    MOST_PEOPLE,
    ActsWhen,
    Count,
    FrozenMap,
    Name,
    Number,
    Spec,
    name_to_mapping,
    quantity,
    share,
    weeks,
)
from sim.scenario.timeline import Change, complaint, sets_any
from sim.scenario.turnover import Joining, PartTime, Turnover

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sim.scenario.acting import Here


# --- when settings act ------------------------------------------------------------------------------


def _core_matters(here: Here) -> bool:
    demand, risks = here.situation.demand, here.situation.risks
    is_coupled = demand.coupling.other_products > 0 and len(here.situation.products) > 1
    is_run = risks.releases_fail or risks.upkeep_hours_per_month > 0
    can_fail = any(step.defect_chance for step in demand.work)
    return is_coupled or is_run or can_fail or here.model.technology.deploy_hours > 0


def _is_drawn(here: Here) -> bool:
    trace, demand = here.organisation.trace, here.situation.demand
    is_listed = trace is not None and here.holder.activity in trace.efforts
    return not is_listed or (demand.core is None and len(demand.work) > 1 and _core_matters(here))


def _some_effort_is_drawn(here: Here) -> bool:
    trace = here.organisation.trace
    return trace is None or any(step.activity not in trace.efforts for step in here.situation.demand.work)


def _can_leave_defects(here: Here, activities: tuple[str, ...]) -> bool:
    work = here.situation.demand.work
    return here.model.technology.prevention < 1 and any(
        step.defect_chance > 0 for step in work if step.activity in activities
    )


def _looks_back(here: Here, steps: int) -> bool:
    """Return whether a check looks for defects that were made so many steps before it, or earlier."""
    work = here.situation.demand.work
    return any(
        _can_leave_defects(here, (checked.activity,))
        for at, step in enumerate(work)
        for checked in work[: max(at - steps + 1, 0)]
        if checked.activity in step.checks
    )


def _review_catches(here: Here) -> bool:
    structure, demand = here.model.structure, here.situation.demand
    has_review = structure.iteration_weeks is not None and structure.review_catches_share > 0
    is_asked = any(step.question_chance for step in demand.work)
    return has_review and is_asked and here.model.governance.decisions.can_miss


def _somebody_has_one_skill(here: Here) -> bool:
    skills = [step.skill for step in here.situation.demand.work]
    if here.model.discovery is not None:
        skills.append(here.model.discovery.skill)
    people = [person for plan in here.organisation.teams for person in plan.people]
    return any(
        len(person.factors.keys() & skills) == 1 or sum(skill in person.factors for skill in skills) == 1
        for person in people
    )


PRODUCT_DRAWN = ActsWhen(
    "the list of requests does not say which product each is about (arrivals.columns.product)",
    lambda here: here.organisation.trace is None or here.organisation.trace.product is None,
)
CLASS_DRAWN = ActsWhen(
    "the list of requests does not give their classes (arrivals.columns.item_class)",
    lambda here: here.organisation.trace is None or here.organisation.trace.service_class is None,
)
HAS_REQUESTS = ActsWhen(
    "some requests are in the class (share above 0)",
    lambda here: (
        here.holder.share > 0
        or not CLASS_DRAWN.holds(here)
        or here.situation.may_change("demand.classes.<class>.share")
    ),
)
LAUNCHED = ActsWhen("it is launched (launch_week)", lambda here: here.holder.launch_week is not None)
ENDING = ActsWhen("it ends (end_week)", lambda here: here.holder.end_week is not None)
ENDS_IN_THE_RUN = ActsWhen(
    "it ends, or its demand falls, before the run ends (end_week, decline_weeks)",
    lambda here: (
        here.holder.end_week is None
        or here.holder.end_week - here.holder.decline_weeks < here.run.horizon_weeks
    ),
    is_about_value=True,
)
SEVERAL_CLASSES = ActsWhen("there are several classes", lambda here: len(here.situation.demand.classes) > 1)
IS_DRAWN = ActsWhen("the list of requests does not give this activity's effort", _is_drawn)
DOUBTS = ActsWhen(
    "answers take time or may be wrong (governance.decisions)",
    lambda here: not here.model.governance.decisions.is_free,
    lambda here: "the team answers at once and rightly",
)
PREVENTED = ActsWhen(
    "not every defect is prevented (technology.prevention below 1)",
    lambda here: here.model.technology.prevention < 1,
)
CHECKED_CAN_FAIL = ActsWhen(
    "an activity that it checks can leave defects (its defect_chance above 0)",
    lambda here: not here.holder.checks or _can_leave_defects(here, here.holder.checks),
)
CHECKS_WHAT_CAN_FAIL = replace(CHECKED_CAN_FAIL, is_about_value=True)
CHECKS = ActsWhen("it checks an activity (checks)", lambda here: bool(here.holder.checks))
CORE = ActsWhen(
    "requests touch other products, or releases, incidents or upkeep take work of who owns the code",
    _core_matters,
)
SEVERAL_PRODUCTS = ActsWhen("there are several products", lambda here: len(here.situation.products) > 1)
TOUCHING = ActsWhen(
    "requests touch other products (other_products above 0)",
    lambda here: here.situation.demand.coupling.other_products > 0,
)
REPEATED = ActsWhen(
    "some requests repeat known work (demand.repeats.share above 0)",
    lambda here: here.situation.demand.repeats.share > 0,
)
GAINED = ActsWhen(
    "people with a single skill are faster at it (demand.repeats.specialist_gain above 0)",
    lambda here: here.situation.demand.repeats.specialist_gain > 0,
)
SOME_DRAWN = ActsWhen(
    "the list of requests does not give the effort of every activity", _some_effort_is_drawn
)
SPECIALISTS = ActsWhen("somebody has a single skill", _somebody_has_one_skill)
REPAIRS = ActsWhen(
    "some work checks another that can leave defects (work.checks and defect_chance), or a review catches "
    "misses (structure.review_catches_share)",
    lambda here: _looks_back(here, 1) or _review_catches(here),
)
LATE_REPAIRS = ActsWhen(
    "some work checks what was done two steps before it or earlier, and that can leave defects",
    lambda here: _looks_back(here, 2),
)
REWORKED = ActsWhen(
    "repairing takes work (demand.rework_share above 0)",
    lambda here: here.situation.demand.rework_share > 0,
)
FAILING = ActsWhen(
    "releases can fail (risks.release_failure_chance or risks.failure_chance_of_a_release above 0, "
    "technology.automation below 1)",
    lambda here: here.situation.risks.releases_fail and here.model.technology.automation < 1,
)
ESCAPING = ActsWhen(
    "work can leave defects (some work's defect_chance above 0, technology.prevention below 1)",
    lambda here: _can_leave_defects(here, tuple(step.activity for step in here.situation.demand.work)),
)


# --- what cannot be ---------------------------------------------------------------------------------


def _refuse_doubles(what: str, names: list[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise ValueError(f"{what}::has {times} entries called '{name}'; names must differ")


def _refuse_lives_without_a_rate(situation: Situation) -> None:
    arrivals = situation.demand.arrivals
    if not isinstance(arrivals, RateArrivals):
        name = next(product.name for product in situation.products if product.has_life)
        raise ValueError(
            f"products.{name}::has a life (launch_week or end_week), which needs requests that come at "
            f"a rate, and here they are of kind {arrivals.kind}. Use arrivals of kind poisson, regular or "
            "past_weeks"
        )


# --- demand and need --------------------------------------------------------------------------------


class Activity(Spec):
    """A kind of work that every request, or a share of them, needs.

    Activities are done one after another, as they are listed, unless ``after`` says otherwise. Those of which
    neither comes before the other are done side by side: the request itself goes where most work follows,
    and each of the others is asked of the team that owns it, as a task in its line (kind *branch*), with no
    handoff. Whoever is done first goes on with what may begin; where nothing may, the request waits for the
    others (kind *dependency*), and it goes on after the last. Activities beside others have no gate, delay,
    question, defect, check or end of their own.
    """

    activity: Name = Field(description="What the work is called.")
    skill: Name = Field(description="The skill a person needs to do it.")
    effort_days: Annotated[Distribution, IS_DRAWN] = Field(
        description="Work on one request; a draw of 0 means that this request does not need the activity.",
        json_schema_extra={"unit": "working days", "source": "assumption"},
    )
    needed_share: Annotated[Number, IS_DRAWN] = share(
        1.0, "Share of requests that need this activity at all."
    )
    question_chance: Annotated[Number, DOUBTS] = share(
        0.0, "Chance that a question comes up during the work, after a share of it that is drawn."
    )
    defect_chance: Annotated[Number, PREVENTED] = share(
        0.0, "Chance that the work leaves a defect; reworking it may leave one again."
    )
    checks: Annotated[tuple[Name, ...], CHECKS_WHAT_CAN_FAIL] = Field(
        default=(), max_length=500, description="Earlier activities whose defects this one looks for."
    )
    finds_share: Annotated[Number, CHECKS, CHECKED_CAN_FAIL] = share(
        0.6, "Chance that it finds a defect of an activity that it checks.",
        source="docs/parameters.md: peer review catches about 60 % of defects (Boehm and Basili 2001)",
    )  # fmt: skip
    ends: tuple[End, ...] = Field(
        default=(), max_length=10, description="How requests may end here, before their release."
    )

    after: tuple[Name, ...] | None = Field(
        default=None,
        max_length=500,
        description="Activities listed before it that must be done first, with all before them; without it "
        "the one listed before it, with [] none.",
    )
    goes_back: GoBack | None = Field(
        default=None, description="A chance to go back to an earlier activity; without it nobody does."
    )

    def end_chances(self, service: str) -> list[float]:
        """Return the chance of each way to end here for requests of a class."""
        return [one.chance if one.classes is None or service in one.classes else 0.0 for one in self.ends]


class ServiceClass(Spec):
    """A class of service: how urgent a request is, whether it has a deadline, whether it may be left undone.

    Requests of an optional class are an *opportunity backlog*: good to have, promised to nobody. In every
    line they stand behind all required ones, of whatever priority. Somebody takes one only with nothing in
    hand and with nothing required in line that they may take; what is begun is finished, and after each of
    its activities they go on with it on the same terms, otherwise it goes back into line. A limit lets
    required requests in as if there were no optional ones, and optional ones only below the limit of all; no
    project has both. Once its need has ended such a request is gone (expired) without anybody having to
    notice: from a team's line at once, from a round, an agenda or a desk's line when its turn comes,
    elsewhere when it moves on; work in hand is finished first. Flow, load, overload and busy time are those
    of required requests; optional time stands apart. Value, harm, defects, releases, incidents and what they
    cost are those of all.

    Classes may differ in *size*: what their requests ask of every activity is what is drawn for it, times
    the size. So small changes and large features are told apart by what they are, not by a wider spread. An
    effort that a list of requests gives stays as it is.
    """

    name: Name = Field(description="What the class is called.")
    share: Annotated[Number, CLASS_DRAWN] = share(
        1.0, "Share of requests in this class; the shares add up to 1."
    )
    priority: Annotated[Count, SEVERAL_CLASSES, HAS_REQUESTS] = quantity(
        0, "rank", "Higher goes first in every line.", ge=-100, le=100
    )
    deadline_weeks: Annotated[Number | None, HAS_REQUESTS] = weeks(
        None, "Weeks from need to due date; none without."
    )
    size: Annotated[Number, HAS_REQUESTS, SOME_DRAWN] = quantity(
        1.0, "times", "Work of a request of the class, times what its activities ask for.", gt=0, le=1000
    )
    optional: Annotated[bool, HAS_REQUESTS] = Field(
        default=False,
        description="Whether these are an opportunity backlog: worked on only while nothing else waits, and "
        "gone when their need ends; some class is not.",
    )
    work: Annotated[FrozenMap[ClassWork], HAS_REQUESTS, SOME_DRAWN] = Field(
        default={},
        validate_default=True,
        max_length=500,
        description="By activity, what its requests need of it where that differs from demand.work.",
    )


class Product(Spec):
    """Something that customers use and that requests are about.

    A product may have a life: nothing is asked for before its launch, then its demand grows in a straight
    line to all of it, stays, may fall in a straight line to nothing, and ends. Its demand is the rate x its
    share x that part of it; that of other products is not touched, so the rate is what all of them ask for
    together when all are there and ripe. Requests come at random (poisson) or regularly: of those that would
    arise if it were there with all of its demand that part is kept, by luck of their own. At its end its
    needs end: what is live earns nothing more and costs no upkeep, and what goes live later never does.
    """

    name: Name = Field(description="What the product is called.")
    share: Annotated[Number | None, PRODUCT_DRAWN] = quantity(
        None, "share 0-1", "Share of requests about it; without shares all products get the same.", ge=0, le=1
    )
    launch_week: Number | None = weeks(
        None, "Week at whose beginning it is launched; without one it is there from the beginning.", least=0
    )
    growth_weeks: Annotated[Number, LAUNCHED] = weeks(
        0.0, "Weeks from its launch until it has all of its demand.", least=0
    )
    decline_weeks: Annotated[Number, ENDING] = weeks(
        0.0, "Weeks before its end in which its demand falls to nothing.", least=0
    )
    end_week: Annotated[Number | None, ENDS_IN_THE_RUN] = weeks(
        None, "Week at whose beginning it ends; without one it stays."
    )

    @model_validator(mode="after")
    def _lives_before_it_ends(self) -> Product:
        if self.end_week is not None:
            ripe = (self.launch_week or 0.0) + (self.growth_weeks if self.launch_week is not None else 0.0)
            if self.end_week - self.decline_weeks < ripe - 1e-9:
                raise ValueError(
                    f"end_week::is {self.end_week:g}, less {self.decline_weeks:g} weeks of decline; it must "
                    f"not be before its demand is whole, in week {ripe:g} (launch_week, growth_weeks)"
                )
        return self

    @property
    def has_life(self) -> bool:
        """Whether it is launched, or ends, on a date."""
        return self.launch_week is not None or self.end_week is not None


NamedProduct = Annotated[Product, name_to_mapping("name")]

DEFAULT_WORK = (
    Activity(activity="analyse", skill="analysis", effort_days=Fixed(value=2.0)),
    Activity(activity="build", skill="development", effort_days=Exponential(kind="exponential", mean=5.0)),
    Activity(activity="test", skill="testing", effort_days=Exponential(kind="exponential", mean=2.0)),
)


class Coupling(Spec):
    """How requests touch other products' code.

    A request touches the whole part of ``other_products``, and one more with the chance of the rest; which
    ones is drawn. For each it needs work of the core activity there: where another team owns that, as a
    request to it, without whose answer the request's own core activity does not begin; where the same team
    owns it, the work is added to its own.
    """

    other_products: Number = quantity(
        0.0, "products", "Other products that a request touches.", ge=0, le=5000
    )
    effort_days: Annotated[Distribution, TOUCHING] = Field(
        default=Exponential(kind="exponential", mean=1.0),
        description="Work in each of the other products.",
        json_schema_extra={"unit": "working days", "source": "assumption"},
    )


class Repeats(Spec):
    """Requests that repeat known work; people who do nothing else are faster on these (claims C01, C53)."""

    share: Annotated[Number, GAINED, SPECIALISTS] = share(0.0, "Share of requests that repeat known work.")
    specialist_gain: Annotated[Number, REPEATED, SPECIALISTS] = quantity(
        0.0, "share of effort", "Effort that people with a single skill save on repeated work.", ge=0, le=0.95
    )


class Demand(Spec):
    """What customers ask for, and how it grows until somebody begins with it.

    When work on an activity begins for the first time, it asks for what was drawn for it times
    (1 + growth) to the power of the quarters (65 working days) since the need arose: whatever kept it, a
    board, a line or earlier work. So does what a request needs in another product. What has begun grows no
    more, and neither do its rework and repairs, which are shares of it, or an experiment.
    """

    arrivals: Arrivals = PoissonArrivals()
    work: Annotated[tuple[Activity, ...], Field(min_length=1, max_length=500)] = DEFAULT_WORK
    core: Annotated[Name | None, CORE] = Field(
        default=None,
        description="The activity whose team owns a product's code: coupled work, deploying, restoring, "
        "incidents and upkeep fall to it; without it the one with the greatest mean effort.",
    )
    coupling: Annotated[Coupling, SEVERAL_PRODUCTS] = Coupling()
    outside: Annotated[tuple[OutsideDelay, ...], Field(max_length=500)] = Field(
        default=(),
        description="Delays outside our reach: waits for customers, suppliers, other companies.",
    )
    open_at_start: OpenAtStart = OpenAtStart()
    drawn_together: DrawnTogether = DrawnTogether()
    repeats: Repeats = Repeats()
    scope_growth_per_quarter: Number = quantity(
        0.0, "share of effort", "By how much the work on a request grows in a quarter until it is begun.",
        ge=0, le=1, source="2 % a month, 1 to 4, is 6 % a quarter (Jones; Kulk and Verhoef 2008: more in a "
        "fifth of a bank's projects)", typical="0.06", plausible=(0.03, 0.12),
    )  # fmt: skip
    rework_share: Annotated[Number, REPAIRS] = share(
        0.25, "Share of an activity that repairing one of its defects costs."
    )
    rework_growth: Annotated[Number, LATE_REPAIRS, REWORKED] = quantity(
        1.0, "times", "What repairing is multiplied by for each activity passed before the defect is found.",
        ge=1, le=100, source="docs/parameters.md: up to 100 x after delivery in large systems",
    )  # fmt: skip
    classes: Annotated[tuple[ServiceClass, ...], Field(min_length=1, max_length=50)] = (
        ServiceClass(name="standard"),
    )

    @model_validator(mode="after")
    def _whole(self) -> Demand:
        total = sum(service.share for service in self.classes)
        if abs(total - 1) > 1e-9:
            raise ValueError(f"the shares of the classes add up to {total:g}; they must add up to 1")
        _refuse_doubles("classes", [service.name for service in self.classes])
        if all(service.optional for service in self.classes):
            raise ValueError(
                "classes::are all optional, so nothing has to be done and nothing has a lead time; "
                "leave at least one required (optional: false)"
            )
        names = [step.activity for step in self.work]
        _refuse_doubles("work", names)
        for position, step in enumerate(self.work):
            for checked in step.checks:
                if checked not in names[:position]:
                    earlier = ", ".join(names[:position]) or "none"
                    raise ValueError(
                        f"work.{step.activity}.checks::names {quote(checked)}, which is no earlier activity; "
                        f"before it come: {earlier}.{nearest(checked, names[:position])}"
                    )
        if self.core is not None and self.core not in names:
            raise ValueError(
                f"core::is {quote(self.core)}, which is no activity; expected one of {', '.join(names)}."
                f"{nearest(self.core, names)}"
            )
        return self

    @model_validator(mode="after")
    def _names_what_is_there(self) -> Demand:
        if wrong := next(wrong_order(self), ""):
            raise ValueError(wrong)
        names = [step.activity for step in self.work]
        _refuse_doubles("outside", [delay.name for delay in self.outside])
        classes = [service.name for service in self.classes]
        for service in self.classes:
            for name in service.work:
                if name not in names:
                    raise ValueError(
                        f"classes.{service.name}.work::names {quote(name)}, which is no activity; expected "
                        f"some of {', '.join(names)}.{nearest(name, names)}"
                    )
        for step in self.work:
            for name in {name for one in step.ends for name in one.classes or ()} - {*classes}:
                raise ValueError(
                    f"work.{step.activity}.ends::names {quote(name)}, which is no class; expected some of "
                    f"{', '.join(classes)}.{nearest(name, classes)}"
                )
            if max(sum(step.end_chances(name)) for name in classes) > 1 + 1e-9:
                raise ValueError(f"work.{step.activity}.ends::have chances that add up to more than 1")
        for delay in self.outside:
            if delay.before is not None and delay.before not in names:
                raise ValueError(
                    f"outside.{delay.name}.before::is {quote(delay.before)}, which is no activity; expected "
                    f"one of {', '.join(names)}, or none for a wait after all work."
                    f"{nearest(delay.before, names)}"
                )
            for name in delay.classes or ():
                if name not in classes:
                    raise ValueError(
                        f"outside.{delay.name}.classes::names {quote(name)}, which is no class; expected "
                        f"some of {', '.join(classes)}.{nearest(name, classes)}"
                    )
        return self

    def effort_of(self, step: Activity, service: ServiceClass) -> tuple[AnyDistribution, float]:
        """Return what an activity takes of requests of a class, sizes apart, and which share needs it."""
        own = service.work.get(step.activity)
        if own is None:
            return step.effort_days, step.needed_share
        effort = step.effort_days if own.effort_days is None else own.effort_days
        return effort, step.needed_share if own.needed_share is None else own.needed_share

    @property
    def has_own_work(self) -> bool:
        """Whether activities ask of some class what they do not ask of the others."""
        return any(service.work for service in self.classes)

    @property
    def has_optional(self) -> bool:
        """Whether some class of requests is optional."""
        return any(service.optional for service in self.classes)

    @property
    def has_sizes(self) -> bool:
        """Whether requests of some class are larger or smaller than what is drawn for their work."""
        return any(service.size != 1 for service in self.classes)

    def sizes(self, service_class: NDArray[np.integer]) -> NDArray[np.float64]:
        """Return the sizes of requests, by the number of their class."""
        return np.array([service.size for service in self.classes])[service_class]

    def size_moments(self) -> tuple[float, float]:
        """Return mean and mean square of the size of required requests, by the shares of the classes."""
        if not self.has_sizes:
            return 1.0, 1.0
        required = [(service.share, service.size) for service in self.classes if not service.optional]
        total = sum(share for share, _ in required)
        mean, square = (sum(share * size**power for share, size in required) / total for power in (1, 2))
        return mean, square

    def is_optional(self, service_class: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return which requests are optional, by the number of their class."""
        return np.array([service.optional for service in self.classes])[service_class]

    @property
    def core_activity(self) -> int:
        """Number of the activity whose team owns a product's code."""
        if self.core is not None:
            return [step.activity for step in self.work].index(self.core)
        return max(
            range(len(self.work)), key=lambda n: self.work[n].effort_days.average * self.work[n].needed_share
        )


class Need(Spec):
    """The need behind a request: how long it lasts and what serving it is worth.

    A need ends at an exponential time with this half-life. A request that goes live before earns its
    value per week until the need ends or the benefit window, counted from going live, closes; later it
    is obsolete and earns nothing. So the expected value falls as 0.5^(lead time / half-life).
    """

    half_life_weeks: Number | None = weeks(
        None, "Weeks after which half of the needs are gone; without it needs last.", typical="4 to 520",
        plausible=(4, 520),  # claim C01
    )  # fmt: skip
    value_per_week: Distribution = Field(
        default=Fixed(value=1.0),
        description="What a live request earns.",
        json_schema_extra={"unit": "value per week", "source": "assumption"},
    )
    benefit_window_weeks: Number = weeks(52.0, "Weeks after going live for which the value is counted.")


class Ideas(Spec):
    """How good requests are: a good one earns its value, a neutral one nothing, a harmful one loses as much.

    With learning the share of good ideas grows; luck that made an idea good never makes it worse then.
    """

    good_share: Number = share(
        1.0, "Share of requests that do what was hoped.",
        source="docs/parameters.md: a third at Microsoft, 8 to 20 % elsewhere (Kohavi)",
        plausible=(0.08, 0.33),
    )  # fmt: skip
    harmful_share: Number = share(
        0.0, "Share of requests that do harm.", source="docs/parameters.md: a third at Microsoft (Kohavi)"
    )

    @model_validator(mode="after")
    def _no_more_than_all(self) -> Ideas:
        if self.good_share + self.harmful_share > 1 + 1e-9:
            raise ValueError(
                f"good_share ({self.good_share:g}) and harmful_share ({self.harmful_share:g}) "
                "add up to more than 1"
            )
        return self


class Risks(Spec):
    """What live products ask for: releases that fail, incidents, upkeep.

    A release of n requests fails with chance 1 - (1 - p0)(1 - p)^n: each request in it may break it, and so
    may the release itself, whatever is in it. Restoring it, like an incident, interrupts at once the team
    that owns the code of the product of the first request that broke it; where none did, of the one in it
    that arose first. What was released is live once it is restored. A defect that no check found becomes an
    incident some time after its request is live. Each live request costs upkeep, which takes from its team's
    focus.
    """

    release_failure_chance: Number = share(
        0.0, "Chance p that a request breaks the release it is in, before automation.",
        source="docs/parameters.md: 5 to 40 % of changes fail (DORA 2024); .002 to .01 beside a chance p0 of "
        "the release itself (assumption)",
        plausible=(0.001, 0.02),  # before automation that takes away half
    )  # fmt: skip
    failure_chance_of_a_release: Number = share(
        0.0, "Chance p0 that a release fails whatever is in it, before automation.",
        source="assumption: 1 to 6 % beside p, so that a single request fails in 5 % and a large release in "
        "15 to 40 % (DORA 2023, 2024)",
        plausible=(0.02, 0.12),  # before automation that takes away half
    )  # fmt: skip
    restore_hours: Annotated[Distribution, FAILING] = Field(
        default=Fixed(value=8.0),
        description="Work to restore a failed release, before technology.rollback.",
        json_schema_extra={
            "unit": "working hours",
            "source": "docs/parameters.md: an hour to a month (DORA)",
        },
    )
    incident_after_weeks: Annotated[Distribution, ESCAPING] = Field(
        default=Exponential(kind="exponential", mean=8.0),
        description="How long after going live an escaped defect makes itself felt.",
        json_schema_extra={"unit": "weeks", "source": "assumption"},
    )
    incident_hours: Annotated[Distribution, ESCAPING] = Field(
        default=Exponential(kind="exponential", mean=8.0),
        description="Work to end one incident.",
        json_schema_extra={"unit": "working hours", "source": "assumption"},
    )
    upkeep_hours_per_month: Number = quantity(
        0.0, "hours per month", "Upkeep of one live request until it is retired.", ge=0, le=168
    )

    @property
    def releases_fail(self) -> bool:
        """Whether a release can fail where nothing is automated."""
        return self.release_failure_chance > 0 or self.failure_chance_of_a_release > 0


class Situation(Spec):
    """People, products, demand and need: the world that every operating model meets."""

    products: Annotated[tuple[NamedProduct, ...], Field(min_length=1, max_length=5000)] = (
        Product(name="product"),
    )
    people: FrozenMap[Count] = Field(
        default={"analysis": 2, "development": 4, "testing": 2},
        validate_default=True,
        min_length=1,
        max_length=500,
        description="Number of people by main skill; the same people in every operating model.",
        json_schema_extra={"unit": "people", "source": "assumption"},
    )
    absence: Annotated[tuple[Absence, ...], Field(max_length=20)] = Field(
        default=(),
        description="Reasons for which people are away at times; without any everybody is always there.",
    )
    days_off: Annotated[tuple[DaysOff, ...], Field(max_length=100)] = Field(
        default=(), description="Working days on which nobody in a team works; without any none."
    )
    part_time: FrozenMap[PartTime] = Field(
        default={},
        validate_default=True,
        max_length=500,
        description="Who works for a part of the week, by main skill; without an entry nobody.",
    )
    turnover: Turnover = Turnover()
    joining: Joining = Joining()
    demand: Demand = Demand()
    need: Need = Need()
    ideas: Ideas = Ideas()
    risks: Risks = Risks()
    money: Money | None = Field(
        default=None,
        description="Prices; without them nothing is measured in money. {} takes the defaults.",
    )

    timeline: Annotated[tuple[Change, ...], Field(max_length=500)] = Field(
        default=(),
        description="Dates on which the world changes, the same for every operating model.",
    )

    @model_validator(mode="after")
    def _possible(self) -> Situation:
        _refuse_doubles("products", [product.name for product in self.products])
        _refuse_doubles("absence", [reason.name for reason in self.absence])
        if any(product.has_life for product in self.products):
            _refuse_lives_without_a_rate(self)
        given = [product.share for product in self.products if product.share is not None]
        if given and len(given) != len(self.products):
            raise ValueError("some products have a share and some have none; give all of them one or none")
        if given and abs(sum(given) - 1) > 1e-9:
            raise ValueError(f"the shares of the products add up to {sum(given):g}; they must add up to 1")
        _refuse_wrong_people(self)
        if self.money is not None and (wrong := self.money.complaint(self.people)):
            raise ValueError(f"money.{wrong}")
        total = sum(self.people.values())
        if total > MOST_PEOPLE:
            raise ValueError(f"people add up to {total:,}; at most {MOST_PEOPLE:,} can be simulated")
        for step in self.demand.work:
            if not self.people.get(step.skill):
                raise ValueError(
                    f"activity '{step.activity}' needs skill '{step.skill}', which nobody has; "
                    f"people have: {', '.join(s for s, n in self.people.items() if n) or 'no skills'}"
                )
        if self.timeline:
            _refuse_doubles("timeline", [change.name for change in self.timeline if change.name is not None])
            if wrong := complaint(self):
                raise ValueError(wrong)
        return self

    @model_validator(mode="after")
    def _rows_are_of_this_world(self) -> Situation:
        for number, row in enumerate(self.demand.drawn_together.rows):
            if wrong := self._wrong_with(row):
                raise ValueError(f"demand.drawn_together.rows.{number}.{wrong}")
        return self

    def effort_rows(self) -> tuple[EffortRow, ...]:
        """Return the rows that efforts are drawn from, of the scenario and of the file that it names.

        Raises
        ------
        ScenarioError
            If the file cannot be read, or names what is not there.
        """
        together = self.demand.drawn_together
        listed = together.read(tuple(step.activity for step in self.demand.work))
        for row in listed[len(together.rows) :]:
            if wrong := self._wrong_with(row):
                column, _, text = wrong.partition("::")
                raise ScenarioError.of("situation.demand.drawn_together.file", f"column '{column}' {text}")
        return listed

    def rows_for(self, service_class: int) -> tuple[EffortRow, ...]:
        """Return the rows that requests of a class draw from; none where they are drawn as usual."""
        rows, name = self.effort_rows(), self.demand.classes[service_class].name
        own = tuple(row for row in rows if row.item_class == name)
        return own or tuple(row for row in rows if row.item_class is None)

    def _wrong_with(self, row: EffortRow) -> str:
        """Return what is wrong with a row of efforts, as ``field::text``; or nothing."""
        names = [step.activity for step in self.demand.work]
        classes = [service.name for service in self.demand.classes]
        unknown = next((name for name in row.efforts if name not in names), None)
        if unknown is not None:
            return f"efforts::names {quote(unknown)}, which is no activity.{nearest(unknown, names)}"
        if row.item_class is not None and row.item_class not in classes:
            near = nearest(row.item_class, classes)
            return f"item_class::is {quote(row.item_class)}; expected one of {', '.join(classes[:12])}.{near}"
        return ""

    @model_validator(mode="after")
    def _open_items_are_of_this_world(self) -> Situation:
        for number, item in enumerate(self.demand.open_at_start.items):
            if wrong := self._wrong_about(item):
                raise ValueError(f"demand.open_at_start.items.{number}.{wrong}")
        return self

    def open_items(self) -> tuple[OpenItem, ...]:
        """Return what is open on day 0, by the scenario and by the file that it names.

        Raises
        ------
        ScenarioError
            If the file cannot be read, or names what is not there.
        """
        listed = self.demand.open_at_start.read(tuple(step.activity for step in self.demand.work))
        for item in listed[len(self.demand.open_at_start.items) :]:
            if wrong := self._wrong_about(item):
                column, _, text = wrong.partition("::")
                raise ScenarioError.of("situation.demand.open_at_start.file", f"column '{column}' {text}")
        return listed

    @property
    def n_open(self) -> int:
        """How many requests are open on day 0."""
        return sum(item.items for item in self.open_items())

    def _wrong_about(self, item: OpenItem) -> str:
        """Return what is wrong with a request that is open at the start, as ``field::text``; or nothing."""
        names = [step.activity for step in self.demand.work]
        there = {
            "step": [*names, RELEASE],
            "product": [product.name for product in self.products],
            "item_class": [service.name for service in self.demand.classes],
        }
        for field, known in there.items():
            value = getattr(item, field)
            if value is not None and value not in known:
                some = ", ".join(known[:12])
                return f"{field}::is {quote(value)}; expected one of {some}.{nearest(value, known)}"
        if item.left_days is not None and item.step not in names:
            return "left_days::is given without an activity that it is left of; give step, or leave it out"
        unknown = next((name for name in item.efforts if name not in names), None)
        if unknown is not None:
            return f"efforts::names {quote(unknown)}, which is no activity.{nearest(unknown, names)}"
        return ""

    def may_change(self, path: str) -> bool:
        """Return whether a date of the timeline changes what one of ``timeline.PATHS`` stands for."""
        return sets_any(self, path)

    @property
    def needs_end(self) -> bool:
        """Whether the need behind some request may end, now, later, or with its product."""
        lasts = self.need.half_life_weeks is None and not self.may_change("need.half_life_weeks")
        return not lasts or any(product.end_week is not None for product in self.products)

    @property
    def known(self) -> Known:
        """The names that a trace may use."""
        return Known(
            products=tuple(product.name for product in self.products),
            classes=tuple(service.name for service in self.demand.classes),
            activities=tuple(step.activity for step in self.demand.work),
        )

    def people_in_order(
        self, also: Sequence[str] = (), teams: Sequence[Mapping[str, int]] = ()
    ) -> dict[str, int]:
        """Return the people by skill in an order that depends on no spelling and no order of keys.

        First the skills of the work in the order of first use, then those of ``also``, then by how many
        people have them in each of ``teams`` and altogether; what is still alike has the same effect.
        """
        used = dict.fromkeys([*(step.skill for step in self.demand.work), *also])
        unused = [skill for skill in self.people if skill not in used]
        unused.sort(key=lambda skill: [-people.get(skill, 0) for people in (*teams, self.people)])
        return {skill: self.people[skill] for skill in (*used, *unused) if skill in self.people}

    def skill_ring(self) -> tuple[str, ...]:
        """Return the skills that the work needs, from the least needy to the neediest.

        The need of a skill is what a request asks of it, over the people who have it; of equal needs comes
        first what is used first. It depends on the work and the people and on nothing that a leader decides.

        Raises
        ------
        ScenarioError
            If requests come from a list that cannot be read.
        """
        days: dict[str, float] = {}
        for step in self.demand.work:
            days[step.skill] = days.get(step.skill, 0.0) + effort_moments(self, step)[0]
        return tuple(sorted(days, key=lambda skill: days[skill] / self.people[skill]))

    @property
    def full_weeks(self) -> dict[str, float]:
        """How many people of each skill there are on day 0, part-time work counted as much as it is."""
        return {
            skill: sum(self.part_time[skill].of(number) for number in range(people))
            if skill in self.part_time
            else people
            for skill, people in self.people.items()
        }

    @property
    def has_absence(self) -> bool:
        """Whether anybody is ever away."""
        return bool(self.days_off) or any(reason.days_per_year > 0 for reason in self.absence)

    @property
    def product_shares(self) -> tuple[float, ...]:
        """Share of requests by product; equal where the file gives none."""
        n = len(self.products)
        return tuple(1 / n if product.share is None else product.share for product in self.products)


def _refuse_wrong_people(situation: Situation) -> None:
    for skill, number in situation.people.items():
        if number < 0:
            raise ValueError(f"people.{skill}::is {number}; a skill has 0 or more people")
    for skill in situation.part_time:
        if skill not in situation.people:
            raise ValueError(
                f"part_time.{skill}::is about a skill that nobody in situation.people has: {quote(skill)}; "
                f"they have {', '.join(situation.people)}.{nearest(skill, situation.people)}"
            )


# --- what it comes to -------------------------------------------------------------------------------


def effort_moments(situation: Situation, step: Activity) -> tuple[float, float]:
    """Return mean and mean square of what requests need of an activity, in working days.

    Where a list of requests gives the efforts, they are those of the list, once it is there.
    """
    arrivals = situation.demand.arrivals
    if isinstance(arrivals, TraceArrivals) and arrivals.file is not None:
        listed = arrivals.read(situation.known).efforts.get(step.activity)
        if listed is not None:
            return float(listed.mean()), float((listed**2).mean())
    demand = situation.demand
    required = [number for number, service in enumerate(demand.classes) if not service.optional]
    if demand.has_own_work or not demand.drawn_together.is_empty:
        total = sum(demand.classes[number].share for number in required)
        moments = [_moments_of_class(situation, step, number) for number in required]
        mean, square = (
            sum(
                demand.classes[number].share * both[power]
                for number, both in zip(required, moments, strict=True)
            )
            for power in (0, 1)
        )
        return (mean / total, square / total) if total else (0.0, 0.0)
    effort, share = step.effort_days, step.needed_share
    size, size_squared = situation.demand.size_moments()
    mean_square = effort.average**2 * (1 + effort.variation**2)
    return effort.average * share * size, share * mean_square * size_squared


def _moments_of_class(situation: Situation, step: Activity, number: int) -> tuple[float, float]:
    """Return mean and mean square of what requests of a class need of an activity, in working days."""
    service, rows = situation.demand.classes[number], situation.rows_for(number)
    if any(step.activity in row.efforts for row in situation.effort_rows()) and rows:
        days = np.array([row.efforts.get(step.activity, 0.0) for row in rows])
        weights = np.array([row.weight for row in rows])
        return float((days * weights).sum() / weights.sum()), float((days**2 * weights).sum() / weights.sum())
    effort, share = situation.demand.effort_of(step, service)
    mean = effort.average * service.size
    return share * mean, share * mean**2 * (1 + effort.variation**2)


def expected_items(situation: Situation, horizon: float) -> float:
    """Return how many requests to expect up to the horizon (working days)."""
    arrivals = situation.demand.arrivals
    match arrivals:
        case RateArrivals() if is_changing(situation):
            return float(rate_by_product(situation, 0.0, horizon).sum())
        case RateArrivals():
            return arrivals.rate * horizon / DAYS_PER_WEEK
        case BatchArrivals():
            return arrivals.items * horizon / (arrivals.every_weeks * DAYS_PER_WEEK)
        case Backlog():
            return arrivals.items
        case TraceArrivals():
            return float(np.count_nonzero(arrivals.read().arrived <= horizon))

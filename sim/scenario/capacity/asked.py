"""What a week of requests asks of an operating model: the books, and how requests come to them.

The parts of the way (``gates``, ``work``, ``operation``) write here; ``places`` reads.
"""

from __future__ import annotations

from collections import defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.scenario.capacity.growth import least_growth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from sim.scenario.capacity.sample import Column, Sample
    from sim.scenario.capacity.teams import Teams
    from sim.scenario.scenario import OperatingModel, Scenario

type Line = tuple[str | int, str]
"""Where requests wait: in front of a layer, the budget or the limit, or by team and skill."""

type Passing = Mapping[Line, float]
"""The share of what comes to each line that gets on; where a line is not named everything does."""

FUNDING, PORTFOLIO = ("funding", ""), ("portfolio", "")

_ALL_PASS: Passing = MappingProxyType({})


def line_of_layer(name: str) -> Line:
    """Return the line in front of a layer."""
    return ("layer", name)


class Asked:
    """What a week of requests asks of an operating model, found by sending a sample along its way.

    Each request of the sample carries the chance that it has come so far: neither refused, nor left behind in
    front of a full place. Requests that ask for the same count as one with a weight.

    Attributes
    ----------
    requests
        Requests a week that need a funding round; ``started``: those that get to it or past it.
    papers
        Papers a week, by layer; ``questions``: those that climb there.
    days
        Working days a week, by team number and skill; ``tasks`` and ``visits``: how many activities are
        done and how many requests come to a team; ``interruptions``: days a week that take one's whole time.
    work
        Working days a week, by team number and activity, of somebody who needs no longer than is planned;
        ``rates``: how many requests need them; ``straight``: how many of these come straight from the
        activity before in the same team; ``again``: how often requests come back to them.
    released
        Requests a week that go live, by the team that owns the code.
    waiting
        Requests a week that are left behind in front of full places.
    growth
        By activity, what waiting multiplies its effort by at least.
    efforts, product
        Days by request of the sample and activity, and each request's product.
    good, poor
        By request, the chance that it is a good idea and has come so far, and that it is another and has:
        they are refused with different chances.
    handovers
        By request, how often it has been handed over so far, on average.

    Parameters
    ----------
    passing
        What gets on in front of full places; by default everything.
    """

    def __init__(
        self,
        scenario: Scenario,
        spec: OperatingModel,
        teams: Teams,
        sample: Sample,
        passing: Passing = _ALL_PASS,
    ) -> None:
        self.scenario = scenario
        self.spec = spec
        self.teams = teams
        self.sample = sample
        self._passing = passing
        mean_efforts = sample.shares @ sample.efforts
        self.growth = least_growth(scenario, spec, teams, mean_efforts)
        self.efforts = sample.efforts * self.growth  # work in other products of one's own is added
        self.product = sample.product
        n = len(self.efforts)
        self.good = np.full(n, scenario.situation.ideas.good_share)
        self.poor = 1.0 - self.good
        self.handovers = np.zeros(n)
        self._entered: dict[int, NDArray[np.bool_]] = {}  # by team: which requests have been there

        self.requests = self.started = self.waiting = 0.0
        self.papers: defaultdict[str, float] = defaultdict(float)
        self.questions: defaultdict[str, float] = defaultdict(float)
        self.days: defaultdict[tuple[int, str], float] = defaultdict(float)
        self.tasks: defaultdict[tuple[int, str], float] = defaultdict(float)
        self.visits: defaultdict[int, float] = defaultdict(float)
        self.interruptions: defaultdict[int, float] = defaultdict(float)
        self.work: defaultdict[tuple[int, int], float] = defaultdict(float)
        self.rates: defaultdict[tuple[int, int], float] = defaultdict(float)
        self.straight: defaultdict[tuple[int, int], float] = defaultdict(float)
        self.again: defaultdict[tuple[int, int], float] = defaultdict(float)
        self.released: dict[int, float] = {}

    # --- who has come so far --------------------------------------------------------------------------

    @property
    def alive(self) -> Column:
        """By request, the chance that it has come so far."""
        return self.good + self.poor

    @property
    def size(self) -> Column:
        """By request, the days of all its activities, before it grows by waiting."""
        return (self.efforts / self.growth).sum(axis=1)

    @property
    def is_thinned(self) -> bool:
        """Whether full places let only some of what comes there get on."""
        return bool(self._passing)

    @property
    def is_handed_over(self) -> bool:
        """Whether any request goes from one team to another."""
        return bool(self.handovers.any())

    def rate(self, chances: Column) -> float:
        """Return how many requests a week it is that have these chances."""
        return self.sample.per_week * float((self.sample.shares * chances).sum())  # BLAS would wake threads

    def by_team(self, owners: NDArray[np.intp], chances: Column) -> Iterator[tuple[int, float]]:
        """Yield how many of the requests a week belong to each team."""
        team = owners[self.product]
        for number in sorted(set(owners.tolist())):
            yield number, self.rate(chances * (team == number))

    # --- lines ----------------------------------------------------------------------------------------

    def line(self, number: int, activity: int) -> Line:
        """Return the line in which an activity waits; teams whose people help each other have one for all."""
        return (number, "" if self.teams.helping[number] == "some" else self.teams.skill(activity))

    def passing(self, line: Line) -> float:
        """Return the share of what comes to a line that gets on."""
        return self._passing.get(line, 1.0)

    def wait(self, line: Line, visits: NDArray[Any] | float) -> None:
        """Let those requests stay behind that a full place does not get to, as often as they come there."""
        passing = self.passing(line)
        if passing < 1.0:
            before = self.rate(self.alive)
            kept = passing ** np.asarray(visits, dtype=np.float64)
            self.good = self.good * kept
            self.poor = self.poor * kept
            self.waiting += before - self.rate(self.alive)

    def join(self, number: int, activity: int, here: NDArray[np.bool_]) -> None:
        """Let requests join a line; where people help each other their team is asked once."""
        if self.teams.helping[number] == "some":
            entered = self._entered.setdefault(number, np.zeros(len(here), dtype=np.bool_))
            here = here & ~entered
            entered |= here
        self.wait(self.line(number, activity), here)

    def join_again(self, number: int, activity: int, times: Column) -> None:
        """Let requests join a line once more, so many times on average."""
        if self.teams.helping[number] == "some":
            self.again[number, activity] += self.rate(self.alive * times)
        else:
            self.wait(self.line(number, activity), times)

    # --- books ----------------------------------------------------------------------------------------

    def book_days(self, number: int, activity: int, days: float, as_done: float) -> None:
        """Book days a week with a team: for somebody at their best, and as it takes there."""
        self.days[number, self.teams.skill(activity)] += as_done
        self.work[number, activity] += days * self.teams.tenure_factor

    def book_tasks(self, number: int, activity: int, per_week: float) -> None:
        """Book activities a week with a team."""
        self.tasks[number, self.teams.skill(activity)] += per_week
        self.rates[number, activity] += per_week

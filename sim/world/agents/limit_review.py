"""Leaders who move the limit of work in progress by what they see."""

from __future__ import annotations

from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING

from mesa import Agent

from sim.scenario.policies.limit_review import FEWEST_POINTS, LIMIT_OF_CONTROL
from sim.scenario.spec import DAYS_PER_WEEK
from sim.world.journal import LIMIT, NEVER, note_row
from sim.world.moments import LINES_CHANGE
from sim.world.work_item import NO_ITEM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.policies.limit_review import LimitReview
    from sim.world.agents.team import Team
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class LimitReviews(Agent):
    """Moves the WIP limits of teams by lead times, as ``policies.limit_review.LimitReview`` says."""

    model: Organisation

    def __init__(self, model: Organisation, spec: LimitReview, teams: Sequence[Team]) -> None:
        super().__init__(model)
        self._spec = spec
        self._teams = limited(teams)
        self._lead_times: list[float] = []  # of what went live since the last point
        self._points: list[float] = []  # since the last move
        self._before: float | None = None  # mean of the points between the two moves before
        self._step = -spec.step_items
        self._every = spec.every_weeks * DAYS_PER_WEEK
        self._next = model.next_occasion(self._every, model.time, LINES_CHANGE)  # number of the next review
        self._has_ended = False
        model.when_live.append(self._went_live)
        self._expect_a_review()

    def _went_live(self, item: WorkItem) -> None:
        if not item.is_optional:
            self._lead_times.append(self.model.time - float(self.model.requests.arrived[item.index]))

    def _expect_a_review(self) -> None:
        day = self._next * self._every
        if day <= self.model.horizon:
            self.model.call_at(day, self._review, None, LINES_CHANGE)

    def are_of(self, spec: LimitReview | None, teams: Sequence[Team]) -> bool:
        """Return whether these leaders go by a rule, and look after what has a limit among some teams."""
        return spec == self._spec and limited(teams) == self._teams

    def end(self) -> None:
        """Look no more: others do from now on."""
        self._has_ended = True
        self.model.when_live.remove(self._went_live)

    def _review(self, _: None) -> None:
        if self._has_ended:
            return
        self.look_at(self._lead_times)
        self._lead_times.clear()
        self._next += 1
        self._expect_a_review()

    def look_at(self, lead_times: Sequence[float]) -> None:
        """Take the lead times since the point before as a point, and move the limits if it calls for that."""
        if lead_times:
            self._points.append(fmean(lead_times))
            if self._calls_for_a_move():
                self._move()

    def _calls_for_a_move(self) -> bool:
        spec, points = self._spec, self._points
        if spec.rule == "in_a_row":
            last = points[-spec.points :]
            return len(last) == spec.points and min(last) > spec.target_days
        if spec.rule == "control_limits":
            known = points[:-1]
            if len(known) < FEWEST_POINTS:
                return False
            usual_change = fmean(abs(later - earlier) for earlier, later in pairwise(known))
            return points[-1] > fmean(known) + LIMIT_OF_CONTROL * usual_change
        return True

    def _move(self) -> None:
        """Move all limits by a step, and begin to count anew."""
        now = fmean(self._points)
        if self._before is not None and now > self._before:
            self._step = -self._step
        self._before = now
        self._points.clear()
        spec = self._spec
        for team in self._teams:
            limit = min(max(int(team.wip_limit) + self._step, spec.least_items), spec.most_items)
            if limit != team.wip_limit:
                row = (LIMIT, NO_ITEM, team.place, limit, self.model.time, NEVER, team.wip_limit)
                self.model.journal.note(note_row(*row))
                team.move_limit(limit)


def limited(teams: Sequence[Team]) -> list[Team]:
    """Return the teams that have a limit."""
    return [team for team in teams if team.is_limited]

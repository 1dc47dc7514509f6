"""The clock: the Mesa model that owns time, and the one door to it.

One Mesa step is one working day. Our own calls are tuples in a heap; they go through one door
(``call_after``, ``call_at``) and are merged with Mesa's event list, so that anyone who extends the model
can still use ``schedule_event``, ``schedule_recurring`` and ``step``. At the same instant Mesa's events
come first; ours follow in the order of ``moments``, then in order of scheduling. Whoever is free takes
work at the end of an instant (``at_end_of_instant``); what that makes happen at once is a next round.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import repeat
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from sim.errors import RunError
from sim.world.mesa_core import mesa
from sim.world.moments import WORK_ENDS, WORK_IS_TAKEN

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_EVENTS_IN_A_RUN = 500_000_000

INSTANT = 1e-9
"""Working days by which a deadline may be missed through rounding (a thirtieth of a millisecond)."""

_THE_END = 99  # moment: after all of moments


class Clock(mesa.Model):
    """A Mesa model with a clock in working days, on which nothing happens yet."""

    # What every event touches. The clock replaces Mesa's observable one, which costs ten times as much to
    # set and which nothing observes.
    __slots__ = ("_calls", "_mesa_heap", "_scheduled", "_takers", "at_end_of_instant", "moment", "time")

    def __init__(self) -> None:
        super().__init__(rng=0)  # Mesa wants a generator; nothing here draws from it
        self.events = 0
        self.moment = 0  # how far the current instant has come, in the order of moments
        self._calls: list[tuple[float, int, int, Callable[[Any], None] | None, Any]] = []
        self._scheduled = 0
        self._takers: list[Callable[[], None]] = []
        self.at_end_of_instant = self._takers.append
        """Call somebody at the end of this instant, who then looks what there is to take."""
        if type(self).step is Clock.step:
            self._default_schedule.stop()  # a step that does nothing would still cost time every day

    def call_after(
        self, days: float, method: Callable[[Any], None], argument: Any, moment: int = WORK_ENDS
    ) -> None:
        """Call a method with one argument after some working days.

        Raises
        ------
        RunError
            If the length is negative, infinite or not a number: it would be lost in silence.
        """
        if not 0.0 <= days < inf:
            raise RunError(f"{method.__qualname__} was to be called after {days} days; expected 0 or more")
        day = self.time + days
        if day == self.time and moment < self.moment:
            moment = self.moment  # an instant does not go back to what it has passed
        self._scheduled += 1
        heappush(self._calls, (day, moment, self._scheduled, method, argument))

    def is_instant_over(self) -> bool:
        """Return whether nothing else is to happen at this instant once the present call has ended."""
        return self._calls[0][0] > self.time and not self._takers and not self._mesa_heap

    def call_at(
        self, day: float, method: Callable[[Any], None], argument: Any, moment: int = WORK_ENDS
    ) -> None:
        """Call a method with one argument on a working day that is not in the past.

        Raises
        ------
        RunError
            If the day is in the past, infinite or not a number.
        """
        if not self.time - INSTANT <= day < inf:
            raise RunError(f"{method.__qualname__} was to be called on day {day}; today is day {self.time}")
        if day <= self.time:
            self.call_after(0.0, method, argument, moment)
        else:
            self._scheduled += 1
            heappush(self._calls, (day, moment, self._scheduled, method, argument))

    def schedule_event(
        self,
        function: Callable[..., None],
        *,
        at: float | None = None,
        after: float | None = None,
        priority: mesa.time.Priority = mesa.time.Priority.DEFAULT,
    ) -> mesa.time.Event:
        """Schedule an event of Mesa's; a time that is not finite is refused, where Mesa would lose events.

        Raises
        ------
        RunError
            If the time is infinite or not a number.
        """
        when = at if at is not None else after
        if when is not None and not isfinite(when):
            raise RunError(f"an event was to be scheduled at {when}; expected a number of working days")
        event = super().schedule_event(function, at=at, after=after, priority=priority)
        event.kept = function  # pyright: ignore[reportAttributeAccessIssue]  # Mesa alone would forget it
        return event

    def schedule_recurring(
        self,
        function: Callable[..., None],
        schedule: mesa.time.Schedule,
        priority: mesa.time.Priority = mesa.time.Priority.DEFAULT,
    ) -> mesa.time.EventGenerator:
        """Schedule recurring events of Mesa's; an interval that is not finite is refused.

        Raises
        ------
        RunError
            If the interval is infinite or not a number.
        """
        if not callable(schedule.interval) and not isfinite(schedule.interval):
            raise RunError(f"events were to recur every {schedule.interval}; expected working days")
        return super().schedule_recurring(function, schedule, priority)

    def next_occasion(self, every: float, not_before: float, moment: int, first: int = 1) -> int:
        """Return the number of the next occasion that is not before a day and is not over yet.

        An occasion is over once its day has passed, however shortly, or once the present instant has come
        to its moment - whether or not anybody was there, so that nobody's presence changes another's day.
        """
        number = _occasion(every, max(not_before, self.time), first)
        day = number * every
        is_over = self.time > day or (self.time >= day - INSTANT and self.moment >= moment)
        return number + is_over

    def _look_at_mesas_events(self) -> list[Any]:
        """Return Mesa's heap of events, which it may replace at any event: nothing public shows its first."""
        self._mesa_heap = self._event_list._events  # noqa: SLF001
        return self._mesa_heap

    def _advance_time(self, until: float) -> None:
        """Let everything happen up to and including a day; Mesa's run_until, run_for and step come here."""
        if not until >= self.time:
            raise RunError(f"cannot run until day {until}: it is day {self.time} already")
        calls, takers = self._calls, self._takers
        mesa_heap = self._look_at_mesas_events()
        # The end of time comes after everything else on its day, and is the only call without a method.
        the_end = (until, _THE_END, 0, None, None)
        heappush(calls, the_end)
        try:
            for _ in repeat(None, MOST_EVENTS_IN_A_RUN):
                if mesa_heap:
                    first = mesa_heap[0]
                    if first.CANCELED or first.time <= (self.time if takers else calls[0][0]):
                        heappop(mesa_heap)
                        if not first.CANCELED:
                            if first.time > self.time:
                                self.time, self.moment = float(first.time), 0
                            first.execute()
                            mesa_heap = self._look_at_mesas_events()
                        continue
                if takers and (calls[0][0] > self.time or calls[0][1] > WORK_IS_TAKEN):
                    self.moment = WORK_IS_TAKEN
                    this_round = takers[:]
                    del takers[:]
                    for take in this_round:
                        take()
                    continue
                self.time, self.moment, _, method, argument = heappop(calls)
                if method is None:
                    break
                method(argument)
            else:
                raise RunError(f"more than {MOST_EVENTS_IN_A_RUN:,} events by day {self.time:.0f}; stopped")
        finally:
            if the_end in calls:  # something went wrong before
                calls.remove(the_end)
                heapify(calls)
            self.moment = 0
            self.events = self._scheduled - len(calls)


def _occasion(every: float, not_before: float, first: int) -> int:
    """Return the number k of the first occasion, on day ``k * every``, that is not before a day.

    ``first`` is the number of the first occasion of all: nothing meets on day 0, but an iteration begins.
    """
    k = max(int(not_before / every) - 1, first)
    while k * every < not_before - INSTANT:
        k += 1
    return k

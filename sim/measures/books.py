"""The books of a replication by calendar: what is earned and spent on the days of the measured window.

The rule is the docstring of ``sim.scenario.money.Money``. Requests count whenever they arose; a cohort's
value (``Ledger.values``) is that of the requests that arose in the window, whenever they earn it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.spec import DAYS_PER_WEEK, HOURS_PER_DAY, WEEKS_PER_YEAR
from sim.world.journal import APPROVAL, DECISION, INCIDENT_ENDED, JOINED, RELEASED, REVIEW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.measures.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Books:
    """What one replication earned and spent in the measured window, in the scenario's currency.

    Attributes
    ----------
    value
        What live requests earned, less what harmful ones lost.
    of_required
        What of it required requests earned: nobody is late with the others.
    at_once
        What required requests had earned if each were live on the day its need arose, and no harm were done.
    people, approvers, failures, defects
        What was spent, by what it was spent on.
    """

    value: float
    of_required: float
    at_once: float
    people: float
    approvers: float
    failures: float
    defects: float

    @property
    def cost(self) -> float:
        """Everything that was spent."""
        return self.people + self.approvers + self.failures + self.defects

    @property
    def margin(self) -> float:
        """Value minus cost."""
        return self.value - self.cost


def books_of(ledger: Ledger) -> Books | None:
    """Return the books of a replication; nothing where nothing has a price."""
    prices = ledger.prices
    if prices is None:
        return None
    earning, losing, at_once = ledger.days_of_use
    live, arose = ledger.until, ledger.arrived
    per_day = ledger.history.requests.value_per_week / DAYS_PER_WEEK * prices.value_unit
    hours = approver_hours(ledger, prices.board_hours)
    failed = ledger.noted(RELEASED, in_window=True)["amount"].sum()
    hires = len(ledger.noted(JOINED, in_window=True)["day"])
    more = float(
        (ledger.more_days - ledger.vacant_days).sum()
    )  # days of people, at what they cost on average
    paid = ledger.weeks + more / ledger.n_people / DAYS_PER_WEEK
    met = len(ledger.noted(INCIDENT_ENDED, in_window=True)["day"])
    value = per_day * (_within(ledger, live, earning) - _within(ledger, live, losing))
    could_be = per_day * _within(ledger, arose, at_once)
    return Books(
        value=float(value.sum()),
        of_required=float(value[ledger.required].sum()),
        at_once=float(could_be[ledger.required].sum()),
        people=ledger.people_year * paid / WEEKS_PER_YEAR + hires * prices.hire,
        approvers=hours * prices.approver_hour * prices.overhead,
        failures=float(failed) * prices.failed_release,
        defects=met * prices.escaped_defect,
    )


def approver_hours(ledger: Ledger, board_hours: float) -> float:
    """Return the hours of approvers that answers given in the window have cost.

    At a desk they are those of the review or answer; at a board ``board_hours`` for each paper it takes. A
    paper that a board takes on the instant it is handed in leaves no row, and costs nothing.
    """
    day, work, at_board = answers(ledger)
    begin, end = ledger.window
    given = (day >= begin) & (day < end)
    return float(work[given].sum()) * HOURS_PER_DAY + np.count_nonzero(at_board[given]) * board_hours


def answers(ledger: Ledger) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return the day of each answer of approvers, the working days it took, and whether a board gave it."""
    stays, places = ledger.history.stays, ledger.history.places
    is_layer = np.array([place.kind == "layer" for place in places], dtype=np.bool_)
    is_board = np.array([place.kind == "layer" and not place.capacity for place in places], dtype=np.bool_)
    given = ledger.are(APPROVAL, DECISION, REVIEW) & (stays["place"] >= 0)
    given &= ~np.isnan(stays["finished"]) & ~np.isnan(stays["started"])
    rows = np.flatnonzero(given)
    rows = rows[is_layer[stays["place"][rows]]]
    return stays["finished"][rows], stays["work"][rows], is_board[stays["place"][rows]]


def _within(ledger: Ledger, begins: NDArray[np.float64], lasts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many of the days that begin on a day and last so long are in the measured window."""
    begin, end = ledger.window
    return np.clip(np.minimum(begins + lasts, end) - np.maximum(begins, begin), 0.0, None)

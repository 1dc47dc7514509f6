"""Pay-back: what a change from one operating model to another costs once, and how soon that comes back.

The gain of a change is the paired difference of the margins, by calendar; what it costs once are the prices
of the parts in which the two differ. Nothing is discounted, and no dip on the way is simulated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sim.errors import RunError
from sim.scenario.levers.groups import groups_between
from sim.scenario.money import Money
from sim.scenario.spec import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.measures.statistics import Interval
    from sim.studies.contenders import Contender
    from sim.studies.study import Study


@dataclass(frozen=True, slots=True)
class PartCost:
    """What changing one part of an operating model costs once, in the scenario's currency."""

    key: str
    label: str
    cost: float


@dataclass(frozen=True, slots=True)
class PayBack:
    """A change from one organisation to another: its cost, its gain, and when the cost has come back.

    Attributes
    ----------
    study
        Where both organisations met the same requests and luck.
    baseline, model
        From which contender to which.
    parts
        The parts in which they differ, with what changing each costs once.
    gain
        Margin per year after the change minus before, with the interval of the paired difference.
    """

    study: Study
    baseline: str
    model: str
    parts: tuple[PartCost, ...]
    gain: Interval

    @property
    def prices(self) -> Money:
        """The prices that it is reckoned with."""
        prices = self.study.prices
        assert prices is not None  # or there were no pay-back
        return prices

    @property
    def one_off(self) -> float:
        """What the change costs once, in the scenario's currency."""
        return math.fsum(part.cost for part in self.parts)

    @property
    def yearly_return(self) -> Interval:
        """Gain per year over what the change costs once; no number where it costs nothing."""
        return _mapped(self.gain, lambda gain: gain / self.one_off if self.one_off else math.nan)

    @property
    def weeks(self) -> Interval:
        """Weeks until the gain has added up to what the change costs once.

        The interval is that of the gain, turned over: it is open (infinite) where the gain may be nothing,
        and the number is infinite where the change loses. It is no mean of pay-backs, which need not exist.
        """
        soon = _mapped(self.gain, self._weeks_at)
        return replace(soon, low=soon.high, high=soon.low)

    def _weeks_at(self, gain: float) -> float:
        if math.isnan(gain):
            return gain
        if gain <= 0:
            return math.inf
        return self.one_off / gain * WEEKS_PER_YEAR


def _mapped(interval: Interval, through: Callable[[float], float]) -> Interval:
    """Return an interval with its number and ends put through a function that never changes direction."""
    ends = {name: through(getattr(interval, name)) for name in ("estimate", "low", "high")}
    return replace(interval, **ends)


def pay_back(study: Study, model: str | None = None, baseline: str | None = None) -> PayBack:
    """Return what changing from one organisation to another costs once, and when that has come back.

    Parameters
    ----------
    study
        A comparison of organisations that have prices (``situation.money``).
    model, baseline
        To which contender, and from which: by default to the last, from the first.

    Raises
    ------
    RunError
        If there are no prices, no such contender, or none to change to.

    Examples
    --------
    >>> import sim
    >>> found = sim.pay_back(sim.compare("pooling", replications=2, seed=1))
    >>> [part.label for part in found.parts]
    ['Teams and skills']
    """
    if study.prices is None:
        raise RunError(
            "pay-back needs prices in one currency: set situation.money in the scenario "
            "(opsim describe --fields lists what may stand there)"
        )
    model = study.known_model(study.models[-1] if model is None else model)
    baseline = study.known_model(study.baseline if baseline is None else baseline)
    if model == baseline:
        raise RunError("pay-back is of a change: give two operating models")
    parts = changed_parts(study.contender(baseline), study.contender(model))
    return PayBack(study, baseline, model, parts, study.difference("margin_per_year", model, baseline))


def changed_parts(before: Contender, after: Contender) -> tuple[PartCost, ...]:
    """Return the parts in which two organisations differ, and what changing each costs once (0: no price)."""
    situation = after.scenario.situation
    prices = situation.money or Money()
    groups = groups_between(
        before.scenario.operating_models[before.model], after.scenario.operating_models[after.model]
    )
    return tuple(
        PartCost(group.key, group.label, prices.one_off(group.key, situation.people)) for group in groups
    )

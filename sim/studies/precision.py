"""How sure is sure enough: half-widths that are asked for, and whether a study has reached them."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from sim.errors import RunError, quote
from sim.measures.metrics import check_measure

if TYPE_CHECKING:
    from sim.measures.statistics import Interval
    from sim.studies.study import Study

FEWEST_PRECISE = 10
"""Replications from which a half-width is trusted: of fewer it is too often small by luck."""


@dataclass(frozen=True, slots=True)
class Precision:
    """A half-width that is small enough: of each difference to the baseline, or of a single estimate.

    It counts as reached when it has been met from at least 10 replications on, and stayed so over 5 more (5 %
    more from the hundredth on).

    Attributes
    ----------
    measure
        Name of a row of ``METRICS``.
    half_width
        In the unit of the measure; as a share of the baseline's estimate if ``is_relative``.
    is_relative
        Whether it is such a share. Then p / (1 + p) is demanded, so that the error is at most p of
        the true value (Law, 2015, section 9.4.1).
    """

    measure: str
    half_width: float
    is_relative: bool = False

    def __post_init__(self) -> None:
        check_measure(self.measure)
        if not (isfinite(self.half_width) and self.half_width > 0):
            raise RunError(f"precision of {self.measure} is {self.half_width}; give a half-width above 0")

    @classmethod
    def parse(cls, measure: str, half_width: float | str) -> Precision:
        """Return a precision from a number in the measure's unit, or a text such as ``5%``.

        >>> Precision.parse("lead_time_p85", "5 %")
        Precision(measure='lead_time_p85', half_width=0.05, is_relative=True)
        """
        text = str(half_width).strip()
        is_relative = text.endswith("%")
        try:
            number = float(text.removesuffix("%"))
        except ValueError:
            raise RunError(
                f"precision of {measure} is {quote(half_width)}; write a number like 1.5 or a share like 5%"
            ) from None
        return cls(measure, number / 100 if is_relative else number, is_relative)

    def is_met(self, study: Study) -> bool:
        """Return whether a study as it stands is that sure."""
        allowed = self.half_width
        if self.is_relative:
            level = abs(study.estimate(self.measure, study.baseline).estimate)
            allowed *= level / (1 + self.half_width)
        # A comparison with NaN, where there is no interval, is false; what is not left to chance is exact.
        return all(
            interval.is_one_history or interval.half_width <= allowed for interval in self.intervals(study)
        )

    def intervals(self, study: Study) -> list[Interval]:
        """Return the intervals whose half-width counts."""
        if len(study.models) == 1:
            return [study.estimate(self.measure, study.baseline)]
        return [study.difference(self.measure, model) for model in study.models[1:]]

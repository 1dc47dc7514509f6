"""Distributions of efforts, transfer delays and review hours, drawn by inverse transform.

Inverse transform keeps the coupling monotone: the same luck gives a larger draw when the mean is
raised. A bare number in a file is a fixed value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from sim.scenario.spec import Number, Spec

if TYPE_CHECKING:
    from numpy.typing import NDArray


_LARGEST = 1e6
NonNegative = Annotated[Number, Field(ge=0, le=_LARGEST)]
Positive = Annotated[Number, Field(gt=0, le=_LARGEST)]
Variation = Annotated[Number, Field(ge=0, le=20)]


class Fixed(Spec):
    """Always the same value."""

    kind: Literal["fixed"] = "fixed"
    value: NonNegative

    @property
    def average(self) -> float:
        """Mean of the draws, in their own unit."""
        return self.value

    @property
    def variation(self) -> float:
        """Coefficient of variation: standard deviation over mean."""
        return 0.0

    def quantile(self, uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the value for every draw."""
        return np.full(len(uniforms), self.value)


class Exponential(Spec):
    """Exponential with the given mean."""

    kind: Literal["exponential"]
    mean: Positive

    @property
    def average(self) -> float:
        """Mean of the draws, in their own unit."""
        return self.mean

    @property
    def variation(self) -> float:
        """Coefficient of variation: standard deviation over mean."""
        return 1.0

    def quantile(self, uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the inverse distribution function."""
        return -self.mean * np.log1p(-uniforms)


class Lognormal(Spec):
    """Log-normal, given by its mean and coefficient of variation."""

    kind: Literal["lognormal"]
    mean: Positive
    cv: Variation

    @property
    def average(self) -> float:
        """Mean of the draws, in their own unit."""
        return self.mean

    @property
    def variation(self) -> float:
        """Coefficient of variation: standard deviation over mean."""
        return self.cv

    def quantile(self, uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the inverse distribution function."""
        from scipy.special import ndtri

        variance = np.log1p(self.cv**2)
        return self.mean * np.exp(np.sqrt(variance) * ndtri(uniforms) - variance / 2)


class Gamma(Spec):
    """Gamma, given by its mean and coefficient of variation (cv 1 is the exponential)."""

    kind: Literal["gamma"]
    mean: Positive
    cv: Annotated[Number, Field(gt=0, le=20)]

    @property
    def average(self) -> float:
        """Mean of the draws, in their own unit."""
        return self.mean

    @property
    def variation(self) -> float:
        """Coefficient of variation: standard deviation over mean."""
        return self.cv

    def quantile(self, uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the inverse distribution function."""
        from scipy.special import gammaincinv

        shape = self.cv**-2
        return gammaincinv(shape, uniforms) * (self.mean / shape)


class Uniform(Spec):
    """Any value between low and high, equally likely."""

    kind: Literal["uniform"]
    low: NonNegative
    high: NonNegative

    @model_validator(mode="after")
    def _ordered(self) -> Uniform:
        if self.low > self.high:
            raise ValueError(f"low ({self.low:g}) is above high ({self.high:g}); swap them")
        return self

    @property
    def average(self) -> float:
        """Mean of the draws, in their own unit."""
        return (self.low + self.high) / 2

    @property
    def variation(self) -> float:
        """Coefficient of variation: standard deviation over mean."""
        return (self.high - self.low) / 12**0.5 / self.average if self.average else 0.0

    def quantile(self, uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the inverse distribution function."""
        return self.low + (self.high - self.low) * uniforms


class Triangular(Spec):
    """Between low and high, most likely at mode: three numbers that people can estimate."""

    kind: Literal["triangular"]
    low: NonNegative
    mode: NonNegative
    high: NonNegative

    @model_validator(mode="after")
    def _ordered(self) -> Triangular:
        if not self.low <= self.mode <= self.high:
            raise ValueError(
                f"expected low <= mode <= high, found {self.low:g}, {self.mode:g}, {self.high:g}"
            )
        return self

    @property
    def average(self) -> float:
        """Mean of the draws, in their own unit."""
        return (self.low + self.mode + self.high) / 3

    @property
    def variation(self) -> float:
        """Coefficient of variation: standard deviation over mean."""
        low, mode, high = self.low, self.mode, self.high
        variance = (low**2 + mode**2 + high**2 - low * mode - low * high - mode * high) / 18
        return variance**0.5 / self.average if self.average else 0.0

    def quantile(self, uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the inverse distribution function."""
        low, mode, high = self.low, self.mode, self.high
        width = high - low
        if width == 0:
            return np.full(len(uniforms), low)
        rising = low + np.sqrt(uniforms * width * (mode - low))
        falling = high - np.sqrt((1 - uniforms) * width * (high - mode))
        return np.where(uniforms < (mode - low) / width, rising, falling)


class Empirical(Spec):
    """One of the listed values, each as likely as its weight says (equal without weights)."""

    kind: Literal["empirical"]
    values: Annotated[tuple[NonNegative, ...], Field(min_length=1, max_length=10_000)]
    weights: tuple[Annotated[Number, Field(ge=0)], ...] | None = None

    @model_validator(mode="after")
    def _weighted(self) -> Empirical:
        if self.weights is not None:
            if len(self.weights) != len(self.values):
                raise ValueError(f"{len(self.values)} values but {len(self.weights)} weights")
            if sum(self.weights) <= 0:
                raise ValueError("the weights add up to 0; give at least one a weight above 0")
        return self

    def _shares(self) -> NDArray[np.float64]:
        weights = np.array(self.weights if self.weights is not None else [1.0] * len(self.values))
        return weights / weights.sum()

    @property
    def average(self) -> float:
        """Mean of the draws, in their own unit."""
        return float(np.dot(self._shares(), self.values))

    @property
    def variation(self) -> float:
        """Coefficient of variation: standard deviation over mean."""
        mean = self.average
        variance = float(np.dot(self._shares(), (np.array(self.values) - mean) ** 2))
        return variance**0.5 / mean if mean else 0.0

    def quantile(self, uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the inverse distribution function (values sorted, so that it never falls)."""
        order = np.argsort(self.values, kind="stable")
        ends = np.cumsum(self._shares()[order])
        at = np.searchsorted(ends, uniforms, side="left").clip(max=len(order) - 1)
        return np.array(self.values, dtype=np.float64)[order][at]


AnyDistribution = Annotated[
    Fixed | Exponential | Lognormal | Gamma | Uniform | Triangular | Empirical,
    Field(discriminator="kind"),
]


SETTINGS = frozenset(
    name
    for kind in (Fixed, Exponential, Lognormal, Gamma, Uniform, Triangular, Empirical)
    for name in kind.model_fields
)
"""The names of all settings of distributions: a number may stand where these are, for the ``fixed`` one."""


def _bare_number(value: object) -> object:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"kind": "fixed", "value": value} if is_number else value


Distribution = Annotated[
    AnyDistribution,
    BeforeValidator(_bare_number, json_schema_input_type=float | AnyDistribution),
]


def in_words(distribution: AnyDistribution) -> str:
    """Return the distribution as people say it: 'lognormal, mean 8, cv 1.1'."""
    match distribution:
        case Fixed(value=value):
            return f"{value:g}"
        case Exponential(mean=mean):
            return f"exponential, mean {mean:g}"
        case Lognormal(mean=mean, cv=cv) | Gamma(mean=mean, cv=cv):
            return f"{distribution.kind}, mean {mean:g}, cv {cv:g}"
        case Uniform(low=low, high=high):
            return f"uniform, {low:g} to {high:g}"
        case Triangular(low=low, mode=mode, high=high):
            return f"triangular, {low:g} / {mode:g} / {high:g}"
        case Empirical(values=values):
            return f"one of {len(values)} listed values, mean {distribution.average:g}"


def scaled(distribution: AnyDistribution, mean: float) -> dict[str, Any]:
    """Return the distribution with another mean and the same shape."""
    if mean == 0 or distribution.average == 0:
        return {"kind": "fixed", "value": mean}
    factor = mean / distribution.average
    tree = distribution.model_dump(mode="json")
    match distribution:
        case Fixed():
            tree["value"] = mean
        case Uniform() | Triangular():
            tree |= {side: tree[side] * factor for side in ("low", "mode", "high") if side in tree}
        case Empirical():
            tree["values"] = [value * factor for value in tree["values"]]
        case _:
            tree["mean"] = mean
    return tree

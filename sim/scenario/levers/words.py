"""How the value of a lever is said: "every 4 weeks", "30 %", "no limit"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sim.scenario.levers.lever import Value


def plain(value: Value) -> str:
    """Say a number as it is, without a unit."""
    return f"{value:g}" if isinstance(value, float | int) else str(value)


def percent(value: Value) -> str:
    """Say a share in per cent."""
    return f"{float(value or 0) * 100:g} %"


def unit(one: str, many: str) -> Callable[[Value], str]:
    """Say a number with its unit, which has a word for one and a word for several."""
    return lambda value: f"{plain(value)} {one if value == 1 else many}"


def every_weeks(otherwise: str) -> Callable[[Value], str]:
    """Say a rhythm in weeks; 0 is ``otherwise``."""
    said = {0.0: otherwise, 0.5: "twice a week", 1.0: "every week"}
    return lambda value: said.get(float(value or 0)) or f"every {plain(value)} weeks"


def or_never(otherwise: str, one: str, many: str) -> Callable[[Value], str]:
    """Say a number with its unit; without a number it is ``otherwise``."""
    return lambda value: otherwise if value is None else unit(one, many)(value)


def or_none(otherwise: str, many: str) -> Callable[[Value], str]:
    """Say a number of things; 0 is ``otherwise``."""
    return lambda value: otherwise if not value else unit(many.removesuffix("s"), many)(value)


def choice(words: Mapping[str, str]) -> Callable[[Value], str]:
    """Say a word of a file in plain words."""
    return lambda value: words.get(str(value), str(value))

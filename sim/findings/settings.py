"""Settings in words: what shares, amounts and lists read like, and a sentence for each that was set."""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import TYPE_CHECKING, Any

from sim.errors import counted
from sim.scenario.distributions import Fixed, in_words
from sim.scenario.fields import DISTRIBUTIONS, Parameter, parameters_in, value_in_words
from sim.scenario.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_SHOWN_IN_A_LIST = 12


def listed(names: Iterable[str]) -> str:
    """Return 'a, b and c', cut after a dozen."""
    every = list(names)
    if len(every) > _SHOWN_IN_A_LIST:
        every = [*every[:_SHOWN_IN_A_LIST], f"{len(every) - _SHOWN_IN_A_LIST} more"]
    return " and ".join([*filter(None, [", ".join(every[:-1])]), *every[-1:]])


def percent(part: float) -> str:
    """Return a share or a chance in per cent."""
    return f"{100 * part:.3g} %"


def amount_text(spread: Any, one: str) -> str:
    """Return a distribution with its unit: '8 working days on average (lognormal, mean 8, cv 1.1)'."""
    if isinstance(spread, Fixed):
        return counted(spread.value, one)
    return f"{counted(spread.average, one)} on average ({in_words(spread)})"


def settings_in_words(spec: Spec, *said: str) -> Iterator[str]:
    """Yield a sentence for each setting that is not the default, in the words of its field."""
    for name, field in type(spec).model_fields.items():
        if name in said:
            continue
        value = getattr(spec, name)
        if isinstance(value, Spec) and not isinstance(value, DISTRIBUTIONS):
            if "kind" in type(value).model_fields and type(value) is not type(field.default):
                yield f"{cleandoc(type(value).__doc__ or '').partition('\n\n')[0].rstrip('.')}."
            yield from settings_in_words(value, "kind")
        else:
            for entry in parameters_in(value, field, name):
                if not entry.is_default:
                    meaning = re.split("[;:.]", entry.meaning)[0]
                    yield f"{meaning or entry.path}: {_with_unit(entry)}."


def _with_unit(entry: Parameter) -> str:
    value, unit = entry.value, entry.unit
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and unit.startswith(("share", "chance"))
    ):
        return percent(value) + unit.removeprefix("share").removeprefix(" 0-1").removeprefix("chance")
    if value == 1 and " per " not in unit:
        unit = unit.removesuffix("s")
    return f"{value_in_words(value)} {unit if isinstance(value, dict | int | float) else ''}".strip()

"""One closed form at a time; nothing is simulated twice (``sim.trust.closed_forms`` has the table)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from sim.measures.statistics import mean_interval
from sim.trust.closed_forms import FORMS, organisation
from sim.trust.forms import LEVEL, Check, Form, disagreement
from sim.trust.verification import values_of

if TYPE_CHECKING:
    from collections.abc import Mapping

SAME_NUMBER = 1e-9  # identities hold up to rounding

QUICK = frozenset(
    {
        "absence",
        "attention",
        "board",
        "board_with_revision",
        "gate_of_two",
        "iterations",
        "product_life",
        "release_train",
        "talking",
        "wrong_teams",
    }
)
"""Organisations that Mesa simulates in a second or so: theirs is checked every day, all else in CI."""


def each(forms: Mapping[str, Form]) -> list:
    """Return forms by name as parameters; those are slow that take long to simulate."""
    return [
        pytest.param(form, id=name, marks=[] if form.file in QUICK else [pytest.mark.slow])
        for name, form in forms.items()
    ]


@cache
def simulated(file: str, model: str) -> dict[str, list[float]]:
    """Return each wanted measure's value in every replication of an operating model."""
    scenario = organisation(file)
    wanted = sorted({form.measure for form in FORMS if (form.file, form.model) == (file, model)})
    return values_of(scenario, model, wanted, range(scenario.run.replications))


def check(form: Form) -> None:
    """Fail unless simulation agrees with theory."""
    values = simulated(form.file, form.model)
    interval = mean_interval(values[form.measure], level=LEVEL)
    problem = Check(form, interval, max(values["unfinished_share"])).problem
    assert not problem, problem


def check_mistake(form: Form) -> None:
    """Fail unless simulation contradicts a theory that is wrong."""
    interval = mean_interval(simulated(form.file, form.model)[form.measure], level=LEVEL)
    found = disagreement(interval, form.theory)
    assert found.startswith("outside"), f"a mistake is not told from the truth: {form.theory:g}, {interval}"

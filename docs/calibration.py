"""Levels that shipped organisations are held to: what docs/calibration.yaml says, and what is found."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import sim
from sim.measures.statistics import mean_interval
from sim.scenario.files.yaml import read_yaml_file
from sim.studies.shipped_results import COMMAND, read_stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.measures.statistics import Interval

KINDS = ("industrial", "product", "better")
"""Whom a band is for: one operating model, or whichever earns more."""


@cache
def written() -> dict[str, Any]:
    """Return what docs/calibration.yaml says."""
    return read_yaml_file(Path(__file__).with_suffix(".yaml")).data


@cache
def study_of(key: str) -> sim.Study:
    """Return the result that ships with a scenario."""
    study = read_stored(key, sim.load(key))
    assert study is not None, f"nothing stored for {key}: run {COMMAND}"
    return study


def bands() -> Iterator[tuple[dict[str, Any], str]]:
    """Yield every level with each kind of operating model that it has a band for."""
    for level in written()["levels"]:
        for kind in KINDS:
            if kind in level:
                yield level, kind


def why_missed(key: str, kind: str, number: str) -> str | None:
    """Return why a scenario does not meet a band, if that is written down."""
    for missed in written()["missed"]:
        if key in missed["scenarios"] and missed["model"] == kind and missed["number"] == number:
            return missed["why"]
    return None


def found(key: str, kind: str, number: str) -> Interval:
    """Return the estimate of a number in the stored result of a scenario, with its interval."""
    study = study_of(key)
    if number == "mean_over_p50":
        means, halves = (np.array(study.values(name, kind)) for name in ("lead_time_mean", "lead_time_p50"))
        return mean_interval(means / halves)
    if number == "value_over_cost":
        situation = study.scenario.situation
        assert situation.money is not None
        loaded = situation.money.people_year(situation.people) / situation.money.overhead
        best = max(study.models, key=lambda model: study.estimate("value_per_year", model).estimate)
        return mean_interval(np.array(study.values("value_per_year", best)) / loaded)
    return study.estimate(number, kind)

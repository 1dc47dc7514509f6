"""Forecasts hold what they promise: against another simulation, and against what happened next."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from worlds.miniatures import backlog, organisation

from sim.experiments.forecast import forecast
from sim.experiments.promises import CHANCES, back_test
from sim.scenario.scenario import Scenario
from sim.studies.run import compare

# --- against another simulation --------------------------------------------------------------------------


def made_amount(case: int) -> tuple[Scenario, int]:
    """Return some fixed amount of work in some organisation, and of how many requests it is asked."""
    luck = np.random.default_rng([14, case])
    kind = ("lognormal", "exponential", "gamma")[case % 3]
    effort = {"kind": kind, "mean": float(luck.uniform(0.5, 5))}
    if kind != "exponential":
        effort["cv"] = float(luck.uniform(0.4, 1.2))
    model: dict[str, Any] = {}
    if case % 4 == 1:
        model["release"] = {"kind": "train", "every_weeks": float(luck.integers(2, 7))}
    if case % 4 == 2:
        board = {"kind": "board", "name": "board", "meets_every_weeks": float(luck.integers(1, 5))}
        model["governance"] = {"gates": [{"before": "start", "layers": [board]}]}
    if case % 4 == 3:
        model["handoffs"] = {"delay_days": {"kind": "exponential", "mean": 1.0}}
    items = int(luck.integers(8, 40))
    work = {"build": ("dev", effort), "check": ("test", {"kind": "exponential", "mean": 0.5})}
    people = {"dev": int(luck.integers(1, 5)), "test": 1}
    scenario = organisation(model, people=people, work=work, arrivals=backlog(items), weeks=120)
    return scenario, int(luck.integers(items // 2, items + 1))


def other_weeks(scenario: Scenario, items: int, runs: int, case: int, folder: Path) -> np.ndarray:
    """Return the weeks until so many are done, from other seeds; nothing of the forecast is used.

    A list in a file begins on each day of the longest rhythm.
    """
    every = int(scenario.longest_rhythm_days("m"))
    n = scenario.situation.demand.arrivals.items
    starts = range(max(every, 1))
    weeks = []
    for number, start in enumerate(starts):
        (folder / "list.csv").write_text("arrived\n" + f"{start}\n" * n, encoding="utf-8")
        arrivals = {"kind": "trace", "file": str(folder / "list.csv")}
        moved = scenario.with_changes({"situation.demand.arrivals": arrivals})
        study = compare(moved, seed=1000 * (case + 1) + number, replications=runs // len(starts))
        for outcome in study.outcomes["m"].values():
            assert outcome.items is not None
            weeks.append((np.sort(outcome.items["ended"])[items - 1] - start) / 5)  # nothing is refused
    return np.array(weeks)


def cases_inside(cases: range, runs: int, folder: Path) -> tuple[int, float]:
    """Return in how many cases the interval at 85 % holds the other simulation, and how often 95 % was kept.

    The latter is a share of the other simulation's runs, mean over the cases.
    """
    held, kept = 0, 0.0
    for case in cases:
        scenario, items = made_amount(case)
        (side,) = forecast(scenario, items=items, replications=80, seed=case).sides
        other = other_weeks(scenario, items, runs, case, folder)
        low, high = side.by_simulation[0.85].low, side.by_simulation[0.85].high
        there = np.sort(other)[int(np.ceil(0.85 * len(other))) - 1]
        held += bool(low - 1e-9 <= there <= (np.inf if np.isnan(high) else high) + 1e-9)
        kept += float((other <= side.by_simulation[0.95].estimate + 1e-9).mean())
    return held, kept / len(cases)


def test_forecasts_of_a_fixed_amount_hold_against_another_simulation(tmp_path: Path):
    held, kept = cases_inside(range(3), 60, tmp_path)
    assert held >= 2 and kept >= 0.85


@pytest.mark.slow
def test_forecasts_of_twenty_fixed_amounts_hold_against_another_simulation(tmp_path: Path):
    held, kept = cases_inside(range(20), 150, tmp_path)
    assert held >= 17, f"the 95 % interval held the other simulation in {held} of 20"
    # The 76th of 80 runs is exceeded by 5 of 81 others, on average.
    assert kept == pytest.approx(76 / 81, abs=0.02), f"what was promised with 95 % was kept in {kept:.3f}"


# --- are promises kept? ---------------------------------------------------------------------------------


def test_promises_from_a_steady_history_are_kept_as_often_as_they_say():
    # Independent weeks are what drawing past weeks assumes: each promise is kept in its share of futures, and
    # a little more often, because whole requests are promised.
    counts = np.random.default_rng(1).poisson(6, 3000)
    for chance, held in back_test(counts, 8, 26).items():
        assert chance - 0.05 <= held.estimate <= min(chance + 0.08, 1.0), f"{chance}: {held.estimate:.3f}"


@pytest.mark.slow
def test_promises_of_a_simulated_history_are_kept_while_it_is_stable_and_not_when_it_slows_down():
    # C27: coverage of an 85 % forecast is near 85 % when stable.
    steady = organisation(
        {},
        people={"dev": 3},
        work={"build": ("dev", {"kind": "exponential", "mean": 1})},
        arrivals={"kind": "poisson", "per_week": 5},
        weeks=80,
        run={"warm_up_weeks": 4, "tail_weeks": 4},
    )
    found = forecast(steady, weeks=8, replications=300, history_weeks=26, workers=2)
    (side,) = found.sides
    for chance in CHANCES:
        held = side.held[chance]
        assert held.low - 0.03 <= chance <= held.high + 0.03, f"{chance}: {held.estimate:.3f}"
    slowing = np.random.default_rng(1).poisson(np.linspace(10, 2, 300))
    assert back_test(slowing, 8, 26)[0.85].estimate < 0.7

"""Explorations: what they conclude in worlds with a known answer, and where theory has one."""

import gc
import math
import tracemalloc

import pytest
from scipy.optimize import brentq
from worlds.answers import GROWING, X, Y, live_in, scenario
from worlds.studies import around, made_study

import sim
from sim.errors import RunError, ScenarioError
from sim.experiments.break_even import BreakEven, break_even
from sim.experiments.robustness import regret, robust
from sim.experiments.sweep import NOT_CLEAR, Plan, StoppedError, clear_winner, contrast, sweep
from sim.experiments.winner_map import map_of
from sim.findings import exploring as findings
from sim.scenario.scenario import Scenario
from sim.studies.contenders import contenders_of
from sim.studies.run import simulate
from sim.trust import theory

SMALL = Scenario.model_validate(
    {
        "name": "Three people",
        "situation": {
            "products": ["a", "b", "c"],
            "people": {"development": 3},
            "demand": {
                "arrivals": {"kind": "poisson", "per_week": 9},
                "work": [
                    {
                        "activity": "build",
                        "skill": "development",
                        "effort_days": {"kind": "exponential", "mean": 1},
                    }
                ],
            },
        },
        "operating_models": {
            "silos": {"name": "Silos", "structure": {"teams": {"kind": "by_product"}}},
            "pool": {"name": "Pool", "structure": {"teams": {"kind": "generalist", "penalty": 0.1}}},
        },
        "run": {"horizon_weeks": 40, "warm_up_weeks": 5, "tail_weeks": 5, "replications": 3},
    }
)


# --- who is better ------------------------------------------------------------------------------------


def test_contrast_is_clear_only_where_the_interval_excludes_zero():
    study = made_study({"lead_time_p85": around(50.0)}, {"lead_time_p85": around(40.0)})
    assert contrast(study, "lead_time_p85", "product", "industrial").side == -1
    unclear = made_study({"wip": around(9.0, spread=2)}, {"wip": around(9.1, spread=1)})
    assert contrast(unclear, "wip", "product", "industrial").side == 0


def test_contrast_read_with_many_others_must_be_clearer():
    first = [0.0] * 10
    barely = [0.2 + difference for difference in around(0.0, spread=0.25)]
    study = made_study({"wip": first}, {"wip": barely})
    assert contrast(study, "wip", "product", "industrial").side == 1
    assert contrast(study, "wip", "product", "industrial", comparisons=20).side == 0


@pytest.mark.parametrize("measure", ["lead_time_p85", "flow_efficiency"])
def test_an_organisation_that_cannot_keep_up_is_clearly_worse(measure: str):
    growing = {"backlog_growth": around(0.5, spread=0.01)}
    assert clear_winner(made_study(growing, {"wip": around(1.0)}), measure) == "product"
    assert clear_winner(made_study({"wip": around(1.0)}, growing), measure) == "industrial"
    assert clear_winner(made_study(growing, growing), measure) == ""


def test_the_winner_of_three_must_be_clearly_better_than_both_others():
    sides = [{"lead_time_p85": around(mean)} for mean in (30.0, 20.0, 20.1)]
    assert clear_winner(made_study(*sides[:2]), "lead_time_p85") == "product"
    assert (
        clear_winner(
            made_study(sides[0], sides[1], {"lead_time_p85": around(20.1, spread=2)}), "lead_time_p85"
        )
        == ""
    )


# --- sweep --------------------------------------------------------------------------------------------


def test_sweep_equals_a_comparison_at_each_point():
    found = sweep(
        SMALL, {"pool.poolcost": [0.0, 0.5], "requests": [6.0, 9.0]}, measures=["lead_time_p85", "wip"]
    )
    assert len(found.table) == 4 * 2 * 2 and found.is_complete
    for row in found.rows:
        changes = {
            "operating_models.pool.structure.teams.penalty": row["pool.poolcost"],
            "situation.demand.arrivals.per_week": row["requests"],
        }
        study = sim.compare(SMALL.with_changes(changes), keep_items=False)
        estimate = study.estimate(row["measure"], row["model"])
        assert (row["estimate"], row["low"], row["high"]) == (estimate.estimate, estimate.low, estimate.high)
        if row["model"] == "pool":
            difference = study.difference(row["measure"])
            assert (row["difference"], row["difference_low"]) == (difference.estimate, difference.low)


@pytest.mark.slow
def test_sweep_keeps_nothing_of_a_point_but_its_rows():
    plan = Plan(SMALL, {"pool.poolcost": [step / 100 for step in range(24)]}, measures=["lead_time_p85"])
    rows = plan.rows()
    for _ in range(4):
        next(rows)
    tracemalloc.start()
    try:
        next(rows)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(19):
            next(rows)
        gc.collect()  # a model is a ring of references: it goes when the collector comes by
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    # A study of this size takes about 30 kB: 19 of them would take more than 500 kB.
    assert grown < 100_000, f"grew by {grown:,} bytes in 19 points"


def test_progress_of_a_sweep_rises_to_its_end():
    told: list[tuple[int, int]] = []
    sweep(SMALL, {"requests": [6.0, 7.0, 8.0]}, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told) and told[-1] == (18, 18) and {total for _, total in told} == {18}


def test_a_stopped_sweep_keeps_the_points_that_were_finished():
    def stop(done: int, total: int) -> None:
        if done > 8:
            raise KeyboardInterrupt

    found = sweep(SMALL, {"requests": [6.0, 7.0, 8.0]}, progress=stop)
    whole = sweep(SMALL, {"requests": [6.0, 7.0, 8.0]})
    assert not found.is_complete and found.points_done == 1
    assert found.table.equals(whole.table[whole.table["point"] == 1])
    assert "the 1 of 3 design points that were finished" in findings.sentence(found)


def test_a_sweep_stopped_before_anything_was_finished_says_so():
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(StoppedError, match="stopped"):
        sweep(SMALL, {"requests": [6.0]}, progress=stop)


def test_sweep_passes_what_it_does_not_know_to_the_simulator():
    with pytest.raises(TypeError, match="nonsense"):
        sweep(SMALL, {"requests": [6.0]}, nonsense=True)


def test_sweep_counts_who_is_better(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: 50.0 if model == "first" else 10.0 * x)
    found = sweep(scenario(), {X: [1.0, 4.0, 5.0, 9.0]}, measures=["lead_time_p85"])
    assert found.winners["lead_time_p85"]["second"] == {"second": 2, NOT_CLEAR: 1, "first": 1}
    assert "First at 1, Second at 2, not clear at 1" in findings.sentence(found)


# --- break-even in worlds with a known answer ---------------------------------------------------------


def straight(model: str, x: float, y: float) -> float:
    """Second is better below 6.3."""
    return 50.0 if model == "first" else 50.0 + 2 * (x - 6.3)


def found_in(
    monkeypatch: pytest.MonkeyPatch, world, low: float = 2.0, high: float = 12.0, **more
) -> BreakEven:
    live_in(monkeypatch, world, **more)
    return break_even(scenario(), X, low=low, high=high)


def test_break_even_of_a_straight_line_is_its_zero_and_the_interval_that_of_the_line(
    monkeypatch: pytest.MonkeyPatch,
):
    found = found_in(monkeypatch, straight)
    (crossing,) = found.crossings
    assert crossing.estimate == pytest.approx(6.3)
    study = made_study({"wip": around(0.0, 6, 0.1)}, {"wip": around(0.0, 6, 0.2)})
    half_width = study.difference("wip").half_width / 2  # the line rises by 2 for each unit of x
    assert (crossing.low, crossing.high) == pytest.approx((6.3 - half_width, 6.3 + half_width))
    assert (found.better(crossing.side_before), found.better(crossing.side_after)) == ("second", "first")
    text = findings.sentence(found)
    assert (
        "The winner changes at 6.3 weeks" in text and "below it Second" in text and "above it First" in text
    )


def test_break_even_speaks_the_same_whoever_wins(monkeypatch: pytest.MonkeyPatch):
    one = findings.sentence(found_in(monkeypatch, straight))
    swapped = {"first": "second", "second": "first"}
    other = findings.sentence(
        found_in(monkeypatch, lambda model, x, y: straight(swapped[model], x, y), spread=0.1)
    )
    mirrored = one.replace("First", "?").replace("Second", "First").replace("?", "Second")
    assert other.partition(" (95")[0] == mirrored.partition(" (95")[0]
    assert other.rpartition("below")[2] == mirrored.rpartition("below")[2]


def test_a_winner_that_does_not_change_is_called_that(monkeypatch: pytest.MonkeyPatch):
    found = found_in(monkeypatch, lambda model, x, y: 50.0 if model == "first" else 40.0 - x)
    assert found.verdict == "does not change" and not found.crossings
    assert "does not change: Second is better" in findings.sentence(found)


def test_a_difference_within_its_interval_is_not_clear(monkeypatch: pytest.MonkeyPatch):
    found = found_in(monkeypatch, lambda model, x, y: 50.0 + (x - 6) / 1000, spread=3.0)
    assert found.verdict == "not clear" and "Not clear" in findings.sentence(found)


def test_a_winner_at_one_end_only_is_not_called_a_change(monkeypatch: pytest.MonkeyPatch):
    found = found_in(monkeypatch, lambda model, x, y: 50.0 - (model == "second") * (x - 2.0) / 10, spread=0.3)
    assert found.verdict == "not clear"
    assert "not clear (6 paired runs" in findings.sentence(found)


def test_no_difference_at_all_is_called_that(monkeypatch: pytest.MonkeyPatch):
    found = found_in(monkeypatch, lambda model, x, y: 50.0, spread=0.0)
    assert found.verdict == "no difference" and findings.sentence(found).startswith("No difference")


def test_a_curve_that_crosses_twice_is_reported_with_both(monkeypatch: pytest.MonkeyPatch):
    found = found_in(monkeypatch, lambda model, x, y: 50.0 + (model == "second") * ((x - 7) ** 2 - 4))
    assert found.verdict == "changes more than once"
    assert [crossing.estimate for crossing in found.crossings] == pytest.approx([5, 9], abs=0.02)
    assert all(
        crossing.low < exact < crossing.high for crossing, exact in zip(found.crossings, (5, 9), strict=True)
    )
    assert "changes 2 times" in findings.sentence(found)


def test_break_even_is_bracketed_by_an_organisation_that_cannot_keep_up(monkeypatch: pytest.MonkeyPatch):
    found = found_in(
        monkeypatch, lambda model, x, y: 50.0 if model == "first" else 40.0 if x < 8 else GROWING
    )
    (crossing,) = found.crossings
    assert crossing.low < 8.0 <= crossing.high and crossing.high - crossing.low < 0.1
    assert found.better(crossing.side_after) == "first"


def test_break_even_of_three_models_asks_for_two():
    with pytest.raises(ScenarioError, match="name two"):
        break_even(scenario(("a", "b", "c")), X, low=1, high=9)
    with pytest.raises(RunError, match="no measure"):
        break_even(scenario(), X, "lead_time", low=1, high=9)


# --- break-even where theory has one ------------------------------------------------------------------


@pytest.mark.slow
def test_penalty_at_which_a_pool_of_generalists_loses_its_edge():
    # Claim C53, three people at load 0.6: M/M/3 with load and service times (1 + p) against three M/M/1.
    def lead_of_pool(penalty: float) -> float:
        return theory.pooled_mean_lead_days(0.6 * (1 + penalty), 1 + penalty, 3)

    silos = theory.dedicated_mean_lead_days(0.6, 1.0)
    exact = brentq(lambda penalty: lead_of_pool(penalty) - silos, 0.0, 0.6)
    run = {"run.horizon_weeks": 240.0, "run.warm_up_weeks": 20.0, "run.tail_weeks": 20.0}
    found = break_even(
        SMALL.with_changes(run), "pool.poolcost", "lead_time_mean",
        low=0.1, high=0.5, values=3, steps=6, replications=10,
    )  # fmt: skip
    (crossing,) = found.crossings
    assert crossing.low <= exact <= crossing.high, f"theory {exact:.3f}, found {crossing}"
    assert crossing.high - crossing.low < 0.1, "narrow enough to mean something"
    assert (found.better(crossing.side_before), found.better(crossing.side_after)) == ("pool", "silos")


@pytest.mark.slow
def test_funding_rhythm_that_costs_as_much_as_a_board():
    # Waiting for money takes T/2; the board takes its deadline and half its rhythm: equal at T = 2 (d + R/2).
    exact_days = 2 * theory.board_mean_wait_days(20, 5)
    assert theory.funding_mean_wait_days(exact_days) == theory.board_mean_wait_days(20, 5)
    board = {"kind": "board", "name": "board", "meets_every_weeks": 4.0, "paper_deadline_days": 5.0}
    either = Scenario.model_validate(
        {
            "situation": {
                "people": {"development": 150},
                "demand": {
                    "arrivals": {"kind": "poisson", "per_week": 6},
                    "work": [{"activity": "build", "skill": "development", "effort_days": 1.0}],
                },
            },
            "operating_models": {
                "funded": {"funding": {"kind": "rounds", "every_weeks": 13.0}},
                "approved": {"governance": {"gates": [{"before": "start", "layers": [board]}]}},
            },
            "run": {"horizon_weeks": 220, "warm_up_weeks": 20, "tail_weeks": 20, "replications": 10},
        }
    )
    found = break_even(either, "funded.funding", "lead_time_mean", low=2, high=12, values=3, steps=6)
    (crossing,) = found.crossings
    assert crossing.low <= exact_days / 5 <= crossing.high, f"theory {exact_days / 5} weeks, found {crossing}"
    assert crossing.high - crossing.low < 0.5, "weeks: narrow enough to mean something"


# --- map ----------------------------------------------------------------------------------------------


def test_frontier_of_a_map_is_where_the_mean_difference_is_zero(monkeypatch: pytest.MonkeyPatch):
    visited = live_in(monkeypatch, lambda model, x, y: 50.0 + (model == "second") * (x + y - 12.5))
    found = map_of(scenario(), X, Y, across_range=(2, 12), up_range=(2, 12), points=6)
    (line,) = found.frontier
    assert len(line) > 6 and all(x + y == pytest.approx(12.5) for x, y in line)
    ends = sorted((line[0], line[-1]))
    assert ends[0] == pytest.approx((2, 10.5)) and ends[1] == pytest.approx((10.5, 2))
    assert len(visited) == len(set(visited)) == len(found.cells) < 11 * 11, "refined at the frontier only"
    assert found.current == (10.0, 10.0)
    for (column, row), cell in found.cells.items():
        difference = found.xs[column] + found.ys[row] - 12.5
        assert found.better(cell.contrast.side) == ("first" if difference > 0 else "second")
        assert cell.agreement == (difference > 0)


def test_a_map_names_what_is_not_clear_and_how_sure_each_point_is(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: 50.0, spread=1.0)
    found = map_of(scenario(), X, Y, across_range=(2, 4), up_range=(2, 4), points=2)
    assert found.shares() == {"first": 0.0, "second": 0.0, "": 1.0}
    assert {cell.agreement for cell in found.cells.values()} == {0.5}
    assert "100 % is not clear" in findings.sentence(found)


def test_a_map_over_whole_numbers_tries_no_point_twice(monkeypatch: pytest.MonkeyPatch):
    visited = live_in(monkeypatch, lambda model, x, y: 50.0, spread=1.0)
    bank = sim.load("regulated_bank")
    found = map_of(
        bank, "industrial.layers", "situation.need.half_life_weeks",
        across_range=(0, 3), up_range=(2, 4), points=4, models=["industrial", "product"], replications=2,
    )  # fmt: skip
    assert found.xs == (0, 1, 2, 3) and len(found.ys) == 7
    assert len(visited) == len(found.cells) == 4 * 7
    assert not found.table.duplicated(["industrial.layers", "situation.need.half_life_weeks"]).any()


# --- robustness ---------------------------------------------------------------------------------------


def test_robustness_is_the_share_of_draws_with_wilson_intervals(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: 50.0 if model == "first" else 40.0 if x < 9.8 else 60.0)
    found = robust(scenario(), {X: sim.Range(8.0, 10.0)}, draws=100)
    share = found.share("second")
    assert share.estimate == 0.9, "nine tenths of the range, which a Latin hypercube hits exactly"
    # Wilson (1927) for 90 of 100
    z, p, n = 1.959964, 0.9, 100
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    assert (share.low, share.high) == pytest.approx(
        ((middle - half) / scale, (middle + half) / scale), abs=1e-6
    )
    assert found.share("first").estimate == 0.1 and found.share("").estimate == 0
    assert "Second is clearly better in 90 % (83 to 94 %)" in findings.sentence(found)


def test_robustness_names_the_share_that_is_not_clear(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: 50.0 - (model == "second") * (x > 9.0), spread=0.2)
    found = robust(scenario(), {X: sim.Range(8.0, 10.0)}, draws=20)
    assert found.share("").estimate == 0.5
    assert "and 50 % (" in findings.sentence(found) and "are not clear" in findings.sentence(found)


def test_robustness_draws_what_is_plausible_by_default(monkeypatch: pytest.MonkeyPatch):
    visited = live_in(monkeypatch, lambda model, x, y: 50.0 if model == "first" else 40.0)
    found = robust(scenario(), draws=8)
    assert X in found.over and "situation.ideas.good_share" in found.kept
    assert all(4 <= x <= 520 for x, _ in visited) and max(visited)[0] > 100 > 20 > min(visited)[0]


def test_nobody_wins_by_a_measure_without_a_direction():
    with pytest.raises(RunError, match="neither more nor less is better"):
        robust(scenario(), {X: sim.Range(1, 2)}, "arrivals")


# --- regret -------------------------------------------------------------------------------------------

# Days by model and future; regrets by hand: today 0, 10, 4; busy 30, 0, 6; drift 5, 20, 0.
DAYS = {"today": (10, 20, 14), "busy": (50, 20, 26), "drift": (35, 50, 30)}
PLACES = {"today": 1.0, "busy": 2.0, "drift": 3.0}


def payoffs(model: str, x: float, y: float) -> float:
    future = next(name for name, place in PLACES.items() if place == x)
    return float(DAYS[future]["abc".index(model)])


def test_regret_by_hand(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, payoffs, spread=0.01)
    found = regret(scenario(("a", "b", "c")), {name: {X: place} for name, place in PLACES.items()})
    regrets = {
        future: [round(found.outlooks[future][model].regret.estimate, 6) for model in "abc"]
        for future in PLACES
    }
    assert regrets == {"today": [0, 10, 4], "busy": [30, 0, 6], "drift": [5, 20, 0]}
    largest = {
        model: (future, round(interval.estimate, 6))
        for model in "abc"
        for future, interval in [found.largest_regret(model)]
    }
    assert largest == {"a": ("busy", 30), "b": ("drift", 20), "c": ("busy", 6)}
    assert found.ranked() == ("c", "b", "a")
    assert found.lead.estimate == pytest.approx(14) and found.lead.excludes_zero
    assert [found.best(model)[0] for model in "abc"] == ["today", "today", "today"]
    assert [found.worst(model)[0] for model in "abc"] == ["busy", "drift", "drift"]
    assert findings.sentence(found).startswith("Least regret: C.")
    best = found.outlooks["today"]["a"].regret
    assert best.estimate == best.low == best.high == 0


def test_regret_within_its_interval_is_no_clear_choice(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: 20.0 + (model == "first") * (2 * x - 3), spread=0.8)
    found = regret(scenario(), {"one": {X: 1.0}, "two": {X: 2.0}})
    assert not found.lead.excludes_zero
    assert findings.sentence(found).startswith("No clear choice by least regret")


def test_regret_of_what_cannot_keep_up_has_no_end(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: GROWING if model == "first" and x > 1 else 20.0)
    found = regret(scenario(), {"calm": {X: 1.0}, "busy": {X: 2.0}})
    assert math.isinf(found.largest_regret("first")[1].estimate) and found.ranked()[0] == "second"
    assert "without end (growing) in 'busy'" in findings.sentence(found)


def test_a_future_in_which_nobody_keeps_up_is_refused(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: GROWING)
    with pytest.raises(RunError, match=r"in the future 'busy' \(growing\)"):
        regret(scenario(), {"busy": {X: 1.0}})


# --- the door -----------------------------------------------------------------------------------------


def test_every_point_meets_the_same_dice():
    plain = simulate(contenders_of([SMALL]), 3)
    found = sweep(SMALL, {"pool.poolcost": [0.1, 0.4]}, measures=["lead_time_p85"])
    silos = [row["estimate"] for row in found.rows if row["model"] == "silos"]
    assert silos == [plain.estimate("lead_time_p85", "silos").estimate] * 2

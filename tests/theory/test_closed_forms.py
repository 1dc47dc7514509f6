"""The simulator against theory, and that the comparison can fail: the table is ``sim.trust.verification``."""

import math
from pathlib import Path

import numpy as np
import pytest
from worlds.closed_forms import SAME_NUMBER, check, check_mistake, each, simulated

from sim.errors import ScenarioError
from sim.measures.ledger import Ledger
from sim.measures.metrics import METRICS
from sim.measures.statistics import mean_interval
from sim.measures.weekly import series_of
from sim.scenario.files.load import load, shipped
from sim.scenario.scenario import RunSettings
from sim.trust import theory
from sim.trust.closed_forms import FORMS, folder, organisation
from sim.trust.forms import FEWEST_REPLICATIONS, LEVEL, Form, disagreement
from sim.world.journal import APPROVAL, KINDS, RELEASE
from sim.world.model import History, run_replication

FILES = sorted(path.stem for path in folder().glob("*.yaml"))


@pytest.mark.parametrize("form", each({str(form): form for form in FORMS}))
def test_simulation_agrees_with_theory(form: Form) -> None:
    check(form)


# --- that the check can fail ----------------------------------------------------------------------------


MISTAKES = {
    "ten percent too high": Form("board", "deadline", "time_approval", 1.1 * 15),
    "ten percent too low": Form("board", "deadline", "time_approval", 0.9 * 15),
    "papers have no deadline": Form("board", "deadline", "time_approval", 20 / 2),
    "a deadline costs a meeting": Form("board", "deadline", "time_approval", 20 + 20 / 2),
    "a revision needs no deadline": Form("board_with_revision", "weekly", "lead_time_mean",
                                         theory.board_mean_wait_days(5, 4, 0.2, revise_days=0)),
    "one revision at most": Form("board_with_revision", "monthly", "reviews", 1 + 0.2),
    "side by side takes as long": Form("gate_of_two", "parallel", "time_approval", 2.0 + 2.0),
    "one refusal at most": Form("funding", "six_of_ten", "time_funding", 65 / 2 + 65 * 0.4),
    "frozen scope is open": Form("release_train", "frozen_scope", "time_release", 30 / 2),
    "talking takes the pairs of people": Form("talking", "one_team", "time_multitasking",
                                              1 / (1 - 0.0125 * 4 * 3) - 1),
    "overlapping absence counts twice": Form("absence", "whoever", "people_away", (36 + 52) / 260),
    "work grows with the mean wait": Form("growing_scope", "enough_people", "scope_growth",
                                          1 - 1.5**-0.5),
    "the last of a lot waits too": Form("handoff_rhythm", "lots_of_five", "time_handoff", 5 / 2),
    "a position is empty for its share of a year": Form("vacancies", "whoever", "positions_vacant", 13 / 52),
    "nobody helps": Form("swarming", "when_nothing_waits", "lead_time_mean",
                         theory.pooled_mean_lead_days(0.5, 2.0, 2)),
    "a helper leaves when something comes": Form("swarming", "when_nothing_waits", "lead_time_mean", 2.2222),
    "approvers work all week": Form("desk", "one_approver", "time_approval",
                                    theory.desk_mean_elapsed_days(0.4, 1.5, 40)),
    "each approver has a pile": Form("desk_of_two", "two_approvers", "time_approval",
                                     theory.desk_mean_elapsed_days(0.4, 3, 10, 1)),
    "fixed work waits like any": Form("fixed_service", "one_queue", "time_queue",
                                      theory.mm1_mean_wait_days(0.7, 1.0)),
    "generalists are specialists": Form("generalists", "generalists", "lead_time_mean",
                                        theory.pooled_mean_lead_days(0.6, 1.0, 3)),
    "absence is only slower work": Form("interrupted_server", "waits", "time_queue",
                                        theory.mm1_mean_wait_days(0.5, 0.5)),
    "a pool is three queues": Form("pooled_or_dedicated", "pooled", "lead_time_mean",
                                   theory.dedicated_mean_lead_days(0.6, 1.0)),
    "returns cost nothing": Form("rework", "functional", "load of analysis", theory.queue_load(2.0, 1.0, 4)),
    "nobody is urgent": Form("two_classes", "urgent_first", "wait of standard",
                             theory.mm1_mean_wait_days(0.75, 1.0)),
}  # fmt: skip


@pytest.mark.parametrize("mistake", each(MISTAKES))
def test_mistaken_theory_falls_outside(mistake: Form) -> None:
    check_mistake(mistake)


def test_lever_off_by_one_day_falls_outside() -> None:
    lever = "deadline.governance.gates.start.layers.steering_committee.paper_deadline_days"
    changed = organisation("board").with_changes({lever: 4.0})
    values = [
        METRICS["time_approval"].value(
            Ledger.of(changed, "deadline", run_replication(changed, "deadline", replication))
        )
        for replication in range(changed.run.replications)
    ]
    interval = mean_interval(values, level=LEVEL)
    assert disagreement(interval, theory.board_mean_wait_days(20, deadline_days=5)).startswith("outside")
    assert not disagreement(interval, theory.board_mean_wait_days(20, deadline_days=4))


def test_interval_that_means_nothing_is_refused() -> None:
    few = simulated("board", "no_deadline")["time_approval"][:3]
    assert disagreement(mean_interval(few, level=LEVEL), 10.0).startswith("too wide")


# --- the files ------------------------------------------------------------------------------------------


def test_every_file_and_operating_model_is_checked() -> None:
    checked = {(form.file, form.model) for form in FORMS}
    there_are = {(file, model) for file in FILES for model in organisation(file).models}
    assert checked == there_are, f"not checked, or not there: {sorted(checked ^ there_are)}"


@pytest.mark.parametrize("file", FILES)
def test_file_asks_a_question_and_does_not_choose_its_luck(file: str) -> None:
    scenario = organisation(file)
    assert scenario.question.endswith("?"), scenario.question
    assert scenario.run.seed == RunSettings().seed
    assert scenario.run.replications >= FEWEST_REPLICATIONS


# --- what holds for every request -----------------------------------------------------------------------


def stays_of(history: History, kind: int) -> np.ndarray:
    stays = history.stays
    finished = (stays["kind"] == kind) & ~np.isnan(stays["finished"])
    return (stays["finished"] - stays["entered"])[finished]


def test_wait_for_frozen_scope_lies_between_one_and_two_cycles() -> None:
    waits = stays_of(run_replication(organisation("release_train"), "frozen_scope", 0), RELEASE)
    assert waits.min() >= 30 - SAME_NUMBER
    assert waits.max() <= 60 + SAME_NUMBER
    assert np.ptp(waits) > 29, "requests arrive at any moment, so both ends must nearly be reached"


def test_wait_for_board_lies_between_deadline_and_deadline_plus_interval() -> None:
    waits = stays_of(run_replication(organisation("board"), "deadline", 0), APPROVAL)
    assert waits.min() >= 5 - SAME_NUMBER
    assert waits.max() <= 25 + SAME_NUMBER
    assert np.ptp(waits) > 19, "papers arrive at any moment, so both ends must nearly be reached"


def test_needs_without_end_lose_nothing() -> None:
    lasting = organisation("needs_that_pass").with_changes({"situation.need.half_life_weeks": None})
    ledger = Ledger.of(lasting, "half_a_year", run_replication(lasting, "half_a_year", 0))
    assert METRICS["obsolete_share"].value(ledger) == 0.0
    assert METRICS["value_kept"].value(ledger) == 1.0


# --- Little's law ---------------------------------------------------------------------------------------


def mean_number_inside(history: History) -> float:
    """Return the number of open requests, averaged over time by walking through arrivals and ends."""
    ended = history.ends["ended"]
    left = ended[~np.isnan(ended)]
    days = np.concatenate([[0.0], history.requests.arrived, left, [history.horizon]])
    steps = np.concatenate([[0], np.ones(len(history.requests)), -np.ones(len(left)), [0]])
    order = np.argsort(days, kind="stable")
    inside = np.cumsum(steps[order])
    return float(np.dot(inside[:-1], np.diff(days[order])) / history.horizon)


def mean_stay(history: History) -> float:
    """Return the days a request was booked anywhere up to the horizon, averaged over requests."""
    stays = history.stays
    booked = stays["kind"] < len(KINDS)  # the others book whose hours went where, not where the request is
    finished = np.where(np.isnan(stays["finished"]), history.horizon, stays["finished"])
    return math.fsum((finished - stays["entered"])[booked]) / len(history.requests)


SHIPPED = sorted(shipped("scenarios").glob("*.yaml"))


EVERYDAY = ("claims_factory", "digital_retailer", "one_team", "permit_log", "pooling", "regulated_bank")


@pytest.mark.parametrize(
    "path",
    [
        *(p if p.stem in EVERYDAY else pytest.param(p, marks=pytest.mark.slow) for p in SHIPPED),
        *sorted(folder().glob("*.yaml")),
    ],
    ids=lambda path: path.stem,
)
def test_littles_law_holds_exactly(path: Path) -> None:
    # Over a whole horizon that begins empty the law is arithmetic: what is still open counts up to the end.
    try:
        scenario = load(path, {"run.horizon_weeks": 52, "run.warm_up_weeks": 1, "run.tail_weeks": 1})
    except ScenarioError as error:
        if "arrivals.file" not in str(error):
            raise
        pytest.skip("its arrivals come from a log that is not shipped")
    for model in scenario.models:
        history = run_replication(scenario, model, 0)
        arrivals_per_day = len(history.requests) / history.horizon
        expected = theory.little_wip(arrivals_per_day, mean_stay(history))
        assert mean_number_inside(history) == pytest.approx(expected, rel=SAME_NUMBER, abs=0), model


def test_an_overload_that_ends_at_a_plain_team_is_the_triangle_of_a_fluid():
    """Half a day each, so ten a week: 15 a week arise for twenty weeks, then five. All at equal distances."""
    scenario = load(folder() / "one_server.yaml").with_changes(
        {
            "situation.demand.arrivals": {"kind": "regular", "per_week": 5},
            "situation.demand.work.0.effort_days": 0.5,
            "situation.timeline": [
                {"at_week": 20, "until_week": 40, "set": {"demand.arrivals.per_week": 15}}
            ],
            "run": {"horizon_weeks": 80, "warm_up_weeks": 0, "tail_weeks": 0, "replications": 2},
        }
    )
    history = run_replication(scenario, "one_queue", 0)
    n_open = series_of(Ledger.of(scenario, "one_queue", history)).n_open
    peak, empties = theory.overload_that_ends(15, 5, 10, 20)
    assert n_open.max() == pytest.approx(peak, abs=2)
    assert int(n_open.argmax()) == 40
    assert int(np.flatnonzero(n_open > 2)[-1]) == pytest.approx(40 + empties, abs=1)

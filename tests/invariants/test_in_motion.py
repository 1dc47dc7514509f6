"""What holds of an organisation that changes, whatever changes: nothing before, nothing lost after."""

import numpy as np
import pytest
from worlds.everything import organisation

import sim.world.motion
from sim.errors import ScenarioError
from sim.scenario.files.load import load, scenario_cards
from sim.scenario.motion import Change, Phase
from sim.scenario.scenario import Scenario
from sim.world.journal import KINDS, MULTITASKING, QUESTION, RELEASED
from sim.world.model import OrganisationModel, run_replication

EVERYDAY = ("one_team",)
WEEK = 5.9
"""The run ends before week 12, when rounds and boards meet at one instant: who meets first is open."""


def short(key):
    try:
        scenario = load(key)
    except ScenarioError as problem:  # a scenario that wants a trace of the user's own
        pytest.skip(str(problem).splitlines()[0])
    return scenario.with_changes({"run.horizon_weeks": 2 * WEEK, "run.warm_up_weeks": 0, "run.tail_weeks": 0})


def keys(everyday):
    marks = {key: () for key in everyday}
    return [pytest.param(card.key, marks=marks.get(card.key, pytest.mark.slow)) for card in scenario_cards()]


def moved(scenario, model, *changes):
    """Return a scenario with one more operating model, that changes."""
    tree = scenario.model_dump(mode="json", by_alias=True)
    tree["operating_models"]["moved"] = tree["operating_models"][model] | {"timeline": list(changes)}
    return Scenario.model_validate(tree)


def timelines(scenario, model):
    """Yield timelines of several kinds: at once, in part, with all that a change may cost, by waves."""
    products = [product.name for product in scenario.situation.products]
    for other in [key for key in scenario.models if key != model][:1]:
        at = {"at_week": WEEK}
        yield [at | {"becomes": other}]
        yield [at | {"take": ["governance", "funding", "release", "portfolio"], "from": other}]
        yield [at | {"take": ["structure", "handoffs"], "from": other, "in_flight": "hand_over"}]
        costs = {"double_running_weeks": 3, "change_days": 2, "training_hours_per_week": 4}
        yield [at | {"becomes": other, "training_weeks": 3} | costs]
        if len(products) > 1:
            yield [
                at | {"becomes": other, "products": products[-1:]},
                {"at_week": WEEK + 4, "becomes": other},
            ]


def rows_before(history, day):
    """Return what was booked before a day.

    What is open at the horizon is noted then, and what was worked on with the stretch that follows it.
    """
    stays, notes, ends = history.stays, history.notes, history.ends
    stretched = (stays["kind"] == MULTITASKING) & (np.r_[-1, stays["item"][:-1]] == stays["item"])
    booked = np.where(np.r_[stretched[1:], False], np.r_[stays["finished"][1:], 0.0], stays["finished"])
    open_at_horizon = np.isin(notes["what"], (QUESTION, RELEASED)) & np.isnan(notes["until"])
    written = np.where(np.isnan(notes["until"]), notes["day"], notes["until"]) < day
    chosen = (booked < day, written & ~open_at_horizon, ends["ended"] < day)
    return [
        column[which].tobytes()
        for table, which in zip((stays, notes, ends), chosen, strict=True)
        for column in table.values()
    ]


def nothing_is_lost(history):
    """Hold every request to one end, and to stays that follow each other from its arrival to that."""
    stays, ends, arrived = history.stays, history.ends, history.requests.arrived
    assert ends["item"].tolist() == list(range(len(arrived)))
    books_time = (stays["kind"] < len(KINDS)) & (stays["visit"] > 0)
    columns = [stays[name][books_time] for name in ("item", "visit", "entered", "finished")]
    order = np.lexsort((columns[1], columns[0]))
    item, visit, entered, finished = (column[order] for column in columns)
    is_first = np.r_[True, item[1:] != item[:-1]]
    is_last = np.r_[is_first[1:], True]
    assert np.all(visit[is_first] == 1)
    assert np.all((visit[1:] == visit[:-1] + 1) | is_first[1:])
    assert np.all((entered[1:] == finished[:-1]) | is_first[1:])
    assert np.array_equal(entered[is_first], arrived[item[is_first]])
    assert np.array_equal(finished[is_last], ends["ended"][item[is_last]], equal_nan=True)


@pytest.mark.parametrize("key", keys(()))
def test_before_the_date_all_is_as_it_was_and_afterwards_nothing_is_lost(key):
    scenario = short(key)
    for model in scenario.models[:2]:
        twin = run_replication(scenario, model, 0)
        for timeline in timelines(scenario, model):
            other = moved(scenario, model, *timeline)
            if len(other.phases("moved")) == 1:  # nothing that is taken differs
                continue
            history = run_replication(other, "moved", 0)
            assert rows_before(history, 5.0 * WEEK) == rows_before(twin, 5.0 * WEEK), (model, timeline)
            nothing_is_lost(history)


def everything(history):
    """Return all rows, in an order of their own: at one instant it is open what is booked first."""
    tables = (history.stays, history.notes, history.ends)
    return sorted(str(row) for table in tables for row in zip(*table.values(), strict=True))


@pytest.mark.parametrize("key", keys(EVERYDAY))
def test_whoever_takes_over_from_somebody_alike_changes_nothing(key, monkeypatch):
    """All but the teams are put in the place of others that are made of the same, in mid-run."""
    scenario = short(key)
    for model in scenario.models[:2]:
        twin = run_replication(scenario, model, 0)
        spec = scenario.operating_models[model]
        n = len(scenario.situation.products)
        alike = spec.model_copy(update={"name": "Alike"})
        change = Change.model_validate({"at_week": WEEK, "set": {"name": "Alike"}})
        phases = (
            Phase(None, -1, 0.0, True, (spec,) * n),
            Phase(change, 0, 0.0, True, (alike,) * n),
        )
        with monkeypatch.context() as patch:
            patch.setattr(Scenario, "phases", lambda self, model, phases=phases: phases)
            patch.setattr(sim.world.motion, "REBUILDS_ALL", True)
            history = run_replication(scenario, model, 0)
        assert everything(history) == everything(twin), model


def who_is_where(world):
    return {team.name: sorted(world.motion.people_of(team)) for team in world.motion.teams}


def test_after_the_last_wave_teams_are_those_of_a_change_at_once():
    scenario = short("digital_retailer")
    products = [product.name for product in scenario.situation.products]
    at = {"at_week": 1, "becomes": "product"}
    at_once = OrganisationModel(moved(scenario, "industrial", at), "moved", 0)
    waves = [at | {"products": products[-1:]}, at | {"at_week": 2}]
    by_waves = OrganisationModel(moved(scenario, "industrial", *waves), "moved", 0)
    for world in (at_once, by_waves):
        world.run_until(15.0)
    assert who_is_where(by_waves) == who_is_where(at_once)
    assert len(who_is_where(at_once)) == len(scenario.teams("product")[0])


def test_change_to_what_is_there_costs_nothing():
    scenario = short("one_team")
    model = scenario.models[0]
    focus = scenario.operating_models[model].structure.focus_share
    alike = moved(scenario, model, {"at_week": 3, "set": {"structure.focus_share": focus}})
    assert len(alike.phases("moved")) == 1
    assert OrganisationModel(alike, "moved", 0).motion is None
    assert everything(run_replication(alike, "moved", 0)) == everything(run_replication(scenario, model, 0))


def test_what_is_left_after_a_question_takes_what_it_takes_on_the_new_way():
    """On the date some are on their way to an activity that will ask, and that is faster from then on."""
    scenario = load("ai_accelerated").with_changes(
        {"run.horizon_weeks": 14, "run.warm_up_weeks": 0, "run.tail_weeks": 0}
    )
    change = {"at_week": 10, "becomes": "product_ai", "in_flight": "hand_over", "change_days": 2}
    history = run_replication(moved(scenario, "industrial", change), "moved", 0)
    assert history.stays["work"].min() >= 0.0
    nothing_is_lost(history)


def test_what_lay_in_absent_hands_is_let_go_if_its_need_has_ended():
    """Somebody is away on the date, and what they have in hand is passed on when nobody needs it any more."""
    scenario = load("opportunity_backlog").with_changes(
        {"run.horizon_weeks": 15, "run.warm_up_weeks": 0, "run.tail_weeks": 0}
    )
    change = {"at_week": 12.3, "becomes": "agile_product"}
    nothing_is_lost(run_replication(moved(scenario, "product", change), "moved", 0))


WITH_ALL = {"becomes": "pool"}, {"becomes": "skill", "in_flight": "hand_over", "change_days": 1}


@pytest.mark.slow
@pytest.mark.parametrize("change", WITH_ALL)
@pytest.mark.parametrize("model", ["product", "listed"])
def test_every_mechanism_goes_through_a_change(model, change):
    tree = organisation({"kind": "poisson", "per_week": 4}).model_dump(mode="json", by_alias=True)
    situation = tree["situation"]
    situation["timeline"] = [one for one in situation["timeline"] if "people.testing" not in one["set"]]
    situation["turnover"] = {}
    scenario = Scenario.model_validate(tree)
    twin = run_replication(scenario, model, 0)
    for week in (1.0, 2.13, 4.0, 7.37):
        history = run_replication(moved(scenario, model, {"at_week": week, **change}), "moved", 0)
        assert rows_before(history, 5.0 * week) == rows_before(twin, 5.0 * week)
        nothing_is_lost(history)

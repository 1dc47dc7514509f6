"""Who has which position when, and is away in which season: the same in every operating model."""

from itertools import islice

import numpy as np
import pytest

from sim.scenario.scenario import Scenario
from sim.world.absence import Spells, Who, _SeasonalClock
from sim.world.journal import AWAY, JOINED, VACANCY
from sim.world.model import OrganisationModel, run_replication
from sim.world.turnover import EMPTY, GONE, HELD, Positions

PEOPLE = {"analysis": 3, "dev": 5, "testing": 2}


def scenario(weeks=260, **situation):
    return Scenario.model_validate(
        {
            "situation": {
                "people": PEOPLE,
                "products": ["shop", "search"],
                "demand": {
                    "arrivals": {"kind": "regular", "per_week": 1},
                    "work": [
                        {"activity": skill, "skill": skill, "effort_days": 1}
                        for skill in ("analysis", "dev", "testing")
                    ],
                },
                **situation,
            },
            "operating_models": {
                "departments": {},
                "products": {"structure": {"teams": {"kind": "by_product"}}},
                "pool": {"structure": {"teams": {"kind": "generalist"}}},
            },
            "run": {"horizon_weeks": weeks, "warm_up_weeks": 0, "tail_weeks": 0},
        }
    )


def stretches(whole, model, n=9):
    """Return what becomes of each position at first, by skill and number."""
    world = OrganisationModel(whole, model, 0)
    positions = Positions(world, whole.teams(model)[0])
    everybody = sorted(who for team in positions.of_team for _, who in team)
    return {who: [one[:3] for one in islice(positions.stretches(who), n)] for who in everybody}


def test_positions_are_left_and_filled_on_the_same_days_in_every_operating_model():
    whole = scenario(
        turnover={"leaving_per_year": 0.5},
        timeline=[{"at_week": 40, "until_week": 60, "set": {"people.dev": 7}}],
    )
    departments = stretches(whole, "departments")
    assert len(departments) == sum(PEOPLE.values()) + 2
    assert stretches(whole, "products") == stretches(whole, "pool") == departments
    days = [
        sorted(np.round(notes["day"][notes["what"] == what], 6).tolist())
        for model in whole.models
        for notes in [run_replication(whole, model, 0).notes]
        for what in (VACANCY, JOINED)
    ]
    assert days[:2] == days[2:4] == days[4:]


def test_position_of_the_future_is_there_between_its_dates():
    whole = scenario(timeline=[{"at_week": 40, "until_week": 60, "set": {"people.dev": 6}}])
    found = stretches(whole, "departments")
    assert found[1, 5, 0] == [(GONE, 0.0, 200.0), (HELD, 200.0, 300.0), (GONE, 300.0, np.inf)]
    assert found[1, 4, 0] == [(HELD, 0.0, np.inf)]


def test_people_who_go_by_a_date_are_those_with_the_highest_numbers_filled_or_not():
    whole = scenario(
        turnover={"leaving_per_year": 9, "weeks_to_fill": 20},
        timeline=[{"at_week": 40, "set": {"people.dev": 2}}],
    )
    for who, mine in stretches(whole, "departments", 40).items():
        last = next((one for one in mine if one[0] == GONE), None)
        if who.skill == 1 and who.number >= 2:
            assert last == (GONE, 200.0, np.inf)
        else:
            assert last is None and {one[0] for one in mine} == {HELD, EMPTY}


def test_more_who_leave_leave_sooner():
    seldom, often = (
        stretches(scenario(turnover={"leaving_per_year": rate, "weeks_to_fill": 0}), "departments", 1)
        for rate in (0.1, 0.4)
    )
    for who, ((_, _, leaves),) in seldom.items():
        assert often[who][0][2] == pytest.approx(leaves / 4)


def test_nothing_differs_before_the_date_on_which_people_come():
    without = scenario(60)
    for number in (7, 4):
        changed = scenario(60, timeline=[{"at_week": 20, "set": {"people.dev": number}}])
        for model in without.models:
            before, after = (run_replication(whole, model, 0) for whole in (without, changed))
            over = [history.stays["finished"] < 100 for history in (before, after)]
            for name in before.stays:
                assert np.array_equal(before.stays[name][over[0]], after.stays[name][over[1]])
            assert not len(before.notes["day"]) and after.notes["day"].min() == 100


def test_as_many_people_as_there_are_are_no_change():
    plain = run_replication(scenario(60), "products", 0)
    same = run_replication(scenario(60, timeline=[{"at_week": 20, "set": {"people.dev": 5}}]), "products", 0)
    for table in ("stays", "ends", "notes"):
        for name, column in getattr(plain, table).items():
            assert column.tobytes() == getattr(same, table)[name].tobytes()


# --- seasons ------------------------------------------------------------------------------------------


def test_clock_of_the_seasons_goes_as_fast_as_spells_begin():
    clock = _SeasonalClock([0.0] * 26 + [2.0] * 26)
    assert [clock.reading(day) for day in (0, 130, 195, 260, 325)] == [0, 0, 130, 260, 260]
    assert [clock.day(shown) for shown in (130, 259, 390)] == [195, 259.5, 455]
    even = _SeasonalClock([3.0] * 52)
    for day in (-260.0, -3.5, 0.0, 17.25, 300.0):
        assert even.reading(day) == pytest.approx(day)
        assert even.day(day) == pytest.approx(day)


def away(whole):
    """Return the share of people who are away on each day of the year, on average after the first year."""
    notes = run_replication(whole, "departments", 0).notes
    spells = notes["what"] == AWAY
    begins, until = notes["day"][spells], np.nan_to_num(notes["until"][spells], nan=whole.run.horizon)
    days = np.arange(260, whole.run.horizon) + 0.5
    n_away = np.searchsorted(np.sort(begins), days) - np.searchsorted(np.sort(until), days)
    return n_away.reshape(-1, 260).mean(axis=0) / sum(PEOPLE.values())


def test_holidays_fall_together_and_are_as_long_in_all():
    reason = {"name": "leave", "days_per_year": 26}
    summer = {"first_week": 28, "last_week": 33, "times": 9}
    even = away(scenario(2600, absence=[reason]))
    together = away(scenario(2600, absence=[reason | {"seasons": [summer]}]))
    assert even.mean() == pytest.approx(0.1, abs=0.004)
    assert together.mean() == pytest.approx(even.mean(), abs=0.002)
    assert even[140:165].mean() == pytest.approx(0.1, abs=0.015)
    # Six weeks of 9 against 46 of 1: there spells begin 4.7 times as often as on average, elsewhere half.
    assert together[140:165].mean() > 0.4
    assert together[20:120].mean() == pytest.approx(0.1 * 52 / 100, abs=0.01)


def test_season_goes_over_the_end_of_the_year_and_the_first_one_counts():
    reason = scenario(
        absence=[
            {
                "name": "leave",
                "seasons": [
                    {"first_week": 52, "last_week": 1, "times": 4},
                    {"first_week": 1, "last_week": 2, "times": 2},
                ],
            }
        ]
    ).situation.absence[0]
    assert reason.by_week == (4.0, 2.0, *[1.0] * 49, 4.0)


def test_days_off_of_all_are_nobodys_own():
    whole = scenario(60, days_off=[{"week": 52, "days": 7}, {"week": 3, "weekday": 5}])
    world = OrganisationModel(whole, "departments", 0)
    spells = Spells(world, whole.teams("departments")[0])
    assert list(islice(spells.of(0), 3)) == [(0.0, 2.0), (14.0, 15.0), (255.0, 262.0)]
    assert list(islice(spells.of_whom(Who(0, 0, 1), 258.0), 2)) == [(258.0, 262.0), (274.0, 275.0)]
    assert whole.situation.has_absence


def test_share_of_time_that_a_position_is_filled():
    turnover = {"leaving_per_year": 2, "weeks_to_fill": {"kind": "exponential", "mean": 13}}
    whole = scenario(5200, turnover=turnover)
    world = OrganisationModel(whole, "departments", 0)
    positions = Positions(world, whole.teams("departments")[0])
    held = total = 0.0
    for team in positions.of_team:
        for _, who in team:
            for state, day, until, _ in islice(positions.stretches(who), 400):
                total += until - day
                held += (until - day) * (state == HELD)
    assert held / total == pytest.approx(whole.situation.turnover.share_filled, abs=0.015)
    assert whole.situation.turnover.share_filled == pytest.approx(2 / 3)

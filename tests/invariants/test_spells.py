"""When people are away: the same in every operating model, and more of the same where it is more often."""

from itertools import islice, pairwise

import numpy as np
import pytest
from worlds.everything import organisation

from sim.scenario.distributions import Empirical, Exponential, Fixed, Uniform
from sim.scenario.scenario import Scenario
from sim.streams import forget_shared
from sim.world.absence import Remaining, Spells, joined
from sim.world.journal import AWAY
from sim.world.model import OrganisationModel, run_replication

PEOPLE = {"analysis": 3, "dev": 5, "testing": 2}


def scenario(days_per_year=40, spell_days=5, weeks=260, **more):
    return Scenario.model_validate(
        {
            "situation": {
                "people": PEOPLE,
                "products": ["shop", "search"],
                "absence": [{"name": "leave", "days_per_year": days_per_year, "spell_days": spell_days}],
                "demand": {
                    "arrivals": {"kind": "regular", "per_week": 1},
                    "work": [
                        {"activity": skill, "skill": skill, "effort_days": 1}
                        for skill in ("analysis", "dev", "testing")
                    ],
                },
            },
            "operating_models": {
                "departments": {},
                "products": {"structure": {"teams": {"kind": "by_product"}, "when_absent": "passed_on"}},
                "pool": {"structure": {"teams": {"kind": "generalist"}}},
                "listed": {
                    "structure": {
                        "teams": {
                            "kind": "listed",
                            "teams": [
                                {"name": "one", "people": {"testing": 1, "analysis": 1, "dev": 4}},
                                {"name": "two", "people": {"dev": 1, "testing": 1, "analysis": 2}},
                            ],
                        }
                    }
                },
            },
            "run": {"horizon_weeks": weeks, "warm_up_weeks": 0, "tail_weeks": 0, **more},
        }
    )


def spells(scenario, model):
    """Return who is away and when, by skill and number in it, from the notes of a run."""
    forget_shared()  # else they are those of the operating model before
    notes = run_replication(scenario, model, 0).notes
    people = [person.main_skill for plan in scenario.teams(model)[0] for person in plan.people]
    numbers = [people[:at].count(skill) for at, skill in enumerate(people)]
    if model == "pool":
        everybody = [(skill, number) for skill, n in PEOPLE.items() for number in range(n)]
        people, numbers = zip(*everybody, strict=True)
    found = {}
    for at in np.flatnonzero(notes["what"] == AWAY):
        person = notes["number"][at]
        spell = (notes["day"][at], np.nan_to_num(notes["until"][at], nan=np.inf))
        found.setdefault((people[person], numbers[person]), []).append(spell)
    return found


def test_people_are_away_at_the_same_times_in_every_operating_model():
    whole = scenario()
    departments = spells(whole, "departments")
    assert len(departments) == sum(PEOPLE.values())
    for model in ("products", "pool", "listed"):
        assert spells(whole, model) == departments


def test_more_people_change_nobodys_spells():
    few = scenario()
    more = few.with_changes({"situation.people": {"analysis": 3, "dev": 9, "testing": 2}})
    more = Scenario.model_validate(more.model_dump(mode="json") | {"operating_models": {"departments": {}}})
    found = spells(more, "departments")
    assert {who: found[who] for who in spells(few, "departments")} == spells(few, "departments")


def drawn(days_per_year, person):
    """Return whether somebody is away on day 0, the times between their first spells, and their lengths."""
    whole = scenario(days_per_year, {"kind": "exponential", "mean": 3})
    world = OrganisationModel(whole, "departments", 0)
    found = list(islice(Spells(world, whole.teams("departments")[0]).of(person), 20))
    starts_away = found[0][0] == 0.0
    found = found if starts_away else [(0.0, 0.0), *found]
    return (
        starts_away,
        np.array([after[0] - before[1] for before, after in pairwise(found)]),
        np.diff(found)[:, 0],
    )


def test_more_days_away_bring_the_same_spells_closer_together():
    at_first = {52: 0, 130: 0}
    for person in range(sum(PEOPLE.values())):
        seldom, gaps, lengths = drawn(52, person)
        often, shorter, same = drawn(130, person)
        assert often or not seldom, "who is away on day 0 still is"
        n = min(len(gaps), len(shorter))
        assert shorter[:n] == pytest.approx(gaps[:n] * (260 / 130 - 1) / (260 / 52 - 1))
        assert same[1:n] == pytest.approx(lengths[1:n])
        assert same[0] == pytest.approx(lengths[0]) or often > seldom
        at_first[52] += seldom
        at_first[130] += often
    assert 0 < at_first[52] < at_first[130] < sum(PEOPLE.values())


def test_overlapping_spells_are_one():
    found = [(0.0, 0.0), (1.0, 3.0), (2.0, 5.0), (2.5, 4.0), (5.0, 6.0), (8.0, 9.0), (99.0, 100.0)]
    assert list(joined(found)) == [(1.0, 6.0), (8.0, 9.0)], "the last may still grow"


@pytest.mark.parametrize(
    ("lengths", "cdf"),
    [
        (Fixed(value=4.0), lambda x: x / 4),
        (Exponential(kind="exponential", mean=4.0), lambda x: 1 - np.exp(-x / 4)),
        (Uniform(kind="uniform", low=0, high=6), lambda x: (x - x * x / 12) / 3),
        # a quarter of spells lasts 1 day and the others 5: the mean is 4
        (
            Empirical(kind="empirical", values=(1.0, 5.0), weights=(1.0, 3.0)),
            lambda x: (np.minimum(x, 1) + 0.75 * np.maximum(x - 1, 0)) / 4,
        ),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_what_is_left_of_a_spell_at_a_day_of_no_meaning(lengths, cdf):
    shares = np.linspace(0.01, 0.99, 99)
    assert cdf(Remaining(lengths).quantile(shares)) == pytest.approx(shares, abs=2e-3)


def test_spells_follow_each_other_with_time_between():
    whole = organisation({"kind": "regular", "per_week": 1}).with_changes({"run.horizon_weeks": 60})
    for found in spells_of_everybody(whole, "skill"):
        for before, after in pairwise(found):
            assert before[0] < before[1] < after[0]


def spells_of_everybody(scenario, model):
    notes = run_replication(scenario, model, 0).notes
    away = notes["what"] == AWAY
    for person in np.unique(notes["number"][away]):
        mine = away & (notes["number"] == person)
        yield list(zip(notes["day"][mine], notes["until"][mine], strict=True))

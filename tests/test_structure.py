"""Who works with whom: dealing people to teams, and who owns which activity."""

import pytest
from miniatures import backlog, organisation

from sim.errors import ScenarioError
from sim.policies.structure import Structure, plan_teams
from sim.scenario import checked


def plans(structure, people, products=("shop",)):
    return plan_teams(Structure.model_validate(structure), people, products)


def heads(plan):
    """Return the number of people of a team by main skill."""
    counted = {}
    for person in plan.people:
        counted[person.main_skill] = counted.get(person.main_skill, 0) + 1
    return counted


def test_one_functional_team_for_each_skill():
    teams, notes = plans({"teams": {"kind": "by_skill"}}, {"dev": 3, "legal": 0, "testing": 1}, ("a", "b"))
    assert [(team.name, team.type, team.products, heads(team)) for team in teams] == [
        ("dev", "functional", None, {"dev": 3}),
        ("testing", "functional", None, {"testing": 1}),
    ]
    assert notes == []


def test_product_teams_get_the_same_when_it_divides():
    teams, notes = plans({"teams": {"kind": "by_product"}}, {"dev": 4, "testing": 2}, ("a", "b"))
    assert [(team.name, team.type, team.products, heads(team)) for team in teams] == [
        ("a", "stream_aligned", {"a"}, {"dev": 2, "testing": 1}),
        ("b", "stream_aligned", {"b"}, {"dev": 2, "testing": 1}),
    ]
    assert notes == []


def test_remainders_go_to_the_products_next_in_turn():
    # 7 developers for 3 products: 2 each, one over: a. 5 testers: 1 each, two over: b and c, whose turn it
    # is. 4 designers: 1 each, one over: a again.
    teams, notes = plans(
        {"teams": {"kind": "by_product"}}, {"dev": 7, "testing": 5, "design": 4}, ("a", "b", "c")
    )
    assert [heads(team) for team in teams] == [
        {"dev": 3, "testing": 1, "design": 2},
        {"dev": 2, "testing": 2, "design": 1},
        {"dev": 2, "testing": 2, "design": 1},
    ]
    assert notes == [
        "7 people with skill dev do not divide by 3 products: a gets one more.",
        "5 people with skill testing do not divide by 3 products: b, c get one more.",
        "4 people with skill design do not divide by 3 products: a gets one more.",
    ]


def test_scarce_specialists_form_a_shared_team():
    teams, notes = plans(
        {"teams": {"kind": "by_product"}}, {"dev": 3, "legal": 2, "none": 0}, ("a", "b", "c")
    )
    assert [(team.name, team.products, heads(team)) for team in teams] == [
        ("a", {"a"}, {"dev": 1}),
        ("b", {"b"}, {"dev": 1}),
        ("c", {"c"}, {"dev": 1}),
        ("legal (shared)", None, {"legal": 2}),
    ]
    assert len(notes) == 1
    assert "2 people have skill legal, fewer than the 3 products" in notes[0]


def test_only_scarce_specialists_make_no_product_team():
    teams, _ = plans({"teams": {"kind": "by_product"}}, {"dev": 1, "testing": 1}, ("a", "b"))
    assert [team.name for team in teams] == ["dev (shared)", "testing (shared)"]


@pytest.mark.parametrize("people", [{"dev": 7, "testing": 5, "design": 4, "legal": 1}, {"dev": 100}])
def test_the_same_people_work_in_every_topology(people):
    for kind in ("by_skill", "by_product", "generalist"):
        teams, _ = plans({"teams": {"kind": kind}}, people, ("a", "b", "c"))
        assert sum(len(team.people) for team in teams) == sum(people.values()), kind
        if kind != "generalist":  # where nobody has a main skill
            for skill, number in people.items():
                assert sum(heads(team).get(skill, 0) for team in teams) == number, kind


def test_generalists_can_do_everything_at_the_penalty():
    (pool,), _ = plans(
        {"teams": {"kind": "generalist", "penalty": 0.25}}, {"dev": 2, "testing": 1}, ("a", "b")
    )
    assert (pool.name, pool.products, len(pool.people)) == ("pool", None, 3)
    assert all(dict(person.factors) == {"dev": 1.25, "testing": 1.25} for person in pool.people)


@pytest.mark.parametrize(
    ("share", "crossed"),
    [
        (0.0, []),
        (0.2, [4, 9]),
        (0.25, [3, 7]),
        (1 / 3, [2, 5, 8]),
        (0.5, [1, 3, 5, 7, 9]),
        (0.7, [1, 2, 4, 5, 7, 8, 9]),
        (1.0, list(range(10))),
    ],
)
def test_cross_skilled_people_are_spread_evenly_along_the_team(share, crossed):
    structure = {
        "teams": {"kind": "by_product"},
        "cross_skilled_share": share,
        "cross_skill_penalty": 0.15,
    }
    (team,), _ = plans(structure, {"dev": 6, "testing": 4})
    found = [number for number, person in enumerate(team.people) if len(person.factors) > 1]
    assert found == crossed
    for person in team.people:
        other = {"dev": "testing", "testing": "dev"}[person.main_skill]
        assert person.factors[person.main_skill] == 1.0
        assert person.factors.get(other, 1.15) == 1.15


def test_listed_teams_are_as_written_and_idle_people_are_noted():
    structure = {
        "teams": {
            "kind": "listed",
            "teams": [
                {"name": "core", "products": ["a"], "people": {"dev": 2}, "wip_limit_items": 3},
                {"name": "platform", "type": "platform", "people": {"dev": 1, "testing": 1}},
            ],
        },
        "wip_limit_items": 9,
    }
    teams, notes = plans(structure, {"dev": 4, "testing": 1}, ("a", "b"))
    assert [(team.name, team.type, team.products, team.wip_limit, heads(team)) for team in teams] == [
        ("core", "stream_aligned", {"a"}, 3, {"dev": 2}),
        ("platform", "platform", None, 9, {"dev": 1, "testing": 1}),
    ]
    assert notes == ["1 of 4 people with skill dev are in no listed team."]


def test_team_serves_only_its_products_and_skills():
    structure = {
        "teams": {"kind": "listed", "teams": [{"name": "core", "products": ["a"], "people": {"dev": 1}}]}
    }
    (core,), _ = plans(structure, {"dev": 1, "testing": 1}, ("a", "b"))
    assert core.can_do("dev", "a")
    assert not core.can_do("dev", "b")
    assert not core.can_do("testing", "a")


def test_wip_limit_holds_in_every_team():
    for kind in ("by_skill", "by_product", "generalist"):
        teams, _ = plans(
            {"teams": {"kind": kind}, "wip_limit_items": 4}, {"dev": 2, "testing": 3}, ("a", "b")
        )
        assert {team.wip_limit for team in teams} == {4}


def test_cross_skilled_people_learn_only_skills_that_somebody_in_the_team_has():
    structure = {
        "teams": {"kind": "listed", "teams": [{"name": "core", "people": {"dev": 1, "testing": 0}}]},
        "cross_skilled_share": 1.0,
    }
    (core,), _ = plans(structure, {"dev": 1, "testing": 1})
    assert not core.can_do("testing", "shop"), "'the team's other skills': the team has no tester"


# --- impossible organisations -----------------------------------------------------------------------


def refused(structure, **more):
    found = organisation(
        {},
        people={"dev": 2, "testing": 1},
        work={"build": "dev", "test": "testing"},
        arrivals=backlog(1),
        **more,
    )
    tree = found.model_dump(mode="json")
    tree["operating_models"]["m"]["structure"] = structure
    with pytest.raises(ScenarioError) as problem:
        checked(tree, {}, "")
    return str(problem.value)


def listed(*teams):
    return {"teams": {"kind": "listed", "teams": list(teams)}}


@pytest.mark.parametrize(
    ("structure", "expected"),
    [
        (
            listed({"name": "core", "people": {"dev": 1}}),
            "no team can do 'test' (skill 'testing') for product 'product'",
        ),
        (
            listed({"name": "core", "people": {"dev": 3, "testing": 1}}),
            "the listed teams use 3 people with skill 'dev', but situation.people has 2",
        ),
        (
            listed({"name": "core", "people": {"dve": 1, "testing": 1}}),
            'names a skill that nobody in situation.people has: "dve". Did you mean "dev"?',
        ),
        (
            listed({"name": "core", "products": ["prodct"], "people": {"dev": 1, "testing": 1}}),
            'names a product that does not exist: "prodct". Did you mean "product"?',
        ),
        (
            listed({"name": "core", "people": {"dev": 0}}),
            "teams.core.people is {'dev': 0}; a team needs at least 1 person",
        ),
        (
            listed({"name": "core", "people": {"dev": 1}}, {"name": "core", "people": {"testing": 1}}),
            "two teams are called 'core'; names must differ",
        ),
    ],
)
def test_impossible_teams_are_refused(structure, expected):
    assert expected in refused(structure)


def test_each_product_needs_somebody_for_each_activity():
    text = refused(
        listed(
            {"name": "core", "products": ["a"], "people": {"dev": 1, "testing": 1}},
            {"name": "rest", "products": ["b"], "people": {"dev": 1}},
        ),
        products=["a", "b"],
    )
    assert "no team can do 'test' (skill 'testing') for product 'b'" in text

"""Who works with whom: dealing people to teams, and who owns which activity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds.miniatures import backlog, organisation, trace

from sim.errors import ScenarioError
from sim.scenario.policies.structure import Structure, plan_teams
from sim.scenario.scenario import checked


def plans(structure, people, products=("shop",), ring=()):
    return plan_teams(Structure.model_validate(structure), people, products, ring)


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


CROSSED = {"teams": {"kind": "by_product"}, "cross_skilled_share": 1.0, "cross_skill_penalty": 0.15}


def learners(people, ring, products=("only",), **structure):
    """Return by product and skill what each of its people can do besides."""
    teams, _ = plans(CROSSED | structure, people, products, ring)
    found = {}
    for team in teams:
        for person in team.people:
            assert person.factors[person.main_skill] == 1.0
            others = {skill for skill in person.factors if skill != person.main_skill}
            assert all(person.factors[skill] == 1.15 for skill in others)
            found.setdefault((team.name, person.main_skill), []).append(others)
    return found


# Webster: claims 1/6, 3/6, 5/6 ... of the six developers, 1/4, 3/4 ... of the four testers, smallest first:
# dev, testing, dev, testing, dev, dev, testing, dev, testing, dev (of equal claims dev has the first).
@pytest.mark.parametrize(
    ("share", "dev", "testing"),
    [(0.0, 0, 0), (0.1, 1, 0), (0.2, 1, 1), (0.3, 2, 1), (0.5, 3, 2), (0.7, 4, 3), (0.99, 5, 4), (1.0, 6, 4)],
)
def test_as_many_of_each_skill_are_cross_skilled_as_is_proportional(share, dev, testing):
    found = learners({"dev": 6, "testing": 4}, ("testing", "dev"), cross_skilled_share=share)
    assert found["only", "dev"] == [set()] * (6 - dev) + [{"testing"}] * dev
    assert found["only", "testing"] == [set()] * (4 - testing) + [{"dev"}] * testing


@given(
    heads=st.lists(st.integers(1, 9), min_size=2, max_size=5),
    shares=st.lists(st.floats(0, 1), min_size=2, max_size=6),
)
def test_whoever_is_cross_skilled_at_a_share_is_at_every_larger_one(heads, shares):
    people = {f"skill {number}": head for number, head in enumerate(heads)}
    before = None
    for share in sorted(shares):
        found = learners(people, tuple(people), cross_skilled_share=share)
        now = {(key, at) for key, each in found.items() for at, others in enumerate(each) if others}
        assert len(now) == int(share * sum(heads) + 1e-9)
        assert before is None or before <= now
        before = now


def test_cross_skilled_people_learn_the_next_needier_skill_and_the_neediest_close_the_ring():
    people = {"design": 1, "build": 1, "test": 1, "legal": 1, "travel": 1}
    found = learners(people, ("test", "legal", "design", "build"))
    assert {skill: each for (_, skill), (each,) in found.items()} == {
        "test": {"legal"},
        "legal": {"design"},
        "design": {"build"},
        "build": {"test"},
        "travel": {"test"},  # no work needs it: its people stand before the least needy, and nobody learns it
    }


def test_ring_closes_over_the_skills_that_a_team_has():
    teams = [{"name": "core", "people": {"test": 1, "build": 1}}, {"name": "law", "people": {"legal": 1}}]
    found = learners(
        {"build": 1, "test": 1, "legal": 1},
        ("test", "legal", "build"),
        teams={"kind": "listed", "teams": teams},
    )
    assert found == {("core", "test"): [{"build"}], ("core", "build"): [{"test"}], ("law", "legal"): [set()]}


def test_all_is_full_pooling():
    found = learners({"a": 1, "b": 1, "c": 1}, ("a", "b", "c"), cross_skills="all")
    assert {skill: each for (_, skill), (each,) in found.items()} == {
        "a": {"b", "c"},
        "b": {"a", "c"},
        "c": {"a", "b"},
    }


def test_explicit_map_wins_over_the_ring_and_the_share_is_of_those_who_learn():
    found = learners(
        {"a": 2, "b": 4, "c": 2}, ("a", "b", "c"), cross_skills={"b": ["a"]}, cross_skilled_share=0.5
    )
    assert found == {
        ("only", "a"): [set()] * 2,
        ("only", "b"): [set(), set(), {"a"}, {"a"}],
        ("only", "c"): [set()] * 2,
    }


def test_map_that_names_a_skill_nobody_has_is_refused():
    with pytest.raises(ValueError, match=r'cross_skills::names a skill that nobody .*"tset".*"test"'):
        organisation(
            {"structure": {"cross_skills": {"dev": ["tset"]}}},
            people={"dev": 1, "test": 1},
            work={"build": "dev"},
        )


def test_need_of_a_skill_is_its_work_over_its_heads():
    # A request asks 4 x .5 + 1 = 3 days of the two developers, 1.5 of the tester, 1 of the two analysts.
    situation = organisation(
        {},
        people={"test": 1, "spare": 9, "dev": 2, "analysis": 2},
        work={
            "analyse": ("analysis", 1.0),
            "build": {"skill": "dev", "effort_days": 4.0, "needed_share": 0.5},
            "test": ("test", 1.5),
            "fix": ("dev", 1.0),
        },
    ).situation
    assert situation.skill_ring() == ("analysis", "dev", "test"), "dev and test are equal: dev is used first"
    assert list(situation.people_in_order()) == ["analysis", "dev", "test", "spare"]


def test_need_of_a_skill_is_that_of_the_list_where_it_says_so(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        1      5
        0        3      5
        """,
    )
    situation = organisation(
        {}, people={"dev": 1, "test": 1}, work={"build": ("dev", 9.0), "test": "test"}, arrivals=arrivals
    ).situation
    assert situation.skill_ring() == ("dev", "test")


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
    teams = {"kind": "listed", "teams": [{"name": "core", "people": {"dev": 1, "testing": 0}}]}
    for cross_skills in ("next", "all", {"dev": ["testing"]}):
        found = learners({"dev": 1, "testing": 1}, ("testing", "dev"), teams=teams, cross_skills=cross_skills)
        assert found == {("core", "dev"): [set()]}, "'the team's other skills': the team has no tester"


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

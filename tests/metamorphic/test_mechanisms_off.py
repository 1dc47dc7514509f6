"""Every mechanism has an *off* that changes no record, beside mechanisms that are busy."""

import pytest
from worlds.busy import BUSY, SITUATION, scenario
from worlds.records import by_name

import sim.world.way
from sim.world.model import run_replication

DESK = {"name": "chief", "kind": "desk", "review_hours": 8.0}
TWO_DESKS = [DESK, {**DESK, "name": "president"}]
ASKING = {"demand.work.1.question_chance": 0.5}
COUPLED = {"demand.coupling": {"other_products": 0.5}}
FAILING = {"risks.release_failure_chance": 0.2}
WRONG = {"demand.work.1.defect_chance": 0.3, "demand.work.2.checks": ["build"]}
UNCERTAIN = {"ideas": {"good_share": 0.4, "harmful_share": 0.3}}


def change(situation=None, model=None, *, beside=None, beside_in_model=None):
    """Return what is changed on both sides that are compared, and what only on one."""
    return (beside or {}, beside_in_model or {}, situation or {}, model or {})


OFF = {
    # --- sharing time
    "switching between items of which nobody has two": change(model={"structure.switching_loss": "weinberg"}),
    "a curve that loses nothing is no loss": change(
        model={"structure.switching_loss": [1.0, 1.0]},
        beside_in_model={"structure.items_per_person": 2},
    ),
    "whole weeks": change(model={"structure.focus_share": 1.0}),
    "nothing lacks to the new": change(model={"capability.half_time_weeks": 2.0}),
    "repeated work that nobody is faster at": change({"demand.repeats": {"share": 0.5}}),
    "specialists without repeated work": change({"demand.repeats": {"specialist_gain": 0.5}}),
    "a reason for which nobody is away": change({"absence": [{"name": "leave", "days_per_year": 0.0}]}),
    "seasons of a reason for which nobody is away": change(
        {
            "absence": [
                {
                    "name": "leave",
                    "days_per_year": 0.0,
                    "seasons": [{"first_week": 1, "last_week": 2, "times": 9.0}],
                }
            ]
        }
    ),
    "part-time work of nobody": change({"part_time": {"dev": {"people_share": 0.0}}}),
    "part-time work of a whole week": change(
        {"part_time": {"dev": {"people_share": 1.0, "week_share": 1.0}}}
    ),
    "how people join whom nobody follows": change(
        {"joining": {"start_share": 0.2, "mentor_hours_per_week": 20.0}, "turnover": {"weeks_to_fill": 3.0}}
    ),
    "people by a date after the run": change({"timeline": [{"at_week": 30.0, "set": {"people.dev": 9.0}}]}),
    "as many people by a date": change({"timeline": [{"at_week": 3.0, "set": {"people.dev": 7.0}}]}),
    "passing on what lies in nobody's hands": change(
        model={"structure.when_absent": "passed_on", "structure.pass_on_after_days": 0.0}
    ),
    "passing on later than anybody is away": change(
        beside={"absence": [{"name": "leave", "days_per_year": 40.0}]},
        model={"structure.when_absent": "passed_on", "structure.pass_on_after_days": 500.0},
    ),
    "reviews and protection of iterations that nobody has": change(
        model={"structure.review_catches_share": 0.5, "structure.protected_iterations": True}
    ),
    # --- lines and help
    "changes of order that move nobody": change(model={"structure.reprioritise": {"share": 0.0}}),
    "changes of order that come after the run": change(
        model={"structure.reprioritise": {"every_weeks": 27.0, "share": 1.0}}
    ),
    "limits that nobody has to look after": change(model={"structure.limit_review": {"every_weeks": 1.0}}),
    "looks at lead times that come after the run": change(
        beside_in_model={"structure.wip_limit_items": 3},
        model={"structure.limit_review": {"every_weeks": 27.0}},
    ),
    "lead times that are good enough": change(
        beside_in_model={"structure.wip_limit_items": 3},
        model={"structure.limit_review": {"every_weeks": 1.0, "rule": "in_a_row", "target_days": 26_000.0}},
    ),
    "help where nobody has a colleague": change(
        beside={"people": {"analysis": 1, "dev": 1, "testing": 1}},
        model={"structure.swarming": [0.6, 0.3]},
    ),
    # --- decisions
    "questions that a team answers at once": change(
        ASKING, {"governance.decisions": {"team_hours": 0.0, "escalation": [DESK]}}
    ),
    "layers that nobody asks": change(
        model={"governance.decisions": {"team_mandate": 0.0, "accuracy": 0.2, "escalation": [DESK]}}
    ),
    "wrong answers after which nothing is done again": change(
        beside=ASKING,
        beside_in_model={"governance.decisions.redo_share": 0.0},
        model={"governance.decisions.team_accuracy": 0.1, "governance.decisions.goal_clarity": 0.1},
    ),
    "information that does not age": change(
        beside=ASKING,
        beside_in_model={"governance.decisions": {"team_mandate": 0.0, "escalation": [DESK]}},
        model={"governance.decisions.information_half_life_days": 26_000.0},
    ),
    "mandates that nobody has": change(
        beside=ASKING,
        beside_in_model={"governance.decisions": {"team_mandate": 0.3, "escalation": TWO_DESKS}},
        model={"governance.decisions.mandates": [0.0, 1.0]},
    ),
    "a mandate of a layer that the team has itself": change(
        beside=ASKING,
        beside_in_model={"governance.decisions": {"team_mandate": 0.3, "escalation": TWO_DESKS}},
        model={"governance.decisions.mandates": [0.3, 1.0]},
    ),
    "patience where everything is answered": change(
        beside=ASKING,
        beside_in_model={"governance.decisions": {"team_mandate": 0.0, "escalation": [DESK]}},
        model={
            "governance.decisions.patience_days": 1.0,
            "governance.decisions.when_unanswered": "decide_by_default",
        },
    ),
    "questions in vain that are asked again at once": change(
        beside=ASKING,
        beside_in_model={"governance.decisions": {"team_mandate": 0.0, "escalation": [DESK]}},
        model={
            "governance.decisions.never_answered_chance": 0.5,
            "governance.decisions.patience_days": 0.0,
        },
    ),
    "needs that are clear": change(
        beside=ASKING,
        beside_in_model={"governance.decisions": {"team_mandate": 0.0, "escalation": [DESK]}},
        model={"governance.decisions.need_clarity": 1.0, "governance.decisions.noticed_share": 1.0},
    ),
    "every yes is needed": change(model={"governance.gates.0.yes_needed": 2}),
    "layers that cannot tell ideas apart": change(
        beside=UNCERTAIN, model={"governance.gates.0.layers.0.refuse_poor_chance": 0.1}
    ),
    "noticing where needs last": change(
        beside={"need.half_life_weeks": None}, model={"governance.notice_chance": 1.0}
    ),
    "drift without incidents": change(model={"governance.drift": {"add_chance": 1.0}}),
    "incidents without drift": change(
        beside=FAILING, model={"governance.drift": {"add_chance": 0.0, "review_every_weeks": 1.0}}
    ),
    # --- funding
    "projects of one": change(model={"portfolio.projects": {"items": 1}}),
    "limit that is never reached": change(model={"portfolio.limit": 10_000}),
    # --- other teams
    "managing what is not coupled": change(model={"dependencies": {"kind": "manage", "hours_per_pair": 8.0}}),
    "taking apart what is not coupled": change(model={"dependencies": {"kind": "remove"}}),
    "managing for nothing": change(
        beside=COUPLED,
        beside_in_model={"dependencies": {"kind": "ignore", "turn": "first"}},
        model={"dependencies": {"kind": "manage", "hours_per_pair": 0.0}},
    ),
    "a redesign that takes nothing and changes nothing": change(
        beside=COUPLED,
        beside_in_model={"dependencies": {"kind": "ignore", "turn": "in_line"}},
        model={"dependencies": {"kind": "remove", "redesign_days": 0.0, "left": 1.0}},
    ),
    "coupled work of no effort": change({"demand.coupling": {"other_products": 1.0, "effort_days": 0.0}}),
    "triage that nobody needs": change(model={"handoffs.triage_days": 9.0}),
    "wrong teams that take no time": change(
        model={"handoffs.wrong_team_chance": 0.5, "handoffs.triage_days": 0.0}
    ),
    # --- quality
    "checks without defects": change({"demand.work.2.checks": ["build"], "demand.rework_growth": 3.0}),
    "defects that are all prevented": change(WRONG, {"technology.prevention": 1.0}),
    "handoffs that make no defect worse": change(model={"handoffs.defect_chance": 0.5}),
    "releases that automation saves": change(FAILING, {"technology.automation": 1.0}),
    "releases that fail by themselves and that automation saves": change(
        FAILING | {"risks.failure_chance_of_a_release": 0.5}, {"technology.automation": 1.0}
    ),
    "automated restoring of what does not fail": change(model={"technology.rollback": 0.9}),
    "automated restoring that has nothing to do": change(
        beside=FAILING | {"risks.restore_hours": 0.0}, model={"technology.rollback": 0.9}
    ),
    "taking out of a train what does not break it": change(model={"release.isolation": 0.9}),
    "restoring what does not fail": change({"risks": {"restore_hours": 80.0, "incident_hours": 80.0}}),
    "tools of the same pace": change(model={"technology.pace": {"build": 1.0}}),
    "a platform for nobody": change(model={"technology.self_service": {"activity": "test", "share": 0.0}}),
    # --- ideas and learning
    "ideas that nobody judges": change(UNCERTAIN),
    "learning that closes no gap": change(
        beside=UNCERTAIN,
        model={"learning": {"validation_weeks": 2.0, "steering": "outcome", "retires": True}},
    ),
    "experiments that cost nothing and find nothing": change(
        model={"discovery": {"skill": "analysis", "effort_days": 0.0, "accuracy": 1.0}}
    ),
}


def records(situation, model):
    tree, organised = SITUATION, BUSY
    for path, value in situation.items():
        tree = with_value(tree, path, value)
    for path, value in model.items():
        organised = with_value(organised, path, value)
    return sorted(by_name(run_replication(scenario(organised, situation=tree), "m", 0)))


def with_value(tree, path, value):
    """Return a copy of a tree with one value set; a number in the path is a position in a list."""
    key, _, rest = path.partition(".")
    if isinstance(tree, list):
        at = int(key)
        return [*tree[:at], with_value(tree[at], rest, value), *tree[at + 1 :]]
    return {**tree, key: with_value(tree.get(key, {}), rest, value) if rest else value}


@pytest.mark.parametrize("name", OFF)
def test_mechanism_switched_off_changes_no_record(name):
    beside, beside_in_model, situation, model = OFF[name]
    assert records(beside | situation, beside_in_model | model) == records(beside, beside_in_model)


@pytest.mark.parametrize("topology", ["by_skill", "by_product", "generalist"])
def test_team_that_could_divide_its_time_and_does_not_is_like_any_other(topology, monkeypatch):
    structure = {"structure": {"teams": {"kind": topology}, "wip_limit_items": 4, "iteration_weeks": 1}}
    plain = records({}, structure)
    monkeypatch.setattr(sim.world.way, "divides_time", lambda situation, model: True)
    assert records({}, structure) == plain


ON = {
    "switching": change(model={"structure.items_per_person": 2, "structure.switching_loss": "measured"}),
    "focus": change(model={"structure.focus_share": 0.9}),
    "capability": change(model={"capability.loss": 0.1}),
    "repeats": change({"demand.repeats": {"share": 0.5, "specialist_gain": 0.5}}),
    "absence": change({"absence": [{"name": "leave"}]}),
    "seasons": change(
        beside={"absence": [{"name": "leave"}]},
        situation={
            "absence": [{"name": "leave", "seasons": [{"first_week": 2, "last_week": 9, "times": 9.0}]}]
        },
    ),
    "days off": change({"days_off": [{"week": 10, "days": 5}]}),
    "part-time work": change({"part_time": {"dev": {"people_share": 0.5}}}),
    "turnover": change({"turnover": {"leaving_per_year": 2.0}}),
    "joining": change(
        beside={
            "turnover": {"leaving_per_year": 3.0, "weeks_to_fill": 1.0},
            "joining": {"start_share": 1.0, "mentor_hours_per_week": 0.0},
        },
        situation={"joining": {"start_share": 0.5, "mentor_hours_per_week": 0.0}},
    ),
    "mentors": change(
        beside={
            "turnover": {"leaving_per_year": 3.0, "weeks_to_fill": 1.0},
            "joining": {"start_share": 1.0, "mentor_hours_per_week": 0.0},
        },
        situation={"joining": {"start_share": 1.0, "mentor_hours_per_week": 20.0}},
    ),
    "talking": change(model={"structure.communication_loss": 0.01}),
    "people by a date": change({"timeline": [{"at_week": 3.0, "set": {"people.dev": 9.0}}]}),
    "passing on": change(
        beside={"absence": [{"name": "leave", "days_per_year": 100.0}]},
        model={"structure.when_absent": "passed_on", "structure.pass_on_after_days": 0.0},
    ),
    "questions": change(ASKING),
    "mandates": change(
        beside=ASKING,
        beside_in_model={"governance.decisions": {"team_mandate": 0.0, "escalation": TWO_DESKS}},
        model={"governance.decisions.mandates": [0.5, 1.0]},
    ),
    "never answered": change(
        beside=ASKING,
        beside_in_model={"governance.decisions": {"team_mandate": 0.0, "escalation": [DESK]}},
        model={"governance.decisions.never_answered_chance": 0.5},
    ),
    "attention": change(
        beside=ASKING,
        beside_in_model={"governance.decisions": {"team_mandate": 0.0, "escalation": [DESK]}},
        model={"governance.decisions.escalation": [{**DESK, "looks_every_days": 3.0}]},
    ),
    "unclear goals that are noticed": change(
        beside=ASKING,
        beside_in_model={"governance.decisions.noticed_share": 0.5},
        model={"governance.decisions.goal_clarity": 0.5},
    ),
    "unclear needs that are noticed": change(
        beside=ASKING,
        beside_in_model={
            "governance.decisions": {"team_mandate": 0.0, "escalation": [DESK], "noticed_share": 0.5}
        },
        model={"governance.decisions.need_clarity": 0.5},
    ),
    "coupling": change(COUPLED, beside_in_model={"structure.teams": {"kind": "by_product"}}),
    "wrong teams": change(model={"handoffs.wrong_team_chance": 0.5}),
    "defects": change(WRONG),
    "failures": change(FAILING),
    "drift": change(beside=FAILING, model={"governance.drift": {"add_chance": 1.0}}),
    "noticing": change({"need": {"half_life_weeks": 2.0}}, {"governance.notice_chance": 1.0}),
    "upkeep": change({"risks.upkeep_hours_per_month": 5.0}),
    "projects": change(model={"portfolio.projects": {"items": 2}}),
    "limit": change(model={"portfolio.limit": 5}),
    "pace": change(model={"technology.pace": {"build": 1.5}}),
    "deploying": change(model={"technology.deploy_hours": 8.0}),
    "discovery": change(model={"discovery": {"skill": "analysis"}}),
}


@pytest.mark.parametrize("name", ON)
def test_mechanism_switched_on_changes_records(name):
    # Otherwise the checks above would hold for a mechanism that does nothing.
    beside, beside_in_model, situation, model = ON[name]
    assert records(beside | situation, beside_in_model | model) != records(beside, beside_in_model)

"""Two runs that the written rules relate: equal, scaled, or never luckier.

The organisations are made up by hypothesis, with any of the mechanisms. Luck has addresses, so the
relations hold item by item, not only on average.
"""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from worlds.busy import changed
from worlds.made_up import MECHANISMS, trees
from worlds.records import by_name

from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.world import way
from sim.world.journal import DELIVERED, GOOD, STOPPED
from sim.world.model import run_replication
from sim.world.requests import make_requests

MADE_UP = settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
MANY = settings(MADE_UP, max_examples=150)


def run(tree, model="m"):
    return run_replication(Scenario.model_validate(tree), model, 0)


def notes_by_name(history):
    """Return the notes with places by name, in order of writing."""
    names = [*(place.name for place in history.places), "-"]
    notes = history.notes
    columns = [column.tolist() for name, column in notes.items() if name != "place"]
    return [repr(row) for row in zip([names[place] for place in notes["place"]], *columns, strict=True)]


def records(history):
    """Return everything an item's life left behind, places by name."""
    ends = [repr(row) for row in zip(*(column.tolist() for column in history.ends.values()), strict=True)]
    return by_name(history), ends, notes_by_name(history)


def model_of(tree):
    return tree["operating_models"]["m"]


def with_model(tree, path, value):
    return changed(tree, f"operating_models.m.{path}", value)


def at_any_scale(relation):
    """Return a test of a relation on some made-up organisations, and one on many (slow)."""
    few = MADE_UP(given(tree=trees())(relation))
    many = pytest.mark.slow(MANY(given(tree=trees())(_copy(relation))))
    return few, many


def _copy(relation):
    def same(tree):
        relation(tree)

    return same


# --- zero of anything equals off -----------------------------------------------------------------------

NOTHING = {
    # Each says nothing new about an organisation that has none of it.
    "absence": ("situation.absence", [{"name": "leave", "days_per_year": 0.0}]),
    "capability": ("operating_models.m.capability", {"loss": 0.0, "half_time_weeks": 2.0}),
    "committees": ("operating_models.m.governance", None),
    "coupling": ("situation.demand.coupling", {"other_products": 0.0, "effort_days": 9.0}),
    "defects": ("operating_models.m.technology.prevention", 0.9),
    "drift": ("operating_models.m.governance.drift", {"add_chance": 0.0, "review_every_weeks": 1.0}),
    "focus": ("operating_models.m.structure.focus_share", 1.0),
    "ideas": ("situation.ideas", {"good_share": 1.0, "harmful_share": 0.0}),
    "multitasking": ("operating_models.m.structure.switching_loss", [1.0, 0.1]),
    "projects": ("operating_models.m.portfolio", {"projects": None, "limit": None}),
    "questions": ("operating_models.m.governance.decisions", {"team_hours": 8.0, "team_accuracy": 0.1}),
    "releases": ("situation.risks.restore_hours", 800.0),
    "repeats": ("situation.demand.repeats", {"share": 0.0, "specialist_gain": 0.9}),
    "self-service": ("operating_models.m.technology.self_service", {"activity": "step 0", "share": 0.0}),
    "upkeep": ("situation.risks.upkeep_hours_per_month", 0.0),
    "wrong teams": ("operating_models.m.handoffs.triage_days", 9.0),
}


def without_any_of(tree, mechanism):
    """Return whether an organisation has none of a mechanism."""
    model, situation = model_of(tree), tree["situation"]
    return not {
        "absence": situation.get("absence"),
        "capability": model.get("capability"),
        "committees": True,
        "coupling": situation["demand"].get("coupling"),
        "defects": any(step.get("defect_chance") for step in situation["demand"]["work"]),
        "drift": model["governance"].get("drift"),
        "focus": model["structure"].get("focus_share"),
        "ideas": situation.get("ideas"),
        "multitasking": model["structure"].get("items_per_person"),
        "projects": model.get("portfolio"),
        "questions": any(step.get("question_chance") for step in situation["demand"]["work"]),
        "releases": situation["risks"].get("release_failure_chance")
        or situation["risks"].get("failure_chance_of_a_release"),
        "repeats": situation["demand"].get("repeats"),
        "self-service": model["technology"].get("self_service"),
        "upkeep": situation["risks"].get("upkeep_hours_per_month"),
        "wrong teams": model["handoffs"].get("wrong_team_chance"),
    }[mechanism]


def zero_of_everything_that_is_not_there_changes_nothing(tree):
    before = records(run(tree))
    added = tree
    for mechanism, (path, value) in NOTHING.items():
        if value is not None and without_any_of(tree, mechanism):
            added = changed(added, path, value)
    assert records(run(added)) == before


def everyone_who_must_say_yes_is_the_same_as_no_number_given(tree):
    gates = model_of(tree)["governance"]["gates"]
    for gate in gates:
        gate.pop("yes_needed", None)
    before = records(run(tree))
    for gate in gates:
        gate["yes_needed"] = len(gate["layers"])
    assert records(run(tree)) == before


def one_item_each_in_a_team_that_divides_its_time_is_a_plain_team(tree):
    model_of(tree)["structure"].pop("items_per_person", None)
    scenario = Scenario.model_validate(tree)
    assume(not way.divides_time(scenario.situation, scenario.operating_models["m"]))
    plain = records(run_replication(scenario, "m", 0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(way, "divides_time", lambda situation, model: True)
        divided = records(run_replication(scenario, "m", 0))
    assert divided == plain


test_zero_equals_off, test_zero_equals_off_in_many = at_any_scale(
    zero_of_everything_that_is_not_there_changes_nothing
)
test_all_of_a_committee_is_a_hierarchy, test_all_of_a_committee_is_a_hierarchy_in_many = at_any_scale(
    everyone_who_must_say_yes_is_the_same_as_no_number_given
)


@MADE_UP
@given(
    tree=trees(tuple({*MECHANISMS} - {"capability", "focus", "multitasking", "upkeep", "defects", "repeats"}))
)
def test_team_that_divides_its_time_with_one_item_each_is_a_plain_team(tree):
    one_item_each_in_a_team_that_divides_its_time_is_a_plain_team(tree)


# --- names and order -----------------------------------------------------------------------------------


def renamed(tree):
    """Return an organisation with other names for its products, classes, skills, teams and models."""
    text = json.dumps(tree)
    for old in ("shop", "search", "pay", "dev", "testing", "design", "standard", "expedite", "first", "rest"):
        text = text.replace(f'"{old}"', f'"{old[::-1]} *"')
        text = text.replace(f'"people.{old}"', f'"people.{old[::-1]} *"')
    return json.loads(text.replace('"turn": "tsrif *"', '"turn": "first"'))  # that one is no name


def reordered(tree):
    """Return an organisation whose mappings and gates stand in another order; people keep theirs.

    The order of people decides who is dealt the remainder, so it means something.
    """
    if isinstance(tree, dict):
        keys = list(tree) if "dev" in tree else list(reversed(tree))
        return {key: reordered(tree[key]) for key in keys}
    if isinstance(tree, list):
        in_order = [reordered(entry) for entry in tree]
        return (
            in_order[::-1]
            if in_order and isinstance(in_order[0], dict) and "layers" in in_order[0]  # gates
            else in_order
        )
    return tree


def without_places(history):
    stays = history.stays
    columns = [column.tobytes() for name, column in stays.items() if name != "place"]
    return columns, [column.tobytes() for column in history.ends.values()], len(history.notes["what"])


def other_names_change_nothing_but_names(tree):
    assert without_places(run(renamed(tree))) == without_places(run(tree))


def another_order_of_keys_and_gates_changes_nothing(tree):
    assert records(run(reordered(tree))) == records(run(tree))


test_names_are_only_names, test_names_are_only_names_in_many = at_any_scale(
    other_names_change_nothing_but_names
)
test_order_of_keys_is_no_matter, test_order_of_keys_is_no_matter_in_many = at_any_scale(
    another_order_of_keys_and_gates_changes_nothing
)


# --- units of time -------------------------------------------------------------------------------------

TIMES = (
    "_days", "_weeks", "review_hours", "answer_hours", "team_hours", "restore_hours", "incident_hours",
    "deploy_hours",
)  # fmt: skip
DATES = ("days", "at_week", "until_week", "launch_week", "end_week")


def doubled(value, key=""):
    """Return a tree with every length of time doubled and every rate halved."""
    if isinstance(value, dict):
        if key.endswith(TIMES) or key in ("days", "efforts"):
            return {
                name: (
                    part
                    if name in ("kind", "cv")
                    else [2 * one for one in part]
                    if isinstance(part, list)
                    else 2 * part
                )
                for name, part in value.items()
            }
        return {name: doubled(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [doubled(part) for part in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if key == "per_week" or key.endswith("arrivals.per_week"):
        return value / 2
    return value * 2 if key.endswith(TIMES) or key in DATES else value


def time_in_units_of_half_the_length_doubles_every_number(tree):
    """Doubling is exact in binary, so this is equality, not approximation."""
    assume("capability" not in model_of(tree))  # tenure counts whole days
    assume("upkeep_hours_per_month" not in tree["situation"]["risks"])  # counted anew each week
    tree.setdefault("situation", {})["need"]["half_life_weeks"] = None
    tree["situation"]["demand"]["scope_growth_per_quarter"] = 0.0  # a quarter stays as long as it is
    # By weeks of the year and rates a year; a timeline's arrivals are worked out by hand in the miniatures.
    for calendar in ("turnover", "joining", "days_off", "timeline"):
        tree["situation"].pop(calendar, None)
    arrivals = tree["situation"]["demand"]["arrivals"]
    assume(arrivals["kind"] != "past_weeks")
    for calendar in ("season", "trend_per_year"):
        arrivals.pop(calendar, None)
    for reason in tree["situation"].get("absence", []):
        reason.pop("seasons", None)
    learning = model_of(tree).get("learning")
    if learning:
        learning["fading_half_life_weeks"] = None  # fades by whole days
    drift = model_of(tree).get("governance", {}).get("drift")
    if drift:
        drift.setdefault("layer", {"name": "added control", "review_hours": 1.0})  # so that it is doubled too
    once, twice = run(tree), run(doubled(tree))
    for name, column in once.stays.items():
        times = 2 if name in ("entered", "started", "finished", "work") else 1
        assert np.array_equal(column * times, twice.stays[name], equal_nan=column.dtype.kind == "f"), name
    assert np.array_equal(once.ends["ended"] * 2, twice.ends["ended"], equal_nan=True)
    assert np.array_equal(once.notes["day"] * 2, twice.notes["day"])


test_units_of_time_are_no_matter, test_units_of_time_are_no_matter_in_many = at_any_scale(
    time_in_units_of_half_the_length_doubles_every_number
)


def an_activity_in_two_halves_ends_on_the_same_day(tree):
    """The same person goes on with the second half, so nothing is different but the number of rows."""
    work = tree["situation"]["demand"]["work"]
    for step in work:
        step |= {"effort_days": 2, "question_chance": 0.0, "defect_chance": 0.0, "checks": []}
    handoffs = model_of(tree)["handoffs"]
    assume(not handoffs.get("return_chance"))  # a share of the last activity is done again
    assume(not handoffs.get("context_loss"))  # it is of the activity that comes first after a handoff
    assume("discovery" not in model_of(tree) and "coupling" not in tree["situation"]["demand"])
    assume("self_service" not in model_of(tree)["technology"] and "capability" not in model_of(tree))
    assume("risks" not in tree["situation"] or not tree["situation"]["risks"])  # these belong to one activity
    split = json.loads(json.dumps(tree))
    last = split["situation"]["demand"]["work"][-1]
    for step in (last,):
        step |= {"effort_days": 1, "needed_share": 1.0}
    work[-1]["needed_share"] = 1.0
    split["situation"]["demand"]["work"].append({**last, "activity": "second half"})
    whole, halves = run(tree), run(split)
    ended = [np.nan_to_num(found.ends["ended"], nan=found.horizon) for found in (whole, halves)]
    assert ended[0] == pytest.approx(ended[1], abs=1e-6)  # what ends with the horizon may be open or not


@settings(MADE_UP, max_examples=30)
@given(tree=trees(("portfolio", "projects", "wrong teams", "committees", "ideas")))
def test_activity_in_two_halves_ends_on_the_same_day(tree):
    an_activity_in_two_halves_ends_on_the_same_day(tree)


# --- what is not used ----------------------------------------------------------------------------------


def what_nobody_needs_changes_nothing(tree):
    for comes in ("turnover", "timeline"):  # who comes has a number after those of all who are there
        tree["situation"].pop(comes, None)
    before = records(run(tree))
    more = json.loads(json.dumps(tree))
    if model_of(more)["structure"]["teams"]["kind"] in ("by_skill", "listed"):
        more["situation"]["people"]["law"] = 2
    more["operating_models"]["other"] = {"structure": {"teams": {"kind": "generalist"}}}
    more["run"]["replications"] = 7
    *whole, notes = records(run(more))
    those_of_others = [note for note in notes if not note.startswith("('law'")]  # who are away at times, too
    assert (*whole, those_of_others) == before
    assert (
        make_requests(
            Scenario.model_validate(more).situation, Streams(more["run"]["seed"], 0), 40.0
        ).efforts.tobytes()
        == run(more, "other").requests.efforts.tobytes()
    ), "the same requests in both models"


test_what_is_not_used_changes_nothing, test_what_is_not_used_changes_nothing_in_many = at_any_scale(
    what_nobody_needs_changes_nothing
)


# --- monotone coupling ---------------------------------------------------------------------------------
#
# Where nobody waits for anybody (more people and approvers than requests, no meetings, no batches), a
# request has only its own luck. Then raising a chance of trouble never makes it faster, and never lets a
# request through that was refused before.

WORSE = {
    # path, less of it, more of it
    "return": ("operating_models.m.handoffs.return_chance", 0.1, 0.5),
    "wrong team": ("operating_models.m.handoffs.wrong_team_chance", 0.1, 0.5),
    "context loss": ("operating_models.m.handoffs.context_loss", 0.1, 0.5),
    "defect": ("situation.demand.work.1.defect_chance", 0.1, 0.6),
    "defect by handoffs": ("operating_models.m.handoffs.defect_chance", 0.0, 0.3),
    "no prevention": ("operating_models.m.technology.prevention", 0.8, 0.1),
    "question": ("situation.demand.work.1.question_chance", 0.2, 0.7),
    "wrong answer of a layer": ("operating_models.m.governance.decisions.accuracy", 0.9, 0.4),
    "wrong answer of a team": ("operating_models.m.governance.decisions.team_accuracy", 0.9, 0.4),
    "relays": ("operating_models.m.governance.decisions.fidelity", 0.95, 0.6),
    "old information": (
        "operating_models.m.governance.decisions.information_half_life_days", 50.0, 1.0,
    ),
    "less mandate": ("operating_models.m.governance.decisions.team_mandate", 0.9, 0.2),
    "never answered": ("operating_models.m.governance.decisions.never_answered_chance", 0.1, 0.6),
    "looking seldom": ("operating_models.m.governance.gates.0.layers.0.looks_every_days", 1.0, 10.0),
    "refusal": ("operating_models.m.governance.gates.0.layers.0.refuse_chance", 0.1, 0.4),
    "refusal of poor ideas": ("operating_models.m.governance.gates.0.layers.0.refuse_poor_chance", 0.2, 0.6),
    "revision": ("operating_models.m.governance.gates.0.layers.0.revise_chance", 0.1, 0.4),
    "yes of both": ("operating_models.m.governance.gates.0.yes_needed", 1, 2),
    "failed release": ("situation.risks.release_failure_chance", 0.1, 0.5),
    "release that fails by itself": ("situation.risks.failure_chance_of_a_release", 0.1, 0.5),
    "restoring by hand": ("operating_models.m.technology.rollback", 0.9, 0.1),
    "no automation": ("operating_models.m.technology.automation", 0.9, 0.1),
    "coupling": ("situation.demand.coupling.other_products", 0.4, 1.7),
    "coupling that is left": (
        "operating_models.m.dependencies", {"kind": "remove", "left": 0.2, "redesign_days": 0},
        {"kind": "remove", "left": 0.9, "redesign_days": 0},
    ),
    "less self-service": (
        "operating_models.m.technology.self_service", {"activity": "test", "share": 0.8},
        {"activity": "test", "share": 0.2},
    ),
    "fewer repeats": ("situation.demand.repeats.share", 0.8, 0.2),
}  # fmt: skip

OF_HANDOFFS = {"return", "wrong team", "context loss", "defect by handoffs"}
"""Product teams that can do everything hand nothing over."""

AMPLE = {
    "situation": {
        "products": ["shop", "search", "pay"],
        "people": {"analysis": 600, "dev": 600, "testing": 600},
        "demand": {
            "arrivals": {"kind": "poisson", "per_week": 8},
            "work": [
                {
                    "activity": "analyse",
                    "skill": "analysis",
                    "effort_days": {"kind": "exponential", "mean": 1},
                },
                {
                    "activity": "build",
                    "skill": "dev",
                    "effort_days": {"kind": "exponential", "mean": 2},
                    "question_chance": 0.5,
                    "defect_chance": 0.4,
                },
                {
                    "activity": "test",
                    "skill": "testing",
                    "effort_days": {"kind": "exponential", "mean": 1},
                    "checks": ["build"],
                },
            ],
            "coupling": {"other_products": 0.6},
            "repeats": {"share": 0.3, "specialist_gain": 0.5},
        },
        "ideas": {"good_share": 0.5, "harmful_share": 0.2},
        "risks": {"release_failure_chance": 0.3, "restore_hours": {"kind": "exponential", "mean": 8}},
    },
    "operating_models": {
        "m": {
            "structure": {"teams": {"kind": "by_product"}},
            "handoffs": {
                "delay_days": {"kind": "exponential", "mean": 0.5},
                "return_chance": 0.2,
                "context_loss": 0.2,
                "wrong_team_chance": 0.2,
            },
            "governance": {
                "gates": [
                    {
                        "before": "start",
                        "layers": [
                            {"name": "head", "kind": "desk", "approvers": 600, "hours_per_week": 40,
                             "refuse_chance": 0.05, "revise_chance": 0.2, "revise_days": 2},
                            {"name": "risk", "kind": "desk", "approvers": 600, "refuse_chance": 0.3},
                        ],
                    }
                ],
                # the team's answer costs nothing, so a question that climbs is never faster
                "decisions": {"team_mandate": 0.5, "team_hours": 0.0, "escalation": ["head"],
                              "team_accuracy": 0.9, "accuracy": 0.9, "fidelity": 0.9,
                              "information_half_life_days": 20.0},
            },
            "technology": {"deploy_hours": 2.0},
        }
    },
    "run": {"horizon_weeks": 12, "warm_up_weeks": 0, "tail_weeks": 0},
}  # fmt: skip


def set_at(tree, path, value):
    """Return a copy with one value set; numbers in a path are positions in lists."""
    tree = json.loads(json.dumps(tree))
    *parents, last = path.split(".")
    node = tree
    for key in parents:
        node = node[int(key)] if isinstance(node, list) else node.setdefault(key, {})
    if isinstance(node, list):
        node[int(last)] = value
    else:
        node[last] = value
    return tree


@pytest.mark.parametrize("name", WORSE)
@pytest.mark.parametrize("topology", ["by_skill", "by_product"])
def test_more_trouble_never_makes_an_item_luckier(name, topology):
    path, less, more = WORSE[name]
    base = set_at(AMPLE, "operating_models.m.structure.teams", {"kind": topology})
    if name == "wrong answer of a layer":  # its redone share must not depend on who answers
        base = set_at(base, "operating_models.m.governance.decisions.team_mandate", 0.0)
    if name == "less mandate":  # a layer is wrong at least as often as the team
        base = set_at(base, "operating_models.m.governance.decisions.accuracy", 0.5)
    seldom, often = (run(set_at(base, path, value)) for value in (less, more))
    late_seldom, late_often = (
        np.where(found.ends["state"] == DELIVERED, found.ends["ended"], np.inf) for found in (seldom, often)
    )
    luckier = np.flatnonzero(late_often < late_seldom - 1e-9)
    assert not len(luckier), f"items {luckier[:5]}: {late_seldom[luckier[:5]]} -> {late_often[luckier[:5]]}"
    if topology == "by_skill" or name not in OF_HANDOFFS:
        assert np.any(late_often > late_seldom + 1e-9), "and somebody has more trouble"


@pytest.mark.parametrize(
    ("path", "less", "more"),
    [
        ("situation.ideas.good_share", 0.3, 0.7),
        ("operating_models.m.learning.gain", 0.0, 0.05),
        ("operating_models.m.learning.ceiling", 0.6, 0.9),
    ],
)
def test_better_ideas_only_make_more_of_the_same_good(path, less, more):
    base = set_at(AMPLE, "operating_models.m.learning", {"gain": 0.02, "ceiling": 0.8})
    base["operating_models"]["m"]["governance"]["gates"] = []  # who refuses decides what is learnt from
    base["operating_models"]["m"]["governance"]["decisions"] = {}
    before, after = (run(set_at(base, path, value)).ends["idea"] == GOOD for value in (less, more))
    assert np.all(after[before])
    assert after.sum() > before.sum()


def test_clearer_goals_only_make_fewer_of_the_same_miss_them():
    path = "operating_models.m.governance.decisions.goal_clarity"
    clear, vague = (run(set_at(AMPLE, path, value)).ends["misses_goal"] == 1 for value in (0.9, 0.4))
    assert np.all(vague[clear])
    assert 0 < clear.sum() < vague.sum()


@pytest.mark.parametrize(
    ("setting", "better", "worse"),
    [
        ("need_clarity", 0.9, 0.4),
        ("fidelity", 0.9, 0.4),
        ("information_half_life_days", 90.0, 2.0),
        ("noticed_share", 0.7, 0.2),
        ("mandates", [0.6, 1.0], [0.1, 1.0]),
        ("team_mandate", 0.8, 0.3),
    ],
)
def test_clearer_needs_only_make_fewer_of_the_same_miss_them(setting, better, worse):
    desks = [{"name": name, "kind": "desk", "approvers": 600, "hours_per_week": 40} for name in ("a", "b")]
    asked = {
        "team_mandate": 0.2,
        "escalation": desks,
        "need_clarity": 0.8,
        "fidelity": 0.8,
        "redo_share": 0.0,
        "answer_hours": 8.0,
    }
    base = set_at(AMPLE, "operating_models.m.governance", {"decisions": asked})
    path = f"operating_models.m.governance.decisions.{setting}"
    few, many = (run(set_at(base, path, value)).ends["misses_need"] == 1 for value in (better, worse))
    assert np.all(many[few])
    assert 0 < few.sum() < many.sum()


def test_better_experiments_drop_fewer_good_ideas_and_more_of_the_others():
    discovery = {"skill": "analysis", "effort_days": 1}
    dull, sharp = (
        run(set_at(AMPLE, "operating_models.m.discovery", discovery | {"accuracy": accuracy}))
        for accuracy in (0.6, 0.9)
    )
    dropped_dull, dropped_sharp = (
        (found.ends["state"] == STOPPED) & ~np.isnan(found.ends["committed"]) for found in (dull, sharp)
    )
    is_good = dull.ends["idea"] == GOOD
    assert np.array_equal(is_good, sharp.ends["idea"] == GOOD)
    assert np.all(dropped_dull[is_good & dropped_sharp])
    assert np.all(dropped_sharp[~is_good & dropped_dull])
    assert dropped_dull[is_good].sum() > dropped_sharp[is_good].sum()
    assert dropped_dull[~is_good].sum() < dropped_sharp[~is_good].sum()

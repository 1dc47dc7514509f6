"""Organisations that hypothesis makes up, with any of the mechanisms."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.scenario.order import sections
from sim.scenario.scenario import Scenario
from sim.scenario.situation import Demand

EFFORTS = st.one_of(
    st.integers(1, 4),
    st.builds(lambda mean: {"kind": "exponential", "mean": mean}, st.sampled_from([0.5, 1.5])),
    st.builds(lambda cv: {"kind": "lognormal", "mean": 1.0, "cv": cv}, st.sampled_from([0.5, 1.5])),
    st.just({"kind": "empirical", "values": [0, 1, 3]}),
)
WEEKS = st.sampled_from([0.2, 1.0, 1.5, 2.0])
CHANCE = st.sampled_from([0.0, 0.2, 0.5])

MECHANISMS = (
    "absence",
    "capability",
    "committees",
    "communication",
    "coupling",
    "dates",
    "defects",
    "discovery",
    "drift",
    "focus",
    "ideas",
    "learning",
    "limits",
    "lives",
    "multitasking",
    "loops",
    "open",
    "optional",
    "order",
    "outside",
    "part-time",
    "portfolio",
    "projects",
    "questions",
    "ranks",
    "releases",
    "repeats",
    "routing",
    "scope",
    "season",
    "self-service",
    "swarming",
    "turnover",
    "upkeep",
    "wrong teams",
)
"""What a made-up organisation has on top of teams, handoffs, gates, funding and release."""

MADE_UP = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""No two runs differ, and no example is too slow."""


@st.composite
def outside_delays(draw, demand, many):
    delays = []
    for number in range(many):
        delay = {
            "name": f"somebody {number}",
            "before": draw(st.sampled_from([None, *(step["activity"] for step in demand["work"])])),
            "chance": draw(st.sampled_from([0.3, 1.0])),
            "days": draw(st.sampled_from([0.0, 3.0, {"kind": "exponential", "mean": 4.0}])),
            "clock": draw(st.sampled_from(["working", "calendar"])),
            "classes": draw(st.sampled_from([None, ["standard"]])),
        }
        delays.append(delay)
    return delays


@st.composite
def over_time(draw, situation, mechanisms):
    """Let the world change on dates, and products live and end."""
    has_rate = situation["demand"]["arrivals"]["kind"] in ("poisson", "regular", "past_weeks")
    if "dates" in mechanisms:
        values = {
            "need.half_life_weeks": st.sampled_from([None, 2, 20]),
            "need.value_per_week": EFFORTS,
            "demand.work.step_0.effort_days": EFFORTS,
        }
        if has_rate:
            values["demand.arrivals.per_week"] = st.sampled_from([1.0, 9.0])
        if "ideas" in mechanisms:
            values["ideas.good_share"] = st.sampled_from([0.1, 0.6])
        if "coupling" in mechanisms:
            values["demand.coupling.other_products"] = st.sampled_from([0.0, 1.2])
        if "turnover" in mechanisms:
            skill = draw(st.sampled_from(sorted(situation["people"])))
            values[f"people.{skill}"] = st.integers(1, 6)
        for delay in situation["demand"]["outside"]:
            values[f"demand.outside.{delay['name']}.chance"] = CHANCE
        if situation["risks"].get("release_failure_chance"):
            values["risks.release_failure_chance"] = CHANCE
        situation["timeline"] = [
            {
                "at_week": draw(st.sampled_from([0, 1, 2.5])),
                "until_week": draw(st.sampled_from([None, 4, 6])),
                "over_weeks": 0
                if path == "need.half_life_weeks" or path.startswith("people.")
                else draw(st.sampled_from([0, 1])),
                "set": {path: draw(value)},
            }
            for path, value in values.items()
        ]
    if "lives" in mechanisms and has_rate:
        lives = [{}, {"launch_week": 1.5}, {"end_week": 5, "decline_weeks": 2}]
        lives += [{"launch_week": 0, "growth_weeks": 3, "end_week": 6.1}]
        situation["products"] = [
            {"name": name, **draw(st.sampled_from(lives))} for name in situation["products"]
        ]
    return situation


@st.composite
def absences(draw, many):
    reasons = [
        {"name": "leave", "days_per_year": draw(st.sampled_from([20, 80])), "spell_days": 4},
        {
            "name": "illness",
            "days_per_year": draw(st.sampled_from([0, 60])),
            "spell_days": {"kind": "exponential", "mean": draw(st.sampled_from([0.5, 3.0]))},
        },
    ]
    if many and draw(st.booleans()):
        reasons[0]["seasons"] = [{"first_week": 2, "last_week": 3, "times": draw(st.sampled_from([0, 6]))}]
    return reasons[:many]


@st.composite
def people(draw, situation, mechanisms):
    """Let people leave and join, work part of the week, and have days off."""
    if "turnover" in mechanisms:
        situation["turnover"] = {
            "leaving_per_year": draw(st.sampled_from([0, 3, 9])),
            "weeks_to_fill": draw(st.sampled_from([0, 1.3, {"kind": "exponential", "mean": 1}])),
        }
        situation["joining"] = {
            "start_share": draw(st.sampled_from([0.4, 1.0])),
            "half_time_weeks": 1,
            "mentor_hours_per_week": draw(st.sampled_from([0, 8, 40])),
            "mentor_weeks": draw(st.sampled_from([0, 1.1])),
        }
    if "part-time" in mechanisms:
        situation["part_time"] = {
            skill: {"people_share": draw(st.sampled_from([0, 1] if "turnover" in mechanisms else [0, 0.5]))}
            for skill in situation["people"]
        }
        situation["days_off"] = draw(st.sampled_from([[], [{"week": 2, "weekday": 4, "days": 2}]]))
    return situation


@st.composite
def arrivals(draw, mechanisms):
    found = draw(
        st.one_of(
            st.builds(lambda rate: {"kind": "poisson", "per_week": rate}, st.sampled_from([2.0, 6.0])),
            st.just({"kind": "regular", "per_week": 5.0}),
            st.just({"kind": "batches", "items": 6, "every_weeks": 1.0}),
            st.just({"kind": "backlog", "items": 25}),
        )
    )
    if "season" in mechanisms:
        if draw(st.booleans()):
            found = {"kind": "past_weeks", "counts": [3, 0, 7], "block_weeks": draw(st.integers(1, 4))}
        if found["kind"] in ("poisson", "regular", "past_weeks"):
            season = draw(st.sampled_from([[], [1, 0, 3], [2] * 26 + [5] * 26]))
            found |= {"season": season, "trend_per_year": draw(st.sampled_from([0.0, -0.5, 4.0]))}
    return dict(found)


def with_order(demand, after):
    """Let activities follow others than the one before them, where what they have allows it."""
    if not after:
        return demand
    work = [step | {"after": names} for step, names in zip(demand["work"][1:], after, strict=True)]
    ordered = demand | {"work": [demand["work"][0], *work]}
    try:
        Demand.model_validate(ordered)
    except ValidationError:
        return demand
    return ordered


@st.composite
def routed(draw, demand, mechanisms):
    """Let some be open at first, steps differ by class, rows be drawn whole, and requests end on the way."""
    demand["open_at_start"] = {"items": draw(open_items(demand["work"])) if "open" in mechanisms else []}
    names = [step["activity"] for step in demand["work"]]
    if "loops" in mechanisms and len(names) > 1:
        back = {"to": names[0], "chance": draw(CHANCE), "work_share": draw(st.sampled_from([0.0, 0.5, 1.0]))}
        demand["work"][-1]["goes_back"] = back
    after = [draw(st.sampled_from([None, names[:1], []])) for _ in names[1:]] if "order" in mechanisms else []
    if "routing" not in mechanisms:
        return with_order(demand, after)
    for step in demand["work"]:
        step["ends"] = [
            {
                "state": state,
                "chance": draw(st.sampled_from([0.1, 0.4])),
                "classes": draw(st.sampled_from([None, ["standard"]])),
            }
            for state in draw(st.lists(st.sampled_from(["refused", "withdrawn", "done"]), max_size=2))
        ]
    own = {"effort_days": draw(EFFORTS), "needed_share": draw(st.sampled_from([None, 0.0, 0.5, 1.0]))}
    demand["classes"][0]["work"] = {draw(st.sampled_from(names)): own}
    if draw(st.booleans()):
        row = {name: draw(st.sampled_from([0, 1, 2.5])) for name in names}
        ending = {"efforts": {names[0]: 1.5}, "ends_after": names[0], "item_class": "expedite"}
        ending["ends"] = draw(st.sampled_from(["refused", "withdrawn", "done"]))
        demand["drawn_together"] = {"rows": [{"efforts": row}, ending, {"efforts": row, "weight": 2}]}
    return with_order(demand, after)


@st.composite
def open_items(draw, work):
    """Return requests that are open on day 0, at any step."""
    return [
        {
            "items": draw(st.integers(1, 3)),
            "step": step,
            "age_days": draw(st.sampled_from([0, 2.5, 30])),
            "left_days": draw(st.sampled_from([None, 0.5])) if step not in (None, "release") else None,
        }
        for step in (None, "release", *(one["activity"] for one in work))
        if draw(st.booleans())
    ]


@st.composite
def situations(draw, mechanisms=frozenset()):
    skills = ["dev", "testing", "design"][: draw(st.integers(1, 3))]
    products = ["shop", "search", "pay"][: draw(st.integers(2 if "coupling" in mechanisms else 1, 3))]
    work = [
        {
            "activity": f"step {number}",
            "skill": draw(st.sampled_from(skills)),
            "effort_days": draw(EFFORTS),
            "needed_share": draw(st.sampled_from([1.0, 0.7])),
        }
        for number in range(draw(st.integers(1, 4)))
    ]
    if "questions" in mechanisms:
        for step in work:
            step["question_chance"] = draw(st.sampled_from([0.0, 0.4, 1.0]))
    if "defects" in mechanisms:
        for number, step in enumerate(work):
            step["defect_chance"] = draw(st.sampled_from([0.0, 0.3, 0.7]))
            earlier = [other["activity"] for other in work[:number]]
            step["checks"] = draw(st.lists(st.sampled_from(earlier), unique=True)) if earlier else []
            step["finds_share"] = draw(st.sampled_from([0.5, 1.0]))
    demand = {
        "arrivals": draw(arrivals(mechanisms)),
        "work": work,
        "classes": [
            {"name": "standard", "share": 0.7, "deadline_weeks": 3},
            {
                "name": "expedite",
                "share": 0.3,
                "priority": draw(st.integers(-1, 1)),
                "size": draw(st.sampled_from([1.0, 0.5, 2.0])),
            },
        ],
        "rework_growth": draw(st.sampled_from([1.0, 2.0])),
        "scope_growth_per_quarter": draw(
            st.sampled_from([0.06, 1.0]) if "scope" in mechanisms else st.just(0.0)
        ),
    }
    if "optional" in mechanisms:
        demand["classes"][0]["share"] = 0.3
        demand["classes"] += [
            {"name": "idea", "share": 0.3, "optional": True},
            {"name": "whim", "share": 0.1, "optional": True, "priority": draw(st.sampled_from([-100, 100]))},
        ]
    if "coupling" in mechanisms:
        demand["coupling"] = {
            "other_products": draw(st.sampled_from([0.5, 1.0, 1.5])),
            "effort_days": draw(EFFORTS),
        }
        demand["core"] = draw(st.sampled_from([None, *(step["activity"] for step in work)]))
    demand["outside"] = draw(
        outside_delays(demand, draw(st.integers(1, 3)) if "outside" in mechanisms else 0)
    )
    demand = draw(routed(demand, mechanisms))
    if "repeats" in mechanisms:
        demand["repeats"] = {"share": 0.5, "specialist_gain": 0.4}
    situation = {
        "products": products,
        "people": {skill: draw(st.integers(1, 4)) for skill in skills},
        "demand": demand,
        "need": {
            "value_per_week": {"kind": "uniform", "low": 1, "high": 9},
            "half_life_weeks": draw(st.sampled_from([None, 4])),
        },
        "risks": {},
        "absence": draw(absences(draw(st.integers(1, 2)) if "absence" in mechanisms else 0)),
    }
    if "ideas" in mechanisms:
        situation["ideas"] = {"good_share": 0.4, "harmful_share": draw(st.sampled_from([0.0, 0.3]))}
    if "releases" in mechanisms:
        situation["risks"] |= {
            "release_failure_chance": draw(CHANCE),
            "failure_chance_of_a_release": draw(st.sampled_from([0.0, 0.0, 0.3])),
            "restore_hours": draw(st.sampled_from([4.0, {"kind": "exponential", "mean": 12.0}])),
        }
    if "defects" in mechanisms:
        situation["risks"] |= {"incident_after_weeks": 1.0, "incident_hours": draw(st.sampled_from([2, 20]))}
    if "upkeep" in mechanisms:
        situation["risks"]["upkeep_hours_per_month"] = draw(st.sampled_from([1.0, 20.0]))
    situation = draw(people(situation, mechanisms))
    situation["money"] = draw(st.sampled_from([None, {"overhead": 1.3}]))
    return situation


@st.composite
def layers(draw, name):
    said = {
        "name": name,
        "revise_chance": draw(CHANCE),
        "revise_days": draw(st.sampled_from([0, 1.0, 2.5])),
        "refuse_chance": draw(st.sampled_from([0.0, 0.1])),
        "refuse_poor_chance": draw(st.sampled_from([None, None, 0.5])),
    }
    if draw(st.booleans()):
        return said | {
            "kind": "desk",
            "approvers": draw(st.integers(1, 2)),
            "hours_per_week": draw(st.sampled_from([10, 40])),
            "looks_every_days": draw(st.sampled_from([None, None, 1.0, 3.0])),
            "review_hours": draw(st.sampled_from([1, 8, {"kind": "exponential", "mean": 4}])),
        }
    return said | {
        "kind": "board",
        "meets_every_weeks": draw(WEEKS),
        "paper_deadline_days": draw(st.sampled_from([0, 1.0, 6.0])),
        "agenda": draw(st.sampled_from([None, 1, 4])),
    }


@st.composite
def topologies(draw, situation, mechanisms=frozenset()):
    people, products = situation["people"], situation["products"]
    kind = draw(st.sampled_from(["by_skill", "by_product", "generalist", "listed"]))
    teams = {"kind": kind}
    if kind == "generalist":
        teams["penalty"] = draw(st.sampled_from([0.0, 0.25]))
    if kind == "listed":
        only_first = {"products": products[:1]} if len(products) > 1 and min(people.values()) > 1 else {}
        first = {skill: 1 for skill in people}
        rest = {skill: number - 1 for skill, number in people.items() if number > 1}
        hours = {"hours_per_week": draw(st.sampled_from([20, 48]))} if "part-time" in mechanisms else {}
        teams["teams"] = [{"name": "first", "people": first, **only_first, **hours}]
        if rest:
            teams["teams"].append({"name": "rest", "people": rest, "wip_limit_items": 2})
    return teams


@st.composite
def governments(draw, situation, mechanisms):
    work = Demand.model_validate(situation["demand"]).work
    beside = {at for section in sections(work) for at in section}
    places = ["funding", "start", "release"]
    places += [step.activity for at, step in enumerate(work) if at not in beside]
    gates = [
        {
            "before": place,
            "order": draw(st.sampled_from(["sequence", "parallel"])),
            "needed_by": draw(
                st.sampled_from(
                    [{"kind": "all"}, {"kind": "share", "share": 0.5}, {"kind": "effort_above", "days": 3}]
                )
            ),
            "layers": [draw(layers(f"{place} {n}")) for n in range(draw(st.integers(1, 3)))],
        }
        for place in draw(st.lists(st.sampled_from(places), unique=True, max_size=2))
    ]
    if "committees" in mechanisms:
        for gate in gates:
            gate["yes_needed"] = draw(st.integers(1, len(gate["layers"])))
    if gates and draw(st.booleans()):
        other = next(place for place in places if place not in [gate["before"] for gate in gates])
        gates.append({"before": other, "layers": [gates[0]["layers"][0]["name"]]})
    governance = {"gates": gates, "notice_chance": draw(st.sampled_from([0.0, 0.0, 0.5, 1.0]))}
    if "questions" in mechanisms:
        climbs = [draw(layers("boss")), draw(layers("director"))][: draw(st.integers(1, 2))]
        if gates and draw(st.booleans()):
            climbs.append(gates[0]["layers"][0]["name"])
        governance["decisions"] = {
            "team_mandate": draw(st.sampled_from([0.0, 0.5, 1.0])),
            "team_hours": draw(st.sampled_from([0.0, 4.0])),
            "escalation": climbs,
            "answer_hours": draw(st.sampled_from([0.5, {"kind": "exponential", "mean": 4}])),
            "team_accuracy": draw(st.sampled_from([0.5, 1.0])),
            "accuracy": draw(st.sampled_from([0.5, 1.0])),
            "fidelity": draw(st.sampled_from([0.7, 1.0])),
            "information_half_life_days": draw(st.sampled_from([None, 5.0])),
            "redo_share": draw(st.sampled_from([0.0, 0.5])),
            "goal_clarity": draw(st.sampled_from([0.5, 1.0])),
            "need_clarity": draw(st.sampled_from([None, 0.5, 1.0])),
            "noticed_share": draw(st.sampled_from([0.0, 0.5, 1.0])),
            "never_answered_chance": draw(st.sampled_from([0.0, 0.3])),
            "patience_days": draw(st.sampled_from([0.0, 2.5])),
            "when_unanswered": draw(st.sampled_from(["ask_again", "decide_by_default"])),
        }
        if draw(st.booleans()):
            rising = [draw(st.sampled_from([0.0, 0.3])), draw(st.sampled_from([0.4, 0.7, 1.0]))]
            governance["decisions"]["mandates"] = [*rising[: len(climbs) - 1], 1.0]
    if "drift" in mechanisms:
        governance["drift"] = {
            "add_chance": draw(st.sampled_from([0.5, 1.0])),
            "most_layers": draw(st.integers(1, 3)),
            "review_every_weeks": draw(st.sampled_from([None, 2.0])),
        }
    return governance


@st.composite
def portfolios(draw, mechanisms):
    portfolio = {}
    if "projects" in mechanisms:
        portfolio["projects"] = {
            "items": draw(st.integers(1, 4)),
            "forming_weeks": draw(st.sampled_from([0.0, 1.0])),
            "release_together": draw(st.booleans()),
        }
    if "portfolio" in mechanisms:
        portfolio["limit"] = draw(st.integers(1, 4))
    return portfolio


@st.composite
def ways_to_take_up_work(draw, mechanisms):
    structure = {}
    if "multitasking" in mechanisms:
        structure["items_per_person"] = draw(st.integers(2, 4))
        structure["switching_loss"] = draw(st.sampled_from(["none", "measured", "weinberg", [1.0, 0.9, 0.5]]))
    if "ranks" in mechanisms:
        structure["reprioritise"] = {
            "every_weeks": draw(st.sampled_from([0.3, 1.0])),
            "share": draw(st.sampled_from([0.0, 0.5, 1.0])),
        }
    if "limits" in mechanisms:
        structure["limit_review"] = {
            "every_weeks": draw(st.sampled_from([0.4, 1.0])),
            "rule": draw(st.sampled_from(["each_point", "in_a_row"])),
            "points": draw(st.integers(1, 2)),
            "target_days": draw(st.sampled_from([1.0, 8.0])),
            "step_items": draw(st.integers(1, 3)),
            "most_items": draw(st.sampled_from([2, 9])),
        }
    if "swarming" in mechanisms:
        structure["swarming"] = draw(st.sampled_from([[0.5], [0.6, 0.3], [0.0, 1.0, 0.5]]))
    if "communication" in mechanisms:
        structure["communication_loss"] = draw(st.sampled_from([0.002, 0.02]))
    if "focus" in mechanisms:
        structure["focus_share"] = 0.6
    return structure


@st.composite
def operating_models(draw, situation, mechanisms=frozenset()):
    work = situation["demand"]["work"]
    rhythm = draw(st.sampled_from([{}, {"batch": 3}, {"every_weeks": 1}]))
    structure = {
        "teams": draw(topologies(situation, mechanisms)),
        "selection": draw(
            st.sampled_from(["fifo", "fifo", "value", "cost_of_delay", "shortest", "due_date", "belief"])
        ),
        "cross_skilled_share": draw(st.sampled_from([0.0, 0.5, 1.0])),
        "cross_skill_penalty": draw(st.sampled_from([0.0, 0.15])),
        "goes_on": draw(st.sampled_from(["own_work_first", "always"])),
        "wip_limit_items": draw(st.sampled_from([None, None, 1, 3])),
        "iteration_weeks": draw(st.sampled_from([None, None, 1.0, 2.0])),
        "when_absent": draw(st.sampled_from(["waits", "passed_on"])),
        "pass_on_after_days": draw(st.sampled_from([0.0, 1.0])),
        "review_catches_share": draw(st.sampled_from([0.0, 0.5, 1.0])),
        "protected_iterations": draw(st.booleans()),
    }
    handoffs = {
        "delay_days": draw(st.sampled_from([0, 1, {"kind": "lognormal", "mean": 1.5, "cv": 1.2}])),
        "context_loss": draw(st.sampled_from([0, 0.25])),
        "return_chance": draw(CHANCE),
        "return_share": draw(st.sampled_from([0.25, 1.0])),
        **rhythm,
    }
    model = {
        "structure": structure,
        "handoffs": handoffs,
        "governance": draw(governments(situation, mechanisms)),
        "funding": draw(
            st.sampled_from(
                [
                    {"kind": "continuous"},
                    {"kind": "rounds", "every_weeks": 1},
                    {"kind": "rounds", "every_weeks": 2, "acceptance": 0.6, "budget_items": 4},
                    {"kind": "rounds", "every_weeks": 1, "budget_items": 2, "free_pool_below_days": 2},
                ]
            )
        ),
        "release": draw(
            st.sampled_from(
                [
                    {"kind": "on_demand"},
                    {"kind": "train", "every_weeks": 1},
                    {"kind": "train", "every_weeks": 2, "freeze_days": 3},
                    {"kind": "train", "every_weeks": 2, "isolation": 0.7},
                ]
            )
        ),
        "technology": {},
    }
    structure |= draw(ways_to_take_up_work(mechanisms))
    if "wrong teams" in mechanisms:
        handoffs |= {"wrong_team_chance": 0.4, "triage_days": draw(st.sampled_from([0.5, 2.0]))}
    if "defects" in mechanisms:
        # Where every defect is found, one more for each handoff would keep requests in repairs for ever.
        finds_all = any(step["finds_share"] == 1.0 for step in situation["demand"]["work"])
        handoffs["defect_chance"] = 0.0 if finds_all else draw(st.sampled_from([0.0, 0.2]))
        model["technology"]["prevention"] = draw(st.sampled_from([0.0, 0.5]))
    if "capability" in mechanisms:
        model["capability"] = {"loss": 0.5, "half_time_weeks": draw(st.sampled_from([1.0, 13.0]))}
    if "coupling" in mechanisms:
        turn = draw(st.sampled_from([{}, {"turn": "behind"}, {"turn": "in_line"}, {"turn": "first"}]))
        model["dependencies"] = turn | draw(
            st.sampled_from(
                [
                    {"kind": "ignore"},
                    {"kind": "manage", "planning_every_weeks": 1.0},
                    {"kind": "manage", "hours_per_pair": 4.0},
                    {"kind": "remove", "redesign_days": 3.0, "left": 0.3},
                ]
            )
        )
    if "releases" in mechanisms:
        model["technology"] |= {
            "automation": draw(st.sampled_from([0.0, 0.5])),
            "deploy_hours": draw(st.sampled_from([0.0, 6.0])),
            "rollback": draw(st.sampled_from([0.0, 0.75])),
        }
    if "self-service" in mechanisms:
        model["technology"] |= {
            "self_service": {"activity": work[-1]["activity"], "share": 0.5},
            "pace": {work[0]["activity"]: 2.0},
        }
    if "discovery" in mechanisms:
        model["discovery"] = {
            "skill": draw(st.sampled_from(list(situation["people"]))),
            "effort_days": draw(st.sampled_from([1.0, {"kind": "empirical", "values": [0, 1]}])),
        }
    if "learning" in mechanisms:
        model["learning"] = {
            "validation_weeks": draw(st.sampled_from([0.0, 1.0])),
            "steering": draw(st.sampled_from(["output", "outcome"])),
            "gain": 0.2,
            "ceiling": 0.9,
            "fading_half_life_weeks": draw(st.sampled_from([None, 4.0])),
            "retires": draw(st.booleans()),
        }
    if portfolio := draw(portfolios(mechanisms)):
        model["portfolio"] = portfolio
    return model


@st.composite
def trees(draw, mechanisms=MECHANISMS):
    """Return a made-up organisation as plain values, with some of the mechanisms."""
    chosen = frozenset(draw(st.sets(st.sampled_from(mechanisms)))) if mechanisms else frozenset()
    situation = draw(situations(chosen))
    models = {"m": draw(operating_models(situation, chosen))}
    return {
        "situation": draw(over_time(situation, chosen)),
        "operating_models": models,
        "run": {
            "horizon_weeks": 8,
            "warm_up_weeks": 0,
            "tail_weeks": 0,
            "seed": draw(st.integers(0, 2**32)),
        },
    }


def scenarios(mechanisms=MECHANISMS):
    return trees(mechanisms).map(Scenario.model_validate)

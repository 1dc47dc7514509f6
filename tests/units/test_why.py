"""Attribution and factorial designs: which mixtures are run, and what is made of what came of them."""

import math
from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
import pytest
from worlds.studies import USUAL

import sim
from sim.errors import RunError, ScenarioError
from sim.experiments.factorial import Factorial, plan_factorial
from sim.experiments.mixtures import FEWEST_REPLICATIONS, ORDER_PAIRS, Plan, Switch
from sim.experiments.why import Attribution, Part, plan_why, why
from sim.findings import charts
from sim.findings.factorial import factorial_as_text
from sim.findings.why import interaction_alt, split_sentences, waterfall_as_text, why_as_json, why_as_text
from sim.measures.metrics import METRICS
from sim.scenario.levers.groups import GROUPS
from sim.scenario.scenario import Scenario
from sim.studies.outcomes import Outcome
from sim.studies.study import Study

# Two operating models that differ in funding, release and handoffs.
SCENARIO = Scenario.model_validate(
    {
        "name": "Corner shop",
        "situation": {
            "people": {"service": 3},
            "demand": {
                "arrivals": {"kind": "poisson", "per_week": 10},
                "work": [{"activity": "serve", "skill": "service", "effort_days": 1}],
            },
        },
        "operating_models": {
            "slow": {
                "name": "Slow",
                "funding": {"kind": "rounds", "every_weeks": 4},
                "release": {"kind": "train", "every_weeks": 2},
                "handoffs": {"delay_days": {"kind": "fixed", "value": 1}},
            },
            "fast": {"name": "Fast"},
        },
        "run": {"horizon_weeks": 30, "warm_up_weeks": 4, "tail_weeks": 10, "replications": 6},
    }
)
MOVED = ("handoffs", "funding", "release")

Values = Callable[[frozenset[str], int], float | Mapping[str, float]]


@pytest.fixture
def worth(monkeypatch: pytest.MonkeyPatch) -> Callable[[Values], None]:
    """Let a function of (levers that are moved, replication) stand for the simulator."""

    def install(value: Values) -> None:
        def simulated(plan: Plan, workers=None, progress=None) -> Study:
            keys = [switch.key for switch in plan.switches]
            outcomes = {}
            for coalition, contender in plan.contender_of.items():
                moved = frozenset(key for bit, key in enumerate(keys) if coalition >> bit & 1)
                for replication in range(plan.replications):
                    found = value(moved, replication)
                    found = found if isinstance(found, Mapping) else {"lead_time_p85": found}
                    measures = {name: USUAL.get(name, 0.0) for name in METRICS} | dict(found)
                    outcomes[contender, replication] = Outcome(
                        contender, replication, measures, np.zeros(99), {}, 100, None
                    )
            return Study.of(plan.contenders, outcomes.values(), seconds=1.0, wanted=plan.replications)

        monkeypatch.setattr(Plan, "simulated", simulated)

    return install


def additive(moved: frozenset[str], replication: int) -> float:
    luck = (-1) ** replication
    days = {"funding": -20.0 + luck, "release": -6.0, "handoffs": 2.0}
    return 50.0 + replication + sum(days[key] for key in moved)


def by_key(split: Attribution, measure: str | None = None) -> dict[str, Part]:
    return {part.key: part for part in split.parts(measure)}


# --- which mixtures are run ----------------------------------------------------------------------------


def test_plan_mixes_every_set_of_groups_that_differ():
    plan = plan_why(SCENARIO)
    assert tuple(switch.key for switch in plan.switches) == MOVED
    assert {switch.key for switch in plan.unchanged} == set(GROUPS) - set(MOVED)
    assert len(plan.contenders) == 8 and plan.orders == ()
    assert plan.contender_of[0] == "slow" and plan.contender_of[0b111] == "fast"
    mixture = plan.contenders[0b110]
    assert mixture.key == "slow + funding + release"
    assert mixture.label == "Slow with Funding and Release from Fast"
    model, [slow, fast] = mixture.scenario.operating_models["slow"], SCENARIO.operating_models.values()
    assert (model.funding, model.release, model.handoffs) == (fast.funding, fast.release, slow.handoffs)


def test_plan_bundles_what_is_asked_for_and_keeps_the_rest_together():
    plan = plan_why(SCENARIO, levers=["funding+release", "learning"])
    assert [switch.key for switch in plan.switches] == ["funding+release", "rest"]
    assert [group.key for group in plan.switches[1].groups] == ["handoffs"]
    assert [switch.key for switch in plan.unchanged] == ["learning"]
    assert plan.contender_of[0b11] == "fast"


def test_mixtures_that_come_out_the_same_are_run_once():
    nothing = Switch("nothing", "Nothing new", (GROUPS["learning"],))
    plan = plan_why(SCENARIO, levers=[nothing, "funding", "release", "handoffs"])
    assert len(plan.contenders) == len(plan.contender_of) == 8
    texts = [contender.scenario.to_json() for contender in plan.contenders]
    assert len(set(texts)) == len(texts)


def test_replications_by_default_are_what_a_minute_pays_for(monkeypatch: pytest.MonkeyPatch):
    assert plan_why(SCENARIO).replications == 6, "no more than the scenario's"
    monkeypatch.setattr("sim.experiments.mixtures.EVENTS_BY_DEFAULT", 1)
    assert plan_why(SCENARIO).replications == FEWEST_REPLICATIONS
    assert plan_why(SCENARIO, replications=40).replications == 40


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"levers": ["fundng"]}, r'"fundng", which is no group of settings.*Did you mean "funding"\?'),
        ({"levers": ["funding", "release+funding"]}, 'name "funding" twice'),
        ({"levers": []}, "name nothing"),
        ({"models": ["slwo", "fast"]}, r'names no operating model: "slwo".*Did you mean "slow"\?'),
        ({"models": ["fast", "fast"]}, "against itself"),
        ({"models": ["slow"]}, "must be two operating models"),
        ({"models": "slow"}, "must be two operating models"),
    ],
)
def test_plan_refuses_what_cannot_be_meant(arguments, message: str):
    with pytest.raises(ScenarioError, match=message):
        plan_why(SCENARIO, **arguments)


def test_plan_of_two_equal_models_has_nothing_to_attribute():
    twins = SCENARIO.with_changes(
        {"slow.funding": {"kind": "continuous"}, "slow.release": {"kind": "on_demand"}, "slow.handoffs": {}}
    )
    with pytest.raises(ScenarioError, match="nothing to split"):
        plan_why(twins)


def test_plan_names_a_mixture_that_cannot_work():
    changes = {
        "fast.discovery": {"skill": "research"},
        "fast.structure.teams": {
            "kind": "listed",
            "teams": [{"name": "all", "people": {"service": 3, "research": 1}}],
        },
        "slow.structure.teams": {"kind": "listed", "teams": [{"name": "all", "people": {"service": 3}}]},
        "situation.people": {"service": 3, "research": 1},
    }
    scenario = SCENARIO.with_changes(changes)
    with pytest.raises(ScenarioError, match=r"Slow with Learning and discovery from Fast.*--levers"):
        plan_why(scenario, levers=["structure", "learning"])
    assert plan_why(scenario, levers=["structure+learning"]).contenders


def test_factorial_plan_has_the_five_switches_and_says_what_it_holds():
    scenario = SCENARIO.with_changes({"fast.technology.pace": {"serve": 2}})
    plan = plan_factorial(scenario)
    assert [switch.key for switch in plan.switches] == ["structure", "governance", "funding"]
    assert [switch.key for switch in plan.unchanged] == ["measurement", "leadership"]
    assert not plan.held and plan.contender_of[0b111] == "fast"
    fewer = plan_factorial(scenario, switches=["structure", "funding", "release"])
    assert fewer.held == ("Quality and technology",)
    assert fewer.contender_of[0b111] != "fast", "with technology held it is not the other model"


def test_factorial_plan_refuses_more_than_it_can_combine(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sim.experiments.factorial.MOST_EXACT", 2)
    with pytest.raises(ScenarioError, match="8 mixtures; at most 2 can be combined"):
        plan_factorial(SCENARIO, switches=list(MOVED))


# --- what is made of it --------------------------------------------------------------------------------


def test_additive_levers_get_what_they_do(worth):
    worth(additive)
    split = why(SCENARIO)
    parts = by_key(split)
    for key, days in (("funding", -20.0), ("release", -6.0), ("handoffs", 2.0)):
        for interval in (parts[key].share, parts[key].first_in, parts[key].last_in):
            assert interval.estimate == pytest.approx(days, abs=1e-9)
    # Six differences that alternate around -20 by 1: s = sqrt(6/5), t(0.975, 5) = 2.5706.
    assert parts["funding"].share.half_width == pytest.approx(2.5706 * math.sqrt(6 / 5 / 6), rel=1e-4)
    assert all(pair.effect.estimate == pytest.approx(0, abs=1e-9) for pair in split.interactions())


def test_unchanged_levers_are_exactly_zero_and_named(worth):
    worth(additive)
    unchanged = [part for part in why(SCENARIO).parts() if part.is_unchanged]
    assert len(unchanged) == len(GROUPS) - len(MOVED)
    for part in unchanged:
        assert part.share.estimate == part.share.low == part.share.high == 0.0
        assert (part.share.n, part.share.paired) == (6, True)


def test_shares_sum_to_the_difference(worth):
    numbers = np.random.default_rng(1).normal(50, 10, (6, 8))
    worth(lambda moved, r: float(numbers[r, sum(1 << MOVED.index(key) for key in moved)]))
    split = why(SCENARIO)
    whole = split.total()
    assert sum(part.share.estimate for part in split.parts()) == pytest.approx(whole.estimate, abs=1e-9)
    assert whole.estimate == pytest.approx((numbers[:, 7] - numbers[:, 0]).mean())
    first = sum(part.first_in.estimate for part in split.parts())
    pairs = sum(pair.effect.estimate for pair in split.interactions())
    assert first + pairs == pytest.approx(whole.estimate, abs=1e-9)


def test_one_run_serves_every_measure(worth):
    worth(lambda moved, r: {"lead_time_p85": 50.0 - len(moved), "value_kept": 0.5 + 0.1 * len(moved)})
    split = why(SCENARIO)
    assert split.total().estimate == pytest.approx(-3)
    assert split.total("value_kept").estimate == pytest.approx(0.3)
    assert by_key(split, "value_kept")["funding"].share.estimate == pytest.approx(0.1)
    assert set(split.table("value_kept")["measure"]) == {"value_kept"}
    with pytest.raises(RunError, match=r'Did you mean "value_kept"\?'):
        split.parts("value_kpt")


def test_a_mixture_that_cannot_keep_up_counts_with_what_it_comes_to_and_is_named(worth):
    def value(moved: frozenset[str], replication: int) -> Mapping[str, float]:
        is_lost = moved == {"funding"}
        return {
            "lead_time_p85": 50.0 - 10 * len(moved),
            "backlog_growth": 0.5 + 0.01 * (-1) ** replication if is_lost else 0.0,
            "throughput": 5.0 - is_lost,
        }

    worth(value)
    split = why(SCENARIO)
    assert split.growing() == ("Slow with Funding from Fast",)
    assert not split.growing("throughput"), "what is finished in a week is a number however long it goes on"
    assert not split.gaps()
    assert all(part.share.estimate == pytest.approx(-10) for part in split.parts() if not part.is_unchanged)
    said = why_as_text(split)
    assert "1 of the 8 mixtures cannot keep up, such as Slow with Funding from Fast" in said
    assert "holds for a history of" in said
    assert why_as_json(split)["measures"]["lead_time_p85"]["growing"] == list(split.growing())


def test_an_end_that_cannot_keep_up_is_named_instead_of_a_split(worth):
    def value(moved: frozenset[str], replication: int) -> Mapping[str, float]:
        return {
            "lead_time_p85": 50.0 - 10 * len(moved),
            "backlog_growth": 0.0 if moved else 0.5 + 0.01 * (-1) ** replication,
            "throughput": 5.0 - (not moved),
        }

    worth(value)
    split = why(SCENARIO)
    assert split.gaps() == ("Slow: growing",)
    assert all(math.isnan(part.share.estimate) for part in split.parts() if not part.is_unchanged)
    assert "growing" in by_key(split)["release"].share.note
    said = why_as_text(split)
    assert "cannot be split" in said and "Slow: growing" in said
    assert "measure throughput" in said and "alone" not in said
    assert not split.gaps("throughput")
    assert math.isfinite(by_key(split, "throughput")["funding"].share.estimate)
    assert charts.waterfall(split).data and not charts.interaction_map(split).data


def test_a_replication_without_a_value_somewhere_counts_nowhere(worth):
    worth(lambda moved, r: math.nan if r == 5 and moved == {"release"} else 100.0 * r - (r + 1) * len(moved))
    split = why(SCENARIO)
    parts = by_key(split)
    assert parts["funding"].share.n == split.total().n == 5
    assert parts["funding"].share.estimate == pytest.approx(-3.0), "the mean of 1 to 5"
    assert "1 of 6 replications lack a value" in parts["funding"].share.note
    assert split.ends().replications == (0, 1, 2, 3, 4)


def test_values_missing_in_half_of_the_replications_leave_no_split(worth):
    # Each mixture alone has enough values; together they have not.
    worth(
        lambda moved, r: (
            math.nan
            if (r, moved) in {(0, frozenset({"release"})), (1, frozenset({"funding"})), (2, frozenset(MOVED))}
            else 50.0
        )
    )
    assert why(SCENARIO).gaps() == ("in 3 of 6 replications some mixture has no value",)


def test_more_levers_than_can_be_combined_are_split_by_a_sample(worth, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sim.experiments.why.MOST_EXACT", 2)
    worth(lambda moved, r: 50.0 - 10 * ({"funding", "release"} <= moved) - 3 * ("handoffs" in moved) + r)
    split = why(SCENARIO)
    assert not split.is_exact and len(split.plan.orders) == 2 * ORDER_PAIRS
    parts = by_key(split)
    # Effects of at most two levers: an order and its reverse give them exactly.
    assert parts["funding"].share.estimate == pytest.approx(-5)
    assert parts["handoffs"].share.estimate == pytest.approx(-3)
    assert parts["funding"].order_deviation == pytest.approx(0, abs=1e-12)
    assert parts["funding"].last_in.estimate == pytest.approx(-10)
    assert "standard error" in why_as_text(split)
    with pytest.raises(RunError, match="only a sample was simulated"):
        split.interactions()


def test_factorial_sets_all_switches_against_the_sum_of_single_gains(worth):
    worth(lambda moved, r: 50.0 - 5 * len(moved) - 30 * (len(moved) == 3) + r * len(moved) / 10)
    design = sim.factorial(SCENARIO, switches=[*MOVED, "measurement"])
    alone = -5 + 0.25  # the mean of 0.0 to 0.5
    assert design.single_gains()["funding"].estimate == pytest.approx(alone)
    assert design.single_gains()["measurement"].high == 0.0
    assert design.sum_of_single_gains().estimate == pytest.approx(3 * alone)
    assert design.total().estimate == pytest.approx(3 * alone - 30)
    assert design.synergy().estimate == pytest.approx(-30)
    effects = {effect.switches: effect.effect.estimate for effect in design.effects()}
    assert len(effects) == 7
    # -30 in one of eight cells: a quarter of it in every effect.
    assert effects[MOVED] == pytest.approx(-7.5)
    assert effects["funding",] == pytest.approx(alone - 7.5)
    text = factorial_as_text(design)
    assert "All 4 switches together: 44 days sooner" in text and "reinforce each other" in text
    assert list(design.table()["effect"])[-3:] == ["all together", "sum of single gains", "synergy"]


def test_factorial_says_so_when_gains_add_up(worth):
    worth(lambda moved, r: 50.0 - 5 * len(moved))
    design = sim.factorial(SCENARIO)
    assert design.synergy().high == 0.0
    assert "exactly what they do alone" in factorial_as_text(design)


# --- words and charts ----------------------------------------------------------------------------------


def test_waterfall_text_adds_up_and_names_everything(worth):
    worth(additive)
    lines = waterfall_as_text(why(SCENARIO), bar="#")
    assert [line.split()[0] for line in lines[1:]] == ["Slow", "Funding", "Release", "Handoffs", "Fast"]
    numbers = [float(line.split()[1]) for line in lines[1:]]
    assert sum(numbers[:-1]) == pytest.approx(numbers[-1], abs=1e-9) == 28.5
    assert "± 1.15" in lines[2] and "#" in lines[2]


def test_shown_bars_add_up_whatever_is_rounded(worth):
    worth(lambda moved, r: 100 / 3 - len(moved) * 0.005)
    lines = waterfall_as_text(why(SCENARIO))
    numbers = [float(line.split()[1]) for line in lines[1:]]
    assert sum(numbers[:-1]) == pytest.approx(numbers[-1], abs=1e-9)


@pytest.mark.parametrize(("sign", "word"), [(1, "sooner"), (-1, "later")])
def test_sentences_speak_the_same_whichever_side_is_faster(worth, sign: int, word: str):
    worth(lambda moved, r: 100.0 + r - sign * 20 * ("funding" in moved) - sign * 0.1 * (-1) ** r * len(moved))
    said = " ".join(split_sentences(why(SCENARIO)))
    assert f"Most of it comes with Funding, 20 days {word}" in said
    assert "% of the whole" in said
    assert "Not clear: Handoffs, Release" in said
    assert "The same in both, so exactly 0: Teams and skills" in said


def test_sentences_name_levers_that_depend_on_each_other(worth):
    worth(lambda moved, r: 90.0 - 12 * ({"funding", "release"} <= moved) - 9 * ("handoffs" in moved) + r)
    said = " ".join(split_sentences(why(SCENARIO)))
    assert "Funding with Release, 12 days sooner" in said


def test_json_holds_no_nan_and_every_part(worth):
    import json

    worth(additive)
    whole = why_as_json(why(SCENARIO), ["lead_time_p85", "wip"])
    json.dumps(whole, allow_nan=False)
    lead = whole["measures"]["lead_time_p85"]
    assert lead["levers"]["funding"]["share"]["estimate"] == pytest.approx(-20)
    assert lead["levers"]["learning"]["is_unchanged"]
    assert len(lead["interactions"]) == 3 and lead["total"]["estimate"] == pytest.approx(-24)


def test_waterfall_chart_goes_from_one_model_to_the_other(worth):
    worth(additive)
    figure = charts.waterfall(why(SCENARIO))
    first, last, *steps = figure.data
    assert (first.marker.color, last.marker.color) == (charts.AMBER, charts.TEAL)
    assert steps[0].base[0] == pytest.approx(first.x[0])
    for step, after in pairwise(steps):
        assert step.base[0] + step.x[0] == pytest.approx(after.base[0])
    assert steps[-1].base[0] + steps[-1].x[0] == pytest.approx(last.x[0])
    assert "Funding: 20 d sooner" in " ".join(note.text for note in figure.layout.annotations)


def test_interaction_map_sums_to_the_difference(worth):
    worth(lambda moved, r: 90.0 - 12 * ({"funding", "release"} <= moved) - 9 * ("handoffs" in moved) + r)
    [cells] = charts.interaction_map(why(SCENARIO)).data
    assert sum(z for row in cells.z for z in row if z is not None) == pytest.approx(-21)
    assert cells.zmin == -cells.zmax
    assert "Funding with Release" in interaction_alt(why(SCENARIO))


def test_names_cannot_bring_markup_into_a_waterfall(worth):
    worth(additive)
    marked = SCENARIO.with_changes({"slow.name": "<a href='x'>A</a>"})
    assert "<a href" not in charts.waterfall(why(marked)).to_json()


# --- end to end ----------------------------------------------------------------------------------------


def test_attribution_of_a_small_scenario_end_to_end():
    steps: list[tuple[int, int]] = []
    split = why(SCENARIO, levers=["funding", "release+handoffs"], progress=lambda *done: steps.append(done))
    assert steps[-1] == (24, 24)
    direct = sim.compare(SCENARIO, keep_items=False)
    assert split.total() == direct.difference("lead_time_p85"), "the ends are the two models themselves"
    parts = by_key(split)
    assert parts["funding"].share.high < 0 and parts["release+handoffs"].share.high < 0
    for measure in ("lead_time_p85", "value_kept", "throughput"):
        assert sum(part.share.estimate for part in split.parts(measure)) == pytest.approx(
            split.total(measure).estimate, abs=1e-9
        )
    back = why(SCENARIO, models=["fast", "slow"], levers=["funding", "release+handoffs"])
    assert by_key(back)["funding"].share.estimate == pytest.approx(-parts["funding"].share.estimate)
    assert isinstance(back.study, Study) and isinstance(sim.factorial(SCENARIO, replications=2), Factorial)

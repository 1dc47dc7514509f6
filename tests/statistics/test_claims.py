"""Claims can be shown and can lose: judging on made-up numbers, reading files, a few claims end to end."""

import json
import re
from functools import cache

import numpy as np
import pytest

import sim
from sim.errors import RunError, ScenarioError
from sim.measures.statistics import Interval
from sim.scenario.files.load import shipped
from sim.trust.claims.__main__ import PAGE
from sim.trust.claims.checks import MISSING, OPPOSITE, Evidence, crossing, judged, together
from sim.trust.claims.page import register_page
from sim.trust.claims.register import Claim, load_claims, read_claims
from sim.trust.claims.running import (
    judge,
    read_stored_claims,
    results_as_json,
    results_as_markdown,
    results_as_text,
    run_claims,
)

_NUMBERS = "1 2 3 4 7 8 9 10 11 12 14 16 18 20 21 22 23 24 30 31 32 33 34 35 36 38 39 42 44 46 50 53 54"
MUST = [f"C{int(number):02}" for number in _NUMBERS.split(" ")]

LUCK = np.linspace(-1, 1, 9)  # nine replications


STORED = cache(read_stored_claims)


def made_up(levels: dict[str, list[float]], measure: str = "lead_time_mean", noise: float = 0.1) -> Evidence:
    """Evidence whose means are given by side and place; luck differs from side to side and place to place."""
    n = len(next(iter(levels.values())))
    values = {
        side: [
            {measure: (level + noise * np.roll(LUCK, 3 * i + place)).tolist()}
            for place, level in enumerate(means)
        ]
        for i, (side, means) in enumerate(levels.items())
    }
    return Evidence(values, tuple(float(place) for place in range(1, n + 1)))


def claim_with(check: dict, sides: list[str], places: int, against: dict | None = None) -> Claim:
    """A claim with one check, refuted by what is given or else by its opposite."""
    along = {"label": "lever", "unit": "times", "path": "run.seed", "values": list(range(1, places + 1))}
    claim = Claim.model_validate(
        {
            "id": "T",
            "sentence": "made up",
            "sources": ["A1"],
            "strength": "opinion",
            "priority": "C",
            "base": "queue",
            "sides": [{"name": side} for side in sides],
            "refuted_if": {"text": "it is not so.", "any_of": [against or check]},
            "checks": [check],
        }
        | ({"along": along} if places > 1 else {})
    )
    if against is not None:
        return claim
    opposite = claim.refuted_if.model_copy(update={"any_of": (claim.checks[0].turned(),)})
    return claim.model_copy(update={"refuted_if": opposite})


AB = ["a", "b"]
CASES = {
    "direction": ({"kind": "direction", "from": "a", "to": "b", "expect": "up"}, {"a": [10], "b": [12]}),
    "flat": ({"kind": "direction", "from": "a", "to": "b", "expect": "flat"}, {"a": [100], "b": [100]}),
    "monotone": ({"kind": "monotone", "side": "a", "expect": "down"}, {"a": [9, 7, 4]}),
    "convex": ({"kind": "convex", "side": "a"}, {"a": [1, 2, 4, 9]}),
    "plateau": ({"kind": "plateau", "side": "a"}, {"a": [9, 4, 3]}),
    "sign_flip": (
        {"kind": "sign_flip", "from": "a", "to": "b", "expect": "falls"},
        {"a": [5, 5, 5], "b": [8, 6, 2]},
    ),
    "gap": ({"kind": "gap", "from": "a", "to": "b", "expect": "grows"}, {"a": [9, 9], "b": [8, 4]}),
    "gains": (
        {"kind": "gains", "from": "a", "to": "b", "than_from": "a", "than_to": "c", "expect": "more"},
        {"a": [10], "b": [5], "c": [8]},
    ),
    "ratio": ({"kind": "ratio", "from": "a", "to": "b", "at_most": 0.6}, {"a": [10], "b": [5]}),
    "interaction": (
        {
            "kind": "interaction", "base": "a", "singles": ["b", "c"], "all": "d",
            "expect": "more than the sum",
        },
        {"a": [10], "b": [9], "c": [9], "d": [4]},
    ),
    "growth_form": (
        {"kind": "growth_form", "side": "a", "expect": "quadratic"},
        {"a": [100.0, 400.0, 900.0, 1600.0]},
    ),
    "closed_form": (
        {
            "kind": "closed_form", "side": "a", "formula": "n_team_pairs", "arguments": {"n_teams": 5},
            "plus_times": 1.0,
        },
        {"a": [11, 12, 13]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_shows_a_claim_refutes_its_opposite(case):
    check, levels = CASES[case]
    claim = claim_with({"measure": "lead_time_mean"} | check, list(levels), len(next(iter(levels.values()))))
    evidence = made_up(levels)
    assert judge(claim, evidence).verdict == "shown"
    assert judge(claim.turned(), evidence).verdict == "refuted"
    assert claim.turned().turned().checks == claim.checks


@pytest.mark.parametrize("case", ["direction", "monotone", "convex", "plateau", "sign_flip", "gap", "ratio"])
def test_noise_makes_a_claim_not_clear(case):
    check, levels = CASES[case]
    claim = claim_with({"measure": "lead_time_mean"} | check, list(levels), len(next(iter(levels.values()))))
    assert judge(claim, made_up(levels, noise=100)).verdict == "not clear"


def test_a_measure_without_value_is_not_clear():
    check, _ = CASES["direction"]
    claim = claim_with({"measure": "lead_time_mean"} | check, AB, 1)
    evidence = Evidence({"a": [{"lead_time_mean": [1.0] * 5}], "b": [{"lead_time_mean": [np.nan] * 5}]})
    assert judge(claim, evidence).verdict == "not clear"


def test_a_direction_that_holds_at_some_places_depends():
    claim = claim_with(
        {"kind": "direction", "measure": "lead_time_mean", "from": "a", "to": "b", "expect": "up"}, AB, 3
    )
    result = judge(claim, made_up({"a": [5, 5, 5], "b": [9, 7, 2]}))
    assert result.verdict == "depends"
    assert result.conditions == ("holds at 1, 2 only",)


def test_where_it_turns_one_place_may_be_not_clear():
    claim = claim_with(
        {"kind": "direction", "measure": "lead_time_mean", "from": "a", "to": "b", "expect": "up"}, AB, 3
    )
    result = judge(claim, made_up({"a": [5, 5, 5], "b": [9, 5, 2]}, noise=0.2))
    assert [figure.verdict for figure in result.findings[0].figures] == ["shown", "not clear", "refuted"]
    assert result.verdict == "depends" and result.conditions == ("holds at 1 only",)


def test_a_lever_that_turns_depends():
    claim = claim_with(
        {"kind": "monotone", "measure": "lead_time_mean", "side": "a", "expect": "up"}, ["a"], 3
    )
    result = judge(claim, made_up({"a": [5, 9, 5]}))
    assert result.verdict == "depends"
    assert result.conditions == ("turns at 2",)


def test_the_break_even_is_where_lines_meet_zero():
    check, levels = CASES["sign_flip"]
    claim = claim_with({"measure": "lead_time_mean"} | check, AB, 3)
    [condition] = judge(claim, made_up(levels)).conditions
    assert condition.startswith("break-even at 2.25, 95 % between")
    assert crossing([0, 10], [1, 2]) is None


@pytest.mark.parametrize(
    ("low", "high", "expect", "verdict"),
    [
        (1, 3, "up", "shown"),
        (1, 3, "down", "refuted"),
        (-1, 3, "up", "not clear"),
        (-0.1, 0.1, "up", "refuted"),
        (-0.1, 0.1, "flat", "shown"),
        (0.1, 0.3, "flat", "not clear"),
        (0.3, 0.5, "flat", "refuted"),
        (0.3, 0.5, "changes", "shown"),
        (-3, 0.1, "not up", "shown"),
        (-3, 0.3, "not up", "not clear"),
        (0.3, 0.5, "not up", "refuted"),
        (-0.1, 3, "not down", "shown"),
        (-0.5, -0.3, "not down", "refuted"),
        (-0.5, 3, "not down", "not clear"),
    ],
)
def test_an_interval_is_judged(low, high, expect, verdict):
    assert judged(Interval((low + high) / 2, low, high, 9), expect, slack=0.2) == verdict


@pytest.mark.parametrize(
    ("expected", "refuting", "verdict"),
    [
        (["shown", "shown"], ["refuted"], "shown"),
        (["shown", "depends"], ["depends"], "depends"),
        (["shown", "refuted"], ["not clear"], "depends"),
        (["shown", "not clear"], ["refuted"], "not clear"),
        (["depends", "not clear"], ["refuted"], "depends"),
        (["shown", "refuted", "not clear"], ["refuted"], "depends"),
        (["refuted"], ["not clear"], "not clear"),
        (["shown", "refuted"], ["refuted", "shown"], "refuted"),
        (["not clear"], ["shown"], "refuted"),
    ],
)
def test_a_claim_is_refuted_only_by_what_refutes_it(expected, refuting, verdict):
    assert together(expected, refuting) == verdict


def test_where_all_must_hold_to_refute_one_is_not_enough():
    assert together(["refuted", "refuted"], ["shown", "refuted"], needs_all=True) == "not clear"
    assert together(["refuted", "refuted"], ["shown", "shown"], needs_all=True) == "refuted"


def test_a_check_may_look_at_some_places_only():
    check = {"kind": "direction", "measure": "lead_time_mean", "from": "a", "to": "b", "expect": "up"}
    evidence = made_up({"a": [5, 5, 5], "b": [2, 7, 9]})
    assert judge(claim_with(check, AB, 3), evidence).verdict == "depends"
    assert judge(claim_with(check | {"only_at": [2, 3]}, AB, 3), evidence).verdict == "shown"
    with pytest.raises(ValueError, match="the lever has 1, 2, 3"):
        claim_with(check | {"only_at": [4]}, AB, 3)


def test_nothing_surely_gained_is_no_refutation_of_its_own():
    """Half a rise, half a fall: neither is sure, so nothing refutes."""
    check = {"kind": "direction", "measure": "lead_time_mean", "from": "a", "to": "b", "expect": "up"}
    claim = claim_with(check, AB, 1, check | {"expect": "not up"})
    assert judge(claim, made_up({"a": [10], "b": [10.1]}, noise=2)).verdict == "not clear"
    assert judge(claim, made_up({"a": [10], "b": [10.1]}, noise=0.01)).verdict == "refuted"
    assert judge(claim, made_up({"a": [10], "b": [9]}, noise=0.01)).verdict == "refuted"


def test_a_claim_without_its_mechanism_is_not_modelled_and_never_run():
    whole = load_claims()["C54"]
    assert whole.not_modelled and not whole.contenders()
    [result] = run_claims(["C54"])
    assert result.verdict == "not modelled" and STORED()["C54"].verdict == "not modelled"
    assert "NOT MODELLED" in results_as_text([result]) and whole.not_modelled in results_as_text([result])
    [row] = results_as_json([result])
    assert row["verdict"] == "not modelled" and row["checks"] == []


def test_a_claim_that_is_run_has_checks_on_both_sides():
    claim = load_claims()["C02"]
    for part in ("checks", "refuted_if"):
        tree = claim.model_dump(by_alias=True, exclude={"theme"}) | {
            part: [] if part == "checks" else {"text": "x"}
        }
        with pytest.raises(ValueError, match="holds no check"):
            Claim.model_validate(tree)


def test_every_expectation_has_an_opposite():
    assert all(OPPOSITE[OPPOSITE[expectation]] == expectation for expectation in OPPOSITE)


# --- files --------------------------------------------------------------------------------------------


def test_every_must_claim_is_there():
    have = {re.sub("[a-z]$", "", claim.id) for claim in load_claims().values() if claim.priority == "M"}
    assert sorted(have) == MUST


@pytest.mark.parametrize("name", load_claims())
def test_every_design_point_can_be_run(name):
    claim = load_claims()[name]
    points = claim.contenders()
    n = 0 if claim.not_modelled else len(claim.sides) * len(claim.at)
    assert len({point.key for point in points}) == len(points) == n


def test_a_bad_claim_is_refused_with_all_its_problems(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(
        """claims:
  - id: B1
    sentence: x
    sources: [A1]
    strenght: opinion
    strength: guess
    priority: M
    base: queue
    refuted_if: {text: y, any_of: [{kind: direction, measure: wip, from: a, to: b, expect: nowhere}]}
    checks: [{kind: direction, measure: lead_tim, from: a, to: base, expect: sideways}]
""",
        "utf-8",
    )
    with pytest.raises(ScenarioError) as caught:
        read_claims(path)
    text = str(caught.value)
    assert "claim B1" in text
    for part in ("strenght", "guess", "sideways", "nowhere"):
        assert part in text, part


def test_a_check_must_name_sides_that_exist():
    with pytest.raises(ValueError, match=r"names side .c., which does not exist"):
        claim_with({"kind": "direction", "measure": "wip", "from": "a", "to": "c", "expect": "up"}, AB, 1)


def test_an_unknown_claim_is_refused_with_the_nearest():
    with pytest.raises(RunError, match="C18"):
        run_claims(["C18x"])


# --- end to end ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["C18a", "C32", "C14", "C40"])
def test_a_quick_claim_is_shown(name):
    [result] = sim.run_claims([name], workers=1)
    assert result.verdict == "shown", results_as_text([result])
    assert judge(result.claim.turned(), result.evidence).verdict == "refuted"
    [row] = results_as_json([result])
    assert json.loads(json.dumps(row, allow_nan=False))["verdict"] == "shown"
    assert name in results_as_markdown([result])


# --- what is kept -------------------------------------------------------------------------------------


def test_the_register_page_is_in_step():
    assert PAGE.read_text("utf-8") == register_page(list(load_claims().values()), STORED()), (
        "docs/claims.md is out of date; run python -m sim.trust.claims"
    )


def test_stored_verdicts_are_those_of_the_stored_numbers():
    tree = json.loads((shipped("scenarios") / "stored" / "claims.json").read_text("utf-8"))
    kept = STORED()
    assert sorted(kept) == sorted(load_claims()), "out of date; run python -m sim.trust.claims"
    for name, result in kept.items():
        if not result.claim.not_modelled:
            assert tree["claims"][name]["verdict"] == result.verdict, name
    rows = results_as_json([kept[name] for name in load_claims()])
    assert [row["id"] for row in rows] == list(load_claims())


def test_turned_around_what_was_shown_is_refuted():
    for name, result in STORED().items():
        if result.claim.not_modelled:
            continue
        assert result.verdict != "shown" or judge(result.claim.turned(), result.evidence).verdict == "refuted"
        for check, finding in zip(result.claim.checks, result.findings, strict=True):
            if getattr(check, "expect", None) in MISSING:
                continue  # "not up" is itself the denial of something
            other = check.turned().find(result.evidence)
            assert not (finding.verdict == other.verdict == "shown"), (name, check)
            if finding.verdict == "shown":
                assert other.verdict == "refuted", (name, check)


def test_nothing_is_shown_and_refuted_at_once():
    for name, result in STORED().items():
        against = {finding.verdict for finding in result.against}
        if {finding.verdict for finding in result.findings} == {"shown"}:
            assert "shown" not in against, name


def test_an_old_version_stays_beside_the_new_one():
    claims = load_claims()
    for claim in claims.values():
        if claim.replaces is not None:
            old = claims[claim.replaces]
            assert claim.priority == old.priority and claim.id > old.id
            assert not old.not_modelled or old.history, "it was judged before"


def test_at_most_a_fifth_of_the_must_claims_is_not_clear():
    must = [result for result in STORED().values() if result.claim.priority == "M"]
    assert sum(result.verdict == "not clear" for result in must) <= len(must) / 5


A_SAMPLE = ("C10a", "C18b", "C32", "C33", "C35", "C53b")
"""Of each theme the must claim that takes least; ``opsim claims`` runs all there are, for half an hour."""


def test_the_sample_has_a_must_claim_of_each_theme():
    claims = load_claims()
    assert {claims[name].priority for name in A_SAMPLE} == {"M"}
    themes = {claim.theme for claim in claims.values() if claim.priority == "M"}
    assert sorted(claims[name].theme for name in A_SAMPLE) == sorted(themes)


@pytest.mark.slow
@pytest.mark.parametrize("name", A_SAMPLE)
def test_claim_comes_out_as_stored(name: str):
    kept = STORED()[name]
    [result] = run_claims([name])
    assert result.verdict == kept.verdict, results_as_text([result])
    for side, places in kept.evidence.values.items():
        for place, values in zip(result.evidence.values[side], places, strict=True):
            for measure, runs in values.items():
                assert place[measure] == pytest.approx(runs, rel=1e-5, nan_ok=True), (side, measure)

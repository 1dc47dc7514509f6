"""Same dice: two operating models meet the same requests with the same luck; the unused changes nothing.

Every draw has an address (seed, replication, purpose, item, occurrence). So the order of events, unused
mechanisms, further operating models, further replications and further workers must not move a single byte.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from worlds.busy import BUSY, SITUATION, changed, scenario
from worlds.miniatures import organisation
from worlds.records import by_name, digest_of

import sim
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.studies.run import compare
from sim.world.journal import EXPIRED, HANDOFF, STAY_KINDS, STOPPED
from sim.world.model import OrganisationModel, run_replication
from sim.world.requests import make_requests

# --- the same requests ------------------------------------------------------------------------------


def test_operating_models_meet_byte_identical_requests():
    both = scenario(BUSY, {"structure": {"teams": {"kind": "by_product"}}})
    first, second = (OrganisationModel(both, model, 1).requests for model in both.models)
    assert len(first) > 50
    for column in (
        "arrived",
        "product",
        "service_class",
        "deadline",
        "value_per_week",
        "need_lasts",
        "efforts",
    ):
        assert getattr(first, column).tobytes() == getattr(second, column).tobytes(), column


def test_requests_differ_between_replications_and_seeds():
    situation = scenario().situation
    seen = {
        make_requests(situation, Streams(seed, replication), 100.0).efforts.tobytes()
        for seed in (1, 2, 12)
        for replication in (0, 1, 12, 21)
    }
    assert len(seen) == 12, "every (seed, replication) has its own requests"


def test_another_activity_does_not_change_the_draws_of_the_others():
    more = json.loads(json.dumps(SITUATION))
    more["demand"]["work"].insert(0, {"activity": "triage", "skill": "analysis", "effort_days": 0.1})
    before = make_requests(scenario().situation, Streams(7, 0), 130.0)
    after = make_requests(scenario(situation=more).situation, Streams(7, 0), 130.0)
    assert after.arrived.tobytes() == before.arrived.tobytes()
    assert np.array_equal(after.efforts[:, 1:], before.efforts)


def test_needed_share_only_removes_the_activity_from_some():
    all_need = json.loads(json.dumps(SITUATION))
    all_need["demand"]["work"][2]["needed_share"] = 1.0
    some = make_requests(scenario().situation, Streams(7, 0), 130.0).efforts[:, 2]
    every = make_requests(scenario(situation=all_need).situation, Streams(7, 0), 130.0).efforts[:, 2]
    assert np.array_equal(some[some > 0], every[some > 0])
    assert 0.6 < np.mean(some > 0) < 0.95


# --- the same history -------------------------------------------------------------------------------


def test_same_arguments_give_the_same_bytes():
    assert digest_of(scenario()) == digest_of(scenario())
    assert digest_of(Scenario.from_json(scenario().to_json())) == digest_of(scenario())


def test_seed_and_replication_both_change_the_history():
    seen = {digest_of(scenario(seed=seed), replication=r) for seed in (7, 8) for r in (0, 1)}
    assert len(seen) == 4


@pytest.mark.slow
def test_hash_randomisation_changes_nothing():
    folders = [str(Path(sim.__file__).parents[1]), str(Path(__file__).parents[1])]
    code = (
        f"import sys; sys.path[:0] = {folders!r}\n"
        "from worlds.busy import BUSY, changed, scenario\n"
        "from worlds.records import digest_of\n"
        "by_product = changed(BUSY, 'structure.teams.kind', 'by_product')\n"
        "print(digest_of(scenario()), digest_of(scenario(by_product)))"
    )
    expected = [
        digest_of(scenario()),
        digest_of(scenario(changed(BUSY, "structure.teams.kind", "by_product"))),
    ]
    for seed in ("1", "4242"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
        )
        assert run.stdout.split() == expected, f"with PYTHONHASHSEED={seed}"


def test_other_operating_models_and_replications_change_nothing():
    alone = compare(scenario(), replications=2)
    beside = compare(
        scenario(BUSY, {"structure": {"teams": {"kind": "generalist"}}}, BUSY, replications=4), replications=4
    )
    for measure, values in alone.outcomes["m"][1].measures.items():
        found = beside.outcomes["m"][1].measures[measure]
        assert found == values or np.isnan([found, values]).all(), measure
    assert digest_of(scenario(BUSY, {}, replications=9), replication=1) == digest_of(
        scenario(), replication=1
    )


@pytest.mark.slow
def test_two_worker_processes_give_the_same_numbers():
    both = scenario(BUSY, {}, horizon_weeks=13)
    here, there = compare(both, replications=3), compare(both, replications=3, workers=2)
    assert here.runs.equals(there.runs)
    assert here.items.equals(there.items)


def test_longer_horizon_keeps_the_earlier_records():
    short = run_replication(scenario(horizon_weeks=13), "m", 0)
    long = run_replication(scenario(horizon_weeks=52), "m", 0)
    assert by_name(short, until=65.0) == by_name(long, until=65.0)
    has_ended = short.ends["ended"] <= 65.0
    assert has_ended.sum() > 10
    for name, column in short.ends.items():
        later = long.ends[name][: len(has_ended)]
        assert column[has_ended].tobytes() == later[has_ended].tobytes(), name


# --- what is not used -------------------------------------------------------------------------------

NEUTRAL = {
    "batch of one": ("handoffs.batch", 1),
    "share redone by returns that never happen": ("handoffs.return_share", 0.9),
    "no return": ("handoffs.return_chance", 0.0),
    "no context loss": ("handoffs.context_loss", 0.0),
    "transfer that takes no time": ("handoffs.delay_days", {"kind": "uniform", "low": 0, "high": 0}),
    "WIP limit that is never reached": ("structure.wip_limit_items", 10_000),
    "cross-skilling in teams of one skill": ("structure.cross_skilled_share", 1.0),
    "penalty of nobody": ("structure.cross_skill_penalty", 0.5),
    "going on by people of one skill": ("structure.goes_on", "own_work_first"),
    "continuous funding": ("funding", {"kind": "continuous"}),
    "rounds with a free pool for all": (
        "funding",
        {"kind": "rounds", "every_weeks": 3, "free_pool_below_days": 26_000},
    ),
    "release on demand": ("release", {"kind": "on_demand"}),
    "gate for nobody": (
        "governance",
        {
            "gates": [
                {
                    "before": "build",
                    "needed_by": {"kind": "share", "share": 0},
                    "layers": [{"name": "idle", "kind": "desk", "refuse_chance": 1.0}],
                }
            ]
        },
    ),
    "gate for giants": (
        "governance",
        {
            "gates": [
                {
                    "before": "start",
                    "needed_by": {"kind": "effort_above", "days": 20_000},
                    "layers": [{"name": "idle", "kind": "board", "meets_every_weeks": 52}],
                }
            ]
        },
    ),
}


@pytest.mark.parametrize("name", NEUTRAL)
@pytest.mark.parametrize("topology", ["by_skill", "generalist"])
def test_mechanism_switched_off_changes_nothing(name, topology):
    base = {"structure": {"teams": {"kind": topology}}}
    off = scenario(changed(base, *NEUTRAL[name]))
    assert by_name(run_replication(off, "m", 0)) == by_name(run_replication(scenario(base), "m", 0))


def test_chance_of_zero_beside_busy_mechanisms_changes_nothing():
    tree = json.loads(json.dumps(BUSY))
    head, board = tree["governance"]["gates"][0]["layers"]
    head |= {"revise_chance": 0.0, "revise_days": 5.0}
    board |= {"refuse_chance": 0.0}
    tree["structure"] = {"wip_limit_items": 10_000, "cross_skilled_share": 1.0}
    tree["governance"]["gates"].append(
        {"before": "release", "needed_by": {"kind": "share", "share": 0.0}, "layers": ["board"]}
    )
    assert by_name(run_replication(scenario(tree), "m", 0)) == by_name(run_replication(scenario(), "m", 0))


def test_worker_with_a_skill_that_nothing_needs_changes_nothing():
    more = changed(SITUATION, "people.legal", 1)
    assert by_name(run_replication(scenario(situation=more), "m", 0)) == by_name(
        run_replication(scenario(), "m", 0)
    )


def test_product_that_nobody_asks_about_changes_no_request():
    tree = json.loads(json.dumps(SITUATION))
    tree["products"] = [{"name": "shop", "share": 0.5}, {"name": "search", "share": 0.5}]
    more = json.loads(json.dumps(tree))
    more["products"].append({"name": "dormant", "share": 0.0})
    assert digest_of(scenario(situation=more)) == digest_of(scenario(situation=tree))


# --- monotone coupling ------------------------------------------------------------------------------


def test_raising_a_refusal_chance_refuses_the_same_and_more():
    def refused(chance):
        tree = json.loads(json.dumps(BUSY))
        tree["governance"]["gates"][0]["layers"][0]["refuse_chance"] = chance
        ends = run_replication(scenario(tree, horizon_weeks=104), "m", 0).ends
        return set(ends["item"][ends["state"] == STOPPED].tolist())

    little, more, most = refused(0.05), refused(0.2), refused(0.6)
    assert little < more < most, "every request refused before is refused again"


def test_raising_the_chance_of_noticing_drops_the_same_and_more():
    def dropped(chance):
        tree = json.loads(json.dumps(BUSY)) | {"funding": {"kind": "continuous"}}
        tree["governance"]["notice_chance"] = chance
        tree["governance"]["gates"] = tree["governance"]["gates"][:1]
        tree["governance"]["gates"][0]["layers"] = tree["governance"]["gates"][0]["layers"][1:]
        situation = SITUATION | {"need": {"half_life_weeks": 2}}
        ends = run_replication(scenario(tree, situation=situation, horizon_weeks=104), "m", 0).ends
        return set(ends["item"][ends["state"] == EXPIRED].tolist())

    little, more, most = dropped(0.1), dropped(0.4), dropped(0.9)
    assert little < more < most, "every request dropped before is dropped again"


def test_raising_the_acceptance_never_funds_later():
    def funded(acceptance):
        tree = {"funding": {"kind": "rounds", "every_weeks": 1, "acceptance": acceptance}}
        return np.nan_to_num(run_replication(scenario(tree), "m", 0).ends["committed"], nan=np.inf)

    rarely, often = funded(0.3), funded(0.7)
    assert np.all(often <= rarely)
    assert np.any(often < rarely)


def test_raising_the_share_of_a_gate_adds_items_to_it():
    def chosen(share):
        gate = {
            "before": "start",
            "needed_by": {"kind": "share", "share": share},
            "layers": [{"name": "head", "kind": "desk"}],
        }
        return run_replication(scenario({"governance": {"gates": [gate]}}), "m", 0).ends["reviews"] > 0

    few, many = chosen(0.2), chosen(0.5)
    assert 0 < few.sum() < many.sum()
    assert np.all(many[few])


def test_raising_a_mean_never_shortens_an_effort():
    for distribution in (
        {"kind": "exponential"},
        {"kind": "lognormal", "cv": 1.1},
        {"kind": "gamma", "cv": 0.6},
    ):
        tree = json.loads(json.dumps(SITUATION))
        efforts = []
        for mean in (2.0, 2.5):
            tree["demand"]["work"][1]["effort_days"] = distribution | {"mean": mean}
            efforts.append(
                make_requests(scenario(situation=tree).situation, Streams(7, 0), 130.0).efforts[:, 1]
            )
        assert np.all(efforts[1] > efforts[0])


CHAIN = {
    "people": {"analysis": 9, "dev": 9, "testing": 9},
    "work": {"analyse": ("analysis", 0.1), "build": ("dev", 0.1), "test": ("testing", 0.1)},
    "arrivals": {"kind": "regular", "per_week": 25},
    "weeks": 8,
}


def returns_by_handoff(chance):
    """Return how often each item came back at each handoff, for items that were delivered."""
    history = run_replication(
        organisation({"handoffs": {"return_chance": chance, "delay_days": 0.1}}, **CHAIN), "m", 0
    )
    stays = history.stays
    counted = {}
    is_rework = stays["kind"] == STAY_KINDS.index("rework")
    for item, activity in zip(stays["item"][is_rework], stays["activity"][is_rework], strict=True):
        key = (int(item), int(activity))
        counted[key] = counted.get(key, 0) + 1
    assert np.any(stays["kind"] == HANDOFF)
    delivered = history.ends["item"][~np.isnan(history.ends["ended"])]
    return {
        (item, activity): counted.get((item, activity), 0)
        for item in delivered.tolist()
        for activity in (0, 1)
    }


def test_raising_the_return_chance_only_adds_returns():
    seldom, often = returns_by_handoff(0.1), returns_by_handoff(0.3)
    fewer = [key for key in seldom if key in often and often[key] < seldom[key]]
    assert not fewer, (
        f"{len(fewer)} of {len(seldom)} handoffs had fewer returns at the higher chance: {fewer[:5]}"
    )


def test_returns_at_one_handoff_do_not_change_the_delay_at_the_next():
    def last_delay(chance):
        handoffs = {"return_chance": chance, "delay_days": {"kind": "exponential", "mean": 1}}
        history = run_replication(organisation({"handoffs": handoffs}, **CHAIN), "m", 0)
        stays = history.stays
        names = np.array([place.name for place in history.places])
        second = (names[stays["place"]] == "dev to testing") & ~np.isnan(stays["finished"])
        delays = {}
        for item, entered, finished in zip(
            stays["item"][second], stays["entered"][second], stays["finished"][second], strict=True
        ):
            delays.setdefault(int(item), float(finished - entered))  # the first time over this handoff
        return delays

    without, with_returns = last_delay(0.0), last_delay(0.2)
    common = sorted(set(without) & set(with_returns))
    assert len(common) > 50
    changed_delays = [item for item in common if with_returns[item] != pytest.approx(without[item], abs=1e-9)]
    assert not changed_delays, f"{len(changed_delays)} of {len(common)} items"

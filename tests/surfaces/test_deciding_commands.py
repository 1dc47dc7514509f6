"""The commands that decide: why, factorial, rank."""

import io
import json
import os
import signal
from pathlib import Path

import pandas as pd
import pytest
from worlds.commands import opsim, started

SHOP = """
name: Corner shop
situation:
  people: {service: 3}
  demand:
    arrivals: {kind: regular, per_week: 10}
    work: [{activity: serve, skill: service, effort_days: 1}]
operating_models:
  slow: {name: With a train, release: {kind: train, every_weeks: 2}, funding: {kind: rounds, every_weeks: 4}}
  fast: {name: On demand}
run: {horizon_weeks: 40, warm_up_weeks: 8, tail_weeks: 12, replications: 2}
"""

# Nothing is left to luck in this shop: one history, without an interval. On demand a request takes a day.
GOLDEN = """\
85 % of requests are done within 26 days in With a train and 1.0 days in On demand: 26 days sooner in On demand (one history: nothing in it is left to chance).
Most of it comes with Funding, 18 days sooner (one history), 70 % of the whole.
Then: Release, 7.8 days sooner (one history), 30 % of the whole.
The same in both, so exactly 0: Teams and skills, Work in progress, Handoffs, Ownership, Approval layers and gates, Drift to control, Decision rights, Dependencies, Quality and technology, Measurement, Learning and discovery, Lifecycle.
Levers that depend on each other, beyond what each does by itself: Funding with Release, 0.5 days sooner (one history).

                days                                   alone    last
With a train   26.50    ████████████████████████████
Funding       -17.75             ███████████████████  -17.50  -18.00
Release        -7.75     ████████                      -7.50   -8.00
On demand       1.00    █

Each bar is the effect of moving one lever, averaged over all orders of moving them; alone: as the first; last: after all others.
4 mixtures of 2 levers · working days · 2 paired runs · no interval, one history: nothing in it is left to chance · seed 1 · 20 of 40 weeks measured.
"""  # noqa: E501


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP, "utf-8")
    return file


def test_why_as_a_table(shop: Path):
    found = opsim("why", str(shop), "--format", "table")
    assert found.code == 0, found.err
    assert found.err.splitlines()[0] == (
        "4 mixtures of 2 levers x 2 replications x 40 weeks on 1 worker, about 1 s"
    )
    assert found.out == GOLDEN


def test_why_as_csv_has_a_row_for_every_lever_and_measure(shop: Path):
    found = opsim("why", str(shop), "-q", "--measure", "lead_time_p85", "--measure", "wip", "--format", "csv")
    table = pd.read_csv(io.StringIO(found.out))
    assert set(table["measure"]) == {"lead_time_p85", "wip"}
    one = table[table["measure"] == "lead_time_p85"].set_index("lever")
    assert one["estimate"].sum() == pytest.approx(1.0 - 26.5), "from one model to the other"
    assert one.loc["learning", "is_unchanged"] and one.loc["learning", "estimate"] == 0


def test_why_as_json_the_other_way_with_levers_and_settings(shop: Path):
    found = opsim(
        *("why", str(shop), "-q", "--models", "fast,slow", "--levers", "funding+release", "--format", "json"),
        *("--replications", "3", "--seed", "7", "--set", "slow.release.every_weeks=4"),
    )
    whole = json.loads(found.out)
    assert (whole["from"], whole["to"], whole["replications"], whole["seed"]) == ("fast", "slow", 3, 7)
    lever = whole["measures"]["lead_time_p85"]["levers"]["funding+release"]
    assert lever["share"]["estimate"] == whole["measures"]["lead_time_p85"]["total"]["estimate"] > 0


def test_why_that_cannot_be_answered_says_which_mixture(shop: Path):
    arguments = ("why", str(shop), "--format", "table", "--set", "situation.people.service=1")
    found = opsim(*arguments, "-q")
    assert found.code == 0
    assert "cannot be split" in found.out and "With a train: growing" in found.out
    strict = opsim(*arguments, "--strict")
    assert strict.code == 4
    assert "--strict: a measure could not be given" in strict.err


def test_factorial_as_a_table_and_as_data(shop: Path):
    text = opsim("factorial", str(shop), "-q", "--format", "table").out
    assert "All 5 switches together" in text and "Governance x Funding" in text
    data = opsim("factorial", str(shop), "-q", "--switches", "funding,release", "--format", "json").out
    measures = json.loads(data)["measures"]["lead_time_p85"]
    assert [effect["switches"] for effect in measures["effects"]] == [
        ["funding"], ["release"], ["funding", "release"],
    ]  # fmt: skip
    assert measures["synergy"]["estimate"] == pytest.approx(
        measures["total"]["estimate"] - measures["sum_of_single_gains"]["estimate"]
    )


def test_rank_names_the_best_and_runs_it_again(shop: Path):
    found = opsim("rank", str(shop), "--format", "table")
    assert found.code == 0
    assert found.out.startswith("Best of 2 by lead time, 85 % done within: On demand")
    assert "Confidence that it is the best: " in found.out
    assert "Run again with fresh luck (seed " in found.out
    assert "The best two again, with fresh luck" in found.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("why", "--levers", "fundng"), 3, 'Did you mean "funding"?'),
        (("why", "--models", "slow"), 3, "must be two operating models"),
        (("why", "--models", "slow,fsat"), 3, 'Did you mean "fast"?'),
        (("why", "--measure", "wipp"), 1, 'Did you mean "wip"?'),
        (("factorial", "--switches", "leadershp"), 3, 'Did you mean "leadership"?'),
        (("rank", "--measure", "people_busy"), 1, "no better side"),
    ],
)
def test_what_cannot_be_meant_is_refused(shop: Path, arguments: tuple[str, ...], code: int, message: str):
    verb, *options = arguments
    found = opsim(verb, str(shop), *options)
    assert (found.code, found.out) == (code, "")
    assert message in found.err


def test_help_names_the_commands():
    found = opsim("--help").out
    for verb in ("why", "factorial", "rank"):
        assert f"\n  {verb} " in found


_ALL_HAVE_SOME = 4 * 50  # four mixtures, and at most 50 replications are computed at once


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals are sent differently there")
def test_an_interrupt_keeps_the_replications_that_all_mixtures_finished(shop: Path):
    process = started(
        *("why", str(shop), "--workers", "1", "--replications", "100000", "--format", "json"),
        folder=shop.parent,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("run ") and int(line.split("/")[0].removeprefix("run ")) > _ALL_HAVE_SOME:
            break
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "interrupted: the result holds the" in err and "Traceback" not in err
    whole = json.loads(out)
    assert not whole["is_complete"] and 0 < whole["replications"] < 100_000
    share = whole["measures"]["lead_time_p85"]["levers"]["funding"]["share"]
    assert share["estimate"] is not None

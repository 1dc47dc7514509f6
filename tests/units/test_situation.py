"""The situation: what is refused, what to expect of it, and requests that come as a list."""

from datetime import date, datetime

import numpy as np
import pytest
from pydantic import TypeAdapter
from worlds.miniatures import backlog, organisation

from sim.errors import ScenarioError
from sim.scenario.files import logs as traces
from sim.scenario.office import working_day
from sim.scenario.scenario import checked
from sim.scenario.situation import (
    Arrivals,
    Situation,
    TraceArrivals,
    effort_moments,
    expected_items,
)
from sim.streams import Streams
from sim.world.requests import make_requests

READ = TypeAdapter(Arrivals)
DICE = Streams(1, 0)


def arrivals(**settings):
    return READ.validate_python(settings)


# --- arrivals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"kind": "poisson", "per_week": 3}, 60),
        ({"kind": "regular", "per_week": 3}, 60),
        ({"kind": "batches", "items": 10, "every_weeks": 2}, 100),
        ({"kind": "backlog", "items": 7}, 7),
    ],
)
def test_expected_items(settings, expected):
    assert expected_items(situation(demand={"arrivals": settings}), 100.0) == pytest.approx(expected)


# --- requests ---------------------------------------------------------------------------------------


def situation(**settings):
    return Situation.model_validate(settings)


def test_products_without_shares_get_the_same():
    assert situation(products=["a", "b", "c", "d"]).product_shares == (0.25, 0.25, 0.25, 0.25)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"products": [{"name": "a", "share": 0.5}, "b"]}, "some products have a share and some have none"),
        ({"products": [{"name": "a", "share": 0.5}]}, "the shares of the products add up to 0.5"),
        ({"products": ["a", "a"]}, "has 2 entries called 'a'; names must differ"),
        (
            {"demand": {"work": [{"activity": "a", "skill": "testing", "effort_days": 1}] * 3}},
            "demand.work has 3 entries called 'a'; names must differ",
        ),
        (
            {"demand": {"classes": [{"name": "a", "share": 0.5}] * 2}},
            "demand.classes has 2 entries called 'a'; names must differ",
        ),
        ({"demand": {"classes": [{"name": "a", "share": 0.9}]}}, "the shares of the classes add up to 0.9"),
        ({"demand": {"classes": [{"name": "a", "optional": True}]}}, "leave at least one required"),
        ({"people": {"dev": 1}, "demand": {}}, "needs skill 'analysis', which nobody has; people have: dev"),
        ({"people": {"analysis": 0, "development": 0, "testing": 0}, "demand": {}}, "people have: no skills"),
        ({"people": {"analysis": -1}, "demand": {}}, "is -1; a skill has 0 or more people"),
        ({"people": {"analysis": 100_001}, "demand": {}}, "people add up to 100,001; at most 100,000"),
    ],
)
def test_impossible_situation_is_refused(change, expected):
    with pytest.raises(ScenarioError) as problem:
        checked({"situation": change, "operating_models": {"m": {}}}, {}, "")
    assert expected in str(problem.value)


# --- traces -----------------------------------------------------------------------------------------


def log(folder, text, **columns):
    file = folder / "log.csv"
    file.write_text(text, encoding="utf-8")
    return TraceArrivals(kind="trace", file=str(file), columns=columns)


WORLD = Situation.model_validate(
    {
        "products": ["shop", "search"],
        "people": {"dev": 1, "testing": 1},
        "demand": {
            "work": [
                {"activity": "build", "skill": "dev", "effort_days": 2},
                {"activity": "test", "skill": "testing", "effort_days": 1},
            ],
            "classes": [{"name": "standard", "share": 0.5}, {"name": "expedite", "share": 0.5}],
        },
    }
)


def test_trace_is_replayed_in_order_of_arrival(tmp_path):
    source = log(
        tmp_path,
        "day,what,how,build_days,test_days,comment\n"
        "7.5,search,expedite,3,0.5,late\n"
        "0,shop,standard,1,,first\n"
        "7.5,shop,standard,,2,tie\n",
        arrived="day",
        product="what",
        item_class="how",
    )
    found = source.read(WORLD.known)
    assert found.arrived.tolist() == [0.0, 7.5, 7.5]
    assert found.product.tolist() == [0, 1, 0]
    assert found.service_class.tolist() == [0, 1, 0]
    assert found.efforts["build"].tolist() == [1.0, 3.0, 0.0]
    assert found.efforts["test"].tolist() == [0.0, 0.5, 2.0]


def test_trace_replaces_only_what_it_gives(tmp_path):
    source = log(tmp_path, "arrived,build_days\n0,3\n50,4\n50.01,5\n")
    world = WORLD.model_copy(update={"demand": WORLD.demand.model_copy(update={"arrivals": source})})
    found = make_requests(world, Streams(3, 0), 50.0)
    without = make_requests(
        WORLD.model_copy(
            update={"demand": WORLD.demand.model_copy(update={"arrivals": READ.validate_python(backlog(2))})}
        ),
        Streams(3, 0),
        50.0,
    )
    assert expected_items(world, 50.0) == 2
    assert found.arrived.tolist() == [0.0, 50.0], "what arises after the horizon is left out"
    assert found.efforts[:, 0].tolist() == [3.0, 4.0]
    assert found.efforts[:, 1].tolist() == [1.0, 1.0]
    assert found.product.tolist() == without.product.tolist()
    assert found.service_class.tolist() == without.service_class.tolist()


def test_efforts_of_a_list_are_the_ones_reckoned_with(tmp_path):
    source = log(tmp_path, "arrived,build_days\n0,4\n1,\n2,8\n3,0\n")
    demand = WORLD.demand.model_copy(update={"arrivals": source})
    build, test = (effort_moments(WORLD.model_copy(update={"demand": demand}), step) for step in demand.work)
    assert build == (3.0, 20.0)
    assert test == (1.0, 1.0)
    assert effort_moments(WORLD, WORLD.demand.work[0]) == (2.0, 4.0)


def test_earliest_row_of_each_item_counts(tmp_path):
    source = log(
        tmp_path,
        "ticket,arrived,build_days\nA,3,1\nB,1,2\nA,0,9\nB,8,9\nC,2,3\n",
        item="ticket",
    )
    found = source.read(WORLD.known)
    assert found.arrived.tolist() == [0.0, 1.0, 2.0]
    assert found.efforts["build"].tolist() == [9.0, 2.0, 3.0]
    assert (found.rows, found.later_rows) == (5, 2)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-02 09:00", 0.0),  # a Monday
        ("2026-03-02 13:00", 0.5),
        ("2026-03-02 17:00", 1.0),
        ("2026-03-02 08:00", 0.0),  # before work: when the day begins
        ("2026-03-02 23:59", 1.0),  # after work: when the next day begins
        ("2026-03-03", 1.0),  # a date alone is midnight
        ("2026-03-06 15:00", 4.75),
        ("2026-03-06 18:00", 5.0),  # Friday evening: Monday morning
        ("2026-03-07 12:00", 5.0),  # Saturday
        ("2026-03-08 23:00", 5.0),  # Sunday
        ("2026-03-09 09:00", 5.0),
        ("2026-03-09T10:30:30", 5.0 + (1.5 + 30 / 3600) / 8),
        ("2026-03-16T09:00:00+05:00", 10.0),  # wall-clock time, as written
        ("2027-03-01 09:00", 260.0),  # 52 weeks later
    ],
)
def test_timestamp_is_placed_on_the_working_calendar(moment, day):
    assert working_day(datetime.fromisoformat(moment), date(2026, 3, 2)) == pytest.approx(day, abs=1e-12)


def test_first_day_is_the_monday_of_the_first_week(tmp_path):
    # The first of the log is a Wednesday afternoon, in the second row.
    source = log(
        tmp_path, "arrived\n2026-03-09T09:00\n2026-03-04 13:00\n2026-03-07\n2026-03-04T13:00:00+01:00\n"
    )
    assert source.read().arrived.tolist() == [2.5, 2.5, 5.0, 5.0]


def test_timestamps_keep_their_order(tmp_path):
    moments = [f"2026-03-{day:02d}T{hour:02d}:00" for day in range(1, 29) for hour in (0, 8, 10, 16, 20)]
    found = log(tmp_path, "arrived\n" + "\n".join(moments) + "\n").read().arrived
    assert np.all(np.diff(found) >= 0)


def test_byte_order_mark_and_spaces_are_accepted(tmp_path):
    assert log(tmp_path, "\ufeffarrived\n  3.5 \n").read().arrived.tolist() == [3.5]


def test_changed_file_is_read_again(tmp_path):
    import os

    source = log(tmp_path, "arrived\n1\n")
    assert source.read().arrived.tolist() == [1.0]
    log(tmp_path, "arrived\n2\n")
    os.utime(source.file, ns=(10**18, 10**18))
    assert source.read().arrived.tolist() == [2.0]


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("when\n1\n", {}, "log.csv, row 1: has no column 'arrived'; it has \"when\""),
        ("", {}, "log.csv, row 1: has no items"),
        ("arrived\n", {}, "log.csv, row 1: has no items"),
        (
            "arrived\n1\nsoon\n",
            {},
            "log.csv, row 3: column 'arrived' is \"soon\"; expected a day number (12.5)",
        ),
        ("arrived\n1\n\n-2\n", {}, "column 'arrived' is \"-2\"; a day number is 0 to 26,000"),
        (
            "arrived\nnan\n",
            {},
            "row 2: column 'arrived' is \"nan\"; expected a day number (12.5) or a timestamp",
        ),
        (
            "arrived\ninf\n",
            {},
            "row 2: column 'arrived' is \"inf\"; expected a day number (12.5) or a timestamp",
        ),
        ("arrived\n1e999\n", {}, 'is "1e999"; a day number is 0 to 26,000'),
        ("arrived\n1.5\n2026-13-01\n", {}, "row 3: column 'arrived' is \"2026-13-01\""),
        ("arrived,x\n1,1\n,2\n", {}, "row 3: column 'arrived' is \"\"; expected"),
        ("arrived\n1\n2026-03-02\n", {}, "mixes day numbers and timestamps; use one of them"),
        (
            "arrived,p\n1,shop\n2,shp\n",
            {"product": "p"},
            "row 3: column 'p' is \"shp\"; expected one of shop, search",
        ),
        (
            "arrived,c\n1,fast\n",
            {"item_class": "c"},
            "row 2: column 'c' is \"fast\"; expected one of standard, expedite",
        ),
        ("arrived,p\n1\n", {"product": "p"}, "row 2: has 1 cells, the header has 2"),
        ("arrived\n1\n", {"product": "p"}, "has no column 'p'"),
        ("\narrived\n1\n", {}, "log.csv, row 1: has no column 'arrived'; it has no columns"),
        ("arrived,arrived\n1,2\n", {}, 'log.csv, row 1: has two columns called "arrived"'),
        ("arrived\n1\n", {"item": "id"}, "has no column 'id'"),
        (
            "arrived,build_days\n1,two\n",
            {},
            "row 2: column 'build_days' is \"two\"; expected working days, 0 or more",
        ),
        ("arrived,build_days\n1,-1\n", {}, "column 'build_days' is \"-1\"; expected working days"),
        ("arrived,build_days\n1,nan\n", {}, "column 'build_days' is \"nan\"; expected working days"),
        ("arrived,build_days\n1,1e7\n", {}, "column 'build_days' is \"1e7\"; expected working days"),
        ('arrived,build_days\n1,"0,5"\n', {}, "column 'build_days' is \"0,5\"; expected working days"),
        (
            'arrived\n"' + "9" * 200_000 + '"\n',
            {},
            "log.csv, row 2: has a cell of more than 131,072 characters; shorten it",
        ),
    ],
)
def test_bad_rows_are_named(text, columns, expected, tmp_path):
    with pytest.raises(ScenarioError) as problem:
        log(tmp_path, text, **columns).read(WORLD.known)
    assert expected in str(problem.value)


def test_file_that_is_no_text_is_named(tmp_path):
    source = log(tmp_path, "arrived\n1\n")
    (tmp_path / "log.csv").write_bytes(b"arrived\n1\n\xff\xfe\x00\n")
    with pytest.raises(ScenarioError, match=r"log\.csv, row 3: has a character that is not UTF-8"):
        source.read()


def test_file_that_is_not_there_is_named_without_its_folder(tmp_path):
    source = TraceArrivals(kind="trace", file=str(tmp_path / "secret" / "gone.csv"))
    with pytest.raises(ScenarioError, match=r'"gone\.csv" cannot be read: No such file') as problem:
        source.read()
    assert "secret" not in str(problem.value)


def test_folder_is_no_trace(tmp_path):
    with pytest.raises(ScenarioError, match="is not a file of at most 50 MB"):
        TraceArrivals(kind="trace", file=str(tmp_path)).read()


def test_trace_that_is_too_large_is_refused_before_reading(tmp_path, monkeypatch):
    monkeypatch.setattr(traces, "LARGEST_TRACE_BYTES", 5)
    with pytest.raises(ScenarioError, match="is not a file of at most"):
        log(tmp_path, "arrived\n1\n").read()


def test_trace_without_a_file_says_how_to_give_one():
    with pytest.raises(ScenarioError, match=r"--set situation\.demand\.arrivals\.file=PATH"):
        TraceArrivals(kind="trace").read()


def test_compact_date_is_no_day_number(tmp_path):
    with pytest.raises(
        ScenarioError, match=r"row 2: .* \"20260302\"; a day number is 0 to 26,000, a date is"
    ):
        log(tmp_path, "arrived\n20260302\n20260303\n").read()


@pytest.mark.parametrize("text", ["1_000", "\N{ARABIC-INDIC DIGIT ONE}\N{ARABIC-INDIC DIGIT TWO}"])
def test_odd_spelling_of_a_number_is_refused(text, tmp_path):
    with pytest.raises(ScenarioError):
        log(tmp_path, f"arrived\n{text}\n").read()


def test_row_with_more_cells_than_columns_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match="row 2"):
        log(tmp_path, "arrived\n1,5\n").read()  # a decimal comma


def test_row_without_an_item_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match="row 2"):
        log(tmp_path, "ticket,arrived\n,1\n,2\nA,3\n", item="ticket").read()


def test_trace_runs_through_the_whole_model(tmp_path):
    source = log(tmp_path, "arrived,build_days,test_days\n2,1,1\n0,2,0\n")
    found = organisation(
        {},
        people={"dev": 1, "testing": 1},
        work={"build": "dev", "test": "testing"},
        arrivals=source.model_dump(mode="json"),
    )
    from sim.world.model import run_replication

    assert run_replication(found, "m", 0).ends["ended"].tolist() == [2.0, 4.0]

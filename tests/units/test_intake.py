"""Lists of requests: every row is used, or left out with a reason that is said; and nothing else is believed.

Each case is the smallest one of its kind, with the value that is right.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import ScenarioError
from sim.findings import describe
from sim.scenario.acting import Acting
from sim.scenario.arrivals import TraceArrivals
from sim.scenario.capacity.warnings import warnings
from sim.scenario.files import intake
from sim.scenario.scenario import Scenario, checked
from sim.streams import Streams
from sim.world.requests import make_requests

if TYPE_CHECKING:
    from collections.abc import Sequence

TODAY = date(2026, 11, 29)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(intake, "_today", TODAY.toordinal)


def scenario_of(
    folder: Path,
    text: str | bytes,
    *,
    columns: dict[str, str] | None = None,
    office: dict[str, Any] | None = None,
    run: Sequence[float] = (20, 0, 0),
    **demand: Any,
) -> Scenario:
    """Return a scenario that replays a list; ``run`` is horizon, warm-up and tail in weeks."""
    file = folder / "list.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    horizon, warm_up, tail = run
    arrivals = {"kind": "trace", "file": str(file), "columns": columns or {}, "office": office or {}}
    steps = [{"activity": name, "skill": "dev", "effort_days": 1} for name in ("build", "test")]
    tree = {
        "situation": {
            "products": ["shop", "search"],
            "people": {"dev": 30},
            "demand": {"arrivals": arrivals, "work": steps} | demand,
        },
        "operating_models": {"x": {}},
        "run": {"horizon_weeks": horizon, "warm_up_weeks": warm_up, "tail_weeks": tail, "replications": 2},
    }
    return checked(tree, {}, "")


def taken(folder: Path, text: str | bytes, **more: Any) -> intake.Intake:
    found = intake.intake(scenario_of(folder, text, **more))
    assert found is not None
    return found


def rows_of(folder: Path, text: str, office: dict[str, Any] | None = None, **columns: str) -> list[int]:
    """Return the rows of the file that became items, in order of arrival."""
    file = folder / "list.csv"
    file.write_text(text, "utf-8")
    source = TraceArrivals.model_validate(
        {"kind": "trace", "file": str(file), "columns": columns, "office": office or {}}
    )
    return source.read().file_rows.tolist()


# --- used, and why not the rest -------------------------------------------------------------------------

DAYS = "arrived\n" + "".join(f"{day}\n" for day in range(340))  # a request a day for 68 weeks


def test_rows_behind_the_horizon_are_counted_and_a_horizon_is_proposed(tmp_path):
    found = taken(tmp_path, DAYS, run=(20, 2, 4))
    assert found.sentence == (
        "list.csv: 340 rows read, 101 used (70 of them measured); not used: 239 that arise after the run "
        "ends (week 20)."
    )
    assert found.warnings == (
        "list.csv: 239 of 340 requests arise after the run ends in week 20 and are left out. The list has 68 "
        "weeks; run.horizon_weeks: 72 would hold it, with the tail of 4.",
    )


def test_weeks_without_a_request_are_not_averaged_in_without_a_word(tmp_path):
    found = taken(tmp_path, DAYS, run=(200, 8, 12))
    assert (found.rows, found.used, found.not_used) == (340, 340, {})
    [said] = found.warnings
    assert (
        "the last request arises in week 67.8, and weeks 8 to 188 are measured: 120.2 weeks without" in said
    )
    assert "run.horizon_weeks: 80 would hold it, with the tail of 12" in said


@pytest.mark.parametrize("run", [(80, 8, 12), (68, 0, 0), (69, 0, 0)])
def test_list_that_fits_its_run_gives_no_warning(run, tmp_path):
    assert taken(tmp_path, DAYS, run=run).warnings == ()


def test_proposed_horizon_leaves_nothing_to_say(tmp_path):
    assert taken(tmp_path, DAYS, run=(72, 2, 4)).warnings == ()
    [said] = taken(tmp_path, DAYS, run=(20, 0, 0)).warnings
    assert "run.horizon_weeks: 68 would hold it; add to it, and to run.tail_weeks, the weeks that" in said
    assert taken(tmp_path, DAYS, run=(68 + 9, 0, 9)).warnings == ()


def test_pauses_as_long_as_those_inside_of_the_list_are_no_end(tmp_path):
    monthly = "arrived\n0\n20\n40\n60\n80\n"
    assert taken(tmp_path, monthly, run=(20, 0, 0)).warnings == ()
    assert (
        "20.2 weeks without a request" in taken(tmp_path, "arrived\n0\n4\n99\n", run=(40, 0, 0)).warnings[0]
    )


def test_list_that_begins_after_the_measured_weeks_do_is_named(tmp_path):
    [said] = taken(tmp_path, "arrived\n250\n251\n255\n", run=(52, 0, 0)).warnings
    assert "the first request arises in week 50, and weeks 0 to 52 are measured: 50 weeks without" in said


def test_list_of_one_instant_is_a_fixed_amount_of_work(tmp_path):
    assert taken(tmp_path, "arrived\n0\n0\n0\n", run=(10, 0, 0)).warnings == ()


def test_list_in_which_nothing_is_measured_says_so(tmp_path):
    said = taken(tmp_path, "arrived\n0\n1\n", run=(20, 4, 2)).warnings
    assert said == (
        "list.csv: no request arises in the time that is measured (weeks 4 to 18), so there is nothing to "
        "report. The list has 1 week, no more than the warm-up of 4: shorten run.warm_up_weeks; "
        "run.horizon_weeks: 3 would hold it, with the tail of 2.",
    )


@st.composite
def lists(draw: st.DrawFn) -> tuple[str, dict[str, str], int]:
    """Return a list with rows in any order, of items with several rows, some without a time."""
    is_dated, has_items = draw(st.booleans()), draw(st.booleans())
    days = st.integers(0, 200)
    if is_dated:
        stamps = st.builds(
            lambda day, hour, offset: (
                datetime(2024, 1, 1, hour, tzinfo=timezone(timedelta(hours=offset)) if offset else None)
                + timedelta(days=day)
            ).isoformat(),
            days, st.integers(0, 23), st.integers(-8, 13),
        )  # fmt: skip
        times = st.one_of(stamps, st.sampled_from(["1900-01-01", "1970-01-01", "0001-01-01", "9999-12-31"]))
    else:
        times = days.map(str)
    if not has_items:
        rows = draw(st.lists(times, min_size=1, max_size=30))
        return "\n".join(["arrived", *rows]), {}, len(rows)
    names = st.sampled_from(["a", "b", "c", "d", "e"])
    rows = [f"{name},{draw(times)}" for name in draw(st.lists(names, min_size=1, max_size=30))]
    named = sorted({row.partition(",")[0] for row in rows})
    blank = [f"{name}," for name in draw(st.lists(st.sampled_from(named), max_size=5))]
    rows = draw(st.permutations([*rows, *blank]))
    return "\n".join(["key,arrived", *rows]), {"item": "key"}, len(rows)


@given(lists(), st.sampled_from([1, 20, 60, 5000]), st.sampled_from([None, "Europe/Amsterdam", "Asia/Tokyo"]))
def test_used_and_not_used_add_up_to_the_rows_read(tmp_path_factory, drawn, horizon, zone):
    text, columns, n_rows = drawn
    folder = tmp_path_factory.getbasetemp()
    scenario = scenario_of(folder, text, columns=columns, office={"zone": zone}, run=(horizon, 0, 0))
    found = intake.intake(scenario)
    assert found is not None
    assert found.rows == n_rows
    assert found.used + sum(found.not_used.values()) == found.rows
    assert all(found.not_used.values()), "a reason is given only where there is one"
    assert found.used == len(make_requests(scenario.situation, Streams(1, 0), scenario.run.horizon))
    assert 0 <= found.measured <= found.used
    if sum(found.not_used.get(reason, 0) for reason in found.not_used if "after the run" in reason):
        assert any("are left out" in text for text in found.warnings)


# --- dates that are none --------------------------------------------------------------------------------


@pytest.mark.parametrize("stray", ["0001-01-01", "1900-01-01", "1970-01-01", "9999-12-31", "2204-03-12"])
def test_placeholder_date_is_named_with_its_row(stray, tmp_path):
    found = taken(tmp_path, f"arrived\n2024-03-12\n{stray}\n2024-03-13\n", run=(20, 0, 0))
    [said, *_] = found.warnings
    assert f"{stray} (row 3) looks like a placeholder." in said
    assert ("The list begins there, and so does the run." in said) == (stray < "2024")


def test_list_moved_by_a_placeholder_says_what_would_fit(tmp_path):
    found = taken(tmp_path, "arrived\n1900-01-01\n2024-03-12\n2024-03-13\n", run=(20, 4, 2))
    assert (found.rows, found.used, found.not_used) == (3, 1, {"that arise after the run ends (week 20)": 2})
    assert "Without those dates the list has 1 week" in found.warnings[-1]


def test_date_to_come_is_named_unless_the_list_is_a_plan(tmp_path):
    [said, *_] = taken(tmp_path, "arrived\n2026-11-02\n2026-12-24\n2026-11-03\n", run=(9, 0, 0)).warnings
    assert "2026-12-24 (row 3) lies in the future." in said
    plan = "arrived\n2026-12-01\n2026-12-08\n2026-12-15\n"
    assert taken(tmp_path, plan, run=(3, 0, 0)).warnings == ()


def test_several_placeholders_are_counted(tmp_path):
    many = "arrived\n" + "1970-01-01\n" * 5 + "1900-01-01\n2024-03-12\n2024-03-13\n"
    [said, *_] = taken(tmp_path, many).warnings
    assert "6 dates look like placeholders: 1900-01-01 (row 7), 1970-01-01 (5 rows, the first is 2)." in said


def test_old_list_is_no_placeholder(tmp_path):
    assert taken(tmp_path, "arrived\n1970-01-05\n1970-01-12\n1971-01-04\n", run=(53, 0, 0)).warnings == ()


# --- columns that are probably meant ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Build_days", "build_day", "BUILD DAYS", "bulid_days", "build", "build_hours"]
)
def test_column_that_nearly_matches_an_effort_is_named(name, tmp_path):
    found = taken(tmp_path, f"arrived,{name},test_days\n0,20,7\n", run=(1, 0, 0))
    assert found.warnings == (
        f'list.csv: column "{name}" is not used. Did you mean "build_days", the effort of build in working '
        "days?",
    )


def test_column_that_matches_is_used_and_others_are_listed(tmp_path):
    found = taken(tmp_path, "arrived,build_days,Build_days,comment\n0,20,7,x\n", run=(1, 0, 0))
    assert found.warnings == ()
    assert found.notes == ("Columns not used: Build_days, comment.",)


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        ("arrived,product", "columns: {product: product}"),
        ("arrived,Service class", "columns: {item_class: Service class}"),
    ],
)
def test_product_or_class_that_is_not_taken_is_named(header, hint, tmp_path):
    classes = [{"name": "a", "share": 0.5}, {"name": "b", "share": 0.5}]
    found = taken(tmp_path, f"{header}\n0,a\n", run=(1, 0, 0), classes=classes)
    assert hint in found.warnings[0]


def test_rows_that_are_events_of_items_are_named(tmp_path):
    events = "case,arrived\nA,0\nA,1\nB,1\nA,2\n"
    assert "columns: {item: case}" in taken(tmp_path, events, run=(1, 0, 0)).warnings[0]
    assert taken(tmp_path, events, columns={"item": "case"}, run=(1, 0, 0)).warnings == ()
    assert taken(tmp_path, "case,arrived\nA,0\nB,1\n", run=(1, 0, 0)).warnings == ()


def test_missing_column_is_suggested(tmp_path):
    with pytest.raises(
        ScenarioError, match=r'no column \'arrived\'; it has "Arrived"\. Did you mean "Arrived"'
    ):
        scenario_of(tmp_path, "Arrived\n0\n")


def test_description_shows_what_the_list_says_and_not_what_it_overrides(tmp_path):
    classes = [{"name": "a", "share": 0.5}, {"name": "b", "share": 0.5}]
    text = "arrived,build_days,what,how\n0,20,shop,a\n1,10,shop,a\n2,,shop,a\n3,30,search,b\n"
    named = {"product": "what", "item_class": "how"}
    scenario = scenario_of(tmp_path, text, columns=named, run=(1, 0, 0), classes=classes)
    told = describe.describe(scenario)
    assert (
        "To build takes 20 working days on average, as listed, of dev for 75 % of requests."
        in told["situation"]
    )
    assert "In all a request takes 16 working days of work on average." in told["situation"]
    assert any("a (75 % as listed, priority 0)" in sentence for sentence in told["situation"])
    values = {parameter["path"]: parameter["value"] for parameter in told["parameters"]}
    work = "situation.demand.work"
    assert values[f"{work}.build.effort_days"] == values[f"{work}.build.needed_share"]
    assert values[f"{work}.build.effort_days"] == "as listed (column build_days)"
    assert values[f"{work}.test.effort_days"] == 1.0
    assert values["situation.products.shop.share"] == "as listed (column what)"
    assert values["situation.demand.classes.b.share"] == "as listed (column how)"
    json.dumps(told)


# --- order --------------------------------------------------------------------------------------------


@given(st.permutations(range(5)))
def test_earliest_row_of_an_item_is_its_arrival_in_every_order(tmp_path_factory, order):
    rows = [
        "A-1,2024-03-08 10:00,3",
        "A-1,2024-03-06 09:00,2",
        "A-1,2024-03-04 09:00,1",
        "A-2,2024-03-07 15:00,9",
        "A-2,2024-03-05 11:00,8",
    ]
    text = "\n".join(["key,created,build_days", *(rows[at] for at in order)])
    columns = {"item": "key", "arrived": "created"}
    scenario = scenario_of(tmp_path_factory.getbasetemp(), text, columns=columns, run=(1, 0, 0))
    found = make_requests(scenario.situation, Streams(1, 0), 5)
    assert found.arrived.tolist() == [0.0, 1.25]
    assert found.efforts[:, 0].tolist() == [1.0, 8.0]


def test_row_that_does_not_count_may_hold_anything_but_a_wrong_time(tmp_path):
    rows = ["A,3,much", "A,1,2"]
    for order in (rows, rows[::-1]):
        found = taken(tmp_path, "\n".join(["key,arrived,build_days", *order]), columns={"item": "key"})
        assert (found.used, found.not_used) == (1, {"of items that have an earlier row": 1})
    with pytest.raises(ScenarioError, match="row 2: column 'build_days' is \"much\""):
        scenario_of(tmp_path, "key,arrived,build_days\nA,0,much\nA,1,2\n", columns={"item": "key"})


def test_item_without_any_time_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match="row 3: column 'arrived' is empty in every row of item \"B\""):
        scenario_of(tmp_path, "key,arrived\nA,0\nB,\nB,\n", columns={"item": "key"})


TZ_MIX = (
    "key,created\nA-1,2024-03-05T09:00:00+13:00\nA-2,2024-03-04T15:00:00-08:00\n"
    "A-3,2024-03-04T21:00:00+00:00\n"
)  # 20:00, 23:00 and 21:00 in UTC


@pytest.mark.parametrize("zone", [None, "UTC", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata"])
def test_offsets_decide_the_order(zone, tmp_path):
    assert rows_of(tmp_path, TZ_MIX, {"zone": zone}, arrived="created") == [2, 4, 3]


def test_offsets_of_several_places_ask_for_the_zone(tmp_path):
    found = taken(tmp_path, TZ_MIX, columns={"arrived": "created"}, run=(1, 0, 0))
    assert "Give the office's zone" in found.warnings[0]
    zone = {"zone": "Pacific/Auckland"}
    named = taken(tmp_path, TZ_MIX, columns={"arrived": "created"}, office=zone, run=(1, 0, 0))
    assert named.warnings == ()


def test_daylight_saving_of_one_place_is_read_as_written(tmp_path):
    text = "arrived\n2024-03-29T10:00:00+01:00\n2024-04-02T10:00:00+02:00\n"
    found = taken(tmp_path, text, run=(2, 0, 0))
    assert found.warnings == ()
    trace = TraceArrivals(kind="trace", file=str(tmp_path / "list.csv")).read()
    assert trace.arrived.tolist() == [4.125, 6.125]
    assert "the hours are taken as written" in trace.notes[0]


@given(
    st.lists(
        st.tuples(st.integers(0, 24 * 60), st.sampled_from([-480, 0, 60, 120, 780])), min_size=1, max_size=12
    ),
    st.sampled_from([None, "Europe/Amsterdam", "Pacific/Auckland"]),
    st.sampled_from([(9, 17), (0, 24), (7.5, 20)]),
)
def test_no_two_timestamps_change_their_order(tmp_path_factory, drawn, zone, hours):
    moments = [
        (datetime(2024, 10, 26, tzinfo=UTC) + timedelta(minutes=minutes)).astimezone(
            timezone(timedelta(minutes=offset))
        )
        for minutes, offset in drawn  # the day on which clocks are put back in Europe
    ]
    text = "\n".join(["arrived", *(moment.isoformat() for moment in moments)])
    office = {"zone": zone, "opens_hour": hours[0], "closes_hour": hours[1]}
    expected = sorted(range(len(moments)), key=lambda at: moments[at])
    assert rows_of(tmp_path_factory.getbasetemp(), text, office) == [at + 2 for at in expected]


def test_arrivals_outside_of_working_hours_are_counted(tmp_path):
    text = "arrived\n2024-03-04 08:00\n2024-03-04 12:00\n2024-03-04 18:00\n2024-03-09\n2024-03-05\n"
    found = taken(tmp_path, text, run=(2, 0, 0))
    assert found.notes[:2] == (
        "3 requests (60%) came outside of working hours (Monday to Friday, 9 to 17) and count from the "
        "beginning of the next working day.",
        "1 request with a date and no hour count from the beginning of that day.",
    )


def test_hours_of_the_office_are_those_given(tmp_path):
    text = "arrived\n2024-03-04 08:00\n2024-03-04 12:00\n2024-03-04 20:00\n"
    office = {"opens_hour": 8, "closes_hour": 20}
    scenario = scenario_of(tmp_path, text, office=office, run=(2, 0, 0))
    found = make_requests(scenario.situation, Streams(1, 0), 10)
    assert found.arrived.tolist() == pytest.approx([0.0, 1 / 3, 1.0])
    account = intake.intake(scenario)
    assert account is not None
    assert account.notes == ()


def test_time_without_an_offset_is_the_time_of_the_office(tmp_path):
    text = "arrived\n2024-07-01 10:00\n2024-07-01T09:00:00+00:00\n"  # 10:00 and 11:00 in Amsterdam
    scenario = scenario_of(tmp_path, text, office={"zone": "Europe/Amsterdam"}, run=(2, 0, 0))
    assert make_requests(scenario.situation, Streams(1, 0), 10).arrived.tolist() == [0.125, 0.25]
    assert datetime(2024, 7, 1, 10, tzinfo=ZoneInfo("Europe/Amsterdam")).utcoffset() == timedelta(hours=2)


def test_office_can_do_nothing_for_day_numbers_and_check_says_so(tmp_path):
    office = {"opens_hour": 8.0, "zone": "Asia/Tokyo"}
    [said] = Acting(scenario_of(tmp_path, "arrived\n0\n1\n", office=office)).sentences()
    assert "opens_hour" in said and "zone" in said and "holds day numbers" in said
    assert not Acting(scenario_of(tmp_path, "arrived\n2024-03-04 10:00\n", office=office)).sentences()


@pytest.mark.parametrize(
    ("office", "expected"),
    [
        ({"zone": "Europe/Amsterdm"}, 'no time zone; .* Did you mean "Europe/Amsterdam"?'),
        ({"zone": "../../etc/passwd"}, "no time zone"),
        ({"zone": "Europe"}, "no time zone"),
        (
            {"opens_hour": 17, "closes_hour": 9},
            r"office\.closes_hour is 9; it must be after opens_hour \(17\)",
        ),
        ({"closes_hour": 25}, "closes_hour must be 24 or less"),
    ],
)
def test_impossible_office_is_refused(office, expected, tmp_path):
    with pytest.raises(ScenarioError, match=expected):
        scenario_of(tmp_path, "arrived\n0\n", office=office)


# --- files that are not what they seem ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'arrived,summary\n0,"never closed\n1,x\n', "list.csv, row 2: opens a quote that is not closed"),
        (b'arrived,summary\n0,"never closed\n1,x\n2,"\n3,y\n', 'row 2: .* reads as a row of its own: "1,x"'),
        (b'arrived,summary\n0,"never closed\n1,"\n3,y\n', 'row 2: .* reads as a row of its own: "1,""'),
        (b'arrived,summary\n0,"a"b\n', "row 2: goes on after a closing quote"),
        (b'arrived,note\n0,"' + b"x\n" * 90_000 + b'"\n', "row 2: opens a quote that is not closed"),
        (b"arrived,note\n0," + b"x" * 200_000 + b"\n", "row 2: has a cell of more than 131,072 char"),
        ("arrived\n0\n".encode("utf-16"), "csv: is text in UTF-16, not CSV; save the table as CSV in UTF-8"),
        ("arrived\n0\n".encode("utf-16-le"), "row 1: holds a zero byte"),
        (b"PK\x03\x04\x00\xff", "list.csv: is a spreadsheet .xlsx, ods. or another zip archive"),
        (b"\xd0\xcf\x11\xe0\x00", "an old spreadsheet"),
        (b"\x1f\x8b\x00", "a compressed file"),
        (b"arrived;build_days\n0;0,5\n", "no column 'arrived': its cells seem to be separated by \";\""),
        (b"arrived\tbuild_days\n0\t0,5\n", "separated by tabs"),
        (b'arrived,build_days\n0,"0,5"\n', r"row 2: .* is \"0,5\"; .* decimals are written with a point"),
        (b'arrived\n"1,5"\n', r"row 2: .* is \"1,5\"; .* decimals are written with a point"),
    ],
)  # fmt: skip
def test_file_that_is_no_such_list_is_refused_in_plain_words(content, expected, tmp_path):
    with pytest.raises(ScenarioError, match=expected) as problem:
        scenario_of(tmp_path, content)
    assert "codec" not in str(problem.value)


@pytest.mark.parametrize("n_before", [0, 1, 7, 5000])
def test_bad_byte_is_reported_with_its_row(n_before, tmp_path):
    rows = b"".join(b'%d,"two\nlines"\n' % day for day in range(n_before))
    with pytest.raises(
        ScenarioError, match=rf"list\.csv, row {n_before + 2}: has a character that is not UTF-8"
    ):
        scenario_of(tmp_path, b"arrived,summary\n" + rows + b"1,caf\xe9\n2,x\n")


@pytest.mark.parametrize(
    "text",
    [
        'arrived,summary\n0,"two\nlines, and a comma"\n1,"x ""quoted"" y"\n',
        'summary,arrived\n"line one\nline two",0\n"first, with comma\n5",1\n',
        'arrived,summary,more\r\n0,"a\r\nb","c\r\nd"\r\n1,x,y\r\n',
        "arrived,summary\r0,a\r1,b\r",
        'arrived,summary\n2024-03-04,"size\n1,5 days\n"\n2024-03-05,x\n',
        'key,arrived,summary\nA,,"two\nlines, of, text\n"\nA,1,x\n',
    ],
)
def test_cells_with_line_breaks_are_read_right(text, tmp_path):
    found = taken(tmp_path, text, columns={"item": "key"} if text.startswith("key") else None)
    assert (found.rows, found.used + sum(found.not_used.values())) == (2, 2)


# --- said everywhere ----------------------------------------------------------------------------------------


def test_what_is_not_used_is_said_wherever_results_are(tmp_path):
    import sim
    from sim.findings.study_tables import measures_as_text, study_as_json, study_as_text

    scenario = scenario_of(tmp_path, DAYS, run=(20, 2, 4))
    account = intake.intake(scenario)
    assert account is not None
    assert set(account.warnings) <= set(warnings(scenario))
    study = sim.compare(scenario, replications=2)
    for text in (study_as_text(study), measures_as_text(study), repr(study), study._repr_html_()):
        assert account.sentence in text
    assert account.warnings[0] in repr(study), "in Python nobody else warns"
    [listed] = study_as_json(study)["lists"]
    assert (listed["rows"], listed["used"]) == (340, 101)
    assert account.sentence in describe.as_text(scenario)
    assert f"Note: {account.warnings[0]}" in describe.as_text(scenario)


def test_scenario_without_a_list_says_nothing_of_one():
    scenario = Scenario.model_validate({"operating_models": {"x": {}}})
    assert intake.intake(scenario) is None
    assert intake.intakes([scenario, scenario]) == []


def test_large_list_is_read_in_order(tmp_path):
    days = np.random.default_rng(1).permutation(5000) % 100
    text = "arrived\n" + "\n".join(map(str, days)) + "\n"
    trace = TraceArrivals(kind="trace", file=str(tmp_path / "list.csv"))
    (tmp_path / "list.csv").write_text(text, "utf-8")
    assert trace.read().arrived.tolist() == sorted(days.tolist())

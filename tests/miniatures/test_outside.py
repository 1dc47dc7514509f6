"""Delays outside our reach, every stay written out by hand from ``sim.scenario.outside``.

How the tables come about and are read: ``worlds.miniatures``.
"""

import pytest
from worlds.miniatures import DEV, DEV_TEST, backlog, check, organisation, trace

from sim.measures.playback import play_back
from sim.measures.waits import place_waits
from sim.measures.weekly import history_series

BUILD_SHIP = {"people": {"dev": 1}, "work": {"build": "dev", "ship": "dev"}}


def test_a_team_counts_what_waits_outside_if_it_has_begun_it_and_goes_on_with_it():
    outside = [
        {"name": "customer", "before": "ship", "chance": 1, "days": 3},
        {"name": "acceptance", "chance": 1, "days": 7, "clock": "calendar"},
    ]
    limited = {"structure": {"wip_limit_items": 1}}
    # Item 1 may begin only when item 0 has left the team for the acceptance, whose week is five working days.
    check(
        organisation(limited, **BUILD_SHIP, arrivals=backlog(2), outside=outside),
        """
        item  visit  kind     place       activity  person  entered  started  finished  work
        0     1      touch    dev         build     0       0        0        1         1
        0     2      outside  customer    -         -       1        -        4         0
        0     3      touch    dev         ship      0       4        4        5         1
        0     4      outside  acceptance  -         -       5        -        10        0
        1     1      touch    dev         build     0       0        5        6         1
        1     2      outside  customer    -         -       6        -        9         0
        1     3      touch    dev         ship      0       9        9        10        1
        1     4      outside  acceptance  -         -       10       -        15        0
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  10     0          0         0
        1     delivered  15     0          0         0
        """,
    )


@pytest.mark.parametrize("is_optional", [False, True])
def test_a_team_no_longer_counts_what_calls_on_others_after_a_wait_outside(is_optional, tmp_path):
    """What other teams must do comes after the wait; item 1 may begin meanwhile (it needs nobody else).

    Item 0 then comes back like any request that others have done their part of: it has been begun anew.
    """
    arrivals = trace(
        tmp_path,
        """
        arrived  product  plan  build
        0        shop     1     1
        0        shop     1     0
        0        shop     1     0
        """,
    )
    check(
        organisation(
            {"structure": {"teams": {"kind": "by_product"}, "wip_limit_items": 1}},
            people={"dev": 2},
            work={"plan": "dev", "build": "dev"},
            core="build",
            products=["shop", "stock"],
            arrivals=arrivals,
            classes=[{"name": "any", "optional": is_optional}, {"name": "must", "share": 0}],
            coupling={"other_products": 1.0, "effort_days": 1.5},
            outside=[{"name": "customer", "before": "build", "chance": 1, "days": 1}],
        ),
        """
        item  visit  kind        place        activity  person  entered  started  finished  work
        0     0      child       stock        build     1       2        2        3.5       1.5
        0     1      touch       shop         plan      0       0        0        1         1
        0     2      outside     customer     -         -       1        -        2         0
        0     3      dependency  other teams  -         -       2        -        3.5       0
        0     4      touch       shop         build     0       3.5      4        5         1
        1     1      touch       shop         plan      0       0        2        3         1
        2     1      touch       shop         plan      0       0        3        4         1
        """,
    )


def test_what_waits_for_others_after_a_wait_outside_is_in_no_team_when_the_books_are_closed(tmp_path):
    check(
        organisation(
            {"structure": {"teams": {"kind": "by_product"}}},
            people={"dev": 2},
            work={"plan": "dev", "build": "dev"},
            core="build",
            products=["shop", "stock"],
            arrivals=trace(
                tmp_path,
                """
                arrived  product  plan  build
                0        shop     1     1
                """,
            ),
            coupling={"other_products": 1.0, "effort_days": 9},
            outside=[{"name": "customer", "before": "build", "chance": 1, "days": 1}],
            weeks=1,
        ),
        """
        item  visit  kind        place        activity  person  entered  started  finished  work
        0     0      child       stock        build     1       2        2        -         9
        0     1      touch       shop         plan      0       0        0        1         1
        0     2      outside     customer     -         -       1        -        2         0
        0     3      dependency  other teams  -         -       2        -        -         0
        """,
    )


def test_nobody_is_held_and_what_comes_back_joins_the_line():
    outside = [{"name": "supplier", "before": "ship", "chance": 1, "days": 0.5}]
    # Item 0 is back on day 1.5, behind item 1, which the person has in hand, and behind nobody else in line.
    check(
        organisation({}, **BUILD_SHIP, arrivals=backlog(2), outside=outside),
        """
        item  visit  kind     place     activity  person  entered  started  finished  work
        0     1      touch    dev       build     0       0        0        1         1
        0     2      outside  supplier  -         -       1        -        1.5       0
        0     3      touch    dev       ship      0       1.5      2        3         1
        1     1      touch    dev       build     0       0        1        2         1
        1     2      outside  supplier  -         -       2        -        2.5       0
        1     3      touch    dev       ship      0       2.5      3        4         1
        """,
    )


def test_a_wait_before_another_team_s_activity_comes_before_the_handoff_and_counts_nowhere():
    model = {"structure": {"wip_limit_items": 1}, "handoffs": {"delay_days": 2}}
    outside = [{"name": "supplier", "before": "test", "chance": 1, "days": 4}]
    check(
        organisation(model, **DEV_TEST, arrivals=backlog(2), outside=outside),
        """
        item  visit  kind     place           activity  person  entered  started  finished  work
        0     1      touch    dev             build     0       0        0        1         1
        0     2      outside  supplier        -         -       1        -        5         0
        0     3      handoff  dev to testing  -         -       5        -        7         0
        0     4      touch    testing         test      1       7        7        8         1
        1     1      touch    dev             build     0       0        1        2         1
        1     2      outside  supplier        -         -       2        -        6         0
        1     3      handoff  dev to testing  -         -       6        -        8         0
        1     4      touch    testing         test      1       8        8        9         1
        """,
    )


def test_a_wait_is_for_the_classes_that_are_named_and_for_requests_that_need_the_activity(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  class     build  test
        0        standard  1      1
        10       for us    1      1
        20       standard  1      0
        """,
    )
    classes = [{"name": "standard", "share": 1.0}, {"name": "for us", "share": 0.0}]
    outside = [{"name": "customer", "before": "test", "chance": 1, "days": 3, "classes": ["standard"]}]
    check(
        organisation({}, **DEV_TEST, arrivals=arrivals, classes=classes, outside=outside),
        """
        item  visit  kind     place     activity  person  entered  started  finished  work
        0     1      touch    dev       build     0       0        0        1         1
        0     2      outside  customer  -         -       1        -        4         0
        0     3      touch    testing   test      1       4        4        5         1
        1     1      touch    dev       build     0       10       10       11        1
        1     2      touch    testing   test      1       11       11       12        1
        2     1      touch    dev       build     0       20       20       21        1
        """,
    )


def test_a_wait_before_the_first_activity_begins_when_the_request_may_start():
    outside = [{"name": "customer", "before": "build", "chance": 1, "days": 2}]
    check(
        organisation({}, **DEV, arrivals=backlog(1), outside=outside, weeks=1),
        """
        item  visit  kind     place     activity  person  entered  started  finished  work
        0     1      outside  customer  -         -       0        -        2         0
        0     2      touch    dev       build     0       2        2        3         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  3      0          0         0
        """,
    )


def test_who_waits_outside_stands_beside_the_teams_and_among_the_waits():
    outside = [{"name": "customer", "before": "test", "chance": 1, "days": 3}]
    scenario = organisation({}, **DEV_TEST, arrivals=backlog(2), outside=outside)
    stations = play_back(scenario.to_json(), "m", 0)["stations"]
    assert [(station["name"], station["kind"], station["column"]) for station in stations] == [
        ("dev", "team", 0),
        ("customer", "dependency", 1),
        ("testing", "team", 2),
    ]
    places = {place.name: place for place in place_waits(scenario.to_json(), "m", 0)}
    assert (places["customer"].kind, places["customer"].wait_days) == ("outside", 3.0)
    series = history_series(scenario.to_json(), "m", 0)
    assert series.open_by_state[:, 0].sum() == 2


def test_an_optional_request_whose_need_ends_outside_is_gone_when_the_wait_is_over():
    # Its need lasts until day 10, when its product ends; it waits for the customer until day 26.
    outside = [{"name": "customer", "before": "ship", "chance": 1, "days": 20}]
    scenario = organisation(
        {},
        **BUILD_SHIP,
        arrivals={"kind": "regular", "per_week": 1},
        products=[{"name": "shop", "end_week": 2}],
        classes=[{"name": "must", "share": 0}, {"name": "may", "share": 1, "optional": True}],
        outside=outside,
    )
    check(
        scenario,
        """
        item  visit  kind     place     activity  person  entered  started  finished  work
        0     1      touch    dev       build     0       5        5        6         1
        0     2      outside  customer  -         -       6        -        26        0
        """,
        """
        item  state    ended  committed  handoffs  reviews
        0     expired  26     5          0         0
        """,
    )

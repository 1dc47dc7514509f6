"""Who answers a question, when, and past what: every record written out by hand from the written rules.

How the tables come about and are read: ``worlds.miniatures``.
"""

import pytest
from worlds.miniatures import (
    backlog,
    board,
    check,
    desk,
    gate,
    luck,
    organisation,
    replication_with,
    shown,
    trace,
)

from sim.errors import ScenarioError
from sim.measures.ledger import Ledger
from sim.measures.weekly import series_of
from sim.scenario.scenario import checked
from sim.world.journal import QUESTION
from sim.world.model import run_replication

ASKED = {"build": {"skill": "dev", "effort_days": 4.0, "question_chance": 1.0}}
BEFORE, SIZE = "work before the question at build", "mandate for build"


def asking(decisions, items=1, people=1, **more):
    """Return an organisation whose every item has a question in four days of work."""
    return organisation(
        {"governance": {"decisions": {"redo_share": 0.5, **decisions}}},
        people={"dev": people}, work=ASKED, arrivals=backlog(items), **more,
    )  # fmt: skip


def before_the_question(replication):
    """Return on which day the question of item 0 comes up."""
    return 4 * luck(BEFORE, replication)(0)


# --- mandates ------------------------------------------------------------------------------------------

CHAIN = {"team_hours": 0.8, "answer_hours": 8.0, "escalation": [desk("head"), desk("chief")]}
OF_LAYERS = CHAIN | {"team_mandate": 0.2, "mandates": [0.6, 1.0]}


@pytest.mark.parametrize(
    ("smallest", "largest", "rows", "place", "layers"),
    [
        (0.0, 0.2, [("dev", 0.1)], "dev", 0),
        (0.2, 0.6, [("head", 1)], "head", 1),
        (0.6, 1.0, [("head", 1), ("chief", 1)], "chief", 2),
    ],
)
def test_first_whose_mandate_is_above_the_size_of_a_question_answers_it(
    smallest, largest, rows, place, layers
):
    replication = replication_with(lambda r: smallest <= luck(SIZE, r)(0) < largest)
    asked = entered = before_the_question(replication)
    lines = [f"0  1  touch  dev  build  0  0  0  {shown(asked)}  {shown(asked)}"]
    for visit, (who, days) in enumerate(rows, start=2):
        started, work = (shown(entered), 1) if layers else ("-", 0)
        lines.append(
            f"0  {visit}  decision  {who}  -  -  {shown(entered)}  {started}  {shown(entered + days)}  {work}"
        )
        entered += days
    ends = shown(entered + 4 - asked)
    answered, rest = shown(entered), shown(4 - asked)
    lines.append(f"0  {len(rows) + 2}  touch  dev  build  0  {answered}  {answered}  {ends}  {rest}")
    check(
        asking(OF_LAYERS),
        "\n".join(["item  visit  kind  place  activity  person  entered  started  finished  work", *lines]),
        notes=f"""
        what      item  place    number    day           until             amount
        question  0     {place}  {layers}  {shown(asked)}  {shown(entered)}  1
        """,
        replication=replication,
    )


def test_larger_mandate_of_a_layer_only_lets_more_of_the_same_questions_stop_there():
    few, more = (
        run_replication(asking(OF_LAYERS | {"mandates": [mandate, 1.0]}, 60, 60), "m", 0).notes
        for mandate in (0.4, 0.7)
    )
    layers_few, layers_more = (
        dict(zip(found["item"].tolist(), found["number"].tolist(), strict=True)) for found in (few, more)
    )
    sizes = [luck(SIZE, 0)(item) for item in range(60)]
    for layers, mandate in ((layers_few, 0.4), (layers_more, 0.7)):
        assert [layers[item] for item in range(60)] == [
            0 if size < 0.2 else 1 if size < mandate else 2 for size in sizes
        ]


@pytest.mark.parametrize(
    ("mandates", "said"),
    [
        ([1.0], "mandates has 1 share, but escalation has 2 layers"),
        ([0.7, 0.6], "it must not fall"),
        ([0.2, 0.9], "ends with 0.9, so nobody may answer the largest questions"),
    ],
)
def test_mandates_that_fit_no_chain_are_refused(mandates, said):
    tree = asking(OF_LAYERS).model_dump(mode="json")
    tree["operating_models"]["m"]["governance"]["decisions"]["mandates"] = mandates
    with pytest.raises(ScenarioError) as refused:
        checked(tree, {}, "here")
    assert "governance.decisions.mandates" in str(refused.value) and said in str(refused.value)


# --- attention at certain times ------------------------------------------------------------------------


def test_approver_reviews_in_stretches_and_goes_on_in_the_next(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        1
        5.5      1
        5.9      1
        10       1
        12       1
        """,
    )
    # Eight hours a week come together: from day 5 to 6, from 10 to 11, and so on. A review takes .75 days of
    # them: the first is done on 5.75; the second has a quarter until day 6 and the rest from day 10; the
    # third half until day 11 and a quarter on day 15; the fourth ends exactly with its stretch.
    model = gate("start", desk(review_hours=6.0, hours_per_week=8.0, looks_every_days=5.0))
    check(
        organisation(model, people={"dev": 2}, work={"build": "dev"}, arrivals=arrivals),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       0        5        5.75      0.75
        0     2      touch     dev    build     0       5.75     5.75     6.75      1
        1     1      approval  head   -         -       5.5      5.75     10.5      0.75
        1     2      touch     dev    build     1       10.5     10.5     11.5      1
        2     1      approval  head   -         -       5.9      10.5     15.25     0.75
        2     2      touch     dev    build     0       15.25    15.25    16.25     1
        3     1      approval  head   -         -       10       15.25    16        0.75
        3     2      touch     dev    build     1       16       16       17        1
        4     1      approval  head   -         -       12       20       20.75     0.75
        4     2      touch     dev    build     0       20.75    20.75    21.75     1
        """,
    )


def test_approver_who_looks_at_certain_times_is_busy_for_a_share_of_that_time(tmp_path):
    arrivals = trace(tmp_path, "arrived  build\n0  1\n5.5  1\n5.9  1\n10  1\n12  1")
    model = gate("start", desk(review_hours=6.0, hours_per_week=8.0, looks_every_days=5.0))
    scenario = organisation(model, people={"dev": 2}, work={"build": "dev"}, arrivals=arrivals)
    ledger = Ledger.of(scenario, "m", run_replication(scenario, "m", 0))
    # Five reviews of .75 days in a hundred days, of which a fifth is for them.
    assert ledger.load["head"] == pytest.approx(5 * 0.75 / 20)
    assert series_of(ledger).busy["head"].sum() == pytest.approx(5 * 0.75)


def test_review_of_several_stretches_ends_as_one_of_them_ends(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        3        1
        """,
    )
    # Four hours a week: half of each fifth day. A review of 1.5 days takes those of days 5, 10 and 15.
    model = gate("start", desk(review_hours=12.0, hours_per_week=4.0, looks_every_days=5.0))
    check(
        organisation(model, people={"dev": 1}, work={"build": "dev"}, arrivals=arrivals),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       3        5        15.5      1.5
        0     2      touch     dev    build     0       15.5     15.5     16.5      1
        """,
    )


def test_who_is_first_in_line_is_decided_when_a_stretch_begins(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  class     build
        1        standard  1
        2        urgent    1
        """,
    )
    classes = [{"name": "standard", "share": 0.5}, {"name": "urgent", "share": 0.5, "priority": 1}]
    model = gate("start", desk(review_hours=2.0, hours_per_week=8.0, looks_every_days=5.0))
    check(
        organisation(model, people={"dev": 2}, work={"build": "dev"}, arrivals=arrivals, classes=classes),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       1        5.25     5.5       0.25
        0     2      touch     dev    build     1       5.5      5.5      6.5       1
        1     1      approval  head   -         -       2        5        5.25      0.25
        1     2      touch     dev    build     0       5.25     5.25     6.25      1
        """,
    )


def test_question_above_one_mandate_waits_for_the_next_layers_meeting():
    escalation = [desk("head", hours_per_week=8.0, looks_every_days=5.0), board("board", weeks=2.0)]
    chain = {"team_mandate": 0.0, "answer_hours": 4.0, "escalation": escalation, "mandates": [0.5, 1.0]}
    replication = replication_with(lambda r: luck(SIZE, r)(0) >= 0.5)
    asked = before_the_question(replication)
    before, rest, ends = shown(asked), shown(4 - asked), shown(10 + 4 - asked)
    # The head looks at it on day 5, for half a day, and may not answer it; the board meets on day 10.
    check(
        asking(chain),
        f"""
        item  visit  kind      place  activity  person  entered   started  finished  work
        0     1      touch     dev    build     0       0         0        {before}  {before}
        0     2      decision  head   -         -       {before}  5        5.5       0.5
        0     3      decision  board  -         -       5.5       10       10        0
        0     4      touch     dev    build     0       10        10       {ends}    {rest}
        """,
        replication=replication,
    )


# --- never answered ------------------------------------------------------------------------------------

IN_VAIN = {
    "team_mandate": 0.0, "answer_hours": 8.0, "escalation": [desk("head")], "never_answered_chance": 0.5,
    "patience_days": 3.0,
}  # fmt: skip


def is_lost(replication, times):
    return luck("no answer for build", replication)(0, times) < 0.5


def test_question_that_nobody_answers_is_asked_again():
    replication = replication_with(lambda r: is_lost(r, 0) and is_lost(r, 1) and not is_lost(r, 2))
    asked = before_the_question(replication)
    before, rest = shown(asked), shown(4 - asked)
    again, third, answered, ends = (shown(asked + days) for days in (3, 6, 7, 11 - asked))
    # Asked on three days; the third time the head takes a day for it.
    check(
        asking(IN_VAIN),
        f"""
        item  visit  kind      place  activity  person  entered     started     finished    work
        0     1      touch     dev    build     0       0           0           {before}    {before}
        0     2      decision  head   -         -       {before}    -           {again}     0
        0     3      decision  head   -         -       {again}     -           {third}     0
        0     4      decision  head   -         -       {third}     {third}     {answered}  1
        0     5      touch     dev    build     0       {answered}  {answered}  {ends}      {rest}
        """,
        notes=f"""
        what        item  place  number  day       until       amount
        unanswered  0     head   1       {before}  {again}     0
        unanswered  0     head   2       {before}  {third}     0
        question    0     head   1       {before}  {answered}  1
        """,
        replication=replication,
    )


def test_team_decides_what_nobody_answers_with_its_own_accuracy_and_clarity():
    by_default = {
        "when_unanswered": "decide_by_default", "team_hours": 8.0, "team_accuracy": 0.0, "goal_clarity": 0.0,
        "need_clarity": 0.0,
    }  # fmt: skip
    scenario = asking(IN_VAIN | by_default)
    replication = replication_with(lambda r: is_lost(r, 0))
    asked = before_the_question(replication)
    before, rest = shown(asked), shown(4 - asked)
    gives_up, decided, redone, ends = (shown(asked + days) for days in (3, 4, 6, 10 - asked))
    # Three days in vain, a day for the team's answer, which is wrong: two days done again.
    check(
        scenario,
        f"""
        item  visit  kind      place  activity  person  entered     started    finished    work
        0     1      touch     dev    build     0       0           0          {before}    {before}
        0     2      decision  head   -         -       {before}    -          {gives_up}  0
        0     3      decision  dev    -         -       {gives_up}  -          {decided}   0
        0     4      rework    dev    build     0       {decided}   {decided}  {redone}    2
        0     5      touch     dev    build     0       {redone}    {redone}   {ends}      {rest}
        """,
        notes=f"""
        what        item  place  number  day       until       amount
        unanswered  0     head   1       {before}  {gives_up}  0
        question    0     dev    0       {before}  {decided}   0
        """,
        replication=replication,
    )
    ends_of = run_replication(scenario, "m", replication).ends
    assert (ends_of["misses_goal"].tolist(), ends_of["misses_need"].tolist()) == ([1], [0])


# --- past the need -------------------------------------------------------------------------------------

OF_ONE_LAYER = {"team_mandate": 0.0, "answer_hours": 8.0}


def ends_of_forty(decisions):
    layer = desk("head", approvers=40)
    history = run_replication(asking(OF_ONE_LAYER | {"escalation": [layer], **decisions}, 40, 40), "m", 0)
    assert (history.notes["what"] == QUESTION).sum() == 40
    return history.ends


def test_layer_misses_the_need_by_clarity_relay_and_age():
    # A day old when it is answered, of a half-life of two: .8 x .5 x .5^(1/2).
    need = luck("need at build", 0)
    ends = ends_of_forty({"need_clarity": 0.8, "fidelity": 0.5, "information_half_life_days": 2.0})
    missed = [need(item) >= 0.8 * 0.5 * 0.5**0.5 for item in range(40)]
    assert 20 < sum(missed) < 35
    assert ends["misses_need"].tolist() == [int(has_missed) for has_missed in missed]
    assert not ends["misses_goal"].any()


def test_without_need_clarity_no_layer_misses():
    ends = ends_of_forty({"fidelity": 0.5, "information_half_life_days": 2.0})
    assert not ends["misses_need"].any()


def test_noticed_miss_is_done_again_once_and_serves():
    need, notice = luck("need at build", 0), luck("notice of a miss at build", 0)
    ends = ends_of_forty({"need_clarity": 0.3, "noticed_share": 0.5})
    missed = [need(item) >= 0.3 and notice(item) >= 0.5 for item in range(40)]
    assert 5 < sum(missed) < 25
    assert ends["misses_need"].tolist() == [int(has_missed) for has_missed in missed]


@pytest.mark.parametrize("accuracy", [1.0, 0.0])
def test_answer_that_is_past_the_need_and_noticed_costs_what_a_wrong_one_costs(accuracy):
    decisions = {
        "need_clarity": 0.0,
        "noticed_share": 1.0,
        "accuracy": accuracy,
        "escalation": [desk("head")],
    }
    asked = before_the_question(0)
    before, rest, answered, redone = shown(asked), shown(4 - asked), shown(asked + 1), shown(asked + 3)
    check(
        asking(OF_ONE_LAYER | decisions),
        f"""
        item  visit  kind      place  activity  person  entered     started     finished    work
        0     1      touch     dev    build     0       0           0           {before}    {before}
        0     2      decision  head   -         -       {before}    {before}    {answered}  1
        0     3      rework    dev    build     0       {answered}  {answered}  {redone}    2
        0     4      touch     dev    build     0       {redone}    {redone}    7           {rest}
        """,
        notes=f"""
        what      item  place  number  day       until       amount
        question  0     head   1       {before}  {answered}  {accuracy}
        """.replace(".0\n", "\n"),
    )

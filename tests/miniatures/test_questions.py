"""Questions and their answers: every record written out by hand from the written rules.

How the tables come about and are read: ``worlds.miniatures``.
"""

import numpy as np
from worlds.miniatures import backlog, check, desk, luck, organisation, replication_with, shown, trace

from sim.world.journal import QUESTION
from sim.world.model import run_replication

ASKED = {"build": {"skill": "dev", "question_chance": 1.0}, "fix": "dev"}


def test_question_climbs_two_layers_while_the_person_takes_other_work(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  fix
        0        4      0
        0        0      1
        """,
    )
    decisions = {"team_mandate": 0.0, "answer_hours": 8.0, "escalation": [desk("head"), desk("chief")]}
    asked = 4 * luck("work before the question at build", 0)(0)
    before, rest = shown(asked), shown(4 - asked)
    head, chief = shown(asked + 1), shown(asked + 2)
    # The developer works until the question comes up, then does item 1. Each layer needs a day. Then the
    # rest of item 0: 4 days of work and 2 of waiting make 6.
    check(
        organisation(
            {"governance": {"decisions": decisions}}, people={"dev": 1}, work=ASKED, arrivals=arrivals
        ),
        f"""
        item  visit  kind      place  activity  person  entered   started   finished  work
        0     1      touch     dev    build     0       0         0         {before}  {before}
        0     2      decision  head   -         -       {before}  {before}  {head}    1
        0     3      decision  chief  -         -       {head}    {head}    {chief}   1
        0     4      touch     dev    build     0       {chief}   {chief}   6         {rest}
        1     1      touch     dev    fix       0       0         {before}  {head}    1
        """,
        f"""
        item  state      ended   committed  handoffs  reviews
        0     delivered  6       0          0         0
        1     delivered  {head}  0          0         0
        """,
        notes=f"""
        what      item  place  number  day       until    amount
        question  0     chief  2       {before}  {chief}  1
        """,
    )


def test_question_waits_in_line_with_the_papers_of_a_gate(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  fix
        0        4      0
        2        0      1
        """,
    )
    governance = {
        "gates": [{"before": "start", "layers": [desk("head")]}],
        "decisions": {"team_mandate": 0.0, "answer_hours": 4.0, "escalation": ["head"]},
    }
    # Item 0 is approved on day 1. Its question comes up between day 2 and 3, while the head has the paper of
    # item 1, which came on day 2; it is answered from day 3 on, for half a day. The developer is at item 1
    # until day 4, then does the rest.
    share_before = "work before the question at build"
    replication = replication_with(lambda r: 0.25 < luck(share_before, r)(0) < 0.5)
    part = 4 * luck(share_before, replication)(0)
    before, asked, rest, ended = shown(part), shown(1 + part), shown(4 - part), shown(8 - part)
    check(
        organisation({"governance": governance}, people={"dev": 1}, work=ASKED, arrivals=arrivals),
        f"""
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       0        0        1         1
        0     2      touch     dev    build     0       1        1        {asked}   {before}
        0     3      decision  head   -         -       {asked}  3        3.5       0.5
        0     4      touch     dev    build     0       3.5      4        {ended}   {rest}
        1     1      approval  head   -         -       2        2        3         1
        1     2      touch     dev    fix       0       3        3        4         1
        """,
        replication=replication,
    )


def test_item_with_a_question_still_counts_for_the_wip_limit(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  fix
        0        4      0
        0        0      1
        """,
    )
    model = {
        "structure": {"wip_limit_items": 1},
        "governance": {"decisions": {"team_hours": 8.0}},
    }
    asked = 4 * luck("work before the question at build", 0)(0)
    before, rest, answered = shown(asked), shown(4 - asked), shown(asked + 1)
    # The developer has nothing to do for the day of the answer: the team has one item in progress.
    check(
        organisation(model, people={"dev": 1}, work=ASKED, arrivals=arrivals),
        f"""
        item  visit  kind      place  activity  person  entered     started     finished    work
        0     1      touch     dev    build     0       0           0           {before}    {before}
        0     2      decision  dev    -         -       {before}    -           {answered}  0
        0     3      touch     dev    build     0       {answered}  {answered}  5           {rest}
        1     1      touch     dev    fix       0       0           5           6           1
        """,
    )


def test_item_that_waits_for_an_answer_from_above_still_counts_for_the_wip_limit(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  fix
        0        4      0
        0        0      1
        0        0      1
        """,
    )
    decisions = {"team_mandate": 0.0, "answer_hours": 8.0, "escalation": [desk("head")]}
    model = {"structure": {"wip_limit_items": 1}, "governance": {"decisions": decisions}}
    asked = 4 * luck("work before the question at build", 0)(0)
    before, rest, answered = shown(asked), shown(4 - asked), shown(asked + 1)
    # While the head answers, item 0 is at the head's desk and in the team's progress: nothing new begins. It
    # is counted once, though it is touched twice, so item 2 begins as soon as item 1 has left.
    check(
        organisation(model, people={"dev": 1}, work=ASKED, arrivals=arrivals),
        f"""
        item  visit  kind      place  activity  person  entered     started     finished    work
        0     1      touch     dev    build     0       0           0           {before}    {before}
        0     2      decision  head   -         -       {before}    {before}    {answered}  1
        0     3      touch     dev    build     0       {answered}  {answered}  5           {rest}
        1     1      touch     dev    fix       0       0           5           6           1
        2     1      touch     dev    fix       0       0           6           7           1
        """,
    )


def test_wrong_answer_of_a_team_is_done_again_and_may_miss_the_goal():
    decisions = {
        "team_mandate": 1.0,
        "team_hours": 8.0,
        "team_accuracy": 0.0,
        "redo_share": 0.5,
        "goal_clarity": 0.0,
    }
    work = {"build": {"skill": "dev", "effort_days": 4.0, "question_chance": 1.0}}
    scenario = organisation(
        {"governance": {"decisions": decisions}}, people={"dev": 1}, work=work, arrivals=backlog(1)
    )
    asked = 4 * luck("work before the question at build", 0)(0)
    before, rest, answered, redone = shown(asked), shown(4 - asked), shown(asked + 1), shown(asked + 3)
    # A day for the answer, two days done again, then the rest: 4 + 1 + 2.
    check(
        scenario,
        f"""
        item  visit  kind      place  activity  person  entered     started     finished    work
        0     1      touch     dev    build     0       0           0           {before}    {before}
        0     2      decision  dev    -         -       {before}    -           {answered}  0
        0     3      rework    dev    build     0       {answered}  {answered}  {redone}    2
        0     4      touch     dev    build     0       {redone}    {redone}    7           {rest}
        """,
        notes=f"""
        what      item  place  number  day       until       amount
        question  0     dev    0       {before}  {answered}  0
        """,
    )
    assert run_replication(scenario, "m", 0).ends["misses_goal"].tolist() == [1]


def test_question_that_nobody_has_answered_by_the_horizon_is_noted_at_no_place():
    decisions = {"team_mandate": 0.0, "answer_hours": 80.0, "escalation": [desk("head")]}
    scenario = organisation(
        {"governance": {"decisions": decisions}}, people={"dev": 1}, work=ASKED, arrivals=backlog(1), weeks=1
    )
    notes = run_replication(scenario, "m", 0).notes
    assert notes["what"].tolist() == [QUESTION]
    assert (notes["item"].tolist(), notes["place"].tolist(), notes["number"].tolist()) == ([0], [-1], [0])
    assert notes["day"].tolist() == [luck("work before the question at build", 0)(0)]
    assert (np.isnan(notes["until"]).tolist(), notes["amount"].tolist()) == ([True], [0.0])


def test_team_answers_what_its_mandate_covers_by_luck_of_its_own():
    # The team needs a day for an answer and misses the goal with it; the head needs none.
    decisions = {"team_mandate": 0.5, "goal_clarity": 0.5, "team_hours": 8.0, "answer_hours": 0.0}
    decisions["escalation"] = [desk("head", review_hours=0.0)]
    scenario = organisation(
        {"governance": {"decisions": decisions}}, people={"dev": 40}, work=ASKED, arrivals=backlog(40)
    )
    mandate, goal = luck("mandate for build", 0), luck("goal at build", 0)
    history = run_replication(scenario, "m", 0)
    asked = history.notes["what"] == QUESTION
    by_item = dict(
        zip(history.notes["item"][asked].tolist(), history.notes["number"][asked].tolist(), strict=True)
    )
    decided = [mandate(item) < 0.5 for item in range(40)]
    assert [by_item[item] for item in range(40)] == [0 if by_team else 1 for by_team in decided]
    missed = [by_team and goal(item) >= 0.5 for item, by_team in enumerate(decided)]
    assert 5 < sum(missed) < 15
    assert history.ends["misses_goal"].tolist() == [int(has_missed) for has_missed in missed]

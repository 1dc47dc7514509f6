"""Situations side by side: the same numbers as anywhere, each with its interval, names in full."""

from __future__ import annotations

import pytest
from worlds.studies import around, made_study

from sim.findings.charts.side_by_side import lines_of, situations_chart
from sim.findings.side_by_side import key_of, measures_of, rows, side_by_side_alt
from sim.findings.wording import interval_text
from sim.studies.contenders import Contender
from sim.studies.study import Study

NAMES = ["経" * 60, "x" * 60, "<b>Third</b>"]


@pytest.fixture
def study() -> Study:
    """Return three situations of two organisations, the last of which cannot keep up in the third."""
    days = {"industrial": (50.0, 40.0, 45.0), "product": (12.0, 12.0, 99.0)}
    sides = [
        {"lead_time_p85": around(days[model][place]), "throughput": around(5.0 + place)}
        | ({"backlog_growth": around(0.5, spread=0.01)} if (model, place) == ("product", 2) else {})
        for place in range(3)
        for model in days
    ]
    found = []
    contenders = []
    for place in range(3):
        pair = made_study(*sides[2 * place : 2 * place + 2])
        for contender in pair.contenders:
            key = key_of(contender.model, place)
            contenders.append(Contender(key, NAMES[place], contender.scenario, contender.model))
            found += [replaced(one, key) for one in pair.outcomes[contender.key].values()]
    return Study.of(contenders, found)


def replaced(outcome, key: str):
    from dataclasses import replace

    return replace(outcome, contender=key)


def test_every_number_has_its_interval_and_every_other_situation_its_difference(study: Study):
    found = rows(study, 3, 1)
    assert len(found) == 2 * len(measures_of(study))
    first = found[0].cells
    for place, cell in enumerate(first):
        assert cell is not None
        estimate = study.estimate("lead_time_p85", key_of("industrial", place))
        assert cell.value == f"{estimate.estimate:.0f} days"
        assert cell.sure == interval_text(estimate, "days", bare=True)
    expected = ["10 days later (95 % 10 to 10)", "", "5.0 days later (95 % 5.0 to 5.0)"]
    assert [cell.change for cell in first if cell] == expected
    growing = found[len(measures_of(study))].cells[2]
    assert growing is not None and (growing.value, growing.sure) == ("growing", "")
    assert growing.change == "no difference can be given"


def test_chart_has_each_name_in_full_and_an_interval_at_each_mark(study: Study):
    figure = situations_chart(study, NAMES, "lead_time_p85")
    said = [note.text.replace("<br>", "").replace("</b><b>", "") for note in figure.layout.annotations]
    assert f"<b>{NAMES[0]}</b>" in said and f"<b>{NAMES[1]}</b>" in said
    assert "<b>&lt;b&gt;Third&lt;/b&gt;</b>" in said and "Product: growing" in said
    assert len(figure.data) == 5 and all(trace.error_x.visible for trace in figure.data)
    assert [trace.x[0] for trace in figure.data if trace.name == "Industrial"] == [50.0, 40.0, 45.0]
    alt = side_by_side_alt(study, NAMES, "lead_time_p85")
    assert all(name in alt for name in NAMES) and "growing" in alt
    assert alt.count(" to ") == 5


@pytest.mark.parametrize("name", ["", "one", "two words " * 6, "経" * 60, "x" * 60, "مجلس أسبوعي " * 5])
def test_lines_of_a_name_hold_all_of_it(name: str):
    assert "".join(lines_of(name)).replace(" ", "") == name.replace(" ", "")

"""The page Published cases, without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from worlds.made_up_cases import answer, case
from worlds.pages import open_page, texts

from sim.trust.cases.register import Cases, load_cases
from sim.trust.cases.running import Result, judge, read_stored_cases
from sim.ui import cases as page

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.usefixtures("small_with_markup")


def made(**more) -> tuple[Cases, Mapping[str, Result]]:
    published = {"text": "one week", "ratio": 0.5}
    cases = Cases.model_validate(
        {
            "about": "Made up.",
            "written": "today",
            "cases": [
                case(answer(published=published), explained="It was luck."),
                case(id="open", is_open=True),
            ],
            "later_edits": [{"date": "tomorrow", "case": "shop", "what": "a *slower* shop", "seal": "1"}],
        }
    )
    luck = np.linspace(-0.1, 0.1, 9)
    runs = {"before": {"lead_time_p50": list(10 + luck)}, "after": {"lead_time_p50": list(20 + luck)}}
    return cases, {"shop": judge(cases.cases[0], runs, ["after cannot keep up"])}


def test_page_tells_a_miss_with_its_figures_and_every_later_edit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(page, "_register", made)
    app = open_page("cases")
    said = texts(app)
    assert app.title[0].value == "Published cases"
    assert "Outcome not known:" in said and "wrong in 1" in said
    assert "A shop <b>, 2001" in app.header[0].value.replace("\\", "")
    first, second = (table.value for table in app.table)
    assert list(first["Direction, size"]) == ["wrong; not within a factor of two, surely"]
    assert list(second["Direction, size"]) == ["not run"]
    assert "after cannot keep up" in said and "It was luck." in said
    assert "tomorrow, shop: a *slower* shop" in said
    assert not any("<b>" in element.value for element in app.markdown)


def test_shipped_cases_are_all_there():
    app = open_page("cases")
    cases = load_cases()
    assert len(app.table) == len(cases.cases) and app.header[-1].value == "Later edits"
    for found in cases.cases:
        assert any(found.organisation in header.value.replace("\\", "") for header in app.header)
    n_blind = sum(not read.case.is_open for read in read_stored_cases().values())
    assert ("Outcome not known:" in texts(app)) == bool(n_blind)

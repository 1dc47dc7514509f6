"""Published cases that nobody published, in a folder of their own."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from sim.studies import shipped_results
from sim.trust.cases import register

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCENARIO = dedent("""
    name: Corner shop
    situation:
      people: {service: 3}
      demand:
        arrivals: {kind: poisson, per_week: 10}
        work: [{activity: serve, skill: service, effort_days: {kind: exponential, mean: 1}}]
    operating_models:
      before: {name: With a train, release: {kind: train, every_weeks: 2}}
      after: {name: On demand}
    run: {horizon_weeks: 40, warm_up_weeks: 6, tail_weeks: 6, replications: 4}
    """)
"""Releases on demand instead of a train: what is done sooner is known beforehand."""


def answer(**more: Any) -> dict[str, Any]:
    """Return an answer on the median lead time."""
    about = {
        "what": "Lead time",
        "reported": "two weeks",
        "measure": "lead_time_p50",
        "why": "from asked to live",
    }
    return about | more


def case(*answers: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a case of the corner shop."""
    about = {
        "id": "shop",
        "organisation": "A shop <b>",
        "sector": "retail",
        "period": "2001",
        "source": "nobody",
        "before": "a train",
        "changed": "no train",
        "stands_for": "as it is",
        "as_written": "0",
        "answers": list(answers) or [answer()],
    }
    return about | more


def write(folder: Path, *cases: dict[str, Any], edits: tuple[dict[str, str], ...] = ()) -> None:
    """Write cases with the scenario of each, and let them be the shipped ones."""
    tree = {"about": "Made up.", "written": "today", "cases": list(cases), "later_edits": list(edits)}
    (folder / "published.yaml").write_text(json.dumps(tree), "utf-8")
    for one in cases:
        path = folder / f"{one['id']}.yaml"
        if not path.exists():
            path.write_text(SCENARIO, "utf-8")
    register.load_cases.cache_clear()


@pytest.fixture
def case_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return where cases are, for this test; results are stored there, too."""
    monkeypatch.setattr(register, "cases_folder", lambda: tmp_path)
    monkeypatch.setattr(shipped_results, "shipped", lambda _: tmp_path)
    register.load_cases.cache_clear()
    yield tmp_path
    register.load_cases.cache_clear()

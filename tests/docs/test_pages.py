"""The documents that come from code are what the code says now."""

import runpy
from pathlib import Path

import pytest

import sim
from sim.measures.metrics import METRICS
from sim.scenario.mechanisms import MECHANISMS

PAGES = runpy.run_path(str(Path(__file__).resolve().parents[2] / "docs" / "pages.py"))["PAGES"]


def text_of(name: str) -> str:
    return next(text for place, text in PAGES.items() if place.name == name)()


@pytest.mark.parametrize("place", PAGES, ids=lambda place: f"{place.parent.name}/{place.name}")
def test_document_is_what_the_code_says(place: Path):
    written = place.read_text(encoding="utf-8")
    assert written == PAGES[place](), f"{place.name} is old: uv run python docs/pages.py"


def test_every_mechanism_and_measure_is_described():
    text = text_of("model.md")
    assert not [key for key in (*MECHANISMS, *METRICS) if f"`{key}`" not in text]


def test_every_public_name_is_described():
    text = text_of("reference.md")
    assert not [name for name in sim.__all__ if f"## `sim.{name}`" not in text]

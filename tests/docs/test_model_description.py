"""The description of the model is what the code says now."""

import pytest

from sim.findings.model_description import DOCS, model_text, stress_text
from sim.measures.metrics import METRICS
from sim.scenario.mechanisms import MECHANISMS


@pytest.mark.parametrize(("file", "text"), [("model.md", model_text), ("stress.md", stress_text)])
def test_document_is_what_the_code_says(file, text):
    written = (DOCS / file).read_text(encoding="utf-8")
    assert written == text(), f"docs/{file} is old: uv run python -m sim.findings.model_description"


def test_every_mechanism_and_measure_is_described():
    text = model_text()
    assert not [key for key in (*MECHANISMS, *METRICS) if f"`{key}`" not in text]

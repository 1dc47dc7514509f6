"""A stranger's file reads no other file, and every shipped one can be begun from."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.scenario.files.load import from_text, load, scenario_cards


@pytest.mark.parametrize(
    "line",
    [
        "operating_models: {a: {use: ../../secret}}",
        "operating_models: {a: {use: /etc/passwd.yaml}}",
        "extends: ../digital_retailer",
        "extends: ./digital_retailer.yaml",
    ],
)
def test_stranger_may_build_on_nothing_but_what_is_shipped(line: str, tmp_path: Path):
    with pytest.raises(ScenarioError, match="neither shipped"):
        from_text(f"name: Strange\n{line}\n".encode(), "strange.yaml")


def test_stranger_may_not_name_a_file_of_arrivals():
    text = "name: S\nsituation: {demand: {arrivals: {kind: trace, file: /etc/hostname}}}\n"
    with pytest.raises(ScenarioError, match=r"line 2.*file names another file, which is not read here"):
        from_text(text.encode(), "strange.yaml")


def test_stranger_may_build_on_shipped_files():
    assert from_text(b"extends: digital_retailer\nname: Mine\n", "mine.yaml").name == "Mine"


@pytest.mark.parametrize("card", scenario_cards(), ids=lambda card: card.key)
def test_every_shipped_file_can_be_a_draft(card):
    try:
        expected = load(card.key)
    except ScenarioError:
        pytest.skip("cannot be run as it is")
    assert from_text(card.path.read_bytes(), card.path.name) == expected

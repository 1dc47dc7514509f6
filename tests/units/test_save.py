"""A scenario as a file: a name that is valid everywhere, and a text that is read back the same."""

from pathlib import Path

import pytest

from sim.scenario.files.load import load
from sim.scenario.files.save import safe_file_name, scenario_as_yaml
from sim.scenario.scenario import checked
from sim.studies.shipped_results import runnable


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("../../x", "x"), (r"C:\x", "c_x"), (r"\\host\share", "host_share"), ("CON", "con_"), ("a/b", "a_b"),
        (".", ""), ("", ""), ("x.", "x"), ("lpt1", "lpt1_"), ("My bank", "my_bank"), ("🙂", ""), ("..", ""),
    ],
)  # fmt: skip
def test_safe_file_name_stays_inside_the_folder(name: str, file: str):
    assert safe_file_name(name) == file


@pytest.mark.parametrize("name", ["x" * 300, "漢" * 300, "a b" * 200])
def test_safe_file_name_is_short_enough_for_every_file_system(name: str):
    assert 0 < len(safe_file_name(name).encode()) <= 200


@pytest.mark.parametrize("key", sorted(runnable()))
def test_scenario_as_yaml_of_a_shipped_scenario_loads_to_an_equal_one(key: str, tmp_path: Path):
    scenario = load(key)
    file = tmp_path / "scenario.yaml"
    file.write_text(scenario_as_yaml(scenario), "utf-8")
    assert load(file).to_json() == scenario.to_json()


@pytest.mark.slow
def test_scenario_as_yaml_of_a_very_large_one_loads_to_an_equal_one(tmp_path: Path):
    tree = {
        "name": "Shop",
        "situation": {"products": [f"p{n}" for n in range(4000)]},
        "operating_models": {
            "slow": {
                "name": "Slow",
                "release": {"kind": "train", "every_weeks": 2},
                "handoffs": {"delay_days": 1},
            },
            "fast": {"name": "Fast"},
        },
    }
    scenario = checked(tree, {}, "")
    file = tmp_path / "scenario.yaml"
    file.write_text(scenario_as_yaml(scenario), "utf-8")
    assert load(file).to_json() == scenario.to_json()

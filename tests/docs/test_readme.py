"""The README says what is true: its tables come from the code, its example runs, its commands are CI's.

After a change: ``UPDATE_README=1 uv run pytest tests/docs/test_readme.py -n0`` writes the generated parts.
"""

import os
import re
from pathlib import Path

import pytest

from sim.findings.study import headline
from sim.measures.metrics import METRICS
from sim.scenario.files.load import load, scenario_cards
from sim.studies.shipped_results import read_stored

README = Path(__file__).parents[2] / "README.md"


def _first_sentence(text: str) -> str:
    return text.split(". ")[0].rstrip(".") + "."


def scenarios() -> str:
    rows = [
        f"| [`{card.key}`](scenarios/{card.key}.yaml) | {_first_sentence(card.story)} | {card.question} |"
        for card in scenario_cards()
    ]
    return "\n".join(["| name | who | question |", "|---|---|---|", *rows])


def glossary() -> str:
    rows = [f"| {m.label} | {m.unit} | {m.definition} |" for m in METRICS.values()]
    return "\n".join(["| measure | unit | definition |", "|---|---|---|", *rows])


@pytest.mark.parametrize(("name", "generate"), [("scenarios", scenarios), ("glossary", glossary)])
def test_generated_table_is_up_to_date(name, generate):
    text = README.read_text(encoding="utf-8")
    fresh = f"<!-- {name} -->\n{generate()}\n<!-- /{name} -->"
    pattern = rf"<!-- {name} -->.*<!-- /{name} -->"
    if os.environ.get("UPDATE_README"):
        README.write_text(re.sub(pattern, lambda _: fresh, text, flags=re.DOTALL), encoding="utf-8")
        return
    found = re.search(pattern, text, flags=re.DOTALL)
    assert found is not None, f"README.md has no place for the table of {name}"
    assert found.group() == fresh, f"the table of {name} is old; see the head of {__file__}"


def test_first_example_runs(capsys):
    code = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert code is not None
    exec(compile(code.group(1).replace("replications=10", "replications=2"), "README.md", "exec"), {})
    assert "Interval(" in capsys.readouterr().out


def test_files_named_exist():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text(encoding="utf-8"))
    missing = [link for link in links if not (README.parent / link).exists()]
    assert not missing, f"README.md points at files that are not there: {missing}"


def test_set_up_is_two_commands():
    text = README.read_text(encoding="utf-8")
    for command in ("pip install uv && uv run opsim app", "pip install uv && uv run pytest"):
        assert f"```\n{command}\n```" in text, f"README.md does not give the command: {command}"


def test_figure_shows_what_the_simulator_says_now():
    study = read_stored("digital_retailer", load("digital_retailer"))
    assert study is not None
    text = " ".join(README.read_text(encoding="utf-8").split())
    assert headline(study) in text, "the figure in README.md is old: put in what `opsim demo` prints"

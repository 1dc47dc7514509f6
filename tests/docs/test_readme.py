"""The README and its like are true: the figure is what the simulator says, examples run, links lead on."""

import re
from pathlib import Path

import pytest

from sim.findings.study import headline
from sim.scenario.files.load import load
from sim.studies.shipped_results import read_stored

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"


@pytest.mark.slow
def test_first_example_runs(capsys):
    code = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert code is not None
    exec(compile(code.group(1).replace("replications=10", "replications=2"), "README.md", "exec"), {})
    assert "Interval(" in capsys.readouterr().out


DOCUMENTS = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/*.md"),
    *ROOT.glob("scenarios/*.md"),
    *ROOT.glob("benchmarks/*.md"),
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_that_a_document_names_exist(document: Path):
    text = document.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\((?!http)([^)#\s]+)(?:#[^)]*)?\)", text) if link != "..."]
    missing = [link for link in links if not (document.parent / link).exists()]
    named = set(re.findall(r"`((?:sim|tests|docs|scenarios|benchmarks|notebooks)/[\w./-]*)", text))
    missing += [name for name in named if not (ROOT / name).exists()]
    assert not missing, f"{document.name} points at files that are not there: {missing}"


def test_scenario_files_in_documents_can_be_run(tmp_path):
    fences = [
        fence
        for document in DOCUMENTS
        for fence in re.findall(r"```yaml\n(extends: .*?)```", document.read_text("utf-8"), flags=re.DOTALL)
    ]
    assert fences, "no document shows a scenario file"
    for fence in fences:
        (tmp_path / "shown.yaml").write_text(fence, "utf-8")
        load(tmp_path / "shown.yaml")


def test_set_up_is_two_commands():
    text = README.read_text(encoding="utf-8")
    for command in ("pip install uv && uv run opsim app", "pip install uv && uv run pytest"):
        assert f"```\n{command}\n```" in text, f"README.md does not give the command: {command}"


def test_figure_shows_what_the_simulator_says_now():
    study = read_stored("digital_retailer", load("digital_retailer"))
    assert study is not None
    text = " ".join(README.read_text(encoding="utf-8").split())
    assert headline(study) in text, "the figure in README.md is old: put in what `opsim demo` prints"

"""The notebooks: each is kept as a script and as a notebook that agree, holds no outputs, and runs."""

from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient
from worlds.shops import SMALL

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
PAIRS = sorted(path.with_suffix("") for path in NOTEBOOKS.glob("*.ipynb"))
REPLICATIONS = 2  # the fewest that give an interval
RETAILER = 'sim.load("digital_retailer")'
SHOP = SMALL.replace(
    "horizon_weeks: 104, warm_up_weeks: 26, tail_weeks: 26", "horizon_weeks: 180, tail_weeks: 120"
)
"""A retailer of eight people, with time enough to finish what is measured."""

each_notebook = pytest.mark.parametrize("pair", PAIRS, ids=lambda path: path.name)


def read(pair: Path) -> nbformat.NotebookNode:
    return nbformat.read(pair.with_suffix(".ipynb"), as_version=4)


def test_every_script_has_its_notebook():
    scripts = sorted(path.with_suffix("") for path in NOTEBOOKS.glob("*.py"))
    assert PAIRS, f"no notebooks in {NOTEBOOKS}"
    assert scripts == PAIRS, "pair them: jupytext --to ipynb notebooks/NAME.py"


@each_notebook
def test_script_and_notebook_agree(pair):
    script, notebook = jupytext.read(pair.with_suffix(".py")), read(pair)
    found, expected = (
        [(cell.cell_type, cell.metadata.get("tags", []), cell.source) for cell in book.cells]
        for book in (notebook, script)
    )
    assert found == expected, f"bring them together: jupytext --sync notebooks/{pair.name}.py"
    for name in ("jupytext", "kernelspec"):
        assert name in notebook.metadata, f"{pair.name}.ipynb lost its {name} metadata"


@each_notebook
def test_notebook_keeps_no_outputs(pair):
    for cell in read(pair).cells:
        if cell.cell_type == "code":
            assert not cell.outputs, f"clear the outputs; found some below {cell.source[:60]!r}"
            assert cell.execution_count is None


@pytest.mark.slow
@each_notebook
def test_notebook_runs(pair, tmp_path):
    notebook = read(pair)
    (settings,) = (cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    assert settings.source.startswith("replications = ")
    settings.source = f"replications = {REPLICATIONS}"
    shop = tmp_path / "shop.yaml"
    shop.write_text(SHOP, "utf-8")
    for cell in notebook.cells:  # that every cell runs shows with few people as well as with sixty
        cell.source = cell.source.replace(RETAILER, f"sim.load({str(shop)!r})")

    client = NotebookClient(
        notebook, timeout=200, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOKS)}}
    )
    client.execute()  # raises with the cell and its traceback if one fails

    complaints = [
        output.text
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.get("name") == "stderr"
    ]
    assert not complaints, "the notebook printed warnings:\n" + "\n".join(complaints)

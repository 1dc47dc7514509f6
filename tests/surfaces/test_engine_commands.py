"""Commands about the two engines."""

import json

import pytest
from worlds.commands import opsim

from sim.trust import engines
from sim.world.engine import cache
from sim.world.model import History, OrganisationModel


@pytest.fixture
def by_mesa(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the fast engine be Mesa: nothing needs to be compiled."""

    class Ran:
        def __init__(self, history: History) -> None:
            self.history = history

        def _asdict(self) -> dict[str, object]:
            return {name: getattr(self.history, name) for name in History.__slots__}

    monkeypatch.setattr(cache, "compiled_entry", lambda: None)
    monkeypatch.setattr("sim.world.engine.run.run_compiled", lambda build, entry: Ran(build().run()))


@pytest.mark.usefixtures("by_mesa")
def test_verify_says_that_both_engines_write_the_same():
    found = opsim("verify", "pooling", "--engines", "--set", "run.replications=2", "--format", "table")
    assert found.code == 0, found.err
    assert "the same" in found.out and "same rows in 4 of 4 replications." in found.out


@pytest.mark.usefixtures("by_mesa")
def test_verify_shows_the_first_row_that_differs(monkeypatch: pytest.MonkeyPatch):
    run = OrganisationModel.run

    def late_the_second_time(self: OrganisationModel) -> History:
        history = run(self)
        if "told" in seen:
            history.stays["finished"][1] += 1.0
        seen.add("told")
        return history

    seen: set[str] = set()
    monkeypatch.setattr(OrganisationModel, "run", late_the_second_time)
    arguments = ("verify", "pooling", "--engines", "--models", "product", "--set", "run.replications=1")
    found = opsim(*arguments, "--format", "json")
    assert found.code == 4 and "THEY DIFFER in 1" in found.err
    [row] = json.loads(found.out)
    assert not row["same"] and row["difference"].startswith("stays, row 1:")


def test_verify_of_the_engines_needs_a_scenario_and_a_fast_one(monkeypatch: pytest.MonkeyPatch):
    assert "give a scenario with --engines" in opsim("verify", "--engines").err

    def none() -> None:
        raise cache.NotKeptError("not compiled yet")

    monkeypatch.setattr(cache, "compiled_entry", none)
    found = opsim("verify", "pooling", "--engines")
    assert found.code == 1 and "Try opsim engine --build" in found.err
    assert engines.MOST_REPLICATIONS == 3

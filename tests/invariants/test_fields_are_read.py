"""Every parameter is read in a run that uses it: one that nobody reads is a lever that moves nothing."""

import pytest
from worlds.everything import organisation, organisation_in_motion, specs_in

from sim.experiments.pay_back import pay_back
from sim.scenario.scenario import Scenario
from sim.scenario.spec import Spec, quantity
from sim.studies.run import compare

FOR_PEOPLE = {"name", "story", "question", "currency", "kind"}
"""Labels, and fields that say which spec it is."""


def unread(specs, read):
    return sorted(
        f"{spec.__name__}.{name}"
        for spec in specs
        for name in set(spec.model_fields) - FOR_PEOPLE
        if (spec, name) not in read
    )


@pytest.fixture
def read(monkeypatch):
    """Return what is read of any spec from now on, as (class, field)."""
    seen = set()

    def spy(self, name):
        if not name.startswith("_"):
            seen.update((kind, name) for kind in type(self).__mro__)  # a base's field is read in its kinds
        return object.__getattribute__(self, name)

    monkeypatch.setattr(Spec, "__getattribute__", spy, raising=False)
    return seen


def test_every_field_is_read_in_a_run(read, tmp_path):
    file = tmp_path / "items.csv"
    file.write_text("arrived,build_days\n" + "".join(f"{day},1\n" for day in range(9)), "utf-8")
    for arrivals in (
        {"kind": "poisson", "per_week": 4},
        {"kind": "regular", "per_week": 1},
        {"kind": "past_weeks", "counts": [3, 5], "season": [1, 2], "trend_per_year": 0.5},
        {"kind": "batches", "items": 2, "every_weeks": 2},
        {"kind": "backlog", "items": 9},
        {"kind": "trace", "file": str(file), "columns": {"arrived": "arrived"}},
    ):
        scenario = organisation(arrivals)
        if arrivals["kind"] == "poisson":
            read.clear()  # what is read while a scenario is checked is no use of it
        study = compare(scenario, keep_items=False)
        pay_back(study)
    compare(organisation_in_motion(), keep_items=False)
    assert not (dead := unread(specs_in(Scenario), read)), dead


def test_field_that_nobody_reads_is_named(read):
    class Planted(Spec):
        alive: float = quantity(1.0, "days", "Read.")
        dead: float = quantity(1.0, "days", "Not read.")

    assert Planted().alive == 1.0
    assert unread({Planted}, read) == ["Planted.dead"]

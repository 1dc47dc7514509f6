"""No name, and no order that has no meaning, changes a record; where a name addresses luck, luck is other."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from worlds.made_up import MADE_UP, trees
from worlds.miniatures import organisation

import sim
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.world.model import run_replication

FOLDER = Path(__file__).parents[2] / "scenarios"
SHIPPED = sorted(file.stem for file in FOLDER.glob("*.yaml") if file.stem != "permit_log")


class Renamed:
    """A scenario tree in which all names that address no luck are others, and keys stand in another order."""

    def __init__(self, tree):
        self.names = {}  # new: old
        self.tree = json.loads(json.dumps(tree))
        situation = self.tree["situation"]
        situation["people"] = self._mapping(situation["people"], "skill")
        situation["part_time"] = self._mapping(situation["part_time"], "skill")
        for change in situation["timeline"]:
            change["set"] = {self._new_people(path): value for path, value in change["set"].items()}
        if situation["money"] is not None:
            situation["money"]["by_skill"] = self._mapping(situation["money"]["by_skill"], "skill")
        for step in situation["demand"]["work"]:
            step["skill"] = self._new(step["skill"], "skill")
        for product in situation["products"]:
            self._rename_on_the_way(situation, product, "products", "product")
        for service in situation["demand"]["classes"]:
            self._rename_on_the_way(situation, service, "classes", "class")
        self._rename_delays(situation)
        self._rename_where_classes_are_named(situation["demand"])
        for model in self.tree["operating_models"].values():
            self._rename_in(model)
        first, *others = self.tree["operating_models"].items()
        renamed = [(f"model {key}", model) for key, model in (first, *reversed(others))]
        self.tree["operating_models"] = dict(renamed)

    def _new(self, name, kind):
        # Reversed, so that the alphabet sorts what is renamed otherwise; the kind keeps equal names apart.
        new = f"{name[::-1]} {kind}"
        self.names[new] = name
        return new

    def _new_people(self, path):
        skill = path.removeprefix("people.")
        return path if skill == path else f"people.{self._new(skill, 'skill')}"

    def _mapping(self, mapping, kind):
        return {self._new(name, kind): value for name, value in reversed(mapping.items())}

    def _rename_delays(self, situation):
        for delay in situation["demand"]["outside"]:
            self._rename_on_the_way(situation, delay, "outside", "delay")
            if delay["classes"] is not None:
                delay["classes"] = [self._new(name, "class") for name in delay["classes"]]

    def _rename_where_classes_are_named(self, demand):
        for step in demand["work"]:
            for end in step["ends"]:
                if end["classes"] is not None:
                    end["classes"] = [self._new(name, "class") for name in end["classes"]]
        together = demand["drawn_together"] or {"rows": []}
        for row in (*together["rows"], *demand["open_at_start"]["items"]):
            for field, kind in (("item_class", "class"), ("product", "product")):
                if row.get(field) is not None:
                    row[field] = self._new(row[field], kind)

    def _rename_on_the_way(self, situation, entry, where, kind):
        """Rename what may be on the way to a value that the timeline changes."""
        before = entry["name"]
        entry["name"] = self._new(before, kind)
        for change in situation["timeline"]:
            change["set"] = {
                path.replace(f"{where}.{before}.", f"{where}.{entry['name']}."): value
                for path, value in change["set"].items()
            }

    def _rename_in(self, model):
        structure = model["structure"]
        if structure["teams"]["kind"] == "listed":
            for team in structure["teams"]["teams"]:
                team["name"] = self._new(team["name"], "team")
                team["people"] = self._mapping(team["people"], "skill")
                if team["products"] is not None:
                    team["products"] = [self._new(name, "product") for name in team["products"]]
        if isinstance(structure["cross_skills"], dict):
            learnt = {
                skill: [self._new(other, "skill") for other in others]
                for skill, others in structure["cross_skills"].items()
            }
            structure["cross_skills"] = self._mapping(learnt, "skill")
        if model["discovery"] is not None:
            model["discovery"]["skill"] = self._new(model["discovery"]["skill"], "skill")

    def old(self, place):
        """Return what a place was called."""
        shared = " (shared)"
        if " to " in place:
            return " to ".join(self.old(part) for part in place.split(" to "))
        if place.endswith(shared):
            return self.old(place.removesuffix(shared)) + shared
        return self.names.get(place, place)


def records_of(scenario, model):
    history = run_replication(scenario, model, 0)
    tables = {"stays": history.stays, "ends": history.ends, "notes": history.notes}
    numbers = {
        f"{table}.{name}": column.tobytes()
        for table, found in tables.items()
        for name, column in found.items()
    }
    return numbers, history.places


def assert_only_names_differ(scenario):
    tree = scenario.model_dump(mode="json")
    renamed = Renamed(tree)
    other = Scenario.model_validate(renamed.tree)
    for key in scenario.models:
        before, places = records_of(scenario, key)
        # Workers get a scenario as text with sorted keys, so that is how it must simulate, too.
        after, other_places = records_of(Scenario.from_json(other.to_json()), f"model {key}")
        changed = [name for name in before if before[name] != after[name]]
        assert not changed, f"{scenario.name}, {key}: names or the order of keys changed {', '.join(changed)}"
        assert [(place.kind, place.capacity) for place in places] == [
            (place.kind, place.capacity) for place in other_places
        ]
        assert sorted(place.name for place in places) == sorted(
            renamed.old(place.name) for place in other_places
        )


@settings(MADE_UP, max_examples=25)
@given(tree=trees())
def test_names_and_order_of_keys_change_no_record_of_a_made_up_organisation(tree):
    assert_only_names_differ(Scenario.model_validate(tree))


@pytest.mark.slow
@settings(MADE_UP, max_examples=150)
@given(tree=trees())
def test_names_and_order_of_keys_change_no_record_of_many_made_up_organisations(tree):
    assert_only_names_differ(Scenario.model_validate(tree))


def test_names_change_no_record_where_the_world_changes_on_a_date():
    classes = [{"name": "standard", "share": 0.7}, {"name": "urgent", "share": 0.3, "priority": 5}]
    later = {
        "products.shop.share": 0.8,
        "products.stock.share": 0.2,
        "demand.classes.standard.share": 0.4,
        "demand.classes.urgent.share": 0.6,
        "demand.outside.customer.chance": 0.8,
        "people.dev": 6,
    }
    scenario = organisation(
        {"structure": {"teams": {"kind": "by_product"}}},
        people={"dev": 4},
        part_time={"dev": {"people_share": 0.5}},
        work={"build": "dev"},
        arrivals={"kind": "poisson", "per_week": 12},
        products=[{"name": "shop", "share": 0.5}, {"name": "stock", "share": 0.5}],
        classes=classes,
        outside=[{"name": "customer", "chance": 0.1, "days": 2, "classes": ["urgent"]}],
        timeline=[{"at_week": 5, "set": later}],
    )
    assert_only_names_differ(scenario)
    unchanged = scenario.with_changes({"situation.timeline": []})
    assert records_of(scenario, "m") != records_of(unchanged, "m"), "and the date does something"


EVERYDAY = ("claims_factory", "one_team", "regulated_bank")


@pytest.mark.parametrize(
    "name", [name if name in EVERYDAY else pytest.param(name, marks=pytest.mark.slow) for name in SHIPPED]
)
def test_names_and_order_of_keys_change_no_record_of_a_shipped_scenario(name):
    weeks = {"run.horizon_weeks": 40, "run.warm_up_weeks": 0, "run.tail_weeks": 0}
    assert_only_names_differ(sim.load(name).with_changes(weeks))


def test_name_of_a_file_changes_no_record(tmp_path):
    text = (
        "situation: {demand: {arrivals: {kind: trace, file: %s}, "
        "work: [{activity: build, skill: development, effort_days: {kind: exponential, mean: 2}}]}}\n"
        "operating_models: {m: {}}\nrun: {horizon_weeks: 10, warm_up_weeks: 0, tail_weeks: 0}\n"
    )
    found = []
    for file, rows in (("here.yaml", "rows.csv"), ("zz there.yaml", "1 other.csv")):
        (tmp_path / rows).write_text("arrived\n0\n1.5\n7\n", encoding="utf-8")
        (tmp_path / file).write_text(text % rows, encoding="utf-8")
        found.append(records_of(sim.load(tmp_path / file), "m"))
    assert found[0] == found[1]


# --- luck that has a name in its address -------------------------------------------------------------

LAYER = {
    "kind": "desk",
    "approvers": 3,
    "review_hours": {"kind": "exponential", "mean": 4},
    "revise_chance": 0.3,
}


def named(activity, layer):
    gate = {"before": "start", "layers": [LAYER | {"name": layer}]}
    return organisation(
        {"governance": {"gates": [gate]}, "handoffs": {"return_chance": 0.2}},
        people={"dev": 3, "testing": 2},
        work={
            activity: {"skill": "dev", "effort_days": {"kind": "exponential", "mean": 2}},
            "test": {"skill": "testing", "effort_days": {"kind": "exponential", "mean": 1}},
        },
        arrivals={"kind": "poisson", "per_week": 5},
        weeks=52,
    )


@pytest.mark.parametrize(
    ("activity", "layer"), [("construct", "head"), ("build", "board of heads")], ids=["activity", "layer"]
)
def test_name_that_addresses_luck_gives_other_luck_of_the_same_law(activity, layer):
    def lead_days(scenario, replication):
        history = run_replication(scenario, "m", replication)
        return np.nanmean(history.ends["ended"] - history.requests.arrived)

    one, other = named("build", "head"), named(activity, layer)
    lengths = np.array([[lead_days(one, r), lead_days(other, r)] for r in range(30)])
    difference = lengths[:, 1] - lengths[:, 0]
    assert np.all(difference != 0.0), "other luck"
    # 99.9 % of a t with 29 degrees of freedom
    assert abs(difference.mean()) < 3.66 * difference.std(ddof=1) / 30**0.5, "of the same law"


def test_every_purpose_with_a_name_in_it_has_luck_of_its_own():
    streams = Streams(seed=1, replication=0)
    drawn = [streams.uniforms(f"effort {name}", 64) for name in ("build", "test", "build ")]
    assert not any(np.any(a == b) for n, a in enumerate(drawn) for b in drawn[:n])

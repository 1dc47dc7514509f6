"""An organisation in words, its fields and schema: complete, honest about sources, and shown as it is."""

import json
import re
from functools import cache
from typing import Any, get_args

import pytest

from sim.findings.describe import as_markdown, as_text, describe
from sim.findings.fields import fields_as
from sim.findings.tables import markdown
from sim.scenario.fields import fields, parameters
from sim.scenario.files.load import load, scenario_cards, shipped
from sim.scenario.files.template import as_yaml, schema, template
from sim.scenario.files.yaml import parse_yaml, read_yaml_file
from sim.scenario.levers.lever import NOT_HERE, Lever
from sim.scenario.levers.table import LEVERS
from sim.scenario.policies.selection import Selection
from sim.scenario.scenario import Scenario, checked
from sim.studies.shipped_results import runnable

SHIPPED = sorted(runnable())
FILES = sorted([card.path for card in scenario_cards()], key=lambda path: path.name)


def small(**more: Any) -> Scenario:
    return checked({"operating_models": {"one": {}, "two": {}}, **more}, {}, "")


# --- parameters ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", SHIPPED)
def test_parameters_with_a_number_have_a_unit_and_a_source(key: str):
    bare = [
        found.path
        for found in parameters(load(key))
        if isinstance(found.value, int | float | dict) and not (found.source and found.unit)
    ]
    assert bare == ["run.seed"], "only the seed is a number without a unit"


@pytest.mark.parametrize("key", SHIPPED)
def test_parameters_have_the_paths_that_changes_use(key: str):
    scenario = load(key)
    same = scenario.with_changes({found.path: found.value for found in parameters(scenario)})
    assert same == scenario


def test_parameters_tell_what_is_not_the_default():
    scenario = small(run={"horizon_weeks": 100})
    found = {parameter.path: parameter for parameter in parameters(scenario)}
    assert (found["run.horizon_weeks"].value, found["run.horizon_weeks"].default) == (100.0, "156")
    assert not found["run.horizon_weeks"].is_default
    assert found["run.warm_up_weeks"].is_default


# --- fields --------------------------------------------------------------------------------------------


def test_fields_name_every_parameter_of_the_shipped_scenarios():
    known = {re.sub(r"[^.]+(?=\.|$)", lambda part: part[0], field.path) for field in fields()}
    patterns = [
        re.compile(re.sub("<name>", "[^.]+", re.escape(path).replace(r"\<name\>", "<name>")))
        for path in known
    ]
    for key in SHIPPED:
        for parameter in parameters(load(key)):
            assert any(pattern.fullmatch(parameter.path) for pattern in patterns), parameter.path


def test_fields_with_a_number_have_unit_range_meaning_and_source():
    for field in fields():
        if field.type in ("number", "whole number") and field.path != "run.seed":
            assert field.unit, field
            assert field.meaning, field
            assert field.source or field.path.startswith("<distribution>"), field
            assert field.range or field.path.endswith(("people.<name>", "weights")), field


def test_fields_differ_in_path_or_kind():
    places = [(field.path, field.applies_to) for field in fields()]
    assert len(set(places)) == len(places)


def test_fields_say_range_default_and_where_they_apply():
    text = fields_as("text")
    assert "operating_models.<name>.funding.every_weeks   (only funding: rounds)" in text
    assert "number, weeks, 0.1 to 5,200; default: 13" in text
    assert "one of by_skill, by_product, generalist, listed" in text
    assert json.loads(fields_as("json"))[0]["path"] == "name"
    assert fields_as("md").startswith("| field | only for |")


# --- words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", SHIPPED)
def test_describe_is_json_and_has_every_part(key: str):
    scenario = load(key)
    whole = json.loads(json.dumps(describe(scenario), allow_nan=False))
    assert list(whole["operating_models"]) == list(scenario.models)
    for model in whole["operating_models"].values():
        assert model["teams"] and model["sentences"]
        assert sum(sum(team["people"].values()) for team in model["teams"]) == sum(
            scenario.situation.people.values()
        )


def test_as_text_tells_teams_remainders_gates_money_and_release():
    board = {
        "name": "council",
        "kind": "board",
        "meets_every_weeks": 4,
        "paper_deadline_days": 5,
        "agenda": 12,
    }
    model = {
        "name": "Old",
        "structure": {"teams": {"kind": "by_product"}},
        "governance": {"gates": [{"before": "start", "layers": [board]}]},
        "funding": {"kind": "rounds", "every_weeks": 13, "acceptance": 0.6},
        "release": {"kind": "train", "every_weeks": 6, "freeze_days": 5},
    }
    situation = {"products": ["x", "y", "z"], "people": {"analysis": 2, "development": 4, "testing": 3}}
    text = as_text(small(situation=situation, operating_models={"old": model}))
    for part in (
        "3 products (x, y and z) and 9 people: 2 in analysis, 4 in development and 3 in testing.",
        "Before start, every request needs the yes of: council (meets every 4 weeks, papers 5 working days "
        "before, at most 12 papers a meeting).",
        "Money is given every 13 weeks, to 60 % of those waiting.",
        "Finished work goes live every 6 weeks; its scope is frozen 5 working days before.",
        "x (stream aligned, for x): 2 in development and 1 in testing",
        "Note: Only 2 people have skill analysis",
        "old.funding.every_weeks",
        "parameters.md: quarterly or annual",
    ):
        assert part in text, part
    assert re.search(r"offered load \d+ %\.", text), "a space before the per cent sign, as everywhere"


@pytest.mark.parametrize("key", SHIPPED)
def test_descriptions_are_sentences(key: str):
    scenario = load(key)
    whole = describe(scenario)
    skills = [step.activity for step in scenario.situation.demand.work]
    for sentence in [
        *whole["situation"],
        *(s for m in whole["operating_models"].values() for s in m["sentences"]),
    ]:
        assert sentence[0].isupper() or sentence[0].isdigit(), sentence
        assert sentence.endswith(".") and "None" not in sentence and "share 0-1" not in sentence, sentence
        words = re.sub("|".join(map(re.escape, skills)), "", sentence)
        assert not re.search(r"[a-z][_.][a-z]", words), sentence


IDLE_OTHERWISE = {
    "product.structure.teams": {"kind": "generalist"},
    "product.discovery": {"skill": "design"},
    "product.structure.when_absent": "passed_on",
    "product.structure.iteration_weeks": 2,
    "situation.absence": [{"name": "leave"}],
    "situation.turnover": {"leaving_per_year": 0.1},
    "product.governance.decisions.never_answered_chance": 0.2,
}
"""What must be set before some levers have something to move in the retailer."""


@cache
def retailer(*, is_changed: bool) -> tuple[Scenario, dict[str, Any]]:
    """Return the retailer, with what lets every lever act or without, and its description."""
    scenario = load("digital_retailer")
    scenario = scenario.with_changes(IDLE_OTHERWISE) if is_changed else scenario
    return scenario, describe(scenario)


@pytest.mark.parametrize("lever", LEVERS.values(), ids=list(LEVERS))
def test_a_lever_that_is_moved_is_told(lever: Lever):
    """What a setting does not say of an organisation, nobody would know of it."""
    scenario, before = retailer(is_changed=False)
    model = "industrial" if lever.belongs_to == "model" else ""
    if model and (lever.get(scenario, model) == NOT_HERE or lever.why_idle(scenario, model)):
        model = "product"
    if lever.get(scenario, model) == NOT_HERE or lever.why_idle(scenario, model):
        scenario, before = retailer(is_changed=True)
    own = lever.get(scenario, model)
    other = next(value for value in lever.values(own) if value != own)
    after = describe(scenario.with_changes(lever.changes(scenario, model, other)))
    parts = ("situation", "operating_models", "run")
    assert [before[part] for part in parts] != [after[part] for part in parts]


@pytest.mark.parametrize("rule", get_args(Selection))
def test_every_rule_of_selection_has_words(rule: str):
    changed = small(operating_models={"m": {"structure": {"selection": rule}}})
    assert "within class priority" in as_text(changed)


PAYLOADS = [
    "<script>alert(1)</script>",
    "![x](http://x/y.png)",
    r"$\frac{1}{2}$",
    "{{7*7}}",
    "%s",
    "a|b",
    "`a`",
    "_a_",
]


@pytest.mark.parametrize("name", PAYLOADS)
def test_descriptions_show_names_as_they_are(name: str):
    scenario = small(name=name, situation={"products": [name]})
    assert name in as_text(scenario)
    assert markdown(name) in as_markdown(scenario)
    shown = re.sub(r"\\([\\`*_\[\]<>|$&~{}#])", "", as_markdown(scenario))
    assert not re.search(r"<script|!\[|\$|\{\{|`", shown), "nothing of it is markup"
    assert json.loads(json.dumps(describe(scenario)))["name"] == name


# --- YAML ----------------------------------------------------------------------------------------------

TEXTS = [
    *PAYLOADS, "yes", "NO", "null", "~", "", " a ", "12:30", "010", "1e3", ".inf", "a: b", "a #b", "- a",
    "[a]", "'", '"', "a\\b", "line\nnext", "tab\there", "é ü 漢字 🙂", "=1+1", "&a", "*a", "!a", "%a", "@a",
    "-", "?", "funding.every_weeks",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_as_yaml_of_any_text_is_read_back_the_same(text: str):
    tree = {
        "key": text,
        "list": [text, {"inner": text, "more": [{"deep": text}]}],
        "map": {text or "k": [text]},
    }
    assert parse_yaml(as_yaml(tree).encode(), "x.yaml").data == tree


@pytest.mark.parametrize(
    "value", [0, -1, 1.5, 1e-9, 1e22, 123456789.123, True, False, None, [], {}, [[1], []]]
)
def test_as_yaml_of_plain_values_is_read_back_the_same(value: Any):
    tree = {"key": value, "list": [value], "map": {"inner": value, "long": "x" * 100}}
    found = parse_yaml(as_yaml(tree).encode(), "x.yaml").data
    assert found == tree
    assert type(found["key"]) is type(value)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_template_of_a_preset_loads_as_the_preset_with_another_name(path, tmp_path):
    text = template(dict(read_yaml_file(path).data), "Mine", "mine.yaml")
    assert text.splitlines()[0] == "# yaml-language-server: $schema=./opsim.schema.json"
    file = tmp_path / "mine.yaml"
    file.write_text(text, "utf-8")
    if path.stem in SHIPPED:
        assert load(file) == load(path, {"name": "Mine"})


def test_template_without_a_preset_has_every_default_with_its_meaning(tmp_path):
    text = template({}, "Mine", "mine.yaml")
    file = tmp_path / "mine.yaml"
    file.write_text(text, "utf-8")
    scenario = load(file)
    assert scenario.situation == small().situation
    assert "warm_up_weeks: 80  # Weeks at the beginning that are not measured. (weeks, 0 to 5,200)" in text
    assert "(share, 0 to 1)" in text and "0-1" not in text
    uncommented = re.sub(r"^( *)# (\w+: null)", r"\1\2", text, flags=re.MULTILINE)
    assert uncommented != text
    file.write_text(uncommented, "utf-8")
    assert load(file) == scenario


# --- schema --------------------------------------------------------------------------------------------


def complaints(node: Any, rule: dict[str, Any], root: dict[str, Any], at: str = "") -> list[str]:
    """Validate against the parts of JSON Schema that ours uses; unknown parts fail loudly."""
    known = {
        *("$ref", "$defs", "$schema", "title", "description", "default", "type", "properties", "required"),
        *(
            "additionalProperties",
            "items",
            "anyOf",
            "enum",
            "const",
            "minimum",
            "maximum",
            "exclusiveMinimum",
        ),
        *(
            "exclusiveMaximum",
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "minProperties",
            "maxProperties",
        ),
        *("propertyNames", "unit", "source", "typical", "plausible"),
    }
    assert set(rule) <= known, f"the test does not know {set(rule) - known}"
    if "$ref" in rule:
        return complaints(node, root["$defs"][rule["$ref"].rpartition("/")[2]], root, at)
    if "anyOf" in rule:
        tried = [complaints(node, option, root, at) for option in rule["anyOf"]]
        return [] if [] in tried else [f"{at}: none of {len(tried)} fits: {tried}"]
    types = {
        "object": dict, "array": list, "string": str, "number": int | float, "integer": int,
        "null": type(None), "boolean": bool,
    }  # fmt: skip
    if "type" in rule and (
        not isinstance(node, types[rule["type"]]) or isinstance(node, bool) != (rule["type"] == "boolean")
    ):
        return [f"{at}: {node!r} is no {rule['type']}"]
    found = []
    if node != rule.get("const", node) or node not in rule.get("enum", [node]):
        found.append(f"{at}: {node!r} is not allowed")
    if isinstance(node, int | float):
        low, high = rule.get("minimum", node), rule.get("maximum", node)
        is_inside = low <= node <= high and node > rule.get("exclusiveMinimum", node - 1)
        found += [] if is_inside else [f"{at}: {node} is outside"]
    if isinstance(node, dict):
        found += [f"{at}: {key} is missing" for key in rule.get("required", ()) if key not in node]
        for key, inner in node.items():
            allowed = rule.get("properties", {}).get(key, rule.get("additionalProperties", {}))
            if allowed is False:
                found.append(f"{at}: {key} is not known")
            elif isinstance(allowed, dict):
                found += complaints(inner, allowed, root, f"{at}.{key}")
    if isinstance(node, list):
        for position, inner in enumerate(node):
            found += complaints(inner, rule.get("items", {}), root, f"{at}[{position}]")
    return found


def wrong_with(tree: Any) -> list[str]:
    root = schema()
    return complaints(tree, {key: value for key, value in root.items() if key != "$defs"}, root)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_schema_accepts_every_shipped_scenario(path):
    assert wrong_with(read_yaml_file(path).data) == []


@pytest.mark.parametrize(
    "path", sorted(shipped("scenarios/operating_models").glob("*.yaml")), ids=lambda p: p.stem
)
def test_schema_accepts_every_shipped_operating_model(path):
    assert wrong_with({"operating_models": {"one": read_yaml_file(path).data}}) == []


@pytest.mark.parametrize("key", SHIPPED)
def test_schema_accepts_a_scenario_with_everything_filled_in(key: str):
    assert wrong_with(load(key).model_dump(mode="json")) == []


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"extends": "digital_retailer", "run": {"seed": 2}},
        {"operating_models": {"a": {"use": "industrial", "override": {"funding.every_weeks": 4}}}},
        {"operating_models": {"a": {"use": "industrial", "funding": {"every_weeks": 4}}}},
        {"situation": {"products": ["a", {"name": "b"}]}},
        {"situation": {"need": {"value_per_week": 3}}},
        {"situation": {"demand": {"arrivals": {"per_week": 3}}}},
        {"operating_models": {"a": {"governance": {"gates": [{"before": "start", "layers": ["head"]}]}}}},
    ],
)
def test_schema_accepts_what_the_loader_fills_in(tree):
    assert wrong_with(tree) == []


@pytest.mark.parametrize(
    "tree",
    [
        {"nmae": "x"},
        {"run": {"seed": "one"}},
        {"run": {"replications": 0}},
        {"situation": {"demand": {"arrivals": {"kind": "poison"}}}},
        {"situation": {"need": {"value_per_week": "much"}}},
        {"operating_models": {"a": {"funding": {"kind": "rounds", "every": 4}}}},
        {"operating_models": {"a": {"governance": {"gates": [{"layers": ["head"]}]}}}},
    ],
)
def test_schema_refuses_what_the_loader_refuses(tree):
    assert wrong_with(tree) != []


def test_optional_class_is_described():
    classes = [{"name": "must", "share": 0.6}, {"name": "may", "share": 0.4, "optional": True}]
    text = as_text(small(situation={"demand": {"classes": classes}}, operating_models={"m": {}}))
    assert "must (60 %, priority 0) and may (40 %, priority 0, optional)" in text
    assert "Optional requests are an opportunity backlog: worked on only while nothing else waits" in text


def test_schema_describes_fields_with_unit_and_source():
    horizon = schema()["$defs"]["RunSettings"]["properties"]["horizon_weeks"]
    assert (horizon["unit"], horizon["source"]) == ("weeks", "assumption")

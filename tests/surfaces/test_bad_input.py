"""What strangers may give the command line: numbered as in the list of hostile inputs (rows 1-28, 38-41).

Every row goes through the entry of the console script. A refusal is one clear sentence with the right exit
code: no traceback, no value longer than it may be shown, nothing on stdout, no file left behind.
"""

import json
import re
import subprocess
import sys
import zipfile
from functools import cache
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from worlds.commands import Ended, opsim, started
from worlds.shops import SHOP

from sim.errors import ScenarioError
from sim.scenario.fields import parameters
from sim.scenario.files.load import load, shipped
from sim.scenario.files.template import as_yaml

FEW = ("--replications", "2", "--workers", "1")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def checked(content: str | bytes) -> Ended:
    """Write a scenario file and check it."""
    Path("given.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    return opsim("check", "given.yaml")


def given(**changes: Any) -> Ended:
    """Check the corner shop with some settings changed."""
    settings = [text for path, value in changes.items() for text in ("--set", f"{path}={value}")]
    Path("given.yaml").write_text(SHOP, "utf-8")
    return opsim("describe", "given.yaml", *settings)


def refused(found: Ended, *parts: str, code: int = 3, lines: int = 3) -> None:
    """Hold what every refusal has in common, and that it says certain things."""
    assert found.code == code, found
    assert found.out == "", "nothing on stdout"
    assert "Traceback" not in found.err
    said = found.err.splitlines()
    assert 1 <= len(said) <= lines, found.err
    assert max(map(len, said)) < 420, "found values are cut"
    assert said[0].startswith("error: ")
    for part in parts:
        assert part in found.err, found.err
    assert {path.name for path in Path().iterdir()} <= {"given.yaml"}, "no file is left behind"


# --- rows 1 to 9: files that are no plain text of fields -------------------------------------------------


def test_row_1_alias_bomb_is_refused_before_expansion():
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{f'*{chr(97 + n)},' * 9}]\n" for n in range(7)
    )
    refused(checked(bomb), "aliases are not allowed here", lines=22)


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: &a {b: *a}", "&a a: *a"])
def test_row_2_self_reference_is_refused(text: str):
    refused(checked(text), "aliases are not allowed here")


def test_row_3_merge_key_bomb_is_refused():
    text = "base: &b {" + ", ".join(f"k{n}: 1" for n in range(3000)) + "}\n"
    refused(checked(text + "".join(f"m{n}: {{<<: *b}}\n" for n in range(300))), "not allowed here", lines=22)


def test_row_4_deep_nesting_is_refused():
    refused(checked("a: " + "[" * 5000 + "]" * 5000), "nested deeper than 20 levels")


def test_row_5_tags_are_refused_and_nothing_is_executed():
    found = checked('name: !!python/object/apply:os.system ["touch owned"]')
    refused(found, "tags are not allowed here")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"name: " + b"x" * 3_000_000, "at most 1,000,000 (1 MB) are read"),
        (b" " * 2_000_000, "at most 1,000,000 (1 MB) are read"),
        (b"", "no scenario found; the shortest one has two lines"),
        (b"# only\n# comments\n", "no scenario found"),
        (b"just text", "must hold fields"),
        (b"[1, 2]", "must hold fields"),
    ],
)
def test_row_6_wrong_content_is_named(content: bytes, part: str):
    refused(checked(content), part)


def test_row_6_zip_archive_is_named():
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.yaml", "name: a")
    refused(checked(archive.getvalue()), "is a zip archive")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("name: Käse".encode("latin-1"), "byte 8 is not UTF-8 text"),
        ("name: a".encode("utf-16"), "UTF-16"),
        (b"name: a\x00b", "hidden character U+0000"),
        ("name: bank\u202elmay.".encode(), "hidden character U+202E"),
        (b'name: "a\\u202eb"', "hidden character U+202E"),
    ],
)
def test_row_7_other_encodings_and_hidden_characters_are_refused(content: bytes, part: str):
    refused(checked(content), part)


def test_row_7_byte_order_mark_is_accepted():
    assert checked(b"\xef\xbb\xbf" + SHOP.encode()).code == 0


def test_row_8_duplicate_key_is_refused_with_both_lines():
    refused(
        checked("name: a\nstory: b\nname: c\n"), "given.yaml, line 3: name is given twice (lines 1 and 3)"
    )


@pytest.mark.parametrize(
    ("wrong", "right", "path"),
    [
        ("peple: {service", "people", "situation.peple"),
        ("arivals: {kind", "arrivals", "situation.demand.arivals"),
        ("horizon_week: 40", "horizon_weeks", "run.horizon_week"),
    ],
)
def test_row_9_misspelt_key_is_refused_with_the_nearest_name(wrong: str, right: str, path: str):
    key, _, rest = wrong.partition(":")
    found = checked(SHOP.replace(f"{right}:{rest}", f"{key}:{rest}"))
    refused(found, f"{path} is not a known field", f'Did you mean "{right}"?', lines=4)


def test_row_9_misspelt_kind_model_and_setting_are_refused_with_the_nearest_name():
    refused(given(**{"train.release.kind": "trian"}), 'kind is "trian"', 'Did you mean "train"?')
    refused(given(**{"train.release.every_week": 3}), 'Did you mean "every_weeks"?')
    refused(given(**{"situation.demand.work.servve.skill": "a"}), 'Did you mean "serve"?')
    refused(
        given(**{"release.every_weeks": 3}),
        "command line: release.every_weeks is a setting of an operating model: "
        "write train.release.every_weeks",
    )
    refused(opsim("compare", "given.yaml", "--models", "trian"), 'Did you mean "train"?')
    refused(opsim("compare", "digital_retailr"), 'Did you mean "digital_retailer"?')


OVERRIDING = """name: Insurer
situation: {}
operating_models:
  industrial:
    use: industrial
    override:
      release.every_week: 6
      governance.gates:
        - before: start
          layers:
            - {name: business case board, kind: bord}
"""


def test_row_9_mistake_in_an_override_is_placed_where_it_was_written():
    found = checked(OVERRIDING)
    refused(
        found,
        "given.yaml, line 7: operating_models.industrial.release.every_week is not a known field",
        "given.yaml, line 11: operating_models.industrial.governance.gates.start.layers.business_case_board "
        'kind is "bord"',
        lines=4,
    )
    assert "industrial.yaml" not in found.err, "the preset holds none of the two"


def test_row_9_layer_that_an_override_took_away_is_missed_where_it_is_named():
    found = checked(OVERRIDING.replace("bord", "board").replace("every_week:", "every_weeks:"))
    preset = (shipped("scenarios") / "operating_models" / "industrial.yaml").read_text("utf-8").splitlines()
    line = next(number for number, text in enumerate(preset, start=1) if "escalation: [" in text)
    refused(
        found,
        f"industrial.yaml, line {line}: operating_models.industrial.governance.decisions.escalation "
        "names layer 'department head', which no gate describes; described are: business case board. "
        "Describe it in a gate, or name another layer here",
    )


# --- rows 10 to 14: numbers -------------------------------------------------------------------------------


def numeric_paths() -> list[str]:
    """Return the path of every number of a shipped scenario that has every mechanism."""
    scenario = load("digital_retailer")
    numbers = [
        found.path
        for found in parameters(scenario)
        if isinstance(found.value, int | float) and not isinstance(found.value, bool)
    ]
    spreads = [f"{found.path}.mean" for found in parameters(scenario) if isinstance(found.value, dict)]
    return numbers + spreads


@pytest.mark.parametrize("value", [".nan", ".inf", "-.inf", "1e400"])
def test_row_10_numbers_that_are_not_finite_are_refused(value: str):
    refused(
        opsim("compare", "digital_retailer", "--set", f"run.horizon_weeks={value}"), "must be a finite number"
    )
    refused(checked(SHOP.replace("per_week: 10", f"per_week: {value}")), "must be a finite number")


the_shop = cache(lambda: load("digital_retailer"))  # read once: there are some hundred fields to try
NOT_A_NUMBER = (float("inf"), float("-inf"), "NaN", True, "3")


@pytest.mark.parametrize(("number", "path"), [*enumerate(numeric_paths())])
def test_row_10_no_field_takes_a_number_that_is_not_finite(number: int, path: str):
    for value in (float("nan"), NOT_A_NUMBER[number % len(NOT_A_NUMBER)]):  # all of them would take a minute
        with pytest.raises(ScenarioError, match=re.escape(path.rpartition(".")[2])):
            the_shop().with_changes({path: value})


@pytest.mark.parametrize(
    ("path", "value", "allowed"),
    [
        ("situation.people.service", -1, "0 or more people"),
        ("situation.people.service", 0, "which nobody has"),
        ("situation.people.service", 1.5, "must be a whole number"),
        ("situation.demand.arrivals.per_week", 0, "must be 0.001 or more"),
        ("situation.demand.arrivals.per_week", -2, "must be 0.001 or more"),
        ("situation.demand.work.serve.effort_days.mean", 0, "must be above 0"),
        ("situation.demand.work.serve.effort_days", -1, "must be 0 or more"),
        ("train.release.every_weeks", 0, "must be 0.1 or more"),
        ("train.release.every_weeks", -4, "must be 0.1 or more"),
        ("situation.need.half_life_weeks", 0, "must be 0.1 or more"),
        ("train.handoffs.batch", 0, "must be 1 or more"),
        ("train.structure.wip_limit_items", 0, "must be 1 or more"),
    ],
)
def test_row_11_negative_and_zero_are_refused_with_the_range(path: str, value: float, allowed: str):
    refused(given(**{path: value}), path.rpartition(".")[2], allowed)


def test_row_11_zero_is_accepted_where_it_has_a_meaning():
    assert (
        given(**{"train.handoffs.delay_days": 0, "run.warm_up_weeks": 0, "train.release.freeze_days": 0}).code
        == 0
    )


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("1.0000001", "must be 1 or less (found 1.0000001)"),
        ("-0.1", "must be 0 or more (found -0.1)"),
        ("30%", "write 0.3"),
        ('"0,3"', "write 0.3"),
    ],
)
def test_row_12_shares_outside_0_to_1_are_refused(value: str, part: str):
    refused(given(**{"train.structure.cross_skilled_share": value}), "cross_skilled_share", part)


def test_row_12_shares_that_do_not_add_up_are_refused():
    classes = "classes: [{name: a, share: 0.6}, {name: b, share: 0.6}]"
    found = checked(SHOP.replace("    work:", f"    {classes}\n    work:"))
    refused(found, "the shares of the classes add up to 1.2; they must add up to 1")
    tenths = ", ".join(f"{{name: c{n}, share: 0.1}}" for n in range(10))
    assert checked(SHOP.replace("    work:", f"    classes: [{tenths}]\n    work:")).code == 0


@pytest.mark.parametrize(
    "value", ["much", '"10"', "NO", "12:30", "1__0", "[1]", "{a: 1}", "true", "null", "0b1"]
)
def test_row_13_what_is_no_number_is_refused(value: str):
    refused(given(**{"run.horizon_weeks": value}), "run.horizon_weeks", "must be a number")


@pytest.mark.parametrize(
    ("value", "number"), [("052", 52), ("1_04", 104), ("1e2", 100), ("0x40", 64), ("52.", 52)]
)
def test_row_13_numbers_mean_what_the_manual_says(value: str, number: float):
    found = opsim("describe", "digital_retailer", "--format", "json", "--set", f"run.horizon_weeks={value}",
                  "--set", "run.warm_up_weeks=5", "--set", "run.tail_weeks=5")  # fmt: skip
    assert {"path": "run.horizon_weeks", "value": number}.items() <= next(
        parameter.items()
        for parameter in json.loads(found.out)["parameters"]
        if parameter["path"] == "run.horizon_weeks"
    )


def test_row_13_text_is_not_turned_into_something_else():
    assert given(name="NO").out.startswith("NO\n")
    assert given(name="12:30").out.startswith("12:30\n")


@pytest.mark.parametrize(
    ("path", "value", "part"),
    [
        ("run.seed", "9" * 5000, "must have at most 18 digits"),
        ("situation.people.service", "1" + "0" * 9, "at most 100,000 can be simulated"),
        ("situation.demand.arrivals", "{kind: backlog, items: 10000000}", "must be 2,000,000 or less"),
        ("train.handoffs.batch", "10000000", "must be 10,000 or less"),
    ],
)
def test_row_14_very_large_numbers_are_refused(path: str, value: str, part: str):
    refused(given(**{path: value}), part)


def test_row_14_very_many_entries_are_refused_before_a_list_is_built():
    many = "products: [" + ", ".join(f"p{n}" for n in range(30_000)) + "]"
    refused(
        checked(SHOP.replace("  people:", f"  {many}\n  people:")), "has more than 20,000 keys and values"
    )
    some = "products: [" + ", ".join(f"p{n}" for n in range(6000)) + "]"
    refused(checked(SHOP.replace("  people:", f"  {some}\n  people:")), "has more than 5,000 entries")


# --- rows 15 to 24: organisations and runs that cannot be ---------------------------------------------------


def test_row_15_work_that_never_ends_is_refused():
    refused(given(**{"train.handoffs.return_chance": 1.0}), "return_chance must be 0.95 or less")
    gate = "{gates: [{before: start, layers: [{name: head, kind: desk, revise_chance: 1.0}]}]}"
    refused(given(**{"train.governance": gate}), "revise_chance must be 0.95 or less")


def test_row_16_circles_are_refused_and_shown():
    Path("a.yaml").write_text("extends: b", "utf-8")
    Path("b.yaml").write_text("extends: a", "utf-8")
    found = opsim("check", "a.yaml")
    assert found.code == 3
    assert "goes round in a circle: a -> b -> a" in found.err
    Path("c.yaml").write_text("operating_models: {m: {use: c}}\nuse: c", "utf-8")
    found = opsim("check", "c.yaml")
    assert found.code == 3
    assert "goes round in a circle: c -> c" in found.err


@pytest.mark.parametrize(
    ("path", "value", "part"),
    [
        ("situation.demand.work.serve.skill", "servise", "which nobody has"),
        (
            "train.structure.teams",
            "{kind: listed, teams: [{name: t, people: {servise: 1}}]}",
            'Did you mean "service"?',
        ),
        (
            "train.structure.teams",
            "{kind: listed, teams: [{name: t, products: [x], people: {service: 1}}]}",
            "names a product that does not exist",
        ),
        (
            "train.structure.teams",
            "{kind: listed, teams: [{name: t, people: {service: 9}}]}",
            "has 3; the same people",
        ),
        ("train.governance", "{gates: [{before: start, layers: [nobody]}]}", "which no gate describes"),
        (
            "train.governance",
            "{gates: [{before: stat, layers: [{kind: desk, name: x}]}]}",
            'Did you mean "start"?',
        ),
    ],
)
def test_row_16_what_does_not_exist_is_refused(path: str, value: str, part: str):
    refused(given(**{path: value}), part)


def test_row_17_overload_runs_with_a_warning_and_without_averages(folder: Path):
    Path("given.yaml").write_text(SHOP.replace("per_week: 10", "per_week: 20"), "utf-8")
    found = opsim("compare", "given.yaml", "--format", "json", *FEW)
    assert found.code == 0
    assert "Too full: team service (load 1.33)." in found.err
    assert "warning: With a train: about 5 a week more arrive than are finished" in found.err
    lead = json.loads(found.out)["measures"]["lead_time_p85"]["models"]["train"]
    assert (lead["estimate"], lead["note"]) == (None, "growing")


def test_row_18_boards_that_cannot_cope_are_warned_about_or_refused():
    gate = "{{gates: [{{before: start, layers: [{{name: council, kind: board, {0}}}]}}]}}"
    Path("given.yaml").write_text(SHOP, "utf-8")
    few = gate.format("agenda: 5, meets_every_weeks: 2")
    found = opsim("compare", "given.yaml", "--set", f"train.governance={few}", *FEW)
    assert found.code == 0
    assert "board council (load 4.00)" in found.err
    never = gate.format("meets_every_weeks: 50")
    found = opsim("compare", "given.yaml", "--set", f"train.governance={never}", *FEW)
    assert found.code == 0
    assert "no meeting of council falls into the run" in found.err
    refused(given(**{"train.governance": gate.format("agenda: 0")}), "agenda must be 1 or more (found 0)")


def test_row_19_everything_at_the_same_instant_works_and_repeats():
    tree = {
        "situation": {
            "people": {"a": 2, "b": 2},
            "demand": {
                "arrivals": {"kind": "batches", "items": 6, "every_weeks": 1},
                "work": [
                    {"activity": "x", "skill": "a", "effort_days": 1},
                    {"activity": "y", "skill": "b", "effort_days": 1},
                ],
            },
        },
        "operating_models": {
            "m": {
                "handoffs": {"delay_days": 1},
                "structure": {"iteration_weeks": 1},
                "funding": {"kind": "rounds", "every_weeks": 1},
                "release": {"kind": "train", "every_weeks": 1},
                "governance": {
                    "gates": [
                        {
                            "before": "start",
                            "layers": [{"name": "c", "kind": "board", "meets_every_weeks": 1}],
                        }
                    ]
                },
            }
        },
        "run": {"horizon_weeks": 30, "warm_up_weeks": 2, "tail_weeks": 2, "replications": 2},
    }
    Path("given.yaml").write_text(as_yaml(tree), "utf-8")
    first, again = (opsim("run", "given.yaml", "-q") for _ in range(2))
    assert first.code == 0
    assert first.out == again.out


@pytest.mark.parametrize(
    ("path", "value", "part"),
    [
        ("train.release.every_weeks", "1e-9", "must be 0.1 or more"),
        ("run.horizon_weeks", "1e9", "must be 5,200 or less"),
        ("situation.demand.arrivals", "{kind: batches, every_weeks: 1e-9}", "must be 0.1 or more"),
        ("situation.demand.arrivals.per_week", "100000", "items in 40 weeks; at most 2,000,000"),
    ],
)
def test_row_20_endless_work_is_refused_by_limit_or_estimate(path: str, value: str, part: str):
    refused(given(**{path: value}), part)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"run.horizon_weeks": 0}, "must be 0.1 or more"),
        ({"run.warm_up_weeks": 40}, "leave 0 of 40 weeks to measure"),
        ({"run.warm_up_weeks": 20, "run.tail_weeks": 20}, "shorten them or lengthen the horizon"),
        ({"run.replications": 0}, "must be 1 or more (found 0)"),
    ],
)
def test_row_21_nothing_to_measure_is_refused(changes: dict[str, Any], part: str):
    refused(given(**changes), part)


def test_row_21_one_replication_gives_results_without_intervals():
    Path("given.yaml").write_text(SHOP, "utf-8")
    found = opsim("compare", "given.yaml", "--replications", "1", "--format", "table", "-q")
    assert found.code == 0
    assert "single run: no interval" in found.out
    assert "±" not in found.out and "nan" not in found.out


def test_row_22_years_of_computing_are_refused_with_the_estimate():
    refused(given(**{"run.replications": 10_000_000}), "must be 100,000 or less")
    changes = {"run.replications": 100_000, "situation.demand.arrivals.per_week": 40_000}
    refused(given(**changes), "would take about 1,481 hours of computing", "Lower run.replications")


@pytest.mark.parametrize(
    ("seed", "part"),
    [
        ("-1", "must be 0 or more (found -1)"),
        ("luck", 'must be a whole number (found "luck")'),
        (str(2**200), "must have at most 18 digits"),
        ("1.5", "must be a whole number"),
    ],
)
def test_row_23_seeds_that_are_no_whole_number_are_refused(seed: str, part: str):
    Path("given.yaml").write_text(SHOP, "utf-8")
    refused(opsim("compare", "given.yaml", "--seed", seed), part)


@pytest.mark.parametrize("seed", ["0", "999999999999999999", None])
def test_row_23_a_seed_is_shown_and_stored(seed: str | None, folder: Path):
    Path("given.yaml").write_text(SHOP, "utf-8")
    chosen = [] if seed is None else ["--seed", seed]
    assert opsim("run", "given.yaml", "--out", "there", "-q", *FEW, *chosen).code == 0
    assert json.loads(Path("there/provenance.json").read_text("utf-8"))["seed"] == int(seed or 1)
    assert load("there/scenario.yaml").run.seed == int(seed or 1)


def test_row_24_heavy_tails_without_a_mean_cannot_be_said():
    refused(
        given(**{"situation.demand.work.serve.effort_days": "{kind: pareto, shape: 0.9}"}),
        'kind is "pareto"',
        "expected",
    )
    refused(
        given(**{"situation.demand.work.serve.effort_days": "{kind: lognormal, mean: 1, cv: 1000}"}),
        "cv must be 20 or less",
    )


# --- rows 25 to 28: names and places ------------------------------------------------------------------------

MARKUP = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "![a](http://example.org/a.png)",
    r"$\frac{1}{2}$", "{{7*7}}", "%s %d", "it's \"quoted\"", "🙂 bank", "[bold]x[/bold]",
]  # fmt: skip
FORMULAS = ['=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(1)", "'=1"]


@pytest.mark.parametrize("name", [*MARKUP, *FORMULAS])
def test_row_25_names_are_shown_as_they_are(name: str):
    quoted = json.dumps(name, ensure_ascii=False)
    text = SHOP.replace("name: On demand", f"name: {quoted}").replace("Corner shop", quoted)
    Path("given.yaml").write_text(text, "utf-8")
    found = opsim("compare", "given.yaml", "--format", "table", *FEW)
    assert found.code == 0, found.err
    assert name[:23] in found.out
    assert opsim("describe", "given.yaml").out.startswith(f"{name}\n")
    whole = json.loads(opsim("describe", "given.yaml", "--format", "json").out)
    assert whole["name"] == name
    assert json.loads(opsim("compare", "given.yaml", "--format", "json", "-q", *FEW).out)["scenario"] == name
    assert opsim("describe", "given.yaml", "--format", "md").code == 0


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("two\nlines", "has control or invisible characters"),
        ("x" * 10_000, "is longer than 80 characters"),
        ("", "is empty"),
        ("  ", "is empty"),
    ],
)
def test_row_25_names_that_are_no_names_are_refused(name: str, part: str):
    refused(checked(SHOP.replace("Corner shop", json.dumps(name))), "name", part)


def test_row_25_name_in_a_path_is_cut():
    products = f"situation: {{products: [{{name: {'x' * 10_000}}}]}}\n"
    refused(checked(products), "situation.products.xxx", "is longer than 80 characters")


@pytest.mark.parametrize("value", ["x" * 10_000, "\x1b[31m", "\u202eabc"])
def test_row_25_found_values_are_cut_and_harmless(value: str):
    for found in (
        opsim("compare", value), opsim("compare", "digital_retailer", "--models", value),
        opsim("compare", "digital_retailer", "--set", f"{value}=1"),
        opsim("compare", "digital_retailer", "--seed", value),
    ):  # fmt: skip
        assert found.code == 3
        assert len(found.err) < 600
        assert "\x1b" not in found.err and "\u202e" not in found.err


@pytest.mark.parametrize("name", FORMULAS)
def test_row_26_names_never_become_formulas_in_a_spreadsheet(name: str):
    models = {name: {"name": name}, "b": {"name": "b"}}
    tree = {"name": name, "operating_models": models, "run": {"horizon_weeks": 60, "replications": 2}}
    Path("given.yaml").write_text(as_yaml(tree), "utf-8")
    found = opsim("run", "given.yaml", "--out", "there", "-q")
    assert found.code == 0, found.err
    for text in (Path("there/summary.csv").read_text("utf-8"), opsim("compare", "given.yaml", "-q").out):
        table = pd.read_csv(StringIO(text), dtype=str)
        for cell in (*table.columns, *table["measure"], *table["unit"]):
            assert not str(cell).startswith(("=", "+", "-", "@", "\t", "\r")), cell
        assert table.columns[2].removeprefix("'") == name, "taking the apostrophe away gives the name back"
    assert pd.read_parquet("there/runs.parquet")["model"][0] == name
    assert load("there/scenario.yaml").name == name


@pytest.mark.parametrize("name", ["../../x", r"C:\x", r"\\host\share", "CON", "a/b", "x" * 300, "x."])
def test_row_27_names_of_files_stay_inside_the_folder(name: str, folder: Path):
    found = opsim("new", name)
    if len(name) <= 80:
        assert found.code == 0, found.err
        [file] = folder.glob("*.yaml")
        assert file.resolve().parent == folder.resolve()
        assert re.fullmatch(r"[a-z0-9_]+\.yaml", file.name)
        assert load(file).name == name
        assert file.stem not in ("con", "")
    else:
        refused(found, "longer than 80 characters")


@pytest.mark.parametrize("name", [".", "...", "🙂"])
def test_row_27_names_without_a_letter_are_refused(name: str):
    refused(opsim("new", name), "has no letter or digit")


def test_row_27_two_names_that_are_equal_after_cleaning_are_kept_apart(folder: Path):
    assert opsim("new", "My bank").code == 0
    before = Path("my_bank.yaml").read_text("utf-8")
    found = opsim("new", "my-BANK")
    assert found.code == 5
    assert "exists already" in found.err
    assert Path("my_bank.yaml").read_text("utf-8") == before


def test_row_28_output_that_is_a_link_or_a_file_is_refused(folder: Path):
    Path("given.yaml").write_text(SHOP, "utf-8")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("mine")
    Path("link").symlink_to(elsewhere)
    Path("file").write_text("mine")
    for out, part in (("link", "is a symbolic link"), ("file", "is a file"), ("elsewhere", "exists already")):
        found = opsim("run", "given.yaml", "--out", out, "-q", *FEW)
        assert (found.code, found.out) == (5, "")
        assert part in found.err
    found = opsim("run", "given.yaml", "--out", "elsewhere", "--force", "-q", *FEW)
    assert found.code == 5
    assert "was not written by opsim" in found.err
    assert {path.name for path in elsewhere.iterdir()} == {"precious"}
    assert {path.name for path in folder.iterdir()} == {"given.yaml", "elsewhere", "link", "file"}


@pytest.mark.parametrize("out", ["/proc/opsim", "file/below", "x" * 300])
def test_row_28_output_that_cannot_be_written_is_refused(out: str, folder: Path):
    Path("given.yaml").write_text(SHOP, "utf-8")
    Path("file").write_text("mine")
    found = opsim("run", "given.yaml", "--out", out, "-q", *FEW)
    assert (found.code, found.out) == (5, "")
    assert "cannot be written" in found.err
    assert len(found.err.splitlines()) == 1
    assert {path.name for path in folder.iterdir()} == {"given.yaml", "file"}


@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits of this kind")
def test_row_28_a_full_disk_leaves_nothing_half_written(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # a module cut at 2 kB would break others
    Path("given.yaml").write_text(SHOP, "utf-8")

    def no_file_above_2_kb() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    with started(
        *("run", "given.yaml", "--out", "there", "--workers", "1"),
        folder=folder,
        preexec_fn=no_file_above_2_kb,
    ) as process:
        out, err = process.communicate(timeout=120)
    assert process.returncode == 5, err
    assert out == ""
    assert "cannot be written: File too large" in err and "Traceback" not in err
    assert [path.name for path in folder.iterdir()] == ["given.yaml"]


# --- rows 38 to 41: quiet and extreme organisations ---------------------------------------------------------


REFUSER = "{name: c, kind: desk, refuse_chance: 1.0}"


NOTHING_ARISES = "No request arises in the weeks that are measured (6 to 34)"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"situation.demand.arrivals.per_week": "0.001"}, NOTHING_ARISES),
        ({"situation.demand.arrivals": "{kind: regular, per_week: 0.01}"}, NOTHING_ARISES),
        (
            {
                f"{model}.governance": "{gates: [{before: start, layers: [" + REFUSER + "]}]}"
                for model in ("train", "free")
            },
            "more work arrives at c than it can finish",
        ),
        (
            {f"{model}.release": "{kind: train, every_weeks: 60}" for model in ("train", "free")},
            "more work arrives than is finished",
        ),
    ],
    ids=["hardly anything arrives", "nothing arrives", "everything is refused", "nothing finishes"],
)
def test_row_38_nothing_to_average_is_said_and_not_a_number(settings: dict[str, str], words: str):
    Path("given.yaml").write_text(SHOP, "utf-8")
    changes = [text for path, value in settings.items() for text in ("--set", f"{path}={value}")]
    found = opsim("compare", "given.yaml", "--format", "table", *FEW, *changes)
    assert found.code == 0, found.err
    said, _, _ = found.out.partition("Changed against the scenario")  # "governance" is no number
    assert "nan" not in said and "inf" not in said
    assert words in found.out
    whole = json.loads(opsim("compare", "given.yaml", "--format", "json", "-q", *FEW, *changes).out)
    lead = whole["measures"]["lead_time_p85"]["models"]["free"]
    assert lead["estimate"] is None and lead["note"]
    assert opsim("run", "given.yaml", "--out", "there", "-q", *FEW, *changes).code == 0


def test_row_39_constant_times_are_one_history_and_have_no_interval():
    tree = {
        "situation": {
            "people": {"a": 1},
            "demand": {
                "arrivals": {"kind": "regular", "per_week": 1},
                "work": [{"activity": "x", "skill": "a", "effort_days": 2}],
            },
        },
        "operating_models": {"fast": {}, "slow": {"release": {"kind": "train", "every_weeks": 2}}},
        "run": {"horizon_weeks": 60, "warm_up_weeks": 10, "tail_weeks": 10, "replications": 5},
    }
    Path("given.yaml").write_text(as_yaml(tree), "utf-8")
    lead = json.loads(opsim("compare", "given.yaml", "--format", "json", "-q").out)["measures"][
        "lead_time_p85"
    ]
    note = "one history: nothing in it is left to chance"
    assert lead["models"]["fast"] == {"estimate": 2.0, "low": None, "high": None, "note": note}
    difference = lead["differences"]["slow"]
    assert difference["estimate"] > 0 and difference["low"] is difference["high"] is None


def test_row_40_identical_organisations_differ_by_exactly_nothing():
    Path("given.yaml").write_text(SHOP.replace(", release: {kind: train, every_weeks: 2}", ""), "utf-8")
    text = opsim("compare", "given.yaml", "--format", "table", "-q").out
    assert text.startswith("No difference")
    assert "better" not in text and "sooner" not in text
    whole = json.loads(opsim("compare", "given.yaml", "--format", "json", "-q").out)
    for name, measure in whole["measures"].items():
        difference = measure["differences"]["free"]
        if difference["estimate"] is not None:
            assert (difference["estimate"], difference["low"], difference["high"]) == (0, 0, 0), name


def test_row_41_one_team_one_person_one_item():
    tree = {
        "situation": {
            "people": {"a": 1},
            "demand": {
                "arrivals": {"kind": "backlog", "items": 1},
                "work": [{"activity": "x", "skill": "a", "effort_days": 3}],
            },
        },
        "operating_models": {"m": {}},
        "run": {"horizon_weeks": 4, "warm_up_weeks": 0, "tail_weeks": 0, "replications": 2},
    }
    Path("given.yaml").write_text(as_yaml(tree), "utf-8")
    measures = json.loads(opsim("run", "given.yaml", "--format", "json", "-q").out)["measures"]
    assert measures["lead_time_p50"]["models"]["m"]["estimate"] == 3.0


@pytest.mark.slow
def test_row_41_a_chain_of_200_stages_and_a_gate_of_500_layers():
    stages = [{"activity": f"s{n}", "skill": "a", "effort_days": 0.1} for n in range(200)]
    layers = [{"name": f"l{n}", "kind": "board", "meets_every_weeks": 1} for n in range(500)]
    tree = {
        "situation": {
            "people": {"a": 9},
            "demand": {"arrivals": {"kind": "regular", "per_week": 0.5}, "work": stages},
        },
        "operating_models": {
            "chain": {},
            "board": {"governance": {"gates": [{"before": "start", "order": "parallel", "layers": layers}]}},
        },
        "run": {"horizon_weeks": 40, "warm_up_weeks": 5, "tail_weeks": 10, "replications": 2},
    }
    Path("given.yaml").write_text(as_yaml(tree), "utf-8")
    found = opsim("compare", "given.yaml", "--format", "json", "-q")
    assert found.code == 0, found.err
    lead = json.loads(found.out)["measures"]["lead_time_p50"]["models"]
    assert lead["chain"]["estimate"] == pytest.approx(20.0)
    # Requests arise on days 10, 20, ...: the boards of that very day take them.
    assert lead["board"]["estimate"] == pytest.approx(20.0)


def test_the_command_line_is_also_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "sim", "check", "absent.yaml"], capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr == "error: absent.yaml: does not exist; check folder and spelling.\n"


# --- what else people write -------------------------------------------------------------------------------


def test_a_misspelt_use_is_named_with_its_line():
    found = checked(SHOP.replace("{name: On demand}", "{use: prodct}"))
    refused(found, "line 10: operating_models.free.use", 'Did you mean "product"?')


def test_a_wrong_entry_does_not_make_its_list_seem_empty():
    found = checked(SHOP.replace("effort_days:", "effort_dyas:"))
    assert found.code == 3 and "effort_dyas" in found.err and "is empty" not in found.err


def test_text_where_a_number_may_stand_says_so():
    found = checked(SHOP.replace("{kind: exponential, mean: 1}", '"2 days"'))
    refused(found, "must be a number such as 2, or a mapping with a kind")


def test_set_takes_levers_as_a_sweep_does():
    found = given(requests=5, **{"train.release": 4})
    assert found.code == 0 and "On average 5 requests arise a week" in found.out
    refused(given(release=2), "train.release")
    refused(given(requests="abc"), 'requests must be a number (items per week) (found "abc")')


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (
            "{kind: exponential, mean: 1}",
            "0,5",
            ("line 7", "effort_days must be one number (found 0,5)", "write 0.5"),
        ),
        ("mean: 1}", "mean: 0,5}", ("line 7", "effort_days.mean", "found 0,5", "write 0.5")),
        ("mean: 1}", "mean: 1.000,5}", ("found 1.000,5", "write 1000.5")),
        ("mean: 1}", "mean: 1,000,000}", ("found 1,000,000", "write 1000000")),
        ("mean: 1}", "mean: 1,000}", ("found 1,000", "write 1000 or 1.000")),
        ("mean: 1}", "mean: 1,5 days}", ("found 1,5 days", "write 1.5, without a unit")),
        ("per_week: 10", "per_week: '10,5'", ('found "10,5"', "write 10.5")),
        ("horizon_weeks: 40", "horizon_weeks: 40 weeks", ('found "40 weeks"', "write 40, without a unit")),
        ("replications: 4", "replications: 4.0", ("found 4.0", "write 4")),
        ("replications: 4", "replications: '4,5'", ('must be a whole number (found "4,5")\n',)),
        ("{kind: poisson, per_week: 10}", "10", ("a mapping with a kind, such as {kind: poisson}",)),
        ("people: {service: 3}", "people: 3", ("people must be a mapping of names to values (found 3)",)),
        ("effort_days:", "checks: serve, effort_days:", ("must be a list", "put it in brackets")),
    ],
)
def test_what_was_meant_as_a_number_or_a_mapping_is_told_how_to_be_written(
    old: str, new: str, parts: tuple[str, ...]
):
    assert old in SHOP
    refused(checked(SHOP.replace(old, new)), *parts)


@pytest.mark.parametrize(
    "people", ["{service: 3,2025: 1}", "{service: 3, 5: 1}", "{2024: 1,2025: 1, service: 3}"]
)
def test_numbers_that_are_keys_are_no_decimals(people: str):
    assert checked(SHOP.replace("{service: 3}", people)).code == 0


@pytest.mark.parametrize(
    ("setting", "parts"),
    [
        ("situation.demand.work.serve.effort_days=0,5", ("write 0.5",)),
        (
            "situation.demand.work.serve.effort_days={kind: fixed, value: 0,5}",
            ("value must be one number", "write 0.5"),
        ),
        ("requests=4,5", ("requests must be a number", 'found "4,5"', "write 4.5")),
        ("train.layers=2,5", ("train.layers must be a number", 'found "2,5"')),
        ("train.order=fast", ("train.order must be one of fifo", 'found "fast"')),
        ("requsts=4", ('Did you mean "requests"?',)),
        ("run=1", ("run must be a mapping of settings (found 1)",)),
        ("run.seed.x=1", ("run.seed.x leads into run.seed, which is a single value (1)",)),
        ("train.relase.every_weeks=2", ("command line: ", 'Did you mean "release"?')),
        ("name=", ("name must be text (found null)\n",)),
    ],
)
def test_what_cannot_be_set_is_told_in_terms_of_what_was_typed(setting: str, parts: tuple[str, ...]):
    Path("given.yaml").write_text(SHOP, "utf-8")
    refused(opsim("describe", "given.yaml", "--set", setting), *parts)


def test_a_number_in_the_place_of_a_group_is_what_is_complained_of():
    Path("given.yaml").write_text(SHOP, "utf-8")
    found = opsim("run", "given.yaml", "--set", "run=1", "--replications", "3")
    refused(found, "run.replications leads into run, which is a single value (1)")


def test_a_number_may_still_be_led_into_where_it_is_short_for_a_distribution():
    text = SHOP.replace("{kind: exponential, mean: 1}", "2")
    Path("given.yaml").write_text(text, "utf-8")
    path = "situation.demand.work.serve.effort_days"
    found = opsim("describe", "given.yaml", "--set", f"{path}.kind=exponential", "--set", f"{path}.mean=3")
    assert found.code == 3 and f"{path}.value" in found.err, "a fixed value has become an exponential law"
    assert opsim("describe", "given.yaml", "--set", f"{path}.value=3").code == 0


def test_nothing_is_suggested_that_would_be_refused():
    work = "work: [{activity: build, skill: service, effort_days: 1}, {activity: check, skill: service, "
    work += "effort_days: 1, checks: [check]}]"
    found = checked(SHOP.replace(SHOP[SHOP.index("work:") : SHOP.index("\noperating")], work))
    refused(found, 'names "check", which is no earlier activity; before it come: build.')
    assert "Did you mean" not in found.err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("forecast", "--items", "4,5"), 'must be a whole number (found "4,5")'),
        (("forecast", "--weeks", "0"), 'must be 1 or more (found "0")'),
        (("break-even", "requests", "--low", "0,5"), 'must be a number (found "0,5"); write 0.5'),
        (("robust", "--draws", "1,000"), 'must be a whole number (found "1,000"); write 1000'),
        (("map", "requests", "need", "--points", "50"), 'must be 2 to 40 (found "50")'),
        (("run", "--format", "xml"), "'xml' is not one of"),
    ],
)
def test_options_are_refused_in_plain_words(arguments: tuple[str, ...], part: str):
    Path("given.yaml").write_text(SHOP, "utf-8")
    command, *rest = arguments
    found = opsim(command, "given.yaml", *rest)
    assert found.code == 2 and part in found.err
    assert not any(word in found.err for word in ("Input should", "Value error", "unable to parse"))


@pytest.mark.parametrize(("escaped", "shown"), [(r"Shop \ud83d\ude00", "Shop \U0001f600"), (r"\u00e9", "é")])
def test_characters_escaped_as_in_json_are_read(escaped: str, shown: str):
    Path("given.yaml").write_text(SHOP.replace("Corner shop", f'"{escaped}"'), "utf-8")
    assert load("given.yaml").name == shown
    refused(checked(SHOP.replace("Corner shop", r'"Shop \ud83d"')), "hidden character U+D83D")
    refused(checked(SHOP.replace("Corner shop", r'"Shop \ude00\ud83d"')), "hidden character U+DE00")


@pytest.mark.parametrize("name", [r'"\tShop"', r'"Shop\t"', r'"Sh\top"', '"\tShop"'])
def test_a_tab_in_a_name_is_refused_wherever_it_stands(name: str):
    refused(checked(SHOP.replace("Corner shop", name)), "name has control or invisible characters")


def test_a_name_may_be_a_block_of_text():
    assert checked(SHOP.replace("name: Corner shop", "name: |\n  Corner shop")).code == 0


def test_a_folder_above_this_one_is_not_called_this_one():
    Path("given.yaml").write_text(SHOP, "utf-8")
    refused(opsim("run", "given.yaml", "--out", "/", "-q"), "/ contains the folder you are in", code=5)
    refused(opsim("run", "given.yaml", "--out", ".", "-q"), ". is the folder you are in", code=5)

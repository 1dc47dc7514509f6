"""A bundle computes again what it holds; a changed byte is noticed, and a hostile one is not opened."""

import json
import random
from pathlib import Path

import pytest
from worlds.commands import opsim
from worlds.reports import archive_of, unpacked

from sim.errors import OutputError
from sim.findings.report import bundle as bundles
from sim.findings.report.bundle import bundle_of, computed_again, opened, repetition_sentences
from sim.scenario.scenario import Scenario
from sim.studies.run import compare

SMALL = {
    "name": "A small one",
    "situation": {
        "people": {"service": 2},
        "demand": {
            "arrivals": {"kind": "poisson", "per_week": 6},
            "work": [{"activity": "serve", "skill": "service", "effort_days": 1.5}],
        },
    },
    "operating_models": {"one": {"name": "One team"}, "two": {}},
    "run": {"horizon_weeks": 40, "warm_up_weeks": 8, "tail_weeks": 4, "replications": 3, "seed": 7},
}  # fmt: skip


def a_scenario(**more) -> Scenario:
    tree = json.loads(json.dumps(SMALL))
    tree["operating_models"]["two"] = {"name": "The same", "governance": {"gates": [
        {"before": "start", "layers": [{"name": "head", "kind": "desk", "approvers": 1}]}]}}  # fmt: skip
    return Scenario.model_validate(tree | more)


@pytest.fixture(scope="module")
def study():
    return compare(a_scenario(), keep_items=False)


@pytest.fixture(scope="module")
def content(study) -> bytes:
    return bundle_of(study, "opsim report small.yaml")


def written(folder: Path, content: bytes) -> Path:
    path = folder / "bundle.zip"
    path.write_bytes(content)
    return path


def resealed(files: dict[str, bytes]) -> bytes:
    """Return files as a bundle with sums and seal of its own: what a forger would do."""
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = {
        name: bundles.sum_of(text) for name, text in files.items() if name != "manifest.json"
    }
    return bundles._sealed(files | {"manifest.json": json.dumps(manifest).encode()})


def test_bundle_gives_every_number_again(study, content: bytes, tmp_path: Path):
    with opened(written(tmp_path, content)) as bundle:
        assert bundle.study.models == study.models
        for model in study.models:
            assert bundle.study.values("lead_time_p85", model) == study.values("lead_time_p85", model)
        found = computed_again(bundle)
    assert found.is_same and found.is_same_code and found.numbers > 1000
    assert repetition_sentences(found) == [
        f"The same: all {found.numbers:,} numbers of the bundle came out again, to the last bit."
    ]


def test_same_comparison_gives_the_same_bytes(study, content: bytes):
    assert bundle_of(study, "opsim report small.yaml") == content


def test_command_says_that_all_is_the_same(content: bytes, tmp_path: Path):
    ended = opsim("run", str(written(tmp_path, content)), "--workers", "1", "-q")
    assert ended.code == 0, ended.err
    assert ended.out.startswith("The same: all")


def test_any_changed_byte_is_noticed(content: bytes, tmp_path: Path):
    rng = random.Random(1)
    places = [0, len(content) - 1, len(content) - 70, *rng.sample(range(len(content)), 60)]
    for place in places:
        changed = bytearray(content)
        changed[place] ^= 1 << rng.randrange(8)
        with (
            pytest.raises(OutputError, match="is not used: "),
            opened(written(tmp_path, bytes(changed))),
        ):
            pass


def test_changed_result_is_noticed_even_under_a_new_seal(content: bytes, tmp_path: Path):
    files = unpacked(content)
    results = json.loads(files["results.json"])
    results["one"][1]["lead_time_p85"] += 0.5
    files["results.json"] = json.dumps(results).encode()
    path = written(tmp_path, resealed(files))
    with opened(path) as bundle:
        found = computed_again(bundle)
    assert not found.is_same and found.different == 1 and found.worst is not None
    assert found.worst[:3] == ("One team", 1, "lead_time_p85")
    said = " ".join(repetition_sentences(found))
    assert "1 of" in said and "differ" in said and "are not what it gives" in said
    assert opsim("run", str(path), "--workers", "1", "-q").code == 4


def test_other_code_is_named(content: bytes, tmp_path: Path):
    files = unpacked(content)
    manifest = json.loads(files["manifest.json"])
    files["manifest.json"] = json.dumps(manifest | {"code": "0.4.0+abc"}).encode()
    with opened(written(tmp_path, resealed(files))) as bundle:
        found = computed_again(bundle)
    assert found.is_same and not found.is_same_code
    assert "has changed since (0.4.0+abc), these numbers not" in repetition_sentences(found)[1]


def test_list_of_requests_travels_along(tmp_path: Path):
    source = tmp_path / "secret_folder" / "requests.csv"
    source.parent.mkdir()
    source.write_text("arrived\n" + "\n".join(f"2026-01-{day:02}" for day in range(1, 31)) + "\n")
    demand = {
        **SMALL["situation"]["demand"],
        "arrivals": {"kind": "trace", "file": str(source), "columns": {"arrived": "arrived"}},
    }
    scenario = a_scenario(situation={**SMALL["situation"], "demand": demand})
    content = bundle_of(compare(scenario, keep_items=False))
    assert b"secret_folder" not in b"".join(unpacked(content).values())
    source.unlink()
    with opened(written(tmp_path, content)) as bundle:
        assert computed_again(bundle).is_same


def with_file_of_this_machine(files: dict[str, bytes]) -> bytes:
    text = files["scenario_1.yaml"].decode()
    changed = text.replace("kind: poisson", "kind: trace, file: /etc/passwd", 1)
    assert changed != text
    return resealed(files | {"scenario_1.yaml": changed.encode()})


HOSTILE = {
    "no archive": (lambda files: b"hello", "no zip archive"),
    "a bomb": (lambda files: archive_of(files | {"results.json": b"0" * 30_000_000}), "unfolds to far more"),
    "a place outside": (lambda files: archive_of({"../../evil.yaml": b""}), "outside the archive"),
    "an absolute place": (lambda files: archive_of({"/etc/evil": b""}), "outside the archive"),
    "another file": (lambda files: resealed(files | {"run.sh": b"rm -rf /"}), "which no bundle has"),
    "too many files": (lambda files: archive_of({f"{n}.txt": b"" for n in range(60)}), "at most 50"),
    "no seal": (lambda files: archive_of(files), "no seal"),
    "a file of this machine": (with_file_of_this_machine, "not in the bundle"),
    "no results": (lambda files: resealed({k: v for k, v in files.items() if k != "results.json"}), "lacks"),
    "another format": (lambda files: resealed(files | {"manifest.json": json.dumps(
        json.loads(files["manifest.json"]) | {"format": 99}).encode()}), "format 99"),
    "nonsense": (lambda files: resealed(files | {"results.json": b"[1, 2]"}), "not what they say"),
    "no scenario": (lambda files: resealed(files | {"scenario_1.yaml": b"name: x\nsituation: 3\n"}), "not"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_bundle_gets_a_sentence_and_is_not_run(what: str, content: bytes, tmp_path: Path):
    make, sentence = HOSTILE[what]
    path = written(tmp_path, make(unpacked(content)))
    ended = opsim("run", str(path), "--workers", "1")
    assert ended.code == OutputError.exit_code
    assert "is not used" in ended.err and sentence in ended.err
    assert not (tmp_path.parent / "evil.yaml").exists()


def test_too_large_bundle_is_not_read(tmp_path: Path):
    path = tmp_path / "bundle.zip"
    with path.open("wb") as file:
        file.truncate(30_000_000)
    with pytest.raises(OutputError, match="at most 20 are allowed"), opened(path):
        pass

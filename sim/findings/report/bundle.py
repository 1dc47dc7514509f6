"""A bundle: a comparison with all that it takes to compute it again, in one file, and what came of it.

A bundle is data, and a stranger's: it is looked at before it is opened, names no file of the machine that
reads it, and ends with a sum of all its bytes, so that a changed one is noticed.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import tempfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.errors import OutputError, ScenarioError, counted, quote, visible
from sim.findings.provenance import sum_of, versions
from sim.findings.report.template import UnsafeArchiveError, read_member, safe_archive
from sim.measures.metrics import METRICS
from sim.scenario.files.save import scenario_as_yaml
from sim.scenario.files.template import as_yaml
from sim.scenario.files.yaml import parse_yaml
from sim.scenario.scenario import Scenario
from sim.studies.contenders import Contender, scenarios_of
from sim.studies.fingerprint import code_version
from sim.studies.outcomes import outcome_of, row_of
from sim.studies.run import simulate
from sim.studies.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from sim.studies.workers import Workers

FORMAT = 1
LARGEST_BUNDLE, LARGEST_UNFOLDED, MOST_FILES, LARGEST_RATIO = 20_000_000, 200_000_000, 50, 200
"""Bytes of a bundle, and of what is in it; files; bytes of a file for each that it takes (assumption)."""

_NAMES = re.compile(r"manifest\.json|results\.json|README\.txt|scenario_\d{1,2}\.yaml|list_\d{1,2}\.csv")
_SEAL = b"opsim bundle, sha256 of all bytes before: "
_THAT_DAY = (1980, 1, 1, 0, 0, 0)  # the same comparison gives the same bytes
_DIGITS = 6

_README = """\
A comparison made with opsim, with all that it takes to compute it again.

    opsim run THIS_FILE.zip

computes every run anew and says whether every number is the same. scenario_1.yaml is what was compared, with
everything filled in; results.json holds every measure of every run; manifest.json says what made them.
"""


# --- writing --------------------------------------------------------------------------------------------


def bundle_of(study: Study, command: str = "") -> bytes:
    """Return a comparison as a bundle: scenarios, lists of requests, results, versions, and a seal."""
    scenarios = scenarios_of(study.contenders)
    files: dict[str, bytes] = {"README.txt": _README.encode()}
    for number, scenario in enumerate(scenarios, start=1):
        tree = parse_yaml(scenario_as_yaml(scenario).encode(), "scenario.yaml").data
        for holder in _naming_files(tree):
            name = f"list_{len(files)}.csv"
            files[name] = Path(holder["file"]).read_bytes()
            holder["file"] = name
        files[f"scenario_{number}.yaml"] = as_yaml(tree).encode()
    results = {
        contender.key: [row_of(outcome) for outcome in study.outcomes[contender.key].values()]
        for contender in study.contenders
    }
    files["results.json"] = _json(results)
    at = {id(scenario): number for number, scenario in enumerate(scenarios, start=1)}
    files["manifest.json"] = _json(
        {
            "format": FORMAT,
            "version": __version__,
            "code": code_version(),
            "made with": dict(versions()),
            "command": command,
            "seed": study.scenario.run.seed,
            "replications": list(study.replications),
            "measures": list(METRICS),
            "digits": _digits_of(study),
            "contenders": [
                {"key": c.key, "label": c.label, "scenario": at[id(c.scenario)], "model": c.model}
                for c in study.contenders
            ],
            "files": {name: sum_of(content) for name, content in sorted(files.items())},
        }
    )
    return _sealed(files)


def _naming_files(tree: Any) -> Generator[dict[str, Any]]:
    """Yield the parts of a scenario that name a file."""
    if isinstance(tree, dict):
        if isinstance(tree.get("file"), str):
            yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for entry in tree:
            yield from _naming_files(entry)


def _json(tree: object) -> bytes:
    return (json.dumps(tree, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _digits_of(study: Study) -> int | None:
    """Return to how many digits results are kept: stored ones are rounded; nothing if they are exact."""
    values = (
        value
        for found in study.outcomes.values()
        for outcome in found.values()
        for value in outcome.measures.values()
        if math.isfinite(value)
    )
    return _DIGITS if all(value == _rounded(value, _DIGITS) for value in values) else None


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


def _sealed(files: dict[str, bytes]) -> bytes:
    """Return the files as an archive whose last bytes are a sum of all others."""
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _THAT_DAY), content, zipfile.ZIP_DEFLATED)
        archive.comment = _SEAL + b"0" * 64
    content = whole.getvalue()[:-64]
    return content + hashlib.sha256(content).hexdigest().encode()


# --- reading and computing again ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was read: who is compared, what came of it, and what made it."""

    contenders: tuple[Contender, ...]
    study: Study
    manifest: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Repetition:
    """A comparison that was computed again.

    Attributes
    ----------
    numbers, different
        How many numbers there are, and how many are not the same.
    worst
        The number that differs most, relative to its size: contender, run, measure, before, now.
    is_same_code
        Whether the code that simulates is the same.
    """

    bundle: Bundle
    study: Study
    numbers: int
    different: int
    worst: tuple[str, int, str, float | None, float | None] | None
    is_same_code: bool

    @property
    def is_same(self) -> bool:
        """Whether every number is the same, and none is missing."""
        return not self.different and len(self.study.replications) == len(self.bundle.study.replications)


def is_bundle(source: str | Path) -> bool:
    """Return whether a name means a bundle rather than a scenario."""
    return Path(source).suffix.lower() == ".zip"


@contextmanager
def opened(source: str | Path) -> Generator[Bundle]:
    """Open a bundle; the lists of requests in it are files as long as it is open.

    Raises
    ------
    OutputError
        If it cannot be read, is not what it says, or was changed.
    """
    shown = visible(str(source), 80)
    try:
        path = Path(source)
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST_BUNDLE else b""
    except (OSError, ValueError) as error:
        raise OutputError(f"{shown} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    try:
        if size > LARGEST_BUNDLE:
            raise UnsafeArchiveError(
                f"it has {size / 1e6:,.0f} MB; at most {LARGEST_BUNDLE / 1e6:.0f} are allowed"
            )
        files = _files_in(content)
        with tempfile.TemporaryDirectory(prefix="opsim-bundle-") as folder:
            yield _read(files, Path(folder))
    except UnsafeArchiveError as why:
        raise OutputError(
            f"{shown} is not used: {why}. Ask whoever made it for the bundle as opsim wrote it."
        ) from None


def _files_in(content: bytes) -> dict[str, bytes]:
    archive = safe_archive(BytesIO(content), unfolded=LARGEST_UNFOLDED, files=MOST_FILES, ratio=LARGEST_RATIO)
    for name in archive.namelist():
        if not _NAMES.fullmatch(name):
            raise UnsafeArchiveError(f"it holds {quote(name)}, which no bundle has")
    if not archive.comment.startswith(_SEAL) or len(archive.comment) != len(_SEAL) + 64:
        raise UnsafeArchiveError("it has no seal, so it is not as opsim wrote it")
    if hashlib.sha256(content[:-64]).hexdigest().encode() != content[-64:]:
        raise UnsafeArchiveError("it was changed: its bytes do not fit its seal")
    files = {name: read_member(archive, name) for name in archive.namelist()}
    if "manifest.json" not in files or "results.json" not in files:
        raise UnsafeArchiveError("it lacks its manifest or its results")
    return files


def _read(files: dict[str, bytes], folder: Path) -> Bundle:
    try:
        manifest = json.loads(files["manifest.json"])
        if manifest["format"] != FORMAT:
            raise UnsafeArchiveError(
                f"it is of format {quote(manifest['format'])}, made with opsim {quote(manifest['version'])}; "
                f"this version reads format {FORMAT}"
            )
        for name, content in files.items():
            if name != "manifest.json" and manifest["files"].get(name) != sum_of(content):
                raise UnsafeArchiveError(f"{name} in it was changed")
        scenarios: dict[int, Scenario] = {}
        contenders = []
        for entry in manifest["contenders"]:
            number, model = int(entry["scenario"]), str(entry["model"])
            if number not in scenarios:
                scenarios[number] = _scenario(files, f"scenario_{number}.yaml", folder)
            scenarios[number].known_models([model])
            contenders.append(Contender(str(entry["key"]), str(entry["label"]), scenarios[number], model))
        rows = json.loads(files["results.json"])
        outcomes = [
            outcome_of(_with_all_measures(row), contender.key)
            for contender in contenders
            for row in rows[contender.key]
        ]
        study = Study.of(contenders, outcomes)
        if not study.replications or list(study.replications) != list(range(len(study.replications))):
            raise UnsafeArchiveError("its runs are not numbered from 0 on")
    except UnsafeArchiveError:
        raise
    except ScenarioError as problem:
        raise UnsafeArchiveError(f"its scenario cannot be used ({problem.problems[0]})") from problem
    except Exception as error:  # a tree of another shape raises many kinds
        raise UnsafeArchiveError(
            f"its manifest or results are not what they say ({type(error).__name__})"
        ) from error
    return Bundle(tuple(contenders), study, manifest)


def _with_all_measures(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row in which measures that this version has and that one had not have no number."""
    return dict.fromkeys(METRICS) | row


def _scenario(files: dict[str, bytes], name: str, folder: Path) -> Scenario:
    """Return a scenario of a bundle; it may name lists of the bundle and no other file."""
    tree = parse_yaml(files[name], name).data
    if not isinstance(tree, dict):
        raise UnsafeArchiveError(f"{name} in it is no scenario")
    for there in _naming_files(tree):
        listed = there["file"]
        if listed not in files or not re.fullmatch(r"list_\d{1,2}\.csv", listed):
            raise UnsafeArchiveError(f"{name} in it names {quote(listed)}, which is not in the bundle")
        (folder / listed).write_bytes(files[listed])
        there["file"] = str(folder / listed)
    return Scenario.model_validate(tree)


def computed_again(
    bundle: Bundle, *, workers: Workers = None, progress: Callable[[int, int], None] | None = None
) -> Repetition:
    """Compute a bundle again and compare every number of every run."""
    wanted = len(bundle.study.replications)
    study = simulate(bundle.contenders, wanted, workers, progress=progress)
    digits = bundle.manifest["digits"]
    numbers = different = 0
    worst, largest = None, 0.0
    for contender in bundle.contenders:
        for replication in study.replications:
            before, now = (one.outcomes[contender.key][replication] for one in (bundle.study, study))
            for measure, old, new in _pairs(row_of(before), row_of(now), bundle.manifest["measures"]):
                numbers += 1
                if _is_same(old, new, digits):
                    continue
                different += 1
                size = _relative(old, new)
                if worst is None or size > largest:
                    worst, largest = (contender.label, replication, measure, old, new), size
    return Repetition(bundle, study, numbers, different, worst, bundle.manifest["code"] == code_version())


def _pairs(
    before: dict[str, Any], now: dict[str, Any], measures: Sequence[str]
) -> Generator[tuple[str, float | None, float | None]]:
    """Yield the numbers of a run: its measures, its curve, and how busy places are."""
    for name in measures:
        if name in METRICS:
            yield name, before[name], now[name]
    for at, pair in enumerate(zip(before["lead_time_curve"], now["lead_time_curve"], strict=True), start=1):
        yield f"{at} % done", *pair
    busy = dict(zip(now["places"], now["busy"], strict=True))
    for place, value in zip(before["places"], before["busy"], strict=True):
        yield f"busy share of {place}", value, busy.get(place)
    yield "events", before["events"], now["events"]


def _is_same(old: float | None, new: float | None, digits: int | None) -> bool:
    if old is None or new is None:
        return old is new
    return old == (new if digits is None else _rounded(new, digits))


def _relative(old: float | None, new: float | None) -> float:
    if old is None or new is None:
        return math.inf
    return abs(new - old) / max(abs(old), abs(new))


def repetition_sentences(found: Repetition) -> list[str]:
    """Return whether every number is the same; if not, how many differ, and why that may be."""
    manifest = found.bundle.manifest
    digits = manifest["digits"]
    to = f" to the {digits} digits that are kept" if digits else ", to the last bit"
    if found.is_same:
        said = [f"The same: all {counted(found.numbers, 'number')} of the bundle came out again{to}."]
        if not found.is_same_code:
            said.append(f"The code that simulates has changed since ({manifest['code']}), these numbers not.")
        return said
    said = [f"Not the same: {found.different:,} of {counted(found.numbers, 'number')} differ."]
    if found.worst is not None:
        label, replication, measure, old, new = found.worst
        said.append(
            f"Most: {measure} of {visible(label, 80)}, run {replication}: {quote(old)} in the bundle, "
            f"{quote(new)} now."
        )
    if found.is_same_code:
        said.append(
            "The code that simulates is the same, so the results in the bundle are not what it gives."
        )
    else:
        said.append(
            f"The bundle was made with other code ({manifest['code']}; here {code_version()}). For its "
            f"numbers, check out opsim {visible(str(manifest['version']), 20)} as it was then."
        )
    return said

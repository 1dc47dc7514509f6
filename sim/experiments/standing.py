"""Questions that are asked of every shipped scenario as it stands, and their answers, stored.

Whoever opens a page on such a scenario has the answer at once, with no run. All that a question says for
itself (``usual`` has them): what has to be run, what the runs come to, and how that becomes plain data and
comes back. An answer belongs to one situation, its operating models and one way of asking; if any of
these differs it is not used, and the page asks anew. Numbers are kept to six digits, curves
week by week and run by run to five: what is said of them may differ by one in its last digit.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
from dataclasses import dataclass, fields
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import SimError
from sim.scenario.files.load import shipped
from sim.studies.fingerprint import fingerprint
from sim.studies.outcomes import run_unit
from sim.studies.queue.runner import of_each_run
from sim.studies.run import units_of
from sim.studies.shipped_results import DIGITS, line_of, replace_file
from sim.studies.workers import in_order, who_computes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from sim.scenario.scenario import Scenario
    from sim.studies.contenders import Contender
    from sim.studies.workers import Unit, Workers

    type Gathered = Mapping[str, Mapping[int, Any]]
    """What runs came to, by contender and replication."""

FORMAT = 1
EVENTS = 3_000_000
"""Expected events that an answer may take: more runs of what is small (about 8 s of a processor)."""

MOST_EVENTS = 25_000_000
"""Expected events from which on not even the fewest runs are stored (about a minute of a processor)."""


@dataclass(frozen=True, eq=False)
class Runs[Found]:
    """What has to be run for a question.

    Attributes
    ----------
    found
        Returns what runs come to.
    of, begins
        As ``Runner.compare`` takes them.
    """

    contenders: Sequence[Contender]
    found: Callable[[Gathered], Found]
    of: Callable[..., Any] | None = None
    begins: Callable[[Contender, int], float] | None = None

    @property
    def events(self) -> float:
        """Events that are expected of one replication of all."""
        return sum(contender.scenario.expected_events() for contender in self.contenders)

    def simulated(self, n: int, workers: Workers = None) -> Gathered:
        """Return what so many replications come to."""
        gathered: dict[str, dict[int, Any]] = {contender.key: {} for contender in self.contenders}
        units = units_of(self.contenders, range(n), begins=self.begins)
        computing = who_computes(workers, [contender.scenario for contender in self.contenders])
        work: Callable[[Unit], list[Any]] = run_unit
        if self.of is not None:
            work = partial(of_each_run, of=self.of, is_begun=self.begins is not None)
        results = in_order(units, work, computing)
        for unit, found in zip(units, results, strict=True):
            gathered[unit.contender].update(zip(unit.replications, found, strict=True))
        return gathered

    def depends(self, n: int) -> str:
        """Return what so many replications depend on, as a short text."""
        parts = [self.of.__qualname__ if self.of else ""]
        for one in self.contenders:
            days = [self.begins(one, replication) for replication in range(n)] if self.begins else ""
            parts.append(f"{one.key} {fingerprint(one.scenario, one.model)} {days}")
        return short_sum(*parts)


@dataclass(frozen=True, eq=False)
class Standing[Found]:
    """A question that is asked of every shipped scenario as it stands.

    Attributes
    ----------
    runs
        Returns what has to be run; raises ``SimError`` where it cannot be asked.
    plain, back
        Turn what was found into plain data, and that with so many runs into what was found.
    fewest, most
        Replications of each contender.
    asks
        What the answer depends on besides the scenario, such as which measures it has.
    """

    name: str
    runs: Callable[[Scenario], Runs[Found]]
    plain: Callable[[Found], Any]
    back: Callable[[Scenario, Any, int], Found]
    fewest: int = 4
    most: int = 30
    asks: tuple[object, ...] = ()

    def sign(self, scenario: Scenario) -> str:
        """Return what the answer depends on, as a short text; quick, for a page looks at it."""
        prints = (f"{model} {fingerprint(scenario, model)}" for model in scenario.models)
        return short_sum(str(FORMAT), self.name, repr(self.asks), *prints)

    def affordable(self, runs: Runs[Found]) -> int:
        """Return how many replications are stored: none where even the fewest cost too much."""
        events = runs.events
        n = min(max(int(EVENTS / max(events, 1.0)), self.fewest), self.most)
        return n if n * events <= MOST_EVENTS else 0


@dataclass(frozen=True, slots=True)
class Answer[Found]:
    """A stored answer, and of how many runs of each contender it was made."""

    found: Found
    runs: int


def short_sum(*parts: str) -> str:
    """Return a text of 24 characters that stands for some texts."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


# --- the file -----------------------------------------------------------------------------------------


def answers_path(key: str) -> Path:
    """Return where the answers of a shipped scenario are stored."""
    return shipped("scenarios") / "stored" / "standing" / f"{key}.json.gz"


def read_answers(key: str) -> dict[str, Any]:
    """Return what is stored of a shipped scenario, by question; nothing if there is no such file."""
    path = answers_path(key)
    try:
        tree = _tree(path, path.stat().st_mtime_ns)
    except (OSError, EOFError, ValueError):
        return {}
    return tree["answers"] if tree.get("format") == FORMAT else {}


@lru_cache(maxsize=40)
def _tree(path: Path, _written: int) -> dict[str, Any]:
    return json.loads(gzip.decompress(path.read_bytes()))


def write_answers(key: str, answers: Mapping[str, Any]) -> Path:
    """Store answers; the file appears complete or not at all, and is the same for the same answers."""
    path = answers_path(key)
    text = line_of({"format": FORMAT, "answers": dict(answers)})
    replace_file(path, gzip.compress(text.encode(), 9, mtime=0))
    return path


def answered[Found](
    question: Standing[Found], scenario: Scenario, workers: Workers = None
) -> dict[str, Any] | None:
    """Return the answer to a question as it is stored; none where it cannot be asked, or costs too much."""
    try:
        runs = question.runs(scenario)
    except SimError:
        return None
    if not (n := question.affordable(runs)):
        return None
    found = runs.found(runs.simulated(n, workers))
    about = {"asked": question.sign(scenario), "depends": runs.depends(n), "runs": n}
    return about | {"found": question.plain(found)}


def is_up_to_date(question: Standing[Any], stored: Mapping[str, Any] | None, scenario: Scenario) -> bool:
    """Return whether what is stored is what would be run: slower than a page's look, and complete."""
    try:
        runs = question.runs(scenario)
    except SimError:
        return stored is None
    n = question.affordable(runs)
    if stored is None or not n:
        return stored is None and not n
    now = (question.sign(scenario), runs.depends(n), n)
    return now == (stored["asked"], stored["depends"], stored["runs"])


def read_answer[Found](question: Standing[Found], key: str, scenario: Scenario) -> Answer[Found] | None:
    """Return the stored answer to a question about a shipped scenario; nothing if there is none that fits."""
    stored = read_answers(key).get(question.name)
    if stored is None or stored["asked"] != question.sign(scenario):
        return None
    try:
        return Answer(question.back(scenario, stored["found"], stored["runs"]), stored["runs"])
    except (LookupError, TypeError, ValueError, SimError):
        return None


# --- plain data ---------------------------------------------------------------------------------------


def plain_of(value: Any, digits: int = DIGITS) -> Any:
    """Return a value as JSON has it: numbers short, dataclasses as the list of their fields."""
    if isinstance(value, str | bool | int) or value is None:
        return value
    if isinstance(value, np.ndarray):
        return plain_of(value.tolist(), digits)
    if isinstance(value, list | tuple):
        return [plain_of(one, digits) for one in value]
    if isinstance(value, float | np.number):
        return _plain_number(float(value), digits)
    return [plain_of(getattr(value, field.name), digits) for field in fields(value)]


def _plain_number(number: float, digits: int) -> float | str | None:
    if math.isnan(number):
        return None
    if math.isinf(number):
        return "inf" if number > 0 else "-inf"
    short = float(f"{number:.{digits}g}")
    return int(short) if short.is_integer() else short


def number_of(value: float | str | None) -> float:
    """Return a number that ``plain_of`` made plain."""
    return math.nan if value is None else float(value)

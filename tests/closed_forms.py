"""Comparing the simulator with theory: small scenario files, switched down to one mechanism each.

The theoretical value must lie inside the 99.9 % t interval of the simulated one, taken over at least 20
replications, and the interval must be narrow enough to mean something. Every request of the measured window
is finished, so the horizon cuts no mean short. All files run on the default seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sim.metrics import METRICS, Ledger
from sim.model import History, run_replication
from sim.output_analysis import Interval, mean_interval
from sim.scenario import RunSettings, Scenario
from sim.scenario_files import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

LEVEL = 0.999  # so that some forty right cases all pass in 24 of 25 sets of dice
WIDEST = 0.05  # half-width as a share of the value
FEWEST_REPLICATIONS = 20
SAME_NUMBER = 1e-9  # identities hold up to rounding


@dataclass(frozen=True)
class Form:
    """What theory says about one measure of one operating model in one of the files."""

    file: str
    model: str
    measure: str  # a row of METRICS, or of the measures that a table of forms brings along
    theory: float

    def __str__(self) -> str:
        return f"{self.file}-{self.model}-{self.measure}".replace(" ", "_")


def ledger_of(scenario: Scenario, history: History) -> Ledger:
    people = sum(scenario.situation.people.values())
    return Ledger(history, scenario.run.measured, scenario.situation.need, people)


def disagreement(interval: Interval, expected: float) -> str:
    """Return how an interval speaks against a theoretical value; nothing if it does not."""
    found = (
        f"theory {expected:.5g}, simulated {interval.estimate:.5g} "
        f"({interval.low:.5g} to {interval.high:.5g}, {interval.level:.1%}, {interval.n} replications)"
    )
    if not interval.low <= expected <= interval.high:
        return f"outside: {found}"
    if not interval.half_width < WIDEST * abs(expected):
        return f"too wide: {found}"
    return ""


class Laboratory:
    """The files of one folder and the measures that forms about them need; nothing is simulated twice."""

    def __init__(
        self, folder: Path, forms: Iterable[Form], measures: Mapping[str, Callable[[Ledger], float]]
    ) -> None:
        self.folder = folder
        self.files = sorted(path.stem for path in folder.glob("*.yaml"))
        self._forms = tuple(forms)
        self._measures = measures
        self.scenario_in = cache(self._scenario_in)
        self.simulated = cache(self._simulated)

    def _scenario_in(self, file: str) -> Scenario:
        return load(self.folder / f"{file}.yaml")

    def _simulated(self, file: str, model: str) -> dict[str, list[float]]:
        """Return each wanted measure's value in every replication of an operating model."""
        scenario = self.scenario_in(file)
        wanted = {form.measure for form in self._forms if (form.file, form.model) == (file, model)}
        values: dict[str, list[float]] = {measure: [] for measure in (*sorted(wanted), "unfinished_share")}
        for replication in range(scenario.run.replications):
            ledger = ledger_of(scenario, run_replication(scenario, model, replication))
            for measure, so_far in values.items():
                value = self._measures[measure] if measure in self._measures else METRICS[measure].value
                so_far.append(value(ledger))
        return values

    def check(self, form: Form) -> None:
        """Fail unless simulation agrees with theory."""
        values = self.simulated(form.file, form.model)
        assert max(values["unfinished_share"]) == 0.0, "what is unfinished biases the mean: lengthen the tail"
        found = disagreement(mean_interval(values[form.measure], level=LEVEL), form.theory)
        assert not found, found

    def check_mistake(self, form: Form) -> None:
        """Fail unless simulation contradicts a theory that is wrong."""
        interval = mean_interval(self.simulated(form.file, form.model)[form.measure], level=LEVEL)
        found = disagreement(interval, form.theory)
        assert found.startswith("outside"), (
            f"a mistake is not told from the truth: {form.theory:g}, {interval}"
        )

    def check_file(self, file: str) -> None:
        """Fail unless a file asks a question and leaves its luck to the default seed."""
        scenario = self.scenario_in(file)
        assert scenario.question.endswith("?"), scenario.question
        assert scenario.run.seed == RunSettings().seed
        assert scenario.run.replications >= FEWEST_REPLICATIONS

    def check_complete(self) -> None:
        """Fail unless every operating model of every file has a form."""
        checked = {(form.file, form.model) for form in self._forms}
        there_are = {(file, model) for file in self.files for model in self.scenario_in(file).models}
        assert checked == there_are, f"not checked, or not there: {sorted(checked ^ there_are)}"

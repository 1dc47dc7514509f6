"""That verification finds errors planted in the engine and names the mechanism; how it says so."""

import json
import math
from collections.abc import Callable

import pytest

from sim.__main__ import main
from sim.errors import ScenarioError
from sim.findings.verification import verdict_text, verification_as_json, verification_as_text
from sim.measures.statistics import Interval
from sim.scenario.distributions import Exponential, Lognormal
from sim.scenario.scenario import Scenario, checked
from sim.trust.closed_forms import FORMS, organisation
from sim.trust.forms import Check, Form, disagreement
from sim.trust.verification import check_forms, verify
from sim.world.agents.approval_layer import BoardLayer, Gate
from sim.world.agents.funding_board import FundingBoard
from sim.world.agents.release_train import ReleaseTrain
from sim.world.agents.team import Team
from sim.world.journal import TOUCH
from sim.world.moments import TRAIN_LEAVES

type Plant = Callable[[pytest.MonkeyPatch], None]


def found_in(files: dict[str, float]) -> list[Check]:
    """Check the forms about some organisations, simulated for so many weeks."""
    organisations = {}
    for file, weeks in files.items():
        around = min(organisation(file).run.warm_up_weeks, 50)
        organisations[file] = organisation(file).with_changes(
            {
                "run.horizon_weeks": weeks,
                "run.warm_up_weeks": around,
                "run.tail_weeks": min(organisation(file).run.tail_weeks, weeks / 4),
                "run.replications": 20,
            }
        )
    return check_forms([form for form in FORMS if form.file in files], organisations)


def mechanisms_outside(checks: list[Check]) -> set[str]:
    return {check.form.mechanism for check in checks if check.verdict == "no"}


# --- errors to plant ------------------------------------------------------------------------------------


def no_paper_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    right = BoardLayer.submit

    def wrong(self, paper):
        paper.submitted -= self.spec.paper_deadline_days
        right(self, paper)

    monkeypatch.setattr(BoardLayer, "submit", wrong)


def meeting_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    right = BoardLayer._call_meeting
    monkeypatch.setattr(BoardLayer, "_call_meeting", lambda self, number: right(self, number + 1))


def revision_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Gate, "_revise", Gate._next_layer)


def penalty_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Team._start
    monkeypatch.setattr(Team, "_start", lambda self, item, person, factor: right(self, item, person, 1.0))


def priority_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Team._join

    def wrong(self, item, is_new):
        kept, item.priority = item.priority, 0
        right(self, item, is_new)
        item.priority = kept

    monkeypatch.setattr(Team, "_join", wrong)


def exponential_spread_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Exponential, "quantile", lambda self, uniforms: 2 * self.mean * uniforms)


def lognormal_without_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lognormal, "quantile", lambda self, uniforms: self.average + 0.0 * uniforms)


def train_late(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ReleaseTrain._leave

    def wrong(self, train):
        self.model.call_after(1.0, lambda number: right(self, number), train, TRAIN_LEAVES)

    monkeypatch.setattr(ReleaseTrain, "_leave", wrong)


def round_accepts_all(monkeypatch: pytest.MonkeyPatch) -> None:
    right = FundingBoard._decide

    def wrong(self, number):
        self._luck = lambda *_: 0.0
        right(self, number)

    monkeypatch.setattr(FundingBoard, "_decide", wrong)


def context_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Team.take_in

    def wrong(self, item, activity, work, kind=TOUCH, context_loss=0.0):
        right(self, item, activity, work, kind, 0.0)

    monkeypatch.setattr(Team, "take_in", wrong)


PLANTED: dict[str, tuple[Plant, dict[str, float], set[str]]] = {
    "the deadline of a board is not kept": (
        no_paper_deadline, {"board": 260}, {"Paper deadline of a board"},
    ),
    "a board misses the meeting": (
        meeting_skipped, {"board": 260}, {"Board meetings", "Paper deadline of a board"},
    ),
    "revisions are forgotten": (
        revision_forgotten, {"board": 260, "board_with_revision": 360}, {"Revision of papers"},
    ),
    "the cross-skill penalty is lost": (
        penalty_lost, {"board": 260, "generalists": 400}, {"Cross-skill penalty"},
    ),
    "priority is ignored": (priority_ignored, {"board": 260, "two_classes": 400}, {"Priority"}),
    "exponential draws are spread evenly": (
        exponential_spread_evenly, {"one_server": 520}, {"Queue before one person"},
    ),
    "lognormal draws do not vary": (
        lognormal_without_spread, {"board": 260, "lognormal_service": 520}, {"Spread of the work"},
    ),
    "trains leave a day late": (train_late, {"board": 260, "release_train": 540}, {"Release train"}),
    "funding rounds accept everything": (
        round_accepts_all, {"board": 260, "funding": 1040}, {"Funding rounds"},
    ),
    "handoffs cost no context": (
        context_kept, {"board": 260, "rework": 520}, {"Context loss"},
    ),
}  # fmt: skip
"""What is planted, the organisations looked at and for how many weeks, and the mechanisms to be named."""

EVERYDAY = {"the deadline of a board is not kept"}


@pytest.mark.parametrize(
    "error",
    [error if error in EVERYDAY else pytest.param(error, marks=pytest.mark.slow) for error in PLANTED],
)
def test_planted_error_is_found_and_its_mechanism_named(error: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, files, expected = PLANTED[error]
    plant(monkeypatch)
    checks = found_in(files)
    assert mechanisms_outside(checks) == expected, [check.problem for check in checks]
    assert all(mechanism in verdict_text(checks).partition("OUTSIDE")[2] for mechanism in expected)


@pytest.mark.slow
def test_nothing_is_outside_in_the_organisations_used_without_an_error() -> None:
    files = {"board": 260, "iterations": 260}
    assert mechanisms_outside(found_in(files)) == set()


# --- the words --------------------------------------------------------------------------------------------


def a_check(theory: float = 10.0, **more: object) -> Check:
    form = Form("a file", "a model", "time_queue", theory, "Queue", "load / (1 - load)", **more)  # pyright: ignore[reportArgumentType]
    return Check(form, Interval(10.2, 10.0, 10.4, 20, level=0.999))


@pytest.mark.parametrize(
    ("theory", "verdict"), [(10.1, "yes"), (9.9, "no"), (10.5, "no"), (math.nan, "not judged")]
)
def test_verdict_says_whether_theory_lies_within(theory: float, verdict: str) -> None:
    assert a_check(theory).verdict == verdict


def test_approximation_may_be_off_by_a_tenth() -> None:
    assert a_check(9.3, is_exact=False).verdict == "yes"
    assert a_check(8.9, is_exact=False).verdict == "no"


def test_interval_wider_than_a_twentieth_is_not_counted_as_right() -> None:
    assert disagreement(Interval(10.0, 9.4, 10.6, 20), 10.0).startswith("too wide")


def test_unfinished_requests_are_a_problem() -> None:
    assert Check(a_check(10.1).form, a_check().simulated, unfinished_share=0.01).verdict == "no"


def test_text_names_the_mechanism_that_is_outside_and_gives_formula_and_note() -> None:
    text = verification_as_text([a_check(9.0, note="Not near load 1."), a_check(10.1)])
    assert text.endswith("OUTSIDE: Queue.")
    assert "1 of 2 values of theory lie within the 99.9% interval" in text
    assert "load / (1 - load)" in text
    assert "[1] Not near load 1." in text


def test_json_has_null_where_there_is_no_number() -> None:
    [row] = verification_as_json([Check(Form("a", "b", "time_queue", math.nan), None)])
    assert row["theory"] is None
    assert json.loads(json.dumps(row, allow_nan=False))["within"] == "not judged"


# --- a scenario taken apart ---------------------------------------------------------------------------------


def small() -> Scenario:
    desk = {
        "name": "head",
        "kind": "desk",
        "hours_per_week": 20,
        "review_hours": {"kind": "exponential", "mean": 2},
    }
    board = {"name": "board", "kind": "board", "meets_every_weeks": 2, "paper_deadline_days": 3, "agenda": 50}
    tree = {
        "situation": {
            "people": {"development": 1, "testing": 1},
            "demand": {
                "arrivals": {"kind": "poisson", "per_week": 3},
                "work": [
                    {"activity": "build", "skill": "development", "effort_days": 1.2},
                    {"activity": "test", "skill": "testing", "effort_days": 1.8},
                ],
            },
        },
        "operating_models": {
            "bank": {
                "governance": {"gates": [{"before": "start", "layers": [desk, board]}]},
                "funding": {"kind": "rounds", "every_weeks": 13, "acceptance": 0.7},
                "release": {"kind": "train", "every_weeks": 6, "freeze_days": 5},
            },
            "other": {},
        },
    }  # fmt: skip
    return checked(tree, {}, "")


@pytest.mark.slow
def test_scenario_is_taken_apart_into_places_that_agree_with_theory() -> None:
    checks = verify(small(), ["bank"])
    verdicts = {check.form.file.removeprefix("bank: "): check.verdict for check in checks}
    expected = ["funding rounds", "desk head", "board board", "team development", "team testing"]
    assert list(verdicts) == [*expected, "release train"]
    assert verdicts.pop("team testing") == "not judged"  # 3 x 1.8 days a week for one person
    assert set(verdicts.values()) == {"yes"}, [check.problem for check in checks]
    theory = {check.form.file.removeprefix("bank: "): check.form.theory for check in checks}
    assert theory["board board"] == 3 + 10 / 2
    assert theory["release train"] == 5 + 30 / 2
    assert theory["funding rounds"] == pytest.approx(65 / 2 + 65 * 0.3 / 0.7)


def test_notes_say_where_the_formula_stops_holding() -> None:
    notes = {check.form.file.removeprefix("bank: "): check.form.note for check in verify_nothing(small())}
    assert "agenda is left out" in notes["board board"]
    assert notes["team testing"].startswith("Load 1.08: the queue grows for ever")
    assert "arrives together" in notes["team development"]


def test_a_place_where_hardly_anything_comes_is_not_judged() -> None:
    rare = small().with_changes({"situation.demand.arrivals.per_week": 0.01, "bank.funding.every_weeks": 52})
    checks = {check.form.file.removeprefix("bank: "): check for check in verify_nothing(rare)}
    assert checks["desk head"].form.note.startswith("So seldom does anything come here")
    assert checks["desk head"].verdict == "not judged"
    assert checks["funding rounds"].form.theory == 260 / 2 + 260 * 0.3 / 0.7, "a round a year is judged"


def verify_nothing(scenario: Scenario) -> list[Check]:
    """Return the checks of a scenario without simulating."""
    from sim.trust.places import parts_of

    return [Check(part.form, None) for part in parts_of(scenario, "bank")]


def test_places_with_long_names_are_taken_out_too() -> None:
    tree = small().model_dump(mode="json")
    for layer in tree["operating_models"]["bank"]["governance"]["gates"][0]["layers"]:
        layer["name"] = f"{layer['name']} of {'a' * 60} at large"
    checks = verify_nothing(checked(tree, {}, ""))
    assert [len(check.form.file) for check in checks].count(len("bank: board board of  at large") + 60) == 1


def test_unknown_operating_model_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r'names no operating model: "bnak".*Did you mean "bank"'):
        verify(small(), ["bnak"])


def test_command_ends_with_4_if_theory_lies_outside(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sim.trust.verification.verify", lambda *_, **__: [a_check(9.0)])
    with pytest.raises(SystemExit) as left:
        main(["verify", "--format", "json"])
    assert left.value.code == 4
    shown = capsys.readouterr()
    assert json.loads(shown.out)[0]["within"] == "no"
    assert "OUTSIDE: Queue" in shown.err

"""The clock: our calls merged with Mesa's events, nothing lost in silence, ties in the written order."""

import gc
import inspect
import math
import subprocess
import sys
import weakref

import mesa
import numpy as np
import pytest
from mesa.time import EventGenerator, Schedule
from mesa.time.events import Event, EventList
from worlds.miniatures import backlog, check, organisation

from sim.errors import RunError
from sim.world.clock import Clock
from sim.world.model import OrganisationModel, run_replication
from sim.world.moments import (
    BOARD_MEETS,
    ITEM_ARRIVES,
    ITEM_TRAVELS,
    ITERATION_BEGINS,
    ROUND_MEETS,
    TRAIN_LEAVES,
    WORK_ENDS,
    WORK_IS_TAKEN,
)

DEV = {"people": {"dev": 1}, "work": {"build": "dev"}}


class Notes:
    """Writes down when it was called."""

    def __init__(self, model):
        self.model = model
        self.said = []

    def note(self, what):
        self.said.append((self.model.time, what))


def quiet(kind=OrganisationModel, weeks=4.0):
    """Return a model in which nothing arises, so that only the test's calls happen."""
    arrivals = {"kind": "regular", "per_week": 0.01}
    return kind(organisation({}, **DEV, arrivals=arrivals, weeks=weeks), "m", 0)


# --- one door ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [math.nan, math.inf, -math.inf, -1.0, -1e-12])
def test_call_after_refuses_a_length_that_never_comes(days):
    model = quiet()
    with pytest.raises(RunError, match=r"Notes\.note was to be called after .* days; expected 0 or more"):
        model.call_after(days, Notes(model).note, None)


@pytest.mark.parametrize("day", [math.nan, math.inf, -math.inf, -1.0, 6.99])
def test_call_at_refuses_a_day_that_is_past_or_never_comes(day):
    model = quiet()
    model.run_until(7)
    with pytest.raises(RunError, match=r"Notes\.note was to be called on day .*; today is day 7"):
        model.call_at(day, Notes(model).note, None)


def test_refused_call_leaves_the_others_alone():
    model = quiet()
    notes = Notes(model)
    model.call_after(2.0, notes.note, "before")
    with pytest.raises(RunError):
        model.call_after(math.nan, notes.note, "never")
    model.call_after(3.0, notes.note, "after")
    model.run_until(10)
    assert notes.said == [(2.0, "before"), (3.0, "after")]


def test_call_survives_that_nobody_else_refers_to_the_object():
    model = quiet()
    said = []

    class Passer:
        def by(self, what):
            said.append(what)

    passer = Passer()
    gone = weakref.ref(passer)
    model.call_after(1.0, passer.by, "still here")
    del passer
    gc.collect()
    assert gone() is not None, "the call itself keeps the object alive"
    model.run_until(2)
    assert said == ["still here"]
    gc.collect()
    assert gone() is None, "and lets it go afterwards"


def test_call_takes_closures_and_lambdas():
    model = quiet()
    said = []
    model.call_after(1.0, lambda what: said.append(what), "lambda")
    model.run_until(2)
    assert said == ["lambda"]


def test_call_within_a_rounding_error_of_now_happens_now():
    model = quiet()
    notes = Notes(model)
    model.run_until(5)
    model.call_at(5 - 1e-10, notes.note, "now")
    model.run_until(5)
    assert notes.said == [(5.0, "now")]


def test_clock_shows_the_moment_of_each_call_and_then_the_end():
    model = quiet()
    notes = Notes(model)
    for days in (0.1, 0.1 + 0.2, 2.5, 7.0):
        model.call_after(days, notes.note, days)
    model.run_until(7)
    assert notes.said == [(days, days) for days in (0.1, 0.1 + 0.2, 2.5, 7.0)], (
        "an event on the last day happens"
    )
    assert model.time == 7.0
    model.run_until(9.5)
    assert model.time == 9.5


# --- ties -------------------------------------------------------------------------------------------


def test_moments_are_in_the_order_of_an_items_life():
    moments = [
        WORK_ENDS,
        ITEM_TRAVELS,
        ITEM_ARRIVES,
        ROUND_MEETS,
        BOARD_MEETS,
        TRAIN_LEAVES,
        ITERATION_BEGINS,
    ]
    model = quiet()
    notes = Notes(model)
    for moment in reversed(moments):
        model.call_at(5.0, notes.note, moment, moment)
    model.run_until(5)
    assert [what for _, what in notes.said] == moments


def test_calls_after_a_while_keep_the_order_of_moments_too():
    model = quiet()
    notes = Notes(model)
    for moment in (TRAIN_LEAVES, ITEM_TRAVELS, WORK_ENDS):
        model.call_after(5.0, notes.note, moment, moment)
    model.run_until(5)
    assert [what for _, what in notes.said] == [WORK_ENDS, ITEM_TRAVELS, TRAIN_LEAVES]


def test_same_moment_happens_in_the_order_of_scheduling():
    model = quiet()
    notes = Notes(model)
    for what in "abc":
        model.call_at(5.0, notes.note, what, BOARD_MEETS)
    model.run_until(5)
    assert [what for _, what in notes.said] == ["a", "b", "c"]


def test_instant_does_not_go_back_to_what_it_has_passed():
    model = quiet()
    notes = Notes(model)

    def boards_meet(_):
        notes.note("board")
        model.call_after(0.0, notes.note, "work of no length")  # WORK_ENDS has passed: it joins the boards

    model.call_at(5.0, boards_meet, None, BOARD_MEETS)
    model.call_at(5.0, notes.note, "other board", BOARD_MEETS)
    model.call_at(5.0, notes.note, "train", TRAIN_LEAVES)
    model.run_until(5)
    assert [what for _, what in notes.said] == ["board", "other board", "work of no length", "train"]


def test_instant_does_not_go_back_for_a_length_too_small_for_the_clock():
    model = quiet()
    notes = Notes(model)

    def boards_meet(_):
        model.call_after(1e-17, notes.note, "work of no length to speak of")

    model.call_at(5.0, boards_meet, None, BOARD_MEETS)
    model.call_at(5.0, notes.note, "other board", BOARD_MEETS)
    model.run_until(5)
    assert [what for _, what in notes.said] == ["other board", "work of no length to speak of"]


def test_next_occasion_counts_today_until_it_has_been_held():
    model = quiet()
    found = {}

    def ask(when):
        found[when] = model.next_occasion(5.0, model.time, BOARD_MEETS)

    model.call_at(4.0, ask, "the day before")
    model.call_at(5.0, ask, "work ends", WORK_ENDS)
    model.call_at(5.0, ask, "money is given", ROUND_MEETS)
    model.call_at(5.0, ask, "boards decide", BOARD_MEETS)
    model.call_at(5.0, ask, "trains leave", TRAIN_LEAVES)
    model.call_at(6.0, ask, "the day after")
    model.run_until(10)
    assert found == {
        "the day before": 1,
        "work ends": 1,
        "money is given": 1,
        "boards decide": 2,
        "trains leave": 2,
        "the day after": 2,
    }


def test_next_occasion_is_never_in_the_past():
    model = quiet()
    found = []
    model.call_at(15.0, lambda _: found.append(model.next_occasion(5.0, 0.0, BOARD_MEETS)), None, BOARD_MEETS)
    model.run_until(15)
    assert found == [4], "day 20 is the next that is to come"


# --- Mesa's events ----------------------------------------------------------------------------------


class Stepping(OrganisationModel):
    """Somebody's extension: a daily step, a single event and a recurring one."""

    def __init__(self, *args):
        super().__init__(*args)
        self.said = []
        self.schedule_event(self.once, at=2.5)
        self.weekly_schedule = self.schedule_recurring(self.weekly, Schedule(interval=5.0, start=5.0))

    def step(self):
        self.said.append((self.time, "step"))

    def once(self):
        self.said.append((self.time, "once"))

    def weekly(self):
        self.said.append((self.time, "weekly"))

    def ours(self, what):
        self.said.append((self.time, what))


def test_mesa_events_and_steps_are_merged_with_ours():
    model = quiet(Stepping)
    for day in (0.5, 2.5, 3.0, 4.75):
        model.call_at(day, model.ours, f"ours {day}")
    model.run_until(6)
    # At the same instant Mesa's come first, the step (high priority) before other Mesa events.
    assert model.said == [
        (0.5, "ours 0.5"),
        (1.0, "step"),
        (2.0, "step"),
        (2.5, "once"),
        (2.5, "ours 2.5"),
        (3.0, "step"),
        (3.0, "ours 3.0"),
        (4.0, "step"),
        (4.75, "ours 4.75"),
        (5.0, "step"),
        (5.0, "weekly"),
        (6.0, "step"),
    ]
    assert model.steps == 6


def test_mesa_event_may_schedule_ours_and_ours_may_schedule_mesas():
    model = quiet()
    notes = Notes(model)

    def mesas():
        notes.note("mesa")
        model.call_after(1.0, ours, None)

    def ours(_):
        notes.note("ours")
        if model.time < 6:
            model.schedule_event(mesas, after=0.5)

    model.schedule_event(mesas, at=4.0)
    model.run_until(8)
    assert notes.said == [(4.0, "mesa"), (5.0, "ours"), (5.5, "mesa"), (6.5, "ours")]


def test_mesa_event_within_an_instant_does_not_take_it_back():
    model = quiet()
    found = []

    def ask():
        found.append(model.next_occasion(5.0, model.time, BOARD_MEETS))

    model.call_at(5.0, lambda _: model.schedule_event(ask, at=5.0), None, TRAIN_LEAVES)
    model.run_until(6)
    assert found == [2], "the boards of day 5 have met"


def test_cancelled_mesa_event_does_not_happen():
    model = quiet()
    notes = Notes(model)

    def note():
        notes.note("cancelled")

    event = model.schedule_event(note, at=2.0)
    later = model.schedule_event(note, at=20.0)
    model.call_at(1.0, lambda _: event.cancel(), None)
    later.cancel()
    model.call_at(3.0, notes.note, "ours")
    model.run_until(5)
    assert notes.said == [(3.0, "ours")]


def test_step_and_run_for_advance_the_same_clock():
    model = quiet(Stepping)
    model.call_at(1.5, model.ours, "ours")
    model.step()
    assert (model.time, model.said) == (1.0, [(1.0, "step")])
    model.run_for(1)
    assert model.time == 2.0
    assert model.said == [(1.0, "step"), (1.5, "ours"), (2.0, "step")]


def test_a_step_that_does_nothing_is_not_scheduled():
    model = quiet()
    model.run_until(10)
    assert model.steps == 0
    assert not model._default_schedule.is_active
    assert all(event.CANCELED for event in model._event_list._events)


def test_extension_does_not_change_what_happens():
    found = organisation(
        {"handoffs": {"delay_days": {"kind": "exponential", "mean": 1}}},
        people={"dev": 2, "testing": 1},
        work={"build": ("dev", 2), "test": "testing"},
        arrivals={"kind": "poisson", "per_week": 5},
    )
    plain, extended = OrganisationModel(found, "m", 0).run(), Stepping(found, "m", 0).run()
    for name, column in plain.stays.items():
        assert column.tobytes() == extended.stays[name].tobytes(), name


def test_new_day_begins_with_its_first_moment_for_mesas_events_too():
    model = quiet()
    found = []

    def ask():
        found.append(model.next_occasion(5.0, model.time, BOARD_MEETS))

    model.call_at(4.0, lambda _: None, None, ITERATION_BEGINS)
    model.schedule_event(ask, at=5.0)
    model.run_until(6)
    assert found == [1], "Mesa's events come first on day 5: its meeting has not been held"


@pytest.mark.parametrize(
    "when", [{"after": math.nan}, {"after": math.inf}, {"at": math.nan}, {"at": math.inf}]
)
def test_mesa_event_that_never_comes_is_refused_and_loses_no_other(when):
    model = quiet()
    notes = Notes(model)

    def note():
        notes.note("mesa")

    with pytest.raises(
        RunError, match=r"was to be scheduled at (nan|inf); expected a number of working days"
    ):
        model.schedule_event(note, **when)
    model.schedule_event(note, at=2.0)
    model.run_until(5)
    assert notes.said == [(2.0, "mesa")]


def test_recurring_event_that_never_comes_is_refused():
    model = quiet()
    notes = Notes(model)

    def note():
        notes.note("mesa")

    with pytest.raises((RunError, ValueError)):
        model.schedule_recurring(note, Schedule(interval=math.nan))


def test_mesa_event_with_a_closure_that_nobody_keeps_happens():
    model = quiet()
    said = []

    def schedule():
        def closure():
            said.append("closure")

        model.schedule_event(closure, at=2.0)

    schedule()
    gc.collect()
    model.run_until(5)
    assert said == ["closure"]


# --- running ----------------------------------------------------------------------------------------

LIVELY = {
    "structure": {"iteration_weeks": 1},
    "handoffs": {"delay_days": {"kind": "exponential", "mean": 1}, "return_chance": 0.2},
    "governance": {
        "gates": [{"before": "start", "layers": [{"name": "board", "kind": "board", "meets_every_weeks": 1}]}]
    },
    "release": {"kind": "train", "every_weeks": 2},
}


@pytest.mark.parametrize("stops", [[50.0], [0.0, 5.0, 10.0, 10.0], [3.3, 64.999], [65.0]])
def test_running_in_pieces_equals_running_at_once(stops):
    found = organisation(
        LIVELY,
        people={"dev": 2, "testing": 2},
        work={"build": ("dev", 2), "test": "testing"},
        arrivals={"kind": "poisson", "per_week": 5},
        weeks=13,
    )
    whole = run_replication(found, "m", 0)
    model = OrganisationModel(found, "m", 0)
    for day in stops:
        model.run_until(day)
    pieces = model.run()
    for table in ("stays", "ends"):
        for name, column in getattr(whole, table).items():
            assert column.tobytes() == getattr(pieces, table)[name].tobytes(), f"{table}.{name}"
    assert pieces.events == whole.events


def test_running_until_now_lets_happen_what_is_due_now():
    model = quiet()
    notes = Notes(model)
    model.run_until(3)
    model.call_after(0.0, notes.note, "due")
    model.run_until(3)
    assert notes.said == [(3.0, "due")]


def test_running_until_no_day_at_all_is_refused():
    with pytest.raises(RunError, match="cannot run until day nan: it is day 0"):
        quiet().run_until(math.nan)


def test_running_backwards_is_refused():
    model = quiet()
    model.run_until(3)
    with pytest.warns(RuntimeWarning, match="end_time 2 is larger than time 3"):  # Mesa's words
        model.run_until(2)
    with pytest.raises(RunError, match=r"cannot run until day 1(\.0)?: it is day 3(\.0)? already"):
        model.run_for(-2)
    assert model.time == 3.0


def test_run_goes_on_to_its_end_after_an_event_has_raised():
    model = quiet()
    notes = Notes(model)

    def fail(_):
        raise KeyboardInterrupt

    model.call_at(3.0, fail, None)
    days = [4.0, 19.0, 12.0, 18.0, 15.0, 11.0, 6.0, 17.0, 13.0, 5.0]
    for day in days:
        model.call_at(day, notes.note, day)
    with pytest.raises(KeyboardInterrupt):
        model.run_until(10)
    model.run_until(20)
    assert notes.said == [(day, day) for day in sorted(days)]
    assert model.time == 20.0


def test_events_are_counted():
    # Two arrivals, two ends of work.
    assert run_replication(organisation({}, **DEV, arrivals=backlog(2)), "m", 0).events == 4
    # The run ends on day 1, before the second end.
    assert run_replication(organisation({}, **DEV, arrivals=backlog(2), weeks=0.2), "m", 0).events == 3


def test_garbage_collection_is_as_it_was_after_a_run():
    assert gc.isenabled()
    run_replication(organisation({}, **DEV, arrivals=backlog(2)), "m", 0)
    assert gc.isenabled()


def test_too_many_events_stop_the_run(monkeypatch):
    monkeypatch.setattr("sim.world.clock.MOST_EVENTS_IN_A_RUN", 1000)
    model = quiet()

    def again(_):
        model.call_after(0.0, again, None)

    model.call_after(1.0, again, None)
    with pytest.raises(RunError, match=r"more than 1,000 events by day 1; stopped"):
        model.run_until(2)


def test_nothing_arises_and_nothing_happens():
    history = run_replication(organisation({}, **DEV, arrivals={"kind": "regular", "per_week": 0.01}), "m", 0)
    assert len(history.requests) == 0
    assert all(len(column) == 0 for column in (*history.stays.values(), *history.ends.values()))
    assert set(history.stays) >= {"item", "kind", "entered", "started", "finished"}


def test_request_that_arises_on_the_last_day_has_an_end():
    found = organisation({}, **DEV, arrivals={"kind": "regular", "per_week": 0.6}, weeks=25)
    history = run_replication(found, "m", 0)
    assert len(history.ends["item"]) == len(history.requests) == 15


def test_chain_of_two_hundred_activities_and_a_board_of_hundreds_of_layers():
    # 200 stages of a quarter of a day, each by the next team, after 300 desks of an hour (an eighth of a
    # day).
    work = {f"stage {number}": (f"skill {number}", 0.25) for number in range(200)}
    desks = [{"name": f"desk {n}", "kind": "desk", "hours_per_week": 40} for n in range(300)]
    model = {"governance": {"gates": [{"before": "start", "layers": desks}]}}
    found = organisation(
        model, people={skill: 1 for skill, _ in work.values()}, work=work, arrivals=backlog(1)
    )
    ends = run_replication(found, "m", 0).ends
    assert ends["ended"].tolist() == [300 / 8 + 200 / 4]
    assert ends["handoffs"].tolist() == [199]
    assert ends["reviews"].tolist() == [300]


def test_one_team_of_one_person_and_one_item():
    check(
        organisation({}, **DEV, arrivals=backlog(1)),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        1         1
        """,
    )


# --- the parts of Mesa that we read -----------------------------------------------------------------


def test_private_parts_of_mesa_that_we_read_are_there():
    """Fails loudly when Mesa changes what ``Clock._advance_time`` relies on."""
    assert mesa.__version__.startswith("3.")
    plain = mesa.Model(rng=0)
    assert isinstance(plain._event_list, EventList)
    assert isinstance(plain._event_list._events, list)
    assert isinstance(plain._default_schedule, EventGenerator)
    assert plain._default_schedule.is_active
    plain._default_schedule.stop()
    assert not plain._default_schedule.is_active
    for name in ("time", "CANCELED", "execute"):
        assert hasattr(plain._event_list._events[0], name), name
    assert plain._event_list._events[0].CANCELED
    # heapq orders them by time, then priority, then order of scheduling
    early, late = Event(1.0, plain.run_model), Event(2.0, plain.run_model)
    assert early < late
    # whatever advances the clock goes through one method, which we override
    for way in (mesa.Model.run_until, mesa.Model.run_for, mesa.Model._wrapped_step):
        assert "self._advance_time(" in inspect.getsource(way), way.__name__
    assert list(inspect.signature(mesa.Model._advance_time).parameters) == ["self", "until"]


def test_mesa_is_imported_without_its_maps_which_come_when_they_are_asked_for():
    """In a process of its own: here everything has been imported already."""
    program = (
        "import sys\n"
        "from sim.world.mesa_core import NOT_NEEDED, mesa\n"
        "import sim.world.model\n"
        "early = set(NOT_NEEDED) & set(sys.modules)\n"
        "assert not early, early\n"
        "from mesa.agent import pd\n"
        "import pandas\n"
        "assert pd.Series is pandas.Series and sys.modules['pandas'] is pandas\n"
        "assert mesa.discrete_space.Cell.__module__ == 'mesa.discrete_space.cell'\n"
        "assert not hasattr(pd, '__no_such_name__') and not hasattr(pd, 'no_such_name')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_clock_is_not_mesas_observable():
    mesas, ours = (inspect.getattr_static(kind, "time") for kind in (mesa.Model, OrganisationModel))
    assert type(mesas).__name__ == "Observable"
    assert type(ours) is not type(mesas), "setting an observable clock costs ten times an ordinary attribute"


def test_no_generator_of_mesas_decides_anything():
    found = organisation(LIVELY, **DEV, arrivals={"kind": "poisson", "per_week": 3})
    model = OrganisationModel(found, "m", 0)
    before = model.rng.bit_generator.state["state"], model.random.getstate()
    model.run()
    assert (model.rng.bit_generator.state["state"], model.random.getstate()) == before
    assert np.isfinite(model.time)


def test_instant_at_which_a_run_stopped_begins_anew_with_its_first_moment():
    clock, seen = Clock(), []
    clock.call_at(5.0, seen.append, "late", WORK_IS_TAKEN - 1)
    clock.run_until(5)
    clock.call_after(0.0, seen.append, "travels", ITEM_TRAVELS)
    clock.call_after(0.0, seen.append, "ends", WORK_ENDS)
    clock.run_until(5)
    assert seen == ["late", "ends", "travels"]

"""The layout: a built organisation written into the arena, object by object.

Constructors stay the only place where an organisation is put together. What the layout does not know (a
class, something scheduled, somebody who wants to be told) it refuses, and the Mesa engine runs instead.
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from sim.world.engine import draws as dr
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import work_item as it

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    type Writer = Callable[["Layout", Any, int], None]

_WRITERS: dict[str, tuple[int, int, Writer]] = {}
ARGUMENTS: dict[str, Callable[[Layout, Any], int]] = {}
_MORE: dict[str, Callable[[Layout, Any, int], None]] = {}


class Refused(Exception):
    """The fast engine does not know something; says what."""


def lays_out(*classes: str, size: int, each_skill: int = 0) -> Callable[[Writer], Writer]:
    """Mark what writes objects of exactly these classes of ``sim.world.agents``.

    ``size`` is how many words an object has, ``each_skill`` how many more for each skill (of people).
    """

    def mark(writer: Writer) -> Writer:
        _WRITERS.update(dict.fromkeys(classes, (size, each_skill, writer)))
        return writer

    return mark


def takes_argument(method: str) -> Callable[..., Any]:
    """Mark what turns the argument of a call that a constructor scheduled into a word."""

    def mark(function: Callable[[Layout, Any], int]) -> Callable[[Layout, Any], int]:
        ARGUMENTS[method] = function
        return function

    return mark


def kind_of(team_or_person: str) -> Callable[..., Any]:
    """Mark what writes what a kind of team, or of person, has beside what all have; the name of its class."""

    def mark(function: Callable[[Layout, Any, int], None]) -> Callable[[Layout, Any, int], None]:
        _MORE[team_or_person] = function
        return function

    return mark


class Layout:
    """The arena of one replication while it is written."""

    def __init__(self, model: Any, array: NDArray[np.int64]) -> None:
        self.model = model
        self.array = array
        self.numbers = array.view(np.float64)
        self.I = memoryview(array).cast("B").cast("q")
        self.F = memoryview(array).cast("B").cast("d")
        self.I[mem.TOP] = mem.FIRST_FREE
        self.I[mem.ROOM] = len(array)
        self._addresses: dict[int, int] = {}
        self._kept: list[Any] = []  # so that no id is used twice
        self.purposes: list[Any] = []  # of draws, by number
        self._skills: dict[str, int] = {}
        self._teams: dict[int, int] = {}
        self.know_teams(model.teams)
        self.know_draws()

    # --- room --------------------------------------------------------------------------------------------

    def words(self, n: int) -> int:
        """Return the address of so many new words."""
        at = self.I[mem.TOP]
        if at + n > self.I[mem.ROOM] // 2:
            raise MemoryError(f"{at + n:,} words and more")
        self.I[mem.TOP] = at + n
        return at

    def block(self, values: Iterable[int] | NDArray[Any]) -> int:
        """Return the address of whole numbers that lie one after the other."""
        values = values if isinstance(values, np.ndarray) else list(values)
        at = self.words(len(values))
        self.array[at : at + len(values)] = values
        return at

    def floats(self, values: Sequence[float] | NDArray[Any]) -> int:
        """Return the address of floating numbers that lie one after the other."""
        at = self.words(len(values))
        self.numbers[at : at + len(values)] = values
        return at

    def list_of(self, values: Iterable[int] = ()) -> int:
        """Return a list with these values."""
        values = list(values)
        at = self.words(mem.LIST)
        self.I[at + mem.DATA] = self.block(values)
        self.I[at] = self.I[at + mem.CAPACITY] = len(values)
        return at

    def by_item(self, each: int = 1) -> int:
        """Return a table with so many words for each request, all 0; request -1, of nobody's tasks, too."""
        return self.words((self.I[mem.N_ITEMS] + 1) * each) + each

    def shared(self, one: Any, make: Callable[[], int]) -> int:
        """Return the address of something that several objects share, made the first time."""
        return self._known(one) or self._remember(one, make())

    def line(self, queue: list[Any]) -> int:
        """Return the line for a queue, with those who stand in it."""
        known = self._known(queue)
        if known:
            return known
        at = self._remember(queue, self.list_of())
        data = self.words(mem.ENTRY * len(queue))
        for k, (minus_priority, rank, joined, item) in enumerate(queue):
            entry = data + mem.ENTRY * k
            self.I[entry], self.F[entry + mem.RANK] = minus_priority, rank
            self.I[entry + mem.JOINED], self.I[entry + mem.WHO] = joined, self.address(item)
        self.I[at] = self.I[at + mem.CAPACITY] = len(queue)
        self.I[at + mem.DATA] = data
        return at

    def owners(self, teams: Sequence[Any]) -> int:
        """Return the block of who owns something, by product; owners may change on a date."""
        return self.shared(teams, lambda: self.block(self.address(team) for team in teams))

    def people(self, pool: Any) -> int:
        """Return the list of the people of a pool, in order."""
        known = self._known(pool)
        if known:
            return known
        at = self._remember(pool, self.list_of())
        people = [self.address(person) for person in pool]
        self.I[at + mem.DATA] = self.block(people)
        self.I[at] = self.I[at + mem.CAPACITY] = len(people)
        return at

    # --- objects -----------------------------------------------------------------------------------------

    def _known(self, one: Any) -> int:
        return self._addresses.get(id(one), 0)

    def _remember(self, one: Any, at: int) -> int:
        self._addresses[id(one)] = at
        self._kept.append(one)
        return at

    def address(self, one: Any) -> int:
        """Return where an object lies, written the first time; nobody is 0.

        Raises
        ------
        Refused
            If it is of a class that the fast engine does not know.
        """
        if one is None:
            return 0
        known = self._known(one)
        if known:
            return known
        name = type(one).__name__
        is_team = id(one) in self._teams
        if is_team:
            name = "Team"
        if name == "TasksEnd":
            return self._remember(one, self.block([kinds.TASKS_END]))
        if name == "Task":
            return self._task(one)
        if name not in _WRITERS or not type(one).__module__.startswith("sim.world."):
            self.refuse(f"{name} is not in it")
        size, each_skill, writer = _WRITERS[name]
        if each_skill:
            size += each_skill * len(one.factors)
        at = self._remember(one, self.words(size))
        writer(self, one, at)
        if is_team:
            self.more(one, at)
        return at

    def _task(self, task: Any) -> int:
        """Write a task that a constructor gave to somebody."""
        at = self._remember(task, self.words(it.TASK))
        I, F = self.I, self.F
        I[at + it.IS_TASK] = 1
        I[at + it.IS_OPEN] = task in self.model.open_tasks
        for field, number in (
            (it.INDEX, task.index),
            (it.PRODUCT, task.product),
            (it.PRIORITY, task.priority),
            (it.IDEA, task.idea),
            (it.AT, task.at),
            (it.VISIT, task.visit),
            (it.ACTIVITY, task.activity),
            (it.KIND, task.kind),
            (it.PLACE, task.place),
            (it.HANDED_TO, task.handed_to),
            (it.HANDOFFS, task.handoffs),
        ):
            I[at + field] = number
        for field, amount in (
            (it.DEADLINE, task.deadline),
            (it.VALUE_PER_WEEK, task.value_per_week),
            (it.BELIEF, task.belief),
            (it.ENTERED, task.entered),
            (it.STARTED, task.started),
            (it.WORK, task.work),
            (it.EFFORT, task.effort),
            (it.COMMITTED, task.committed),
        ):
            F[at + field] = amount
        I[at + it.IN_TEAM], I[at + it.LAST_TEAM] = self.address(task.in_team), self.address(task.last_team)
        I[at + it.PERSON] = self.address(task.person)
        I[at + it.PLANNED_BY] = self.list_of(task.planned_by) if task.planned_by else 0
        then = self.bound(task.then, kinds.THEN)
        I[at + it.THEN], I[at + it.THEN_OF] = then & kinds.KIND, then >> kinds.KIND_BITS
        return at

    def more(self, one: Any, at: int) -> None:
        """Write what each kind that somebody is of has beside."""
        for kind in reversed(type(one).__mro__):
            name = kind.__name__
            is_composed = name == "".join(base.__name__ for base in kind.__bases__)
            if not kind.__module__.startswith("sim.world.agents.") or is_composed:
                continue
            if name in _MORE:
                _MORE[name](self, one, at)
            elif name not in _WHAT_ALL_HAVE:
                self.refuse(f"{name} is not in it")

    def know_teams(self, teams: Iterable[Any]) -> None:
        """Know teams by their number."""
        for team in teams:
            self._teams.setdefault(id(team), len(self._teams))

    @property
    def n_teams(self) -> int:
        """How many teams there are."""
        return len(self._teams)

    def number_of_team(self, team: Any) -> int:
        """Return a team's number."""
        return self._teams[id(team)]

    def number_of_name(self, name: str) -> int:
        """Return a number for a name."""
        return self._skills.setdefault(name, len(self._skills))

    def names_of_teams(self) -> dict[int, str]:
        """Return the name of each team by its address."""
        motion = self.model.motion
        teams = self.model.teams if motion is None else motion._all_teams
        return {self.address(team): team.name for team in teams}

    def know_draws(self) -> None:
        """Know for each of the organisation's draws what they decide."""
        self._names_of_draws = {id(draw): key for key, draw in self.model._draws.items()}

    def draws(self, draw: Any) -> int:
        """Return the draws of a purpose."""
        known = self._known(draw)
        if known:
            return known
        key = self._names_of_draws.get(id(draw))
        if key is None:
            self.refuse("draws that the organisation does not know")
        at = self._remember(draw, self.words(dr.PURPOSE))
        self.I[at + dr.NUMBER] = len(self.purposes)
        self.purposes.append((at, *key))
        return at

    def told(self, methods: Sequence[Any]) -> int:
        """Return the list of whom to tell of something."""
        return self.list_of(self.bound(method, kinds.TOLD) for method in methods)

    def bound(self, method: Any, names: tuple[str, ...]) -> int:
        """Return a bound method as one word: whose it is, and its position among some names."""
        name = method.__qualname__
        if name not in names:
            self.refuse(f"{name} is not in it")
        return self.address(method.__self__) << kinds.KIND_BITS | names.index(name)

    def check_as_written(self) -> None:
        """Refuse if somebody has put another method into a class: that is for the Mesa engine."""
        met = {type(self.model), type(self.model.journal), *map(type, self._kept)}
        for kind in {kind for one in met for kind in one.__mro__}:
            ours = vars(kind) if kind.__module__.startswith("sim.world.") else {}
            for name, method in ours.items():
                if isinstance(method, FunctionType) and method.__qualname__ != f"{kind.__qualname__}.{name}":
                    self.refuse(f"{kind.__name__}.{name} is not as it was written")

    def refuse(self, what: str) -> NoReturn:
        """Say what the fast engine does not know.

        Raises
        ------
        Refused
            Always.
        """
        raise Refused(what)


_WHAT_ALL_HAVE = ("Team", "Person", "DividedOwnWorkFirst")
"""Kinds of teams and people that have nothing beside what ``team`` writes, and what their bases have."""

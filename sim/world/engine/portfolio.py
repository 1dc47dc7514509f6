# pyright: reportMissingParameterType=false
"""The portfolio (``sim.world.agents.portfolio``): projects, and how many are in progress at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.spec import DAYS_PER_WEEK
from sim.world.engine import clock as ck
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel, later
from sim.world.engine.layout import lays_out
from sim.world.journal import FORMING, FUNDING, RELEASE
from sim.world.moments import PROJECTS_START, WORK_ENDS
from sim.world.work_item import NO_ITEM

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

(
    KIND,
    AT,
    PLACE,
    SIZE_OF_PROJECTS,
    FORMING_DAYS,
    HAS_PROJECTS,
    LIMIT,  # -1: none
    BUNDLES,  # by product, required and optional: list, or nobody
    LINE,
    QUEUED,
    WILL_LOOK,
    IN_PROGRESS,
    OPTIONAL_IN_PROGRESS,
    PROJECT_OF,  # by item
    BEGINNING,  # list of where bundles are, as they came into being
    STARTED,  # list of projects that have begun
) = range(16)
SIZE = 16

# A project: requests of one product that are funded, started and counted together.
ITEMS, PRODUCT, IS_OPTIONAL, N_OPEN, READY, BEGUN = range(6)
PROJECT = 6

# The step at which a project's requests wait for each other.
TOGETHER_KIND, TOGETHER_AT, TOGETHER_BOARD, TOGETHER_PLACE = range(4)

is_concerned = later("motion", "is_concerned", "int, int", "bool")

_ON_START = kinds.call("PortfolioBoard._start_what_may")
_ON_FORMED = kinds.call("PortfolioBoard._formed")
_ON_RELEASE = kinds.call("PortfolioBoard.release")


@entry
def take(I, F, board: int, item: int) -> bool:
    """Put a funded request into its product's next project."""
    it.wait(I, F, item, I[board + AT], FUNDING, I[board + PLACE])
    _bundle(I, F, board, item)
    return True


@entry
def _bundle(I, F, board: int, item: int) -> None:
    where = I[board + BUNDLES] + 2 * I[item + it.PRODUCT]
    if it.is_optional(I, F, item):
        where += 1
    if I[where] == 0:
        I[where] = mem.new_list(I, F)
        mem.append(I, F, I[board + BEGINNING], where)
    bundle = I[where]
    mem.append(I, F, bundle, item)
    if I[bundle] >= I[board + SIZE_OF_PROJECTS]:
        I[where] = 0
        mem.remove(I, F, I[board + BEGINNING], where)
        _put_in_line(I, F, board, _new_project(I, F, bundle))


@kernel
def _new_project(I, F, items: int) -> int:
    project = mem.alloc(I, F, PROJECT)
    first = mem.get(I, F, items, 0)
    I[project + ITEMS] = items
    I[project + PRODUCT] = I[first + it.PRODUCT]
    I[project + IS_OPTIONAL] = it.is_optional(I, F, first)
    I[project + N_OPEN] = I[items]
    I[project + READY] = mem.new_list(I, F)
    return project


@kernel
def _put_in_line(I, F, board: int, project: int) -> None:
    I[board + QUEUED] += 1
    items = I[project + ITEMS]
    highest = I[mem.get(I, F, items, 0) + it.PRIORITY]
    for k in range(1, I[items]):
        highest = max(highest, I[mem.get(I, F, items, k) + it.PRIORITY])
    mem.push(I, F, I[board + LINE], -highest, 0.0, I[board + QUEUED], project)
    _look_later(I, F, board)


@kernel
def _look_later(I, F, board: int) -> None:
    if not I[board + WILL_LOOK]:
        I[board + WILL_LOOK] = 1
        ck.call_after(I, F, 0.0, _ON_START, board, 0, PROJECTS_START)


@entry
def start_what_may(I, F, board: int) -> None:
    """Start what is first in line, when all that was funded at this instant is there."""
    I[board + WILL_LOOK] = 0
    line = I[board + LINE]
    while I[line]:
        counted = I[board + IN_PROGRESS]
        if I[I[mem.first_of(I, F, line) + mem.WHO] + IS_OPTIONAL]:
            counted += I[board + OPTIONAL_IN_PROGRESS]
        if I[board + LIMIT] >= 0 and counted >= I[board + LIMIT]:
            return
        project = mem.pop(I, F, line)
        _count(I, F, board, project, 1)
        mem.append(I, F, I[board + STARTED], project)
        items = I[project + ITEMS]
        for k in range(I[items]):
            I[I[board + PROJECT_OF] + I[mem.get(I, F, items, k) + it.INDEX]] = project
        F[project + BEGUN] = F[mem.NOW]
        if F[board + FORMING_DAYS] != 0.0:
            ck.call_after(I, F, F[board + FORMING_DAYS], _ON_FORMED, board, project, WORK_ENDS)
        else:
            org.send_on(I, F, items)


@kernel
def _count(I, F, board: int, project: int, change: int) -> None:
    if I[project + IS_OPTIONAL]:
        I[board + OPTIONAL_IN_PROGRESS] += change
    else:
        I[board + IN_PROGRESS] += change


@entry
def formed(I, F, board: int, project: int) -> None:
    """Let a project that has formed go."""
    n, now = I[I[project + ITEMS]], F[mem.NOW]
    if n == 0:  # they did not wait for it
        return
    jn.note(I, F, FORMING, NO_ITEM, I[board + PLACE], n, F[project + BEGUN], now, 0.0)
    org.send_on(I, F, I[project + ITEMS])


@entry
def ended(I, F, board: int, item: int) -> None:
    """Take note that an item is live or refused; its project may end with it."""
    where = I[board + PROJECT_OF] + I[item + it.INDEX]
    project = I[where]
    if project == 0:  # refused before it was funded
        return
    I[where] = 0
    I[project + N_OPEN] -= 1
    if I[project + N_OPEN] == 0:
        _count(I, F, board, project, -1)
        mem.remove(I, F, I[board + STARTED], project)
        if I[board + HAS_PROJECTS]:
            org.forget(I, F, I[project + PRODUCT])
        if I[I[board + LINE]]:
            _look_later(I, F, board)
    elif I[I[project + READY]] == I[project + N_OPEN]:  # the others waited for this one
        ck.call_after(I, F, 0.0, _ON_RELEASE, board, project, WORK_ENDS)


@entry
def release(I, F, board: int, project: int) -> None:
    """Send a project's finished requests on together."""
    org.send_on(I, F, mem.take_all(I, F, I[project + READY]))


@entry
def wait_for_all(I, F, step: int, item: int) -> bool:
    """Hold an item until all of its project that are still open are here (``Together.take``)."""
    board = I[step + TOGETHER_BOARD]
    project = I[I[board + PROJECT_OF] + I[item + it.INDEX]]
    if project == 0:  # it was open at the start
        return False
    it.wait(I, F, item, I[step + TOGETHER_AT], RELEASE, I[step + TOGETHER_PLACE])
    mem.append(I, F, I[project + READY], item)
    if I[I[project + READY]] == I[project + N_OPEN]:
        ck.call_after(I, F, 0.0, _ON_RELEASE, board, project, WORK_ENDS)
    return True


# --- when another way begins -----------------------------------------------------------------------------


@entry
def take_over(I, F, board: int, old: int) -> None:
    """Go on with the bundles, the line and the projects of those who are concerned."""
    bundled, projects = mem.new_list(I, F), mem.new_list(I, F)
    _give_up(I, F, old, bundled, projects)
    for k in range(I[projects]):
        _put_in_line(I, F, board, mem.get(I, F, projects, k))
    for k in range(I[bundled]):
        _bundle(I, F, board, mem.get(I, F, bundled, k))
    begun = _give_up_begun(I, F, old, board)
    for k in range(I[begun]):
        _count(I, F, board, mem.get(I, F, begun, k), 1)
        mem.append(I, F, I[board + STARTED], mem.get(I, F, begun, k))


@entry
def let_all_go(I, F, board: int, gone: int) -> None:
    """Put those who wait no longer to start into a list; projects that have begun are none any more."""
    projects = mem.new_list(I, F)
    _give_up(I, F, board, gone, projects)
    begun = _give_up_begun(I, F, board, 0)
    for k in range(I[begun]):
        mem.append(I, F, projects, mem.get(I, F, begun, k))
    for k in range(I[projects]):
        items = mem.take_all(I, F, I[mem.get(I, F, projects, k) + ITEMS])
        for n in range(I[items]):
            item = mem.get(I, F, items, n)
            if I[item + it.AT] == I[board + AT] and I[item + it.PLACE] == I[board + PLACE]:
                mem.append(I, F, gone, item)


@kernel
def _give_up(I, F, board: int, bundled: int, projects: int) -> None:
    """Take those who are concerned out of bundles and the line of projects, into lists."""
    beginning = mem.take_all(I, F, I[board + BEGINNING])
    for k in range(I[beginning]):
        where = mem.get(I, F, beginning, k)
        items = I[where]
        if not is_concerned(I, F, I[mem.MOTION], mem.get(I, F, items, 0)):
            mem.append(I, F, I[board + BEGINNING], where)
            continue
        I[where] = 0
        for n in range(I[items]):
            mem.append(I, F, bundled, mem.get(I, F, items, n))
    line, others = I[board + LINE], mem.new_list(I, F)
    while I[line]:
        entry = mem.alloc(I, F, mem.ENTRY)
        mem.copy_entry(I, F, entry, I[line + mem.DATA])
        project = mem.pop(I, F, line)
        if _is_meant(I, F, project):
            mem.append(I, F, projects, project)
        else:
            mem.append(I, F, others, entry)
    for k in range(I[others]):
        entry = mem.get(I, F, others, k)
        mem.push(I, F, line, I[entry], F[entry + mem.RANK], I[entry + mem.JOINED], I[entry + mem.WHO])


@kernel
def _is_meant(I, F, project: int) -> bool:
    return is_concerned(I, F, I[mem.MOTION], mem.get(I, F, I[project + ITEMS], 0))


@kernel
def _give_up_begun(I, F, board: int, follows: int) -> int:
    """Take projects of those who are concerned off those that have begun; who follows knows their items."""
    found, started = mem.new_list(I, F), mem.take_all(I, F, I[board + STARTED])
    for k in range(I[started]):
        project = mem.get(I, F, started, k)
        if not _is_meant(I, F, project):
            mem.append(I, F, I[board + STARTED], project)
            continue
        mem.append(I, F, found, project)
        _count(I, F, board, project, -1)
        items = I[project + ITEMS]
        for n in range(I[items]):
            index = I[mem.get(I, F, items, n) + it.INDEX]
            if follows and I[I[board + PROJECT_OF] + index] == project:
                I[I[follows + PROJECT_OF] + index] = project
            I[I[board + PROJECT_OF] + index] = 0
    if I[found] and I[I[board + LINE]]:
        _look_later(I, F, board)
    return found


@entry
def let_wait_no_longer(I, F, step: int, gone: int) -> None:
    """Put those who wait for their project no longer into a list (``Together.let_all_go``)."""
    started = I[I[step + TOGETHER_BOARD] + STARTED]
    for k in range(I[started]):
        project = mem.get(I, F, started, k)
        if _is_meant(I, F, project):
            ready = mem.take_all(I, F, I[project + READY])
            for n in range(I[ready]):
                mem.append(I, F, gone, mem.get(I, F, ready, n))


@lays_out("PortfolioBoard", size=SIZE)
def lay_out(layout: Layout, board: Any, at: int) -> None:
    """Write the portfolio."""
    I, F = layout.I, layout.F
    I[at + KIND] = kinds.PORTFOLIO
    I[at + AT] = board.at
    I[at + PLACE] = board.place
    I[at + SIZE_OF_PROJECTS] = board._projects.items
    F[at + FORMING_DAYS] = board._projects.forming_weeks * DAYS_PER_WEEK
    I[at + HAS_PROJECTS] = board.spec.projects is not None
    I[at + LIMIT] = -1 if board.spec.limit is None else board.spec.limit
    I[at + BUNDLES] = layout.words(2 * I[mem.N_PRODUCTS])
    for field in (LINE, BEGINNING, STARTED):
        I[at + field] = layout.list_of()
    I[at + PROJECT_OF] = layout.by_item()


@lays_out("Together", size=4)
def lay_out_together(layout: Layout, step: Any, at: int) -> None:
    """Write the step at which a project's requests wait for each other."""
    layout.I[at] = kinds.TOGETHER
    layout.I[at + TOGETHER_AT] = step.at
    layout.I[at + TOGETHER_BOARD] = layout.address(step.board)
    layout.I[at + TOGETHER_PLACE] = step.place

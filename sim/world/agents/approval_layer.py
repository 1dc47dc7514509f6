"""Approval layers, and the gates they sit in."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from mesa import Agent

from sim.scenario.policies.approval import (
    AGREED,
    REVISED,
    UNDECIDED,
    Board,
    ForAll,
    ForLarge,
    ForShare,
    Reviewers,
    answer,
    outcome,
)
from sim.scenario.spec import HOURS_PER_DAY
from sim.streams import Chance
from sim.world.agents.step import Step
from sim.world.clock import INSTANT
from sim.world.journal import APPROVAL, GOOD, NEVER, NO_ACTIVITY, NOBODY, REVIEW, REWORK, stay_row
from sim.world.moments import BOARD_MEETS, WORK_ENDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sim.scenario.policies.approval import Gate as GateSpec
    from sim.world.agents.questions import Question
    from sim.world.agents.step import Concerned
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class Paper:
    """An item in front of one layer of one gate."""

    __slots__ = (
        "__weakref__",
        "gate",
        "hours",
        "is_agreed",
        "item",
        "layer",
        "meeting",
        "review",
        "started",
        "submitted",
    )

    def __init__(self, item: WorkItem, gate: Gate | Question, layer: ApprovalLayer, submitted: float) -> None:
        self.item = item
        self.gate = gate
        self.layer = layer
        self.submitted = submitted
        self.started = NEVER
        self.review = 0  # how often it was reviewed before: the occurrence of its draws
        self.hours = 0.0
        self.meeting = 0  # number of the first meeting that can take it
        self.is_agreed: bool | None = None  # the answer; None while there is none

    def __lt__(self, other: Paper) -> bool:
        """Return whether it stands first where two bodies' lines become one and both had one number."""
        return self.item.index < other.item.index


class ApprovalLayer(Agent):
    """Somebody whose yes is needed. A body with one name serves all gates that name it."""

    model: Organisation

    def __init__(self, model: Organisation, spec: Reviewers | Board, place: int) -> None:
        super().__init__(model)
        self.spec = spec
        self.place = place
        self._submitted = 0

    def submit(self, paper: Paper) -> None:
        """Put a paper in line."""
        raise NotImplementedError

    def withdraw(self, is_meant: Callable[[Paper], bool]) -> list[tuple[int, Paper]]:
        """Take papers out of the line; return them in its order, with their numbers in it."""
        raise NotImplementedError

    def come_over(self, papers: list[tuple[int, Paper]], n_submitted: int) -> None:
        """Take papers into line that another body of this name had in its own; new ones come behind them."""
        raise NotImplementedError

    @property
    def n_submitted(self) -> int:
        """How many papers have been put in line."""
        return self._submitted

    def _withdrawn(self, paper: Paper) -> bool:
        """Let an optional request go whose need has ended, unless other layers or a team have it, too."""
        is_alone = isinstance(paper.gate, Gate) and not paper.gate.is_parallel
        return is_alone and self.model.lets_go(paper.item)

    def _line_entry(self, paper: Paper) -> tuple[int, int, Paper]:
        self._submitted += 1
        return (-paper.item.priority, self._submitted, paper)


class DeskLayer(ApprovalLayer):
    """Approvers who review one paper after the other (``policies.approval.Reviewers``).

    A free approver takes the first in line at the end of an instant, when everything of it is there.
    """

    spec: Reviewers

    def __init__(self, model: Organisation, spec: Reviewers, place: int) -> None:
        super().__init__(model, spec, place)
        self._days_per_hour = spec.days_per_hour
        self._free = spec.approvers
        self._line: list[tuple[int, int, Paper]] = []
        self._will_look = False
        self._take_up = self._review_unless_over if model.has_optional else self._review

    def submit(self, paper: Paper) -> None:
        """Put a paper in line; whoever is free takes what is first in it at the end of the instant."""
        heappush(self._line, self._line_entry(paper))
        self._look_later()

    def _look_later(self) -> None:
        if self._free > 0 and self._line and not self._will_look:
            self._will_look = True
            self.model.at_end_of_instant(self._look)

    def _look(self) -> None:
        self._will_look = False
        while self._free > 0 and self._line:
            self._free -= 1
            self._take_up(heappop(self._line)[2])

    def _review_unless_over(self, paper: Paper) -> None:
        if self._withdrawn(paper):
            self._free += 1
        else:
            self._review(paper)

    def _review(self, paper: Paper) -> None:
        item, gate = paper.item, paper.gate
        paper.started = self.model.time
        paper.hours = hours = gate.review_hours[self.spec.name](item.index, paper.review)
        if not gate.is_parallel:
            item.started, item.work = paper.started, hours / HOURS_PER_DAY
        self._begin(paper, hours)

    def _begin(self, paper: Paper, hours: float) -> None:
        """Let a review end when it will have taken so many hours of an approver's time."""
        self.model.call_after(hours * self._days_per_hour, self._reviewed, paper, WORK_ENDS)

    def _reviewed(self, paper: Paper) -> None:
        paper.layer.has_reviewed()  # pyright: ignore[reportAttributeAccessIssue]
        paper.gate.answered(paper)

    def has_reviewed(self) -> None:
        """Let an approver be free who has reviewed something."""
        self._free += 1
        self._look_later()

    # --- when another way begins ---------------------------------------------------------------------

    def withdraw(self, is_meant: Callable[[Paper], bool]) -> list[tuple[int, Paper]]:
        """Take papers out of the line; return them in its order, with their numbers in it."""
        found = sorted(entry for entry in self._line if is_meant(entry[2]))
        if found:
            self._line = sorted(entry for entry in self._line if not is_meant(entry[2]))
        return [(number, paper) for _, number, paper in found]

    def come_over(self, papers: list[tuple[int, Paper]], n_submitted: int) -> None:
        """Take papers into line that another body of this name had in its own; new ones come behind them."""
        for number, paper in papers:
            heappush(self._line, (-paper.item.priority, number, paper))
        self._submitted = max(self._submitted, n_submitted)
        self._look_later()

    def let_finish(self, paper: Paper, old: DeskLayer) -> None:
        """Count a review that another body of this name has begun as one of ours."""
        paper.layer = self
        self._free -= 1
        old.has_reviewed()

    def drop(self, paper: Paper) -> float:
        """End a review before it is done; return the hours that it has taken."""
        paper.layer = paper.gate = DROPPED  # where the end of the review finds nothing
        self.has_reviewed()
        return self._hours_since(paper.started)

    def _hours_since(self, day: float) -> float:
        return (self.model.time - day) / self._days_per_hour


class CalendarDeskLayer(DeskLayer):
    """Approvers whose time for reviews comes in stretches (``Reviewers.looks_every_days``).

    Stretch k begins on day k x D, from k = 1 on, and is h/40 x D working days long. Nobody takes a paper
    outside; a review that is not done when its stretch ends goes on when the next begins.
    """

    def __init__(self, model: Organisation, spec: Reviewers, place: int) -> None:
        super().__init__(model, spec, place)
        assert spec.looks_every_days is not None
        self._every, self._stretch = spec.looks_every_days, spec.stretch_days

    def _look_later(self) -> None:
        if not (self._free > 0 and self._line) or self._will_look:
            return
        self._will_look = True
        number, since = self._position(self.model.time)
        if number and since < self._stretch - INSTANT:
            self.model.at_end_of_instant(self._look)
        else:
            self.model.call_at((number + 1) * self._every, self._begin_stretch, None, WORK_ENDS)

    def _begin_stretch(self, _: None) -> None:
        self.model.at_end_of_instant(self._look)

    def _position(self, day: float) -> tuple[int, float]:
        """Return the number of the stretch that began last, and since when it has."""
        number = int(day / self._every)
        if number * self._every > day:  # a quotient that was rounded up
            number -= 1
        return number, day - number * self._every

    def _hours_since(self, day: float) -> float:
        (first, then), (last, now) = self._position(day), self._position(self.model.time)
        days = (last - first) * self._stretch + min(now, self._stretch) - min(then, self._stretch)
        return days * HOURS_PER_DAY

    def _begin(self, paper: Paper, hours: float) -> None:
        now, left = self.model.time, hours / HOURS_PER_DAY
        number, since = self._position(now)
        here = self._stretch - since
        if left <= here + INSTANT:
            self.model.call_after(left, self._reviewed, paper, WORK_ENDS)
            return
        left -= here
        whole = int(left / self._stretch)
        left -= whole * self._stretch
        if left < INSTANT:  # done as a stretch ends
            whole, left = whole - 1, self._stretch
        ends = (number + whole + 1) * self._every + left
        self.model.call_at(ends, self._reviewed, paper, WORK_ENDS)


class BoardLayer(ApprovalLayer):
    """A body that decides at meetings (``policies.approval.Board``)."""

    spec: Board

    def __init__(self, model: Organisation, spec: Board, place: int) -> None:
        super().__init__(model, spec, place)
        self._every_days = spec.every_days
        self._papers: list[Paper] = []
        self._is_called = False  # a meeting

    def submit(self, paper: Paper) -> None:
        """Hand in a paper for the first meeting whose deadline it keeps."""
        keeps = paper.submitted + self.spec.paper_deadline_days
        paper.meeting = self.model.next_occasion(self._every_days, keeps, BOARD_MEETS)
        if not self._is_called:
            self._call_meeting(paper.meeting)
        self._papers.append(paper)

    def withdraw(self, is_meant: Callable[[Paper], bool]) -> list[tuple[int, Paper]]:
        """Take papers off the list; return them in its order."""
        found = [paper for paper in self._papers if is_meant(paper)]
        self._papers = [paper for paper in self._papers if not is_meant(paper)]
        return list(enumerate(found))

    def come_over(self, papers: list[tuple[int, Paper]], n_submitted: int) -> None:
        """Put papers on the list of the first meeting whose deadline they keep."""
        for _, paper in papers:
            self.submit(paper)

    def _call_meeting(self, number: int) -> None:
        self._is_called = True
        self.model.call_at(number * self._every_days, self._meet, number, BOARD_MEETS)

    def _meet(self, number: int) -> None:
        self._is_called = False
        if self.model.has_optional:
            self._papers = [paper for paper in self._papers if not self._withdrawn(paper)]
        in_time = [paper for paper in self._papers if paper.meeting <= number]
        in_time.sort(key=lambda paper: -paper.item.priority)  # stable: then by order of submission
        agenda = in_time[: self.spec.agenda]
        taken = set(map(id, agenda))
        self._papers = [paper for paper in self._papers if id(paper) not in taken]
        if self._papers:
            self._call_meeting(max(number + 1, min(paper.meeting for paper in self._papers)))
        for paper in agenda:
            paper.started = self.model.time
            paper.gate.answered(paper)


class Gate(Step):
    """A place in the flow where an item needs the yes of one or more layers.

    In sequence each layer's part is a stay of its own, and a revision is booked as rework. In parallel
    the gate is one stay that ends with the last answer, and each layer's part is a ``review`` row.
    """

    def __init__(
        self,
        model: Organisation,
        at: int,
        spec: GateSpec,
        layers: list[ApprovalLayer],
        place: int,
        activity: int | None,
    ) -> None:
        self.model = model
        self.at = at
        self.spec = spec
        self.layers = layers
        self.place = place
        self._activity = activity  # the one that the gate guards; None before funding, start and release
        self._record = model.journal.stay
        self.n_layers = len(layers)  # of them, those that are open: only added controls come and go
        self.is_parallel = spec.order == "parallel" and len(layers) > 1
        self._yes_needed = spec.yes_needed
        self._votes: dict[int, list[int]] = {}  # yes and no so far, by item, where not all must say yes
        self._papers: dict[int, list[Paper]] = {}  # in parallel: by item
        self._is_for_all = isinstance(spec.needed_by, ForAll)
        self._chosen = model.draws(f"gate {spec.before}", Chance)
        self._notices = model.draws(f"notice at gate {spec.before}", Chance)
        self.answers = {
            layer.spec.name: model.draws(f"answer {layer.spec.name!r} at {spec.before!r}", Chance)
            for layer in layers
        }
        self.review_hours = {
            layer.spec.name: model.draws(
                f"review hours {layer.spec.name!r} at {spec.before!r}", layer.spec.review_hours
            )
            for layer in layers
            if isinstance(layer, DeskLayer)
        }
        model.when_over.append(self._book_open)

    def _needs(self, item: WorkItem) -> bool:
        needed = self.spec.needed_by
        if isinstance(needed, ForShare):
            return self._chosen(item.index) < needed.share
        return not isinstance(needed, ForLarge) or sum(item.efforts) > needed.days

    def take(self, item: WorkItem) -> bool:
        """Submit an item that has to pass the gate to the first layer, or to all at once."""
        if self._activity is not None and item.efforts[self._activity] == 0.0:
            return False
        if not self.n_layers or not (self._is_for_all or self._needs(item)):
            return False
        item.at = self.at
        item.kind = APPROVAL
        item.entered = self.model.time
        item.started, item.work = NEVER, 0.0
        if self.is_parallel:
            item.place = self.place
            papers = [Paper(item, self, layer, item.entered) for layer in self.layers]
            self._papers[item.index] = papers
            for paper in papers:
                paper.layer.submit(paper)
        else:
            self._submit_to(self.layers[0], item)
        return True

    def _submit_to(self, layer: ApprovalLayer, item: WorkItem) -> None:
        item.place = layer.place
        item.started, item.work = NEVER, 0.0
        layer.submit(Paper(item, self, layer, self.model.time))

    def answered(self, paper: Paper) -> None:
        """Take a layer's answer by one keyed draw: a yes, a call for a revision, or a no."""
        item, spec = paper.item, paper.layer.spec
        refuse = spec.refuse_chance if item.idea == GOOD else spec.refuses_poor
        luck = 1.0
        if refuse or spec.revise_chance:
            luck = self.answers[spec.name](item.index, paper.review)
        paper.review += 1
        item.reviews += 1
        given = answer(refuse, spec.revise_chance, luck)
        if given == REVISED:
            self._revise(paper)
            return
        self._book_review(paper)
        is_yes = given == AGREED
        if self.is_parallel:
            self._answered_in_parallel(paper, is_yes)
        elif self._yes_needed is not None:
            self._vote(paper, is_yes, self._yes_needed)
        elif is_yes:
            self._next_layer(paper)
        else:
            self.model.stop(item)

    def _next_layer(self, paper: Paper) -> None:
        position = self.layers.index(paper.layer) + 1
        if position < self.n_layers:
            self._submit_to(self.layers[position], paper.item)
        else:
            self.model.agreed(paper.item, self._notices)

    def _vote(self, paper: Paper, is_yes: bool, needed: int) -> None:
        """In sequence: go on or stop as soon as the answer is certain, else ask the next layer."""
        votes = self._votes.setdefault(paper.item.index, [0, 0])
        votes[not is_yes] += 1
        result = outcome(votes[0], votes[1], self.n_layers, needed)
        if result == UNDECIDED:
            self._next_layer(paper)
            return
        del self._votes[paper.item.index]
        if result == AGREED:
            self.model.agreed(paper.item, self._notices)
        else:
            self.model.stop(paper.item)

    def _revise(self, paper: Paper) -> None:
        """Rework the paper, then put it back in line."""
        self._book_review(paper)
        if not self.is_parallel:
            # started as soon as it began: all of a revision is rework, none of it queue
            paper.item.kind, paper.item.started, paper.item.work = REWORK, self.model.time, 0.0
        paper.submitted, paper.started, paper.hours = NEVER, NEVER, 0.0
        self.model.call_after(paper.layer.spec.revise_days, self._revised, paper, WORK_ENDS)

    def _revised(self, paper: Paper) -> None:
        item, now = paper.item, self.model.time
        if not self.is_parallel:
            self.model.journal.close(item, now)
            item.kind, item.started = APPROVAL, NEVER
        paper.submitted = now
        paper.layer.submit(paper)

    def _book_review(self, paper: Paper) -> None:
        item, now = paper.item, self.model.time
        if self.is_parallel:
            visit, kind, entered = 0, REVIEW, paper.submitted
        elif now > item.entered:
            visit, kind, entered = item.visit, APPROVAL, item.entered
            item.visit += 1
            item.entered = now
        else:
            return
        place, started, work = paper.layer.place, paper.started, paper.hours / HOURS_PER_DAY
        self._record(
            stay_row(item.index, visit, kind, place, NO_ACTIVITY, NOBODY, entered, started, now, work)
        )

    def _answered_in_parallel(self, paper: Paper, is_yes: bool) -> None:
        """Wait for the last answer, then go on or stop."""
        paper.is_agreed = is_yes
        item, now = paper.item, self.model.time
        answers = [other.is_agreed for other in self._papers[item.index]]
        if None in answers:
            return
        del self._papers[item.index]
        self.model.journal.close(item, now)
        if sum(map(bool, answers)) >= (self._yes_needed or len(answers)):
            self.model.agreed(item, self._notices)
        else:
            self.model.stop(item)

    def _book_open(self) -> None:
        """Book the reviews that the horizon cuts short (in parallel; in sequence the item's stay says it)."""
        for papers in self._papers.values():
            for paper in papers:
                if paper.is_agreed is None and paper.submitted == paper.submitted:  # not being revised
                    row = (paper.item.index, 0, REVIEW, paper.layer.place, NO_ACTIVITY, NOBODY)
                    work = paper.hours / HOURS_PER_DAY
                    self._record(stay_row(*row, paper.submitted, paper.started, NEVER, work))


class GateOnce(Gate):
    """A gate before an activity that requests may go back over: what it has granted stays granted."""

    again: set[int]  # items that have gone back

    def take(self, item: WorkItem) -> bool:
        """Submit an item that comes for the first time."""
        return item.index not in self.again and super().take(item)


class _Nobody:
    """Layer and gate of a paper that nobody waits for any more."""

    is_parallel = True

    def has_reviewed(self) -> None:
        """Take note of nothing."""

    def answered(self, paper: Paper) -> None:
        """Take note of nothing."""

    def has_revised(self, paper: Paper) -> None:
        """Take note of nothing."""


DROPPED: Any = _Nobody()


def go_over(papers: Iterable[Paper], layers: Sequence[ApprovalLayer], gate: Any) -> list[Paper]:
    """Let papers under way go on at those of some layers that have the same name, for a gate.

    Returns
    -------
    those for which there is none, withdrawn; the hours of a review of them that had begun are those that it
    has taken
    """
    by_name = {layer.spec.name: layer for layer in layers}
    at: dict[ApprovalLayer, list[Paper]] = {}
    for paper in papers:
        at.setdefault(paper.layer, []).append(paper)
    homeless: list[Paper] = []
    for old, there in at.items():
        new = by_name.get(old.spec.name)
        meant = set(map(id, there))
        for paper in there:
            paper.gate = gate
        if new is old:
            continue
        waiting = old.withdraw(lambda paper, meant=meant: id(paper) in meant)
        in_line = {id(paper) for _, paper in waiting}
        begun = [paper for paper in there if id(paper) not in in_line and paper.submitted == paper.submitted]
        if new is None:
            for paper in begun:
                assert isinstance(old, DeskLayer)
                homeless.append(_dropped(paper, old))
            homeless += [paper for _, paper in waiting]
            continue
        for paper in there:
            if paper not in begun:
                paper.layer = new
        for paper in begun:
            assert isinstance(old, DeskLayer)
            if isinstance(new, DeskLayer):
                new.let_finish(paper, old)
            else:
                left = _begun_anew(_dropped(paper, old), new, gate)
                gate.has_under_way(left, paper)
                waiting.append((0, left))
        new.come_over(waiting, old.n_submitted)
    return homeless


def _dropped(paper: Paper, old: DeskLayer) -> Paper:
    """Return what is left of a paper whose review ends before it is done."""
    left = Paper(paper.item, paper.gate, old, paper.submitted)
    left.started, left.review = paper.started, paper.review
    left.hours = old.drop(paper)
    return left


def _begun_anew(paper: Paper, layer: ApprovalLayer, gate: Any) -> Paper:
    paper.layer, paper.started, paper.hours = layer, NEVER, 0.0
    if not gate.is_parallel:
        paper.item.started, paper.item.work = NEVER, 0.0
    return paper


class ChangingGate(Gate):
    """A gate of an organisation that changes: it knows the papers under way.

    A paper that nobody has decided stays with the layer of the same name, with a review of it that is under
    way; where the new gate has none, it goes to the first layer of it, and without a gate onward. All layers
    of a parallel gate have one paper. A revision at the submitter's is ended first.
    """

    remembers = ("_votes", "_papers", "_under_way")

    def __init__(
        self,
        model: Organisation,
        at: int,
        spec: GateSpec,
        layers: list[ApprovalLayer],
        place: int,
        activity: int | None,
    ) -> None:
        super().__init__(model, at, spec, layers, place, activity)
        self._under_way: dict[int, Paper] = {}  # in sequence: by item

    @property
    def open_layers(self) -> list[ApprovalLayer]:
        """The layers whose yes is needed now."""
        return self.layers[: self.n_layers]

    def has_under_way(self, paper: Paper, other: Paper) -> None:
        """Know a paper that is put in the place of another."""
        if self.is_parallel:
            papers = self._papers[paper.item.index]
            papers[papers.index(other)] = paper
        else:
            self._under_way[paper.item.index] = paper

    def _submit_to(self, layer: ApprovalLayer, item: WorkItem) -> None:
        item.place = layer.place
        item.started, item.work = NEVER, 0.0
        paper = self._under_way[item.index] = Paper(item, self, layer, self.model.time)
        layer.submit(paper)

    def answered(self, paper: Paper) -> None:
        """Take a layer's answer."""
        self._under_way.pop(paper.item.index, None)
        super().answered(paper)

    def _revise(self, paper: Paper) -> None:
        self._under_way[paper.item.index] = paper
        super()._revise(paper)

    def _revised(self, paper: Paper) -> None:
        if paper.gate is not self:
            paper.gate.has_revised(paper)  # pyright: ignore[reportAttributeAccessIssue]
        else:
            self.has_revised(paper)

    def has_revised(self, paper: Paper) -> None:
        """Put a revised paper back in line, or in that of the first layer if its own is no more."""
        if self.is_parallel or paper.layer in self.open_layers:
            if self.is_parallel and paper not in self._papers.get(paper.item.index, ()):
                return
            self._under_way.pop(paper.item.index, None)
            if not self.is_parallel:
                self._under_way[paper.item.index] = paper
            super()._revised(paper)
            return
        self.model.journal.close(paper.item, self.model.time)
        self._ask_the_first(paper.item)

    def _ask_the_first(self, item: WorkItem) -> None:
        self._votes.pop(item.index, None)
        self._under_way.pop(item.index, None)
        item.kind = APPROVAL
        if self.n_layers:
            self._submit_to(self.layers[0], item)
        else:
            self.model.advance(item)

    # --- when another way begins ---------------------------------------------------------------------

    def take_over(self, old: ChangingGate, is_concerned: Concerned) -> None:
        """Let papers under way go on here."""
        super().take_over(old, is_concerned)
        if self._book_open in self.model.when_over:
            self.model.when_over.remove(self._book_open)  # the old one books for both
        alone, together = old.under_way(is_concerned)
        for paper in go_over(alone, [] if self.is_parallel else self.open_layers, self):
            self._close(paper)
            if self.is_parallel:
                self._under_way.pop(paper.item.index, None)
                self._votes.pop(paper.item.index, None)
                self._ask_all(paper.item)
            else:
                self._ask_the_first(paper.item)
        for papers in together:
            self._take_over_one(papers)

    def _take_over_one(self, papers: list[Paper]) -> None:
        """Go on with the papers that the layers of a parallel gate have of one item."""
        item = papers[0].item
        left = go_over(
            [paper for paper in papers if paper.is_agreed is None],
            self.open_layers if self.is_parallel else [],
            self if self.is_parallel else DROPPED,  # also of those that are being revised
        )
        for paper in left:
            self._book_dropped(paper)
        if not self.is_parallel:
            del self._papers[item.index]
            self.model.journal.close(item, self.model.time)
            self._ask_the_first(item)
            return
        names = {paper.layer.spec.name for paper in left}
        there = [paper for paper in papers if paper.layer is not DROPPED]
        kept = {paper.layer.spec.name: paper for paper in there if paper.layer.spec.name not in names}
        now, self._papers[item.index] = self.model.time, []
        for layer in self.layers:
            paper = kept.get(layer.spec.name)
            if paper is None:
                paper = Paper(item, self, layer, now)
                layer.submit(paper)
            self._papers[item.index].append(paper)
        if all(paper.is_agreed is not None for paper in self._papers[item.index]):
            self._answered_in_parallel(self._papers[item.index][0], bool(kept and papers[0].is_agreed))

    def _ask_all(self, item: WorkItem) -> None:
        """Put an item before all layers of a parallel gate."""
        item.kind, item.place = APPROVAL, self.place
        item.started, item.work = NEVER, 0.0
        self._papers[item.index] = papers = [
            Paper(item, self, layer, self.model.time) for layer in self.layers
        ]
        for paper in papers:
            paper.layer.submit(paper)

    def let_all_go(self, is_concerned: Concerned) -> list[WorkItem]:
        """Return those whose papers nobody decides any more."""
        alone, together = self.under_way(is_concerned)
        gone = [paper for paper in go_over(alone, [], _Onward(self.model))]
        for paper in gone:
            self._close(paper)
            self._under_way.pop(paper.item.index, None)
        items = [paper.item for paper in gone]
        for papers in together:
            item = papers[0].item
            for paper in go_over([one for one in papers if one.is_agreed is None], [], DROPPED):
                self._book_dropped(paper)
            del self._papers[item.index]
            self.model.journal.close(item, self.model.time)
            items.append(item)
        for item in items:
            self._votes.pop(item.index, None)
        return items

    def under_way(self, is_concerned: Concerned) -> tuple[list[Paper], list[list[Paper]]]:
        """Return the papers of those who are concerned: in sequence, and of each item in parallel."""
        open_items = self.model.open_items
        alone = [
            paper
            for index, paper in self._under_way.items()
            if index in open_items and paper.gate is self and is_concerned(paper.item)
        ]
        together = [
            papers
            for index, papers in self._papers.items()
            if index in open_items and papers[0].gate is self and is_concerned(papers[0].item)
        ]
        return alone, together

    def _close(self, paper: Paper) -> None:
        """Book the stay of an item whose paper was withdrawn."""
        item = paper.item
        item.started, item.work = paper.started, paper.hours / HOURS_PER_DAY
        self.model.journal.close(item, self.model.time)

    def _book_dropped(self, paper: Paper) -> None:
        """Book the part of a layer whose paper was withdrawn from a parallel gate."""
        if paper.submitted == paper.submitted:
            row = (paper.item.index, 0, REVIEW, paper.layer.place, NO_ACTIVITY, NOBODY)
            work = paper.hours / HOURS_PER_DAY
            self._record(stay_row(*row, paper.submitted, paper.started, self.model.time, work))


class ChangingGateOnce(GateOnce, ChangingGate):
    """A gate that requests may go back over, in an organisation that changes."""


class ChangingControls(ChangingGate):
    """The gate of added controls in an organisation that changes: those that are open stay open."""

    def take_over(self, old: ChangingGate, is_concerned: Concerned) -> None:
        """Open as many layers as were open, as far as there may be so many."""
        self.n_layers = max(self.n_layers, min(old.n_layers, len(self.layers)))
        super().take_over(old, is_concerned)


class _Onward:
    """The gate of papers that are revised when their gate ceases."""

    is_parallel = False

    def __init__(self, model: Organisation) -> None:
        self.model = model

    def has_revised(self, paper: Paper) -> None:
        """Send the item on."""
        self.model.journal.close(paper.item, self.model.time)
        self.model.advance(paper.item)

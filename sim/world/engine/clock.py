# pyright: reportMissingParameterType=false
"""The clock (``sim.world.clock``): a heap of calls, and who looks at the end of an instant."""

from __future__ import annotations

from math import inf

from sim.world.clock import INSTANT, MOST_EVENTS_IN_A_RUN
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine.compiled import entry, kernel, later
from sim.world.moments import WORK_IS_TAKEN

# An entry of the heap: day, moment and number in one word, what is called of whom in one word, argument.
_DAY, _KEY, _WHAT, _ARGUMENT = range(4)
_CALL = 4
NUMBER_BITS = 56

THE_END = 99
END_OF_RUN = 0  # kinds.CALLS

call = later("loop", "call", "int, int, int")
look = later("loop", "look", "int")


@entry
def schedule(I, F, day: float, moment: int, kind: int, of: int, argument: int) -> None:
    """Put a call into the heap."""
    number = I[mem.SCHEDULED] + 1
    I[mem.SCHEDULED] = number
    push(I, F, day, (moment << NUMBER_BITS) | number, (of << kinds.KIND_BITS) | kind, argument)


@kernel
def push(I, F, day: float, key: int, what: int, argument: int) -> None:
    """Put a call into the heap that has its number and moment."""
    calls = I[mem.CALLS]
    n = I[calls]
    if n == I[calls + mem.CAPACITY]:
        room = 2 * n + 64
        data = mem.alloc(I, F, _CALL * room)
        old = I[calls + mem.DATA]
        for k in range(_CALL * n):
            I[data + k] = I[old + k]
        I[calls + mem.DATA] = data
        I[calls + mem.CAPACITY] = room
    I[calls] = n + 1
    data = I[calls + mem.DATA]
    at = n
    while at > 0:
        parent = (at - 1) >> 1
        p = data + _CALL * parent
        if F[p] < day or (F[p] == day and I[p + _KEY] < key):
            break
        q = data + _CALL * at
        F[q] = F[p]
        I[q + _KEY] = I[p + _KEY]
        I[q + _WHAT] = I[p + _WHAT]
        I[q + _ARGUMENT] = I[p + _ARGUMENT]
        at = parent
    q = data + _CALL * at
    F[q] = day
    I[q + _KEY] = key
    I[q + _WHAT] = what
    I[q + _ARGUMENT] = argument


@kernel
def _drop_first(I, F) -> None:
    """Take the first call out of the heap."""
    calls = I[mem.CALLS]
    data, n = I[calls + mem.DATA], I[calls] - 1
    I[calls] = n
    if n == 0:
        return
    last = data + _CALL * n
    day, key, what, argument = F[last], I[last + _KEY], I[last + _WHAT], I[last + _ARGUMENT]
    at, child = 0, 1
    while child < n:
        c = data + _CALL * child
        if child + 1 < n:
            r = c + _CALL
            if F[r] < F[c] or (F[r] == F[c] and I[r + _KEY] < I[c + _KEY]):
                child += 1
                c = r
        if day < F[c] or (day == F[c] and key < I[c + _KEY]):
            break
        q = data + _CALL * at
        F[q] = F[c]
        I[q + _KEY] = I[c + _KEY]
        I[q + _WHAT] = I[c + _WHAT]
        I[q + _ARGUMENT] = I[c + _ARGUMENT]
        at = child
        child = 2 * at + 1
    q = data + _CALL * at
    F[q] = day
    I[q + _KEY] = key
    I[q + _WHAT] = what
    I[q + _ARGUMENT] = argument


@entry
def call_after(I, F, days: float, kind: int, of: int, argument: int, moment: int) -> None:
    """Call somebody after some working days; what Mesa's engine refuses ends the run."""
    if not 0.0 <= days < inf:
        I[mem.STATUS] = mem.REFUSED
        return
    now = F[mem.NOW]
    day = now + days
    if day == now and moment < I[mem.MOMENT]:
        moment = I[mem.MOMENT]  # an instant does not go back to what it has passed
    schedule(I, F, day, moment, kind, of, argument)


@entry
def call_at(I, F, day: float, kind: int, of: int, argument: int, moment: int) -> None:
    """Call somebody on a working day that is not in the past."""
    if not F[mem.NOW] - INSTANT <= day < inf:
        I[mem.STATUS] = mem.REFUSED
    elif day <= F[mem.NOW]:
        call_after(I, F, 0.0, kind, of, argument, moment)
    else:
        schedule(I, F, day, moment, kind, of, argument)


@kernel
def is_instant_over(I, F) -> bool:
    """Return whether nothing else is to happen at this instant once the present call has ended."""
    return F[I[I[mem.CALLS] + mem.DATA]] > F[mem.NOW] and I[I[mem.TAKERS]] == 0


@kernel
def at_end_of_instant(I, F, whom: int) -> None:
    """Call somebody at the end of this instant, who then looks what there is to take (``loop.look``)."""
    mem.append(I, F, I[mem.TAKERS], whom)


@kernel
def occasion(every: float, not_before: float, first: int) -> int:
    """Return the number of the first occasion, on day ``number * every``, that is not before a day."""
    number = max(int(not_before / every) - 1, first)
    while number * every < not_before - INSTANT:
        number += 1
    return number


@entry
def next_occasion(I, F, every: float, not_before: float, moment: int, first: int) -> int:
    """Return the number of the next occasion that is not before a day and is not over yet."""
    now = F[mem.NOW]
    number = occasion(every, max(not_before, now), first)
    day = number * every
    if now > day or (now >= day - INSTANT and I[mem.MOMENT] >= moment):
        return number + 1
    return number


@entry
def run_until_the_end(I, F) -> None:
    """Let everything happen up to and including the horizon, or until something has run out."""
    calls, takers = I[mem.CALLS], I[mem.TAKERS]
    enough = I[mem.ROOM] // 2
    push(I, F, F[mem.HORIZON], THE_END << NUMBER_BITS, END_OF_RUN, 0)
    events = 0
    while I[mem.STATUS] == mem.DONE:
        if I[mem.TOP] > enough:
            I[mem.STATUS] = mem.MEMORY_OUT
            break
        events += 1
        if events > MOST_EVENTS_IN_A_RUN:
            I[mem.STATUS] = mem.TOO_MANY_EVENTS
            break
        first = I[calls + mem.DATA]
        moment = I[first + _KEY] >> NUMBER_BITS
        if I[takers] and (F[first] > F[mem.NOW] or moment > WORK_IS_TAKEN):
            I[mem.MOMENT] = WORK_IS_TAKEN
            this_round = mem.take_all(I, F, takers)
            for k in range(I[this_round]):
                look(I, F, mem.get(I, F, this_round, k))
            _give_back(I, F, this_round, takers)
            continue
        F[mem.NOW] = F[first]
        I[mem.MOMENT] = moment
        what, argument = I[first + _WHAT], I[first + _ARGUMENT]
        _drop_first(I, F)
        if what == END_OF_RUN:
            break
        call(I, F, what & kinds.KIND, what >> kinds.KIND_BITS, argument)
    I[mem.MOMENT] = 0
    I[mem.EVENTS] = I[mem.SCHEDULED] - I[calls]


@kernel
def _give_back(I, F, this_round: int, takers: int) -> None:
    """Use the room of a round again, if nobody has entered themselves for the next."""
    if I[takers + mem.CAPACITY] == 0:
        I[takers + mem.DATA] = I[this_round + mem.DATA]
        I[takers + mem.CAPACITY] = I[this_round + mem.CAPACITY]

# pyright: reportMissingParameterType=false
"""The arena: one block of 64-bit words in which a whole organisation lies.

An object is the address of its first word, a field is an offset, and ``I`` and ``F`` are the same words as
whole and as floating numbers: ``F[item + it.ENTERED]`` is ``item.entered``. Address 0 is nobody; the words
below ``HEADER`` belong to nobody either, so that a field of nobody is noticed when the engine is run as plain
Python. What is forgotten is not given back: a replication ends before that matters.
"""

from __future__ import annotations

from sim.world.engine.compiled import kernel

HEADER = 128
TABLE = 256
"""Where the addresses of the entries begin, for at most ``MOST_ENTRIES``."""
MOST_ENTRIES = 1024
FIRST_FREE = TABLE + MOST_ENTRIES

# The header: what belongs to the whole replication.
(
    STATUS,
    TOP,  # the first free word
    ROOM,  # the words there are
    NOW,
    MOMENT,
    SCHEDULED,  # calls so far
    CALLS,  # heap of calls
    TAKERS,  # list of who looks at the end of the instant
    HORIZON,
    EVENTS,
    ITEMS,  # the first item
    N_ITEMS,
    REQUESTS,  # columns (``market``)
    N_ACTIVITIES,
    OPEN_ITEMS,  # list, in the order in which they arose; who has ended is still in it
    OPEN_TASKS,  # likewise
    SIDES,  # by product: address of its side (``organisation``)
    N_STEPS,
    N_PRODUCTS,
    KNOWN_SINCE,  # by product
    HAS_OPTIONAL,
    WHEN_LIVE,  # list of addresses of whom to tell, beside those of the item's side
    WHEN_ENDED,
    WHEN_OVER,
    N_PLACES,
    HANDOFFS_MADE,  # list of sender, receiver and place, as they came into being
    STAYS,  # chunk that is written, its end, and the list of chunks
    STAYS_END,
    STAYS_CHUNKS,
    ENDS,
    ENDS_END,
    ENDS_CHUNKS,
    NOTES,
    NOTES_END,
    NOTES_CHUNKS,
    FILL,  # addresses of C functions: makes a block of draws; ``pow``
    POWER,
    MOTION,  # what changes on dates, or nobody
    FORM,  # address of a C function: forms what is new on a date
) = range(HEADER, HEADER + 39)

DONE, MEMORY_OUT, REFUSED, TOO_MANY_EVENTS = range(4)
"""``STATUS``: all is well; the arena was too small; the Mesa engine would raise an error; no end in sight."""

# A list: how many values it has, room for how many, and where they are.
LENGTH, CAPACITY, DATA = range(3)
LIST = 3
_FIRST_ROOM = 4


@kernel
def alloc(I, F, words: int) -> int:
    """Return the address of so many words, all 0."""
    address = I[TOP]
    I[TOP] = address + words
    return address


@kernel
def new_list(I, F) -> int:
    """Return an empty list."""
    return alloc(I, F, LIST)


@kernel
def make_room(I, F, values: int, n: int) -> None:
    """Let a list have room for so many values."""
    room = I[values + CAPACITY]
    if room >= n:
        return
    room = max(2 * room, n, _FIRST_ROOM)
    data = alloc(I, F, room)
    old = I[values + DATA]
    for k in range(I[values + LENGTH]):
        I[data + k] = I[old + k]
    I[values + DATA] = data
    I[values + CAPACITY] = room


@kernel
def append(I, F, values: int, value: int) -> None:
    """Put a value at the end of a list."""
    n = I[values]
    if n == I[values + CAPACITY]:
        make_room(I, F, values, n + 1)
    I[I[values + DATA] + n] = value
    I[values] = n + 1


@kernel
def get(I, F, values: int, at: int) -> int:
    """Return a value of a list."""
    return I[I[values + DATA] + at]


@kernel
def find(I, F, values: int, value: int) -> int:
    """Return where a value first is in a list, or -1."""
    data = I[values + DATA]
    for at in range(I[values]):
        if I[data + at] == value:
            return at
    return -1


@kernel
def remove_at(I, F, values: int, at: int) -> None:
    """Take out one value of a list; those behind it move up."""
    data = I[values + DATA]
    n = I[values] - 1
    for k in range(at, n):
        I[data + k] = I[data + k + 1]
    I[values] = n


@kernel
def remove(I, F, values: int, value: int) -> None:
    """Take the first of this value out of a list, as ``list.remove`` and ``deque.remove``."""
    at = find(I, F, values, value)
    if at >= 0:
        remove_at(I, F, values, at)


@kernel
def insert(I, F, values: int, at: int, value: int) -> None:
    """Put a value into a list before a position."""
    n = I[values]
    make_room(I, F, values, n + 1)
    data = I[values + DATA]
    for k in range(n, at, -1):
        I[data + k] = I[data + k - 1]
    I[data + at] = value
    I[values] = n + 1


@kernel
def clear(I, F, values: int) -> None:
    """Take everything out of a list."""
    I[values] = 0


@kernel
def take_all(I, F, values: int) -> int:
    """Return a new list with all that is in a list, which is empty afterwards."""
    taken = alloc(I, F, LIST)
    I[taken] = I[values]
    I[taken + CAPACITY] = I[values + CAPACITY]
    I[taken + DATA] = I[values + DATA]
    I[values] = 0
    I[values + CAPACITY] = 0
    I[values + DATA] = 0
    return taken


@kernel
def compensated(total: float, x: float, c: float) -> float:
    """Return what Python's ``sum`` adds to its compensation when it adds ``x`` to ``total``."""
    t = total + x
    if abs(total) >= abs(x):
        return c + ((total - t) + x)
    return c + ((x - t) + total)


@kernel
def sum_of(I, F, first: int, n: int) -> float:
    """Return the sum of floats that lie one after the other, to the last bit as Python's ``sum``."""
    if n == 0:
        return 0.0
    total, c = F[first], 0.0
    for k in range(1, n):
        x = F[first + k]
        c = compensated(total, x, c)
        total = total + x
    if c != 0.0 and c - c == 0.0:
        return total + c
    return total


# --- a line: entries of four words, first in line by the first three; moves as in Python's heapq ---------

PRIORITY, RANK, JOINED, WHO = range(4)
ENTRY = 4


@kernel
def is_before(I, F, a: int, b: int) -> bool:
    """Return whether one entry stands before another: tuples of minus priority, rank, order of joining."""
    if I[a] != I[b]:
        return I[a] < I[b]
    if F[a + RANK] != F[b + RANK]:
        return F[a + RANK] < F[b + RANK]
    return I[a + JOINED] < I[b + JOINED]


@kernel
def first_of(I, F, line: int) -> int:
    """Return the address of the first entry of a line, or 0."""
    if I[line] == 0:
        return 0
    return I[line + DATA]


@kernel
def push(I, F, line: int, minus_priority: int, rank: float, joined: int, who: int) -> None:
    """Put an entry into a line."""
    n = I[line]
    if n == I[line + CAPACITY]:
        _more_entries(I, F, line)
    at = I[line + DATA] + ENTRY * n
    I[line] = n + 1
    I[at] = minus_priority
    F[at + RANK] = rank
    I[at + JOINED] = joined
    I[at + WHO] = who
    sift_down(I, F, line, 0, n)


@kernel
def _more_entries(I, F, line: int) -> None:
    room = max(2 * I[line + CAPACITY], _FIRST_ROOM)
    data = alloc(I, F, ENTRY * room)
    old = I[line + DATA]
    for k in range(ENTRY * I[line]):
        I[data + k] = I[old + k]
    I[line + DATA] = data
    I[line + CAPACITY] = room


@kernel
def sift_down(I, F, line: int, first: int, at: int) -> None:
    """Let an entry move towards the front, as ``heapq._siftdown``."""
    data = I[line + DATA]
    here = data + ENTRY * at
    a, b, c, d = I[here], F[here + RANK], I[here + JOINED], I[here + WHO]
    while at > first:
        parent = (at - 1) >> 1
        p = data + ENTRY * parent
        if I[p] != a:
            before = a < I[p]
        elif F[p + RANK] != b:
            before = b < F[p + RANK]
        else:
            before = c < I[p + JOINED]
        if not before:
            break
        copy_entry(I, F, data + ENTRY * at, p)
        at = parent
    here = data + ENTRY * at
    I[here], F[here + RANK], I[here + JOINED], I[here + WHO] = a, b, c, d


@kernel
def copy_entry(I, F, to: int, of: int) -> None:
    """Write an entry of a line over another."""
    I[to] = I[of]
    I[to + 1] = I[of + 1]
    I[to + 2] = I[of + 2]
    I[to + 3] = I[of + 3]


@kernel
def sift_up(I, F, line: int, at: int) -> None:
    """Let the entry at a position move to a leaf and then towards the front, as ``heapq._siftup``."""
    data, n, start = I[line + DATA], I[line], at
    here = data + ENTRY * at
    a, b, c, d = I[here], F[here + RANK], I[here + JOINED], I[here + WHO]
    child = 2 * at + 1
    while child < n:
        right = child + 1
        if right < n and not is_before(I, F, data + ENTRY * child, data + ENTRY * right):
            child = right
        copy_entry(I, F, data + ENTRY * at, data + ENTRY * child)
        at = child
        child = 2 * at + 1
    here = data + ENTRY * at
    I[here], F[here + RANK], I[here + JOINED], I[here + WHO] = a, b, c, d
    sift_down(I, F, line, start, at)


@kernel
def pop(I, F, line: int) -> int:
    """Take the first entry out of a line and return who it is about."""
    data = I[line + DATA]
    who = I[data + WHO]
    n = I[line] - 1
    I[line] = n
    if n:
        copy_entry(I, F, data, data + ENTRY * n)
        sift_up(I, F, line, 0)
    return who


@kernel
def heapify(I, F, line: int) -> None:
    """Put entries that lie in any order into line, as ``heapq.heapify``."""
    for at in range(I[line] // 2 - 1, -1, -1):
        sift_up(I, F, line, at)

"""Addressed random numbers: every draw is a pure function of where it is used.

A draw's address is (seed, replication, purpose, item, occurrence). Nothing is drawn in turn, so the
order of events, the number of workers and mechanisms that are not used change no other draw, and two
operating models meet the same requests with the same luck.
"""

from __future__ import annotations

import hashlib
from array import array
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 1024  # items drawn together: numpy is slow one number at a time
PEOPLE = 64, 4  # people, and occurrences, drawn together: few of a skill, but many spells of each
MOST_SHARED = 4096 * BLOCK  # numbers kept of one replication, for its other contenders: 32 MB
FIRST_REPLICATIONS = 10  # kept beside the last one: whoever moves a lever meets the same luck again
MOST_KEPT = 3 * MOST_SHARED  # numbers kept of all of them

_TWELVE, _ONE = np.uint64(12), np.float64(1).view(np.uint64)


class Transform(Protocol):
    """Turns uniform numbers into the numbers that are wanted (an inverse distribution function)."""

    def quantile(self, uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the value below which the given shares of draws lie."""
        ...


class Streams:
    """All random numbers of one replication."""

    def __init__(self, seed: int, replication: int) -> None:
        self.seed = seed
        self.replication = replication
        self._generator = np.random.Philox(key=0)  # moved to each address: a new one takes ten times as long
        self._address: Any = self._generator.state  # nothing is left in its buffer
        self._keys: dict[str, NDArray[np.uint64]] = {}
        self.shared = shared(seed, replication)

    def uniforms(
        self, purpose: str, n_items: int, occurrence: int = 0, first: int = 0, n_occurrences: int = 1
    ) -> NDArray[np.float64]:
        """Return one number in the open interval (0, 1) for each of ``n_items`` items.

        Parameters
        ----------
        purpose
            What the numbers decide, for instance ``"effort build"``.
        n_items, first
            The items ``first`` to ``first + n_items - 1``; ``first`` is a multiple of four.
        occurrence
            How many times before the same item met the same question.
        n_occurrences
            Numbers for so many occurrences, one after the other.

        Source
        ------
        Philox, a counter-based generator (Salmon and others, 2011), as numpy keeps it.
        """
        if purpose not in self._keys:
            address = f"{self.seed}|{self.replication}|{purpose}".encode()
            key = hashlib.blake2b(address, digest_size=16).digest()
            self._keys[purpose] = np.frombuffer(key, "<u8")
        state, counter = self._address, self._address["state"]["counter"]
        state["state"]["key"] = self._keys[purpose]
        # One tick of Philox gives four numbers; the second counter word keeps occurrences apart.
        counter[0] = first // 4
        rows = []
        for number in range(occurrence, occurrence + n_occurrences):
            counter[1] = number
            self._generator.state = state
            rows.append(self._generator.random_raw(n_items))
        digits = rows[0] if n_occurrences == 1 else np.concatenate(rows)
        # 52 bits and a half: exact, and never 0 or 1, which have no quantile. The bits are those of a number
        # between 1 and 2, from which the rest is taken.
        digits >>= _TWELVE
        digits |= _ONE
        uniforms = digits.view(np.float64)
        uniforms -= 1.0 - 2.0**-53
        return uniforms

    def draws(self, purpose: str, transform: Transform, block: int = BLOCK, together: int = 1) -> Draws:
        """Return the draws of one purpose; they are made in numpy blocks when first asked for."""
        drawn = self.drawn(purpose, transform, block, together)
        by_occurrence = drawn.by_occurrence

        def draw(item: int, occurrence: int = 0) -> float:
            try:
                return by_occurrence[occurrence][item]
            except IndexError:
                return drawn.up_to(item, occurrence, self)[item]

        return draw

    def drawn(self, purpose: str, transform: Transform, block: int = BLOCK, together: int = 1) -> Drawn:
        """Return what has been drawn for a purpose, by whichever contender of this replication."""
        key, drawn = (purpose, transform, block, together), self.shared.drawn
        return drawn.get(key) or drawn.setdefault(key, Drawn(*key))


class Drawn:
    """What has been drawn for one purpose: the numbers of the first items of each occurrence, in blocks."""

    def __init__(self, purpose: str, transform: Transform, block: int, together: int) -> None:
        self.by_occurrence: list[array[float]] = []
        self._purpose = purpose
        self._transform = transform
        self._block = block
        self._together = together
        self._extending = Lock()  # contenders may run in threads

    def up_to(self, item: int, occurrence: int, streams: Streams) -> array[float]:
        """Return an occurrence's numbers of the items up to one at least."""
        with self._extending:
            first = occurrence // self._together * self._together
            while len(self.by_occurrence) < first + self._together:
                self.by_occurrence.append(array("d"))
            drawn = self.by_occurrence[occurrence]
            missing = (item // self._block + 1) * self._block - len(drawn)
            if missing > 0:
                rows = self.by_occurrence[first : first + self._together]
                uniforms = streams.uniforms(self._purpose, missing, first, len(drawn), self._together)
                found = self._transform.quantile(uniforms).reshape(self._together, missing)
                for row, numbers in zip(rows, found, strict=True):
                    row.frombytes(numbers.tobytes())
                streams.shared.count(found.size)
        return drawn


class Shared:
    """What the contenders of one replication have drawn: the same address, the same number."""

    def __init__(self) -> None:
        self.drawn: dict[tuple[str, Transform, int, int], Drawn] = {}
        self.requests: tuple[Any, Any] = (None, None)  # the last ones, behind what they were made of
        self.spells: dict[Any, dict[Any, Any]] = {}  # of everybody, by what makes them (``world.absence``)
        self.n = 0

    def count(self, n: int) -> None:
        """Count numbers that are kept; if they are too many, whoever uses them now is the last."""
        self.n += n
        if self.n > MOST_SHARED:
            self.__init__()
        _make_room(self)


kept: dict[tuple[int, int], Shared] = {}  # by seed and replication
_keeping = Lock()


def shared(seed: int, replication: int) -> Shared:
    """Return what is shared in a replication; it stays for the first ones and for the last."""
    address = seed, replication
    with _keeping:
        if address not in kept:
            for other in [other for other in kept if other[1] >= FIRST_REPLICATIONS]:
                del kept[other]
            kept[address] = Shared()
        return kept[address]


def _make_room(growing: Shared) -> None:
    """Forget whole replications while too much is kept: other seeds first, then the last ones."""
    with _keeping:
        n = sum(one.n for one in kept.values())
        if n <= MOST_KEPT:
            return
        seed = next((address[0] for address, one in kept.items() if one is growing), None)
        for address in sorted(kept, key=lambda address: (address[0] == seed, -address[1])):
            if n > MOST_KEPT and kept[address] is not growing:
                n -= kept.pop(address).n


def forget_shared() -> None:
    """Keep nothing of what has been drawn; whoever uses it now goes on with it."""
    with _keeping:
        kept.clear()


class Draws(Protocol):
    """The draws of one purpose. A plain function: objects with ``__call__`` take twice as long to call."""

    def __call__(self, item: int, occurrence: int = 0) -> float:
        """Return an item's draw; ``occurrence`` as in ``Streams.uniforms``."""
        ...


class Chance:
    """The transform that leaves a uniform number as it is: ``draw < chance`` decides.

    Raising a chance only ever turns more of the same draws into yes.
    """

    @staticmethod
    def quantile(uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the uniform numbers themselves."""
        return uniforms

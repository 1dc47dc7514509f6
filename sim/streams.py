"""Addressed random numbers: every draw is a pure function of where it is used.

A draw's address is (seed, replication, purpose, item, occurrence). Nothing is drawn in turn, so the
order of events, the number of workers and mechanisms that are not used change no other draw, and two
operating models meet the same requests with the same luck.
"""

from __future__ import annotations

import hashlib
from array import array
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 1024  # items drawn together: numpy is slow one number at a time


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

    def uniforms(
        self, purpose: str, n_items: int, occurrence: int = 0, first: int = 0
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

        Source
        ------
        Philox, a counter-based generator (Salmon and others, 2011), as numpy keeps it.
        """
        address = f"{self.seed}|{self.replication}|{purpose}".encode()
        key = hashlib.blake2b(address, digest_size=16).digest()
        self._generator.state = {
            "bit_generator": "Philox",
            "state": {
                # One tick of Philox gives four numbers; the second counter word keeps occurrences apart.
                "counter": np.array([first // 4, occurrence, 0, 0], np.uint64),
                "key": np.frombuffer(key, "<u8"),
            },
            "buffer": np.zeros(4, np.uint64),
            "buffer_pos": 4,  # nothing is left in it
            "has_uint32": 0,
            "uinteger": 0,
        }
        raw = self._generator.random_raw(n_items)
        # 52 bits and a half: exact, and never 0 or 1, which have no quantile
        return ((raw >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52

    def draws(self, purpose: str, transform: Transform) -> Draws:
        """Return the draws of one purpose; they are made in numpy blocks when first asked for."""
        by_occurrence: list[array[float]] = []

        def draw(item: int, occurrence: int = 0) -> float:
            try:
                return by_occurrence[occurrence][item]
            except IndexError:
                pass
            while len(by_occurrence) <= occurrence:
                by_occurrence.append(array("d"))
            drawn = by_occurrence[occurrence]
            missing = (item // BLOCK + 1) * BLOCK - len(drawn)
            uniforms = self.uniforms(purpose, missing, occurrence, first=len(drawn))
            drawn.frombytes(transform.quantile(uniforms).tobytes())
            return drawn[item]

        return draw


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

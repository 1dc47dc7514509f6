"""Addressed random numbers: every draw is a pure function of where it is used.

A draw's address is (seed, replication, purpose, item, occurrence). Nothing is drawn in turn, so the
order of events, the number of workers and mechanisms that are not used change no other draw, and two
operating models meet the same requests with the same luck.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK_BITS = 10
BLOCK = 1 << BLOCK_BITS  # items drawn together: numpy is slow one number at a time
OCCURRENCE_SHIFT = 40


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
        key = int.from_bytes(hashlib.blake2b(address, digest_size=16).digest(), "little")
        # One tick of Philox gives four numbers; the second counter word keeps occurrences apart.
        generator = np.random.Philox(key=key, counter=(first // 4) + (occurrence << 64))
        raw = generator.random_raw(n_items)
        # 52 bits and a half: exact, and never 0 or 1, which have no quantile
        return ((raw >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52

    def draws(self, purpose: str, transform: Transform) -> Draws:
        """Return the draws for one purpose, to be asked item by item."""
        return Draws(self, purpose, transform)


class Draws:
    """The draws of one purpose: ``draws(item, occurrence)``, made in numpy blocks when first asked."""

    __slots__ = ("_blocks", "_purpose", "_streams", "_transform")

    def __init__(self, streams: Streams, purpose: str, transform: Transform) -> None:
        self._streams = streams
        self._purpose = purpose
        self._transform = transform
        self._blocks: dict[int, list[float]] = {}

    def __call__(self, item: int, occurrence: int = 0) -> float:
        """Return an item's draw; ``occurrence`` as in ``Streams.uniforms``."""
        address = (occurrence << OCCURRENCE_SHIFT) + (item >> BLOCK_BITS)
        block = self._blocks.get(address)
        if block is None:
            first = (item >> BLOCK_BITS) << BLOCK_BITS
            uniforms = self._streams.uniforms(self._purpose, BLOCK, occurrence, first)
            block = self._blocks[address] = self._transform.quantile(uniforms).tolist()
        return block[item & (BLOCK - 1)]


class Chance:
    """The transform that leaves a uniform number as it is: ``draw < chance`` decides.

    Raising a chance only ever turns more of the same draws into yes.
    """

    @staticmethod
    def quantile(uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the uniform numbers themselves."""
        return uniforms

"""Addressed draws: uniform, reproducible, without a shared stretch, and the same in blocks as one by one."""

import hashlib
import itertools

import numpy as np
import pytest
from worlds.miniatures import organisation

from sim import streams as module
from sim.scenario.distributions import Exponential
from sim.streams import (
    BLOCK,
    FIRST_REPLICATIONS,
    PEOPLE,
    Chance,
    Streams,
    forget_shared,
    shared,
)
from sim.world.model import run_replication

N = 100_000


@pytest.fixture(autouse=True)
def nothing_is_shared():
    forget_shared()


def ks_distance(uniforms):
    """Return the largest distance between the empirical distribution function and the uniform one."""
    ordered = np.sort(uniforms)
    steps = np.arange(1, len(ordered) + 1) / len(ordered)
    return max(np.max(steps - ordered), np.max(ordered - steps + 1 / len(ordered)))


ADDRESSES = [
    (1, 0, "effort build", 0),
    (1, 1, "effort build", 0),
    (2, 0, "effort build", 0),
    (1, 0, "effort test", 0),
    (1, 0, "effort build", 1),
    (0, 0, "", 0),
    (2**200, 10**9, "naïve — purpose", 2**40),
]


def uniforms(address, n=N):
    seed, replication, purpose, occurrence = address
    return Streams(seed, replication).uniforms(purpose, n, occurrence)


@pytest.mark.parametrize("address", ADDRESSES)
def test_draws_are_uniform(address):
    found = uniforms(address)
    # Kolmogorov: D sqrt(n) stays below 1.95 in 999 of 1,000 samples
    assert ks_distance(found) * np.sqrt(N) < 1.95
    assert found.mean() == pytest.approx(0.5, abs=4 / np.sqrt(12 * N))
    assert 0.0 < found.min() < 1e-3 and 1 - 1e-3 < found.max() < 1.0


@pytest.mark.parametrize("address", ADDRESSES)
def test_neighbouring_items_are_unrelated(address):
    found = uniforms(address)
    for lag in (1, 2, 4, BLOCK):
        assert abs(np.corrcoef(found[:-lag], found[lag:])[0, 1]) < 4 / np.sqrt(N), f"lag {lag}"


def test_addresses_are_unrelated():
    for one, other in itertools.combinations(ADDRESSES, 2):
        assert abs(np.corrcoef(uniforms(one), uniforms(other))[0, 1]) < 4 / np.sqrt(N), (one, other)


def test_occurrences_of_one_item_are_uniform():
    # The luck of one item at its 1st, 2nd, ... review: every draw from another block of the generator.
    streams = Streams(1, 0)
    found = np.array([streams.uniforms("answer", 8, occurrence)[5] for occurrence in range(4000)])
    assert ks_distance(found) * np.sqrt(len(found)) < 1.95
    assert abs(np.corrcoef(found[:-1], found[1:])[0, 1]) < 4 / np.sqrt(len(found))


def test_no_two_addresses_share_a_stretch():
    # 600 addresses x 1,024 draws of 52 bits: a chance meeting has odds of 1 in 24,000, a shared stretch
    # shows at once
    blocks = [
        Streams(seed, replication).uniforms(purpose, 1024, occurrence)
        for seed in (0, 1, 10)
        for replication in (0, 1, 10, 11, 100)
        for purpose in ("arrival", "effort build", "effort test", "0", "1|effort build")
        for occurrence in (0, 1, 2, 3, 255, 256, 2**32, 2**40)
    ]
    together = np.concatenate(blocks)
    assert len(np.unique(together)) == len(together)


def test_seed_and_replication_cannot_be_confused():
    assert Streams(1, 11).uniforms("x", 4).tolist() != Streams(11, 1).uniforms("x", 4).tolist()
    assert Streams(1, 1).uniforms("1|x", 4).tolist() != Streams(1, 11).uniforms("x", 4).tolist()


def test_more_items_leave_the_first_ones_alone():
    streams = Streams(3, 2)
    assert streams.uniforms("p", 5000)[:77].tobytes() == streams.uniforms("p", 77).tobytes()


@pytest.mark.parametrize("first", [4, 1024, 999_996])
def test_draws_may_begin_at_any_fourth_item(first):
    streams = Streams(3, 2)
    whole = streams.uniforms("p", first + 50, occurrence=3)
    assert streams.uniforms("p", 50, occurrence=3, first=first).tobytes() == whole[first:].tobytes()


@pytest.mark.parametrize(("occurrence", "first"), [(0, 0), (3, 1024), (2**40, 999_996)])
def test_a_moved_generator_equals_a_new_one(occurrence, first):
    key = int.from_bytes(hashlib.blake2b(b"7|2|p", digest_size=16).digest(), "little")
    new = np.random.Philox(key=key, counter=(first // 4) + (occurrence << 64)).random_raw(50)
    streams = Streams(7, 2)
    streams.uniforms("another", 3)  # leaves the generator in the middle of a tick
    found = streams.uniforms("p", 50, occurrence, first)
    assert found.tobytes() == (((new >> 12) + 0.5) * 2.0**-52).tobytes()


@pytest.mark.parametrize("raw", [0, 2**64 - 1])
def test_draws_lie_inside_the_open_interval_even_at_the_ends(raw, monkeypatch):
    class Extreme:
        def __init__(self, key):
            self.state = {"state": {"counter": np.zeros(4, np.uint64)}}

        def random_raw(self, n):
            return np.full(n, raw, dtype=np.uint64)

    monkeypatch.setattr(np.random, "Philox", Extreme)
    found = Streams(1, 0).uniforms("p", 1)[0]
    assert 0.0 < found < 1.0, "0 and 1 have no quantile"


def test_draws_one_by_one_equal_the_block():
    streams = Streams(5, 1)
    draws = streams.draws("delay", Exponential(kind="exponential", mean=2.0))
    for occurrence in (0, 1, 7):
        block = Exponential(kind="exponential", mean=2.0).quantile(
            streams.uniforms("delay", 3 * BLOCK, occurrence)
        )
        for item in (0, 1, 5, BLOCK - 1, BLOCK, 2 * BLOCK + 3, 3 * BLOCK - 1):
            assert draws(item, occurrence) == block[item]


def test_draws_do_not_depend_on_the_order_of_asking():
    questions = [(item, occurrence) for item in (0, 3, BLOCK + 1) for occurrence in (0, 2)]
    one = Streams(5, 1).draws("answer", Chance)
    forget_shared()  # else the other takes what this one has drawn
    other = Streams(5, 1).draws("answer", Chance)
    forwards = {question: one(*question) for question in questions}
    backwards = {question: other(*question) for question in reversed(questions)}
    assert forwards == backwards
    assert len(set(forwards.values())) == len(questions)


def test_contenders_of_a_replication_share_what_they_draw(monkeypatch):
    delay = Exponential(kind="exponential", mean=2.0)
    one, other = (Streams(5, 1).draws("delay", delay.model_copy()) for _ in range(2))
    drawn = [one(item, 3) for item in (0, BLOCK)]
    monkeypatch.setattr(Streams, "uniforms", None)
    assert [other(item, 3) for item in (0, BLOCK)] == drawn


def test_other_luck_is_not_shared():
    delay = Exponential(kind="exponential", mean=2.0)
    luck = [(5, 1, "delay", delay), (5, 2, "delay", delay), (6, 1, "delay", delay), (5, 1, "stay", delay)]
    longer = (5, 1, "delay", Exponential(kind="exponential", mean=3.0))
    drawn = [Streams(*at[:2]).draws(*at[2:])(0) for at in (*luck, longer)]
    assert len(set(drawn)) == len(drawn)
    assert drawn[-1] == pytest.approx(1.5 * drawn[0], rel=1e-12)


def test_blocks_of_people_are_smaller_and_hold_the_same():
    people = Streams(5, 1).draws("gap", Chance, *PEOPLE)
    items = Streams(5, 1).draws("gap", Chance)
    asked = [(0, 2), (70, 2), (1500, 2), (3, 3), (3, 4), (200, 9), (0, 9)]
    assert [people(*one) for one in asked] == [items(*one) for one in asked]


def drawn_of(seed: int, replication: int) -> int:
    """Return how many numbers are kept of a replication; 0 also if it is forgotten."""
    one = module.kept.get((seed, replication))
    return one.n if one else 0


def test_the_first_replications_and_the_last_are_kept():
    for replication in (0, 1, FIRST_REPLICATIONS - 1, FIRST_REPLICATIONS, FIRST_REPLICATIONS + 1):
        Streams(5, replication).draws("delay", Chance)(0)
    kept = {replication: drawn_of(5, replication) for replication in range(FIRST_REPLICATIONS + 3)}
    assert {one for one, n in kept.items() if n} == {0, 1, FIRST_REPLICATIONS - 1, FIRST_REPLICATIONS + 1}


def test_too_much_that_is_kept_goes_by_whole_replications(monkeypatch):
    monkeypatch.setattr(module, "MOST_KEPT", 4 * BLOCK)
    Streams(6, 0).draws("delay", Chance)(0)
    for replication in range(4):
        Streams(5, replication).draws("delay", Chance)(0)
    assert not drawn_of(6, 0), "another seed goes first"
    assert [drawn_of(5, replication) for replication in range(4)] == [BLOCK] * 4
    Streams(5, 1).draws("delay", Chance)(BLOCK)
    assert [drawn_of(5, r) for r in range(4)] == [BLOCK, 2 * BLOCK, BLOCK, 0], "then the last replication"
    Streams(5, 0).draws("delay", Chance)(4 * BLOCK - 1)
    assert [drawn_of(5, r) for r in range(4)] == [4 * BLOCK, 0, 0, 0], "never the one that is drawn now"


def test_a_lever_that_moves_meets_the_luck_that_was_drawn_before(monkeypatch):
    moved = organisation({}, people={"dev": 1}, work={"build": "dev"}, weeks=4)
    before = [run_replication(moved, "m", replication).ends for replication in (0, 1)]
    n = [drawn_of(moved.run.seed, replication) for replication in (0, 1)]
    assert all(n)
    after = moved.with_changes({"operating_models.m.structure.focus_share": 0.5})
    for replication in (0, 1):
        run_replication(after, "m", replication)
    assert [drawn_of(moved.run.seed, replication) for replication in (0, 1)] == n, "nothing is drawn again"
    again = [run_replication(moved, "m", replication).ends for replication in (0, 1)]
    for one, other in zip(before, again, strict=True):
        for column in one:
            np.testing.assert_array_equal(one[column], other[column])


def test_what_is_shared_of_a_replication_is_bounded(monkeypatch):
    monkeypatch.setattr(module, "MOST_SHARED", 3 * BLOCK)
    streams = Streams(5, 1)
    draws = streams.draws("delay", Chance)
    before = [draws(0, occurrence) for occurrence in range(3)]
    assert len(shared(5, 1).drawn) == 1
    draws(0, 3)
    assert not shared(5, 1).drawn
    assert [draws(0, occurrence) for occurrence in range(3)] == before, "whoever has them keeps them"

"""Compiled code gives the numbers of Python, to the last bit."""

import ctypes
import itertools
import subprocess
import sys
from importlib.util import find_spec
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest
from worlds import arithmetic
from worlds.arithmetic import ASKED, CASE, FLOATING, OUT, WHOLE, WORDS

from sim.world.engine import compiled

TESTS = Path(__file__).parents[1]
BUILD = (
    "import sys; from sim.world.engine.machine.build import build; "
    "sys.stdout.buffer.write(build('worlds.arithmetic', 'worlds.arithmetic.run'))"
)


@ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int64, ctypes.c_double)
def answer(a, x):
    return a * x - 1


@pytest.fixture(scope="module")
def run():
    """Return the functions of ``worlds.arithmetic``, compiled by another process."""
    if find_spec("numba") is None:
        pytest.skip("numba is not installed")
    from sim.world.engine.machine.load import load

    made = subprocess.run([sys.executable, "-c", BUILD], cwd=TESTS, capture_output=True, check=False)
    assert made.returncode == 0, made.stderr.decode()
    found = load(made.stdout, "worlds.arithmetic.run")
    assert "numba" not in sys.modules, "to run it, llvmlite is enough"
    return found


def arenas(run, case, whole=(), floating=()):
    """Return the words after the plain and after the compiled run."""
    compiled.OUTSIDE[ASKED] = answer
    found = []
    for is_compiled in (False, True):
        words = np.zeros(WORDS, np.int64)
        words[CASE], words[ASKED] = case, ctypes.cast(answer, ctypes.c_void_p).value
        words[WHOLE : WHOLE + len(whole)] = whole
        words.view(np.float64)[FLOATING : FLOATING + len(floating)] = floating
        if is_compiled:
            assert run(words.ctypes.data, words.ctypes.data) == 7
        else:
            data = memoryview(words).cast("B")
            arithmetic.run(data.cast("q"), data.cast("d"))
        found.append(words)
    return found


def assert_same(run, case, whole=(), floating=()):
    plain, fast = arenas(run, case, whole, floating)
    both_nan = np.isnan(plain.view(np.float64)) & np.isnan(fast.view(np.float64))  # of which there are many
    assert ((plain == fast) | both_nan).all(), (case, whole, floating)


@pytest.mark.slow
def test_whole_numbers_are_those_of_python(run):
    for a in (-(10**12), -17, -8, -1, 0, 1, 7, 8, 9, 10**12):
        for b in (-(10**9), -7, -2, -1, 1, 2, 3, 8, 10**9):
            assert_same(run, 0, [a, b])


@pytest.mark.slow
def test_floating_numbers_are_those_of_python_nan_and_minus_zero_too(run):
    drawn = np.random.default_rng(1).normal(size=(300, 3)) * 10.0 ** np.arange(-3, 0)
    odd = [0.0, -0.0, nan, inf, -inf, 1.5, -2.5, 5e-324]
    for numbers in (*drawn.tolist(), *([x, y, 1 / 3] for x, y in itertools.product(odd, odd))):
        assert_same(run, 1, floating=numbers)


@pytest.mark.slow
def test_a_product_is_rounded_before_it_is_added_to(run):
    x = 1.0 + 2.0**-30
    plain, fast = (words.view(np.float64)[OUT] for words in arenas(run, 1, floating=[x, x, -(x * x)]))
    assert plain == fast == 0.0, "fused, the rest of the product would be left: 2**-60"


@pytest.mark.slow
def test_whole_parts_are_those_of_python(run):
    numbers = [0.0, -0.0, 0.1, 2.5, -2.5, 7.0, -7.0, 1e15 + 0.5, -1e-9, 5.0, 3.3, -0.3]
    for x, y in itertools.product(numbers, numbers):
        if y:
            assert_same(run, 2, floating=[x, y])


@pytest.mark.slow
def test_ways_through_functions_are_those_of_python(run):
    for a in range(-2, 14):
        assert_same(run, 3, [a])

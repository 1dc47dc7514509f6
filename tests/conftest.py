"""What all tests share."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis.internal.conjecture import providers

# Hypothesis tries constants of all modules that are imported by then: alone, or after any change of the code,
# a test would see other examples than in a whole run.
providers._get_local_constants = lambda: providers._local_constants

# Agents are what most tests are about; CI sets "auto" for the slow ones, once the fast engine is compiled.
os.environ.setdefault("OPSIM_ENGINE", "mesa")

pytest.register_assert_rewrite("worlds")  # what fails in there shows its values, as in a test


@pytest.fixture
def hangs_up() -> Iterator[None]:
    """Let what a test starts end when its terminal is closed, also where the tests run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)

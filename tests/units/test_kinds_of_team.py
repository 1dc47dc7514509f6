"""A team may be several kinds at once: none of them sets what another one defines."""

import inspect
import re
from itertools import permutations

from sim.world import way
from sim.world.agents.team import Team

KINDS = [
    kind
    for kind in vars(way).values()
    if isinstance(kind, type) and issubclass(kind, Team) and kind is not Team
]


def set_by(kind):
    """Return the attributes that the source of a class sets on itself."""
    source = inspect.getsource(kind)
    return {
        name for line in re.findall(r"^ +(self\..+?)(?::.*)? [-+]?= ", source, re.MULTILINE)
        for name in re.findall(r"self\.(\w+)", line)
    }  # fmt: skip


def test_no_kind_of_team_sets_what_another_defines():
    assert len(KINDS) >= 6
    assert "_adds" in set_by(next(kind for kind in KINDS if kind.__name__ == "Swarming"))
    for one, other in permutations(KINDS, 2):
        taken = set_by(one) & {name for name, what in vars(other).items() if inspect.isfunction(what)}
        assert not taken, f"{one.__name__} sets {taken}, which {other.__name__} defines"

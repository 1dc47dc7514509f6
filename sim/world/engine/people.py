# pyright: reportMissingParameterType=false
"""The people of teams and what they have in hand, as words."""

from __future__ import annotations

from sim.world.engine.compiled import kernel

(
    INDEX,
    TEAM,
    ITEM,  # what they work on, if they do not divide their time
    MAIN_SKILL,  # number of the skill in this team, or -1
    N_ABLE,  # activities that they can do
    PEERS,  # list: the free people who can do the same
    QUEUES,  # list of lines that wait for what they can do
    # Of people who divide their time:
    JOBS,  # list
    INTERRUPTIONS,  # list
    IS_IN_POOL,
    WEEK,
    FOCUS,
    PACE,
    SINCE,
    TURN,
    # Of those who may be away, leave, help: see the files of these kinds of teams.
    MORE,
    MORE_2,
    MORE_3,
    MORE_4,
    MORE_5,
    MORE_6,
    FACTORS,  # by activity: effort is multiplied by it; NaN where they cannot do it
) = range(22)

# What a person has open.
JOB_ITEM, JOB_EFFORT, JOB_LEFT = range(3)
JOB = 3


@kernel
def can_do(I, F, person: int, activity: int) -> bool:
    """Return whether somebody can do an activity."""
    return F[person + FACTORS + activity] == F[person + FACTORS + activity]

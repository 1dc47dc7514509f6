# pyright: reportMissingParameterType=false
"""The people of teams and what they have in hand, as words."""

from __future__ import annotations

from sim.world.engine.compiled import kernel

(
    INDEX,
    TEAM,
    ITEM,  # what they work on, if they do not divide their time
    MAIN_SKILL,  # number of the skill among all
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
    # Of those who may be away:
    SPELLS,  # see ``absence``; whoever they are in another team has the same
    N_SPELLS,
    LYING,  # list of jobs
    LEAVES,  # the day on which they leave for good; infinite if they do not
    SEAT,  # of a position: what ``turnover`` knows of it
    MOVE,  # of teams that change: where they go (``moving``)
    HELPS,  # what they help a colleague with (``swarming``), or nobody
    FACTORS,  # by activity: effort is multiplied by it; NaN where they cannot do it
) = range(23)

# What a person has open.
(
    JOB_ITEM,
    JOB_EFFORT,
    JOB_LEFT,
    JOB_SWARM,  # those who help with it, or have helped; or nobody
    JOB_KIND,  # of what lies there while somebody is away: as what, and what work, it is gone on with
    JOB_WORK,
) = range(6)
JOB = 6

# What somebody helps with that a colleague has in hand.
HELP_SWARM, HELP_PERSON, HELP_RATIO, HELP_BEGINS = range(4)
HELP = 4


@kernel
def can_do(I, F, person: int, activity: int) -> bool:
    """Return whether somebody can do an activity."""
    return F[person + FACTORS + activity] == F[person + FACTORS + activity]

"""Closed forms: what the simulator must reproduce when it is switched down to one mechanism.

Every function is pure and takes plain numbers. Lengths of time are working days (8 h; 5 to a week, 21 to a
month) unless the name says otherwise; the formulas hold for any unit used throughout. *Load* is the share of
time a server is needed: arrivals per day x mean service days / servers.

A queue whose load is 1 or more has no mean wait: the functions return ``math.inf``, never a large number.
Arguments outside their range raise ``ValueError``: a closed form fed with nonsense is a mistake in the
calling code, not in a user's scenario.

It is one long file, so that every formula the simulator is held against is looked up in one place, which
shares nothing with what it checks.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# Not read from ``spec``: a check must not share the mistake it looks for.
_HOURS_PER_DAY = 8.0
_HOURS_PER_WEEK = 40.0

# A review day plus a deadline such as 0.1 + 0.2 must count as exactly one 0.3-day interval, not as two.
_MEETING_DIGITS = 9


# --- queues -----------------------------------------------------------------------------------------------


def queue_load(arrivals_per_day: float, service_days: float, n_servers: int = 1) -> float:
    """Return the load each server carries: ``arrivals_per_day * service_days / n_servers``.

    Parameters
    ----------
    arrivals_per_day
        Mean number of arrivals in a working day.
    service_days
        Mean working days one server spends on one item.
    n_servers
        Servers sharing one queue.

    Returns
    -------
    Dimensionless; 1 or more means the queue grows without end.

    Source
    ------
    Kleinrock, Queueing Systems, volume 1 (1975), chapter 2: utilisation factor.
    """
    _require_not_negative(arrivals_per_day=arrivals_per_day, service_days=service_days)
    _require_count(n_servers=n_servers)
    return arrivals_per_day * service_days / n_servers


def mm1_mean_wait_days(load: float, service_days: float) -> float:
    """Return the mean wait in an M/M/1 queue: ``service_days * load / (1 - load)``.

    Assumes Poisson arrivals, exponential service, one server, first come first served, steady state.

    Parameters
    ----------
    load
        Share of time the server is busy.
    service_days
        Mean service, working days.

    Returns
    -------
    Working days from arrival to start of service; infinite from load 1.

    Source
    ------
    Kleinrock, Queueing Systems, volume 1 (1975), section 3.2.

    Examples
    --------
    >>> round(mm1_mean_wait_days(0.80, 1.0), 9)
    4.0
    """
    return mg1_mean_wait_days(load, service_days, service_cv=1.0)


def mg1_mean_wait_days(load: float, service_days: float, service_cv: float) -> float:
    """Return the mean wait in an M/G/1 queue: ``service_days * load / (1 - load) * (1 + service_cv**2) / 2``.

    Assumes Poisson arrivals, any service distribution with this mean and coefficient of variation, one
    server, an order of service that does not look at service lengths, steady state.

    Parameters
    ----------
    load
        Share of time the server is busy.
    service_days
        Mean service, working days.
    service_cv
        Standard deviation of service over its mean: 0 fixed, 1 exponential.

    Returns
    -------
    Working days from arrival to start of service; infinite from load 1.

    Source
    ------
    Pollaczek (1930) and Khinchine (1932); Kleinrock, Queueing Systems, volume 1 (1975), chapter 5.
    """
    return gg1_mean_wait_days(load, service_days, arrival_cv=1.0, service_cv=service_cv)


def gg1_mean_wait_days(load: float, service_days: float, arrival_cv: float, service_cv: float) -> float:
    """Return the approximate mean wait in a G/G/1 queue, after Kingman.

    ``service_days * load / (1 - load) * (arrival_cv**2 + service_cv**2) / 2``. Assumes independent gaps and
    services, one server, first come first served, steady state. Exact for Poisson arrivals (``arrival_cv``
    1); otherwise an approximation that gets better as the load nears 1. Not a test to the digit.

    Parameters
    ----------
    load
        Share of time the server is busy.
    service_days
        Mean service, working days.
    arrival_cv
        Standard deviation of the gap between arrivals over its mean: 0 regular, 1 Poisson.
    service_cv
        Standard deviation of service over its mean: 0 fixed, 1 exponential.

    Returns
    -------
    Working days from arrival to start of service; infinite from load 1.

    Source
    ------
    Kingman, The single server queue in heavy traffic, Proc. Cambridge Phil. Soc. 57 (1961); in this form the
    VUT equation of Hopp and Spearman, Factory Physics (1996), chapter 8.
    """
    _require_not_negative(load=load, service_days=service_days, arrival_cv=arrival_cv, service_cv=service_cv)
    if load >= 1.0:
        return math.inf
    return service_days * load / (1.0 - load) * (arrival_cv**2 + service_cv**2) / 2.0


def erlang_c(load: float, n_servers: int) -> float:
    """Return the chance that an arrival to an M/M/c queue finds all servers busy and must wait.

    With ``a = load * n_servers``: ``B(0) = 1``, ``B(k) = a B(k-1) / (k + a B(k-1))`` (Erlang B), then
    ``C = B(c) / (1 - load (1 - B(c)))``. The recursion has no factorials, so it holds for thousands of
    servers.

    Parameters
    ----------
    load
        Share of time each server is busy.
    n_servers
        Servers sharing one queue.

    Returns
    -------
    Dimensionless, 0 to 1; exactly 1 from load 1.

    Source
    ------
    Erlang (1917); Kleinrock, Queueing Systems, volume 1 (1975), section 3.5.

    Examples
    --------
    >>> round(erlang_c(0.5, 2), 6)
    0.333333
    """
    _require_not_negative(load=load)
    _require_count(n_servers=n_servers)
    if load >= 1.0:
        return 1.0
    offered = load * n_servers
    blocked = 1.0
    for server in range(1, n_servers + 1):
        blocked = offered * blocked / (server + offered * blocked)
    return blocked / (1.0 - load * (1.0 - blocked))


def mmc_mean_wait_days(load: float, service_days: float, n_servers: int) -> float:
    """Return the mean wait in an M/M/c queue: ``erlang_c * service_days / (n_servers * (1 - load))``.

    Assumes Poisson arrivals, exponential service, equal servers sharing one queue, first come first served,
    steady state.

    Parameters
    ----------
    load
        Share of time each server is busy.
    service_days
        Mean working days one server spends on one item.
    n_servers
        Servers sharing one queue.

    Returns
    -------
    Working days from arrival to start of service; infinite from load 1.

    Source
    ------
    Erlang (1917); Kleinrock, Queueing Systems, volume 1 (1975), section 3.5.
    """
    _require_not_negative(load=load, service_days=service_days)
    p_wait = erlang_c(load, n_servers)
    if load >= 1.0:
        return math.inf
    return p_wait * service_days / (n_servers * (1.0 - load))


def share_present(*days_away: float, days_per_year: float = 260.0) -> float:
    """Return for which share of the time somebody is there: the product of ``1 - days / days_per_year``.

    Assumes that the reasons for which people are away are independent of each other, in steady state.

    Parameters
    ----------
    days_away
        Mean working days a year for which somebody is away, by reason.

    Returns
    -------
    Dimensionless; 1 for somebody who is never away.

    Source
    ------
    Availability of a series of parts that are repaired independently: Barlow, Proschan, Statistical Theory
    of Reliability and Life Testing (1975), chapter 7.
    """
    for days in days_away:
        _require_share(share_away=days / days_per_year)
    return math.prod(1.0 - days / days_per_year for days in days_away)


def share_filled(leaving_per_year: float, weeks_to_fill: float, weeks_per_year: float = 52.0) -> float:
    """Return for which share of the time a position is filled: ``1 / (1 + rate x weeks / weeks a year)``.

    Assumes that people leave at a rate, whatever the distribution of the time until somebody follows.

    Parameters
    ----------
    leaving_per_year
        Rate at which whoever has the position leaves, per year.
    weeks_to_fill
        Mean weeks for which it then stays empty.

    Returns
    -------
    Dimensionless; 1 for a position that nobody leaves.

    Source
    ------
    Availability of a part that is repaired: mean time up over mean time up and down; Barlow, Proschan,
    Statistical Theory of Reliability and Life Testing (1975), chapter 7.
    """
    _require_not_negative(leaving_per_year=leaving_per_year, weeks_to_fill=weeks_to_fill)
    return 1.0 / (1.0 + leaving_per_year * weeks_to_fill / weeks_per_year)


def talking_stretch(loss: float, n_people: int) -> float:
    """Return what talking with each other multiplies the time of a piece of work by: ``1 / (1 - c n x n)``.

    Parameters
    ----------
    loss
        Share c of everybody's time that it takes for each square of a person.
    n_people
        People who are there.

    Returns
    -------
    Dimensionless, from 1 on.

    Source
    ------
    Madachy, Software Process Dynamics (2008), chapter 1, after Abdel-Hamid and Madnick (1991): c is .0006.
    """
    _require_count(n_people=n_people)
    _require_share(time_spent_talking=loss * n_people * n_people)
    return 1.0 / (1.0 - loss * n_people * n_people)


def interrupted_mean_wait_days(
    load: float,
    service_days: float,
    service_cv: float,
    days_between: float,
    days_down: float,
    down_cv: float,
) -> float:
    """Return the mean wait to be begun in an M/G/1 queue whose server breaks down, busy or not.

    ``((1 - A) * D2 / (2 * D) + load * service_days * (1 + service_cv**2) / (2 * A**2)) / (1 - load / A)``
    with the availability ``A = days_between / (days_between + D)``, and ``D`` and ``D2`` mean and mean square
    of a repair. Who arrives waits for the rest of a repair, if there is one; then every day of work before
    them takes ``1 / A`` days. From its beginning to its end an item takes ``service_days / A``.

    Assumes Poisson arrivals, exponential times from the end of a repair to the next breakdown, service that
    goes on where it was interrupted, first come first served, steady state.

    Parameters
    ----------
    load
        Share of its time that the server would be busy if it never broke down.
    service_days, service_cv
        Mean service, and its standard deviation over that.
    days_between
        Mean working days from a repair to the next breakdown.
    days_down, down_cv
        Mean of a repair, and its standard deviation over that.

    Returns
    -------
    Working days; infinite once the load reaches the availability.

    Source
    ------
    Avi-Itzhak, Naor, Some queuing problems with the service station subject to breakdown, Operations
    Research 11 (1963), model A.

    Examples
    --------
    >>> round(interrupted_mean_wait_days(0.4, 2.0, 1.0, 20.0, 5.0, 1.0), 9)
    4.5
    """
    _require_not_negative(load=load, service_days=service_days, service_cv=service_cv, down_cv=down_cv)
    _require_positive(days_between=days_between, days_down=days_down)
    available = days_between / (days_between + days_down)
    if load >= available:
        return math.inf
    rest_of_repair = (1.0 - available) * days_down * (1.0 + down_cv**2) / 2.0
    work_before = load * service_days * (1.0 + service_cv**2) / 2.0 / available**2
    return (rest_of_repair + work_before) / (1.0 - load / available)


def priority_mean_wait_days(
    load_first: float, load_second: float, service_days_first: float, service_days_second: float
) -> tuple[float, float]:
    """Return the mean waits of two priority classes at one server that finishes what it has begun.

    ``rest = load_first * service_days_first + load_second * service_days_second`` is the mean work left on
    the item in service; the first class waits ``rest / (1 - load_first)``, the second
    ``rest / ((1 - load_first) * (1 - load_first - load_second))``. Assumes Poisson arrivals and exponential
    service in both classes, no preemption, first come first served within a class, steady state.

    When both together are 1 or more but the first class alone is below 1, only the second class waits without
    end: the server is never idle, and the first class meets second-class work in the remaining share of time.

    Parameters
    ----------
    load_first, load_second
        Share of time the server needs for each class; the first class goes before the second.
    service_days_first, service_days_second
        Mean service of each class, working days.

    Returns
    -------
    Working days from arrival to start of service: (first class, second class).

    Source
    ------
    Cobham, Priority assignment in waiting line problems, Operations Research 2 (1954).
    """
    _require_not_negative(
        load_first=load_first,
        load_second=load_second,
        service_days_first=service_days_first,
        service_days_second=service_days_second,
    )
    if load_first >= 1.0:
        return math.inf, math.inf
    load_second_served = min(load_second, 1.0 - load_first)
    rest_days = load_first * service_days_first + load_second_served * service_days_second
    first_days = rest_days / (1.0 - load_first)
    idle_share = 1.0 - load_first - load_second
    return first_days, first_days / idle_share if idle_share > 0.0 else math.inf


def little_wip(throughput_per_day: float, lead_days: float) -> float:
    """Return the mean number of items inside by Little's law: ``throughput_per_day * lead_days``.

    An identity of long-run averages: no distribution, order of service or independence is assumed, only that
    what comes in goes out (arrivals and completions keep step over the window).

    Parameters
    ----------
    throughput_per_day
        Items completed in a working day, long-run mean.
    lead_days
        Mean working days an item spends inside the same boundary.

    Returns
    -------
    Items inside, mean over time.

    Source
    ------
    Little, A proof for the queuing formula L = lambda W, Operations Research 9 (1961).
    """
    _require_not_negative(throughput_per_day=throughput_per_day, lead_days=lead_days)
    return throughput_per_day * lead_days


def processor_sharing_mean_lead_days(load: float, service_days: float) -> float:
    """Return the mean lead time when one person divides the time equally among all that is open.

    ``service_days / (1 - load)``, whatever the distribution of service: only its mean counts. Assumes Poisson
    arrivals, one server, no limit to what is open and no loss by switching, steady state (M/G/1-PS).

    Parameters
    ----------
    load
        Share of time the server is busy.
    service_days
        Mean work in one item, working days of undivided attention.

    Returns
    -------
    Working days from arrival to done; infinite from load 1.

    Source
    ------
    Sakata, Noguchi and Oizumi, An analysis of the M/G/1 queue under round-robin scheduling, Operations
    Research 19 (1971); Kleinrock, Queueing Systems, volume 2 (1976), section 4.4.
    """
    _require_not_negative(load=load, service_days=service_days)
    if load >= 1.0:
        return math.inf
    return service_days / (1.0 - load)


def switching_mean_lead_days(
    arrivals_per_day: float, service_days: float, productive: Sequence[float]
) -> float:
    """Return the mean lead time at one person whose pace depends on how many items are there.

    With n items there, the person completes ``productive(n) / service_days`` of them a day; from the end of
    the list on its last value holds. Then ``p(n) = p(n-1) * arrivals_per_day * service_days / productive(n)``
    (birth and death), and the lead time is the mean number there over the arrivals (Little). Assumes Poisson
    arrivals and exponential service; how the pace is divided among the open items does not matter, because
    what is left of each is exponential again.

    Parameters
    ----------
    arrivals_per_day
        Mean number of arrivals in a working day, more than 0.
    service_days
        Mean work in one item, working days of undivided attention.
    productive
        Share of the time that reaches the work with 1, 2, 3 ... items there.

    Returns
    -------
    Working days from arrival to done; infinite when the last pace cannot keep up.

    Source
    ------
    Kleinrock, Queueing Systems, volume 1 (1975), section 3.1 (birth-death equilibrium).
    """
    _require_positive(arrivals_per_day=arrivals_per_day, service_days=service_days)
    _require_count(n_paces=len(productive))
    offered = arrivals_per_day * service_days
    weight, weights, weighted = 1.0, [1.0], [0.0]
    for n_there, pace in enumerate(productive, start=1):
        _require_positive(pace=pace)
        weight *= offered / pace
        weights.append(weight)
        weighted.append(n_there * weight)
    # From the last pace on the weights are geometric: sum of w r^k and of (n + k) w r^k over k >= 1.
    ratio, last = offered / productive[-1], len(productive)
    if ratio >= 1.0:
        return math.inf
    weights.append(weight * ratio / (1.0 - ratio))
    weighted.append(weight * (last * ratio / (1.0 - ratio) + ratio / (1.0 - ratio) ** 2))
    return math.fsum(weighted) / math.fsum(weights) / arrivals_per_day


# --- chains, pools and swarms -----------------------------------------------------------------------------


def tandem_mean_lead_days(load: float, service_days: float, n_stages: int, p_return: float = 0.0) -> float:
    """Return the mean lead time through equal M/M/1 stages in a row: ``n_stages * s / (1 - r)``.

    Here ``s = service_days / (1 - p_return)`` and ``r = load / (1 - p_return)``: every return is one more
    visit to the same stage, so it adds work and load. Without returns this is
    ``n_stages * service_days / (1 - load)``. Assumes Poisson arrivals, exponential service drawn afresh at
    each stage and visit, one server a stage, no delay between stages, steady state.

    Parameters
    ----------
    load
        Share of time each server is busy with first visits only.
    service_days
        Mean service at one visit to one stage, working days.
    n_stages
        Stages in a row.
    p_return
        Chance that a visit has to be repeated at the same stage, each time afresh.

    Returns
    -------
    Working days from arrival to leaving the last stage; infinite when returns lift the load to 1.

    Source
    ------
    Burke (1956): the output of an M/M/1 queue is Poisson; Jackson (1957) for returns. Worked example: six
    stages of 2 days at load 0.85 take 80 days, 240 with a return chance of 0.1.
    """
    _require_not_negative(load=load, service_days=service_days)
    _require_count(n_stages=n_stages)
    _require_share(p_return=p_return)
    if load >= 1.0 - p_return:
        return math.inf
    # s / (1 - r) with both divided by 1 - p_return, which then cancels.
    return n_stages * service_days / (1.0 - p_return - load)


def dedicated_mean_lead_days(load: float, service_days: float) -> float:
    """Return the mean lead time when each person has a queue of their own: ``service_days / (1 - load)``.

    Assumes M/M/1 at every person, arrivals split at random, nobody helping out.

    Parameters
    ----------
    load
        Share of time each person is busy.
    service_days
        Mean working days of one person on one item.

    Returns
    -------
    Working days from arrival to done; infinite from load 1.

    Source
    ------
    Kleinrock, Queueing Systems, volume 2 (1976), chapter 5 (resource sharing).
    """
    return service_days + mm1_mean_wait_days(load, service_days)


def pooled_mean_lead_days(load: float, service_days: float, n_people: int) -> float:
    """Return the mean lead time when people share one queue, each taking whole items (M/M/c).

    ``service_days + mmc_mean_wait_days(load, service_days, n_people)``. Never longer than
    ``dedicated_mean_lead_days`` at the same load; equal for one person.

    Parameters
    ----------
    load
        Share of time each person is busy.
    service_days
        Mean working days of one person on one item.
    n_people
        People sharing the queue.

    Returns
    -------
    Working days from arrival to done; infinite from load 1.

    Source
    ------
    Kleinrock, Queueing Systems, volume 2 (1976), chapter 5. Worked example: six people, 12-day items, load
    0.85 take 20 days.
    """
    return service_days + mmc_mean_wait_days(load, service_days, n_people)


def swarming_mean_lead_days(load: float, service_days: float, n_people: int) -> float:
    """Return the mean lead time when all people work on one item at once.

    ``service_days / n_people / (1 - load)``: the team is one M/M/1 server that is ``n_people`` times as
    fast: assumes work that divides perfectly, so it is a lower bound for real teams.

    Parameters
    ----------
    load
        Share of time the team is busy.
    service_days
        Mean person-days in one item.
    n_people
        People in the team.

    Returns
    -------
    Working days from arrival to done; infinite from load 1.

    Source
    ------
    Kleinrock, Queueing Systems, volume 2 (1976), chapter 5. Worked example: six people, 12-day items, load
    0.85 take 13 days.
    """
    _require_count(n_people=n_people)
    return dedicated_mean_lead_days(load, service_days / n_people)


def helping_mean_lead_days(load: float, service_days: float, added: float) -> float:
    """Return the mean lead time at two people of whom one helps the other when nothing waits.

    Assumes Poisson arrivals and exponential service. Whoever is free when nothing waits joins the other and
    adds a share of a pace, until that item is done, whatever comes meanwhile. So from one item in the system
    both are on one, at the rate ``1 + added``, and what comes waits; once it is done each takes one, as long
    as there are two. With a = arrivals / (arrivals + rate of both) the chance of n items while both are
    on one falls by a for each more; each n is left upwards as often as it is come back to.

    Parameters
    ----------
    load
        Share of their time in which two who never help would be needed.
    service_days
        Mean person-days in one item.
    added
        What the second person adds to the pace of the first, as a share of it.

    Returns
    -------
    Working days from arrival to done; infinite from load 1.

    Source
    ------
    A birth-and-death chain with two kinds of states (Kleinrock, Queueing Systems, volume 1, 1975, chapter 3).
    """
    _require_positive(service_days=service_days)
    _require_not_negative(load=load, added=added)
    if load >= 1.0:
        return math.inf
    if load == 0.0:
        return service_days / (1.0 + added)
    arrivals, together = 2.0 * load / service_days, (1.0 + added) / service_days
    falls = arrivals / (arrivals + together)
    on_one = arrivals / together / (1.0 - falls)  # over the chance that nobody is there
    apart = load * falls * on_one / (1.0 - load)
    there = on_one / (1.0 - falls)  # items, over the same chance
    there += load * (apart + falls * on_one * (1.0 / (1.0 - falls) + 1.0)) / (1.0 - load)
    return there / (1.0 + on_one + apart) / arrivals


def grown_after_exponential_wait(growth: float, wait_over_period: float) -> float:
    """Return what work is multiplied by on average that grows in each period of an exponential wait.

    ``1 / (1 - wait * log(1 + growth))`` with the mean wait in periods: the mean of ``(1 + growth) ** wait``.

    Parameters
    ----------
    growth
        Share by which work grows in a period.
    wait_over_period
        Mean wait in periods.

    Returns
    -------
    Dimensionless; infinite where some waits are so long that there is no mean.

    Source
    ------
    The moment generating function of an exponential time.
    """
    _require_not_negative(growth=growth, wait_over_period=wait_over_period)
    left = 1.0 - wait_over_period * math.log1p(growth)
    return 1.0 / left if left > 0.0 else math.inf


def fork_join_mean_lead_days(load: float, service_days: float) -> float:
    """Return the mean time until two single servers have both done their part of the same item.

    ``(12 - load) / 8 * service_days / (1 - load)``: the mean of one queue, times 1.5 when nobody waits (the
    slower of two exponentials) and 11/8 near load 1. Assumes Poisson arrivals, each with a part for either
    server; exponential service, independent at the two; one server each with no other work; first come first
    served; steady state.

    Parameters
    ----------
    load
        Share of time each server is busy.
    service_days
        Mean service of one part, working days.

    Returns
    -------
    Working days from arrival to the end of the later part; infinite from load 1.

    Source
    ------
    Flatto and Hahn, Two parallel queues created by arrivals with two demands, SIAM J. Applied Mathematics 44
    (1984); in this form Nelson and Tantawi, Approximate analysis of fork/join synchronization in parallel
    queues, IEEE Trans. Computers 37 (1988).
    """
    _require_not_negative(load=load, service_days=service_days)
    if load >= 1.0:
        return math.inf
    return (12.0 - load) / 8.0 * service_days / (1.0 - load)


def closed_line_throughput_per_day(n_items: int, n_stages: int, service_days: float) -> float:
    """Return the throughput of a line in which always the same number of items is in progress.

    ``n_items / (n_items + n_stages - 1) / service_days``: a new item starts when one is finished (CONWIP).
    Assumes equal stages with one server each, exponential service drawn afresh, first come first served, no
    time between stages, enough waiting work.

    Parameters
    ----------
    n_items
        Items in progress at any time.
    n_stages
        Stages in a row.
    service_days
        Mean service at one stage, working days, more than 0.

    Returns
    -------
    Items finished in a working day; ``1 / service_days`` is the most.

    Source
    ------
    Gordon and Newell, Closed queuing systems with exponential servers, Operations Research 15 (1967); as the
    practical worst case in Hopp and Spearman, Factory Physics (1996), chapter 7.
    """
    _require_positive(service_days=service_days)
    _require_count(n_items=n_items, n_stages=n_stages)
    return n_items / (n_items + n_stages - 1) / service_days


# --- approval, funding, release ---------------------------------------------------------------------------


def board_mean_wait_days(
    meets_every_days: float, deadline_days: float = 0.0, p_revise: float = 0.0, revise_days: float = 0.0
) -> float:
    """Return the mean days from handing in a paper to the board's yes.

    ``d + T/2 + p/(1 - p) * T * ceil((r + d) / T)``, with T ``meets_every_days``, d ``deadline_days``, p
    ``p_revise``, r ``revise_days``. The first decision falls d to d + T after the paper is ready. A paper
    sent back is revised from the meeting on and has to meet the deadline again, so every revision costs a
    whole number of meetings, at least one. Assumes papers ready at a moment unrelated to the calendar, an
    unlimited agenda (so the rate of arrivals does not matter), a paper handed in exactly at the deadline
    accepted, and a fixed length of revision.

    Parameters
    ----------
    meets_every_days
        Working days between meetings.
    deadline_days
        Working days before a meeting at which papers close.
    p_revise
        Chance at each meeting that a paper is sent back for revision.
    revise_days
        Working days to revise a paper.

    Returns
    -------
    Working days, revisions included; infinite if every paper is sent back.

    Source
    ------
    Renewal argument: a uniform arrival waits half an interval, and the number of revisions is geometric with
    mean p / (1 - p).

    Examples
    --------
    >>> board_mean_wait_days(20, deadline_days=5)
    15.0
    >>> board_mean_wait_days(20, deadline_days=5, p_revise=0.2, revise_days=3)
    20.0
    """
    _require_positive(meets_every_days=meets_every_days)
    _require_not_negative(deadline_days=deadline_days, revise_days=revise_days)
    _require_share(p_revise=p_revise)
    if p_revise == 1.0:
        return math.inf
    meetings_later = max(
        1, math.ceil(round((revise_days + deadline_days) / meets_every_days, _MEETING_DIGITS))
    )
    n_revisions = p_revise / (1.0 - p_revise)
    return deadline_days + meets_every_days / 2.0 + n_revisions * meets_every_days * meetings_later


def full_agenda_mean_wait_days(meets_every_days: float, papers_per_day: float) -> float:
    """Return the mean wait for a board that decides one paper at each meeting: ``T / (2 (1 - load))``.

    T is ``meets_every_days`` and load ``papers_per_day * T``. Between two meetings the board is a server busy
    for T with the paper it will decide next, or gone for T if there is none: an M/D/1 queue with repeated
    vacations. Its wait is that of M/D/1, ``load T / (2 (1 - load))``, and half a vacation, ``T / 2``. Assumes
    papers handed in at random (Poisson), every one decided, first come first served, steady state.

    Parameters
    ----------
    meets_every_days
        Working days between meetings.
    papers_per_day
        Papers handed in on a working day, mean.

    Returns
    -------
    Working days from handing in a paper to the meeting that decides it; infinite from load 1.

    Source
    ------
    Doshi, Queueing systems with vacations, Queueing Systems 1 (1986): the wait of M/G/1 and the residual
    vacation add up. At low load half an interval, as ``board_mean_wait_days``.

    Examples
    --------
    >>> full_agenda_mean_wait_days(10.0, 0.05)
    10.0
    """
    _require_positive(meets_every_days=meets_every_days)
    _require_not_negative(papers_per_day=papers_per_day)
    load = papers_per_day * meets_every_days
    if load >= 1.0:
        return math.inf
    return meets_every_days / (2.0 * (1.0 - load))


def desk_review_days(review_hours: float, hours_per_week: float) -> float:
    """Return the elapsed days of one review at a part-time desk: ``review_hours / 8 * 40 / hours_per_week``.

    Assumes the hours are spread evenly over the week.

    Parameters
    ----------
    review_hours
        Hours of work in one review.
    hours_per_week
        Hours a week one approver has for reviews, more than 0 and at most 40.

    Returns
    -------
    Working days from taking up a review to finishing it.

    Source
    ------
    Definition of a desk: its approvers have so many hours a week for reviews, spread evenly.
    """
    _require_not_negative(review_hours=review_hours)
    _require_positive(hours_per_week=hours_per_week)
    if hours_per_week > _HOURS_PER_WEEK:
        raise ValueError(
            f"hours_per_week is {hours_per_week}; a working week has at most {_HOURS_PER_WEEK:g}."
        )
    return review_hours / _HOURS_PER_DAY * _HOURS_PER_WEEK / hours_per_week


def desk_mean_elapsed_days(
    arrivals_per_day: float, review_hours: float, hours_per_week: float, n_approvers: int = 1
) -> float:
    """Return the mean days from asking a part-time desk to its answer: M/M/c wait plus review.

    The service is ``desk_review_days``. Assumes Poisson requests, exponential reviews, approvers sharing one
    queue, first come first served, steady state, every request accepted.

    Parameters
    ----------
    arrivals_per_day
        Requests in a working day, mean.
    review_hours
        Mean hours of work in one review.
    hours_per_week
        Hours a week each approver has for reviews.
    n_approvers
        Approvers sharing the queue.

    Returns
    -------
    Working days, wait and review; infinite when the desk cannot keep up.

    Source
    ------
    Erlang (1917); see ``mmc_mean_wait_days``.
    """
    review_days = desk_review_days(review_hours, hours_per_week)
    load = queue_load(arrivals_per_day, review_days, n_approvers)
    return review_days + mmc_mean_wait_days(load, review_days, n_approvers)


def attention_mean_wait_days(looks_every_days: float, hours_per_week: float) -> float:
    """Return the mean wait until somebody looks who does so at certain times: ``(1 - f)**2 * D / 2``.

    D is ``looks_every_days``; f, the share of the week that they have for it, is a stretch of f D days in
    each D. Assumes arrivals at a moment unrelated to the calendar, and that nobody else is in line.

    Parameters
    ----------
    looks_every_days
        Working days from the beginning of one stretch to that of the next.
    hours_per_week
        Hours a week, more than 0 and at most 40, all of them in these stretches.

    Returns
    -------
    Working days; half an interval if a look takes no time.

    Source
    ------
    Renewal argument: with chance 1 - f an arrival falls into a gap of (1 - f) D days, and waits half of it.

    Examples
    --------
    >>> attention_mean_wait_days(10.0, 20.0)
    1.25
    """
    _require_positive(looks_every_days=looks_every_days)
    share = 1.0 / (desk_review_days(_HOURS_PER_DAY, hours_per_week))
    return (1.0 - share) ** 2 * looks_every_days / 2.0


def attention_mean_elapsed_days(looks_every_days: float, hours_per_week: float, review_hours: float) -> float:
    """Return the mean days to an answer that takes time, from somebody who looks at certain times.

    What a stretch does not reach goes on in the next. With b the length of a stretch and m the mean review:
    whoever comes during a stretch meets m / b ends of one, whoever comes before it 1 / (exp(b / m) - 1), and
    each adds a gap. Assumes exponential reviews, nobody else in line, arrivals unrelated to the calendar.

    Parameters
    ----------
    looks_every_days
        Working days from the beginning of one stretch to that of the next.
    hours_per_week
        Hours a week, more than 0 and at most 40, all of them in these stretches.
    review_hours
        Mean hours of work in one review, more than 0.

    Returns
    -------
    Working days from asking to the answer.

    Source
    ------
    Renewal argument. At a uniform phase a length w meets w / b ends on average; from the beginning of a
    stretch on it meets the k-th if it is longer than k b.
    """
    _require_positive(review_hours=review_hours)
    wait = attention_mean_wait_days(looks_every_days, hours_per_week)
    share = 1.0 / desk_review_days(_HOURS_PER_DAY, hours_per_week)
    stretch, gap = share * looks_every_days, (1.0 - share) * looks_every_days
    review = review_hours / _HOURS_PER_DAY
    ends_met = share * review / stretch + (1.0 - share) / math.expm1(stretch / review)
    return wait + review + ends_met * gap


def asked_again_mean_days(patience_days: float, p_never: float) -> float:
    """Return the mean days lost to questions that nobody answers and that are asked again: ``P p / (1 - p)``.

    Parameters
    ----------
    patience_days
        Working days after which a question is asked again.
    p_never
        Chance that it is never answered, each time.

    Returns
    -------
    Working days; infinite if nothing is ever answered.

    Source
    ------
    Geometric number of times in vain.

    Examples
    --------
    >>> asked_again_mean_days(10.0, 0.2)
    2.5
    """
    _require_not_negative(patience_days=patience_days)
    _require_share(p_never=p_never)
    return math.inf if p_never == 1.0 else patience_days * p_never / (1.0 - p_never)


def release_mean_wait_days(train_every_days: float, freeze_days: float = 0.0) -> float:
    """Return the mean wait for a release train: ``freeze_days + train_every_days / 2``.

    An item catches the first train whose freeze begins at or after it is ready. Assumes items ready at a
    moment unrelated to the calendar and unlimited room on the train. Scope frozen at the start of the cycle
    (``freeze_days`` equal to ``train_every_days``) gives 1.5 cycles, between 1 and 2.

    Parameters
    ----------
    train_every_days
        Working days between trains.
    freeze_days
        Working days before a train at which its scope closes.

    Returns
    -------
    Working days from ready to released.

    Source
    ------
    Renewal argument: a uniform arrival waits half an interval.
    """
    _require_positive(train_every_days=train_every_days)
    _require_not_negative(freeze_days=freeze_days)
    return freeze_days + train_every_days / 2.0


def funding_mean_wait_days(round_every_days: float, p_funded: float = 1.0) -> float:
    """Return the mean wait for a funding round's yes: ``T/2 + T * (1 - a) / a``.

    T is ``round_every_days``, a ``p_funded``. Assumes requests at a moment unrelated to the calendar, every
    round deciding afresh, and requests that stay in line until funded.

    Parameters
    ----------
    round_every_days
        Working days between rounds.
    p_funded
        Chance of a yes in each round.

    Returns
    -------
    Working days from request to funded; infinite if nothing is ever funded.

    Source
    ------
    Renewal argument: half an interval to the first round, then a geometric number of further rounds with mean
    (1 - a) / a. docs/parameters.md: yearly rounds at 50 % add 18 months.
    """
    _require_positive(round_every_days=round_every_days)
    _require_share(p_funded=p_funded)
    if p_funded == 0.0:
        return math.inf
    return round_every_days / 2.0 + round_every_days * (1.0 - p_funded) / p_funded


# --- needs, chances and counts ----------------------------------------------------------------------------


def still_wanted_share(lead_days: float, half_life_days: float) -> float:
    """Return the share of needs that still hold after a fixed lead time.

    ``0.5 ** (lead_days / half_life_days)``. Assumes needs end at an exponential time. It is a function of
    one lead time: put the mean of a spread of lead times in, and the result is too low (Jensen).

    Parameters
    ----------
    lead_days
        Working days from need to delivery.
    half_life_days
        Working days after which half the needs are gone.

    Returns
    -------
    Dimensionless, 0 to 1.

    Source
    ------
    Exponential decay; Worked example: half-life 26 weeks, lag 26 weeks, half still valid.
    """
    _require_not_negative(lead_days=lead_days)
    _require_positive(half_life_days=half_life_days)
    return 0.5 ** (lead_days / half_life_days)


def still_wanted_through_a_change(lead_days: float, half_life_days: float, then_days: float) -> float:
    """Return the share of needs that hold after a fixed lead time in which the half-life changed.

    A need that began x days before the change holds with ``0.5 ** (x / h + (L - x) / h')``, and x is uniform
    over the lead time L. So the share is ``(0.5 ** (L / h') - 0.5 ** (L / h)) / (ln 2 (L / h - L / h'))``.
    Assumes that needs end at the rate of each day, and requests that arise evenly over the L days before the
    change.

    Parameters
    ----------
    lead_days
        Working days from need to delivery.
    half_life_days, then_days
        Working days after which half the needs are gone, before the change and after it; they differ.

    Returns
    -------
    Dimensionless, 0 to 1.

    Source
    ------
    Exponential decay with a hazard in two steps, averaged over the step's place.
    """
    _require_positive(lead_days=lead_days, half_life_days=half_life_days, then_days=then_days)
    before, after = lead_days / half_life_days, lead_days / then_days
    return (0.5**after - 0.5**before) / (math.log(2.0) * (before - after))


def open_after_a_step(
    per_day: float, then_per_day: float, mean_days: float, days_until: float, days_since: float
) -> float:
    """Return how many requests are open some days after their rate has changed, if nobody waits for anybody.

    ``m (r (1 - e ** (-(u + s) / m)) + (r' - r) (1 - e ** (-s / m)))`` with m the mean time that each is open.
    Assumes Poisson arrivals from an empty beginning and exponential times (M/M/infinity).

    Parameters
    ----------
    per_day, then_per_day
        Requests a working day, before and after the change.
    mean_days
        Mean working days that a request is open.
    days_until, days_since
        Working days from the beginning to the change, and from the change to now.

    Returns
    -------
    Requests.

    Source
    ------
    Eick, Massey and Whitt 1993, The physics of the M(t)/G/infinity queue.
    """
    _require_positive(mean_days=mean_days)
    _require_not_negative(
        per_day=per_day, then_per_day=then_per_day, days_until=days_until, days_since=days_since
    )

    def filled(days: float) -> float:
        return mean_days * -math.expm1(-days / mean_days)

    return per_day * filled(days_until + days_since) + (then_per_day - per_day) * filled(days_since)


def open_of_many_days(
    rates: Sequence[tuple[float, float]], mean_days: float, since: float, until: float
) -> float:
    """Return how many requests are open on average between two days, if nobody waits for anybody.

    Their number follows ``n' = r(t) - n / m`` from an empty beginning: the exact mean for Poisson arrivals
    at a rate that changes in steps and exponential times (M(t)/M/infinity).

    Parameters
    ----------
    rates
        From which day on how many requests arise a working day, in order; the first from day 0 on.
    mean_days
        Mean working days that a request is open.
    since, until
        The days between which it is averaged.

    Returns
    -------
    Requests.

    Source
    ------
    Eick, Massey and Whitt 1993, The physics of the M(t)/G/infinity queue.
    """
    _require_positive(mean_days=mean_days)
    _require_not_negative(since=since, until=until)
    cuts = sorted({0.0, since, until, *(day for day, _ in rates if day < until)})
    n, total = 0.0, 0.0
    for begin, end in pairwise(cuts):
        per_day = [rate for day, rate in rates if day <= begin][-1]
        settled, lasts = per_day * mean_days, end - begin
        gone = -math.expm1(-lasts / mean_days)
        if begin >= since:
            total += settled * lasts + (n - settled) * mean_days * gone
        n += (settled - n) * gone
    return total / (until - since)


def overload_that_ends(
    per_week: float, then_per_week: float, finished_per_week: float, lasts_weeks: float
) -> tuple[float, float]:
    """Return the peak of a line that fills for some weeks, and the weeks that it then takes to empty.

    The fluid triangle: ``(a - c) T`` and ``(a - c) T / (c - b)``. It is about the line before one plain team
    whose input alone is too much for some time; where people help elsewhere, work comes again or a board lets
    things through in lots it is a rough guide.

    Parameters
    ----------
    per_week, then_per_week
        Requests a week during the overload, and afterwards.
    finished_per_week
        Requests a week that the team finishes while it has any.
    lasts_weeks
        Weeks that the overload lasts.

    Returns
    -------
    Requests, and weeks.

    Source
    ------
    Newell 1982, Applications of queueing theory, chapter 2 (fluid approximation).
    """
    _require_not_negative(then_per_week=then_per_week, lasts_weeks=lasts_weeks)
    _require_positive(
        overload=per_week - finished_per_week, room_afterwards=finished_per_week - then_per_week
    )
    peak = (per_week - finished_per_week) * lasts_weeks
    return peak, peak / (finished_per_week - then_per_week)


def standstill_mean_wait_days(stop_days: float, effort_days: float, per_week: float, weeks: float) -> float:
    """Return the mean wait of who comes in some weeks after one server stands still for some days.

    The k-th to come, from 0 on, waits ``max(0, stop - k (gap - effort))``: each finds the line shorter by the
    slack between two arrivals. Assumes regular arrivals, the first as the standstill begins; fixed efforts;
    nothing in hand before; less load than 1.

    Parameters
    ----------
    stop_days
        Working days in which nothing is done.
    effort_days
        Working days that one takes.
    per_week
        Arrivals per week of five working days.
    weeks
        Weeks over which the mean is taken, from the beginning of the standstill.

    Returns
    -------
    Working days.

    Source
    ------
    Newell 1982, Applications of queueing theory, chapter 2: the sum over who comes instead of the integral.
    """
    slack = 5.0 / per_week - effort_days
    n = round(per_week * weeks)
    return sum(max(0.0, stop_days - k * slack) for k in range(n)) / n


def asked_for_by(
    weeks: float, per_week: float, growth_weeks: float, ripe_weeks: float, decline_weeks: float
) -> float:
    """Return how many requests about a product have arisen some weeks after its launch.

    The rate x the area under a trapezoid: it rises in a straight line, stays, and falls in a straight line;
    over its whole life ``rate (growth / 2 + ripe + decline / 2)``.

    Parameters
    ----------
    weeks
        Weeks since the launch.
    per_week
        Requests a week while it is ripe.
    growth_weeks, ripe_weeks, decline_weeks
        How long its demand rises, stays and falls.

    Returns
    -------
    Requests.

    Source
    ------
    Area of a trapezoid, cut at a week.
    """
    _require_not_negative(
        per_week=per_week, growth_weeks=growth_weeks, ripe_weeks=ripe_weeks, decline_weeks=decline_weeks
    )
    growing = min(max(weeks, 0.0), growth_weeks)
    ripe = min(max(weeks - growth_weeks, 0.0), ripe_weeks)
    falling = min(max(weeks - growth_weeks - ripe_weeks, 0.0), decline_weeks)
    area = ripe + falling
    if growth_weeks:
        area += growing**2 / (2.0 * growth_weeks)
    if decline_weeks:
        area -= falling**2 / (2.0 * decline_weeks)
    return per_week * area


def batch_failure_chance(p_item: float, n_items: int) -> float:
    """Return the chance that a release of several items fails: ``1 - (1 - p_item) ** n_items``.

    Assumes items fail independently and one failing item fails the release.

    Parameters
    ----------
    p_item
        Chance that one item breaks the release.
    n_items
        Items in the release; none cannot fail.

    Returns
    -------
    Dimensionless, 0 to 1.

    Source
    ------
    Product rule for independent events.
    """
    _require_share(p_item=p_item)
    _require_count(at_least=0, n_items=n_items)
    if p_item == 1.0:
        return 1.0 if n_items else 0.0
    # expm1 and log1p keep the digits that 1 - (1 - p)**n loses for small p.
    return -math.expm1(n_items * math.log1p(-p_item))


def release_failure_chance(p_release: float, p_item: float, n_items: int) -> float:
    """Return the chance that a release fails: ``1 - (1 - p_release) (1 - p_item) ** n_items``.

    Assumes that the release fails by itself and by each item in it independently.

    Parameters
    ----------
    p_release
        Chance that a release fails whatever is in it.
    p_item, n_items
        As in ``batch_failure_chance``; what has no items is no release.

    Returns
    -------
    Dimensionless, 0 to 1.

    Source
    ------
    Product rule for independent events. Worked example: .04 and .006, one item 4.6 %, seventy 37 %.
    """
    _require_share(p_release=p_release)
    by_items = batch_failure_chance(p_item, n_items)
    return by_items + p_release * (1.0 - by_items) if n_items else 0.0


def restoring_mean_wait_days(
    p_release: float, p_item: float, n_items: int, restore_days: float, isolation: float = 0.0
) -> float:
    """Return how long an item waits on average because its release fails.

    The release stops if it fails by itself or if an item that breaks it cannot be taken out: with chance
    ``1 - (1 - p_release) (1 - p_item (1 - isolation)) ** n_items``. Otherwise an item waits if it is taken
    out: ``(1 - p_release) p_item isolation (1 - p_item (1 - isolation)) ** (n_items - 1)``. The two chances
    together, times the days to restore. Assumes that all that is to be restored is begun at once.

    Parameters
    ----------
    p_release, p_item, n_items
        As in ``release_failure_chance``, at least one item.
    restore_days
        Working days to restore a release, or an item that was taken out.
    isolation
        Chance that an item that breaks the release can be taken out of it.

    Returns
    -------
    Working days.

    Source
    ------
    Product rule for independent events.
    """
    _require_share(p_release=p_release, p_item=p_item, isolation=isolation)
    _require_count(at_least=1, n_items=n_items)
    _require_not_negative(restore_days=restore_days)
    is_fine = 1.0 - p_item * (1.0 - isolation)
    stops = 1.0 - (1.0 - p_release) * is_fine**n_items
    is_taken_out = (1.0 - p_release) * p_item * isolation * is_fine ** (n_items - 1)
    return restore_days * (stops + is_taken_out)


def all_succeed_chance(p_each: float, n_providers: int) -> float:
    """Return the chance that all providers are on time: ``p_each ** n_providers``.

    Assumes providers independent of each other.

    Parameters
    ----------
    p_each
        Chance that one provider is on time.
    n_providers
        Providers an item depends on.

    Returns
    -------
    Dimensionless, 0 to 1.

    Source
    ------
    Product rule for independent events; Worked example: five providers at 0.9 give 59 %.
    """
    _require_share(p_each=p_each)
    _require_count(at_least=0, n_providers=n_providers)
    return p_each**n_providers


def k_of_n_acceptance(p_yes: float, k_needed: int, n_voters: int) -> float:
    """Return the chance that at least ``k_needed`` of ``n_voters`` say yes.

    ``sum over i from k to n of C(n, i) p**i (1 - p)**(n - i)``. Assumes voters judge independently with the
    same chance. ``k_needed == n_voters`` is unanimity, 1 is any single yes.

    Parameters
    ----------
    p_yes
        Chance that one voter says yes.
    k_needed
        Yes votes needed, 0 to ``n_voters``.
    n_voters
        Voters.

    Returns
    -------
    Dimensionless, 0 to 1.

    Source
    ------
    Binomial tail; Condorcet (1785) for juries.
    """
    _require_share(p_yes=p_yes)
    _require_count(n_voters=n_voters)
    _require_count(at_least=0, k_needed=k_needed)
    if k_needed > n_voters:
        raise ValueError(f"k_needed is {k_needed}; only {n_voters} vote, so ask for {n_voters} or fewer.")
    if k_needed == 0:
        return 1.0
    # fsum of correctly rounded terms; min, because the last digit may step over 1.
    terms = (
        math.comb(n_voters, n_yes) * p_yes**n_yes * (1.0 - p_yes) ** (n_voters - n_yes)
        for n_yes in range(k_needed, n_voters + 1)
    )
    return min(1.0, math.fsum(terms))


def majority_acceptance(p_yes: float, n_voters: int) -> float:
    """Return the chance that more than half of the voters say yes; a tie is a no.

    ``k_of_n_acceptance`` with ``n_voters // 2 + 1`` votes needed, and its assumptions.

    Parameters
    ----------
    p_yes
        Chance that one voter says yes.
    n_voters
        Voters.

    Returns
    -------
    Dimensionless, 0 to 1.

    Source
    ------
    Condorcet (1785); see ``k_of_n_acceptance``.
    """
    return k_of_n_acceptance(p_yes, n_voters // 2 + 1, n_voters)


def mean_reviews_until_certain(p_yes: float, k_needed: int, n_voters: int) -> float:
    """Return the mean number of voters asked one after the other until the answer is certain.

    The asking ends with the k-th yes or with the (n - k + 1)-th no, whichever comes first; either is a
    negative binomial stopping time. ``k_needed == n_voters`` is a hierarchy, ``(1 - p**n) / (1 - p)``;
    ``k_needed == 1`` a polyarchy, ``(1 - (1 - p)**n) / p``. Assumes voters judge independently with the same
    chance.

    Parameters
    ----------
    p_yes
        Chance that one voter says yes.
    k_needed
        Yes votes needed, 1 to ``n_voters``.
    n_voters
        Voters there are to ask.

    Returns
    -------
    Reviews, 1 to ``n_voters``.

    Source
    ------
    Sah and Stiglitz, The architecture of economic systems: hierarchies and polyarchies, American Economic
    Review 76 (1986); curtailed sampling for what lies between.
    """
    _require_share(p_yes=p_yes)
    _require_count(k_needed=k_needed, n_voters=n_voters)
    if k_needed > n_voters:
        raise ValueError(f"k_needed is {k_needed}; only {n_voters} vote, so ask for {n_voters} or fewer.")

    def last_falls_on(asked: int, chance: float, wanted: int) -> float:
        if asked < wanted:
            return 0.0
        ways = math.comb(asked - 1, wanted - 1)
        return ways * chance**wanted * (1.0 - chance) ** (asked - wanted)

    return math.fsum(
        asked
        * (last_falls_on(asked, p_yes, k_needed) + last_falls_on(asked, 1 - p_yes, n_voters - k_needed + 1))
        for asked in range(1, n_voters + 1)
    )


def relayed_accuracy(
    accuracy: float, fidelity: float, n_relays: int, age_days: float = 0.0, half_life_days: float = math.inf
) -> float:
    """Return the chance that an answer is right: ``accuracy * fidelity**n * 0.5**(age / half_life)``.

    Assumes that every relay keeps the same share of what matters, independently, and that what was known
    goes out of date at a steady rate.

    Parameters
    ----------
    accuracy
        Chance that whoever answers would be right if told at once and in full.
    fidelity
        Share of what matters that survives one relay.
    n_relays
        Relays between question and answer.
    age_days
        Working days from question to answer.
    half_life_days
        Working days after which half of what was known no longer holds.

    Returns
    -------
    Dimensionless, 0 to 1.

    Source
    ------
    Definition of the quality of decisions: right at the source, passed on unchanged by every relay, and
    still true when used; product rule for independent events.
    """
    _require_share(accuracy=accuracy, fidelity=fidelity)
    _require_count(at_least=0, n_relays=n_relays)
    return accuracy * fidelity**n_relays * still_wanted_share(age_days, half_life_days)


# --- quality and learning ---------------------------------------------------------------------------------


def mean_checks(p_defect: float, p_found: float = 1.0) -> float:
    """Return how often an item is checked: ``1 / (1 - p_defect * p_found)``.

    Assumes that every defect found is repaired by doing work that leaves one again with the same chance, and
    is checked again.

    Parameters
    ----------
    p_defect
        Chance that the work, or its repair, leaves a defect.
    p_found
        Chance that a check finds the defect.

    Returns
    -------
    Checks, at least 1; infinite if every repair fails and is found to.

    Source
    ------
    Geometric distribution (Feller 1968, chapter VI).
    """
    _require_share(p_defect=p_defect, p_found=p_found)
    p_again = p_defect * p_found
    return math.inf if p_again == 1.0 else 1.0 / (1.0 - p_again)


def escape_chance(p_defect: float, p_found: float) -> float:
    """Return the chance that an item leaves its last check with a defect.

    ``p_defect * (1 - p_found) / (1 - p_defect * p_found)``: of the two ways to end, no defect or one that is
    not found. Assumptions as for ``mean_checks``.

    Parameters
    ----------
    p_defect
        Chance that the work, or its repair, leaves a defect.
    p_found
        Chance that a check finds the defect.

    Returns
    -------
    Dimensionless, 0 to 1.

    Source
    ------
    Geometric distribution (Feller 1968, chapter VI).
    """
    _require_share(p_defect=p_defect, p_found=p_found)
    return 0.0 if p_defect * p_found == 1.0 else p_defect * (1.0 - p_found) * mean_checks(p_defect, p_found)


def learnt_good_share(
    good_share: float, ceiling: float, gain: float, days_between: float, half_life_days: float
) -> float:
    """Return the share of good ideas that learning settles at while outcomes come at a steady rate.

    Each outcome closes the share g (``gain``) of the gap to the ceiling, and until the next one the factor
    ``f = 0.5 ** (days_between / half_life_days)`` of what was learnt is left. What an outcome finds, x, must
    come back: ``x = f (x + g (c - x))`` with c the gap between ``ceiling`` and ``good_share``, so
    ``x = c f g / (1 - f (1 - g))``, and the share is ``good_share + x``.

    Parameters
    ----------
    good_share
        Share of good ideas before anything was learnt.
    ceiling
        Share of good ideas that learning can reach.
    gain
        Share of the gap that one known outcome closes.
    days_between
        Whole working days between two known outcomes.
    half_life_days
        Working days after which half of what was learnt is out of date.

    Returns
    -------
    Dimensionless, 0 to 1: the share just before an outcome becomes known, when its effect is weakest.

    Source
    ------
    Fixed point of a linear recursion (exponential smoothing with forgetting).
    """
    _require_share(good_share=good_share, ceiling=ceiling, gain=gain)
    left = still_wanted_share(days_between, half_life_days)
    if left * (1.0 - gain) == 1.0:  # nothing is learnt and nothing fades
        return good_share
    gap = max(ceiling - good_share, 0.0)
    return good_share + gap * left * gain / (1.0 - left * (1.0 - gain))


def slowest_of_exponentials_days(mean_days: float, n_parallel: int) -> float:
    """Return the mean of the longest of several exponential lengths: ``mean_days * (1 + 1/2 + ... + 1/n)``.

    What an item waits when layers or providers work in parallel and the last one counts. Assumes independent
    lengths with one common mean.

    Parameters
    ----------
    mean_days
        Mean of each length, working days.
    n_parallel
        Lengths that run side by side; none takes no time.

    Returns
    -------
    Working days.

    Source
    ------
    Renyi (1953), order statistics of the exponential: the gaps have means ``mean_days / n`` down to
    ``mean_days / 1``.
    """
    _require_not_negative(mean_days=mean_days)
    _require_count(at_least=0, n_parallel=n_parallel)
    return mean_days * math.fsum(1.0 / rank for rank in range(1, n_parallel + 1))


def n_team_pairs(n_teams: int) -> int:
    """Return the number of pairs among teams: ``n_teams * (n_teams - 1) / 2``.

    Parameters
    ----------
    n_teams
        Teams.

    Returns
    -------
    Pairs; quadratic in the teams, not exponential.

    Source
    ------
    Counting; Worked example: 20 teams, 190 pairs.
    """
    _require_count(at_least=0, n_teams=n_teams)
    return n_teams * (n_teams - 1) // 2


def mean_trials_to_streak(p_each: float, streak_length: int) -> float:
    """Return the mean number of trials until so many successes stand in a row.

    ``(1 - p**k) / ((1 - p) * p**k)`` for k successes. Assumes independent trials with the same chance.

    Parameters
    ----------
    p_each
        Chance of success in one trial.
    streak_length
        Successes in a row to wait for.

    Returns
    -------
    Trials, counting the streak itself; infinite if success never comes.

    Source
    ------
    Feller, An Introduction to Probability Theory, volume 1 (1968), section XIII.7. Worked example: three bad
    sprints in a row at 0.5 come after 14 on average.
    """
    _require_share(p_each=p_each)
    _require_count(streak_length=streak_length)
    if p_each == 0.0:
        return math.inf
    # The same geometric sum written out (p**-1 + ... + p**-k), so that p = 1 needs no special case.
    return math.fsum(p_each**-trial for trial in range(1, streak_length + 1))


# --- checks -----------------------------------------------------------------------------------------------


def _require_not_negative(**values: float) -> None:
    for name, value in values.items():
        if not value >= 0.0:  # written so that NaN is refused as well
            raise ValueError(f"{name} is {value}; allowed is 0 or more.")


def _require_positive(**values: float) -> None:
    for name, value in values.items():
        if not value > 0.0:
            raise ValueError(f"{name} is {value}; allowed is more than 0.")


def _require_share(**values: float) -> None:
    for name, value in values.items():
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"{name} is {value}; allowed is 0 to 1.")


def _require_count(*, at_least: int = 1, **counts: int) -> None:
    for name, count in counts.items():
        if count < at_least or count != int(count):
            raise ValueError(f"{name} is {count}; allowed is a whole number of {at_least} or more.")

# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A first comparison
#
# *What does the way we organise do to how long things take, and to what comes of them?*
#
# We send the same customer requests through the same people twice: once in functional departments with
# committees, funding rounds and release trains (**industrial**), once in stable teams for each product
# (**product**). Then we look at what differs, how sure we can be, and where the days went.
#
# Everything here uses the public interface: `sim.load`, `sim.compare`, and the study that comes back. Times
# are working days of eight hours; a week has five of them, a month twenty-one.

# %%
import pandas as pd
from IPython.display import display
from scipy import stats

import sim
from sim.findings.charts import chart_config, cumulative_curve, time_bars
from sim.findings.study import headline

pd.set_option("display.precision", 2)

# %% [markdown]
# Each *replication* is one history of the organisation. More of them make the intervals narrower and the
# notebook slower: ten are enough to look around, thirty or more to report.

# %% tags=["parameters"]
replications = 10

# %% [markdown]
# ## 1. Load an organisation
#
# A scenario is a *situation* (people, products, demand, how long needs last), the *operating models* that
# meet it, and run settings. The number beside every setting in the file says where it comes from, or that
# it is an assumption.

# %%
scenario = sim.load("digital_retailer")
print(scenario.name, "-", scenario.story)
print()
print(scenario.question)

# %%
for key, model in scenario.operating_models.items():
    teams, notes = scenario.teams(key)
    print(f"{model.name}: {model.story}")
    print("   teams:", ", ".join(f"{team.name} ({len(team.people)})" for team in teams))
    for note in notes:
        print("   note: ", note)

# %% [markdown]
# The sixty people are the same in both. Nothing in the program looks at the *name* of an operating model:
# it is a set of values, and a mechanism that is switched off changes nothing.

# %% [markdown]
# ## 2. Compare
#
# `workers=2` uses two processes. The numbers do not depend on it: every random number is addressed by
# (seed, replication, purpose, request), so both organisations meet the same requests with the same luck.

# %%
study = sim.compare(scenario, replications=replications, workers=2)
print(headline(study))

# %% [markdown]
# The sentence is computed, and it would name the other side in the same words. It speaks of the time within
# which 85 % of requests are done rather than of an average, because that is what can be promised.
#
# A table with one row per measure: the estimate for each side, its 95 % interval, and the paired
# difference.

# %%
measures = [
    "lead_time_p50",
    "lead_time_p85",
    "delivery_time_p50",
    "flow_efficiency",
    "people_busy",
    "handoffs",
    "reviews",
    "value_kept",
]
display(study.table(measures).set_index("measure").T)

# %% [markdown]
# Read three rows before anything else:
#
# * `people_busy` is nearly the same. The slower side does **not** work less; if anything a little more.
# * `flow_efficiency` is the share of a request's life in which somebody works on it. The rest is waiting.
# * `lead_time` and `delivery_time` are two clocks. The first starts when the need arises; the second when
#   the organisation commits. Only the second can be held against published figures such as DORA's.

# %%
for name in ("lead_time_p85", "delivery_time_p50", "flow_efficiency", "value_kept"):
    metric = sim.METRICS[name]
    print(f"{metric.label} ({metric.unit}): {metric.definition}")

# %% [markdown]
# ## 3. How sure?
#
# `study.runs` has one row per operating model and replication. The two rows of a replication met the same
# requests, so we compare them pairwise.

# %%
runs = study.runs.pivot(index="replication", columns="model", values="lead_time_p85")
runs["difference"] = runs["product"] - runs["industrial"]
display(runs)

# %%
difference = study.difference("lead_time_p85")
print(difference)

# %% [markdown]
# The interval is a t interval over replications: requests within a history share their queues, so they are
# not independent and must not be counted as if they were. We can check it by hand:

# %%
by_hand = stats.ttest_1samp(runs["difference"], 0.0).confidence_interval(0.95)
print(f"by hand  {by_hand.low:.2f} to {by_hand.high:.2f} days")
print(f"in study {difference.low:.2f} to {difference.high:.2f} days")
assert abs(by_hand.low - difference.low) < 1e-6

gain = study.pairing_gain("lead_time_p85")
print(f"The variance of the difference is {gain:.1f} times smaller than with separate dice.")

# %% [markdown]
# Pairing gains little here: the luck of committees and funding rounds moves one side and plays no part in
# the other. It gains a lot when we change one thing (section 5). The study reports the gain instead of
# promising it.

# %% [markdown]
# ## 4. Where did the days go?
#
# How long until a request is done? The curves show the share that is done against working days since the
# need arose; bands are 95 % intervals.

# %%
cumulative_curve(study).show(config=chart_config())

# %% [markdown]
# Every working day of every request is booked to exactly one kind of time, so the parts add up to the lead
# time.

# %%
time_bars(study).show(config=chart_config())

# %% [markdown]
# The same from `study.items`, which has one row per request. Measured requests are those that arose after
# the warm-up and before the tail of the simulation.

# %%
items = study.items.query("measured and state == 'delivered'")
kinds = [column for column in items.columns if column.startswith("days_")]
where = (
    items.groupby("model", sort=False)[kinds]
    .mean()
    .rename(columns=lambda column: column.removeprefix("days_"))
)
display(where.loc[:, (where > 0).any()].assign(together=where.sum(axis=1)))

# %%
unbooked = (items[kinds].sum(axis=1) - items["lead_time"]).abs().max()
print(f"largest gap between the parts and the lead time of a request: {unbooked:.1e} days")
assert unbooked < 1e-6

# %% [markdown]
# In the industrial model a request is worked on for about as many days as in the product model. The
# difference is waiting: for a funding round, for a committee, for the release, and in the queues that form
# when a round sends a quarter's worth of requests to the analysts on the same day.
#
# One request as an example, the one with the median lead time in the industrial model:

# %%
industrial = items.query("model == 'industrial' and replication == 0").sort_values("lead_time")
typical = industrial.iloc[len(industrial) // 2]["item"]
story = items.query("replication == 0 and item == @typical").set_index("model")
display(story[["product", "arrived", "ended", "lead_time", "handoffs", "reviews", *kinds]].T)

# %% [markdown]
# ## 5. Move one lever
#
# Would it be enough if the steering committee met every week? `with_changes` returns a changed copy, and
# `diff` says what differs.

# %%
weekly = scenario.with_changes(
    {"industrial.governance.gates.start.layers.steering_committee.meets_every_weeks": 1}
)
for line in scenario.diff(weekly):
    print(line)

# %%
lever = sim.compare(scenario, weekly, models=["industrial"], replications=replications, workers=2)
print(headline(lever))
print(f"pairing gain: {lever.pairing_gain('lead_time_p85'):.1f}")
measures = ["lead_time_p50", "lead_time_p85", "time_approval", "time_queue", "time_funding", "value_kept"]
display(lever.table(measures).set_index("measure").T)

# %% [markdown]
# The lead time loses about as many days as approval does, and nothing else moves: no other waiting depends
# on the committee. It is a clear gain and a small one, because most of the days are spent elsewhere.
#
# Changes add up. Keep the weekly committee: what if, besides, money were always there?

# %%
funded = weekly.with_changes({"industrial.funding": {"kind": "continuous"}})
money = sim.compare(weekly, funded, models=["industrial"], replications=replications, workers=2)
print(headline(money))
display(money.table(["lead_time_p85", "value_kept"]).set_index("measure").T)

# %% [markdown]
# ## 6. When does it not hold?
#
# A model in which one side always wins is a model to distrust. Fit decides. If needs last, being late costs
# little value, however long it takes:

# %%
by_half_life = {30: study.difference("value_kept")}
for half_life_weeks in (8, 520):
    changed = scenario.with_changes({"situation.need.half_life_weeks": half_life_weeks})
    again = sim.compare(changed, replications=replications, workers=2)
    by_half_life[half_life_weeks] = again.difference("value_kept")
rows = [(weeks, gain.estimate, gain.low, gain.high) for weeks, gain in sorted(by_half_life.items())]
display(pd.DataFrame(rows, columns=["half_life_weeks", "product minus industrial", "low", "high"]))

# %% [markdown]
# And where handoffs are free and nobody has to approve anything, functional teams win outright, because a
# queue with eight people behind it is shorter than four queues with two each:

# %%
pooling = sim.load("pooling")
print(pooling.story)
print()
print(headline(sim.compare(pooling, replications=replications, workers=2)))

# %% [markdown]
# ## 7. What to keep in mind
#
# * The numbers are those of *this* organisation. People, efforts and most rules are assumptions, marked as
#   such in `scenarios/digital_retailer.yaml` and in `scenarios/operating_models`. Put your own in before
#   you quote a result.
# * An interval says how much luck is left in the simulation. It says nothing about whether the assumptions
#   are right.
# * The industrial model lands at a flow efficiency between 3 and 15 % and the product model between 25 and
#   45 % because it was calibrated to; what can be learnt is *which mechanism* buys the days, not that there
#   is a gap.
#
# Try next: `industrial.release.every_weeks`, `product.structure.cross_skill_penalty`,
# `industrial.handoffs.delay_days.mean`, or `sim.load("regulated_bank")`.

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

# %%

# %% [markdown]
# # Experiments that decide
#
# *Which change buys the days, and do the changes need each other?*
#
# A comparison says how far two operating models are apart. Nobody can move a whole operating model on a
# Monday morning, so the next question is which of its parts makes the difference. This notebook answers it
# with two designs: **attribution**, which shares the difference out, and a **factorial design**, which tries
# every combination of a few switches.

# %%
import pandas as pd
from IPython.display import display

import sim
from sim.findings.charts import chart_config, interaction_map, waterfall
from sim.findings.factorial import factorial_sentences
from sim.findings.why import split_sentences

pd.set_option("display.precision", 2)

# %% tags=["parameters"]
replications = 10

# %% [markdown]
# ## 1. Which lever makes the difference?
#
# The retailer's two models differ in ten groups of settings. We tell three of them apart and move the rest
# together, which makes 2 × 2 × 2 × 2 = 16 *mixtures*: the industrial model with some parts taken from the
# product model. All mixtures meet the same requests with the same luck.

# %%
scenario = sim.load("digital_retailer")
split = sim.why(
    scenario, levers=["funding", "approval", "release+technology"], replications=replications, workers=2
)
for sentence in split_sentences(split):
    print(sentence)

# %% [markdown]
# What a lever does depends on which others have been moved before: a rare funding round can hide a slow
# board, and the other way round. Its **share** is its effect averaged over all orders of moving them (the
# Shapley value). Shares are worked out in every replication by itself, so that each has a 95 % interval, and
# they sum to the difference.

# %%
waterfall(split).show(config=chart_config())

# %%
columns = ["lever", "estimate", "low", "high", "first_in", "last_in"]
table = split.table()
display(table.loc[~table["is_unchanged"], columns].set_index("lever"))

gap = table["estimate"].sum() - split.total().estimate
print(f"the shares miss the difference by {gap:.1e} days")
assert abs(gap) < 1e-9

# %% [markdown]
# `first_in` is what you would see if you moved this lever alone and nothing else; `last_in` is what would be
# lost if everything else were moved and this were left out. Where the two lie far apart, ask before you
# promise: "how many days" has no answer without "and what else?".
#
# ## 2. Which levers depend on each other?
#
# The map has what each lever does alone on its diagonal, and what pairs do beyond that beside it. All cells
# sum to the difference, and a share is the lever alone plus half of its pairs.

# %%
interaction_map(split).show(config=chart_config())

# %%
pairs = split.interaction_table()
for lever in ("funding", "approval", "release+technology"):
    alone = table.set_index("lever").loc[lever, "first_in"]
    half_of_pairs = pairs.query("lever == @lever or other == @lever")["estimate"].sum() / 2
    share = table.set_index("lever").loc[lever, "estimate"]
    print(f"{lever}: {alone:.1f} alone, {half_of_pairs:+.1f} with others, share {share:.1f} days")
    assert abs(alone + half_of_pairs - share) < 1e-9

# %% [markdown]
# ## 3. The same runs, another measure
#
# The mixtures were run once and know every measure. Lead time is what people ask for; what the customer
# still wants when it arrives is another matter:

# %%
for sentence in split_sentences(split, "value_kept"):
    print(sentence)

# %% [markdown]
# ## 4. Do the parts interlock?
#
# A claim often heard: change one part of an operating model and little happens, because the parts hold each
# other in place; only all of them together pay. That can be tested. Five switches (structure, governance,
# funding, measurement, leadership) are tried in every combination, and the gain of all together is set
# against the sum of the single gains.

# %%
design = sim.factorial(scenario, replications=replications, workers=2)
for sentence in factorial_sentences(design):
    print(sentence)

# %%
display(design.table()[["effect", "estimate", "low", "high"]].set_index("effect"))

# %% [markdown]
# A *main effect* is what a switch does on average over all settings of the others; an *interaction* is half
# of what it does more, or less, when the other is on. If the gains simply add up, the claim fails for this
# organisation. It may hold for yours.
#
# ## 5. What to keep in mind
#
# * A split answers for *this* pair of models in *this* situation. Change the arrival rate and the shares
#   change.
# * A mixture may be an organisation that cannot keep up, as parts that were made for each other are taken
#   apart. `split.growing()` names them; what they take holds for histories of this length only.
# * Six levers make 64 mixtures. On the command line `opsim why digital_retailer` says how long that takes
#   before it starts.

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
# # Warm-up and replications: how long, how many, how sure
#
# A simulated organisation starts empty, and every history has its own luck. Two questions follow. *From which
# week on may we measure?* And *how many histories do we need before we may speak?* Habit answers neither (a
# warm-up of a year, thirty runs); the histories themselves do.

# %%
import tempfile
from pathlib import Path

import pandas as pd
from IPython.display import display

import sim
from sim.findings.charts import chart_config, forecast_histogram, welch_plot
from sim.findings.forecast import forecast_text
from sim.findings.study import precision_text
from sim.findings.warm_up import warm_up_text
from sim.measures.statistics import looks_normal, mean_interval

pd.set_option("display.precision", 2)

# %% [markdown]
# `workers=2` below: two processes compute. The numbers do not depend on it.

# %% tags=["parameters"]
replications = 20

# %% [markdown]
# The shared service centre is small, so it is quick: sixteen people, three steps, once as teams by step and
# once as teams by business unit. Its file asks for a warm-up of 56 weeks.

# %%
scenario = sim.load("pooling")
print(scenario.question)
print(scenario.run.warm_up_weeks, "of", scenario.run.horizon_weeks, "weeks are warm-up")

# %% [markdown]
# ## 1. When has it settled?
#
# We watch how many requests are open, day by day, and average over the histories: what is left of luck then
# is small, and the filling up shows. MSER-5 cuts where the rest varies least. The thick lines are the moving
# averages of Welch's plot; the upright lines are the cuts, dotted the one in the file.
#
# A cut in the last half would be refused: such an organisation has not settled, and no warm-up helps.

# %%
found = sim.warm_up(scenario, replications=replications, workers=2)
print(warm_up_text(found))
welch_plot(found).show(config=chart_config())

# %% [markdown]
# The statistic sees the average, not the slowest request. That is why the files of this project take the
# longest of three: what MSER-5 says, the time within which 95 % of the requests of the slower organisation
# are done, and, where money is counted, how long a request earns.

# %% [markdown]
# ## 2. How many histories?
#
# Each replication is one number per measure. Watch the interval of the difference shrink as they come in:
# with the square root of their number, so that half the width costs four times the runs.

# %%
study = sim.compare(scenario, replications=replications, keep_items=False, workers=2)
first, last = (study.values("lead_time_p85", model) for model in study.models)
differences = [b - a for a, b in zip(first, last, strict=True)]
steps = sorted({2, len(differences) // 4, len(differences) // 2, len(differences)} - {0, 1})
display(
    pd.DataFrame(
        [
            {"runs": n, "difference (days)": interval.estimate, "± (days)": interval.half_width}
            for n in steps
            for interval in [mean_interval(differences[:n])]
        ]
    )
)

# %% [markdown]
# Both organisations met the same requests with the same luck. Without that the same width would have taken so
# many times the runs:

# %%
print(f"{study.pairing_gain('lead_time_p85'):.1f}")

# %% [markdown]
# Rather than to guess a number, say how sure you want to be. `sim.compare` goes on until the half-width has
# been small enough from ten replications on and stayed so for five more (a width that is small by luck soon
# grows again), or until `most`.

# %%
sure = sim.compare(
    scenario, precision={"lead_time_p85": 4.0}, most=2 * replications, keep_items=False, workers=2
)
print(precision_text(sure))

# %% [markdown]
# ## 3. Is a t interval fair?
#
# It needs values that are roughly normal, or many of them. A high percentile of few histories is skewed; the
# bootstrap interval then leans to the longer side. If the two agree there is nothing to worry about.

# %%
rows = []
for model in study.models:
    values = study.values("lead_time_p95", model)
    for method, interval in (("t", study.estimate("lead_time_p95", model)),
                             ("bootstrap", study.bootstrap("lead_time_p95", model))):  # fmt: skip
        rows.append(
            {"model": study.label(model), "looks normal": looks_normal(values), "interval": method,
             "mean P95": interval.estimate, "low": interval.low, "high": interval.high}
        )  # fmt: skip
display(pd.DataFrame(rows))

# %% [markdown]
# ## 4. What may be promised?
#
# An average is no promise. *By simulation* each history is one possible future; *by history* is what a team
# can do without a simulator: draw its past weeks again and again. `held` is the test: in how many histories
# the promise drawn from the past was kept by the future. It should be near the chance that was promised; it
# can only be told with many more histories than this notebook runs.

# %%
promised = sim.forecast(scenario, items=200, replications=replications, workers=2)
print(forecast_text(promised))
display(promised.table())
forecast_histogram(promised).show(config=chart_config())

# %% [markdown]
# ## 5. Keep what was computed
#
# `store=` keeps every replication in a folder, by what it depends on. Ask again, or for more, and only what
# is missing is computed; kill the process, and nothing that was finished is lost. On the command line:
# `opsim compare pooling --store results`.

# %%
with tempfile.TemporaryDirectory() as folder:
    for wanted in (2, 3):
        kept = sim.compare(
            scenario, replications=wanted, store=sim.Store(Path(folder) / "results"), workers=2
        )
        print(wanted, "replications in", f"{kept.seconds:.1f} s")
    runs = pd.read_parquet(Path(folder) / "results" / "runs")
    display(runs[["fingerprint", "replication", "throughput", "lead_time_p85"]])

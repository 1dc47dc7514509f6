"""Small scenarios as texts, for whatever starts from a file: the command line, the app and its queue."""

from textwrap import dedent

SHOP = """
name: Corner shop
situation:
  people: {service: 3}
  demand:
    arrivals: {kind: poisson, per_week: 10}
    work: [{activity: serve, skill: service, effort_days: {kind: exponential, mean: 1}}]
operating_models:
  train: {name: With a train, release: {kind: train, every_weeks: 2}}
  free: {name: On demand}
run: {horizon_weeks: 40, warm_up_weeks: 6, tail_weeks: 6, replications: 4}
"""
"""One skill, a train against releases on demand."""

SMALL = dedent("""
    name: Small shop
    story: Eight people.
    situation:
      people: {analysis: 2, development: 4, testing: 2}
      demand: {arrivals: {kind: poisson, per_week: 2}}
      need: {half_life_weeks: 26}
    operating_models:
      industrial: {use: industrial}
      product: {use: product}
    run: {horizon_weeks: 104, warm_up_weeks: 26, tail_weeks: 26, replications: 6, seed: 1}
    """)
"""The two usual operating models with eight people."""

SMALL_WITH_MARKUP = dedent("""
    name: Small <b>shop</b>
    situation:
      people: {analysis: 2, development: 4, testing: 2}
      demand: {arrivals: {kind: poisson, per_week: 2}}
      need: {half_life_weeks: 26}
    operating_models:
      industrial: {use: industrial, name: "<script>alert(1)</script> :smile:"}
      product: {use: product}
    run: {horizon_weeks: 80, warm_up_weeks: 20, tail_weeks: 20, replications: 5, seed: 1}
    """)
"""As small, with names that try to be markup."""

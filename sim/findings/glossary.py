"""The glossary: words that people may stumble over, each explained once; measures as ``METRICS`` has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.measures.metrics import measures_with

if TYPE_CHECKING:
    from sim.scenario.money import Money

WORDS = {
    "Approval layer": "Somebody whose yes a request needs: alone, or as a board that meets at intervals.",
    "Board": "Approvers who decide together, at meetings; what comes between two waits for the next.",
    "Clear difference": "One whose 95 % interval does not hold zero: luck alone would hardly bring it about.",
    "Desk": "Approvers who take requests one by one, as they come, with few hours a week for it.",
    "Escalation": "A question that a team may not decide climbs layer by layer until somebody may, and back.",
    "Funding round": "A date on which money is given; requests that come between two dates wait.",
    "Growing": "More work comes than is finished, so waits grow without end: no lead time is typical.",
    "Half of the needs end within": "After so long half of the needs are gone; what was built for them is "
    "not wanted any more.",
    "Handoff": "A request passes from one team to another: it travels, and a part of what was known is lost.",
    "History": "One run, seen day by day: one possible course of events.",
    "Industrial": "Departments by skill, approvals, budgets by project, plans. Others call it predictive.",
    "Interval (95 %)": "Holds the true mean in 95 of 100 studies like this one. More runs make it narrower.",
    "Lever": "One setting that can be moved, or a few that belong together; it changes nothing else.",
    "Operating model": "How an organisation is set up: teams, approvals, funding, decision rights, releases.",
    "Paid back": "From then on, what was gained surely stays above what the change cost.",
    "Paired runs": "One run of each operating model, with the same requests and the same luck: what differs "
    "comes from how the work is organised.",
    "Product": "Lasting teams that own a product, with the right to decide, funded as a team.",
    "Release train": "A date on which everything that is finished goes live together.",
    "Request": "Something that somebody needs: an idea, a change, a fix. It is done when customers have it.",
    "Seed": "The number that luck is drawn from: the same seed gives the same runs again.",
    "Shock": "A change in the world for some weeks, with and without which everything is simulated.",
    "Utilisation": "How much of people's time is taken. Above about 90 % waits grow steeply.",
    "Value": "What a live request earns until the need for it ends; the scenario says how much.",
    "Warm-up": "The first weeks, in which an empty organisation fills up. They are not measured.",
    "WIP limit": "How many requests a team may have open at once; what comes beyond that waits before it.",
}

_COMPARE = (
    "Request", "Operating model", "Lead time", "Finished per week", "Value kept", "People busy",
    "Margin per year", "Paired runs", "Interval (95 %)", "Clear difference", "Growing",
)  # fmt: skip
_STAYS = (
    "Time: queue", "Time: approval", "Time: decision", "Time: funding", "Time: handoff", "Time: dependency",
    "Time: release",
)  # fmt: skip

PAGES: dict[str, tuple[str, ...]] = {
    "compare": (*_COMPARE, *_STAYS),
    "watch": ("Request", "History", "Work in progress", "Board", "Desk", "Handoff", "Release train"),
    "why": (*_COMPARE[:4], "Lever", "Paired runs", "Interval (95 %)", "Clear difference"),
    "way": ("Operating model", "Paid back", "Margin per year", "Shock", "Paired runs", "Interval (95 %)"),
    "wins": ("Operating model", "Lever", "Lead time", "Value kept", "Clear difference", "Growing"),
    "learn": ("Request", "Utilisation", "Board", "Handoff", "WIP limit", "Release train", "Lead time"),
    "evidence": (
        "History", "Work in progress", "Lead time", "Finished per week", "Flow efficiency",
        "Change failure rate", "Time to restore", "Rework", "Warm-up", "Interval (95 %)",
    ),
    "forecast": ("Request", "Finished per week", "History", "Paired runs"),
    "matters": ("Lever", "Lead time", "Interval (95 %)", "Growing"),
    "build": ("Operating model", "Approval layer", "Board", "Desk", "Escalation", "Funding round"),
    "report": ("Operating model", "Lead time", "Value kept", "Approval layer", "Interval (95 %)"),
    "claims": ("Lead time", "Value kept", "Paired runs", "Interval (95 %)", "Lever"),
    "cases": ("Lead time", "Finished per week", "Interval (95 %)"),
}  # fmt: skip
"""The words that stand on each page, in the order in which people meet them."""


SPANS = ("_p50", "_p85", "_p95")
"""How measures end that say within how many days 50, 85 and 95 % are done."""


def glossary(prices: Money | None = None) -> dict[str, str]:
    """Return every word with what it means, by alphabet; ``prices`` give the currency of money."""
    found = dict(WORDS)
    for name, metric in measures_with(prices).items():
        word = metric.label
        if name.endswith(SPANS):
            if not name.endswith("_p85"):
                continue  # one says enough
            word = word.partition(", ")[0]
        better = f" {metric.better.capitalize()} is better." if metric.better != "neither" else ""
        found[word] = f"{metric.definition}{better}"
    return dict(sorted(found.items(), key=lambda pair: pair[0].casefold()))

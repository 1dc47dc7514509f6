"""The glossary says each word once, and every word of a page is in it."""

from __future__ import annotations

from sim.findings.glossary import PAGES, WORDS, glossary
from sim.measures.metrics import METRICS, measures_with
from sim.scenario.files.load import load

PRICES = load("digital_retailer").situation.money


def test_every_word_of_a_page_is_explained():
    known = glossary(PRICES)
    for page, words in PAGES.items():
        assert words and not set(words) - set(known), page


def test_every_measure_is_in_it_and_spans_only_once():
    known = glossary(PRICES)
    for name, metric in measures_with(PRICES).items():
        if name.endswith(("_p50", "_p95")):
            assert metric.definition not in " ".join(known.values())
        else:
            word = metric.label.partition(", ")[0] if name.endswith("_p85") else metric.label
            assert known[word].startswith(metric.definition)


def test_words_of_ours_are_no_measures():
    assert not set(WORDS) & {metric.label for metric in METRICS.values()}

"""Pages of a report in a real browser: they open with the network closed, ask for nothing, and print."""

from __future__ import annotations

import re

import pytest
from worlds.browser import NEEDS_A_BROWSER, PATIENCE, violations
from worlds.reports import LONG, a_report, a_study, unpacked

from sim.findings.report.making import figures_of
from sim.findings.report.web_page import memo_of, page_of

pytestmark = NEEDS_A_BROWSER

PAPERS = {"A4": (680, 1009), "Letter": (702, 942)}
"""Pixels of paper within margins of 15 mm, at 96 an inch."""

NAMES = {"short": ("Industrial", "Product"), "long": (f"{LONG} 1", f"{LONG} 2"), "wide": ("W" * 60, "M" * 60)}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """Addresses of a page and a memo for each kind of names."""
    folder = tmp_path_factory.mktemp("report")
    found = {}
    for kind, names in NAMES.items():
        told = a_report(a_study(names=names), title=names[0], client=names[1])
        for form, content in (("page", page_of(told)), ("memo", memo_of(told))):
            path = folder / f"{kind}_{form}.html"
            path.write_text(content, "utf-8")
            found[kind, form] = path.as_uri()
    return found


@pytest.fixture
def offline(browser):
    """A page that has no network, and notes what it asks for and what goes wrong."""
    context = browser.new_context(offline=True, viewport={"width": 1000, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.asked, page.wrong = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    yield page
    context.close()


def opened(page, address: str):
    page.goto(address)
    page.locator("figure .main-svg").first.wait_for(state="attached")
    return page


@pytest.mark.parametrize("form", ["page", "memo"])
def test_page_opens_without_a_network_and_asks_for_nothing(offline, files, form: str):
    page = opened(offline, files["short", form])
    assert page.asked == [files["short", form]] and not page.wrong
    n = page.locator("figure").count()
    assert n == (3 if form == "page" else 1)
    assert all(page.locator("figure").nth(at).locator(".main-svg").count() for at in range(n))
    assert not violations(page)


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("kind", NAMES)
def test_page_prints_without_a_cut_chart(offline, files, kind: str, paper: str):
    wide, high = PAPERS[paper]
    page = opened(offline, files[kind, "page"])
    page.emulate_media(media="print")
    page.set_viewport_size({"width": wide, "height": high})
    assert page.evaluate("document.documentElement.scrollWidth") <= wide
    for whole in page.locator("figure, .organisation").all():
        box = whole.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= wide + 1 and box["height"] <= high
        assert whole.evaluate("one => getComputedStyle(one).breakInside") == "avoid"
        assert whole.evaluate("one => one.scrollWidth <= one.clientWidth + 1")
    assert pages_of(page.pdf(format=paper, prefer_css_page_size=False)) > 1


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("kind", NAMES)
def test_memo_is_one_printed_page(offline, files, kind: str, paper: str):
    page = opened(offline, files[kind, "memo"])
    assert pages_of(page.pdf(format=paper, prefer_css_page_size=False)) == 1


def test_figures_are_pictures_of_every_chart():
    told = a_report()
    pictures = unpacked(figures_of(told))
    assert set(pictures) == {f"{chart.key}.{form}" for chart in told.charts for form in ("png", "svg")}
    for name, picture in pictures.items():
        assert picture.startswith(b"\x89PNG" if name.endswith("png") else b"<svg")
        assert b"<script" not in picture


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))

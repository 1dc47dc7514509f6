"""The app in a real browser: what only a browser sees.

Run with ``pytest -m browser``; skipped where there is no Chromium. Counts are asserted, not seconds: other
work on the machine doubles every duration.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
axe_playwright = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="needs axe-playwright-python"
)

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium on the path (apt-get install chromium)"),
    # Playwright's own sockets and Streamlit's subprocess close when the interpreter likes
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

QUIET = (  # a browser that talks to nobody but the page
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--disable-features=OptimizationHints,MediaRouter,Translate",
)

SMALL = """
    name: Small shop
    situation:
      people: {analysis: 2, development: 4, testing: 2}
      demand: {arrivals: {kind: poisson, per_week: 2}}
    operating_models:
      industrial: {use: industrial, name: "<i>Old</i> :smile: http://e.example"}
      product: {use: product}
    run: {horizon_weeks: 104, warm_up_weeks: 26, tail_weeks: 26, replications: 8, seed: 1}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(**environment: str) -> tuple[subprocess.Popen[bytes], str]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.headless", "true",
         "--server.port", str(port)],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    for _ in range(240):
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return process, address
        except OSError:
            time.sleep(0.25)
    process.kill()
    raise AssertionError("the app did not start within a minute")


@pytest.fixture(scope="module")
def app() -> Iterator[str]:
    """Start the app as it is delivered; return its address."""
    process, address = started()
    yield address
    process.terminate()
    process.wait(timeout=30)


@pytest.fixture(scope="module")
def small_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the app with a small scenario whose names try to be markup."""
    path = tmp_path_factory.mktemp("browser") / "small.yaml"
    path.write_text(dedent(SMALL), "utf-8")
    process, address = started(OPSIM_SCENARIO=str(path))
    yield address
    process.terminate()
    process.wait(timeout=30)


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield chromium
        chromium.close()


class Visit:
    """A page that remembers what it asked the network for."""

    def __init__(self, browser, address: str, *, width: int = 1280, height: int = 900, scheme: str = "light"):
        self.address = address
        self.context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page = self.watched(self.context.new_page())

    def watched(self, page):
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda sock: self.requests.append(sock.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", lambda dialog: self.errors.append(f"dialog: {dialog.message}"))
        return page

    def open(self, link: str = "", page=None):
        page = page or self.page
        page.goto(f"{self.address}/{link}")
        self.drawn(page)
        return page

    def drawn(self, page) -> None:
        page.locator(".js-plotly-plot .main-svg").nth(3).wait_for(state="attached", timeout=90_000)

    def finished(self, page=None) -> None:
        page = page or self.page
        # While the page is drawn anew, old and new buttons are there together for a moment.
        sync_api.expect(page.get_by_role("button", name="Stop")).to_have_count(0, timeout=120_000)
        sync_api.expect(page.get_by_role("button", name="More runs")).to_have_count(1, timeout=120_000)

    def foreign(self) -> list[str]:
        """Return every request that left this machine."""
        allowed = (self.address, self.address.replace("http", "ws"), "data:", "blob:")
        return [url for url in self.requests if not url.startswith(allowed)]

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def visit(browser) -> Iterator:
    visits: list[Visit] = []

    def make(address: str, **options) -> Visit:
        visits.append(Visit(browser, address, **options))
        return visits[-1]

    yield make
    for one in visits:
        one.close()


def violations(page) -> list[str]:
    page.wait_for_function("!document.querySelector('[data-stale=true]')")
    page.wait_for_timeout(500)  # what was faded while it was computed is not yet as it will be
    found = axe_playwright.Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


def sentence(page) -> str:
    return page.locator(".st-key-headline").inner_text()


def settled(here: Visit, page) -> str:
    """Return the sentence once it stays: between a first look and its refinement nothing is computed."""
    for _ in range(60):
        here.finished(page)
        said = sentence(page)
        page.wait_for_timeout(1_500)
        if sentence(page) == said and not page.get_by_role("button", name="Stop").count():
            return said
    raise AssertionError(f"the sentence went on changing: {said}")


def step(page, lever: str, key: str = "ArrowRight") -> None:
    page.get_by_role("slider", name=lever).focus()
    page.keyboard.press(key)


# --- tests ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_has_no_accessibility_violation(visit, app: str, scheme: str):
    here = visit(app, scheme=scheme)
    page = here.open()
    assert not violations(page)
    page.get_by_text("More levers").click()
    page.get_by_text("What changed, and is it real?").click()
    page.get_by_text("Show the numbers").click()
    page.get_by_role("table").wait_for()
    page.locator(".js-plotly-plot .main-svg").nth(5).wait_for(state="attached")
    assert not violations(page)
    page.get_by_text("More", exact=True).first.click()
    page.get_by_text("Method", exact=True).first.click()
    page.get_by_role("heading", name="What the measures mean").wait_for()
    assert not violations(page)
    assert not here.errors


def test_growing_and_refused_link_have_no_accessibility_violation(visit, small_app: str):
    here = visit(small_app)
    page = here.open("?requests=6&a.layers=99")
    page.get_by_text("This link had a value").wait_for()
    assert "more work arrives" in sentence(page)
    assert not violations(page)


def test_nothing_is_asked_of_any_other_machine(visit, app: str):
    here = visit(app)
    page = here.open()
    step(page, "Approval layers")
    page.get_by_text("approval layers in Industrial").first.wait_for(timeout=60_000)
    page.get_by_text("More", exact=True).first.click()
    page.get_by_text("Method", exact=True).first.click()
    page.get_by_role("heading", name="What the measures mean").wait_for()
    assert here.requests and not here.foreign()


def test_phone_needs_no_sideways_scroll(visit, app: str):
    here = visit(app, width=390, height=844)
    page = here.open()
    page.get_by_text("What changed, and is it real?").click()
    page.get_by_text("Show the numbers").click()
    page.get_by_role("table").wait_for()
    page.wait_for_timeout(500)
    for element in ("document.documentElement", "document.querySelector('[data-testid=stMain]')"):
        assert page.evaluate(f"{element}.scrollWidth <= {element}.clientWidth + 1"), element


def test_lever_is_answered_without_a_click_and_the_link_reproduces_it(visit, small_app: str):
    here = visit(small_app)
    page = here.open()
    before = settled(here, page)
    step(page, "Approval layers")
    changed = page.get_by_text(re.compile(r"With \d+ approval layers")).first
    changed.wait_for(timeout=60_000)
    answered = settled(here, page)
    assert answered != before
    (layers,) = re.findall(r"a\.layers=(\d+)", page.url)
    assert f"With {layers} approval layers" in answered
    other = here.open(page.url.removeprefix(f"{small_app}/"), page=here.watched(here.context.new_page()))
    assert settled(here, other) == answered
    slider = other.get_by_role("slider", name="Approval layers")
    assert slider.get_attribute("aria-valuetext") == layers
    # and putting the lever back brings the first numbers back, from memory
    page.locator(".st-key-chips button").first.click()
    changed.wait_for(state="detached", timeout=60_000)
    assert settled(here, page) == before and "a.layers" not in page.url


def test_charts_stay_as_they_are_while_a_new_result_is_awaited(visit, app: str):
    """Drawing them from scratch flickers, and takes the processor from the runs that are waited for."""
    here = visit(app)
    page = here.open("?s=regulated_bank")  # whose runs no other test has made known to this server
    here.finished()
    page.locator(".js-plotly-plot").nth(1).wait_for(timeout=60_000)
    page.evaluate("() => document.querySelectorAll('.js-plotly-plot').forEach(plot => plot.isOld = true)")
    page.get_by_text("More levers").click()
    step(
        page, "Context lost in a handoff"
    )  # a lever out of sight: its value has not been computed as a guess
    kept = page.wait_for_function(
        "() => document.body.innerText.includes('Shown for')"
        " && [...document.querySelectorAll('.js-plotly-plot')].map(plot => plot.isOld === true)"
    )
    assert kept.json_value() == [True, True]


def test_a_lever_that_moves_others_along_sets_nothing_but_itself(visit, app: str):
    """With fewer layers other boards are left, so that what is shown for boards follows; nobody moved it."""
    here = visit(app)
    page = here.open("?s=digital_retailer")
    here.finished()
    for layers in (3, 2):  # the second while the first is still refined
        step(page, "Approval layers", "ArrowLeft")
        page.get_by_text(re.compile(f"With {layers} approval layers")).first.wait_for(timeout=60_000)
    here.finished()
    assert re.findall(r"[?&]([a-z]+\.[a-z]+)=", page.url) == ["a.layers"], page.url


def test_share_shows_the_link_of_this_screen(visit, small_app: str):
    here = visit(small_app)
    page = here.open("?a.layers=6")
    page.get_by_role("button", name="Share").click()
    page.get_by_text(f"{small_app}/?a.layers=6").wait_for()


def test_names_are_text_and_nothing_else(visit, small_app: str):
    here = visit(small_app)
    page = here.open()
    here.finished()
    name = "<i>Old</i> :smile: http://e.example"
    assert name in sentence(page).replace("\N{WORD JOINER}", "")
    page.get_by_text("Show the numbers").click()
    header = page.get_by_role("table").get_by_role("columnheader").nth(1)
    assert header.inner_text().replace("\N{WORD JOINER}", "") == name
    assert page.locator("a[href*='e.example']").count() == 0
    assert not here.errors and not here.foreign()


def test_chart_as_html_opens_offline_without_a_share_button(visit, app: str, tmp_path: Path):
    from worlds.studies import around, made_study

    from sim.findings.charts import cumulative_curve, plot_html

    study = made_study({"lead_time_p85": around(50.0)}, {"lead_time_p85": around(11.0)})
    file = tmp_path / "curve.html"
    file.write_text(plot_html(cumulative_curve(study)), "utf-8")
    here = visit(app)
    here.context.set_offline(True)
    here.page.goto(file.as_uri())
    here.page.locator(".main-svg").first.wait_for(state="attached")
    here.page.locator(".js-plotly-plot").hover()
    titles = here.page.locator(".modebar-btn").evaluate_all("all => all.map(b => b.dataset.title)")
    assert titles and not [title for title in titles if "hare" in title or "loud" in title]
    assert [url for url in here.requests if not url.startswith(("file:", "data:", "blob:"))] == []

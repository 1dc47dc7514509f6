"""The app as a browser sees it: how it is served, and somebody who visits it.

Importing this skips a test file where Playwright is not installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest

from worlds.processes import free_port

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
axe_playwright = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="needs axe-playwright-python"
)

PATIENCE = 90_000
"""Milliseconds that a page may take for anything: a busy machine of half the speed takes long."""

sync_api.expect.set_options(timeout=PATIENCE)

_ROOT = Path(__file__).resolve().parents[2]
_CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)

NEEDS_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.timeout(900),
    pytest.mark.skipif(_CHROMIUM is None, reason="needs Chromium on the path (apt-get install chromium)"),
    # Playwright's own sockets and Streamlit's subprocess close when the interpreter likes
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
"""Marks of a file of tests that drive a browser."""

_QUIET = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--disable-features=OptimizationHints,MediaRouter,Translate",
)

SMALL_WITH_LINKS = dedent("""
    name: Small shop
    situation:
      people: {analysis: 2, development: 4, testing: 2}
      demand: {arrivals: {kind: poisson, per_week: 2}}
    operating_models:
      industrial: {use: industrial, name: "<i>Old</i> :smile: http://e.example"}
      product: {use: product}
    run: {horizon_weeks: 104, warm_up_weeks: 26, tail_weeks: 26, replications: 8, seed: 1}
    """)


@contextmanager
def served(**environment: str) -> Iterator[str]:
    """Serve the app at an address until the block ends."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(_ROOT / "app.py"), "--server.headless", "true",
         "--server.port", str(port)],
        env=os.environ | {"PYTHONPATH": str(_ROOT)} | environment,
        cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_well(address)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=120)  # it ends at once, on an idle machine


def _wait_until_well(address: str) -> None:
    for _ in range(720):
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.25)
    raise AssertionError("the app did not start within three minutes")


@contextmanager
def chromium() -> Iterator:
    """Start a browser that talks to nobody but the page."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=list(_QUIET))
        yield browser
        browser.close()


class Visit:
    """A page that remembers what it asked the network for."""

    def __init__(self, browser, address: str, *, width: int = 1280, height: int = 900, scheme: str = "light"):
        self.address = address
        self.context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        self.context.set_default_timeout(PATIENCE)
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page = self.watched(self.context.new_page())

    def watched(self, page):
        """Note what a page asks for, and what goes wrong on it."""
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda sock: self.requests.append(sock.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", lambda dialog: self.errors.append(f"dialog: {dialog.message}"))
        return page

    def open(self, link: str = "", page=None):
        """Open a link and wait until the page is drawn."""
        page = page or self.page
        page.goto(f"{self.address}/{link}")
        self.drawn(page)
        return page

    def drawn(self, page) -> None:
        """Wait until the charts are there."""
        page.locator(".js-plotly-plot .main-svg").nth(3).wait_for(state="attached")

    def finished(self, page=None) -> None:
        """Wait until nothing is being computed."""
        page = page or self.page
        # While the page is drawn anew, old and new buttons are there together for a moment.
        sync_api.expect(page.get_by_role("button", name="Stop")).to_have_count(0, timeout=300_000)
        sync_api.expect(page.get_by_role("button", name="More runs")).to_have_count(1, timeout=300_000)

    def foreign(self) -> list[str]:
        """Return every request that left this machine."""
        allowed = (self.address, self.address.replace("http", "ws"), "data:", "blob:")
        return [url for url in self.requests if not url.startswith(allowed)]

    def close(self) -> None:
        self.context.close()


def violations(page) -> list[str]:
    """Return what stands in the way of people who cannot see or point well."""
    page.wait_for_function("!document.querySelector('[data-stale=true]')")
    page.wait_for_timeout(500)  # what was faded while it was computed is not yet as it will be
    found = axe_playwright.Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


def sentence(page) -> str:
    """Return the headline."""
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


def open_section(page, section: str) -> None:
    """Open a section of the levers at the side."""
    page.get_by_test_id("stSidebar").locator("summary").get_by_text(section, exact=True).click()


def step(page, lever: str, key: str = "ArrowRight") -> None:
    """Move a lever by one step, with the keyboard."""
    page.get_by_role("slider", name=lever).focus()
    page.keyboard.press(key)

"""Make the pictures of the README: start the app, open it in Chromium, write docs/images/*.png.

Run from the repository, after anything that changes how a page looks:

    uv run python docs/screenshots.py            # all of them
    uv run python docs/screenshots.py compare    # one

Needs Chromium on the path and the development packages. Each picture stays below 300 kB.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 300_000
WIDTH = 1280
SECONDS_TO_START = 60
MILLISECONDS_TO_DRAW = 120_000


@dataclass(frozen=True)
class Picture:
    """A page of the app, what must be there before it is taken, and how much of it is shown."""

    page: str  # its address
    awaited: str  # a CSS selector
    height: int  # pixels

    def take(self, browser_page: Page, address: str, file: Path) -> None:
        """Write the picture."""
        browser_page.set_viewport_size({"width": WIDTH, "height": self.height})
        browser_page.goto(f"{address}/{self.page}")
        browser_page.locator(self.awaited).wait_for(state="attached", timeout=MILLISECONDS_TO_DRAW)
        browser_page.wait_for_timeout(2_000)  # charts are drawn in steps
        browser_page.screenshot(path=file)


PICTURES = {
    "compare": Picture("", ".js-plotly-plot .main-svg >> nth=3", 1080),
    "learn": Picture("learn", "[class*='st-key-lesson_'] >> nth=8", 860),
}


@contextmanager
def app() -> Generator[str]:
    """Start the app; give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.headless", "true",
         "--server.port", str(port)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(4 * SECONDS_TO_START):
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                    break
            except OSError:
                time.sleep(0.25)
        else:
            raise SystemExit(f"The app did not start within {SECONDS_TO_START} s.")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def main(names: list[str]) -> None:
    """Take the named pictures, or all."""
    if unknown := sorted(set(names) - set(PICTURES)):
        raise SystemExit(f"There is no picture {unknown[0]!r}; choose from {', '.join(PICTURES)}.")
    chromium = next((path for name in ("chromium", "google-chrome") if (path := shutil.which(name))), None)
    if chromium is None:
        raise SystemExit("Chromium is not on the path; install it (apt-get install chromium).")
    IMAGES.mkdir(exist_ok=True)
    with app() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name in names or PICTURES:
            file = IMAGES / f"{name}.png"
            PICTURES[name].take(browser.new_page(color_scheme="light"), address, file)
            size = file.stat().st_size
            print(f"{file.relative_to(ROOT)}  {size / 1000:.0f} kB")
            if size > MOST_BYTES:
                raise SystemExit(
                    f"{file.name} is larger than {MOST_BYTES / 1000:.0f} kB; show less of the page."
                )
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])

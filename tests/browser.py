"""A headless Chromium, as a test uses it: it opens a page and says what is on it and what went wrong.

It needs `chromium` and `chromedriver` of one version on the path (Debian: chromium and chromium-driver), and
takes nothing from any other host than this one. A conftest.py that imports `browser` offers it to its tests.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HERE_ONLY = "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",  # which root cannot have, as in a container
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--no-first-run",
    "--no-proxy-server",
    "--force-device-scale-factor=1",
    "--hide-scrollbars",
    f"--host-resolver-rules={HERE_ONLY}",
)
PATIENCE = 60.0  # seconds, for pages that a script fills


@dataclass
class Browser:
    """One window. driver: Selenium's, for whatever has no method here."""

    driver: Any

    def open(self, address: str | Path, width: int = 1280, height: int = 900) -> list[str]:
        """Open a file or an address in a window of so many pixels; what the console has of errors."""
        self.resize(width, height)
        self.driver.get_log("browser")  # of the page before
        self.driver.get(address.as_uri() if isinstance(address, Path) else address)
        return self.errors()

    def resize(self, width: int, height: int = 900) -> None:
        """The page's own width, also where it is narrower than a window may be."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def errors(self) -> list[str]:
        """Errors in the console since the last call, what could not be loaded among them."""
        return [e["message"] for e in self.driver.get_log("browser") if e["level"] == "SEVERE"]

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script returns: `return document.title`."""
        return self.driver.execute_script(script, *arguments)

    def text(self) -> str:
        """All that is to be read."""
        return str(self.run("return document.body.innerText"))

    def wait(self, script: str, seconds: float = PATIENCE) -> Any:
        """The first true value of a script; fails with the page's text if there is none for so long."""
        from selenium.common.exceptions import TimeoutException
        from selenium.webdriver.support.wait import WebDriverWait

        waiting = WebDriverWait(self.driver, seconds, poll_frequency=0.1)
        try:
            return waiting.until(lambda _: self.run(script))
        except TimeoutException:
            raise AssertionError(f"{script} was never true of:\n{self.text()[:4000]}") from None

    def wait_for(self, words: str, seconds: float = PATIENCE) -> None:
        """Until the page says so."""
        script = f"return document.body.innerText.includes({words!r})"
        self.wait(script, seconds)

    def links(self) -> list[str]:
        """Where each link leads, in full."""
        return list(self.run("return [...document.links].map(a => a.href)"))

    def images(self) -> list[dict[str, Any]]:
        """src (its first 100 letters), alt and naturalWidth of each image: 0 where it did not load."""
        return list(
            self.run(
                "return [...document.images].map(i => ({src: i.src.slice(0, 100), alt: i.alt,"
                " naturalWidth: i.naturalWidth}))"
            )
        )

    def requests(self) -> list[str]:
        """What the page loaded beside itself; data: addresses are no requests."""
        names = self.run("return performance.getEntriesByType('resource').map(e => e.name)")
        return [name for name in names if not name.startswith("data:")]

    def shot(self, path: Path) -> None:
        """The whole page as a PNG file."""
        height = self.run("return document.documentElement.scrollHeight")
        self.resize(self.run("return window.innerWidth"), height)
        self.driver.save_screenshot(str(path))


def start(profile: Path) -> Browser:
    """Start Chromium with an empty profile in a folder; skips the test where there is none."""
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    chromedriver = shutil.which("chromedriver")
    if not chromium:
        _none("no chromium on the path: apt-get install chromium chromium-driver")
    if not chromedriver:
        _none("no chromedriver on the path: apt-get install chromium-driver")
    try:
        from selenium import webdriver
    except ImportError:
        _none("no selenium: pip install -e '.[test]'")
    options = webdriver.ChromeOptions()
    options.binary_location = str(chromium)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("no_proxy", "localhost,127.0.0.1")  # chromedriver is on this machine
        service = webdriver.ChromeService(chromedriver)
        return Browser(webdriver.Chrome(options=options, service=service))


def _none(why: str) -> NoReturn:
    """There is no browser: skip, or fail where one has to be (BROWSER_TESTS=required, as in CI)."""
    if os.environ.get("BROWSER_TESTS") == "required":
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium for all tests of a process."""
    opened = start(tmp_path_factory.mktemp("chromium"))
    yield opened
    opened.driver.quit()

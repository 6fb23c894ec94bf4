"""A real Chromium in a thread, which looks at a page and may talk to no other host."""

import shutil
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import trio
from playwright.sync_api import Page, expect, sync_playwright

PATIENCE_SECONDS = 30.0
NAMES = ("chromium-headless-shell", "chromium")

Scenario = Callable[[Page], None]


async def look_at(url: str, scenario: Scenario, **options: Any) -> None:
    """Open *url* and play *scenario*; *options* are those of a Playwright context."""
    await trio.to_thread.run_sync(partial(_look_at, url, scenario, options))


def _look_at(url: str, scenario: Scenario, options: dict[str, Any]) -> None:
    expect.set_options(timeout=1000 * PATIENCE_SECONDS)
    asked: set[str] = set()
    said: list[str] = []
    executable = next(found for name in NAMES if (found := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(**options)
        page.set_default_timeout(1000 * PATIENCE_SECONDS)
        page.on("request", lambda request: asked.add(request.url))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text))
        page.goto(url)
        scenario(page)
        browser.close()
    hosts = {urlsplit(each).netloc for each in asked if not each.startswith("data:")}
    assert {urlsplit(url).netloc} == hosts
    assert [] == [each for each in said if "Content Security Policy" in each or "Error:" in each]


def ask_trio(work: Callable[..., Any], *arguments: Any) -> Any:
    """Have something done in the test's own loop, from within a scenario."""
    return trio.from_thread.run_sync(work, *arguments)


def wait_live(page: Page) -> None:
    expect(page.locator("#contact[data-state=live]")).to_be_visible()

"""The status page in a real Chromium: what a person sees of a daemon that records."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.admin.browser import ask_trio, look_at, wait_live
from tests.admin.prefixed import prefixed
from tests.admin.running import ENTITIES, wait_written, watched

pytestmark = pytest.mark.servers

ROOT = Path(__file__).parents[2]
AWAY = """
[sink.influx]
kind = "influxdb"
url = "http://127.0.0.1:9"
api = "v1"
database = "away"
batch.linger = "50ms"
"""
PREFIX = "/api/ingress/abc/"
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1040, "height": 900}


async def test_it_is_live(tmp_path: Path) -> None:
    """A change shows without a reload, and the one second's answer is: recording."""

    def scenario(page: Page) -> None:
        wait_live(page)
        expect(page.locator("#title")).to_have_text("Recording.")
        expect(page.locator("#text")).to_contain_text("Everything is delivered.")
        expect(page.locator("#sinks")).to_contain_text(f"{ENTITIES} points written")
        for number in range(5):
            ask_trio(admin.simulator.set_state, "light.busy", str(number))
        expect(page.locator("#sinks")).to_contain_text(f"{ENTITIES + 5} points written")
        expect(page.locator("#busiest")).to_contain_text("light.busy")
        assert "Recording" in page.title()

    async with watched(tmp_path) as admin:
        await wait_written(admin)
        await look_at(admin.address, scenario)
        assert await admin.daemon.stop() == 0


async def test_silence_is_said(tmp_path: Path) -> None:
    """A daemon that hangs is said to be silent, and for how long; so is one that has stopped."""

    def scenario(page: Page) -> None:
        wait_live(page)
        admin.daemon.send(signal.SIGSTOP)
        expect(page.locator("#contact")).to_contain_text("no news for")
        expect(page.locator("body")).to_have_class("is-stale")
        admin.daemon.send(signal.SIGCONT)
        wait_live(page)
        admin.daemon.send(signal.SIGTERM)
        expect(page.locator("#contact")).to_contain_text("no news for")
        expect(page.locator("#contact")).to_contain_text("it cannot be reached")

    async with watched(tmp_path) as admin:
        await look_at(admin.address, scenario)
        assert await admin.daemon.wait() == 0


async def test_the_token_is_typed_once(tmp_path: Path) -> None:
    """The page shows nothing before the token; a wrong one is said, and the right one is enough."""

    def scenario(page: Page) -> None:
        expect(page.locator("#token")).to_be_focused()
        expect(page.locator("#board")).to_be_hidden()
        page.keyboard.type("wrong")
        page.keyboard.press("Enter")
        expect(page.locator("#token-refused")).to_have_text("That is not the token.")
        page.keyboard.type("right")
        page.keyboard.press("Enter")
        wait_live(page)
        page.reload()
        wait_live(page)
        expect(page.locator("#title")).to_have_text("Recording.")
        assert "right" not in page.url

    async with watched(tmp_path, 'listen = "127.0.0.1:0"\ntoken = "right"') as admin:
        admin.client.headers["Authorization"] = "Bearer right"
        await wait_written(admin)
        await look_at(admin.address, scenario)


async def test_it_can_be_read_by_all(tmp_path: Path) -> None:
    """axe finds nothing, light or dark, on a phone or a desk; a phone need not scroll sideways."""
    grounds = set()

    def scenario(page: Page) -> None:
        expect(page.locator("#problems li")).to_be_visible()
        for scheme in ("light", "dark"):
            for size in (DESK, PHONE):
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                page.set_viewport_size(size)
                where = f"{scheme}-{size['width']}"
                page.screenshot(path=tmp_path / f"{where}.png", full_page=True)
                found = Axe().run(page)
                assert 0 == found.violations_count, (where, found.generate_report())
                wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert 0 >= wide, where
                assert "none" == page.evaluate(
                    "getComputedStyle(document.querySelector('.dot')).animationName"
                )
            grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    async with watched(tmp_path, more=AWAY) as admin:
        await wait_written(admin)
        admin.simulator.kill()  # so that there is a warning
        await look_at(admin.address, scenario)
    assert 2 == len(grounds)


async def test_a_keyboard_leads_to_every_link_below_any_prefix(tmp_path: Path) -> None:
    """Behind a proxy such as Home Assistant's ingress Tab leads to the links, and shows where."""

    def scenario(page: Page) -> None:
        wait_live(page)
        reached = []
        for _ in range(3):
            page.keyboard.press("Tab")
            reached.append(urlsplit(page.evaluate("document.activeElement.href")).path)
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert "solid" == outline
        assert [PREFIX + name for name in ("metrics", "stats", "readyz")] == reached

    async with watched(tmp_path) as admin, prefixed(admin.port, PREFIX) as url:
        await look_at(f"{url}{PREFIX}", scenario)


def test_the_pictures_can_be_made(tmp_path: Path) -> None:
    """`scripts/screenshots` makes README's pictures, of the demo and the page, light and dark."""
    command = [sys.executable, ROOT / "scripts" / "screenshots", tmp_path]

    subprocess.run(command, check=True, env={**os.environ, "SCREENSHOT_SECONDS": "2"})

    pictures = sorted(tmp_path.iterdir())
    names = [f"{what}-{scheme}.png" for what in ("demo", "status") for scheme in ("dark", "light")]
    assert names == [each.name for each in pictures]
    for picture in pictures:
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert 10_000 < picture.stat().st_size < 200_000

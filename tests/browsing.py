"""A real browser for tests: Streamlit as a process, Chromium driven by Playwright.

Import what you need; `browser` is a fixture of conftest.py. Screenshots lie in build/screenshots afterwards.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from policybot import models
from policybot.catalogue import Catalogue
from policybot.identity import DEMO_NAMES, Role
from policybot.library import Library
from policybot.settings import PREFIX, Settings

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
Browser, BrowserContext, Page, expect = (getattr(playwright, n) for n in ("Browser", "BrowserContext", "Page", "expect"))

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "build" / "screenshots"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
ONE, OTHER = "expanse-learning", "hardmoor-early-years"
PHONE, DESKTOP, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}, {"width": 1440, "height": 900}
PATIENCE = 60_000
"""Milliseconds: the first question of a server loads what it needs, and others may use the machine."""

MARKS = [
    pytest.mark.browser,
    pytest.mark.timeout(900),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.skipif(not (ROOT / "corpus").is_dir(), reason="there is no corpus beside the tests"),
]
"""What every file that drives a browser is marked with: pytestmark = MARKS."""


def ingested(home: Path, *slugs: str) -> Settings:
    """Settings of a home in which these organisations of the shipped corpus are published; ONE and OTHER for none."""
    made = Settings.load(home=home, corpus=ROOT / "corpus")
    catalogue = Catalogue.open(made)
    library = Library.open(made, catalogue, models.embeddings(made))
    for slug in slugs or (ONE, OTHER):
        assert not ingest(made.corpus, catalogue, library, made.home / "ingest.lock", made.corpus, only=slug).refused
    catalogue.close()
    return made


@contextmanager
def serving(home: Path, demo: bool, more: Mapping[str, str] | None = None, app: Path = ROOT / "app.py") -> Iterator[str]:
    """The real app on a free port; its address. `more`: further variables of its environment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.upper().startswith(PREFIX)}
    environment |= {"POLICYBOT_HOME": str(home), "POLICYBOT_DEMO": "1" if demo else "0", "HF_HUB_OFFLINE": "1", **(more or {})}
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    home.mkdir(parents=True, exist_ok=True)
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(command, env=environment, cwd=home, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_until_up(f"http://127.0.0.1:{port}", server, home / "server.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=15)


def wait_until_up(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2)
            return
        except OSError:
            time.sleep(0.25)
    pytest.fail(f"the app did not start:\n{log.read_text()}")


def folded(text: str) -> str:
    return " ".join(text.split())


def sign_in(page: Page, organisation: str, role: Role = Role.STAFF) -> None:
    """Choose the demo account with this role at this organisation, from the sign-in page."""
    if role is not Role.STAFF:
        page.get_by_text(DEMO_NAMES[role], exact=True).first.click(timeout=PATIENCE)
        expect(page.locator(f".st-key-account-{organisation}")).to_contain_text(DEMO_NAMES[role], timeout=PATIENCE)
    page.locator(f".st-key-sign-in-{organisation} button").click(timeout=PATIENCE)
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible(timeout=PATIENCE)


def ask(page: Page, text: str, turn: int = 0) -> None:
    """Ask and wait until the answer stands there whole."""
    box = page.get_by_label("Ask about your policy")
    box.fill(text)
    box.press("Enter")
    expect(page.locator(".pb-badge").nth(turn)).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".pb-copy").nth(turn)).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".stSpinner")).to_have_count(0)


def quotes(page: Page) -> list[str]:
    return [folded(q) for q in page.locator("blockquote").all_inner_texts()]


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(300)
    page.screenshot(path=PICTURES / f"{name}.png")


def assert_fits(page: Page) -> None:
    """Nothing is wider than the screen."""
    wide = page.evaluate(
        "() => [...document.querySelectorAll('.stMain, .stMain *')].filter(e => !e.closest('.pb-table')"
        " && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className).slice(0, 3)"
    )
    assert not wide and page.evaluate("document.querySelector('.stMain').scrollWidth <= innerWidth")


def in_sight(page: Page, selector: str) -> bool:
    return page.evaluate(
        "s => { const r = document.querySelector(s).getBoundingClientRect();"
        " return r.top >= 0 && r.top < innerHeight - 40; }",
        selector,
    )

"""A chat model's words on the page, in a real browser: shown as they are found to hold, and never taken back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eval.bench.chat_server import GOOD, ChatServer, refusing, slow

pytest.importorskip("langchain_openai", reason="langchain-openai is not installed: pip install 'policybot[openai]'")

from browsing import DESKTOP, MARKS, ONE, PATIENCE, PHONE, assert_fits, expect, folded, ingested, picture, serving

from policybot.compose import BADGES

pytestmark = MARKS

WATCH = """
() => {
  window.seen = {};
  const look = () => {
    const said = [...document.querySelectorAll('.pb-words > span')].map(e => e.firstChild.textContent.trim());
    const badges = [...document.querySelectorAll('.pb-badge')].map(e => e.innerText);
    for (const text of [...new Set([...said, ...badges])]) {
      const times = [...said, ...badges].filter(t => t === text).length;
      window.seen[text] ??= { gone: 0, twice: 0 };
      if (times > 1) window.seen[text].twice += 1;
    }
    for (const text in window.seen) if (!said.includes(text) && !badges.includes(text)) window.seen[text].gone += 1;
    window.watching = requestAnimationFrame(look);
  };
  look();
}
"""
"""Notes in every frame which sentences and badges are there, and of those seen before which are gone or doubled."""


def worded(messages: list[dict[str, Any]]) -> str:
    """Three clauses as they stand, and one sentence that is not borne out, with the verdict that was decided."""
    decided = re.search(r"decided: (\w+)", messages[0]["content"])
    clauses = re.findall(r" (C\d+)>>>\n(?:[a-z-]+: .*\n)*?text: (.{40,200}\.)\n<<<", messages[1]["content"])
    assert decided and len(clauses) >= 4
    lines: list[dict[str, Any]] = [{"verdict": decided[1]}]
    for place, (handle, text) in enumerate(clauses[:4]):
        lines.append({"sentence": f"{'This is unsupported: ' if place == 1 else ''}{text}", "clauses": [handle], "quote": text})
    return "\n".join(json.dumps(line) for line in lines)


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with ChatServer(reply=worded) as running:
        yield running


@pytest.fixture(scope="module")
def address(server: ChatServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page of chat_page.py over one organisation of the shipped corpus, really ingested."""
    home = ingested(tmp_path_factory.mktemp("words"), ONE).home
    more = {"POLICYBOT_CHAT_MODEL": "openai:any", "POLICYBOT_CHAT_BASE_URL": server.url, "TEST_ORGANISATION": ONE}
    with serving(home, demo=False, more=more, app=Path(__file__).with_name("chat_page.py")) as at:
        yield at


def asked(browser: Any, address: str, text: str, size: dict[str, int] = DESKTOP) -> Any:
    """A page on which `text` has just been asked."""
    page = browser.new_page(viewport=size)
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    box = page.get_by_label("Ask about your policy")
    expect(box).to_be_visible(timeout=4 * PATIENCE)  # the first visitor waits for everything to be loaded
    page.evaluate(WATCH)
    box.fill(text)
    box.press("Enter")
    return page


def test_sentences_come_one_by_one_and_stay(browser: Any, address: str, server: ChatServer) -> None:
    server.script = (slow(between_s=0.06),)
    page = asked(browser, address, "Can I use LinkedIn at work?", PHONE)
    said = page.locator(".pb-words > span")
    expect(said.first).to_be_visible(timeout=PATIENCE)
    assert page.locator(".pb-copy").count() == 0 and said.count() == 1, "the rest is still being written"
    badge = page.locator(".pb-badge").inner_text()
    assert badge in BADGES.values() and page.locator("blockquote").count() == 0
    picture(page, "phone-7-being-written")

    expect(page.locator(".pb-copy")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".stSpinner")).to_have_count(0)
    page.wait_for_timeout(500)
    assert said.count() == 3 and page.locator(".pb-badge").all_inner_texts() == [badge]
    seen = page.evaluate("window.seen")
    assert len(seen) == 4 and "unsupported" not in " ".join(seen)
    assert {text: told for text, told in seen.items() if told["gone"] or told["twice"]} == {}, "nothing was taken back or shown twice"
    assert page.locator(".pb-asked").count() == 1
    assert_fits(page)
    picture(page, "phone-8-written")

    for place in range(3):
        reference = said.nth(place).locator("a.pb-ref")
        card = page.locator(f"[id='{reference.get_attribute('href').removeprefix('#')}']")
        assert reference.inner_text() == f"[{card.locator('figcaption strong').inner_text()}]"
        assert folded(said.nth(place).inner_text()).removesuffix(f" {reference.inner_text()}") in folded(card.inner_text())
    page.close()


def test_a_model_that_is_away_is_told_of_and_the_answer_is_composed(browser: Any, address: str, server: ChatServer) -> None:
    server.script = (refusing(401),)
    page = asked(browser, address, "Can I scroll LinkedIn while I'm on shift?")
    expect(page.locator(".pb-copy")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".pb-verdict")).to_contain_text("The chat model could not be reached or refused; this answer is composed from the clauses.")
    assert page.locator(".pb-words").count() == 0 and page.locator("blockquote").count() >= 1
    server.script = (GOOD,)
    page.close()

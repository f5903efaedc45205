"""Hints while a question is typed: the organisation's own headings and questions, found in the browser.

What is typed is sent nowhere for it. Hints reach the browser as data and are set as text, never as markup.
"""

from __future__ import annotations

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from policybot.hinting import SHORTEST_WORD, Hint, hints, telling
from policybot.web.visit import Visit

MOST = 5
"""How many hints are shown at once."""
LONGEST = 80
"""Characters from which on somebody is writing a question of their own, and hints would be in the way."""

HINTS_HTML = """
<ul class="pb-hints" role="listbox" aria-label="Questions you could ask" hidden></ul><span class="pb-hidden" role="status"></span>
"""
HINTS_JS = """
const BOX = 'div[data-testid="stChatInput"] textarea';
export default function ({ parentElement, data }) {
  const list = parentElement.querySelector("ul"), told = parentElement.querySelector('[role="status"]');
  list.id = data.id;
  let active = -1, chosen = null, known = null;
  const box = () => document.querySelector(BOX);
  const open = () => !list.hidden;
  const parts = (text) => text.toLowerCase().match(/\\p{L}+(?:['’-]\\p{L}+)*/gu) ?? [];

  function dress(area) {
    if (area === known) return;
    known = area;
    const said = { autocomplete: "list", haspopup: "listbox", controls: list.id, expanded: "false" };
    for (const [name, value] of Object.entries(said)) area.setAttribute(`aria-${name}`, value);
    area.setAttribute("role", "combobox");
    area.autocomplete = "off";
  }
  function found(text) {
    const typed = parts(text).filter((word) => word.length >= data.shortest);
    if (!typed.length || text.length > data.longest) return [];
    const starts = (words) => typed.filter((word) => words.some((other) => other.startsWith(word))).length;
    return data.hints
      .map((hint) => ({ question: hint.question, own: starts(hint.own), more: starts(hint.words) }))
      .filter((hit) => (hit.own || hit.more === typed.length) && hit.question !== text.trim())
      .sort((one, other) => other.own * 3 + other.more - one.own * 3 - one.more)
      .slice(0, data.most);
  }
  function mark(place) {
    active = place;
    [...list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === place)));
    if (place < 0) return box()?.removeAttribute("aria-activedescendant");
    list.children[place].scrollIntoView({ block: "nearest" });
    box()?.setAttribute("aria-activedescendant", list.children[place].id);
  }
  function close() {
    mark(-1);
    list.hidden = true;
    told.textContent = "";
    box()?.setAttribute("aria-expanded", "false");
  }
  function put() {
    const frame = box()?.closest('div[data-testid="stChatInput"]')?.getBoundingClientRect();
    if (!frame) return close();
    const above = frame.top - 8 > 200 || frame.top > innerHeight - frame.bottom;
    list.style.left = `${frame.left}px`;
    list.style.width = `${frame.width}px`;
    list.style.bottom = above ? `${innerHeight - frame.top + 4}px` : "auto";
    list.style.top = above ? "auto" : `${frame.bottom + 4}px`;
    list.style.maxHeight = `${Math.max(120, (above ? frame.top : innerHeight - frame.bottom) - 12)}px`;
  }
  function show(hits) {
    if (!hits.length) return close();
    list.replaceChildren(...hits.map((hit, number) => {
      const item = document.createElement("li");
      item.id = `${list.id}-${number}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.textContent = hit.question;
      item.onpointerdown = (event) => event.preventDefault();
      item.onclick = () => choose(number);
      return item;
    }));
    list.hidden = false;
    mark(-1);
    box().setAttribute("aria-expanded", "true");
    told.textContent = hits.length === 1 ? "1 hint. Arrow keys choose." : `${hits.length} hints. Arrow keys choose.`;
    put();
  }
  function choose(number) {
    const area = box(), text = list.children[number].textContent;
    chosen = text;
    close();
    // React keeps the value itself: only the element's own setter with an input event reaches it.
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(area, text);
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
    area.setSelectionRange(text.length, text.length);
  }
  const ours = (event) => event.target instanceof HTMLTextAreaElement && event.target.matches(BOX);
  const take = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };
  const heard = {
    focusin: (event) => { if (ours(event)) dress(event.target); },
    focusout: (event) => { if (ours(event)) close(); },
    input: (event) => {
      if (!ours(event)) return;
      dress(event.target);
      if (event.target.value !== chosen) { chosen = null; show(found(event.target.value)); }
    },
    keydown: (event) => {
      if (!ours(event) || !open() || event.isComposing) return;
      const last = list.children.length - 1;
      if (event.key === "ArrowDown") { take(event); mark(active >= last ? 0 : active + 1); }
      else if (event.key === "ArrowUp") { take(event); mark(active <= 0 ? last : active - 1); }
      else if (event.key === "Escape") { take(event); close(); }
      else if ((event.key === "Enter" && !event.shiftKey) || (event.key === "Tab" && !event.shiftKey)) {
        if (active < 0) return close();
        take(event);
        choose(active);
      }
    },
  };
  // On the way down, before the page's own handlers see the key.
  for (const [name, hear] of Object.entries(heard)) document.addEventListener(name, hear, true);
  window.addEventListener("resize", put);
  // The box may come later than this does.
  const waiting = new MutationObserver(() => { if (box()) { dress(box()); waiting.disconnect(); } });
  if (box()) dress(box());
  else waiting.observe(document.body, { childList: true, subtree: true });
  return () => {
    waiting.disconnect();
    for (const [name, hear] of Object.entries(heard)) document.removeEventListener(name, hear, true);
    window.removeEventListener("resize", put);
    list.hidden = true;
  };
}
"""


@st.cache_resource(show_spinner=False)
def _component() -> ComponentRenderer:
    return st.components.v2.component("policybot_hints", html=HINTS_HTML, js=HINTS_JS, isolate_styles=False)


def offer(visit: Visit, key: str) -> None:
    """Hints for the page's question box, out of the person's own organisation. One a page."""
    shelf = visit.shelf
    found = _found(visit.user.organisation, shelf.version, visit)
    _component()(data={"id": f"pb-hints-{key}", "hints": found, "most": MOST, "longest": LONGEST, "shortest": SHORTEST_WORD}, key=key)


@st.cache_data(show_spinner=False, max_entries=64)
def _found(organisation: str, version: str, _visit: Visit) -> list[dict[str, object]]:
    """The hints as the browser gets them, kept until the organisation's policies change."""
    shelf = _visit.bot.library.shelf(organisation)
    return [_sent(hint) for hint in hints(shelf.organisation, shelf.policies())]


def _sent(hint: Hint) -> dict[str, object]:
    return {"question": hint.question, "own": list(telling([hint.question])), "words": list(hint.words)}

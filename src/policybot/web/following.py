"""What only the browser can do while somebody reads a policy: say which section is in sight, show what a word means, copy a
clause's address.

Text is set as text, never as markup; it comes from the page itself. Nothing here decides.
"""

from __future__ import annotations

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

HTML = '<div class="pb-panel" popover="manual"><p></p></div><span class="pb-hidden" role="status"></span>'
JS = """
export default function ({ parentElement }) {
  const root = parentElement.host ?? parentElement;
  root.stopFollowing?.();
  const panel = parentElement.querySelector(".pb-panel"), words = panel.querySelector("p");
  const status = parentElement.querySelector("[role=status]");
  const stop = new AbortController();
  const on = (name, act, more) => document.addEventListener(name, act, { signal: stop.signal, ...more });
  const wide = matchMedia("(min-width: 68rem)");
  let shownFor = null, leaving = 0, painting = 0, wasWide = null;

  // What a word means: beside it, while it is pointed at or has the focus, until Escape.
  const place = () => {
    if (!shownFor) return;
    if (!shownFor.isConnected) return hide();
    const at = shownFor.getClientRects()[0], own = panel.getBoundingClientRect();
    const left = Math.max(8, Math.min(at.left, innerWidth - own.width - 8));
    const below = at.bottom + 6 + own.height <= innerHeight;
    panel.style.left = `${left}px`;
    panel.style.top = `${below ? at.bottom + 6 : Math.max(8, at.top - own.height - 6)}px`;
  };
  const open = (anchor, text) => {
    clearTimeout(leaving);
    words.textContent = text;
    shownFor = anchor;
    if (!panel.matches(":popover-open")) panel.showPopover();
    place();
  };
  const hide = () => {
    clearTimeout(leaving);
    shownFor = null;
    if (panel.isConnected && panel.matches(":popover-open")) panel.hidePopover();
  };
  const later = () => { clearTimeout(leaving); leaving = setTimeout(hide, 250); };
  const term = (event) => event.target.closest?.(".pb-term");
  const explain = (of) => {
    const text = document.getElementById(of.getAttribute("aria-describedby"))?.textContent;
    if (text) open(of, text);
  };
  on("pointerover", (e) => {
    if (e.pointerType !== "mouse") return;
    if (term(e)) explain(term(e));
    else if (panel.contains(e.target)) clearTimeout(leaving);
    else if (shownFor && document.activeElement !== shownFor) later();
  });
  on("focusin", (e) => { if (term(e)) explain(term(e)); });
  on("focusout", (e) => { if (e.target === shownFor) hide(); });
  on("pointerdown", (e) => { if (shownFor && !term(e) && !panel.contains(e.target)) hide(); });
  on("keydown", (e) => {
    if (e.key === "Escape") hide();
    if ((e.key === "Enter" || e.key === " ") && term(e)) { e.preventDefault(); explain(term(e)); }
  });

  // A clause's own address.
  const byHand = (text) => {
    const area = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };
  on("click", async (e) => {
    if (term(e)) explain(term(e));
    const link = e.target.closest?.("a.pb-link");
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    const copied = await navigator.clipboard?.writeText(link.href).then(() => true, () => byHand(link.href)) ?? byHand(link.href);
    const said = copied ? "Link copied" : "Could not copy: open the link's own menu instead";
    open(link, said);
    status.textContent = "";
    requestAnimationFrame(() => { status.textContent = said; });
    leaving = setTimeout(hide, 2500);
  });

  // The section in sight, and the tree: always open beside the text.
  const follow = () => {
    painting = 0;
    place();
    const fold = document.querySelector(".pb-sections details");
    if (fold && (wide.matches !== wasWide || (wide.matches && !fold.open))) fold.open = wide.matches;
    wasWide = wide.matches;
    const headings = [...document.querySelectorAll('.pb-policy [id^="section-"]')];
    // A heading counts from where a link to it brings it: below what stays at the top of the window.
    const passed = headings.filter((h) => h.getBoundingClientRect().top < parseFloat(getComputedStyle(h).scrollMarginTop) + 24);
    const here = (passed.at(-1) ?? headings[0])?.id;
    for (const link of document.querySelectorAll(".pb-sections a")) {
      const current = link.hash === `#${here}`;
      if (current === link.hasAttribute("aria-current")) continue;
      if (!current) { link.removeAttribute("aria-current"); continue; }
      link.setAttribute("aria-current", "location");
      const nav = link.closest("nav"), top = link.offsetTop - nav.offsetTop;
      if (nav.scrollHeight > nav.clientHeight) nav.scrollTop = top - nav.clientHeight / 2;
    }
  };
  const soon = () => { painting ||= requestAnimationFrame(follow); };
  on("scroll", soon, { capture: true, passive: true });
  addEventListener("resize", soon, { signal: stop.signal });
  const changes = new MutationObserver(soon);
  changes.observe(document.querySelector(".stMain") ?? document.body, { childList: true, subtree: true });
  // Its size is known only once the style sheet is in force, which a rerun of the page may be putting back.
  const sizes = new ResizeObserver(place);
  sizes.observe(panel);
  soon();
  // Whoever is at a word already is not to come again because the page was still being made.
  if (document.activeElement?.matches(".pb-term")) explain(document.activeElement);
  root.stopFollowing = () => { stop.abort(); changes.disconnect(); sizes.disconnect(); hide(); };
  return root.stopFollowing;
}
"""


@st.cache_resource(show_spinner=False)
def _following() -> ComponentRenderer:
    return st.components.v2.component("policybot_following", html=HTML, js=JS, isolate_styles=False)


def follow() -> None:
    """Follow the reader of the policy on this page; once a run."""
    _following()(key="following")

"""What only the browser can do: copy to its clipboard, print, scroll to a place, say something to those who listen, tell them
where they are, and say in which time zone it is.

Text reaches the browser as data and is set as text, never as markup.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

COPY_JS = """
export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button");
  const words = button.querySelector("span"), heard = parentElement.querySelector("[role=status]");
  const say = (text) => {
    words.textContent = heard.textContent = text;
    setTimeout(() => { words.textContent = data.label; heard.textContent = ""; }, 2500);
  };
  const byHand = () => {
    const area = document.createElement("textarea");
    area.value = data.text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    document.body.appendChild(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };
  words.textContent = data.label;
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(data.text);
      say("Copied");
    } catch {
      say(byHand() ? "Copied" : "Could not copy: select the text instead");
    }
  };
}
"""
COPY_HTML = '<button type="button" class="pb-copy"><span></span></button><span class="pb-hidden" role="status"></span>'

PRINT_JS = """
export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button");
  button.textContent = data.label;
  button.className = data.look;
  button.onclick = () => window.print();
}
"""
PRINT_HTML = '<button type="button"></button>'

SCROLL_JS = """
export default function ({ parentElement, data }) {
  const seen = parentElement.host ?? parentElement;
  if (seen.dataset.visit === data.visit) return;
  seen.dataset.visit = data.visit;
  // The page goes on growing for a moment: hold the place until then, or until the person moves.
  const until = performance.now() + 1500;
  let held = true, last = null;
  const moves = ["wheel", "touchstart", "keydown", "pointerdown"];
  const letGo = () => { held = false; };
  moves.forEach((move) => window.addEventListener(move, letGo, { once: true, passive: true }));
  const hold = () => {
    const place = document.getElementById(data.anchor);
    if (held && place) {
      const top = Math.round(place.getBoundingClientRect().top);
      if (top !== last) place.scrollIntoView({ block: data.block });
      last = Math.round(place.getBoundingClientRect().top);
    }
    if (held && seen.isConnected && performance.now() < until) requestAnimationFrame(hold);
    else moves.forEach((move) => window.removeEventListener(move, letGo));
  };
  requestAnimationFrame(hold);
}
"""

ANNOUNCE_HTML = '<span class="pb-hidden" role="status"></span>'
ANNOUNCE_JS = """
export default function ({ parentElement, data }) {
  // The element stays while the page runs again: a screen reader speaks when its words change, and only then.
  const region = parentElement.querySelector("span");
  if (region.textContent !== data.text) region.textContent = data.text;
}
"""

BEARINGS_HTML = '<span class="pb-hidden" tabindex="-1">Main content</span>'
BEARINGS_JS = """
export default function ({ parentElement }) {
  const root = parentElement.host ?? parentElement;
  root.stopMarking?.();
  const stop = new AbortController(), start = parentElement.querySelector("span");
  const end = (address) => address.split("/").at(-1);
  let coming = 0;
  // Streamlit writes neither what its links are for nor which of them is the page one is on.
  const mark = () => {
    coming = 0;
    const nav = document.querySelector(".st-key-nav");
    if (!nav) return;
    nav.setAttribute("role", "navigation");
    nav.setAttribute("aria-label", "Pages");
    for (const link of nav.querySelectorAll("a")) {
      const here = end(link.getAttribute("href") ?? "") === end(location.pathname);
      if (here && !link.hasAttribute("aria-current")) link.setAttribute("aria-current", "page");
      if (!here) link.removeAttribute("aria-current");
    }
  };
  const soon = () => { coming ||= requestAnimationFrame(mark); };
  const changes = new MutationObserver(soon);
  changes.observe(document.querySelector(".stMain") ?? document.body, { childList: true, subtree: true });
  // Streamlit's own link skips to before the bar, which is there on every page.
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-testid=stSkipToContent]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    start.focus();
  }, { capture: true, signal: stop.signal });
  mark();
  root.stopMarking = () => { stop.abort(); changes.disconnect(); cancelAnimationFrame(coming); };
  return root.stopMarking;
}
"""


@st.cache_resource(show_spinner=False)
def _copy() -> ComponentRenderer:
    return st.components.v2.component("policybot_copy", html=COPY_HTML, js=COPY_JS, isolate_styles=False)


@st.cache_resource(show_spinner=False)
def _print() -> ComponentRenderer:
    return st.components.v2.component("policybot_print", html=PRINT_HTML, js=PRINT_JS, isolate_styles=False)


@st.cache_resource(show_spinner=False)
def _scroll() -> ComponentRenderer:
    return st.components.v2.component("policybot_scroll", js=SCROLL_JS, isolate_styles=False)


@st.cache_resource(show_spinner=False)
def _announce() -> ComponentRenderer:
    return st.components.v2.component("policybot_announce", html=ANNOUNCE_HTML, js=ANNOUNCE_JS, isolate_styles=False)


@st.cache_resource(show_spinner=False)
def _bearings() -> ComponentRenderer:
    return st.components.v2.component("policybot_bearings", html=BEARINGS_HTML, js=BEARINGS_JS, isolate_styles=False)


def announce(text: str, key: str) -> None:
    """Have screen readers say `text` when it is another than before; '' says nothing."""
    _announce()(data={"text": text}, key=key, height="content")


def copy_button(text: str, key: str, label: str = "Copy answer") -> None:
    """A button that puts `text` on the clipboard and says that it has."""
    _copy()(data={"text": text, "label": label}, key=key, height="content")


def print_button(key: str, label: str = "Print", look: str = "pb-print") -> None:
    """A button that opens the browser's print window. `look`: its classes in the style sheets."""
    _print()(data={"label": label, "look": look}, key=key, height="content")


def scroll_to(anchor: str, visit: str, key: str, block: str = "start") -> None:
    """Bring the element with id `anchor` into view, once for each `visit`.

    `block` as in scrollIntoView: 'start' or 'center'.
    """
    _scroll()(data={"anchor": anchor, "visit": visit, "block": block}, key=key)


def bearings(key: str) -> None:
    """Mark the page that one is on among the bar's links, and have the skip link skip to here. Once a run, below the bar."""
    _bearings()(key=key, height="content")


def time_zone() -> tzinfo:
    """The browser's time zone; this computer's where it names none that is known."""
    try:
        return ZoneInfo(st.context.timezone or "")
    except (ValueError, ZoneInfoNotFoundError, OSError):
        return datetime.now().astimezone().tzinfo or UTC

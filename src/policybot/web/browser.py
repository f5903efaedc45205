"""What only the browser can do: copy to its clipboard, scroll to a place, and say something to those who listen.

Text reaches the browser as data and is set as text, never as markup.
"""

from __future__ import annotations

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

COPY_JS = """
export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button");
  const words = parentElement.querySelector("span");
  const say = (text) => { words.textContent = text; setTimeout(() => { words.textContent = data.label; }, 2500); };
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
COPY_HTML = '<button type="button" class="pb-copy"><span role="status"></span></button>'

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


@st.cache_resource(show_spinner=False)
def _copy() -> ComponentRenderer:
    return st.components.v2.component("policybot_copy", html=COPY_HTML, js=COPY_JS, isolate_styles=False)


@st.cache_resource(show_spinner=False)
def _scroll() -> ComponentRenderer:
    return st.components.v2.component("policybot_scroll", js=SCROLL_JS, isolate_styles=False)


@st.cache_resource(show_spinner=False)
def _announce() -> ComponentRenderer:
    return st.components.v2.component("policybot_announce", html=ANNOUNCE_HTML, js=ANNOUNCE_JS, isolate_styles=False)


def announce(text: str, key: str) -> None:
    """Have screen readers say `text` when it is another than before; '' says nothing."""
    _announce()(data={"text": text}, key=key, height="content")


def copy_button(text: str, key: str, label: str = "Copy answer") -> None:
    """A button that puts `text` on the clipboard and says that it has."""
    _copy()(data={"text": text, "label": label}, key=key, height="content")


def scroll_to(anchor: str, visit: str, key: str, block: str = "start") -> None:
    """Bring the element with id `anchor` into view, once for each `visit`.

    `block` as in scrollIntoView: 'start' or 'center'.
    """
    _scroll()(data={"anchor": anchor, "visit": visit, "block": block}, key=key)

"""The button that prints a procedure: only the browser can."""

from __future__ import annotations

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

PRINT_JS = """
export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button");
  button.textContent = data.label;
  button.onclick = () => window.print();
}
"""
PRINT_HTML = '<button type="button" class="pb-copy pb-print"></button>'


@st.cache_resource(show_spinner=False)
def _print() -> ComponentRenderer:
    return st.components.v2.component("policybot_print", html=PRINT_HTML, js=PRINT_JS, isolate_styles=False)


def print_button(key: str, label: str = "Print") -> None:
    """Opens the browser's print window; the style sheet leaves only the card on the paper."""
    _print()(data={"label": label}, key=key, height="content")

"""The button that prints a procedure."""

from __future__ import annotations

from policybot.web import browser


def print_button(key: str, label: str = "Print") -> None:
    """Opens the browser's print window; the style sheet leaves only the card on the paper."""
    browser.print_button(key, label, look="pb-copy pb-print")

"""The row of follow-ups under an answer: what would change it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from policybot.facets import Facet
from policybot.web import answer_view, frame


def row(facets: Sequence[Facet], key: str) -> str | None:
    """The follow-ups as buttons, and the question of the one that was pressed to bring about this run; None for none.

    `key` tells this row from others on the page.
    """
    if not facets:
        return None
    with st.container(key=f"facets-{key}"):
        st.html(answer_view.subheading("What would change the answer?"))
        with st.container(key=f"facet-row-{key}", horizontal=True):
            pressed = [st.button(frame.unmarked(facet.label), key=f"facet-{key}-{place}") for place, facet in enumerate(facets)]
    return next((facet.question for facet, was in zip(facets, pressed, strict=True) if was), None)

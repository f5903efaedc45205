"""What is shown of an answer while a chat model still words it: the verdict, then each sentence that holds.

Nothing shown is taken back: the whole answer stands in the same place, with the same verdict and sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from policybot.prompts import DraftSentence
from policybot.records import Verdict
from policybot.web import answer_view
from policybot.web.answer_view import Reference


class Progress:
    """Hears what PolicyBot.answer tells and shows it; to be called in the page's own thread, as `answer` does."""

    def __init__(self, place: DeltaGenerator, labels: Callable[[], Mapping[str, str]]) -> None:
        """`place`: the container of the answer. `labels`: the label of each clause by its id, asked for when first needed."""
        with place:
            self._badge, self._words = st.empty(), st.empty()
        self._labels, self._said = labels, list[tuple[str, tuple[Reference, ...]]]()

    def tell(self, told: Verdict | DraftSentence) -> None:
        """Show one thing more."""
        if isinstance(told, Verdict):
            self._badge.html(answer_view.badge(told))
            return
        labels = self._labels()
        self._said.append((told.text, tuple(Reference(labels[i]) for i in told.clauses)))
        self._words.html(answer_view.words(self._said))

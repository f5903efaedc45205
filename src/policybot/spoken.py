"""An answer with a chat model's sentences in it, out of the composed one and what became of the wording."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from policybot import compose
from policybot.fluent import Worded, stricter
from policybot.records import Answered, Citation, Sentence

Quote = Callable[[str, str], Citation]
"""Clause id and words -> the clause cited, with what of it is nearest to those words."""


def spoken(composed: Answered, worded: Worded, model: str, cite: Quote) -> Answered:
    """`composed` with the sentences that hold, and the clauses they rest on; with a remark alone where none does.

    The verdict is the reader's or a stricter one; every clause that `composed` cites stays cited.
    """
    if not worded.shown:
        remarks = (*composed.remarks, *compose.unworded(worded.outcome))
        text = compose.answered(composed.headline, remarks, composed.citations, composed.conditions, composed.contact)
        return replace(composed, remarks=remarks, text=text)
    citations = {c.clause_id: c for c in composed.citations}
    verdict = stricter(composed.verdict, worded, tuple(citations))
    for said in worded.shown:
        citations |= {i: cite(i, said.text) for i in said.clauses if i not in citations}
    sentences = tuple(Sentence(s.text, s.clauses, s.quote) for s in worded.shown)
    headline = composed.headline if verdict is composed.verdict else compose.headline(verdict)
    remarks = (*composed.remarks, *(() if worded.whole else (compose.BROKEN_OFF,)))
    told = tuple(citations.values())
    return replace(
        composed, verdict=verdict, headline=headline, remarks=remarks, sentences=sentences, citations=told, mode="generated", model=model,
        text=compose.generated(headline, remarks, sentences, told, composed.conditions, composed.contact),
    )  # fmt: skip

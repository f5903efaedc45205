"""The reading aids as HTML: what the marks of rule words say, and the words that a policy explains."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from policybot.reading_aids import Meaning
from policybot.records import Strength
from policybot.web.policy_text import meaning_id

LEGEND = {
    Strength.MUST: ("must", "You have to do it."),
    Strength.MUST_NOT: ("must not", "You are not allowed to do it."),
    Strength.SHOULD: ("should", "Do it, unless there is a good reason not to."),
    Strength.SHOULD_NOT: ("should not", "Do not do it, unless there is a good reason to."),
    Strength.MAY: ("may", "You are allowed to do it."),
}
"""What each mark says, and of words that say the same ('have to', 'can', 'is forbidden')."""


def legend() -> str:
    """Each mark as it stands in the text, and what it says."""
    rows = "".join(
        f'<div><dt><span class="pb-rule pb-{strength}">{word}</span></dt><dd>{escape(says)}</dd></div>'
        for strength, (word, says) in LEGEND.items()
    )
    return f'<dl class="pb-legend" aria-label="What the marks say">{rows}</dl>'


def glossary(meanings: Sequence[Meaning]) -> str:
    """The policy's own explanations, folded, each with the way to its clause."""
    rows = "".join(
        f'<dt>{escape(m.term)}</dt><dd><span class="pb-verbatim" id="{meaning_id(n)}">{escape(m.words)}</span> '
        f'<a href="#{escape(m.clause_id)}">{escape(m.label)}</a></dd>'
        for n, m in enumerate(meanings)
    )
    return f'<details class="pb-glossary"><summary>Words this policy explains ({len(meanings)})</summary><dl>{rows}</dl></details>'

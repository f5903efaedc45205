"""An answer in plain text: for the clipboard, and as a turn of the history."""

from __future__ import annotations

from policybot.records import Answer, Answered, Citation, Contact, Occasion, Turn, Verdict

TURN_LIMIT = 600
"""Longest assistant turn of a history, in characters."""


def citations(answer: Answer) -> tuple[Citation, ...]:
    """What the answer quotes: what governs, or what is nearest when the policy does not say."""
    return answer.citations if isinstance(answer, Answered) else answer.nearest


def quoted(answer: Answer) -> tuple[tuple[Citation, ...], tuple[Citation, ...]]:
    """What the page quotes: the clause that decides (() for none), and the others, in order.

    Below a worry there is only the clause that says whom to tell: what else the policy has is not for that moment.
    """
    if not isinstance(answer, Answered):
        return (), answer.nearest
    if answer.occasion is Occasion.DISCLOSURE:
        told = answer.contact.clause_id if answer.contact else None
        return tuple(c for c in answer.citations if c.clause_id == told)[:1], ()
    return answer.citations[:1], answer.citations[1:]


def source_of(citation: Citation) -> str:
    """'5.3 Acceptance of Friends, page 4'."""
    return f"{citation.label}, page {citation.page}" if citation.page else citation.label


def ask_of(contact: Contact) -> tuple[str, str]:
    """Whom to ask, and on whose word: ('the Head of Centre', 'your policy names them')."""
    return contact.who, "named in your policy" if contact.clause_id else "named by your organisation"


def plain(answer: Answer) -> str:
    """The whole answer to paste into a message, with its sources."""
    parts = [answer.question.text, answer.headline, *answer.remarks]
    quotes = citations(answer)
    if isinstance(answer, Answered) and answer.sentences:
        labels = {c.clause_id: c.label for c in answer.citations}
        parts.append(" ".join(f"{s.text} [{'; '.join(labels[i] for i in s.clause_ids)}]" for s in answer.sentences))
    if quotes and answer.verdict is Verdict.NOT_COVERED:
        parts.append("Closest, but does not settle it:")
    parts += [f"“{c.quote}”\n({c.policy}: {source_of(c)})" for c in quotes]
    if isinstance(answer, Answered) and answer.conditions:
        parts.append("Conditions and exceptions:\n" + "\n".join(f"- {c}" for c in answer.conditions))
    if answer.contact:
        ways = [w for w in (answer.contact.email, answer.contact.phone) if w]
        parts.append("Whom to ask: " + ", ".join((answer.contact.who, *ways)))
    parts += [f"Note: {n.text}" for n in answer.notices]
    return "\n\n".join(parts)


def history(turns: tuple[Answer, ...]) -> tuple[Turn, ...]:
    """The conversation as a question carries it: what was asked, and the answer in short."""
    said: list[Turn] = []
    for answer in turns:
        said.append(Turn("user", answer.question.text))
        quoted = answer.citations[0].quote if isinstance(answer, Answered) else ""
        said.append(Turn("assistant", f"{answer.headline} {quoted}".strip()[:TURN_LIMIT]))
    return tuple(said)

"""Verdict and clauses -> the words a person reads, without a chat model. Nothing here decides."""

from __future__ import annotations

import re
from collections.abc import Sequence

from policybot.contacts import SAFEGUARDING_ROLE
from policybot.records import Citation, Clause, Contact, Sentence, Strength, Verdict

HEADLINES: dict[Verdict, str] = {
    Verdict.ALLOWED: "Allowed.",
    Verdict.CONDITIONAL: "Allowed only on conditions.",
    Verdict.NOT_ALLOWED: "Not allowed.",
    Verdict.INFORMATIONAL: "What your policy says.",
    Verdict.NOT_COVERED: "Your policy does not say.",
}
BADGES: dict[Verdict, str] = {
    Verdict.ALLOWED: "Allowed",
    Verdict.CONDITIONAL: "Allowed if …",
    Verdict.NOT_ALLOWED: "Not allowed",
    Verdict.INFORMATIONAL: "Your policy says",
    Verdict.NOT_COVERED: "Your policy does not say",
}
ADVISED = {Strength.SHOULD, Strength.SHOULD_NOT}


def headline(verdict: Verdict, governing: Clause | None = None) -> str:
    """The verdict in a short sentence; a 'should not' is told from a 'must not'."""
    if verdict is Verdict.NOT_ALLOWED and governing is not None and governing.deontic.strength in ADVISED:
        return "Not allowed: your policy says this should not be done."
    return HEADLINES[verdict]


def answered(
    headline: str,
    remarks: Sequence[str],
    citations: Sequence[Citation],
    conditions: Sequence[str] = (),
    contact: Contact | None = None,
) -> str:
    """The answer as Markdown: verdict, facts and remarks, governing clause, conditions, further clauses, whom to ask.

    Notices are not in it: they speak of the document, not of the question, and every face shows them apart.
    """
    parts = [f"**{headline}**", *_listed(remarks), quoted(citations[0])]
    if conditions:
        parts.append("**Conditions and exceptions**\n\n" + "\n".join(f"- {c}" for c in conditions))
    if len(citations) > 1:
        parts += ["**Also**", *(quoted(c) for c in citations[1:])]
    return "\n\n".join([*parts, *([ask(contact)] if contact else [])])


BROKEN_OFF = "The chat model broke off here: a condition may be missing above. Read the clauses."


def generated(
    headline: str, remarks: Sequence[str], sentences: Sequence[Sentence], citations: Sequence[Citation],
    conditions: Sequence[str] = (), contact: Contact | None = None,
) -> str:  # fmt: skip
    """The answer in a chat model's words as Markdown: verdict, remarks, each sentence with the clauses it rests on, then those word for word."""
    labels = {c.clause_id: c.label for c in citations}
    said = " ".join(f"{_plain(s.text)} [{'; '.join(labels[i] for i in s.clause_ids)}]" for s in sentences)
    parts = [f"**{headline}**", *_listed(remarks), said]
    if conditions:
        parts.append("**Conditions and exceptions**\n\n" + "\n".join(f"- {c}" for c in conditions))
    parts += ["**In your policy's own words**", *(quoted(c) for c in citations)]
    return "\n\n".join([*parts, *([ask(contact)] if contact else [])])


def _plain(text: str) -> str:
    """Words that a model wrote, with nothing in them that Markdown would make a link, an image or emphasis of."""
    return re.sub(r"([\\`*_\[\]<>!#|])", r"\\\1", text)


def unworded(outcome: str) -> tuple[str, ...]:
    """What to say where a chat model was asked for words and gave none that could be shown."""
    why = {
        "timed_out": "took too long", "refused": "could not be reached or refused", "open_circuit": "could not be reached",
        "capped": "has reached this month's limit", "malformed": "gave no answer that can be read",
    }  # fmt: skip
    return (f"The chat model {why.get(outcome, 'wrote nothing that your policy bears out')}; this answer is composed from the clauses.",)


def not_covered(headline: str, remarks: Sequence[str], nearest: Sequence[Citation], contact: Contact | None) -> str:
    """The honest gap as Markdown: what does not settle it, and whom to ask."""
    parts = [f"**{headline}**", *remarks]
    if nearest:
        parts += ["**Closest, but does not settle it**", *(quoted(c) for c in nearest)]
    return "\n\n".join([*parts, *([ask(contact)] if contact else [])])


def nothing_settles(titles: Sequence[str]) -> str:
    """'Nothing in Social Media Policy settles this.'"""
    return f"Nothing in {' or '.join(dict.fromkeys(titles)) or 'your policies'} settles this."


PLACES = ("first", "second", "third")


def told_apart(conflict: bool, unsettled: Sequence[int], overruled: tuple[str, str] | None = None) -> tuple[str, ...]:
    """What a verdict alone would hide: clauses that contradict each other, a policy that counts before another (their titles, the one
    that counts first), and parts of the question left open (places from 0; what a person typed is not repeated: it may be anything)."""
    newer = (f"{overruled[0]} says that it takes the place of other rules: where it differs from {overruled[1]}, {overruled[0]} counts.",) if overruled else ()
    both = ("Your policy says both: one of these clauses allows it and another forbids it. Until that is settled, the stricter counts.",)
    return (*(both if conflict else ()), *newer, *(f"Your policy does not settle the {PLACES[part]} part of your question." for part in unsettled))


def _listed(remarks: Sequence[str]) -> list[str]:
    return ["\n".join(f"- {r}" for r in remarks)] if remarks else []


def quoted(citation: Citation) -> str:
    """A quote as a Markdown block with the label and page under it."""
    lines = "\n".join(f"> {line}" for line in citation.quote.split("\n") if line.strip())
    page = f", page {citation.page}" if citation.page else ""
    return f"{lines}\n>\n> — {citation.label}{page}"


def ask(contact: Contact) -> str:
    """Whom to ask, in a sentence."""
    ways = " · ".join(w for w in (contact.email, contact.phone) if w)
    named = "your policy names" if contact.clause_id else "your organisation has asked you to contact"
    return f"**Ask:** {contact.who} ({named} them){': ' + ways if ways else ''}."


DANGER = "If somebody is in danger now, call 999 first. Do not promise to keep it secret, do not question the person, and write down what was said in their own words."


def tell(contact: Contact | None) -> str:
    """The first line of the reply to a disclosure."""
    if contact is None:
        return "Tell your safeguarding lead or the most senior person on site now."
    named = "your policy says so" if contact.clause_id else "your organisation's safeguarding contact"
    ways = " · ".join(w for w in (contact.email, contact.phone) if w)
    return f"Tell {_in_a_sentence(contact.who)} now ({named}){': ' + ways if ways else ''}."


def _in_a_sentence(who: str) -> str:
    """`who` after a verb: 'The Head' as 'the Head', 'DSL' as 'the DSL'; a person's name as it is."""
    article = re.match(r"(?:the|your|our|an?)\s", who, re.I)
    if article:
        return article.group().lower() + who[article.end() :]
    role = SAFEGUARDING_ROLE.match(who) or re.match(r"head ?teacher|principal", who, re.I)
    return f"the {who}" if role and re.match(r"$|\W*[(,]| or | and ", who[role.end() :]) else who


def in_case(contact: Contact | None) -> str:
    """The first line of the reply to what may be a worry about somebody."""
    return f"If somebody may be at risk: {tell(contact)}"


def disclosed(headline: str, route: Citation | None, citations: Sequence[Citation]) -> str:
    """The reply to a disclosure as Markdown: whom to tell, on which clause's word, and only then what else the policy says."""
    parts = [f"**{headline}**", *([quoted(route)] if route else []), DANGER]
    if citations:
        parts += ["**Also in your policy**", *(quoted(c) for c in citations)]
    return "\n\n".join(parts)

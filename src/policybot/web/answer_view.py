"""An answer as HTML. Every word of a policy or a person is escaped; nothing here decides."""

from __future__ import annotations

from html import escape

from policybot.compose import BADGES
from policybot.records import Answer, Answered, Citation, Contact, Notice, NoticeKind, Verdict
from policybot.web.answer_text import ask_of, headline, remarks, source_of

NOTICE_NAMES: dict[NoticeKind, str] = {
    NoticeKind.REVIEW_OVERDUE: "Review overdue",
    NoticeKind.INCONSISTENT: "The policy contradicts itself",
    NoticeKind.SUPERSEDED_LAW: "The law has changed",
    NoticeKind.SAFEGUARDING: "Safeguarding",
    NoticeKind.DEFUNCT_PLATFORM: "An old platform",
    NoticeKind.MISSING_DOCUMENT: "Another document",
    NoticeKind.RESTATED_EDITION: "Demonstration edition",
}


def asked(text: str, anchor: str) -> str:
    """The person's own question; `anchor` is the id to scroll to."""
    return f'<div class="pb-asked" id="{anchor}"><p><span class="pb-hidden">You asked: </span>{escape(text)}</p></div>'


def verdict(answer: Answer) -> str:
    """The badge, the verdict in a sentence, and what else is said before the quotes."""
    said = remarks(answer)
    facts = said if isinstance(answer, Answered) and all(":" in line for line in said) else ()
    body = _list(facts, "pb-facts") if facts else "".join(f"<p>{escape(line)}</p>" for line in said)
    sentence = headline(answer)
    lead = "" if sentence.rstrip(".").lower() == BADGES[answer.verdict].lower() else f'<p class="pb-lead">{escape(sentence)}</p>'
    return (
        f'<div class="pb-verdict pb-{answer.verdict}"><h2 class="pb-badge"><i aria-hidden="true"></i><span>{escape(BADGES[answer.verdict])}</span></h2>'
        f"{lead}{body}</div>"
    )


def quote(citation: Citation, governing: bool) -> str:
    """A quote with its label and page, the words of the clause around it dimmed."""
    kind = "pb-quote pb-governing" if governing else "pb-quote"
    page = f'<span class="pb-page">page {citation.page}</span>' if citation.page else ""
    return (
        f'<figure class="{kind}"><figcaption><strong>{escape(citation.label)}</strong>{page}'
        f'<span class="pb-title">{escape(citation.policy)}</span></figcaption>'
        f"<blockquote>{_lines(citation.quote)}</blockquote></figure>"
    )


def welcome(organisation: str, titles: tuple[str, ...]) -> str:
    """What this page is for, before the first question."""
    held = ", ".join(f"<strong>{escape(t)}</strong>" for t in titles) or "its policies"
    return (
        f'<div class="pb-intro"><h1>What would you like to know?</h1><p>Answers come from what {escape(organisation)} has '
        f"written down ({held}) and from nowhere else. Each quotes it word for word.</p></div>"
    )


def subheading(text: str) -> str:
    """A line over the cards that follow."""
    return f'<h3 class="pb-subheading">{escape(text)}</h3>'


def conditions(pieces: tuple[str, ...]) -> str:
    """Conditions and exceptions, as a list to check oneself against."""
    return f'<section class="pb-conditions"><h3>Check first</h3>{_list(pieces, "pb-checks")}</section>'


def contact(who: Contact) -> str:
    """Whom to ask, and on whose word."""
    name, word = ask_of(who)
    ways = []
    if who.email:
        ways.append(f'<a href="mailto:{escape(who.email)}">{escape(who.email)}</a>')
    if who.phone:
        ways.append(f'<a href="tel:{escape(who.phone.replace(" ", ""))}">{escape(who.phone)}</a>')
    more = f"<p>{' · '.join(ways)}</p>" if ways else ""
    return f'<section class="pb-contact"><h3>Whom to ask</h3><p><strong>{escape(_capital(name))}</strong> <span>({word})</span></p>{more}</section>'


def notices(told: tuple[Notice, ...]) -> str:
    """Small notes under the answer."""
    items = "".join(f"<li><strong>{NOTICE_NAMES[n.kind]}.</strong> {escape(n.text)}</li>" for n in told)
    return f'<ul class="pb-notices">{items}</ul>'


def _list(lines: tuple[str, ...], kind: str) -> str:
    return f'<ul class="{kind}">' + "".join(f"<li>{_lines(line)}</li>" for line in lines) + "</ul>"


def _lines(text: str) -> str:
    """Text with its own line breaks kept by the style sheet, never as markup."""
    return f'<span class="pb-verbatim">{escape(text)}</span>'


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

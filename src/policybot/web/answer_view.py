"""An answer as HTML. Every word of a policy or a person is escaped; nothing here decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from policybot.compose import BADGES, HEADLINES
from policybot.records import Answer, Citation, Contact, Notice, NoticeKind, Occasion, Verdict
from policybot.web.answer_text import ask_of

NOTICE_NAMES: dict[NoticeKind, str] = {
    NoticeKind.REVIEW_OVERDUE: "Review overdue",
    NoticeKind.INCONSISTENT: "The policy contradicts itself",
    NoticeKind.SUPERSEDED_LAW: "The law has changed",
    NoticeKind.SAFEGUARDING: "Safeguarding",
    NoticeKind.DEFUNCT_PLATFORM: "An old platform",
    NoticeKind.MISSING_DOCUMENT: "Another document",
    NoticeKind.RESTATED_EDITION: "Demonstration edition",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A clause that a sentence rests on, by its label; `anchor`: the id of its card, None while there is none."""

    label: str
    anchor: str | None = None


def asked(text: str, anchor: str) -> str:
    """The person's own question; `anchor` is the id to scroll to."""
    return f'<div class="pb-asked" id="{anchor}"><p><span class="pb-hidden">You asked: </span>{escape(text)}</p></div>'


def verdict(answer: Answer) -> str:
    """The badge, what the verdict's own sentence adds to it, and what else is said."""
    if answer.occasion is Occasion.GREETING:
        return f'<div class="pb-verdict pb-greeting"><p>{escape(answer.headline)}</p></div>'
    if answer.occasion is Occasion.DISCLOSURE:
        return _tell(answer)
    first = ""
    if answer.occasion is Occasion.POSSIBLE_DISCLOSURE:
        line = answer.text.split("\n", 1)[0].strip("*")
        first = f'<div class="pb-verdict pb-disclosure" role="alert"><p>{escape(line)}</p></div>'
    said = (*(() if answer.headline == HEADLINES[answer.verdict] else (answer.headline,)), *answer.remarks)
    return f"{first}{badge(answer.verdict, said)}"


def announced(turns: Sequence[Answer]) -> str:
    """What a screen reader says once an answer stands; '' for none, and for a worry, whose card is an alert of its own.

    The number tells two answers with the same verdict apart.
    """
    if not turns or turns[-1].occasion in (Occasion.GREETING, Occasion.DISCLOSURE):
        return ""
    return f"Answer {len(turns)}: {BADGES[turns[-1].verdict]}."


def badge(ruled: Verdict, said: Sequence[str] = ()) -> str:
    """The badge alone, and what is said under it."""
    mark = f'<h2 class="pb-badge"><i aria-hidden="true"></i><span>{escape(BADGES[ruled])}</span></h2>'
    return f'<div class="pb-verdict pb-{ruled}">{mark}{"".join(f"<p>{escape(s)}</p>" for s in said)}</div>'


def words(said: Sequence[tuple[str, Sequence[Reference]]]) -> str:
    """A chat model's sentences, each with what it rests on."""
    shown = " ".join(f"<span>{escape(text)} {' '.join(_reference(to) for to in rests_on)}</span>" for text, rests_on in said)
    return f'<p class="pb-words">{shown}</p>'


def _reference(to: Reference) -> str:
    label = f"[{escape(to.label)}]"
    return f'<a class="pb-ref" href="#{to.anchor}">{label}</a>' if to.anchor else f'<span class="pb-ref">{label}</span>'


def _tell(answer: Answer) -> str:
    """The safeguarding card: whom to tell, large, and what to do until then."""
    ways = _ways(answer.contact) if answer.contact else ""
    more = "".join(f"<p>{escape(s)}</p>" for s in answer.remarks)
    return f'<div class="pb-verdict pb-disclosure" role="alert"><h2>{escape(answer.headline)}</h2>{ways}{more}</div>'


def quote(citation: Citation, governing: bool, anchor: str) -> str:
    """A quote with its label, page and policy; `anchor` is the id that sentences refer to."""
    kind = "pb-quote pb-governing" if governing else "pb-quote"
    page = f'<span class="pb-page">page {citation.page}</span>' if citation.page else ""
    return (
        f'<figure class="{kind}" id="{anchor}"><figcaption><strong>{escape(citation.label)}</strong>{page}'
        f'<span class="pb-title">{escape(citation.policy)}</span></figcaption>'
        f"<blockquote>{_lines(citation.quote)}</blockquote></figure>"
    )


def welcome(organisation: str, titles: tuple[str, ...]) -> str:
    """What this page is for, before the first question."""
    held = " and ".join(f"<strong>{escape(t)}</strong>" for t in titles) or "policies"
    return (
        '<div class="pb-intro"><h1>What would you like to know?</h1>'
        f"<p>Every answer quotes your own {held} of {escape(organisation)} word for word. "
        "Nothing comes from anywhere else.</p></div>"
    )


def subheading(text: str) -> str:
    """A line over the cards that follow."""
    return f'<h3 class="pb-subheading">{escape(text)}</h3>'


def conditions(pieces: tuple[str, ...], ruled: Verdict) -> str:
    """Conditions and exceptions, as a list to check oneself against."""
    heading = "Conditions and exceptions" if ruled is Verdict.NOT_ALLOWED else "Check first"
    items = "".join(f'<li><label><input type="checkbox">{_lines(piece)}</label></li>' for piece in pieces)
    return f'<section class="pb-conditions"><h3>{heading}</h3><ul class="pb-checks">{items}</ul></section>'


def contact(who: Contact) -> str:
    """Whom to ask, and on whose word."""
    name, word = ask_of(who)
    named = f"<p><strong>{escape(_capital(name))}</strong> <span>({word})</span></p>"
    return f'<section class="pb-contact"><h3>Whom to ask</h3>{named}{_ways(who)}</section>'


def _ways(who: Contact) -> str:
    """Mail and telephone as links; "" without either."""
    ways = []
    if who.email:
        ways.append(f'<a href="mailto:{escape(who.email)}">{escape(who.email)}</a>')
    if who.phone:
        ways.append(f'<a href="tel:{escape(who.phone.replace(" ", ""))}">{escape(who.phone)}</a>')
    return f"<p>{' · '.join(ways)}</p>" if ways else ""


def notices(told: tuple[Notice, ...]) -> str:
    """Small notes under the answer."""
    items = "".join(f"<li><strong>{NOTICE_NAMES[n.kind]}.</strong> {escape(n.text)}</li>" for n in told)
    return f'<ul class="pb-notices">{items}</ul>'


def _lines(text: str) -> str:
    """Text with its own line breaks kept by the style sheet, never as markup."""
    return f'<span class="pb-verbatim">{escape(text)}</span>'


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

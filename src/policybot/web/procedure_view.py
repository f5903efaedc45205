"""Procedures as HTML: steps, the table of responsibilities, the timeline. Every word of a policy is escaped; nothing here decides."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from policybot.compose import DANGER
from policybot.currency import spoken
from policybot.procedures import WORDS, Section, Step, force_words
from policybot.records import Clause, Contact, Strength
from policybot.responsibilities import Cell, Matrix, Row
from policybot.review_dates import Moment, ReviewDate

MOMENTS = {
    Moment.LAST: "Last reviewed",
    Moment.NEXT: "Next review",
    Moment.RECKONED: "Next review, worked out",
    Moment.AGAIN: "Again and again",
}
TOLD = "Is told or asked"
ADDED = "The policy gives no date. This is the last review with the time between reviews added."


def first(contacts: Sequence[Contact]) -> str:
    """The safeguarding card: whom to tell, before everything else."""
    lines = "".join(_teller(who) for who in contacts) or (
        '<p class="pb-first-who">Your policy names nobody. Tell the most senior person on site.</p>'
    )
    return (
        '<section class="pb-first" aria-labelledby="first-heading"><h2 id="first-heading">Worried about somebody? Tell first</h2>'
        f"{lines}<p>{escape(DANGER)}</p></section>"
    )


def _teller(who: Contact) -> str:
    source = "your policy says so" if who.clause_id else "your organisation’s contact"
    ways = []
    if who.phone:
        ways.append(f'<a href="tel:{escape(who.phone.replace(" ", ""))}">{escape(who.phone)}</a>')
    if who.email:
        ways.append(f'<a href="mailto:{escape(who.email)}">{escape(who.email)}</a>')
    links = f'<p class="pb-ways">{"".join(ways)}</p>' if ways else ""
    return f'<p class="pb-first-who"><strong>{escape(_capital(who.who))}</strong> <span>({source})</span></p>{links}'


def title(text: str, said: str, verbatim: bool = False) -> str:
    """A card's heading, and a line that says what it is."""
    shown = f"<q>{escape(text)}</q>" if verbatim else escape(text)
    return f'<div class="pb-card-title"><h2>{shown}</h2><p>{escape(said)}</p></div>'


def subheading(text: str) -> str:
    """A line over the steps that follow."""
    return f'<h3 class="pb-part">{escape(text)}</h3>'


def note(text: str) -> str:
    """A short remark of ours."""
    return f'<p class="pb-remark" role="status">{escape(text)}</p>'


def worry(said: str) -> str:
    """What comes before any clause where somebody may be at risk."""
    return f'<div class="pb-verdict pb-disclosure" role="alert"><h2>{escape(said)}</h2><p>{escape(DANGER)}</p></div>'


def section(of: Section, titles: bool) -> str:
    """Where the steps below stand, and the lead-in they read on from; `titles`: there is more than one policy."""
    heading = " · ".join(p for p in ((of.policy.title if titles else ""), of.heading) if p)
    stem = f'<p class="pb-stem">{_lines(of.stem)}</p>' if of.stem else ""
    return f'<div class="pb-section"><h4>{escape(heading or of.policy.title)}</h4>{stem}</div>'


def step(of: Step) -> str:
    """One step: its number, force, words, and whose it is."""
    badges = "".join(_badge(s) for s in of.strengths) or f'<span class="pb-duty pb-duty-note">{force_words(of)[0]}</span>'
    return (
        f'<div class="pb-step"><p class="pb-step-head"><span class="pb-number"><span class="pb-hidden">Step </span>{of.number}</span>'
        f"{badges}</p>"
        f'<blockquote>{_lines(of.clause.text)}</blockquote>{_parties(of.actors, of.told)}<p class="pb-cite">{_cite(of.clause)}</p></div>'
    )


def _parties(actors: Sequence[str], told: Sequence[str] = ()) -> str:
    """Who does it and who is told; '' where the clause names nobody."""
    named = (("Who", actors), (TOLD, told))
    shown = "".join(f"<div><dt>{head}</dt><dd>{escape(', '.join(map(_capital, who)))}</dd></div>" for head, who in named if who)
    return f'<dl class="pb-parties">{shown}</dl>' if shown else ""


def _badge(strength: Strength) -> str:
    return f'<span class="pb-duty pb-duty-{strength}"><i aria-hidden="true"></i>{WORDS[strength]}</span>'


def _cite(clause: Clause) -> str:
    page = f", page {clause.page}" if clause.page else ""
    return f"{escape(clause.label)}{page}"


def table(of: Matrix, titles: dict[str, str]) -> str:
    """Roles across, duties down; on a phone each duty is a card. `titles`: policies by id, {} where there is only one."""
    heads = "".join(f'<th scope="col">{escape(role)}</th>' for role in of.roles)
    body = "".join(_row(row, of.roles, titles) for row in of.rows)
    return (
        '<div class="pb-table pb-matrix" role="region" aria-label="Who does what" tabindex="0"><table>'
        f'<caption>Who does what. Each row is one clause.</caption><thead><tr><th scope="col">Clause</th>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(row: Row, roles: tuple[str, ...], titles: dict[str, str]) -> str:
    clause = row.duty.clause
    policy = f"{escape(titles[clause.policy_id])}: " if clause.policy_id in titles else ""
    stem = f'<span class="pb-stem">{_lines(clause.stem)}</span> ' if clause.stem else ""
    head = f'<th scope="row"><span class="pb-cite">{policy}{_cite(clause)}</span><span>{stem}{_lines(clause.text)}</span></th>'
    cells = "".join(
        f'<td data-head="{escape(role)}">{_cell(cell)}</td>' if cell else "<td></td>" for role, cell in zip(roles, row.cells, strict=True)
    )
    return f"<tr>{head}{cells}</tr>"


def _cell(cell: Cell) -> str:
    badges = "".join(_badge(s) for s in dict.fromkeys(r.strength for r in cell.rules))
    return badges + ('<span class="pb-duty pb-duty-told">Told or asked</span>' if cell.told else "")


def moment(line: ReviewDate, titles: bool) -> str:
    """One line of the timeline."""
    kind = "pb-overdue" if line.overdue else f"pb-moment-{line.moment}"
    when = _capital(line.value) if line.moment is Moment.AGAIN else spoken(line.value)
    said = f"Overdue: it was due by {when}" if line.overdue else f"{MOMENTS[line.moment]}: {when}"
    policy = f"{line.policy}: " if titles else ""
    worked = f"<p>{ADDED}</p>" if line.moment is Moment.RECKONED else ""
    return (
        f'<div class="pb-moment {kind}"><p class="pb-when"><i aria-hidden="true"></i><strong>{escape(said)}</strong></p>'
        f"<blockquote>{_lines(line.words)}</blockquote>{worked}{_parties(line.actors)}"
        f'<p class="pb-cite">{escape(policy)}{_cite(line.clause)}</p></div>'
    )


def _lines(text: str) -> str:
    """Text with its own line breaks kept by the style sheet, never as markup."""
    return f'<span class="pb-verbatim">{escape(text)}</span>'


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

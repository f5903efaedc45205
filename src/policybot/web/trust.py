"""The Trust page: what the policies of several organisations say on one topic, side by side. For trust leads alone."""

from __future__ import annotations

from datetime import UTC, date
from html import escape

import streamlit as st

from policybot.audit import Audit, Look, look_of
from policybot.comparison import (
    LONGEST,
    NAMES,
    Column,
    Comparison,
    Finding,
    Review,
    Stance,
    compare,
    headings,
    shelves_for,
    tell_first,
    topic_of,
)
from policybot.identity import Role, require_role
from policybot.library import Shelf
from policybot.privacy import own_names
from policybot.records import Answer
from policybot.settings import Settings
from policybot.web import answer_view, browser, frame
from policybot.web.visit import Visit

SHOWN = "trust-shown"
ANCHOR = "compared"


@st.cache_resource(show_spinner=False)
def _audit_of(database: str, _settings: Settings) -> Audit:
    """The record in the database at this address, opened once."""
    return Audit.open(_settings)


def show(visit: Visit) -> None:
    """Ask for a topic, and show what was compared last. RoleMissing for anyone but a trust lead, whatever address they came by."""
    frame.bar(visit.organisation, visit.listed)
    require_role(visit.user, Role.TRUST_LEAD, "The page Trust")
    with st.container(key="trust"), frame.problems():
        shelves = shelves_for(visit.user, visit.bot.library)
        st.html(_intro(shelves))
        typed, picked = _asked(visit)
        result = st.container(key="trust-result")
        with result, frame.problems():
            if typed is not None or picked is not None:
                _look_up(visit, shelves, typed, picked)
            _shown(visit)
        _before(_audit_of(visit.bot.settings.database, visit.bot.settings).of_person(visit.user.person), shelves)


def _asked(visit: Visit) -> tuple[str | None, str | None]:
    """What was typed, or which heading was picked, when one of the buttons was pressed just now."""
    with st.form(key="trust-typed", border=False):
        typed = st.text_input(
            "Topic or question", key="trust-topic", max_chars=LONGEST, placeholder="For example: friend requests from pupils"
        )  # fmt: skip
        compared = st.form_submit_button("Compare", type="primary")
    own = headings(visit.shelf.policies())
    if not own:
        return (typed if compared else None), None
    with st.expander("Or pick a heading of your own policy", key="trust-headings"), st.form(key="trust-picked", border=False):
        picked = st.selectbox("Heading", own, key="trust-heading")
        by_heading = st.form_submit_button("Compare this heading")
    return (typed if compared else None), (picked if by_heading else None)


def _look_up(visit: Visit, shelves: tuple[Shelf, ...], typed: str | None, picked: str | None) -> None:
    """Compare, record, and only then keep what is to be shown."""
    st.session_state.pop(SHOWN, None)
    bot, user = visit.bot, visit.user
    topic = topic_of(picked if typed is None else typed)
    # A heading is the policy's word and nobody's story.
    worry = tell_first(topic, bot.library.shelf(user.organisation), bot.reader) if picked is None else None
    if worry is not None:
        st.session_state[SHOWN] = user, worry
        return
    with st.spinner("Reading the policies …"):
        found = compare(topic, shelves, bot.reader, bot.settings.today or date.today())
        names = own_names([clause.searchable for shelf in shelves for clause in shelf.clauses()])
    keep = (*names, *(shelf.organisation.name for shelf in shelves))
    look = look_of(found, user, keep)
    _audit_of(bot.settings.database, bot.settings).record(look)
    st.session_state[SHOWN] = user, found
    browser.scroll_to(ANCHOR, look.id, key="scroll-trust")


def _shown(visit: Visit) -> None:
    """What was found last, for whoever found it and for nobody else."""
    user, found = st.session_state.get(SHOWN, (None, None))
    if user != visit.user or found is None:
        return
    st.html(_compared(found) if isinstance(found, Comparison) else _told(found))


def _before(looks: tuple[Look, ...], shelves: tuple[Shelf, ...]) -> None:
    """The person's own last comparisons, and that they are recorded."""
    names = {shelf.organisation.slug: shelf.organisation.name for shelf in shelves}
    items = "".join(_look(look, names) for look in looks)
    made = f'<ul class="pb-trust-looks">{items}</ul>' if items else "<p>You have not compared anything yet.</p>"
    with st.expander("Your last comparisons", key="trust-before"):
        st.html(made)


def _look(look: Look, names: dict[str, str]) -> str:
    # An organisation that they look after no longer is not theirs to see by name.
    where = ", ".join(dict.fromkeys(names.get(slug, "another organisation") for slug in look.organisations))
    quoted = f"{len(look.clauses)} clause{'s' if len(look.clauses) != 1 else ''} shown"
    when = look.at.astimezone(UTC)
    return f"<li><strong>{escape(look.topic)}</strong><span>{when:%-d %B %Y, %H:%M} UTC · {quoted} · {escape(where)}</span></li>"


def _intro(shelves: tuple[Shelf, ...]) -> str:
    count = len(shelves)
    held = "1 organisation" if count == 1 else f"{count} organisations"
    return (
        f'<div class="pb-intro"><h1>Compare policies</h1><p>See what the policies of your {held} say on one topic, word for word. '
        "This page shows the rules. It does not say which is best.</p></div>"
        '<p class="pb-trust-recorded"><strong>Each comparison is recorded:</strong> '
        "your name, the time, the topic and the clauses you see.</p>"
    )


def _told(worry: Answer) -> str:
    """Whom to tell; nothing was compared."""
    return (
        f"{answer_view.verdict(worry)}<p>This was not compared, and nothing of it was kept. "
        "If you are not worried about anybody, use other words or pick a heading.</p>"
    )


def _compared(found: Comparison) -> str:
    """The summary of forces, then the columns."""
    rows = "".join(f"<li>{_force(stance)} <span>{escape(', '.join(who))}</span></li>" for stance, who in found.forces)
    columns = "".join(_column(column) for column in found.columns)
    return (
        f'<section class="pb-trust" id="{ANCHOR}"><h2>{escape(found.topic)}</h2>'
        f'<p class="pb-trust-told" role="status">{escape(found.told)}</p><ul class="pb-trust-forces">{rows}</ul>'
        '<p class="pb-soft">This goes by the nearest clause of each. '
        "“Must refuse” and “must not accept” mean the same: read the clauses.</p>"
        f'<div class="pb-trust-columns">{columns}</div></section>'
    )


def _force(stance: Stance) -> str:
    """The force as icon, word and colour."""
    return f'<strong class="pb-force pb-force-{stance}"><i aria-hidden="true"></i>{escape(NAMES[stance])}</strong>'


def _column(column: Column) -> str:
    colour, _ = frame.bar_colours(column.organisation.colour)
    reviews = "".join(_review(review, column) for review in column.reviews)
    nearest = "<h4>Nearest, but does not settle it</h4>" if column.findings and not column.settles else ""
    return (
        f'<section class="pb-trust-column" style="--own:{colour}"><h3>{escape(column.organisation.name)}</h3>{_silence(column)}{reviews}'
        f"{nearest}{''.join(_finding(f) for f in column.findings)}</section>"
    )


def _review(review: Review, column: Column) -> str:
    """A review date, with the policy's title where there are dates of several."""
    title = f"{review.policy}. " if len(column.reviews) > 1 else ""
    return f'<p class="{"pb-trust-overdue" if review.overdue else "pb-soft"}">{escape(title + review.text)}</p>'


def _silence(column: Column) -> str:
    said = {Stance.SILENT: "Its policy does not say.", Stance.NO_POLICY: "It has no policy here yet."}.get(column.stance)
    return f'<p class="pb-trust-silent">{said}</p>' if said else ""


def _finding(finding: Finding) -> str:
    cited = finding.citation
    page = f'<span class="pb-page">page {cited.page}</span>' if cited.page else ""
    return (
        f'<figure class="pb-quote">{_force(finding.stance)}'
        f'<figcaption><strong>{escape(cited.label)}</strong>{page}<span class="pb-title">{escape(cited.policy)}</span></figcaption>'
        f'<blockquote><span class="pb-verbatim">{escape(cited.quote)}</span></blockquote></figure>'
    )

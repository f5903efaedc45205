"""The Procedures page: who must do what, in the words of one's own organisation's policies."""

from __future__ import annotations

from datetime import date

import streamlit as st

from policybot import compose
from policybot.disclosure import Worry
from policybot.procedure_word import Letterhead, procedure_word
from policybot.procedures import FORCES, Card, Procedures, what_to_do
from policybot.records import Clause
from policybot.responsibilities import UNSAID
from policybot.review_calendar import review_calendar, upcoming
from policybot.review_dates import review_dates
from policybot.web import frame, procedure_view, session
from policybot.web.procedure_print import print_button
from policybot.web.visit import Visit

ROLE, HAPPENED, MATRIX, DATES = "By role", "By what happens", "Who does what", "Review dates"
PARTS = (ROLE, HAPPENED, MATRIX, DATES)
FORCE_NAMES = {"must": "must or must not do", "should": "should or should not do", "may": "may do"}
CHOOSE = "Choose the policy’s own words"
LONGEST = 1000
"""Longest account of what happened that the box takes, in characters."""
WORD_FILE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def show(visit: Visit) -> None:
    """Whom to tell first, then the procedures."""
    organisation = visit.organisation
    frame.bar(organisation, visit.listed)
    shelf = visit.shelf
    found = _read(visit, organisation.slug, shelf.version)
    with st.container(key="procedures"):
        st.html(procedure_view.first(found.first_to_tell))
        st.html('<div class="pb-intro"><h1>Procedures</h1><p>Who must do what, in your policy’s own words.</p></div>')
        part = st.segmented_control("What do you want to see?", PARTS, default=ROLE, required=True, key="procedures-part")
        {ROLE: _by_role, HAPPENED: _by_event, MATRIX: _matrix, DATES: _dates}[part](visit, found)


@st.cache_resource(show_spinner=False, max_entries=64)
def _read(_visit: Visit, organisation: str, version: str) -> Procedures:
    """One organisation's procedures, kept until its policies change."""
    return Procedures(_visit.bot.library.shelf(organisation))


def _forces() -> tuple[str, ...]:
    """The forces that are ticked; all of them where none is."""
    st.html('<p class="pb-show">Show what people …</p>')
    with st.container(key="forces", horizontal=True):
        ticked = tuple(f for f in FORCES if st.checkbox(FORCE_NAMES[f], value=True, key=f"force-{f}"))
    return ticked or tuple(FORCES)


def _by_role(visit: Visit, found: Procedures) -> None:
    roles = {r.name: r for r in found.responsibilities}
    if not roles:
        st.html(procedure_view.note("No clause of your policy lays a duty on anybody."))
        return
    name = st.selectbox("Role", list(roles), key="role")
    forces = _forces()
    does, told = found.of_role(roles[name], forces)
    said = "Your policy does not say who must do this." if name == UNSAID else "What your policy says of this role."
    parts = [("", does), ("What this role is told or asked", told)]
    _card(visit, found, procedure_view.title(name, said), name, parts)


def _by_event(visit: Visit, found: Procedures) -> None:
    with st.form("happened", border=False):
        example = "For example: a pupil sent a friend request"
        typed = st.text_area("What has happened?", max_chars=LONGEST, key="happened-text", placeholder=example)
        st.html('<p class="pb-soft">In your own words. Leave out names. Nothing you type here is kept.</p>')
        st.form_submit_button("Find what to do")
    if typed and typed.strip():
        _answered(visit, found, typed.strip())
        return
    places = {t.words: t for t in found.triggers if not t.heading}
    headings = {t.words: t for t in found.triggers if t.heading}
    named = {"words": places, "sections": headings}
    event = st.selectbox("Or pick what your policy speaks of", list(places), index=None, key="event", placeholder=CHOOSE)
    topic = None if event else st.selectbox("Or pick a section", list(headings), index=None, key="topic", placeholder="Choose a heading")
    trigger = named["words"].get(event) if event else named["sections"].get(topic or "")
    if trigger:
        own, beside = found.of_trigger(trigger, _forces())
        head = procedure_view.title(trigger.words, "What your policy says of this.", verbatim=not trigger.heading)
        _card(visit, found, head, trigger.words, [("", own), ("Also in this section of the policy", beside)])


def _answered(visit: Visit, found: Procedures, typed: str) -> None:
    """What the policy says about what was typed; a worry about somebody comes first."""
    shelf = visit.shelf
    with st.spinner("Reading your policy …"):
        told = what_to_do(shelf, visit.bot.reader, typed)
    if told.worry is not Worry.NONE:
        who = found.first_to_tell[0] if found.first_to_tell else None
        st.html(procedure_view.worry(compose.tell(who) if told.worry is Worry.CERTAIN else compose.in_case(who)))
    card = found.of_clauses("What to do", told.clauses)
    if told.covered:
        head = procedure_view.title("What to do", "These clauses speak of it. Read each one whole.")
        _card(visit, found, head, "What to do", [("", card)])
        return
    st.html(procedure_view.note("Your policy does not say what to do about this."))
    if card.steps:
        head = procedure_view.title("Closest, but does not settle it", "Ask the person who owns the policy.")
        _card(visit, found, head, "Closest clauses", [("", card)])


def _card(visit: Visit, found: Procedures, head: str, name: str, parts: list[tuple[str, Card]]) -> None:
    """A procedure: its steps, each a way into the policy, and the ways to take it along."""
    with st.container(key="paper"):
        st.html(head)
        if not any(card.steps for _, card in parts):
            st.html(procedure_view.note("Nothing of this kind. Tick more above."))
            return
        for number, (heading, card) in enumerate(parts):
            if heading and card.steps:
                st.html(procedure_view.subheading(heading))
            _steps(visit, found, card, number)
    organisation = visit.organisation
    paper = Letterhead(organisation, found.first_to_tell, _today(visit))
    with st.container(key="take-along", horizontal=True):
        print_button(key="print-card")
        st.download_button(
            "Save as Word", lambda: procedure_word(name, parts, paper), "procedure.docx", WORD_FILE, key="word", on_click="ignore"
        )


def _steps(visit: Visit, found: Procedures, card: Card, part: int) -> None:
    for section in card.sections:
        st.html(procedure_view.section(section, len(found.policies) > 1))
        for step in section.steps:
            with st.container(key=f"step-{part}-{step.number}"):
                st.html(procedure_view.step(step))
                _open(visit, step.clause, f"{part}-{step.number}")


def _open(visit: Visit, clause: Clause, key: str) -> None:
    if st.button("Open in the policy", key=f"open-{key}", type="tertiary", icon=":material/menu_book:"):
        session.open_clause(clause.id)
        st.switch_page(visit.pages["policies"])


def _matrix(visit: Visit, found: Procedures) -> None:
    shown = found.matrix(_forces())
    titles = {p.id: p.title for p in found.policies.values()} if len(found.policies) > 1 else {}
    if not shown.rows:
        st.html(procedure_view.note("Nothing of this kind. Tick more above."))
        return
    with st.container(key="paper"):
        st.html(procedure_view.table(shown, titles))
    print_button(key="print-matrix")
    clauses = {row.duty.clause.id: row.duty.clause for row in shown.rows}
    labels = {i: c.label for i, c in clauses.items()}
    picked = st.selectbox("Open a clause in the policy", list(labels), index=None, format_func=labels.__getitem__, key="matrix-clause")
    if picked:
        _open(visit, clauses[picked], "matrix")


def _dates(visit: Visit, found: Procedures) -> None:
    today = _today(visit)
    lines = review_dates(tuple(found.policies.values()), found.duties, today)
    if not lines:
        st.html(procedure_view.note("Your policy gives no review dates."))
        return
    with st.container(key="paper"):
        for number, line in enumerate(lines):
            with st.container(key=f"moment-{number}"):
                st.html(procedure_view.moment(line, len(found.policies) > 1))
                _open(visit, line.clause, f"moment-{number}")
    if upcoming(lines):
        overdue = any(line.overdue for line in upcoming(lines))
        st.html(procedure_view.note("What is overdue goes into your calendar as due today.") if overdue else "")
        made = review_calendar(lines, visit.organisation.name, today)
        st.download_button("Add to your calendar", made, "policy-reviews.ics", "text/calendar", key="calendar", on_click="ignore")


def _today(visit: Visit) -> date:
    return visit.bot.settings.today or date.today()

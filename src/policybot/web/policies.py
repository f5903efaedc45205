"""The Policies page: the whole policy, the clause that was opened marked in its place, in the text or in the document."""

from __future__ import annotations

from datetime import date
from html import escape

import streamlit as st

from policybot.currency import notices, spoken
from policybot.document_facts import DATES, NAMES
from policybot.errors import UnknownClause
from policybot.reading_aids import meanings_of
from policybot.records import Clause, Edition, FactKind, Organisation, Policy
from policybot.source_files import SourceFiles, pages_of
from policybot.web import aids_view, answer_view, browser, following, frame, pdf_pages, policy_text, session
from policybot.web.visit import Visit

TOLD = (FactKind.VERSION, FactKind.EFFECTIVE, FactKind.REVIEWED, FactKind.NEXT_REVIEW, FactKind.APPROVER)
"""What the top of a policy says of it, in this order."""
EDITIONS = {Edition.ORIGINAL: "The organisation’s own", Edition.RESTATED: "Restated for demonstration"}
MOST_FOUND = 8
ADDRESSED = "clause"
"""What names a clause in the page's address."""
AS_TEXT, AS_DOCUMENT = "As text", "As in the document"
PLACE = "clause-on-page"
"""Id of the clause's first mark on a picture of its page."""


def show(visit: Visit) -> None:
    """The organisation's policies, one at a time."""
    organisation = visit.organisation
    frame.bar(organisation, visit.listed)
    policies = visit.shelf.policies()
    with st.container(key="policies"), frame.problems():
        if not policies:
            raise UnknownClause("Policies", "your organisation has none here yet", "Ask whoever runs this service to add them")
        opened = _opened(policies)
        policy = _chosen(policies, opened)
        clause = next((c for c in policy.clauses if c.id == opened), None)
        publication = _publication(visit, policy, clause) if clause else None
        as_document = clause is not None and _came_from(visit, clause, drawn=publication is not None)
        _top(policy, organisation, visit.bot.settings.today or date.today())
        if clause and publication and as_document:
            _in_the_document(visit, policy, clause, publication)
        else:
            _as_text(policy, clause)


def _opened(policies: tuple[Policy, ...]) -> str | None:
    """The clause that the address names, else the one that was opened last; None, with a word, for one that is not here."""
    wanted = st.query_params.get(ADDRESSED) or session.opened_clause()
    known = any(c.id == wanted for p in policies for c in p.clauses)
    session.open_clause(wanted if known else None)
    if wanted and not known:
        # The same word for another organisation's clause as for one that never was.
        cause, cure = "it is not in the current version of your policy", "Look for it in the policy below, or ask your question again"
        frame.error(UnknownClause("This clause", cause, cure))
    return wanted if known else None


def _chosen(policies: tuple[Policy, ...], opened: str | None) -> Policy:
    """The policy of the opened clause, else the one picked."""
    if len(policies) == 1:
        return policies[0]
    names = {p.id: p.title for p in policies}
    start = next((n for n, p in enumerate(policies) if any(c.id == opened for c in p.clauses)), 0)
    picked = st.selectbox("Policy", list(names), index=start, format_func=names.__getitem__, key=f"policy-{opened}")
    return next(p for p in policies if p.id == picked)


def _publication(visit: Visit, policy: Policy, clause: Clause) -> str | None:
    """The publication whose pages can be drawn for this clause; None for a document without pages, or not kept."""
    if not pages_of(clause):
        return None
    publication = visit.bot.catalogue.publication_of(policy)
    return publication if publication in SourceFiles(visit.bot.catalogue.engine).kept(visit.user.organisation) else None


def _came_from(visit: Visit, clause: Clause, drawn: bool) -> bool:
    """Which clause is shown, the way back, and whether it is wanted as in the document, where that can be `drawn`."""
    with st.container(key="came-from", horizontal=True, vertical_alignment="center"):
        page = f", page {clause.page}" if clause.page else ""
        st.html(f'<p class="pb-showing">Showing <strong>{escape(clause.label)}</strong>{page}</p>')
        view = AS_TEXT
        if drawn:
            view = st.radio("Show the clause", (AS_TEXT, AS_DOCUMENT), horizontal=True, key="view", label_visibility="collapsed")
        label = "Back to your conversation" if session.turns() else "Ask a question"
        st.page_link(visit.pages["ask"], label=label, icon=":material/arrow_back:")
    return view == AS_DOCUMENT


def _in_the_document(visit: Visit, policy: Policy, clause: Clause, publication: str) -> None:
    """The clause's words, then the pages that they stand on, marked."""
    st.html(f'<blockquote class="pb-said"><span class="pb-verbatim">{escape(clause.whole)}</span></blockquote>')
    files = SourceFiles(visit.bot.catalogue.engine)
    numbers = pages_of(clause)
    for place, number in enumerate(numbers[: pdf_pages.MOST_PAGES]):
        image = _page(visit.user.organisation, publication, number, files)
        st.html(pdf_pages.html(image, clause.boxes, clause.label, policy.source, PLACE if place == 0 else ""))
    if (left := len(numbers) - pdf_pages.MOST_PAGES) > 0:
        st.html(f"<p>It goes on for {left} more page{'s' if left > 1 else ''}: read it as text.</p>")
    browser.scroll_to(PLACE, f"{clause.id} in the document", key="scroll-page", block="center")


@st.cache_data(max_entries=64, show_spinner="Drawing the page …")
def _page(organisation: str, publication: str, number: int, _files: SourceFiles) -> pdf_pages.PageImage:
    """A page of a document of this organisation, drawn once."""
    file = _files.of(organisation, publication)
    if file is None:
        raise pdf_pages.PageUnreadable(f"Page {number}", "its document is no longer kept", "Read it as text")
    return pdf_pages.draw(file.content, number)


def _as_text(policy: Policy, clause: Clause | None) -> None:
    """The whole text beside its sections, searched and explained."""
    words = st.text_input("Search in this policy", key="search", placeholder="For example: photographs")
    _found(policy, words)
    meanings, opened = meanings_of(policy), clause.id if clause else None
    with st.container(key="aids", horizontal=True, vertical_alignment="center"):
        rules = st.toggle("Mark “must”, “should” and “may”", key="rules")
    if rules:
        st.html(aids_view.legend())
    if meanings:
        st.html(aids_view.glossary(meanings))
    body = policy_text.html(policy, opened, words, policy_text.Aids(meanings, rules))
    st.html(f'<div class="pb-reading">{policy_text.sections(policy, opened)}<article class="pb-policy">{body}</article></div>')
    following.follow()
    if clause:
        browser.scroll_to(clause.id, clause.id, key="scroll-policy", block="center")


def _find(clause_id: str) -> None:
    """Open a clause that a search found, whatever the address names."""
    st.query_params.pop(ADDRESSED, None)
    session.open_clause(clause_id)


def _top(policy: Policy, organisation: Organisation, today: date) -> None:
    """What the document says about itself, and what to know about it."""
    rows = [(NAMES[kind], value) for kind in TOLD if (value := _values(policy, kind))]
    rows += [("Wording", EDITIONS[policy.edition]), ("File", policy.source)]
    facts = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in rows)
    st.html(f'<div class="pb-intro"><h1>{escape(policy.title)}</h1></div><dl class="pb-about">{facts}</dl>')
    told = notices(organisation, (policy,), (), today, about_document=True)
    if told:
        st.html(answer_view.notices(told))


def _values(policy: Policy, kind: FactKind) -> str:
    """What the policy says of one kind, contradictions side by side; '' for nothing."""
    values = dict.fromkeys(f.value for f in policy.facts if f.kind is kind)
    return " / ".join(spoken(v) if kind in DATES else v for v in values)


def _found(policy: Policy, words: str) -> None:
    """The clauses that hold the words, each a way to its place."""
    if not policy_text.terms(words):
        return
    hits = policy_text.find(policy, words)
    more = f" The first {MOST_FOUND} are listed; all are marked below." if len(hits) > MOST_FOUND else ""
    count = f"{len(hits)} clause{'s' if len(hits) != 1 else ''}" if hits else "No clause"
    st.html(f'<p class="pb-found" role="status">{count} with “{escape(words.strip())}”.{more}</p>')
    with st.container(key="found"):
        for clause in hits[:MOST_FOUND]:
            label = f"**{frame.unmarked(clause.label)}** {frame.unmarked(policy_text.around(clause.text, words))}"
            st.button(label, key=f"found-{clause.id}", type="tertiary", on_click=_find, args=(clause.id,))

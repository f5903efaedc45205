"""The Policies page: the whole policy, the clause that was opened marked in its place."""

from __future__ import annotations

from datetime import date
from html import escape

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from policybot.bot import PolicyBot
from policybot.currency import notices, spoken
from policybot.document_facts import DATES, NAMES
from policybot.errors import PolicybotError, UnknownClause
from policybot.identity import User
from policybot.records import Clause, Edition, FactKind, Organisation, Policy
from policybot.web import answer_view, browser, frame, policy_text, session

TOLD = (FactKind.VERSION, FactKind.EFFECTIVE, FactKind.REVIEWED, FactKind.NEXT_REVIEW, FactKind.APPROVER)
"""What the top of a policy says of it, in this order."""
EDITIONS = {Edition.ORIGINAL: "The organisation’s own", Edition.RESTATED: "Restated for demonstration"}
MOST_FOUND = 8


def show(bot: PolicyBot, user: User, pages: tuple[StreamlitPage, ...], ask: StreamlitPage) -> None:
    """The organisation's policies, one at a time."""
    organisation = bot.catalogue.organisation(user.organisation)
    frame.bar(organisation, pages)
    policies = bot.library.shelf(user.organisation).policies()
    opened = session.opened_clause()
    with st.container(key="policies"):
        try:
            policy = _chosen(policies, opened)
        except PolicybotError as problem:
            frame.error(problem)
            return
        clause = next((c for c in policy.clauses if c.id == opened), None)
        if clause:
            _came_from(clause, ask)
        _top(policy, organisation, bot.settings.today or date.today())
        words = st.text_input("Search in this policy", key="search", placeholder="For example: photographs")
        _found(policy, words)
        st.html(
            policy_text.sections(policy)
            + f'<article class="pb-policy">{policy_text.html(policy, opened, words)}</article>'
        )
    if clause:
        browser.scroll_to(clause.id, clause.id, key="scroll-policy", block="center")


def _chosen(policies: tuple[Policy, ...], opened: str | None) -> Policy:
    """The policy of the opened clause, else the one picked. UnknownClause when there is none."""
    if not policies:
        raise UnknownClause(
            "Policies", "your organisation has none here yet", "Ask whoever runs this service to add them"
        )
    holding = next((p for p in policies if any(c.id == opened for c in p.clauses)), None)
    if opened and not holding:
        session.open_clause(None)
        raise UnknownClause("This clause", "it is not in the current version of your policy", "Ask your question again")
    if len(policies) == 1:
        return policies[0]
    names = {p.id: p.title for p in policies}
    start = [p.id for p in policies].index(holding.id) if holding else 0
    picked = st.selectbox("Policy", list(names), index=start, format_func=names.__getitem__, key=f"policy-{opened}")
    return next(p for p in policies if p.id == picked)


def _came_from(clause: Clause, ask: StreamlitPage) -> None:
    with st.container(key="came-from", horizontal=True, vertical_alignment="center"):
        page = f", page {clause.page}" if clause.page else ""
        st.html(f'<p class="pb-showing">Showing <strong>{escape(clause.label)}</strong>{page}</p>')
        st.page_link(ask, label="Back to your conversation", icon=":material/arrow_back:")


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
            st.button(label, key=f"found-{clause.id}", type="tertiary", on_click=session.open_clause, args=(clause.id,))

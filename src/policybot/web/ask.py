"""The Ask page: a conversation with one's own organisation's policies."""

from __future__ import annotations

import streamlit as st

from policybot.askings import record
from policybot.forgetting import forget_if_worried
from policybot.identity import Role
from policybot.records import Answer, Organisation, Policy, Question
from policybot.web import answer_text, answer_view, browser, conversations, feedback, frame, gap, hints, session, share, turn
from policybot.web.insights import askings_of
from policybot.web.progress import Progress
from policybot.web.suggestions import suggestions
from policybot.web.visit import Visit

LONGEST = 1000
"""Longest question that the box takes, in characters."""
SUGGESTED_TO = (Role.DSL, Role.ADMINISTRATOR, Role.TRUST_LEAD, Role.EVALUATOR)
"""Of a person's roles the first of these says what is suggested."""


def show(visit: Visit) -> None:
    """Everything said so far, and the box to ask more."""
    organisation = visit.organisation
    frame.bar(organisation, visit.listed)
    shelved = visit.shelf.policies()
    role = next((r for r in SUGGESTED_TO if r in visit.user.roles), Role.STAFF)
    suggested = () if session.turns() else suggestions(organisation, shelved, role)
    ears, talk, box = st.container(key="ears"), st.container(key="talk"), st.container(key="box")
    waiting = session.asked_next()
    asked = box.chat_input("Ask about your policy", key="question", max_chars=LONGEST) or _pressed(suggested) or waiting
    with box:
        hints.offer(visit, "hints")
    with talk:
        conversations.panel(visit)
        conversations.warn_of_change(visit)
        for number, answer in enumerate(session.turns()):
            turn.show(visit, answer, number, latest=not asked and number == len(session.turns()) - 1)
        if asked and asked.strip():
            _ask(visit, organisation, asked.strip())
        elif not session.turns():
            _welcome(organisation, shelved, suggested)
        if session.turns():
            st.button("New conversation", key="new-conversation", icon=":material/add:", on_click=session.new_conversation)
            _show_turn(session.turns())
    with ears:
        browser.announce(answer_view.announced(session.turns()), key="announce")


def _pressed(suggested: tuple[str, ...]) -> str | None:
    """The suggestion that was pressed to bring about this run."""
    return next((s for n, s in enumerate(suggested) if st.session_state.get(f"suggestion-{n}")), None)


def _welcome(organisation: Organisation, policies: tuple[Policy, ...], suggested: tuple[str, ...]) -> None:
    """What can be asked here, and questions to start from."""
    titles = tuple(dict.fromkeys(p.title for p in policies))
    st.html(answer_view.welcome(organisation.name, titles))
    with st.container(key="suggestions"):
        for number, text in enumerate(suggested):
            st.button(frame.unmarked(text), key=f"suggestion-{number}", width="stretch")


def _ask(visit: Visit, organisation: Organisation, text: str) -> None:
    """Answer the question and keep it, or say what went wrong and keep nothing."""
    number, place, answer = len(session.turns()), st.empty(), None
    bot, slug = visit.bot, organisation.slug
    # Whatever is pressed before the answer stands begins another run, and ends this one: that run then answers it.
    session.ask_next(text)
    with place.container():
        st.html(answer_view.asked(text, f"asking-{number}"))
        # Where the answer will stand: what is shown of it before must not jump or blink when it comes whole.
        written, scroll = st.container(key=f"answer-{number}-written"), st.empty()
        with scroll:
            browser.scroll_to(f"asking-{number}", text, key=f"scroll-asking-{number}", block="center")
        with frame.problems(), st.spinner(f"Reading what {frame.unmarked(organisation.name)} says …"):
            progress = Progress(written, lambda: {c.id: c.label for c in visit.shelf.clauses()})
            answer = bot.answer(Question(slug, text, answer_text.history(session.turns())), progress.tell)
    session.asked_next()
    if answer is not None:
        session.add_turn(answer)
        share.note_time(answer)
        scroll.empty()
        with place.container():
            turn.show(visit, answer, number, latest=True)
        _keep(visit)


def _keep(visit: Visit) -> None:
    """The conversation for the person's own list, and a count of what was asked; after a worry, neither, and nothing of what
    was kept before. The answer stands whatever comes of it."""
    conversations.keep(visit)
    settings = visit.bot.settings
    with frame.problems():
        askings, turns = askings_of(settings.database, settings), session.turns()
        gaps, reviews = gap.gaps_of(settings.database, settings), feedback.queue_of(settings.database, settings)
        if not forget_if_worried(turns, askings, gaps, reviews):
            record(askings, turns, visit.user.person, visit.shelf.clauses())


def _show_turn(turns: tuple[Answer, ...]) -> None:
    """Bring the newest answer into view, or the one whose clause was opened and left again."""
    opened = session.opened_clause()
    cites = [n for n, t in enumerate(turns) if any(c.clause_id == opened for c in answer_text.citations(t))]
    place = cites[-1] if cites else len(turns) - 1
    browser.scroll_to(f"turn-{place}", f"{session.conversation()}-{len(turns)}-{opened}", key="scroll-ask")
